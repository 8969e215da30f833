//! Stalls, from the pulses that moved nothing.
//!
//! Some missed of the last pulses are a stall (REQ-STL-001; how many of how many the profile says). Whether one is over depends on the
//! energy of its pulses (REQ-STL-013), which no pin shows: for its end the pump's log is asked, but
//! never before the motor has moved as often as the shortest proof takes.

use super::heard::Heard;
use super::moment::Moment;
use super::time::TherapyTime;
use crate::boundary::{Boot, Boundary, Cause, Hurt};
use crate::clock::SLEEP;
use crate::number::as_f64;
use crate::told::Known;
use thecal_plan::{LogKind, StallRules};
use thecal_units::SimTime;

/// Steps that the shortest proof moves: of sixteen weak pulses fewer than four are missed
/// (REQ-STL-023).
const PROOF: f64 = 13.0;

/// A stall.
#[derive(Clone, Copy, Debug)]
struct Stall {
    from: SimTime,
    until: Until,
    /// The boot at which it may have been forgotten: power failed in the exchange that found it, or a reset came
    /// first.
    forgotten: Option<SimTime>,
    /// Whether it is one for certain, and not part of one before it that was not forgotten.
    sure: bool,
    /// The index of the entry of its end.
    recovered: Option<u32>,
}

/// When a stall was over.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// Not before the first and not after the second instant.
    Between(SimTime, SimTime),
    /// At this instant, by a start or a boot: the pump does not try its motor by itself.
    Started(SimTime),
    /// Not within the run.
    Lasts,
    /// The log cannot tell.
    Unknown,
}

/// All stalls of a run, in order.
#[derive(Debug, Default)]
pub(super) struct Stalls(Vec<Stall>);

impl Stalls {
    /// By what the pins show.
    pub(super) fn of(
        boundary: &Boundary<'_>,
        time: &TherapyTime<'_>,
        heard: &Heard,
        rules: &StallRules,
    ) -> Self {
        let before = usize::try_from(rules.missed)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        let missed = each_missed(boundary);
        let mut stalls: Vec<Stall> = Vec::new();
        for (index, &(at, number)) in missed.iter().enumerate() {
            let open = stalls.last();
            // Where the time of its end is not sure, the log may tell of another behind it.
            let again = open.is_some_and(|open| open.is_logged_again(boundary, time, at));
            if open.is_some_and(|open| !again && !open.is_over_at(at)) {
                continue;
            }
            // The record of the last pulses begins anew at a reset and with a recovery.
            // A reset of the same instant comes behind what made it a stall.
            let boots = boundary.boots.partition_point(|boot| boot.at < at);
            let booted = boots.checked_sub(1).map(|last| boundary.boots[last].at);
            let cleared = open.map_or(SimTime::ZERO, |open| {
                if again {
                    open.over_from()
                } else {
                    open.cleared()
                }
            });
            let cleared = cleared.max(booted.unwrap_or(SimTime::ZERO));
            let Some(&(first_at, first)) = index
                .checked_sub(before)
                .and_then(|first| missed.get(first))
            else {
                continue;
            };
            if first_at > cleared && number - first < as_f64(rules.of) {
                let before = open.and_then(|open| open.recovered);
                let (until, recovered) = if rules.retries {
                    recovery(boundary, time, at, before.filter(|_| again))
                } else {
                    (started_again(boundary, heard, at), None)
                };
                stalls.push(Stall {
                    forgotten: forgotten(boundary, time, at),
                    sure: open.is_none_or(|open| open.is_surely_over_at(at)),
                    from: at,
                    until,
                    recovered,
                });
            }
        }
        Self(stalls)
    }

