//! What ends with a volume: a priming bolus, a bridge, a reservoir.

use super::boluses::{Cut, until};
use super::due::{Scale, time_of};
use super::stalls::first_at;
use crate::boundary::Boundary;
use crate::number::as_f64;
use crate::told::{Known, Told};
use thecal_plan::Profile;
use thecal_units::{Concentration, SimTime, Volume, real};

/// Steps by which counts of the pump and of the specification may differ where a volume ends.
const LOOSE: f64 = 2.0;

/// The old drug behind a reservoir that was refilled with another.
pub(super) struct Bridge {
    pub(super) from: SimTime,
    /// From when on it may be over, and when it is.
    pub(super) may_end: SimTime,
    pub(super) until: SimTime,
    pub(super) old: Concentration,
    /// Whether the refill may not have been obeyed.
    pub(super) in_doubt: bool,
}

/// A priming bolus that was accepted, or may have been. Unit: steps per millisecond.
pub(super) struct Priming {
    pub(super) from: SimTime,
    /// Until when it is given for certain, whole or cut.
    pub(super) surely_until: SimTime,
    pub(super) until: SimTime,
    pub(super) least: f64,
    pub(super) most: f64,
}

/// Accepted priming boluses.
pub(super) fn primings(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    scale: &Scale,
    cuts: &[Cut],
) -> Vec<Priming> {
    let rate = scale.steps_per_ms(real_ml(profile.fastest_a_day));
    let mut found = Vec::new();
    for (nth, primed) in told.primed.iter().enumerate() {
        let from = primed.at;
        let catheter = told
            .therapies_at(from)
            .first()
            .map_or(Volume::ZERO, |therapy| therapy.catheter);
        let before =
            boundary.moved.at(from) >= scale.steps_in(profile.tubing.saturating_add(catheter));
        let mut earlier = told.primed.iter().take(nth);
        let primed_before = earlier.any(|it| it.value == Known::Yes);
        let whole = !primed_before && !before;
        let volume = if whole {
            profile.tubing.saturating_add(catheter)
        } else {
            catheter
        };
        let end = from + time_of(scale.steps_in(volume), rate);
        let (more, less) = boundary.crystal.bent(from, end, profile.unnoticed);
        let (surely_until, until) = until(from, (end.before(more), end + less), cuts);
        // After one whose answer was lost this is the whole volume, or the catheter alone.
        let recorded = !boundary.lost_writes_of(from);
        let certain = primed.value == Known::Yes && (nth == 0 || primed_before) && recorded;
        found.push(Priming {
            from,
            surely_until,
            until,
            least: if certain { rate } else { 0.0 },
            most: rate,
        });
    }
    found
}

fn real_ml(volume: Volume) -> f64 {
    real::Volume::from(volume).as_milliliters()
}

/// Refills that were bridged, until the old drug has moved.
pub(super) fn bridges(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    scale: &Scale,
) -> Vec<Bridge> {
    let mut found = Vec::new();
    for refill in &told.refills {
        let Some(old) = refill.bridged else { continue };
        let catheter = told
            .therapies_at(refill.at)
            .first()
            .map_or(Volume::ZERO, |it| it.catheter);
        let volume = scale.steps_in(profile.tubing.saturating_add(catheter));
        let start = boundary.moved.at(refill.at);
        let boots = boundary.boots.iter().filter(|boot| boot.at > refill.at);
        let lost = real_ml(profile.requests.lost_at_reset) / real_ml(boundary.step)
            * as_f64(boots.count() as u64);
        let (whole, short) = (start + volume, start + volume - lost - LOOSE);
        // A refill without a bridge leaves it (REQ-THE-044).
        let reached = |steps: f64| first_at(boundary, refill.at, steps).min(boundary.end);
        found.push(Bridge {
            from: refill.at,
            may_end: reached(short),
            until: reached(whole + LOOSE),
            old,
            in_doubt: refill.in_doubt,
        });
    }
    found
}

/// When the reservoir is empty by count.
pub(super) struct Counts {
    pub(super) empty: Vec<(SimTime, SimTime)>,
    /// When it may be: a reset may have cost some of the count.
    pub(super) may_be_empty: Vec<(SimTime, SimTime)>,
}

pub(super) fn counts(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    scale: &Scale,
) -> Counts {
    let (mut empty, mut may_be_empty) = (Vec::new(), Vec::new());
    for (nth, refill) in told.refills.iter().enumerate() {
        let next = told.refills.get(nth + 1).map_or(boundary.end, |it| it.at);
        let start = boundary.moved.at(refill.at);
        let volume = scale.steps_in(refill.volume);
        let boots = boundary
            .boots
            .iter()
            .filter(|boot| refill.at < boot.at && boot.at < next);
        let lost = real_ml(profile.requests.lost_at_reset) / real_ml(boundary.step)
            * as_f64(boots.count() as u64);
        let from = first_at(boundary, refill.at, start + volume.floor() - LOOSE - lost);
        if from < next {
            may_be_empty.push((from, next));
        }
        let from = first_at(boundary, refill.at, start + volume.floor());
        if from < next && !refill.in_doubt {
            empty.push((from, next));
        }
    }
    Counts {
        empty,
        may_be_empty,
    }
}
