//! What a pump does about a motor that stalled: when it tries it again, how hard, and what it drives then.

use super::run::{Motor, TICK, energy};
use crate::boundary::{Cause, Drive, Pulses};
use crate::clock::SLEEP;
use crate::dose::Missed;
use crate::record::time::LogTime;
use crate::rule::{Opinion, Rule};
use crate::tried::{TRY as TRY_TRAIN, is_try};
use thecal_plan::{LogKind, Profile};
use thecal_units::{Millis, SimTime};

pub(super) static CUT: Rule = Rule {
    name: "stall-cuts-the-stroke",
    requirement: "REQ-STL-002",
    text: "the exchange that finds a stall cuts the drive within the stroke",
    core: false,
};
pub(super) static TRY: Rule = Rule {
    name: "try-as-told",
    requirement: "REQ-STL-014",
    text: "a stalled motor is tried with one train of 4 pulses of 30 uJ, 200 ms apart",
    core: false,
};
pub(super) static AGAIN: Rule = Rule {
    name: "stall-outlasts-a-reset",
    requirement: "REQ-STL-022",
    text: "after a reset in a stall that is not over the first train is a try",
    core: false,
};
pub(super) static REST: Rule = Rule {
    name: "rest-between-tries",
    requirement: "REQ-STL-017",
    text: "a stalled motor rests 10 s before each of the first tries and 5 min before the others, 5 min after a brown-out",
    core: false,
};
pub(super) static WEAK: Rule = Rule {
    name: "weak-pulses-after-a-try",
    requirement: "REQ-STL-013",
    text: "after a rest of 301 s at most the first 16 pulses behind a try have 20 uJ, after a longer one none",
    core: false,
};

/// A weak pulse. Source: REQ-STL-013. Unit: microjoule.
const WEAK_UJ: u16 = 20;
/// Weak pulses after a try, and what an exchange may find driven beside. Source: REQ-STL-013.
const WEAK_PULSES: f64 = 16.0 + 4.0;
/// Misses that end them, and what an exchange may find missed beside. Source: REQ-STL-013.
const WEAK_MISSED: u64 = 4 + 2;
/// The longest rest that weak pulses follow. Source: REQ-STL-013.
const WEAK_REST: Millis = Millis::from_secs(301);
/// From a stall to its first tries. Source: REQ-STL-004.
const SHORT: Millis = Millis::from_secs(10);
/// Between later tries, and after a brown-out. Source: REQ-STL-017, REQ-STL-022.
pub(super) const LONG: Millis = Millis::MINUTE.times(5);
/// Failed tries before the long rests. Source: REQ-STL-017.
const FIRST: usize = 3;
/// From here on a relapse has no weak pulses. Source: REQ-STL-013.
const RELAPSES: usize = 3;

/// A motor that missed pulses is cut, and driven again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Try<'b> {
    /// The command that cut it.
    pub(super) cut: SimTime,
    /// Tries that failed one after the other before it, without the motor turning in between.
    pub(super) failed: usize,
    /// When the first of them was cut.
    pub(super) stands_since: SimTime,
    /// The next train; `None`: there was none.
    pub(super) train: Option<Drive>,
    /// The commands after that train.
    pub(super) behind: &'b [Drive],
}

impl<'b> Try<'b> {
    /// Whether the infusion was resumed: the next train is no other try. It may be a while until it has a
    /// step to drive, as what moved in tries is subtracted (REQ-STL-020).
    pub(super) fn turned(&self) -> bool {
        !self.resumed().is_empty()
    }

    /// The commands from the resumed infusion's first train on.
    pub(super) fn resumed(&self) -> &'b [Drive] {
        let mut behind = self.behind.iter();
        let first = behind.position(|drive| drive.pulses != Pulses::Stop);
        let resumed = first.and_then(|first| self.behind.get(first..));
        let resumed = resumed.unwrap_or_default();
        let begins = resumed.first();
        match begins {
            Some(first) if energy(first).is_some() && !is_try(first.pulses) => resumed,
            _ => &[],
        }
    }
}