    /// Whether a stall is not over.
    pub(super) fn at(&self, boundary: &Boundary<'_>, at: SimTime) -> Known {
        let begun = self.0.partition_point(|stall| stall.from <= at);
        let Some(stall) = begun.checked_sub(1).map(|last| self.0[last]) else {
            return Known::No;
        };
        let forgotten = stall.forgotten.is_some_and(|boot| boot <= at);
        let turned = matches!(stall.until, Until::Started(_))
            || boundary.moved.at(at) - boundary.moved.at(stall.from) >= PROOF;
        match stall.until {
            Until::Between(_, until) | Until::Started(until) if turned && until <= at => Known::No,
            Until::Between(until, _) if turned && until <= at => Known::Either,
            Until::Unknown if turned => Known::Either,
            _ if forgotten => Known::Either,
            Until::Between(..) | Until::Started(_) | Until::Unknown | Until::Lasts => Known::Yes,
        }
    }

    /// When each of them began, and whether it is one for certain.
    pub(super) fn begun(&self) -> impl Iterator<Item = (SimTime, bool)> + '_ {
        self.0.iter().map(|stall| (stall.from, stall.sure))
    }

    /// Whether a stall began between two instants.
    pub(super) fn began(&self, after: SimTime, before: SimTime) -> Known {
        let begun = self.0.partition_point(|stall| stall.from <= after);
        let later = self.0.get(begun..).unwrap_or_default().iter();
        let mut within = later.take_while(|stall| stall.from <= before);
        match within.next() {
            None => Known::No,
            Some(first) if first.sure || within.any(|stall| stall.sure) => Known::Yes,
            Some(_) => Known::Either,
        }
    }
}

impl Stall {
    fn is_over_at(&self, at: SimTime) -> bool {
        self.cleared() < at
    }

    fn is_surely_over_at(&self, at: SimTime) -> bool {
        self.surely_over() < at
    }

    /// Whether the log tells of another stall at an instant, behind the end of this one.
    fn is_logged_again(
        &self,
        boundary: &Boundary<'_>,
        time: &TherapyTime<'_>,
        at: SimTime,
    ) -> bool {
        let Some(recovered) = self.recovered.filter(|_| self.over_from() < at) else {
            return false;
        };
        let mut behind = boundary
            .log
            .entries
            .iter()
            .filter(|it| it.index > recovered);
        behind.any(|it| it.kind == LogKind::MotorStall && is_near(time, it.at, at))
    }

    /// From when on it may be over.
    const fn over_from(&self) -> SimTime {
        match self.until {
            Until::Between(from, _) => from,
            Until::Started(_) | Until::Lasts | Until::Unknown => self.surely_over(),
        }
    }

    /// When it was over, or forgotten.
    fn cleared(&self) -> SimTime {
        let over = self.surely_over();
        self.forgotten.map_or(over, |boot| boot.min(over))
    }

    /// When it surely was over.
    const fn surely_over(&self) -> SimTime {
        match self.until {
            Until::Between(_, until) | Until::Started(until) => until,
            Until::Lasts | Until::Unknown => SimTime::NEVER,
        }
    }
}

/// The boot behind an exchange that power tore when it found this stall: of its record and its entry in the
/// log each may be lost. Or the reset by its line of the very instant that would have told of it, if no entry does.
fn forgotten(boundary: &Boundary<'_>, time: &TherapyTime<'_>, from: SimTime) -> Option<SimTime> {
    let mut resets = boundary.boots.iter().skip(1);
    let reset = |boot: &Boot| boot.at == from && boot.cause == Cause::Pin;
    if resets.any(reset) && !is_logged(boundary, time, from) {
        return Some(from);
    }
    let mut injuries = boundary.injuries.iter();
    let torn =
        injuries.find(|it| it.hurt == Hurt::Exchange && from <= it.at && it.at <= from + SLEEP)?;
    let mut boots = boundary.boots.iter().skip(1);
    boots.find(|boot| torn.at <= boot.at).map(|boot| boot.at)
}

