//! Effect sites and withdrawal: levels to effects.
//!
//! Equations:
//! ```text
//! dCe/dt = ke0 (c - Ce)                      exact over a tick with constant c
//! E      = Ce^g / (EC50^g + Ce^g)            EC50 times the tolerance factor, if tolerant
//! dCw/dt = (c - Cw) ln 2 / t_site            withdrawal's own site in the cord
//! da/dt  = (Cw - a) / tau_a                  the level that the body is adapted to
//! d      = max(0, 1 - Cw / (q a))            the deficit; q: sufficient share of a
//! dW/dt  = (w d - W) / tau_w                 the severity, 0 to its ceiling w
//! ```
//! A patient who never had the drug has a = 0 and no deficit.
//!
//! Source: pk.md 4, for baclofen: `t_site` 3 h, `tau_a` 7 d, q 0.5, w 1, `tau_w` 24 h (assume);
//! clinic: evolves over 1 to 3 days (S61, S62). Other drugs: `drugs`.

use crate::csf::NEGLIGIBLE_UG;
use crate::drug::{EffectParameters, Tolerance, WithdrawalParameters};
use thecal_units::Millis;
use thecal_units::real::Concentration;

const LN_2: f64 = core::f64::consts::LN_2;

/// An effect site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EffectSite {
    level: f64,
    follow: f64,
    ec50: f64,
    steepness: f64,
}

impl EffectSite {
    pub(crate) fn new(parameters: &EffectParameters, tolerance: Tolerance, step: Millis) -> Self {
        let rate = LN_2 / parameters.half_life_h;
        Self {
            level: 0.0,
            follow: -libm::expm1(-rate * step.as_hours_f64()),
            ec50: ec50(parameters, tolerance),
            steepness: parameters.steepness,
        }
    }

    /// Advances one step towards `driver`; returns the effect, 0 to 1.
    pub(crate) fn step(&mut self, driver: Concentration) -> f64 {
        self.level = follow(self.level, driver.as_ug_per_ml(), self.follow);
        self.effect()
    }

    /// Sets the steady state at `driver`.
    pub(crate) fn settle(&mut self, driver: Concentration) -> f64 {
        self.level = driver.as_ug_per_ml();
        self.effect()
    }

    fn effect(&self) -> f64 {
        hill(self.level, self.ec50, self.steepness)
    }

    /// The effect of the same level in a patient of this tolerance.
    pub(crate) fn effect_as(&self, parameters: &EffectParameters, tolerance: Tolerance) -> f64 {
        hill(self.level, ec50(parameters, tolerance), self.steepness)
    }
}

/// EC50 in a patient of this tolerance. Unit: ug/mL.
const fn ec50(parameters: &EffectParameters, tolerance: Tolerance) -> f64 {
    parameters.ec50_ug_per_ml
        * match tolerance {
            Tolerance::Naive => 1.0,
            Tolerance::Chronic => parameters.tolerance_factor,
        }
}

/// First-order step towards `driver`; sets levels below `NEGLIGIBLE_UG` to zero.
fn follow(level: f64, driver: f64, share: f64) -> f64 {
    let next = level + share * (driver - level);
    if next < NEGLIGIBLE_UG { 0.0 } else { next }
}

fn hill(level: f64, ec50: f64, steepness: f64) -> f64 {
    let relative = level / ec50;
    if relative <= 0.0 {
        return 0.0;
    }
    let power = power(relative, steepness);
    power / (1.0 + power)
}

/// `base^exponent`; the integer exponents of this model avoid a transcendental function.
fn power(base: f64, exponent: f64) -> f64 {
    let square = base * base;
    if exponent.to_bits() == 1.0_f64.to_bits() {
        base
    } else if exponent.to_bits() == 2.0_f64.to_bits() {
        square
    } else if exponent.to_bits() == 3.0_f64.to_bits() {
        square * base
    } else if exponent.to_bits() == 4.0_f64.to_bits() {
        square * square
    } else {
        libm::pow(base, exponent)
    }
}

/// Withdrawal of a drug to which the body is adapted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Withdrawal {
    level: f64,
    adapted: f64,
    severity: f64,
    follow: f64,
    adapt: f64,
    worsen: f64,
    tolerated_share: f64,
    ceiling: f64,
}

impl Withdrawal {
    pub(crate) fn new(parameters: &WithdrawalParameters, step: Millis) -> Self {
        let hours = step.as_hours_f64();
        Self {
            level: 0.0,
            adapted: 0.0,
            severity: 0.0,
            follow: -libm::expm1(-hours * LN_2 / parameters.site_half_life_h),
            adapt: -libm::expm1(-hours / (parameters.adaptation_days * 24.0)),
            worsen: -libm::expm1(-hours / parameters.onset_h),
            tolerated_share: parameters.tolerated_share,
            ceiling: parameters.ceiling,
        }
    }

    /// Advances one step with the cord's fluid at `driver`; returns the severity, 0 to 1.
    pub(crate) fn step(&mut self, driver: Concentration) -> f64 {
        self.level = follow(self.level, driver.as_ug_per_ml(), self.follow);
        self.adapted += self.adapt * (self.level - self.adapted);
        let enough = self.tolerated_share * self.adapted;
        let deficit = if self.level < enough {
            1.0 - self.level / enough
        } else {
            0.0
        };
        self.severity += self.worsen * (self.ceiling * deficit - self.severity);
        self.severity
    }

    /// Sets the steady state at `driver`.
    pub(crate) fn settle(&mut self, driver: Concentration) -> f64 {
        self.level = driver.as_ug_per_ml();
        self.adapted = self.level;
        self.severity = 0.0;
        self.severity
    }
}
