//! Harm indices: how the patient fares, and what of it the prescription did not ask for.
//!
//! Conventions of the rig, not clinical statements; all thresholds (assume):
//! ```text
//! h_over       = integral max(0, X - 0.2) dt                                [h]
//! h_withdrawal = integral max(0, W - 0.3) dt                                [h]
//! h_under      = integral max(0, B - E) dt / integral B dt                  0..1
//! class: S1 loss > 0.2 for > 4 h;  S2 loss > 0.5, X > 0.2 or W > 0.1;
//!        S3 X > 0.5 or W > 0.3;    S4 X > 0.8 for > 1 h or W > 0.7;         worst of all
//! ```
//! E is the wanted effect, X the toxic one, W withdrawal. X and W are absolute: an overdose harms,
//! whoever is to blame. *Loss* is relative to the reference patient, who receives exactly what was
//! prescribed: 1 - E / B, where B >= 0.2 is the reference patient's effect once it is established:
//! ```text
//! dB'/dt = (E_ref - B') / 24 h         B = min(E_ref, B')
//! ```
//! So nothing counts as lost before therapy has worked for some hours, and what a clinician reduces
//! on purpose is no loss. *Harm added* is judged by the same classes, of the loss and of how far
//! toxicity and withdrawal exceed those of the reference patient.
//!
//! Source: pk.md 4, "Harm index" (assume); the reference patient is ours (assume).

use crate::reactions::Response;
use thecal_units::{Millis, SimTime};

/// Smallest established effect from which loss is counted.
const MIN_ESTABLISHED_EFFECT: f64 = 0.2;

/// Loss or toxicity above the first counts, above the second it counts as high.
pub const EFFECT_THRESHOLDS: [f64; 2] = [0.2, 0.5];
/// The same of withdrawal.
pub const WITHDRAWAL_THRESHOLDS: [f64; 2] = [0.1, 0.3];
/// Loss above the lower threshold counts once it has lasted longer than this.
pub const LASTING_LOSS: Millis = Millis::HOUR.times(4);
/// Toxicity and withdrawal above which life is in danger, toxicity for longer than an hour.
const DANGER: [f64; 2] = [0.8, 0.7];

/// Severity class. Source: pk.md 4 (assume).
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
    /// The class of how the patient fares.
    pub class: HarmClass,
    /// The class of what is added to the reference patient's.
    pub added: HarmClass,
    /// The class of the reference patient.
    pub prescribed: HarmClass,
    /// Hours x toxicity above 0.2. Unit: h.
    pub h_over_hours: f64,
    /// Share of the reference patient's effect that was missing. Unit: fraction. Range: 0 to 1.
    pub h_under: f64,
    /// Hours x severity of withdrawal above 0.3. Unit: h.
    pub h_withdrawal_hours: f64,
    /// The highest toxic effect. Unit: fraction. Range: 0 to 1.
    pub max_toxicity: f64,
    /// The highest severity of withdrawal. Unit: fraction. Range: 0 to 1.
    pub max_withdrawal: f64,
    /// How far toxicity exceeded the reference patient's, at most. Unit: fraction. Range: 0 to 1.
    pub added_toxicity: f64,
    /// How far withdrawal exceeded the reference patient's, at most. Unit: fraction. Range: 0 to 1.
    pub added_withdrawal: f64,
    /// The reference patient's highest toxic effect. Unit: fraction. Range: 0 to 1.
    pub prescribed_toxicity: f64,
    /// The reference patient's highest severity of withdrawal. Unit: fraction. Range: 0 to 1.
    pub prescribed_withdrawal: f64,
    /// The largest loss. Unit: fraction. Range: 0 to 1.
    pub max_loss: f64,
    /// When the effect of the prescribed dose was first established, if ever.
    pub established: Option<SimTime>,
    /// The lowest effect since then, whether or not more was ordered. Unit: fraction. Range: 0 to 1.
    pub min_effect: Option<f64>,
    /// The reference patient's effect at that instant. Unit: fraction. Range: 0 to 1.
    pub min_effect_of: Option<f64>,
    /// When the toxic effect first passed 0.2.
    pub time_to_toxicity_0_2: Option<SimTime>,
    /// When the toxic effect first passed 0.5.
    pub time_to_toxicity_0_5: Option<SimTime>,
    /// When withdrawal first passed 0.3.
    pub time_to_withdrawal_0_3: Option<SimTime>,
}

