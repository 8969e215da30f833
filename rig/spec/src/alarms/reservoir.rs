//! The alarms of the counted reservoir: low, and empty.

use super::reason::Reason;
use crate::boundary::Boundary;
use crate::dose::first_at;
use crate::number::as_f64;
use crate::told::Told;
use thecal_units::{Millis, SimTime, Volume, real};

/// Steps by which counts of the pump and of the specification may differ. Source: ours, a stroke.
const LOOSE: f64 = 2.0;
/// What a quotient of floats may be off. Source: ours.
const ROUNDING: f64 = 1e-6;
/// Steps by which the counts differ have moved by then, at any flow. Source: ours.
const SETTLED: Millis = Millis::MINUTE.times(10);
/// From a step to the exchange that sees it: the longest sleep. Source: REQ-WDG-001.
const SLEEP: Millis = Millis::MINUTE.times(2);

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
    let step_ml = real::Volume::from(boundary.step).as_milliliters();
    let lost_ml = real::Volume::from(lost).as_milliliters();
    for (nth, refill) in told.refills.iter().enumerate() {
        let next = told.refills.get(nth + 1).map_or(boundary.end, |it| it.at);
        let mut changes = vec![refill.at];
        let within = |at: &SimTime| refill.at < *at && *at < next;
        changes.extend(told.therapies.iter().map(|it| it.at).filter(within));
        let ends = changes.iter().skip(1).copied().chain([next]);
        let still = limit(refill.at).is_some_and(|limit| refill.volume <= limit);
        if !(stays && still) {
            reasons.extend(open.take());
        }
        for (&from, until) in changes.iter().zip(ends) {
            let Some(limit) = limit(from) else {
                reasons.push(Reason::perhaps(from, until));
                continue;
            };
            let left = real::Volume::from(refill.volume).as_milliliters()
                - real::Volume::from(limit).as_milliliters();
            let start = boundary.moved.at(refill.at);
            let steps = start + left / step_ml;
            let boots = boundary.boots.iter();
            let boots = boots.filter(|boot| refill.at < boot.at && boot.at < until);
            let lost = as_f64(boots.count() as u64) * lost_ml / step_ml;
            let early = first_at(boundary, from, steps - LOOSE - lost);
            let passed = first_at(boundary, from, steps + LOOSE);
            let late = if limit == Volume::ZERO {
                // A pump that stops at a count of zero never passes it.
                let reached = first_at(boundary, from, (steps - ROUNDING).ceil());
                passed.min(reached + SETTLED)
            } else {
                passed
            };
            if early >= until {
                reasons.extend(open.take());
                continue;
            }
            let certain = late + SLEEP < until && !refill.in_doubt;
            match &mut open {
                Some(open) => {
                    open.ends = (until, until);
                    if certain && open.late.is_none() {
                        open.late = Some(late + SLEEP);
                    }
                }
                None => {
                    open = Some(Reason {
                        early,
                        late: certain.then_some(late + SLEEP),
                        ends: (until, until),
                    });
                }
            }
        }
    }
    reasons.extend(open);
    reasons
}
