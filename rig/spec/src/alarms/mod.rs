//! Alarms: which must sound by when, which must not, how often, and again after a reset.
//!
//! `episodes.rs` finds the times at which an alarm has a cause; this file asks of each tone whether
//! something explains it, and of each alarm whether it was heard in time and went on.

mod ages;
mod battery;
mod episodes;
mod for_life;
mod presses;
mod reason;
mod reservoir;
mod said;
mod stopped;
#[cfg(test)]
mod tests;

use crate::boundary::{Answer, Boundary, Hurt, Tone};
use crate::rule::{Opinion, Rule};
use crate::told::Told;
use ages::Ages;
use episodes::{Episode, episodes, tone_of};
use thecal_plan::{Alarm, Profile, Request};
use thecal_units::{Millis, SimTime};

static SOUNDS: Rule = Rule {
    name: "alarm-sounds-at-once",
    requirement: "REQ-ALM-001",
    text: "a new alarm sounds at once",
    core: true,
};
static REPEATS: Rule = Rule {
    name: "alarm-sounds-again",
    requirement: "REQ-ALM-001",
    text: "an alarm sounds at the prescribed interval until it is acknowledged",
    core: true,
};
static CAUSE: Rule = Rule {
    name: "no-alarm-without-cause",
    requirement: "REQ-ALM-001",
    text: "no tone sounds without an alarm that is active and not acknowledged",
    core: true,
};
static TOO_OFTEN: Rule = Rule {
    name: "alarm-not-too-often",
    requirement: "REQ-ALM-006",
    text: "an alarm does not sound more often than prescribed, unless another one begins",
    core: false,
};
static ONLY_CRITICAL: Rule = Rule {
    name: "only-the-critical-tone",
    requirement: "REQ-ALM-002",
    text: "while a critical alarm sounds, only the critical tone is heard",
    core: false,
};
static STATUS: Rule = Rule {
    name: "alarms-in-the-status",
    requirement: "REQ-ALM-003",
    text: "a status names the alarms that are active, and no other",
    core: true,
};

/// The rules of this folder.
pub(crate) static RULES: [&Rule; 10] = [
    &SOUNDS,
    &REPEATS,
    &CAUSE,
    &TOO_OFTEN,
    &ONLY_CRITICAL,
    &STATUS,
    &ages::AGE,
    &ages::ACKNOWLEDGED,
    &ages::STAYS,
    &for_life::LIFE,
];

/// A pump counts in ticks, and rounds to its own. Source: ours.
const TICK: Millis = Millis::SECOND;
/// What comes earlier by this came in an exchange before. Source: ours.
const TIE: Millis = Millis::from_millis(1);
/// Interval of both priorities without a valid prescription. Source: REQ-ALM-006.
const WITHOUT_PRESCRIPTION: Millis = Millis::MINUTE.times(10);

/// What a pump without a prescription answers to a command that needs one. Source: REQ-MEM-013.
const NOT_PROGRAMMED: &str = "not programmed";

/// Judges a run by them.
pub(crate) fn judge(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    opinion: &mut Opinion,
) {
    let all = episodes(boundary, told, profile);
    let run = Alarms {
        boundary,
        unnoticed: profile.unnoticed,
        told,
        all: &all,
        without: without_prescription(boundary),
    };
    for tone in [Tone::TwoTone, Tone::Single] {
        run.explained(tone, opinion);
        run.heard(tone, opinion);
    }
    run.statuses(profile, opinion);
    let ages = Ages {
        boundary,
        unnoticed: profile.unnoticed,
        told,
        all: &all,
    };
    ages.readings(profile, opinion);
    ages.stay(profile, opinion);
    for_life::judge(boundary, profile, opinion);
}

struct Alarms<'a> {
    boundary: &'a Boundary<'a>,
    /// Longest jump of its clock that the pump may take for sleep.
    unnoticed: Millis,
    told: &'a Told,
    all: &'a [Episode],
    /// Spans in which the pump says that it has no prescription.
    without: Vec<(SimTime, SimTime)>,
}

/// From the boot before an answer that there is no prescription to that answer, unless one was put in force
/// in between.
fn without_prescription(boundary: &Boundary<'_>) -> Vec<(SimTime, SimTime)> {
    let mut spans = Vec::new();
    let mut since: Option<SimTime> = None;
    let mut boots = boundary.boots.iter().peekable();
    for (nth, packet) in boundary.packets.iter().enumerate() {
        while let Some(boot) = boots.next_if(|boot| boot.packets <= nth) {
            since = Some(boot.at);
        }
        let may_program = matches!(packet.request, Request::Commit | Request::Program(_));
        match packet.answer {
            Some(Answer::Rejected(NOT_PROGRAMMED)) if !may_program && packet.is_genuine() => {
                spans.extend(since.map(|since| (since, packet.at)));
            }
            _ if may_program && packet.reached => since = None,
            _ => {}
        }
    }
    spans
}

