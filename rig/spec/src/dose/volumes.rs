//! What ends with a volume: a priming bolus, a bridge, a reservoir.

use super::boluses::{Cut, until};
use super::due::{Scale, time_of};
use super::stalls::first_at;
use super::states::uncounted;
use crate::boundary::{Boundary, Hurt};
use crate::number::as_f64;
use crate::told::{Known, Told};
use thecal_plan::Profile;
use thecal_units::{Concentration, Millis, SimTime, Volume, real};

/// Steps by which counts of the pump and of the specification may differ where a volume ends.
const LOOSE: f64 = 2.0;

/// The old drug behind a reservoir that was refilled with another.
pub(super) struct Bridge {
    pub(super) from: SimTime,
    /// From when on it may be over, and when it is.
    pub(super) may_end: SimTime,
    pub(super) until: SimTime,
    pub(super) old: Concentration,
    /// Whether it may not have been bridged.
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
    let fastest = scale.steps_per_ms(real_ml(profile.fastest_a_day));
    // A small volume takes a minute (REQ-THE-036).
    let minute = as_f64(Millis::MINUTE.as_millis());
    let rate = |volume: Volume| fastest.min(scale.steps_in(volume) / minute * scale.crystal);
    let mut found = Vec::new();
    for (nth, primed) in told.primed.iter().enumerate() {
        let from = primed.at;
        let primed_before = primed_before(boundary, told, profile, nth);
        let (alone, both) = catheters(told, profile, from);
        let least = if primed_before == Known::No {
            both.0
        } else {
            alone.0
        };
        let most = if primed_before == Known::Yes {
            alone.1
        } else {
            both.1
        };
        let end = |volume: Volume| {
            let end = from + time_of(scale.steps_in(volume), rate(volume));
            let (more, less) = boundary.crystal.bent(from, end, profile.unnoticed);
            (end.before(more), end + less)
        };
        let ends = (end(least).0, end(most).1);
        let (surely_until, until) = until((from, primed.sent), ends, cuts);
        found.push(Priming {
            from,
            surely_until,
            until,
            least: if primed.value == Known::Yes && !boundary.lost_writes_of(from) {
                rate(least)
            } else {
                0.0
            },
            most: rate(most),
        });
    }
    found
}

/// The volume of the catheter alone and with the tubing, each at least and at most.
fn catheters(told: &Told, profile: &Profile, at: SimTime) -> ((Volume, Volume), (Volume, Volume)) {
    let catheters = told.therapies_at(at).iter().map(|it| it.catheter);
    let least = catheters.clone().min().unwrap_or(Volume::ZERO);
    let most = catheters.max().unwrap_or(Volume::ZERO);
    let both = |volume: Volume| profile.tubing.saturating_add(volume);
    ((least, most), (both(least), both(most)))
}

/// Whether the pump counts as primed before its priming bolus of this number: since one before, or since it
/// has moved as much as tubing and programmed catheter held then (REQ-THE-050).
fn primed_before(boundary: &Boundary<'_>, told: &Told, profile: &Profile, nth: usize) -> Known {
    let (earlier, later) = told.primed.split_at(nth);
    let Some(primed) = later.first() else {
        return Known::No;
    };
    let known = earlier.iter().map(|it| it.value);
    let mut known = known.fold(Known::No, Known::or);
    let step_ml = real_ml(boundary.step);
    let boots = boundary.boots.iter().skip(1);
    let lost = real_ml(profile.requests.lost_at_reset) / step_ml
        * as_f64(boots.filter(|boot| boot.at < primed.at).count() as u64);
    let mut until = primed.at;
    for therapies in told.therapies.iter().rev() {
        if therapies.at > until {
            continue;
        }
        let (_, (least, most)) = catheters(told, profile, therapies.at);
        let moved = boundary.moved.at(until);
        known = known.or(if moved >= real_ml(most) / step_ml + lost + LOOSE {
            Known::Yes
        } else if moved + LOOSE >= real_ml(least) / step_ml {
            Known::Either
        } else {
            Known::No
        });
        until = therapies.at;
    }
    let mut injuries = boundary.injuries.iter();
    if injuries.any(|it| it.hurt != Hurt::Exchange && it.at <= primed.at) {
        known.perhaps()
    } else {
        known
    }
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
        let (_, (least, most)) = catheters(told, profile, refill.at);
        let start = boundary.moved.at(refill.at);
        let boots = boundary.boots.iter().filter(|boot| boot.at > refill.at);
        let lost = real_ml(profile.requests.lost_at_reset) / real_ml(boundary.step)
            * as_f64(boots.count() as u64);
        let whole = start + scale.steps_in(most);
        let short = start + scale.steps_in(least) - lost - LOOSE;
        // A refill without a bridge leaves it (REQ-THE-044).
        let reached = |steps: f64| first_at(boundary, refill.at, steps).min(boundary.end);
        let nominally = reached(whole + LOOSE);
        let until = if told.may_outlast(old, refill.at, nominally) {
            reached(whole + lost + LOOSE)
        } else {
            nominally
        };
        found.push(Bridge {
            from: refill.at,
            may_end: reached(short),
            until,
            old,
            in_doubt: refill.bridge_in_doubt,
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
    let (mut empty, mut may_be_empty) = (Vec::new(), uncounted(boundary, told));
    for (nth, refill) in told.refills.iter().enumerate() {
        let next = told.refills.get(nth + 1).map_or(boundary.end, |it| it.at);
        // What was filled before a refill that may not have been obeyed may still be what counts.
        let certain = told.refills.iter().skip(nth + 1).find(|it| !it.in_doubt);
        let last = certain.map_or(boundary.end, |it| it.at);
        let start = boundary.moved.at(refill.at);
        let volume = scale.steps_in(refill.volume);
        let boots = boundary.boots.iter().skip(1);
        let boots = boots.filter(|boot| refill.at <= boot.at && boot.at < last);
        let lost = real_ml(profile.requests.lost_at_reset) / real_ml(boundary.step)
            * as_f64(boots.count() as u64);
        let from = first_at(boundary, refill.at, start + volume.floor() - LOOSE - lost);
        if from < last {
            may_be_empty.push((from, last));
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
