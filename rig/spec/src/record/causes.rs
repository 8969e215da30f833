//! Entries that only the pump can time, beside what may have caused them: stalls and their ends, the steps
//! towards the battery's end, damaged memory, long stops.

use super::rules;
use super::time::{LogTime, is_torn};
use super::wanted::in_words;
use crate::boundary::{Boundary, Entry, Hurt};
use crate::clock::SLEEP;
use crate::dose::safe_states;
use crate::losses::losses;
use crate::number::as_f64;
use crate::requests::Questions;
use crate::rule::{Opinion, Rule};
use crate::told::{Known, Told};
use crate::tried::Tried;
use thecal_plan::{LogDetail, LogKind, Profile};
use thecal_units::{Millis, SimTime};

/// Kinds that are judged here; none of them is an event that has a place of its own in the run.
pub(super) const HERE: [LogKind; 9] = [
    LogKind::MotorStall,
    LogKind::StallRecovery,
    LogKind::ElectiveReplacement,
    LogKind::EndOfService,
    LogKind::ServiceEnded,
    LogKind::MemoryFault,
    LogKind::RamFault,
    LogKind::Crashed,
    LogKind::StoppedLong,
];

/// Steps that the shortest proof of a recovery moves. Source: REQ-STL-023.
const PROOF: f64 = 12.0;
/// Steps that prove a first recovery in any case. Source: REQ-STL-025.
const PROVED: f64 = 40_000.0;
/// The pulses of a try. Source: REQ-STL-014.
const TRY: f64 = 3.0;

/// The longest time that a priming bolus goes on: 1 mL at 24 mL/day. Source: REQ-THE-036.
const PRIMES: Millis = Millis::HOUR;

/// Whether an injury may lead to an entry.
type IsCause = fn(Hurt) -> bool;

/// A log beside causes.
pub(super) struct Causes<'a> {
    pub(super) boundary: &'a Boundary<'a>,
    pub(super) profile: &'a Profile,
    pub(super) told: &'a Told,
    pub(super) time: &'a LogTime,
    pub(super) asked: &'a Questions<'a>,
}