/// A class that depends on how long something lasts.
#[derive(Clone, Copy, Debug, Default)]
struct Classes {
    worst: HarmClass,
    loss_for: Millis,
    toxic_for: Millis,
}

impl Classes {
    fn tick(&mut self, loss: f64, toxicity: f64, withdrawal: f64, tick: Millis) {
        let [some, high] = EFFECT_THRESHOLDS;
        let [withdrawn, severely] = WITHDRAWAL_THRESHOLDS;
        let [deadly, deadly_withdrawal] = DANGER;
        run(&mut self.toxic_for, toxicity > deadly, tick);
        run(&mut self.loss_for, loss > some, tick);
        let class = if self.toxic_for > Millis::HOUR || withdrawal > deadly_withdrawal {
            HarmClass::S4
        } else if toxicity > high || withdrawal > severely {
            HarmClass::S3
        } else if loss > high || toxicity > some || withdrawal > withdrawn {
            HarmClass::S2
        } else if self.loss_for > LASTING_LOSS {
            HarmClass::S1
        } else {
            HarmClass::S0
        };
        self.worst = self.worst.max(class);
    }
}

/// Accumulates the indices tick by tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HarmTracker {
    harm: Harm,
    follow: f64,
    /// At the last tick.
    lost: f64,
    tick_hours: f64,
    tick: Millis,
    /// B' of the module head.
    established: f64,
    missing_hours: f64,
    established_hours: f64,
    faring: Classes,
    adding: Classes,
    prescribed: Classes,
}

impl HarmTracker {
    /// A tracker for ticks of this length.
    pub(crate) fn new(tick: Millis) -> Self {
        let tick_hours = tick.as_hours_f64();
        Self {
            harm: Harm::default(),
            follow: -libm::expm1(-tick_hours / 24.0),
            lost: 0.0,
            tick_hours,
            tick,
            established: 0.0,
            missing_hours: 0.0,
            established_hours: 0.0,
            faring: Classes::default(),
            adding: Classes::default(),
            prescribed: Classes::default(),
        }
    }

    /// Sets the established effect for a patient already on a therapy.
    pub(crate) const fn settle(&mut self, effect: f64) {
        self.established = effect;
    }

    /// Counts a tick of the patient and of the reference patient.
    pub(crate) fn tick(&mut self, at: SimTime, now: &Response, reference: &Response) {
        let Response {
            effect,
            toxicity,
            withdrawal,
        } = *now;
        let harm = &mut self.harm;
        harm.max_toxicity = harm.max_toxicity.max(toxicity);
        harm.max_withdrawal = harm.max_withdrawal.max(withdrawal);
        let [some, high] = EFFECT_THRESHOLDS;
        let [_, severely] = WITHDRAWAL_THRESHOLDS;
        if toxicity > some {
            harm.h_over_hours += (toxicity - some) * self.tick_hours;
            first(&mut harm.time_to_toxicity_0_2, at);
        }
        if toxicity > high {
            first(&mut harm.time_to_toxicity_0_5, at);
        }
        if withdrawal > severely {
            harm.h_withdrawal_hours += (withdrawal - severely) * self.tick_hours;
            first(&mut harm.time_to_withdrawal_0_3, at);
        }
        let more_toxic = (toxicity - reference.toxicity).max(0.0);
        let more_withdrawn = (withdrawal - reference.withdrawal).max(0.0);
        harm.added_toxicity = harm.added_toxicity.max(more_toxic);
        harm.added_withdrawal = harm.added_withdrawal.max(more_withdrawn);
        harm.prescribed_toxicity = harm.prescribed_toxicity.max(reference.toxicity);
        harm.prescribed_withdrawal = harm.prescribed_withdrawal.max(reference.withdrawal);
        let loss = self.loss(at, effect, reference.effect);
        self.lost = loss;
        self.faring.tick(loss, toxicity, withdrawal, self.tick);
        self.adding
            .tick(loss, more_toxic, more_withdrawn, self.tick);
        self.prescribed
            .tick(0.0, reference.toxicity, reference.withdrawal, self.tick);
    }

