//! Harm indices: distance of a run from the effect of the prescribed therapy.
//!
//! Conventions of the rig, not clinical statements; all thresholds (assume):
//! ```text
//! h_over       = integral max(0, E_tox - 0.2) dt                            [h]
//! h_under      = integral max(0, E_est - E) dt / integral E_est dt          0..1
//! h_withdrawal = integral max(0, W - 0.3) dt                                [h]
//! class: S1 loss > 0.2 for > 4 h;  S2 loss > 0.5, E_tox > 0.2 or W > 0.1;
//!        S3 E_tox > 0.5 or W > 0.3;  S4 E_tox > 0.8 for > 1 h or W > 0.7;  worst of all
//! ```
//! *Loss* is relative to `E_est`, the *established* effect, which follows the effect upwards with a
//! time constant of 24 h and never falls:
//! ```text
//! dE_est/dt = max(0, E - E_est) / 24 h        loss = 1 - E / E_est    where E_est >= 0.2
//! ```
//! So a patient who starts with an empty catheter or an empty spine is not counted as harmed before
//! therapy has worked for some hours; a short peak after a bolus does not count as established; a
//! therapy that never works shows as `established_effect` near zero, not as loss. A therapy that a
//! clinician reduces on purpose counts as loss: the plant does not know intent.
//!
//! Source: pk.md 4, "Harm index" (assume); the rule for `E_est` is ours (assume).

use thecal_units::{Millis, SimTime};

/// Smallest established effect from which loss is counted.
const MIN_ESTABLISHED_EFFECT: f64 = 0.2;

/// Severity class of a run. Source: pk.md 4 (assume).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum HarmClass {
    /// No harm.
    #[default]
    S0,
    /// Effect lost by more than 20 % for more than 4 h.
    S1,
    /// Effect lost by more than 50 %, toxicity above 20 % or withdrawal above 0.1.
    S2,
    /// Toxicity above 50 % or withdrawal above 0.3.
    S3,
    /// Toxicity above 80 % for more than 1 h or withdrawal above 0.7.
    S4,
}

/// The harm indices of a run so far; see the module head.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Harm {
    /// Hours x toxicity above 0.2. Unit: h.
    pub h_over_hours: f64,
    /// Share of the established effect that was missing. Unit: fraction. Range: 0 to 1.
    pub h_under: f64,
    /// Hours x severity of withdrawal above 0.3. Unit: h.
    pub h_withdrawal_hours: f64,
    /// The highest toxic effect. Unit: fraction. Range: 0 to 1.
    pub max_toxicity: f64,
    /// The highest severity of withdrawal. Unit: fraction. Range: 0 to 1.
    pub max_withdrawal: f64,
    /// The effect that the therapy has established. Unit: fraction. Range: 0 to 1.
    pub established_effect: f64,
    /// The lowest effect since one was established, if ever. Unit: fraction. Range: 0 to 1.
    pub min_effect: Option<f64>,
    /// When the toxic effect first passed 0.2.
    pub time_to_toxicity_0_2: Option<SimTime>,
    /// When the toxic effect first passed 0.5.
    pub time_to_toxicity_0_5: Option<SimTime>,
    /// When withdrawal first passed 0.3.
    pub time_to_withdrawal_0_3: Option<SimTime>,
    /// The class.
    pub class: HarmClass,
}

/// Accumulates the indices tick by tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HarmTracker {
    harm: Harm,
    follow: f64,
    tick_hours: f64,
    tick: Millis,
    missing_hours: f64,
    established_hours: f64,
    loss_for: Millis,
    toxic_for: Millis,
}

impl HarmTracker {
    /// A tracker for ticks of this length.
    pub(crate) fn new(tick: Millis) -> Self {
        let tick_hours = tick.as_hours_f64();
        Self {
            harm: Harm::default(),
            follow: -libm::expm1(-tick_hours / 24.0),
            tick_hours,
            tick,
            missing_hours: 0.0,
            established_hours: 0.0,
            loss_for: Millis::ZERO,
            toxic_for: Millis::ZERO,
        }
    }

