//! Effect sites, tolerance and withdrawal: levels to effects.
//!
//! Terms: the *strength* of a drug is its level at an effect site in units of its naive EC50, so
//! that drugs which share a receptor, and drug in fluid and in blood, add up. The *accustomed*
//! strength is the one that the body has adapted to.
//!
//! Equations:
//! ```text
//! dCe/dt = ke0 (c - Ce)                   exact over a step in which c changes linearly
//! u      = sum of Ce / EC50               strength, over sites and drugs of one receptor
//! dM/dt  = (u - M) / tau                  accustomed strength; tau is shorter where M falls, and
//! dM/dt <= g (1/r + M)                    EC50 rises by a share g a day at most
//! x      = u / (1 + r M)                  tolerance: EC50 rises with what the body is used to
//! E      = x^g / (1 + x^g)
//!
//! dCw/dt = (c - Cw) ln 2 / t_site         withdrawal's own site in the cord
//! v      = sum of Cw / EC50               its strength, and that of drug in blood (assume);
//!                                         a follows v as M follows u, with A for 1/r
//! d      = max(0, 1 - v / (q a))          the deficit; q: sufficient share of a
//! s      = a / (A + a)                    dependence: nothing is missed that was never relied on
//! dW/dt  = (w s d (1 - X) - W) / tau_w    the severity, 0 to its ceiling w; tau_w is another
//!                                         where it fades; X: the toxic effect. A body that the
//!                                         drug poisons does not miss it, wherever it acts
//! ```
//! In a steady state M = u, so the effect of a dose that the body is used to stays below
//! (1/r)^g / (1 + (1/r)^g), however large the dose: stable patients are not poisoned, a multiple of
//! their dose poisons them. Away from the drug M and a are lost over days: tolerance is gone after a
//! holiday of two weeks, and withdrawal fades as dependence does. Nobody gets used to an overdose
//! because it is large: a body follows it no faster than a dose can be raised without harm, so that
//! who has been poisoned for some days does not lack drug at the old dose. The bound is reached
//! smoothly: the rate is that of the first line over sqrt(1 + x^2), x = (u - M) / (tau g (1/r + M)).
//!
//! Source: the form of M is the moderator model of tolerance (Porchet, Benowitz and Sheiner 1988;
//! for morphine Gardmark et al. 1993; mem M). Baclofen's withdrawal: pk.md 4, clinic: evolves over 1
//! to 3 days, is worse with dose and duration, severe in 3 to 5 % (S61, S62). The values: `drugs`.

use crate::chain::NEGLIGIBLE_UG;
use crate::drug::{AdaptationParameters, EffectParameters, WithdrawalParameters};
use thecal_units::Millis;
use thecal_units::real::Concentration;

const LN_2: f64 = core::f64::consts::LN_2;

/// An effect site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EffectSite {
    level: f64,
    /// The driver at the end of the last step.
    driver: f64,
    /// Shares in the new level of the last one, and of the driver before and after a step.
    shares: [f64; 3],
    per_ec50: f64,
}

impl EffectSite {
    pub(crate) fn new(parameters: &EffectParameters, step: Millis) -> Self {
        Self::with(parameters.half_life_h, parameters.ec50_ug_per_ml, step)
    }

    /// Withdrawal's site of a drug whose wanted effect has this EC50.
    pub(crate) fn of_withdrawal(
        parameters: &WithdrawalParameters,
        ec50_ug_per_ml: f64,
        step: Millis,
    ) -> Self {
        Self::with(parameters.site_half_life_h, ec50_ug_per_ml, step)
    }

    fn with(half_life_h: f64, ec50_ug_per_ml: f64, step: Millis) -> Self {
        let constants = LN_2 / half_life_h * step.as_hours_f64();
        let kept = libm::exp(-constants);
        let mean = -libm::expm1(-constants) / constants;
        Self {
            level: 0.0,
            driver: 0.0,
            shares: [kept, mean - kept, 1.0 - mean],
            per_ec50: 1.0 / ec50_ug_per_ml,
        }
    }

    /// Advances one step towards `driver`; returns the strength.
    pub(crate) fn step(&mut self, driver: Concentration) -> f64 {
        let [kept, before, after] = self.shares;
        let driver = driver.as_ug_per_ml();
        let level = kept * self.level + (before * self.driver + after * driver);
        self.level = if level < NEGLIGIBLE_UG { 0.0 } else { level };
        self.driver = driver;
        self.strength()
    }

    /// Sets the steady state at `driver`; returns the strength.
    pub(crate) fn settle(&mut self, driver: Concentration) -> f64 {
        self.level = driver.as_ug_per_ml();
        self.driver = self.level;
        self.strength()
    }

    fn strength(&self) -> f64 {
        self.level * self.per_ec50
    }
}

