//! Converts tables with spans to what a product promises, and collects every mistake.

use super::file::{AlarmFile, LogFile, ProfileFile, ProtocolFile, StallFile, Text, UnclaimedFile};
use super::known::Known;
use super::mistake::ProfileMistake;
use super::notes::Notes;
use super::tables::Tables;
use miette::SourceSpan;
use std::path::{Path, absolute};
use thecal_plan::{
    Ability, Alarm, Condition, Kept, LockoutFrom, LogKind, Profile, Promises, Protocol,
    ProtocolProcess, Ranges, StallRules, Unclaimed, WORD_LEN_MAX, word,
};
use thecal_text::mistake::Mistake;
use thecal_text::names::among;
use thecal_text::reader::{Document, Unread};
use thecal_units::Millis;
use thecal_units::real::Potential;
use toml::Spanned;

/// The profile, where all of it could be read, and every mistake in the values of its keys.
pub(super) fn resolve(
    path: &Path,
    document: &Document<ProfileFile>,
    known: Known<'_>,
) -> (Option<Profile>, Vec<Mistake>) {
    let mut resolver = Resolver {
        known,
        unread: &document.unread,
        notes: Notes::default(),
    };
    let profile = resolver.profile(path, &document.file);
    (profile, resolver.notes.0)
}

struct Resolver<'a> {
    known: Known<'a>,
    unread: &'a Unread,
    notes: Notes,
}

