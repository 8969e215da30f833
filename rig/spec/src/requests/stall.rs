//! Stalls, from the pulses that moved nothing.
//!
//! Eight missed of the last sixteen pulses are a stall (REQ-STL-001). Whether one is over depends on the
//! energy of its pulses (REQ-STL-013), which no pin shows: for its end the pump's log is asked, but
//! never before the motor has moved as often as the shortest proof takes.

use super::time::TherapyTime;
use crate::boundary::Boundary;
use crate::told::Known;
use thecal_plan::LogKind;
use thecal_units::SimTime;

/// Missed pulses that are a stall, and of how many.
const STALL: usize = 8;
const OF: f64 = 16.0;
/// Steps that the shortest proof moves: of sixteen weak pulses fewer than four are missed
/// (REQ-STL-023).
const PROOF: f64 = 13.0;

/// A stall.
#[derive(Clone, Copy, Debug)]
struct Stall {
    from: SimTime,
    until: Until,
}

/// When a stall was over.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// Not before the first and not after the second instant.
    Between(SimTime, SimTime),
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
    pub(super) fn of(boundary: &Boundary<'_>, time: &TherapyTime<'_>) -> Self {
        let missed = each_missed(boundary);
        let mut stalls: Vec<Stall> = Vec::new();
        for (index, &(at, number)) in missed.iter().enumerate() {
            let open = stalls.last();
            if open.is_some_and(|open| !open.is_over_at(at)) {
                continue;
            }
            // The record of the last pulses begins anew at a reset and with a recovery.
            let boots = boundary.boots.partition_point(|boot| boot.at <= at);
            let booted = boots.checked_sub(1).map(|last| boundary.boots[last].at);
            let cleared = open.map_or(SimTime::ZERO, Stall::cleared);
            let cleared = cleared.max(booted.unwrap_or(SimTime::ZERO));
            let Some(&(first_at, first)) = index
                .checked_sub(STALL - 1)
                .and_then(|first| missed.get(first))
            else {
                continue;
            };
            if first_at > cleared && number - first < OF {
                stalls.push(Stall {
                    from: at,
                    until: recovery(boundary, time, at),
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
        let turned = boundary.moved.at(at) - boundary.moved.at(stall.from) >= PROOF;
        match stall.until {
            Until::Between(_, until) if turned && until <= at => Known::No,
            Until::Between(until, _) if turned && until <= at => Known::Either,
            Until::Unknown if turned => Known::Either,
            Until::Between(..) | Until::Unknown | Until::Lasts => Known::Yes,
        }
    }

    /// Whether a stall began between two instants.
    pub(super) fn began(&self, after: SimTime, before: SimTime) -> Known {
        let begun = self.0.partition_point(|stall| stall.from <= after);
        let next = self.0.get(begun);
        Known::sure(next.is_some_and(|stall| stall.from <= before))
    }
}

impl Stall {
    fn is_over_at(&self, at: SimTime) -> bool {
        self.cleared() < at
    }

    /// When it surely was over.
    const fn cleared(&self) -> SimTime {
        match self.until {
            Until::Between(_, until) => until,
            Until::Lasts | Until::Unknown => SimTime::NEVER,
        }
    }
}

/// When the pump has logged the recovery from a stall that began at `from`.
fn recovery(boundary: &Boundary<'_>, time: &TherapyTime<'_>, from: SimTime) -> Until {
    if !boundary.log_reaches(from) {
        return Until::Unknown;
    }
    let mut entries = boundary.log.entries.iter();
    let recovered = entries.find(|entry| {
        entry.kind == LogKind::StallRecovery && entry.at + time.unsure(entry.at) >= from
    });
    recovered.map_or(Until::Lasts, |entry| {
        let unsure = time.unsure(entry.at);
        Until::Between(entry.at.before(unsure), entry.at + unsure)
    })
}

/// Every missed pulse: when it was seen, and its number among all pulses. Of the pulses that one exchange
/// reports the missed ones count as the later ones.
fn each_missed(boundary: &Boundary<'_>) -> Vec<(SimTime, f64)> {
    let mut each = Vec::new();
    let mut before = 0;
    for &(at, total) in boundary.missed {
        for number in before + 1..=total {
            #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
            let number = number as f64;
            each.push((at, boundary.moved.at(at) + number));
        }
        before = total;
    }
    each
}
