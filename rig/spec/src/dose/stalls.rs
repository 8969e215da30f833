//! Stalls, as the pins show them: pulses that move nothing.

use crate::boundary::{Boundary, total_by};
use crate::number::as_f64;
use crate::requests::each_missed;
use crate::told::{Known, Told};
use thecal_plan::StallRules;
use thecal_units::{Millis, SimTime};

/// A motor that has moved so many steps without a miss is free again. Source: REQ-STL-010.
const FREE: f64 = 16.0;
/// From its first movement on a motor may rest once more and be tried with weak pulses. Source:
/// REQ-STL-010, a rest of at most five minutes.
const PROOF: Millis = Millis::MINUTE.times(6);

/// The pulses that were missed, and the stalls that they were.
#[derive(Debug)]
pub(crate) struct Missed<'b> {
    missed: &'b [(SimTime, u64)],
    /// From the miss that made it a stall until the motor moved again.
    pub(crate) stalls: Vec<(SimTime, SimTime)>,
    /// Misses that are another stall, if the one before was over by then.
    pub(crate) perhaps: Vec<SimTime>,
}

impl<'b> Missed<'b> {
    /// By the pulses that a product takes for a stall.
    pub(crate) fn of(boundary: &Boundary<'b>, told: &Told, rules: &StallRules) -> Self {
        let missed = boundary.missed;
        let each = each_missed(boundary);
        let mut stalls: Vec<(SimTime, SimTime)> = Vec::new();
        let before = usize::try_from(rules.missed).unwrap_or(usize::MAX).max(1) - 1;
        let mut perhaps = Vec::new();
        for (nth, &(at, number)) in each.iter().enumerate() {
            let first = nth.checked_sub(before).and_then(|nth| each.get(nth));
            let mut boots = boundary.boots.iter();
            // A reset of the same instant comes behind what made it a stall.
            let booted = boots.rfind(|boot| boot.at < at).map(|boot| boot.at);
            let counts = |&&(seen, first): &&(SimTime, f64)| {
                number - first < as_f64(rules.of) && booted.is_none_or(|booted| booted < seen)
            };
            if first.filter(counts).is_some() {
                if stalls.last().is_some_and(|&(_, until)| at < until) {
                    perhaps.push(at);
                    continue;
                }
                let free = if rules.retries {
                    let behind = missed.partition_point(|&(then, _)| then < at);
                    free_again(boundary, behind)
                } else {
                    started_again(boundary, told, at)
                };
                stalls.push((at, free));
            }
        }
        Self {
            missed,
            stalls,
            perhaps,
        }
    }

    /// Boots within a day of a stall: the motor is tried again, and has to prove itself. While it misses
    /// pulses it is tried on (REQ-STL-022, REQ-STL-026).
    pub(crate) fn retried(&self, boundary: &Boundary<'_>) -> Vec<(SimTime, SimTime)> {
        let boots = boundary.boots.iter().map(|boot| boot.at);
        let after_a_stall = |boot: &SimTime| {
            let mut stalls = self.stalls.iter();
            stalls.any(|&(begun, until)| begun <= *boot && *boot <= until + Millis::DAY)
        };
        boots
            .filter(after_a_stall)
            .map(|boot| {
                let until = boot + PROOF + PROOF;
                let next = self.missed.partition_point(|&(at, _)| at < boot);
                let sticks = self.missed.get(next).is_some_and(|&(at, _)| at < until);
                let free = sticks.then(|| free_again(boundary, next));
                (boot, until.max(free.unwrap_or(until)))
            })
            .collect()
    }

    /// The pulses missed by `at`.
    pub(crate) fn at(&self, at: SimTime) -> u64 {
        total_by(self.missed, at)
    }
}

/// When the motor moves again after the miss with this number, and has proved it: after the first
/// movement that sixteen steps without a miss follow.
fn free_again(boundary: &Boundary<'_>, nth: usize) -> SimTime {
    let rest = boundary.missed.get(nth..).unwrap_or_default();
    let next = rest.iter().skip(1).map(|&(at, _)| at);
    for (&(at, _), next) in rest.iter().zip(next.chain([boundary.end])) {
        let moved = boundary.moved.at(at);
        let proves = boundary.moved.at(next) - moved >= FREE;
        let proved = first_at(boundary, at, moved + 1.0) + PROOF;
        // What it misses while it proves itself may stop it again.
        if proves && (proved < next || next == boundary.end) {
            return proved.min(boundary.end);
        }
    }
    boundary.end
}

/// When a pump that does not try its motor by itself drives it again: once it is started anew, or boots.
fn started_again(boundary: &Boundary<'_>, told: &Told, at: SimTime) -> SimTime {
    let orders = told.running.iter().filter(|it| it.value != Known::No);
    let starts = orders.map(|it| it.at);
    let boots = boundary.boots.iter().map(|boot| boot.at);
    let again = starts.chain(boots).filter(|it| *it > at).min();
    again.unwrap_or(boundary.end)
}

/// The first instant from `from` on at which the motor has moved so many steps in total; never.
pub(crate) fn first_at(boundary: &Boundary<'_>, from: SimTime, steps: f64) -> SimTime {
    if boundary.moved.at(boundary.end) < steps {
        return SimTime::NEVER;
    }
    let (mut low, mut high) = (from.as_millis(), boundary.end.as_millis());
    while low < high {
        let middle = u64::midpoint(low, high);
        if boundary.moved.at(SimTime::from_millis(middle)) >= steps {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    SimTime::from_millis(low)
}