/// Whether the log tells of a stall that was found at an instant.
fn is_logged(boundary: &Boundary<'_>, time: &TherapyTime<'_>, at: SimTime) -> bool {
    let mut entries = boundary.log.entries.iter();
    entries.any(|it| it.kind == LogKind::MotorStall && is_near(time, it.at, at))
}

/// Whether an entry may be of an instant.
fn is_near(time: &TherapyTime<'_>, entry: SimTime, at: SimTime) -> bool {
    let slack = time.unsure(entry) + SLEEP;
    at.before(slack) <= entry && entry <= at + slack
}

/// When a pump that does not try its motor by itself is started anew, or boots.
fn started_again(boundary: &Boundary<'_>, heard: &Heard, from: SimTime) -> Until {
    let (after, end) = (Moment::pins(from), Moment::pins(SimTime::NEVER));
    let orders = heard.runs.between(after, end).iter();
    let starts = orders.filter(|(_, (runs, _))| *runs).map(|(at, _)| at.at);
    let boots = boundary.boots.iter().map(|boot| boot.at);
    let again = starts.chain(boots).filter(|at| *at > from).min();
    again.map_or(Until::Lasts, Until::Started)
}

/// When the pump has logged the recovery from a stall that began at `from`, and the index of its entry, which
/// comes behind `behind`.
fn recovery(
    boundary: &Boundary<'_>,
    time: &TherapyTime<'_>,
    from: SimTime,
    behind: Option<u32>,
) -> (Until, Option<u32>) {
    if !boundary.log_reaches(from) {
        return (Until::Unknown, None);
    }
    let mut entries = boundary.log.entries.iter();
    let recovered = entries.find(|entry| {
        entry.kind == LogKind::StallRecovery
            && entry.at + time.unsure(entry.at) >= from
            && behind.is_none_or(|behind| behind < entry.index)
    });
    recovered.map_or((Until::Lasts, None), |entry| {
        let unsure = time.unsure(entry.at);
        let until = Until::Between(entry.at.before(unsure), entry.at + unsure);
        (until, Some(entry.index))
    })
}

/// Every missed pulse that a pump was told of: when it was seen, and its number among all pulses. Of the pulses
/// that one exchange reports the missed ones count as the later ones; those of a core that stood until its reset
/// no exchange reports.
pub(crate) fn each_missed(boundary: &Boundary<'_>) -> Vec<(SimTime, f64)> {
    let mut each = Vec::new();
    let mut before = 0;
    for &(at, total) in boundary.missed {
        for number in before + 1..=total {
            if is_unseen(boundary, at) {
                break;
            }
            #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
            let number = number as f64;
            each.push((at, boundary.moved.at(at) + number));
        }
        before = total;
    }
    each
}

/// Whether pulses of an instant came while the pump was away, until a reset.
fn is_unseen(boundary: &Boundary<'_>, at: SimTime) -> bool {
    let mut absences = boundary.absences.iter();
    absences.any(|away| {
        let mut boots = boundary.boots.iter();
        away.from < at && at <= away.until && boots.any(|boot| boot.at == away.until)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::Absence;
    use crate::testing::{Case, boot, minutes};

    #[test]
    fn pulses_missed_while_the_core_stands_until_a_reset_are_told_to_nobody() {
        let mut case = Case::hours(12);
        case.missed = vec![(minutes(299), 1), (minutes(303), 9), (minutes(310), 10)];
        case.absences = vec![Absence {
            from: minutes(300),
            until: minutes(303),
            explained: true,
            dark: false,
        }];
        let told = |case: &Case| {
            let mut told = Vec::new();
            case.with_boundary(|boundary| {
                told = each_missed(boundary).iter().map(|&(at, _)| at).collect();
            });
            told
        };
        assert_eq!(told(&case).len(), 10, "it goes on, and is told");
        case.boots.push(boot(minutes(303), Cause::Watchdog));
        assert_eq!(told(&case), [minutes(299), minutes(310)]);
    }
}
