//! The monitor of dose limits: the most that the patient may get in any hour, 4 hours, 24 hours, as
//! prescribed. Source: pump.md 3.3, the trap of the window limiter (S37).
//!
//! It judges what was commanded and, where nothing was hidden from the pump and the reservoir holds
//! what its label says, what truly entered the patient. No pump can keep a limit against its clinician:
//! a clinician's bolus, a continuous dose above the limit and a change of therapy are allowed on top.

use super::bolus_windows::{Granted, clinician_ug, in_force_within, loose_steps_ug};
use super::monitor::{finding, mass, pass_if};
use super::outcome::{Finding, Verdict};
use crate::run::{Cumulative, Prescribed, Story};
use thecal_plan::DoseLimits;
use thecal_units::{Mass, Millis, SimTime, real};

/// The length of a window, and its limit in a prescription.
type Window = (Millis, fn(&DoseLimits) -> Mass);

/// The windows that may have a limit.
const WINDOWS: [Window; 3] = [
    (Millis::HOUR, |limits| limits.hour),
    (Millis::HOUR.times(4), |limits| limits.four_hours),
    (Millis::DAY, |limits| limits.day),
];

/// Pulsation of the head, half a revolution of 8 uL; and elasticity of the tube. Source: pump.md 4.1,
/// as for the agreement of plant and command.
const PULSATION_ML: f64 = 0.004;
const ELASTICITY: f64 = 0.01;

/// The worst window: how much room is left, what was given, what is allowed, and when it ended.
type Worst = Option<(f64, f64, f64, SimTime)>;

/// Nothing passes a prescribed limit.
pub(super) fn dose_limits(story: &Story) -> Finding {
    let rule = "commanded dose in any window within the prescribed limits, true dose as well";
    let limited = |prescribed: &Prescribed| prescribed.therapy.limits != DoseLimits::NONE;
    if !story.prescribed.iter().any(limited) {
        return Finding {
            note: Some("no limits prescribed".into()),
            ..finding("dose-limits", rule, Verdict::Pass)
        };
    }
    let granted = Granted::of(story);
    let commanded = worst(story, &granted, &story.commanded, |_| 0.0);
    let truly = is_as_labeled(story).then(|| {
        let strength = real::Concentration::from(story.filled).as_ug_per_ml();
        let tolerance = move |given: f64| ELASTICITY * given + PULSATION_ML * strength;
        worst(story, &granted, &story.infused, tolerance)
    });
    let is_beyond = |worst: &Worst| worst.is_some_and(|(margin, ..)| margin < 0.0);
    let truly = truly.flatten();
    let (shown, note) = if is_beyond(&truly) && !is_beyond(&commanded) {
        (truly, Some("true dose".into()))
    } else {
        (commanded, None)
    };
    let Some((margin, given, limit, at)) = shown else {
        return Finding {
            note: Some("no window was ever limited as a whole".into()),
            ..finding("dose-limits", rule, Verdict::Pass)
        };
    };
    Finding {
        observed: mass(given),
        at: Some(at),
        limit: mass(limit),
        margin: Some(mass(margin)),
        note,
        ..finding("dose-limits", rule, pass_if(margin >= 0.0))
    }
}

fn worst(
    story: &Story,
    granted: &Granted,
    total: &Cumulative,
    tolerance: impl Fn(f64) -> f64,
) -> Worst {
    let mut worst: Worst = None;
    for (window, limit) in WINDOWS {
        for (end, given) in total.windows(window) {
            let Some(allowed) = allowed_ug(story, granted, (window, limit), end) else {
                continue;
            };
            let margin = allowed + tolerance(given) - given;
            if worst.is_none_or(|(least, ..)| margin < least) {
                worst = Some((margin, given, allowed, end));
            }
        }
    }
    worst
}

/// The most in the window that ends at `end`; `None` where a part of it had no limit. Unit: ug.
fn allowed_ug(
    story: &Story,
    granted: &Granted,
    (window, limit): Window,
    end: SimTime,
) -> Option<f64> {
    let start = end.before(window);
    let (mut most, mut basal, mut steps) = (0.0_f64, 0.0_f64, 0.0_f64);
    let (mut first, mut changed) = (None, false);
    for (index, prescribed) in in_force_within(story, start, end) {
        // Before anything was programmed there was nothing to limit.
        if !prescribed.running && prescribed.therapy.limits == DoseLimits::NONE {
            continue;
        }
        let limit = limit(&prescribed.therapy.limits);
        if limit == Mass::ZERO {
            return None;
        }
        most = most.max(real::Mass::from(limit).as_micrograms());
        basal = basal.max(granted.basal_ug(index, prescribed, window, end));
        steps = steps.max(loose_steps_ug(prescribed, story));
        changed |= *first.get_or_insert(prescribed.therapy) != prescribed.therapy;
    }
    first?;
    // What the old therapy has given and the new one goes on with adds up to no limit of either.
    let within = if changed {
        most + basal
    } else {
        most.max(basal)
    };
    Some(within + steps + clinician_ug(story, start, end))
}

/// Whether a step gave what its pump counts for it.
fn is_as_labeled(story: &Story) -> bool {
    let as_filled = |prescribed: &Prescribed| prescribed.concentration() == story.filled;
    let at_home = story
        .stays
        .iter()
        .all(|stay| !stay.whereabouts.moves_flow());
    let unprimed = story.primed.last() <= 0.0;
    story.hidden.is_empty() && at_home && unprimed && story.prescribed.iter().all(as_filled)
}