impl<'b> Motor<'b> {
    /// All tries, in order.
    pub(super) fn tries(&self) -> Vec<Try<'b>> {
        let drives: &'b [Drive] = self.boundary.drives;
        let mut tries: Vec<Try<'b>> = Vec::new();
        for (nth, cut) in drives.iter().enumerate() {
            let before = nth
                .checked_sub(1)
                .map_or(SimTime::ZERO, |last| drives[last].at);
            // What is cut without a missed pulse was cut for another reason, unless it was a try whose
            // pulses were not all driven in time (REQ-STL-015).
            let tried = nth.checked_sub(1).map(|last| drives[last].pulses);
            let too_late = tried.is_some_and(is_try) && cut.at.since(before) <= TICK + TICK;
            let missed = self.missed(cut.at) > self.missed(before.before(TICK));
            if cut.pulses != Pulses::Cut || !missed && !too_late {
                continue;
            }
            let rest = drives.get(nth + 1..).unwrap_or_default();
            let next = rest.iter().position(|drive| energy(drive).is_some());
            let last = tries.last().filter(|last| {
                last.train.is_some_and(|train| train.at == before) && !last.turned()
            });
            tries.push(Try {
                cut: cut.at,
                failed: last.map_or(0, |last| last.failed + 1),
                stands_since: last.map_or(cut.at, |last| last.stands_since),
                train: next.map(|next| rest[next]),
                behind: next
                    .and_then(|next| rest.get(next + 1..))
                    .unwrap_or_default(),
            });
        }
        tries
    }

    /// The first stall of a run: later ones depend on what the pump takes as over.
    pub(super) fn judge_cuts(&self, profile: &Profile, opinion: &mut Opinion) {
        let missed = Missed::of(self.boundary, self.told, &profile.stall);
        let Some(&(at, _)) = missed.stalls.first() else {
            return;
        };
        let mut absences = self.boundary.absences.iter();
        let away = absences.any(|it| it.from <= at && at <= it.until);
        // Beside a packet or in a bolus the exchange that finds it is not the one that the pins show.
        let mut packets = self.boundary.packets.iter();
        let busy = packets.any(|it| at.before(SLEEP) <= it.at && it.at <= at + TICK)
            || !self.no_bolus(at, at)
            || !self.is_on(at.before(SLEEP), at + TICK);
        if away || busy || self.is_hurt(at) || self.booted(at.before(SLEEP), at) {
            return opinion.either(&CUT);
        }
        opinion.judged(&CUT);
        let drives = self.boundary.drives.iter();
        let mut near = drives.filter(|it| at.before(TICK) <= it.at && it.at <= at + TICK);
        if !near.any(|drive| drive.pulses == Pulses::Cut) {
            opinion.differs(&CUT, at, "the stroke is not cut", "cut at once");
        }
    }

    /// A stall that the log leaves open at a boot is tried behind it.
    pub(super) fn judge_boots(&self, profile: &Profile, opinion: &mut Opinion) {
        if self.boundary.status.is_none() || self.boundary.log.first > 0 {
            return;
        }
        let time = LogTime::of(self.boundary, profile);
        for boot in self.boundary.boots.iter().skip(1) {
            let near = (boot.at.before(TICK + TICK), boot.at + TICK);
            let entries = self.boundary.log.entries.iter();
            // Where the log's time is off, an entry may be of before the boot or of after it.
            let mut beside = entries.clone().filter(|it| {
                let apart = boot.at.since(it.at).max(it.at.since(boot.at));
                let slack = time.slack_of(it.at);
                slack > TICK + TICK && apart <= slack
            });
            let either =
                beside.any(|it| matches!(it.kind, LogKind::MotorStall | LogKind::StallRecovery));
            let mut stalls = entries.filter(|it| {
                matches!(it.kind, LogKind::MotorStall | LogKind::StallRecovery) && it.at <= near.1
            });
            let Some(last) = stalls.next_back() else {
                continue;
            };
            let open = last.kind == LogKind::MotorStall && last.at < near.0;
            let unsure =
                either || boot.cut_short || self.is_hurt(boot.at) || self.jumped(last.at, boot.at);
            if !open || unsure {
                continue;
            }
            let drives = self.boundary.drives;
            let behind = drives.partition_point(|drive| drive.at < boot.at);
            let mut trains = drives.iter().skip(behind).filter(|it| energy(it).is_some());
            let Some(train) = trains.next() else { continue };
            if self.booted(boot.at + Millis::from_millis(1), train.at) {
                continue;
            }
            opinion.judged(&AGAIN);
            if !is_try(train.pulses) {
                opinion.differs(
                    &AGAIN,
                    train.at,
                    in_words(train.pulses),
                    in_words(TRY_TRAIN),
                );
            }
        }
    }

    pub(super) fn judge_tries(&self, tries: &[Try<'_>], opinion: &mut Opinion) {
        for tried in tries {
            let until = tried.train.map_or(self.boundary.end, |train| train.at);
            if self.is_hurt(until) || self.jumped(tried.cut, until) {
                opinion.either(&TRY);
                continue;
            }
            self.rest(tried, opinion);
            let Some(train) = tried.train else { continue };
            opinion.judged(&TRY);
            if !is_try(train.pulses) {
                let observed = in_words(train.pulses);
                opinion.differs(&TRY, train.at, observed, in_words(TRY_TRAIN));
                continue;
            }
            self.weak(tried, train, opinion);
        }
    }

    /// From a cut to the next try.
    fn rest(&self, tried: &Try<'_>, opinion: &mut Opinion) {
        let crystal = &self.boundary.crystal;
        let until = tried.train.map_or(self.boundary.end, |train| train.at);
        let mut boots = self.boundary.boots.iter().skip(1);
        let boot = boots.rfind(|boot| tried.cut <= boot.at && boot.at <= until);
        let (from, least) = match boot {
            Some(boot) if boot.cut_short => return opinion.either(&REST),
            Some(boot) if boot.cause == Cause::BrownOut => (boot.at, LONG),
            Some(boot) => (boot.at, Millis::ZERO),
            None if tried.failed >= FIRST => (tried.cut, LONG),
            None => (tried.cut, SHORT),
        };
        let rested = crystal.counted(from, until);
        opinion.judged(&REST);
        if tried.train.is_some() && rested + TICK < least {
            let observed = format!("tried after {}", rested.spelled());
            opinion.differs(&REST, until, observed, format!("{} later", least.spelled()));
        }
        let late = crystal.after(from, LONG + TICK + TICK);
        if late < until && self.is_on(tried.cut, late) {
            opinion.differs(
                &REST,
                late,
                format!("no try since {}", from.spelled()),
                format!("one after {} at most", LONG.spelled()),
            );
        }
    }

    /// What is driven behind a try that moved the motor.
    fn weak(&self, tried: &Try<'_>, train: Drive, opinion: &mut Opinion) {
        let resumed = tried.resumed();
        let Some(next) = resumed.first() else {
            return;
        };
        if self.booted(tried.cut, next.at) || self.is_hurt(next.at) {
            return opinion.either(&WEAK);
        }
        let rest = self.boundary.crystal.counted(tried.cut, train.at);
        let is_weak = energy(next) == Some(WEAK_UJ);
        let entries = self.boundary.log.entries.iter();
        let relapses = entries.filter(|it| it.kind == LogKind::StallRecovery);
        let untold = self.boundary.log.first > 0 || self.boundary.status.is_none();
        let may_relapse = relapses.count() >= RELAPSES || untold;
        opinion.judged(&WEAK);
        let wrong = if is_weak {
            rest > WEAK_REST + TICK
        } else {
            rest < WEAK_REST && !may_relapse
        };
        if wrong {
            opinion.differs(
                &WEAK,
                next.at,
                in_words(next.pulses),
                format!(
                    "{} uJ: a rest of {}",
                    if is_weak { 30 } else { WEAK_UJ },
                    rest.spelled()
                ),
            );
            return;
        }
        let until = self.weak_until(tried);
        let behind = resumed.iter().take_while(|drive| drive.at < until);
        let ordered = behind.filter(|drive| energy(drive).is_none()).count() > 0;
        if !is_weak || ordered || self.booted(train.at, until + SLEEP) {
            return;
        }
        // The train that drives the last of them may go on until the pump wakes.
        let seen = until.before(SLEEP + TICK).max(next.at);
        let driven = self.driven(next.at, seen);
        let missed = self.missed(until) - self.missed(next.at);
        if driven > WEAK_PULSES || missed > WEAK_MISSED {
            let observed = format!("{} weak pulses and more, {missed} missed", driven.round());
            opinion.differs(&WEAK, until, observed, "16, and an end at the fourth miss");
        }
    }

    /// When the weak pulses behind a try end.
    pub(super) fn weak_until(&self, tried: &Try<'_>) -> SimTime {
        let mut behind = tried.resumed().iter();
        // An order that stops them leaves it at that: they go on when the infusion does.
        let end = behind.find(|drive| match energy(drive) {
            Some(energy) => energy != WEAK_UJ,
            None => drive.pulses == Pulses::Cut,
        });
        end.map_or(self.boundary.end, |drive| drive.at)
    }
}

fn in_words(pulses: Pulses) -> String {
    match pulses {
        Pulses::Train {
            count,
            period_us,
            energy_uj,
        } => format!("{count} pulses of {energy_uj} uJ, {period_us} us apart"),
        Pulses::Cut => "a cut".to_owned(),
        Pulses::Stop => "a stop".to_owned(),
    }
}