    /// Sets the established effect for a patient already on a therapy.
    pub(crate) fn settle(&mut self, effect: f64) {
        self.harm.established_effect = effect;
    }

    pub(crate) fn tick(&mut self, at: SimTime, effect: f64, toxicity: f64, withdrawal: f64) {
        let harm = &mut self.harm;
        harm.h_over_hours += (toxicity - 0.2).max(0.0) * self.tick_hours;
        harm.h_withdrawal_hours += (withdrawal - 0.3).max(0.0) * self.tick_hours;
        harm.max_toxicity = harm.max_toxicity.max(toxicity);
        harm.max_withdrawal = harm.max_withdrawal.max(withdrawal);
        first(&mut harm.time_to_toxicity_0_2, at, toxicity > 0.2);
        first(&mut harm.time_to_toxicity_0_5, at, toxicity > 0.5);
        first(&mut harm.time_to_withdrawal_0_3, at, withdrawal > 0.3);
        run(&mut self.toxic_for, toxicity > 0.8, self.tick);
        let loss = self.loss(effect);
        run(&mut self.loss_for, loss > 0.2, self.tick);
        let class = self.class(loss, toxicity, withdrawal);
        self.harm.class = self.harm.class.max(class);
    }

    /// Updates the established effect and returns the loss, 0 to 1.
    fn loss(&mut self, effect: f64) -> f64 {
        let harm = &mut self.harm;
        let established = harm.established_effect;
        harm.established_effect = established + self.follow * (effect - established).max(0.0);
        if established < MIN_ESTABLISHED_EFFECT {
            return 0.0;
        }
        self.missing_hours += (established - effect).max(0.0) * self.tick_hours;
        self.established_hours += established * self.tick_hours;
        harm.min_effect = Some(harm.min_effect.unwrap_or(1.0).min(effect));
        1.0 - effect / established
    }

    fn class(&self, loss: f64, toxicity: f64, withdrawal: f64) -> HarmClass {
        if self.toxic_for > Millis::HOUR || withdrawal > 0.7 {
            HarmClass::S4
        } else if toxicity > 0.5 || withdrawal > 0.3 {
            HarmClass::S3
        } else if loss > 0.5 || toxicity > 0.2 || withdrawal > 0.1 {
            HarmClass::S2
        } else if self.loss_for > Millis::HOUR.times(4) {
            HarmClass::S1
        } else {
            HarmClass::S0
        }
    }

    pub(crate) fn harm(&self) -> Harm {
        let mut harm = self.harm;
        if self.established_hours > 0.0 {
            harm.h_under = self.missing_hours / self.established_hours;
        }
        harm
    }
}

fn first(seen: &mut Option<SimTime>, at: SimTime, now: bool) {
    if now && seen.is_none() {
        *seen = Some(at);
    }
}

/// Accumulates the time for which a condition has held without interruption.
fn run(so_far: &mut Millis, now: bool, tick: Millis) {
    *so_far = if now { *so_far + tick } else { Millis::ZERO };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TICK;

    fn after(hours: &[(u32, f64)]) -> Harm {
        let mut tracker = HarmTracker::new(TICK);
        let mut at = SimTime::ZERO;
        for (hours, effect) in hours {
            for _ in 0..hours * 60 {
                at = at + TICK;
                tracker.tick(at, *effect, 0.0, 0.0);
            }
        }
        tracker.harm()
    }

    #[test]
    fn nothing_is_lost_before_therapy_has_worked() {
        assert_eq!(after(&[(48, 0.0)]).class, HarmClass::S0);
        assert_eq!(after(&[(2, 0.9), (48, 0.0)]).class, HarmClass::S0);
    }

    #[test]
    fn a_therapy_that_stops_working_is_a_loss() {
        assert_eq!(after(&[(72, 0.8), (3, 0.55)]).class, HarmClass::S0);
        assert_eq!(after(&[(72, 0.8), (5, 0.55)]).class, HarmClass::S1);
        let lost = after(&[(72, 0.8), (5, 0.1)]);
        assert_eq!(lost.class, HarmClass::S2);
        assert!(lost.h_under > 0.0 && lost.h_under < 1.0);
    }
}