/// First-order step towards `driver`; sets levels below `NEGLIGIBLE_UG` to zero.
fn follow(level: f64, driver: f64, share: f64) -> f64 {
    let next = level + share * (driver - level);
    if next < NEGLIGIBLE_UG { 0.0 } else { next }
}

/// What the body is used to, gained more slowly than it is lost.
#[derive(Clone, Copy, Debug)]
struct Accustomed {
    strength: f64,
    gain: f64,
    lose: f64,
    /// The excess per `scale` + strength beyond which gain falls behind its first-order rate.
    bound: f64,
    /// The strength on which what is gained builds: 1/r or A of the module head.
    scale: f64,
}

impl Accustomed {
    fn new(adaptation: &AdaptationParameters, scale: f64, step: Millis) -> Self {
        let share = |days: f64| -libm::expm1(-step.as_hours_f64() / (days * 24.0));
        Self {
            strength: 0.0,
            gain: share(adaptation.gain_days),
            lose: share(adaptation.loss_days),
            bound: adaptation.gain_days * adaptation.most_per_day,
            scale,
        }
    }

    fn step(&mut self, strength: f64) {
        let more = strength - self.strength;
        let share = if more > 0.0 {
            let excess = more / (self.bound * (self.scale + self.strength));
            self.gain / libm::sqrt(1.0 + excess * excess)
        } else {
            self.lose
        };
        self.strength = follow(self.strength, strength, share);
    }
}

/// An effect with its tolerance: strength to effect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receptor {
    accustomed: Accustomed,
    shift: f64,
    steepness: f64,
}

impl Receptor {
    pub(crate) fn new(
        steepness: f64,
        shift: f64,
        adaptation: &AdaptationParameters,
        step: Millis,
    ) -> Self {
        Self {
            // Without a shift nothing depends on it; the scale is then infinite, and is no bound.
            accustomed: Accustomed::new(adaptation, 1.0 / shift, step),
            shift,
            steepness,
        }
    }

    /// Makes the body used to `strength`.
    pub(crate) const fn accustom(&mut self, strength: f64) {
        self.accustomed.strength = strength;
    }

    /// Advances one step at `strength`; returns the effect, 0 to 1.
    pub(crate) fn step(&mut self, strength: f64) -> f64 {
        self.accustomed.step(strength);
        self.effect(strength)
    }

    /// The effect of `strength` now, 0 to 1.
    pub(crate) fn effect(&self, strength: f64) -> f64 {
        let relative = strength / (1.0 + self.shift * self.accustomed.strength);
        hill(relative, self.steepness)
    }
}

fn hill(relative: f64, steepness: f64) -> f64 {
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
        // Half the time of `pow`, to some units in the last place.
        libm::exp(exponent * libm::log(base))
    }
}

/// Withdrawal of drugs on which the body depends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Withdrawal {
    accustomed: Accustomed,
    severity: f64,
    worsen: f64,
    relieve: f64,
    tolerated_share: f64,
    half_dependent: f64,
    ceiling: f64,
}

impl Withdrawal {
    pub(crate) fn new(
        parameters: &WithdrawalParameters,
        adaptation: &AdaptationParameters,
        step: Millis,
    ) -> Self {
        let share = |hours: f64| -libm::expm1(-step.as_hours_f64() / hours);
        Self {
            accustomed: Accustomed::new(adaptation, parameters.half_dependent, step),
            severity: 0.0,
            worsen: share(parameters.onset_h),
            relieve: share(parameters.relief_h),
            tolerated_share: parameters.tolerated_share,
            half_dependent: parameters.half_dependent,
            ceiling: parameters.ceiling,
        }
    }

    /// Makes the body dependent on `strength`, without withdrawal.
    pub(crate) const fn accustom(&mut self, strength: f64) {
        self.accustomed.strength = strength;
        self.severity = 0.0;
    }

