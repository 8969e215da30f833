//! The alarms of the counted reservoir: low, and empty.

use super::reason::Reason;
use crate::boundary::Boundary;
use crate::clock::SLEEP;
use crate::dose::first_at;
use crate::number::as_f64;
use crate::told::{Refill, Told};
use thecal_units::{Millis, SimTime, Volume, real};

/// Steps by which counts of the pump and of the specification may differ. Source: ours, a stroke.
const LOOSE: f64 = 2.0;
/// What a quotient of floats may be off. Source: ours.
const ROUNDING: f64 = 1e-6;
/// Steps by which the counts differ have moved by then, at any flow. Source: ours.
const SETTLED: Millis = Millis::MINUTE.times(10);

/// The count is zero. `lost` is by how much it may fall at a reset.
pub(super) fn empty(boundary: &Boundary<'_>, told: &Told, lost: Volume) -> Vec<Reason> {
    below(boundary, told, (lost, false), |_| Some(Volume::ZERO))
}

/// The count is at or below the prescribed limit.
pub(super) fn low(boundary: &Boundary<'_>, told: &Told, lost: Volume) -> Vec<Reason> {
    below(boundary, told, (lost, true), |at| {
        told.therapy_at(at).map(|therapy| therapy.low_reservoir)
    })
}

/// When the count falls to a limit. The limit may change with the therapy, and a reset may cost `lost`. A
/// refill begins anew, unless it leaves the count below the limit and the alarm `stays` then (REQ-RES-013).
fn below(
    boundary: &Boundary<'_>,
    told: &Told,
    (lost, stays): (Volume, bool),
    limit: impl Fn(SimTime) -> Option<Volume>,
) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    let mut open: Option<Reason> = None;
    for (nth, refill) in told.refills.iter().enumerate() {
        let next = told.refills.get(nth + 1).map_or(boundary.end, |it| it.at);
        // What was filled before a refill that may not have been obeyed may still be what counts.
        let certain = told.refills.iter().skip(nth + 1).find(|it| !it.in_doubt);
        let last = certain.map_or(boundary.end, |it| it.at);
        let mut changes = vec![refill.at, next.min(last)];
        let within = |at: &SimTime| refill.at < *at && *at < last;
        changes.extend(told.therapies.iter().map(|it| it.at).filter(within));
        changes.sort_unstable();
        changes.dedup();
        let ends = changes.iter().skip(1).copied().chain([last]);
        let still = limit(refill.at).is_some_and(|limit| refill.volume <= limit);
        if !(stays && still) {
            reasons.extend(open.take());
        }
        for (&from, until) in changes.iter().zip(ends) {
            let Some(limit) = limit(from) else {
                reasons.push(Reason::perhaps(from, until));
                continue;
            };
            let fall = falls(boundary, refill, (limit, lost), (from, until));
            let (early, late) = (fall.early, fall.seen);
            if from >= next {
                if early < until {
                    reasons.push(Reason::perhaps(early, until));
                }
                continue;
            }
            // A commit whose limit is below the count clears the alarm (REQ-RES-013).
            let commits = stays && from > refill.at;
            if early >= until || commits && early > from {
                reasons.extend(open.take());
            }
            if early >= until {
                continue;
            }
            // The count may be above it, or not: what goes on then may be a new alarm, or the one before.
            if commits
                && fall.late > from
                && let Some(before) = open.take()
            {
                let (end, _) = before.ends;
                let ends = (end, until);
                reasons.push(Reason { ends, ..before });
                open = Some(Reason::perhaps(from, until));
                continue;
            }
            let certain = late < until && !refill.in_doubt;
            match &mut open {
                Some(open) => {
                    open.ends = (until, until);
                    if certain && open.late.is_none() {
                        open.late = Some(late);
                    }
                }
                None => {
                    open = Some(Reason {
                        early,
                        late: certain.then_some(late),
                        ends: (until, until),
                    });
                }
            }
        }
    }
    reasons.extend(open);
    reasons
}

/// A count that falls to a limit.
struct Fall {
    /// At the earliest and at the latest.
    early: SimTime,
    late: SimTime,
    /// By when the pump has seen it.
    seen: SimTime,
}

/// When the count of a refill falls to a limit, in a span in which the limit stays. Each reset may cost `lost`.
fn falls(
    boundary: &Boundary<'_>,
    refill: &Refill,
    (limit, lost): (Volume, Volume),
    (from, until): (SimTime, SimTime),
) -> Fall {
    let ml = |volume: Volume| real::Volume::from(volume).as_milliliters();
    let left = ml(refill.volume) - ml(limit);
    let steps = boundary.moved.at(refill.at) + left / ml(boundary.step);
    let boots = boundary.boots.iter().skip(1);
    let boots = boots.filter(|boot| refill.at <= boot.at && boot.at < until);
    let lost = as_f64(boots.count() as u64) * ml(lost) / ml(boundary.step);
    let early = first_at(boundary, from, steps - LOOSE - lost);
    let passed = first_at(boundary, from, steps + LOOSE);
    let late = if limit == Volume::ZERO {
        // A pump that stops at a count of zero never passes it.
        let reached = first_at(boundary, from, (steps - ROUNDING).ceil());
        passed.min(reached + SETTLED)
    } else {
        passed
    };
    Fall {
        early,
        late,
        seen: seen(boundary, early, late),
    }
}

/// By when the pump has seen a count that it has reached: at its boot, where it is away meanwhile.
fn seen(boundary: &Boundary<'_>, early: SimTime, late: SimTime) -> SimTime {
    let seen = late + SLEEP;
    let mut absences = boundary.absences.iter();
    let away = absences.find(|it| it.from <= seen && early <= it.until);
    away.map_or(seen, |it| seen.max(it.until + SLEEP))
}
