//! The safety monitors: they apply to every scenario without being named, and judge what the
//! specification does not see: the true dose, a run that does not follow its scenario, a pump that hangs.
//!
//! A fault that no such pump can sense (class V0) never makes the pump fail here; it shows in the harm.

use super::monitor_limits::dose_limits;
use super::monitor_record::{answers, resets};
use super::outcome::Finding;
use super::rule::DOSE_LIMITS;
use super::true_dose::not_judged;
use crate::run::RunHistory;
use thecal_units::real;

/// Judges a run by all monitors, always in the same order.
pub(super) fn judge(history: &RunHistory) -> [Finding; 3] {
    [dose_limits(history), answers(history), resets(history)]
}

/// Whether a finding rests on what the patient truly got: that of the limits, where it judges the
/// true dose as well.
pub(super) fn rests_on_truth(finding: &Finding, history: &RunHistory) -> bool {
    finding.name == DOSE_LIMITS.name && not_judged(history).is_empty()
}

/// Without a hidden fault, the volume displaced by the head must agree with the steps moved;
/// otherwise the plant, not the pump, is wrong.
///
/// Tolerance: half a revolution of 8 uL for pulsation, and 1 % for the elasticity of the tube
/// (pump.md 4.1, generic values); 14.5 %, the label of real pumps (S10), if the patient was
/// upright, in a cabin, under pressure or in fever: all of these change the volume of a step.
pub(super) fn plant_disagrees(history: &RunHistory) -> Option<String> {
    let truth = &history.truth;
    if !history.hidden.is_empty() || truth.reservoir.as_milliliters() <= 0.0 {
        return None;
    }
    let commanded = real::Volume::from(history.step_volume.times(truth.steps_moved));
    let (commanded_ml, displaced_ml) =
        (commanded.as_milliliters(), truth.displaced.as_milliliters());
    let elsewhere = history
        .stays
        .iter()
        .any(|stay| stay.whereabouts.moves_flow());
    let share = if elsewhere { 0.145 } else { 0.01 };
    let tolerance_ml = share * commanded_ml + 0.004;
    let difference_ml = displaced_ml - commanded_ml;
    (difference_ml.is_nan() || difference_ml.abs() > tolerance_ml).then(|| {
        format!("displaced {displaced_ml:.4} mL, commanded {commanded_ml:.4} mL: the plant is off")
    })
}
