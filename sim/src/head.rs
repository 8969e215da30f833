//! The peristaltic head: volume as a function of the shaft's angle.
//!
//! Terms: a *passage* is the path of one roller along the tube; there are two a revolution.
//! *Pulsation* is the dip of flow while a roller leaves the tube.
//!
//! Equations, `k` the step counted from the start and `r = k mod 800` within a passage:
//! ```text
//! q(r) = q0 * [1 - a * w(r)],  w(r) = (1 - cos(2 pi r / W)) / 2  for r < W, else 0
//! V(k) = integral of q from 0 to k;  q0 such that a passage holds 800 * 5 nL
//! ```
//! The volume of a span of steps is `V(k1) - V(k0)`, whatever the number of steps.
//!
//! Source: pump.md 4.1: 8 uL a revolution, 2 rollers, 2 steps a turn, gear 800, dip 0.5 to 1 deep
//! and 30 to 60 degrees wide (design). The effect of pressure on the volume: [`mechanics`](crate).

/// Motor steps in one revolution of the head.
///
/// Unit: steps. Source: pump.md 4.1: 2 steps a turn times gear 800 (design).
pub const STEPS_PER_REVOLUTION: u64 = 1_600;

/// Motor steps in which one of the two rollers passes. Unit: steps.
pub(crate) const STEPS_PER_PASSAGE: u64 = STEPS_PER_REVOLUTION / 2;

const PASSAGE_STEPS: f64 = 800.0;
/// Width of the dip, 45 degrees of a revolution. Unit: steps.
const DIP_STEPS: f64 = 200.0;
/// Volume displaced from step `from` to step `to`, at rest pressure, with a dip of depth `dip`.
/// Unit: volumes of a step.
#[expect(
    clippy::cast_precision_loss,
    reason = "a run has far fewer than 2^53 steps"
)]
pub(crate) fn displaced(from: u64, to: u64, dip: f64) -> f64 {
    debug_assert!(from <= to, "the head does not turn back");
    if from == to {
        return 0.0;
    }
    let passages = to / STEPS_PER_PASSAGE - from / STEPS_PER_PASSAGE;
    let within =
        within_passage(to % STEPS_PER_PASSAGE, dip) - within_passage(from % STEPS_PER_PASSAGE, dip);
    passages as f64 * PASSAGE_STEPS + within
}

/// The most that `steps` displace, from any angle and at rest pressure. Unit: volumes of a step.
#[expect(
    clippy::cast_precision_loss,
    reason = "a train has far fewer than 2^53 steps"
)]
pub(crate) fn most_displaced(steps: u64, dip: f64) -> f64 {
    steps as f64 / (1.0 - dip * 0.5 * DIP_STEPS / PASSAGE_STEPS)
}

/// Volume that the passage has displaced by its step `step`, in mean steps.
#[expect(
    clippy::cast_precision_loss,
    reason = "a step within a passage is below 800"
)]
fn within_passage(step: u64, depth: f64) -> f64 {
    let at = step as f64;
    let dip = if at < DIP_STEPS {
        let turn = 2.0 * core::f64::consts::PI / DIP_STEPS;
        0.5 * (at - libm::sin(turn * at) / turn)
    } else {
        0.5 * DIP_STEPS
    };
    (at - depth * dip) / (1.0 - depth * 0.5 * DIP_STEPS / PASSAGE_STEPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revolution_is_1600_steps_from_any_angle() {
        for from in [0, 1, 99, 200, 799, 800, 12_345] {
            let volume = displaced(from, from + STEPS_PER_REVOLUTION, 0.7);
            assert!((volume - 1_600.0).abs() < 1e-9, "{from}: {volume}");
        }
    }

    #[test]
    fn every_step_displaces_something_and_the_dip_is_seven_tenths_deep() {
        let smallest = (0..1_600)
            .map(|step| displaced(step, step + 1, 0.7))
            .fold(f64::INFINITY, f64::min);
        let largest = (0..1_600)
            .map(|step| displaced(step, step + 1, 0.7))
            .fold(0.0, f64::max);
        assert!(
            (smallest / largest - 0.3).abs() < 1e-3,
            "{smallest} {largest}"
        );
    }

    #[test]
    fn spans_add_up() {
        let whole = displaced(3, 5_003, 0.7);
        let parts =
            displaced(3, 77, 0.7) + displaced(77, 2_500, 0.7) + displaced(2_500, 5_003, 0.7);
        assert!((whole - parts).abs() < 1e-9);
    }
}