impl Alarms<'_> {
    fn of(&self, tone: Tone) -> impl Iterator<Item = &Episode> {
        self.all.iter().filter(move |it| tone_of(it.alarm) == tone)
    }

    /// The longest and the shortest interval that may be prescribed for a tone at an instant.
    fn intervals(&self, tone: Tone, at: SimTime) -> (Millis, Millis) {
        let none = WITHOUT_PRESCRIPTION;
        if self
            .without
            .iter()
            .any(|&(from, until)| from <= at && at <= until)
        {
            return (none, none);
        }
        let therapies = self.told.therapies_at(at);
        let interval = |therapy: &thecal_plan::Therapy| match tone {
            Tone::TwoTone => therapy.critical_interval,
            Tone::Single => therapy.non_critical_interval,
        };
        let longest = therapies.iter().map(interval).max();
        let shortest = therapies.iter().map(interval).min();
        let mut injuries = self.boundary.injuries.iter();
        // A prescription that is lost leaves the interval of a pump without one.
        let may_be_lost = injuries.any(|injury| injury.at <= at);
        let (longest, shortest) = (longest.unwrap_or(none), shortest.unwrap_or(none));
        if may_be_lost {
            (longest.max(none), shortest.min(none))
        } else {
            (longest, shortest)
        }
    }

    /// The longest interval that may be prescribed for a tone anywhere in a span.
    fn longest(&self, tone: Tone, (from, until): (SimTime, SimTime)) -> Millis {
        let changes = self.told.therapies.iter().map(|it| it.at);
        let changes = changes.filter(|at| from < *at && *at <= until);
        let of = |at| self.intervals(tone, at).0;
        changes.chain([until]).map(of).fold(of(from), Millis::max)
    }

    fn absent(&self, from: SimTime, until: SimTime) -> bool {
        let mut absences = self.boundary.absences.iter();
        absences.any(|it| it.from <= until && from <= it.until)
    }

    /// Whether an alarm that was raised may be lost with the pump's state: damaged, and read at a boot.
    fn may_be_forgotten(&self, raised: SimTime, at: SimTime) -> bool {
        let mut injuries = self.boundary.injuries.iter();
        injuries.any(|injury| {
            let mut boots = self.boundary.boots.iter();
            injury.hurt == Hurt::Memory
                && boots.any(|boot| injury.at.max(raised) <= boot.at && boot.at <= at)
        })
    }

    fn booted(&self, at: SimTime) -> bool {
        let mut boots = self.boundary.boots.iter();
        boots.any(|boot| boot.at <= at && at.since(boot.at) <= TICK)
    }

    /// Every tone has a reason.
    fn explained(&self, tone: Tone, opinion: &mut Opinion) {
        let words = match tone {
            Tone::TwoTone => "the critical tone",
            Tone::Single => "the non-critical tone",
        };
        let mut last: Option<SimTime> = None;
        for &(at, _) in self.boundary.tones.iter().filter(|(_, it)| *it == tone) {
            opinion.judged(&CAUSE);
            if !self.of(tone).any(|it| it.may_sound(at)) {
                opinion.differs(&CAUSE, at, words, "silence: no such alarm is active");
            }
            let certain = |it: &Episode| it.must_sound(at) && it.late.is_some_and(|late| late < at);
            if tone == Tone::Single {
                opinion.judged(&ONLY_CRITICAL);
            }
            if tone == Tone::Single && self.of(Tone::TwoTone).any(certain) {
                opinion.differs(&ONLY_CRITICAL, at, words, "the critical tone alone");
            }
            if let Some(last) = last.replace(at) {
                let (_, shortest) = self.intervals(tone, at);
                let (_, before) = self.intervals(tone, last);
                // A commit of the same instant comes behind the tone.
                let (_, until_then) = self.intervals(tone, last.before(TIE));
                let shortest = shortest.min(before).min(until_then);
                let counted = self.boundary.crystal.counted(last, at);
                let begins = self.of(tone).any(|it| it.may_begin(at))
                    || tone == Tone::Single && self.was_hidden(last, at);
                let uncertain = self.absent(last, at) || self.booted(at);
                let doubt = self.boundary.crystal.doubt(last, at, self.unnoticed);
                opinion.judged(&TOO_OFTEN);
                if counted + TICK + doubt < shortest && !begins && !uncertain {
                    opinion.differs(
                        &TOO_OFTEN,
                        at,
                        format!("{words} again after {}", counted.spelled()),
                        format!("each {}", shortest.spelled()),
                    );
                }
            }
        }
    }

    /// Whether a non-critical alarm was raised between two instants while a critical one may have sounded: its
    /// first tone comes behind that one's end (REQ-ALM-010).
    fn was_hidden(&self, from: SimTime, at: SimTime) -> bool {
        let mut raised = self.of(Tone::Single).filter(|it| from < it.early);
        raised.any(|it| {
            let mut critical = self.of(Tone::TwoTone);
            it.may_sound(at) && critical.any(|other| other.may_sound_within(it.early, at))
        })
    }

    /// Every alarm is heard, at once and again.
    fn heard(&self, tone: Tone, opinion: &mut Opinion) {
        let tones = self.boundary.tones.iter();
        let tones: Vec<SimTime> = tones
            .filter(|(_, it)| *it == tone)
            .map(|&(at, _)| at)
            .collect();
        for episode in self.of(tone) {
            let Some(late) = episode.late else {
                opinion.either(&SOUNDS);
                continue;
            };
            let until = episode.heard_until.min(self.boundary.end);
            if late + TICK >= until {
                continue;
            }
            self.heard_at_once(episode, late, &tones, opinion);
            self.heard_again(episode, (late, until), &tones, opinion);
        }
    }

    fn heard_at_once(
        &self,
        episode: &Episode,
        late: SimTime,
        tones: &[SimTime],
        opinion: &mut Opinion,
    ) {
        let hidden = tone_of(episode.alarm) == Tone::Single
            && self.of(Tone::TwoTone).any(|it| it.may_sound(late));
        if hidden || self.absent(late, late + TICK) {
            opinion.either(&SOUNDS);
            return;
        }
        opinion.judged(&SOUNDS);
        let early = episode.early.before(TICK);
        let from = tones.partition_point(|at| *at < early);
        let heard = tones.get(from).is_some_and(|at| *at <= late + TICK);
        if !heard {
            opinion.differs(
                &SOUNDS,
                late + TICK,
                format!("no tone for: {}", episode.alarm.name),
                format!("a tone by {}", (late + TICK).spelled()),
            );
        }
    }

    fn heard_again(
        &self,
        episode: &Episode,
        (from, until): (SimTime, SimTime),
        tones: &[SimTime],
        opinion: &mut Opinion,
    ) {
        let first = tones.partition_point(|at| *at < from);
        let within = tones.get(first..).unwrap_or_default();
        let within = within.iter().copied().take_while(|at| *at < until);
        let mut last = from;
        for at in within.chain([until]) {
            let longest = self.longest(tone_of(episode.alarm), (last, at));
            let counted = self.boundary.crystal.counted(last, at);
            let hidden = tone_of(episode.alarm) == Tone::Single
                && self
                    .of(Tone::TwoTone)
                    .any(|it| it.may_sound_within(last, at));
            // It may have been raised before it must.
            let since = if last == from {
                episode.early.min(last)
            } else {
                last
            };
            let doubt = self.boundary.crystal.doubt(since, at, self.unnoticed);
            let forgotten = self.may_be_forgotten(episode.early, at);
            if hidden || forgotten || self.absent(last, at) {
                opinion.either(&REPEATS);
            } else {
                opinion.judged(&REPEATS);
                if counted > longest + TICK + TICK + doubt {
                    opinion.differs(
                        &REPEATS,
                        at,
                        format!(
                            "no tone for {} although active: {}",
                            counted.spelled(),
                            episode.alarm.name
                        ),
                        format!("one each {}", longest.spelled()),
                    );
                    return;
                }
            }
            last = at;
        }
    }

    /// Every status names the active alarms.
    fn statuses(&self, profile: &Profile, opinion: &mut Opinion) {
        let asked = self
            .boundary
            .packets
            .iter()
            .filter_map(|packet| match packet.answer {
                Some(Answer::Status(status)) if packet.is_genuine() => Some(status),
                _ => None,
            });
        for status in asked.chain(self.boundary.status) {
            for alarm in &profile.alarms {
                self.status_of(alarm, (status.at, status.alarms), opinion);
            }
        }
        for packet in &self.boundary.packets {
            if let Some(Answer::Alarms(read)) = packet.answer
                && packet.is_genuine()
            {
                let names: Vec<&'static str> = read.iter().map(|it| it.name).collect();
                for alarm in &profile.alarms {
                    self.status_of(alarm, (packet.at, &names), opinion);
                }
            }
        }
    }

    /// Whether a status or a reading of the alarms names an alarm as it should.
    fn status_of(
        &self,
        alarm: &Alarm,
        (at, named): (SimTime, &[&'static str]),
        opinion: &mut Opinion,
    ) {
        let shown = named.contains(&alarm.name);
        let mut of_it = self.all.iter().filter(|it| it.alarm == *alarm);
        if shown {
            opinion.judged(&STATUS);
            if !of_it.any(|it| it.may_be_active(at)) {
                let observed = format!("active: {}", alarm.name);
                opinion.differs(&STATUS, at, observed, "not active");
            }
        } else if let Some(due) = of_it.find(|it| it.must_be_active(at)) {
            if self.may_be_forgotten(due.early, at) {
                return opinion.either(&STATUS);
            }
            opinion.judged(&STATUS);
            let observed = format!("not active: {}", alarm.name);
            opinion.differs(&STATUS, at, observed, "active");
        }
    }
}