impl Causes<'_> {
    pub(super) fn judge(&self, opinion: &mut Opinion) {
        self.stalls(opinion);
        self.recoveries(opinion);
        self.battery(opinion);
        self.injuries(opinion);
        self.lost_writes(opinion);
        self.long_stops(opinion);
    }

    fn of(&self, kind: LogKind) -> impl Iterator<Item = &Entry> {
        self.boundary
            .log
            .entries
            .iter()
            .filter(move |entry| entry.kind == kind)
    }

    /// Unless the pump may do anything.
    fn judged(
        &self,
        rule: &'static Rule,
        entry: &Entry,
        right: bool,
        allowed: &str,
        opinion: &mut Opinion,
    ) {
        if self.asked.is_wild(entry.at) {
            return opinion.either(rule);
        }
        opinion.judged(rule);
        if !right {
            let observed = format!("logged: {}, {}", entry.text, in_words(&entry.says));
            opinion.differs(rule, entry.at, observed, allowed);
        }
    }

    fn stalls(&self, opinion: &mut Opinion) {
        let rule = &rules::STALLED;
        let stalls: Vec<(SimTime, bool)> = self.asked.stalls().collect();
        for entry in self.of(LogKind::MotorStall) {
            let slack = self.time.slack_of(entry.at) + SLEEP;
            let missed = self.boundary.missed_by(entry.at + slack);
            let said = match entry.says {
                LogDetail::Number(said) => said,
                _ => 0,
            };
            let told = entry.says != LogDetail::Untold;
            let promised = &self.profile.stall;
            let right =
                !told || ((promised.missed..=promised.of).contains(&said) && said <= missed);
            let allowed = format!(
                "{} to {of} of the last {of} pulses, all missed",
                promised.missed,
                of = promised.of
            );
            self.judged(rule, entry, right, &allowed, opinion);
            let near =
                |&(at, _): &(SimTime, bool)| at.before(slack) <= entry.at && entry.at <= at + slack;
            let found = stalls.iter().any(near);
            self.judged(
                rule,
                entry,
                found,
                "no entry: 8 of the last 16 pulses were not missed",
                opinion,
            );
        }
        for (at, _) in stalls.into_iter().filter(|&(_, sure)| sure) {
            let slack = self.time.slack(at) + SLEEP;
            let may_be_gone =
                self.gone(at) || self.booted_near(at) || at + slack >= self.boundary.end;
            let mut logged = self.of(LogKind::MotorStall);
            let found = logged.any(|entry| at.before(slack) <= entry.at && entry.at <= at + slack);
            if found || may_be_gone {
                continue;
            }
            opinion.judged(rule);
            opinion.differs(
                rule,
                at,
                "no entry of a motor stall",
                "one: 8 of 16 pulses missed",
            );
        }
    }

    fn recoveries(&self, opinion: &mut Opinion) {
        let rule = &rules::RECOVERED;
        let moved = |from: SimTime, until: SimTime| {
            self.boundary.moved.at(until) - self.boundary.moved.at(from)
        };
        let mut onset: Option<SimTime> = None;
        let mut last: Option<&Entry> = None;
        for entry in self.boundary.log.entries {
            match entry.kind {
                LogKind::MotorStall => (onset, last) = (Some(entry.at), Some(entry)),
                LogKind::StallRecovery => {
                    let before = last.replace(entry);
                    let from = onset.take();
                    let Some(from) = from else {
                        let known = self.onset_is_lost(before, entry);
                        self.judged(rule, entry, known, "no entry: no stall was open", opinion);
                        continue;
                    };
                    let slack = self.time.slack_of(entry.at);
                    let proved = moved(from.before(slack), entry.at + slack) >= PROOF;
                    self.judged(
                        rule,
                        entry,
                        proved,
                        "none before the motor has turned",
                        opinion,
                    );
                    let LogDetail::Number(minutes) = entry.says else {
                        continue;
                    };
                    let turned = from + Millis::MINUTE.times(minutes);
                    let is_past = turned <= entry.at + slack;
                    let until = turned + Millis::MINUTE + Millis::from_secs(2) + slack;
                    let turned = moved(turned.before(slack + Millis::from_secs(2)), until) >= TRY;
                    self.judged(
                        rule,
                        entry,
                        turned && is_past,
                        "the minutes until a try moved the motor",
                        opinion,
                    );
                }
                _ => {}
            }
        }
        // The first recovery of a run that is certain: the motor has turned without a miss.
        let Some(from) = onset else { return };
        let last_miss = self
            .boundary
            .missed
            .last()
            .map_or(from, |&(at, _)| at.max(from));
        let relapsed = self.of(LogKind::StallRecovery).next().is_some();
        let turned = moved(last_miss, self.boundary.end) > PROVED + PROOF;
        if turned && !relapsed && !self.gone(from) && self.boundary.injuries.is_empty() {
            opinion.judged(rule);
            opinion.differs(
                rule,
                self.boundary.end,
                "no entry of a recovery",
                "one after 40 000 steps",
            );
        }
    }

    /// Whether the entry of a stall's onset may be gone that an entry of its end needs; `before`: the stall or
    /// end of a stall that was logged before it.
    fn onset_is_lost(&self, before: Option<&Entry>, entry: &Entry) -> bool {
        let boundary = self.boundary;
        let overwritten = boundary.log.first > 0 && before.is_none();
        let earliest = before.map_or(SimTime::ZERO, |before| before.at);
        let injuries = boundary.injuries.iter();
        let mut hurt = injuries.filter(|it| it.hurt == Hurt::Memory);
        // Damage of any time takes it and leaves a gap, or takes what tells how far the log reaches.
        let first = before.map_or(boundary.log.first, |before| before.index + 1);
        let between = boundary.log.entries.iter();
        let between = between.filter(|it| first <= it.index && it.index < entry.index);
        let there = u32::try_from(between.count()).unwrap_or(u32::MAX);
        let gap = there < entry.index.saturating_sub(first);
        let taken = hurt.any(|it| gap || it.at <= entry.at);
        // So may power that fails while it is written.
        let minutes = match entry.says {
            LogDetail::Number(minutes) => Millis::MINUTE.times(minutes),
            _ => Millis::ZERO,
        };
        let torn = is_torn(boundary, (earliest, entry.at.before(minutes)));
        // A reset right behind the end of a stall may come before it is recorded: it ends once more.
        let ended = before.is_some_and(|before| {
            before.kind == LogKind::StallRecovery && self.time.is_cut(before.at, false)
        });
        overwritten || taken || torn || ended
    }

    /// Replacement, end of service, end of the infusion: each once and in order, after a supply that was low.
    fn battery(&self, opinion: &mut Opinion) {
        let rule = &rules::BATTERY;
        let steps = [
            LogKind::ElectiveReplacement,
            LogKind::EndOfService,
            LogKind::ServiceEnded,
        ];
        // A check may predict what the pins need not show (REQ-BAT-007).
        let low_mv = self.profile.requests.low_mv();
        let low_mv = low_mv.max(self.profile.record.low_mv);
        let mut before: Option<SimTime> = None;
        for (nth, kind) in steps.into_iter().enumerate() {
            let entries: Vec<&Entry> = self.of(kind).collect();
            for (again, entry) in entries.iter().enumerate() {
                let mut supply = self.boundary.supply.iter();
                let low = supply
                    .any(|&(at, mv)| at <= entry.at + self.time.slack_of(entry.at) && mv < low_mv);
                let shows_low = match (kind, &entry.says) {
                    (LogKind::EndOfService, LogDetail::Number(days)) => {
                        self.days_since(before, entry, *days)
                    }
                    (_, LogDetail::Number(mv)) => *mv < u64::from(self.profile.record.low_mv),
                    (_, LogDetail::Untold) => true,
                    _ => false,
                };
                let ordered = nth == 0
                    || before.is_some_and(|before| before <= entry.at)
                    || self.boundary.log.first > 0;
                let once = again == 0 || kind == LogKind::ServiceEnded;
                let right = low && shows_low && ordered && once;
                let allowed = "once, after the step before it, with a supply that was low";
                self.judged(rule, entry, right, allowed, opinion);
            }
            before = entries.first().map(|entry| entry.at);
        }
    }

    fn days_since(&self, replacement: Option<SimTime>, entry: &Entry, days: u64) -> bool {
        let Some(replacement) = replacement else {
            return self.boundary.log.first > 0;
        };
        let day = Millis::DAY.as_millis();
        let doubt = self.time.slack_of(entry.at).as_millis();
        let passed = self
            .boundary
            .crystal
            .counted(replacement, entry.at)
            .as_millis();
        (passed.saturating_sub(doubt) / day..=(passed + doubt) / day).contains(&days)
    }

    /// What needs an injury: a damaged record, a value in RAM, a crash.
    fn injuries(&self, opinion: &mut Opinion) {
        let any = |_: Hurt| true;
        let inside = |hurt: Hurt| matches!(hurt, Hurt::Volatile | Hurt::Image);
        let causes: [(LogKind, &'static Rule, IsCause); 3] = [
            (LogKind::MemoryFault, &rules::MEMORY, any),
            (LogKind::RamFault, &rules::CAUSE, inside),
            (LogKind::Crashed, &rules::CAUSE, inside),
        ];
        for (kind, rule, is_cause) in causes {
            for entry in self.of(kind) {
                let latest = self.time.latest(entry.at);
                let mut injuries = self.boundary.injuries.iter();
                let mut lost = self.boundary.lost_writes.iter();
                let mut flips = self.boundary.flips.iter();
                let caused = injuries.any(|it| is_cause(it.hurt) && it.at <= latest)
                    || kind == LogKind::RamFault && flips.any(|&(at, _)| at <= latest)
                    || kind == LogKind::MemoryFault && lost.any(|at| *at <= latest);
                self.judged(
                    rule,
                    entry,
                    caused,
                    "no entry: nothing was damaged",
                    opinion,
                );
            }
        }
    }

    /// Writes that the memory did not take are logged, once until the alarm of that is cleared.
    fn lost_writes(&self, opinion: &mut Opinion) {
        let rule = &rules::LOST;
        for loss in losses(self.boundary) {
            let Some(told) = loss.told else { continue };
            if !loss.is_new(self.boundary, self.told) {
                continue;
            }
            if !self.boundary.log_reaches(loss.at) || self.gone(loss.at) {
                opinion.either(rule);
                continue;
            }
            opinion.judged(rule);
            let slack = self.time.slack(told);
            let mut faults = self.of(LogKind::MemoryFault);
            if !faults.any(|it| loss.at.before(slack) <= it.at && it.at <= told + slack) {
                let allowed = "one: writes were lost";
                opinion.differs(rule, loss.at, "no entry of a memory fault", allowed);
            }
        }
    }

    /// Two days in which nothing moved.
    fn long_stops(&self, opinion: &mut Opinion) {
        let rule = &rules::LONG;
        let long = self.profile.record.long_stop;
        let tried = Tried::of(self.boundary);
        for entry in self.of(LogKind::StoppedLong) {
            let slack = self.time.slack_of(entry.at) + SLEEP;
            let from = self.boundary.crystal.after(SimTime::ZERO, long);
            let from = entry
                .at
                .before(from.since(SimTime::ZERO).saturating_sub(slack));
            let rested =
                self.boundary.moved.at(entry.at.before(slack)) - self.boundary.moved.at(from);
            // Priming is no infusion and no bolus of REQ-THE-033: it leaves the pump stopped.
            let rested = rested - self.primed(from.before(slack + PRIMES), entry.at);
            // Nor is what moves in tries of a motor that stalled.
            let tried = tried.moved_by(entry.at) - tried.moved_by(from);
            let rested = rested - tried;
            let hours = long.as_millis() / Millis::HOUR.as_millis();
            let right =
                rested < 1.0 && matches!(entry.says, LogDetail::Number(said) if said == hours);
            self.judged(rule, entry, right, "48 hours without a step", opinion);
        }
        for from in self.rests() {
            let due = self.boundary.crystal.after(from, long);
            let until = due + SLEEP;
            let mut logged = self.of(LogKind::StoppedLong);
            let slack = self.time.slack(until);
            let goes_on = self.still_stopped_long(due, slack);
            let unsure = goes_on || self.gone(from) || self.time.is_cut(due, false);
            if until >= self.boundary.end || unsure {
                continue;
            }
            opinion.judged(rule);
            if !logged
                .any(|entry| due.before(slack + SLEEP) <= entry.at && entry.at <= until + slack)
            {
                opinion.differs(
                    rule,
                    until,
                    "no entry of a long stop",
                    "one: nothing moved for 48 hours",
                );
            }
        }
    }

    /// Whether the alarm of an earlier long stop may still be active: it is neither raised nor logged again.
    fn still_stopped_long(&self, at: SimTime, slack: Millis) -> bool {
        let told = self.told;
        let ended = |from: SimTime| {
            let within = |it: SimTime| from <= it && it <= at;
            let mut silenced = told.silenced.iter();
            let mut started = told.started.iter();
            silenced.any(|&(it, sure)| sure && within(it))
                || started.any(|&(it, sure)| sure && within(it))
        };
        let mut earlier = self
            .of(LogKind::StoppedLong)
            .filter(|it| it.at + slack < at);
        earlier.any(|it| !ended(it.at))
    }

    /// The steps that priming boluses between two instants may have moved.
    fn primed(&self, from: SimTime, until: SimTime) -> f64 {
        let primed = self.told.primed.iter();
        let primed = primed.filter(|it| from <= it.at && it.at <= until);
        let steps = primed.map(|it| {
            let catheters = self.told.therapies_at(it.at).iter();
            let catheter = catheters.map(|therapy| therapy.catheter).max();
            let volume = self
                .profile
                .tubing
                .saturating_add(catheter.unwrap_or_default());
            as_f64(volume.whole_parts(self.boundary.step))
        });
        steps.sum()
    }

    /// When a programmed pump began to rest by order for two days without doubt.
    fn rests(&self) -> Vec<SimTime> {
        let long = self.profile.record.long_stop + Millis::HOUR;
        let boundary = self.boundary;
        // A safe state is not taken as stopped (REQ-THE-034).
        let safe = safe_states(boundary, self.told, &self.profile.requests);
        let is_safe = |from: SimTime, until: SimTime| {
            safe.iter()
                .any(|&(begins, ends, _)| begins <= until && from <= ends)
        };
        let calm = |from: SimTime| {
            let until = from + long;
            let mut boots = boundary.boots.iter().skip(1);
            let orders = self.changes().map(|(at, ..)| at);
            let mut orders = orders.chain(self.told.programmed.iter().copied());
            !boots.any(|boot| from <= boot.at && boot.at <= until)
                && !orders.any(|at| from < at && at <= until)
                && boundary.injuries.is_empty()
                && !is_safe(from, until)
                && boundary.crystal.doubt(from, until, Millis::DAY) == Millis::ZERO
                && boundary.moved.at(until) - boundary.moved.at(from + Millis::SECOND) < 1.0
        };
        let stops = self.changes();
        let stops = stops.filter(|&(_, before, now)| (before, now) == (Known::Yes, Known::No));
        let stops = stops
            .map(|(at, ..)| at)
            .filter(|at| !self.told.therapies_at(*at).is_empty());
        stops.filter(|at| calm(*at)).collect()
    }

    /// Stops and starts that may change something, with what was ordered before and is now (REQ-THE-033).
    fn changes(&self) -> impl Iterator<Item = (SimTime, Known, Known)> + '_ {
        let orders = self.told.running.iter();
        let changes = orders.scan(Known::No, |before, order| {
            let before = std::mem::replace(before, order.value);
            Some((order.at, before, order.value))
        });
        changes.filter(|&(_, before, now)| before != now || now == Known::Either)
    }

    /// Whether the entry of an instant may be gone from the log.
    fn gone(&self, at: SimTime) -> bool {
        let log = &self.boundary.log;
        let oldest = log.entries.first().filter(|_| log.first > 0);
        let overwritten = oldest.is_some_and(|oldest| at <= oldest.at + self.time.slack(at));
        let hurt = self
            .boundary
            .injuries
            .iter()
            .any(|it| it.hurt == Hurt::Memory);
        overwritten || hurt || self.asked.is_wild(at)
    }

    fn booted_near(&self, at: SimTime) -> bool {
        let mut boots = self.boundary.boots.iter().skip(1);
        let mut absences = self.boundary.absences.iter();
        boots.any(|boot| boot.at.before(SLEEP) <= at && at <= boot.at + SLEEP)
            || absences.any(|it| it.from.before(SLEEP) <= at && at <= it.until + SLEEP)
    }
}