    /// Updates the established effect and returns the loss, 0 to 1.
    fn loss(&mut self, at: SimTime, effect: f64, of_reference: f64) -> f64 {
        self.established += self.follow * (of_reference - self.established);
        let basis = self.established.min(of_reference);
        let harm = &mut self.harm;
        let counts = basis >= MIN_ESTABLISHED_EFFECT;
        if counts {
            harm.established = harm.established.or(Some(at));
        }
        // Also where what was ordered no longer works: the lowest effect is the patient's.
        if harm.established.is_some() && harm.min_effect.is_none_or(|least| effect < least) {
            harm.min_effect = Some(effect);
            harm.min_effect_of = Some(of_reference);
        }
        if !counts {
            return 0.0;
        }
        self.missing_hours += (basis - effect).max(0.0) * self.tick_hours;
        self.established_hours += basis * self.tick_hours;
        let loss = (1.0 - effect / basis).max(0.0);
        harm.max_loss = harm.max_loss.max(loss);
        loss
    }

    /// The share of the effect that was lost at the last tick.
    pub(crate) const fn lost(&self) -> f64 {
        self.lost
    }

    pub(crate) fn harm(&self) -> Harm {
        let mut harm = self.harm;
        if self.established_hours > 0.0 {
            harm.h_under = self.missing_hours / self.established_hours;
        }
        harm.class = self.faring.worst;
        harm.added = self.adding.worst;
        harm.prescribed = self.prescribed.worst;
        harm
    }
}

fn first(seen: &mut Option<SimTime>, at: SimTime) {
    *seen = seen.or(Some(at));
}

/// Accumulates the time for which a condition has held without interruption.
fn run(so_far: &mut Millis, now: bool, tick: Millis) {
    *so_far = if now { *so_far + tick } else { Millis::ZERO };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TICK;

    const fn response(effect: f64, toxicity: f64) -> Response {
        Response {
            effect,
            toxicity,
            withdrawal: 0.0,
        }
    }

    /// Hours of (patient, reference patient).
    fn after(hours: &[(u32, Response, Response)]) -> Harm {
        let mut tracker = HarmTracker::new(TICK);
        let mut at = SimTime::ZERO;
        for (hours, patient, reference) in hours {
            for _ in 0..hours * 60 {
                at = at + TICK;
                tracker.tick(at, patient, reference);
            }
        }
        tracker.harm()
    }

    /// Hours of an effect, in a reference patient with that of the first.
    fn effects(hours: &[(u32, f64)]) -> Harm {
        let reference = response(hours[0].1, 0.0);
        let of = hours
            .iter()
            .map(|(time, effect)| (*time, response(*effect, 0.0), reference));
        after(&of.collect::<alloc::vec::Vec<_>>())
    }

    #[test]
    fn nothing_is_lost_before_therapy_has_worked() {
        assert_eq!(effects(&[(48, 0.0)]).class, HarmClass::S0);
        assert_eq!(effects(&[(2, 0.9), (3, 0.0)]).class, HarmClass::S0);
    }

    #[test]
    fn a_therapy_that_stops_working_is_a_loss() {
        assert_eq!(effects(&[(72, 0.8), (3, 0.55)]).class, HarmClass::S0);
        assert_eq!(effects(&[(72, 0.8), (5, 0.55)]).class, HarmClass::S1);
        let lost = effects(&[(72, 0.8), (5, 0.1)]);
        assert_eq!((lost.class, lost.added), (HarmClass::S2, HarmClass::S2));
        assert!(lost.h_under > 0.0 && lost.h_under < 1.0);
    }

    #[test]
    fn what_the_prescription_brings_is_harm_but_not_added() {
        let (well, poisoned) = (response(0.8, 0.0), response(0.9, 0.6));
        let prescribed = after(&[(72, well, well), (2, poisoned, poisoned)]);
        assert_eq!(prescribed.class, HarmClass::S3);
        assert_eq!(prescribed.added, HarmClass::S0);
        assert_eq!(prescribed.prescribed, HarmClass::S3);
        let reduced = response(0.1, 0.0);
        let on_purpose = after(&[(72, well, well), (24, reduced, reduced)]);
        assert_eq!(on_purpose.class, HarmClass::S0);
        assert_eq!(on_purpose.min_effect, Some(0.1));
        assert_eq!(on_purpose.min_effect_of, Some(0.1));
        let by_the_pump = after(&[(72, well, well), (2, poisoned, well)]);
        assert_eq!(
            (by_the_pump.added, by_the_pump.prescribed),
            (HarmClass::S3, HarmClass::S0)
        );
    }
}
