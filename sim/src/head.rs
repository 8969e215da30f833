//! The peristaltic head: volume as a function of the shaft's angle.
//!
//! Terms: a *passage* is one roller's way round; there are two a revolution. *Pulsation* is the
//! dip of flow while a roller leaves the tube.
//!
//! Equations, `k` the step counted from the start and `r = k mod 800` within a passage:
//! ```text
//! q(r) = q0 * [1 - a * w(r)],  w(r) = (1 - cos(2 pi r / W)) / 2  for r < W, else 0
//! V(k) = integral of q from 0 to k;  q0 such that a passage holds 800 * 5 nL
//! V_eff = V * [1 - k_out * (P_out - P_ref)]
//! ```
//! What a span of steps displaces is `V(k1) - V(k0)`, whatever the number of steps.
//!
//! Source: pump.md 4.1: 8 uL a revolution, 2 rollers, 2 steps a turn, gear 800, dip 0.5 to 1 deep
//! and 30 to 60 degrees wide, `k_out` 0.3 %/kPa from external pumps (S45) (design).

/// Motor steps in one revolution of the head.
///
/// Unit: steps. Source: pump.md 4.1: 2 steps a turn times gear 800 (design).
pub const STEPS_PER_REVOLUTION: u64 = 1_600;

/// Motor steps in which one of the two rollers passes. Unit: steps.
pub const STEPS_PER_PASSAGE: u64 = STEPS_PER_REVOLUTION / 2;

/// The mean volume of one step.
///
/// Unit: nL. Source: pump.md 4.1: 8 uL a revolution (design).
pub const NOMINAL_STEP_NL: u32 = 5;

const STEP_ML: f64 = 5e-6;
const PASSAGE_STEPS: f64 = 800.0;
/// Width of the dip, 45 degrees of a revolution. Unit: steps.
const DIP_STEPS: f64 = 200.0;
/// Depth of the dip. Unit: fraction.
const DIP_DEPTH: f64 = 0.7;
/// Volume lost per outlet pressure above the rest. Unit: 1/kPa.
const ELASTIC_PER_KPA: f64 = 0.003;

/// What the head displaces from step `from` to step `to`, at rest pressure. Unit: mL.
#[expect(
    clippy::cast_precision_loss,
    reason = "a run has far fewer than 2^53 steps"
)]
pub(crate) fn displaced_ml(from: u64, to: u64) -> f64 {
    debug_assert!(from <= to, "the head does not turn back");
    if from == to {
        return 0.0;
    }
    let passages = to / STEPS_PER_PASSAGE - from / STEPS_PER_PASSAGE;
    let within = within_passage(to % STEPS_PER_PASSAGE) - within_passage(from % STEPS_PER_PASSAGE);
    STEP_ML * (passages as f64 * PASSAGE_STEPS + within)
}

/// What `steps` displace at most, from any angle and at rest pressure. Unit: mL.
#[expect(
    clippy::cast_precision_loss,
    reason = "a train has far fewer than 2^53 steps"
)]
pub(crate) fn most_displaced_ml(steps: u64) -> f64 {
    STEP_ML * steps as f64 / (1.0 - DIP_DEPTH * 0.5 * DIP_STEPS / PASSAGE_STEPS)
}

/// What the passage has displaced by its step `step`, in mean steps.
#[expect(
    clippy::cast_precision_loss,
    reason = "a step within a passage is below 800"
)]
fn within_passage(step: u64) -> f64 {
    let at = step as f64;
    let dip = if at < DIP_STEPS {
        let turn = 2.0 * core::f64::consts::PI / DIP_STEPS;
        0.5 * (at - libm::sin(turn * at) / turn)
    } else {
        0.5 * DIP_STEPS
    };
    (at - DIP_DEPTH * dip) / (1.0 - DIP_DEPTH * 0.5 * DIP_STEPS / PASSAGE_STEPS)
}

/// The share of its volume that the head keeps against an outlet pressure above the rest.
pub(crate) fn elastic_factor(pressure_above_rest_kpa: f64) -> f64 {
    (1.0 - ELASTIC_PER_KPA * pressure_above_rest_kpa).clamp(0.0, 1.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revolution_is_eight_microliters_from_any_angle() {
        for from in [0, 1, 99, 200, 799, 800, 12_345] {
            let volume = displaced_ml(from, from + STEPS_PER_REVOLUTION);
            assert!((volume - 8e-3).abs() < 1e-15, "{from}: {volume}");
        }
    }

    #[test]
    fn every_step_displaces_something_and_the_dip_is_seven_tenths_deep() {
        let smallest = (0..1_600)
            .map(|step| displaced_ml(step, step + 1))
            .fold(f64::INFINITY, f64::min);
        let largest = (0..1_600)
            .map(|step| displaced_ml(step, step + 1))
            .fold(0.0, f64::max);
        assert!(
            (smallest / largest - 0.3).abs() < 1e-3,
            "{smallest} {largest}"
        );
    }

    #[test]
    fn spans_add_up() {
        let whole = displaced_ml(3, 5_003);
        let parts = displaced_ml(3, 77) + displaced_ml(77, 2_500) + displaced_ml(2_500, 5_003);
        assert!((whole - parts).abs() < 1e-15);
    }
}