impl Resolver<'_> {
    fn wrong(&mut self, mistake: ProfileMistake) {
        self.notes.wrong(mistake);
    }

    /// Every part is looked at before one that is missing ends it: all mistakes are told at once.
    fn profile(&mut self, path: &Path, file: &ProfileFile) -> Option<Profile> {
        let name = file.name.as_ref().and_then(|name| self.line(name));
        let firmware = file.firmware.as_ref().map(|name| self.line(name));
        let can = self.abilities(file.can.as_deref().unwrap_or_default());
        let protocol = self.protocol(path, file.protocol.as_ref());
        let stall = self.stall(file.stall.as_ref());
        let requests = self.requests(file);
        let ranges = self.ranges(file);
        let alarms = self.alarms(file.alarm.as_deref().unwrap_or_default());
        let unclaimed = self.unclaimed(file.unclaimed.as_deref().unwrap_or_default());
        let record = self.record(file.log.as_ref().map(Spanned::get_ref));
        let mut tables = Tables::of(&mut self.notes);
        let clock = file.clock.as_ref().map(Spanned::get_ref);
        let session = file.session.as_ref().map(Spanned::get_ref);
        let flow = file.flow.as_ref().map(Spanned::get_ref);
        let unnoticed = tables.quantity(
            "clock",
            clock.and_then(|it| it.unnoticed.as_ref()),
            "unnoticed",
        );
        let session = tables.quantity(
            "session",
            session.and_then(|it| it.times_out.as_ref()),
            "times-out",
        );
        let highest = tables.quantity("flow", flow.and_then(|it| it.highest.as_ref()), "highest");
        let tubing = tables.quantity("flow", flow.and_then(|it| it.tubing.as_ref()), "tubing");
        let saved_up = tables.number("flow", flow.and_then(|it| it.saved_up.as_ref()), "saved-up");
        let highest: thecal_units::FlowRate = highest?;
        let requests = requests?;
        Some(Profile {
            name: name?,
            firmware: match firmware {
                Some(name) => Some(name?),
                None => None,
            },
            protocol: protocol?,
            can,
            unnoticed: unnoticed?,
            session: session?,
            tubing: tubing?,
            fastest_a_day: highest.volume_round_down(Millis::DAY),
            saved_up: saved_up?,
            stall: stall?,
            ranges: ranges?,
            alarms,
            record: Kept {
                entries: requests.log_entries,
                ..record
            },
            requests,
            unclaimed,
        })
    }

    /// One line of text.
    fn line(&mut self, text: &Text) -> Option<String> {
        let written = text.get_ref().trim();
        let is_blank = written.is_empty();
        if is_blank || written.len() > WORD_LEN_MAX || written.contains('\n') {
            self.wrong(ProfileMistake::NotALine {
                key: text.row().name,
                is_blank,
                at: text.span().into(),
            });
            return None;
        }
        Some(written.to_owned())
    }

    fn choice<T: Copy>(
        &mut self,
        what: &'static str,
        text: &Text,
        all: &[(&'static str, T)],
    ) -> Option<T> {
        let written = text.get_ref();
        let found = all.iter().find(|(name, _)| name == written);
        if found.is_none() {
            let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
            self.unknown(what, text, &names);
        }
        found.map(|(_, value)| *value)
    }

    fn unknown(&mut self, what: &'static str, text: &Text, names: &[&str]) {
        self.wrong(ProfileMistake::UnknownChoice {
            what,
            written: text.get_ref().clone(),
            correction: among(text.get_ref(), names),
            at: text.span().into(),
        });
    }

    /// Notes that a name was there before.
    fn twice<'t>(&mut self, what: &'static str, names: impl Iterator<Item = &'t Text>) {
        let mut seen: Vec<&Text> = Vec::new();
        for name in names {
            match seen.iter().find(|other| other.get_ref() == name.get_ref()) {
                Some(first) => {
                    let (one, other) = (first.span().into(), name.span().into());
                    let name = name.get_ref().clone();
                    self.wrong(ProfileMistake::Twice {
                        what,
                        name,
                        one,
                        other,
                    });
                }
                None => seen.push(name),
            }
        }
    }

    fn abilities(&mut self, written: &[Text]) -> Vec<Ability> {
        self.twice("ability", written.iter());
        let read = written.iter();
        read.filter_map(|text| self.choice("ability", text, Ability::ALL))
            .collect()
    }

    fn record(&mut self, log: Option<&LogFile>) -> Kept {
        let mut record = Kept::usual();
        for (written, kinds) in [
            (log.and_then(|log| log.kinds.as_ref()), &mut record.kinds),
            (
                log.and_then(|log| log.limited.as_ref()),
                &mut record.limited,
            ),
        ] {
            if let Some(written) = written {
                self.twice("kind", written.iter());
                let read = written.iter();
                *kinds = read
                    .filter_map(|text| self.choice("kind", text, LogKind::ALL))
                    .collect();
            }
        }
        record
    }

    fn protocol(&mut self, path: &Path, file: Option<&Spanned<ProtocolFile>>) -> Option<Protocol> {
        let at: SourceSpan = file?.span().into();
        let file = file?.get_ref();
        let table = "protocol";
        let deadline =
            Tables::of(&mut self.notes).quantity(table, file.deadline.as_ref(), "deadline");
        match (&file.built_in, &file.command) {
            (Some(built_in), Some(command)) => {
                let (one, other) = (built_in.span().into(), command.span().into());
                self.wrong(ProfileMistake::TwoProtocols { one, other });
                None
            }
            (None, None) => {
                if !self.unread.has_any(at) {
                    self.wrong(ProfileMistake::NoProtocol { at });
                }
                None
            }
            (Some(name), None) => {
                let known = self.known.protocols;
                if known.contains(&name.get_ref().as_str()) {
                    return Some(Protocol::BuiltIn(name.get_ref().clone()));
                }
                self.unknown("protocol", name, known);
                None
            }
            (None, Some(command)) => {
                let words = command.get_ref().iter();
                let words: Vec<String> = words.map(|word| word.get_ref().clone()).collect();
                if words
                    .first()
                    .is_none_or(|program| program.trim().is_empty())
                {
                    let at = command.span().into();
                    self.wrong(ProfileMistake::NoProgram { at });
                    return None;
                }
                let whole = absolute(path).unwrap_or_else(|_| path.to_owned());
                Some(Protocol::Process(ProtocolProcess {
                    command: words,
                    folder: whole.parent().unwrap_or(Path::new("")).to_owned(),
                    deadline: deadline?,
                }))
            }
        }
    }

    fn stall(&mut self, file: Option<&Spanned<StallFile>>) -> Option<StallRules> {
        let table = file.map(Spanned::get_ref);
        let missed = table.and_then(|it| it.missed.as_ref());
        let of = table.and_then(|it| it.of.as_ref());
        let mut tables = Tables::of(&mut self.notes);
        let rules = StallRules {
            missed: tables.number("stall", missed, "missed")?,
            of: tables.number("stall", of, "of")?,
            retries: tables.truth("stall", table.and_then(|it| it.retries.as_ref()), "retries")?,
            alarm_after: tables.quantity(
                "stall",
                table.and_then(|it| it.alarm_after.as_ref()),
                "alarm-after",
            )?,
        };
        if rules.missed > rules.of {
            let at = file.map_or(0..0, Spanned::span);
            let one = missed.map_or(at.clone(), Spanned::span).into();
            let other = of.map_or(at, Spanned::span).into();
            self.wrong(ProfileMistake::MoreThanAll { one, other });
        }
        Some(rules)
    }

    fn requests(&mut self, file: &ProfileFile) -> Option<Promises> {
        let clock = file.clock.as_ref().map(Spanned::get_ref);
        let bolus = file.bolus.as_ref().map(Spanned::get_ref);
        let reservoir = file.reservoir.as_ref().map(Spanned::get_ref);
        let lockout_from = match bolus.and_then(|it| it.lockout_from.as_ref()) {
            Some(text) => self.choice("start of the lockout", text, LockoutFrom::ALL),
            None => Some(LockoutFrom::Start),
        };
        let rest = self.rest(file);
        let mut read = Tables::of(&mut self.notes);
        let cut_counts = read.truth(
            "bolus",
            bolus.and_then(|it| it.cut_counts.as_ref()),
            "cut-counts",
        );
        let bounce = read.quantity("bolus", bolus.and_then(|it| it.bounce.as_ref()), "bounce");
        let remembered = read.number(
            "bolus",
            bolus.and_then(|it| it.remembered.as_ref()),
            "remembered",
        );
        let recorded = read.quantity(
            "clock",
            clock.and_then(|it| it.recorded_within.as_ref()),
            "recorded-within",
        );
        let first = read.quantity(
            "clock",
            clock.and_then(|it| it.first_record.as_ref()),
            "first-record",
        );
        let made = read.quantity(
            "reservoir",
            reservoir.and_then(|it| it.made_with.as_ref()),
            "made-with",
        );
        let lost = read.quantity(
            "reservoir",
            reservoir.and_then(|it| it.lost_at_reset.as_ref()),
            "lost-at-reset",
        );
        let (troubles, close, replacement_mv, log_entries) = rest?;
        Some(Promises {
            lockout_from: lockout_from?,
            cut_counts: cut_counts?,
            recorded_within: recorded?,
            first_record: first?,
            bounce: bounce?,
            remembered: usize::try_from(remembered?).unwrap_or(usize::MAX),
            made_with: made?,
            lost_at_reset: lost?,
            troubles,
            close,
            replacement_mv,
            log_entries,
        })
    }

    /// The promises of safe state, battery and log.
    fn rest(&mut self, file: &ProfileFile) -> Option<(usize, Millis, u16, u32)> {
        let safe = file.safe_state.as_ref().map(Spanned::get_ref);
        let battery = file.battery.as_ref().map(Spanned::get_ref);
        let log = file.log.as_ref().map(Spanned::get_ref);
        let mut read = Tables::of(&mut self.notes);
        let resets = read.number(
            "safe-state",
            safe.and_then(|it| it.resets.as_ref()),
            "resets",
        );
        let close = read.quantity(
            "safe-state",
            safe.and_then(|it| it.within.as_ref()),
            "within",
        );
        let replacement: Option<Potential> = read.quantity(
            "battery",
            battery.and_then(|it| it.replacement.as_ref()),
            "replacement",
        );
        let entries = read.number("log", log.and_then(|it| it.entries.as_ref()), "entries");
        let resets = match resets? {
            0 => usize::MAX,
            resets => usize::try_from(resets).unwrap_or(usize::MAX),
        };
        let entries = u32::try_from(entries?).unwrap_or(u32::MAX);
        Some((resets, close?, millivolts(replacement?), entries))
    }

    fn ranges(&mut self, file: &ProfileFile) -> Option<Ranges> {
        let table = file.range.as_ref().map(Spanned::get_ref);
        let mut read = Tables::of(&mut self.notes);
        let concentration = read.range(
            table.and_then(|it| it.concentration.as_ref()),
            "concentration",
        );
        let flow = read.range(table.and_then(|it| it.flow.as_ref()), "flow");
        let duration = read.range(
            table.and_then(|it| it.bolus_duration.as_ref()),
            "bolus-duration",
        );
        let lockout = read.range(table.and_then(|it| it.lockout.as_ref()), "lockout");
        let interval = read.range(
            table.and_then(|it| it.alarm_interval.as_ref()),
            "alarm-interval",
        );
        let maximum = read.number(
            "range",
            table.and_then(|it| it.daily_maximum.as_ref()),
            "daily-maximum",
        );
        let reservoir = read.quantity(
            "range",
            table.and_then(|it| it.reservoir.as_ref()),
            "reservoir",
        );
        let catheter = read.quantity(
            "range",
            table.and_then(|it| it.catheter.as_ref()),
            "catheter",
        );
        Some(Ranges {
            concentration: concentration?,
            flow: flow?,
            bolus_duration: duration?,
            lockout: lockout?,
            alarm_interval: interval?,
            daily_maximum: u8::try_from(maximum?).unwrap_or(u8::MAX),
            reservoir: reservoir?,
            catheter: catheter?,
        })
    }

    fn alarms(&mut self, files: &[Spanned<AlarmFile>]) -> Vec<Alarm> {
        self.twice(
            "alarm",
            files.iter().filter_map(|file| file.get_ref().name.as_ref()),
        );
        self.twice(
            "cause of an alarm",
            files.iter().filter_map(|file| file.get_ref().when.as_ref()),
        );
        let mut alarms = Vec::new();
        for file in files {
            let file = file.get_ref();
            let name = file.name.as_ref().and_then(|name| self.line(name));
            let when = file.when.as_ref();
            let condition =
                when.and_then(|when| self.choice("cause of an alarm", when, Condition::ALL));
            let name = name.and_then(|name| word(&name));
            if let (Some(name), Some(condition), Some(critical)) = (name, condition, &file.critical)
            {
                alarms.push(Alarm {
                    name,
                    condition,
                    critical: *critical.get_ref(),
                });
            }
        }
        alarms
    }

    fn unclaimed(&mut self, files: &[Spanned<UnclaimedFile>]) -> Vec<Unclaimed> {
        self.twice(
            "rule",
            files.iter().filter_map(|file| file.get_ref().rule.as_ref()),
        );
        let mut unclaimed = Vec::new();
        for file in files {
            let file = file.get_ref();
            let rule = file.rule.as_ref().and_then(|rule| self.rule(rule));
            let why = file.why.as_ref().and_then(|why| self.line(why));
            if let (Some(rule), Some(why)) = (rule, why) {
                unclaimed.push(Unclaimed { rule, why });
            }
        }
        unclaimed
    }

    /// A rule that may be left out.
    fn rule(&mut self, text: &Text) -> Option<String> {
        let written = text.get_ref();
        match thecal_spec::rule(written) {
            None => {
                let optional = thecal_spec::rules().filter(|rule| !rule.core);
                let names: Vec<&str> = optional.map(|rule| rule.name).collect();
                self.unknown("rule", text, &names);
                None
            }
            Some(rule) if rule.core => {
                self.wrong(ProfileMistake::CoreRule {
                    rule: written.clone(),
                    at: text.span().into(),
                });
                None
            }
            Some(_) => Some(written.clone()),
        }
    }
}

/// Millivolts of a potential within the range of its row, 10 V.
fn millivolts(potential: Potential) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 10 000 by the range of the row"
    )]
    let millivolts = (potential.as_volts() * 1e3).round() as u16;
    millivolts
}