    /// Advances one step at `strength` and this toxic effect; returns the severity, 0 to 1.
    pub(crate) fn step(&mut self, strength: f64, toxicity: f64) -> f64 {
        self.accustomed.step(strength);
        let accustomed = self.accustomed.strength;
        let enough = self.tolerated_share * accustomed;
        let target = if strength < enough {
            let dependence = accustomed / (self.half_dependent + accustomed);
            self.ceiling * dependence * (1.0 - strength / enough) * (1.0 - toxicity)
        } else {
            0.0
        };
        let share = if target > self.severity {
            self.worsen
        } else {
            self.relieve
        };
        self.severity += share * (target - self.severity);
        self.severity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const ADAPTATION: AdaptationParameters = AdaptationParameters {
        wanted_shift: 0.3,
        toxic_shift: 2.5,
        gain_days: 7.0,
        most_per_day: 0.3,
        loss_days: 4.0,
    };

    const WITHDRAWAL: WithdrawalParameters = WithdrawalParameters {
        site_half_life_h: 3.0,
        tolerated_share: 0.5,
        onset_h: 12.0,
        relief_h: 24.0,
        half_dependent: 1.0,
        ceiling: 0.7,
    };

    fn receptor() -> Receptor {
        Receptor::new(2.0, ADAPTATION.toxic_shift, &ADAPTATION, Millis::HOUR)
    }

    /// A site that follows a rising driver: level = r (t - (1 - e^-kt) / k), whatever the step.
    #[test]
    fn a_site_follows_a_ramp_exactly() {
        for step in [Millis::MINUTE, Millis::MINUTE.times(6)] {
            let mut site = EffectSite::with(0.5, 1.0, step);
            let steps = Millis::HOUR.as_millis() / step.as_millis();
            let mut level = 0.0;
            for now in 1..=steps {
                let hours = step.times(now).as_hours_f64();
                level = site.step(Concentration::from_ug_per_ml(3.0 * hours));
            }
            let rate = LN_2 / 0.5;
            let exact = 3.0 * (1.0 - (1.0 - libm::exp(-rate)) / rate);
            assert!((level / exact - 1.0).abs() < 1e-12, "{level} {exact}");
        }
    }

    #[test]
    fn no_accustomed_strength_is_toxic_and_ten_times_it_is() {
        for strength in [0.01, 1.0, 100.0] {
            let mut used = receptor();
            used.accustom(strength);
            assert!(used.effect(strength) < 0.14, "{strength}");
        }
        let mut used = receptor();
        used.accustom(10.0);
        assert!(used.effect(100.0) > 0.8);
    }

    #[test]
    fn tolerance_is_lost_away_from_the_drug() {
        let mut used = receptor();
        used.accustom(3.0);
        for _ in 0..14 * 24 {
            used.step(0.0);
        }
        assert!(used.effect(3.0) > 0.8, "as in somebody who never had it");
    }

    #[test]
    fn nobody_gets_used_to_an_overdose_faster_than_doses_are_raised() {
        let growth = |times: f64, days: u32| {
            let mut used = Accustomed::new(&ADAPTATION, 0.4, Millis::HOUR);
            used.strength = 1.0;
            for _ in 0..days * 24 {
                used.step(times);
            }
            (0.4 + used.strength) / 1.4
        };
        assert!(growth(1e6, 1) < 1.36, "30 % a day, compounded by the hour");
        assert!(growth(8.0, 4) < 2.75, "{}", growth(8.0, 4));
        // Steps as they are made in practice are followed at the first-order rate.
        let followed = (growth(1.1, 7) - 1.0) * 1.4 / 0.1;
        assert!((0.6..0.64).contains(&followed), "{followed}");
    }

    #[test]
    fn withdrawal_fades_more_slowly_than_it_comes() {
        let mut body = Withdrawal::new(&WITHDRAWAL, &ADAPTATION, Millis::HOUR);
        body.accustom(2.0);
        for _ in 0..24 {
            body.step(0.0, 0.0);
        }
        let worst = body.severity;
        for _ in 0..24 {
            body.step(2.0, 0.0);
        }
        assert!((body.severity / worst - libm::exp(-1.0)).abs() < 1e-9);
    }

    #[test]
    fn a_body_that_is_poisoned_does_not_miss_the_drug() {
        let mut body = Withdrawal::new(&WITHDRAWAL, &ADAPTATION, Millis::HOUR);
        body.accustom(2.0);
        for _ in 0..24 {
            body.step(0.0, 1.0);
        }
        assert!(body.severity.abs() < 1e-12);
    }

    #[test]
    fn withdrawal_needs_exposure_and_fades() {
        let worst_after = |strength: f64, hours: u32| {
            let mut body = Withdrawal::new(&WITHDRAWAL, &ADAPTATION, Millis::HOUR);
            for _ in 0..hours {
                body.step(strength, 0.0);
            }
            let course = (0..30 * 24).map(|_| body.step(0.0, 0.0));
            let course: Vec<f64> = course.collect();
            (
                course.iter().copied().fold(0.0, f64::max),
                course[30 * 24 - 1],
            )
        };
        let (once, _) = worst_after(4.0, 6);
        let (for_a_week, _) = worst_after(4.0, 7 * 24);
        let (for_months, at_last) = worst_after(4.0, 90 * 24);
        assert!(once < 0.1 && once < for_a_week && for_a_week < for_months);
        assert!(for_months > 0.4 && at_last < 0.01, "{for_months} {at_last}");
        let (of_little, _) = worst_after(0.05, 90 * 24);
        assert!(of_little < 0.05, "{of_little}");
    }
}
