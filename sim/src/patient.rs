//! The patient: fluid, plasma, effects and harm, stepped tick by tick.
//!
//! Order of a tick: the chain of fluid takes the infusion, plasma takes what the fluid lost, the
//! effect sites follow the new concentrations, withdrawal follows the cord, harm is summed.

use crate::TICK;
use crate::config::Person;
use crate::csf::{Anatomy, Neuraxis, Place};
use crate::drug::{Driver, DrugModel, EffectParameters};
use crate::effect::{EffectSite, Withdrawal};
use crate::harm::HarmTracker;
use crate::plasma::Plasma;
use thecal_units::real::{Concentration, Length, Mass};
use thecal_units::{Millis, SimTime};

/// A step so long that one of it is a steady state. Unit: see the value.
const FOREVER: Millis = Millis::from_millis(86_400_000 * 1_000_000);

#[derive(Clone, Debug)]
pub(crate) struct Patient {
    drug: DrugModel,
    anatomy: Anatomy,
    tip: Place,
    lumbar: Place,
    cervical: Place,
    wanted_at: Option<Place>,
    toxic_at: Option<Place>,
    pub(crate) neuraxis: Neuraxis,
    pub(crate) plasma: Plasma,
    wanted: EffectSite,
    toxic: EffectSite,
    withdrawn: Withdrawal,
    pub(crate) harm: HarmTracker,
    pub(crate) effect: f64,
    pub(crate) toxicity: f64,
    pub(crate) withdrawal: f64,
}

impl Patient {
    pub(crate) fn new(person: &Person, drug: DrugModel) -> Self {
        let anatomy = person.anatomy;
        let (wanted, toxic) = (drug.wanted, drug.toxic);
        Self {
            drug,
            anatomy,
            tip: Place::at(person.tip),
            lumbar: Place::at(Length::from_centimeters(10.0)),
            cervical: Place::at(Length::from_centimeters(49.0)),
            wanted_at: place_of(&wanted),
            toxic_at: place_of(&toxic),
            neuraxis: Neuraxis::new(&anatomy, &drug.kinetics, TICK),
            plasma: Plasma::new(&drug.plasma, TICK),
            wanted: EffectSite::new(&wanted, TICK),
            toxic: EffectSite::new(&toxic, TICK),
            withdrawn: Withdrawal::new(TICK),
            harm: HarmTracker::new(),
            effect: 0.0,
            toxicity: 0.0,
            withdrawal: 0.0,
        }
    }

    pub(crate) fn tick(&mut self, at: SimTime, infused: Mass) {
        let absorbed = self.neuraxis.step_at(infused, self.tip);
        self.plasma.step(absorbed);
        self.effect = self.wanted.step(self.at_driver(self.wanted_at));
        self.toxicity = self.toxic.step(self.at_driver(self.toxic_at));
        if self.drug.has_withdrawal {
            self.withdrawal = self.withdrawn.step(self.at_driver(self.wanted_at));
        }
        self.harm
            .tick(at, self.effect, self.toxicity, self.withdrawal);
    }

    /// Puts the patient where months of `per_day` would have led.
    pub(crate) fn settle(&mut self, per_day: Mass) {
        let all = Mass::from_micrograms(per_day.as_micrograms() * FOREVER.as_hours_f64() / 24.0);
        let mut neuraxis = Neuraxis::new(&self.anatomy, &self.drug.kinetics, FOREVER);
        let absorbed = neuraxis.step_at(all, self.tip);
        let mut plasma = Plasma::new(&self.drug.plasma, FOREVER);
        plasma.step(absorbed);
        self.neuraxis.take_contents(&neuraxis);
        self.plasma.take_contents(&plasma);
        self.effect = self.wanted.settle(self.at_driver(self.wanted_at));
        self.toxicity = self.toxic.settle(self.at_driver(self.toxic_at));
        self.withdrawn.settle(self.at_driver(self.wanted_at));
        self.harm.settle(self.effect);
    }

    fn at_driver(&self, place: Option<Place>) -> Concentration {
        match place {
            Some(place) => self.neuraxis.concentration_at(place),
            None => self.neuraxis.cisterna(),
        }
    }

    pub(crate) fn at_tip(&self) -> Concentration {
        self.neuraxis.concentration_at(self.tip)
    }

    pub(crate) fn at_lumbar(&self) -> Concentration {
        self.neuraxis.concentration_at(self.lumbar)
    }

    pub(crate) fn at_cervical(&self) -> Concentration {
        self.neuraxis.concentration_at(self.cervical)
    }
}

/// None for the cisterna.
fn place_of(effect: &EffectParameters) -> Option<Place> {
    match effect.driver {
        Driver::Cord(x) => Some(Place::at(x)),
        Driver::Cisterna => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drug::{Drug, Mixing, TipLevel, Tolerance};

    fn person(mixing: Mixing, tip: TipLevel) -> Person {
        Person {
            anatomy: Anatomy::ADULT.with(mixing),
            tip: tip.position(),
        }
    }

    /// The highest effect and its hour, and the highest toxicity and its hour, after a bolus.
    fn bolus(drug: Drug, dose_ug: f64) -> ((f64, f64), (f64, f64)) {
        let mut patient = Patient::new(
            &person(Mixing::Typical, TipLevel::L1),
            drug.model(Tolerance::Naive),
        );
        let (center, half) = (
            Length::from_centimeters(12.0),
            Length::from_centimeters(6.5),
        );
        patient
            .neuraxis
            .inject(Mass::from_micrograms(dose_ug), center, half);
        let (mut effect, mut toxicity) = ((0.0, 0.0), (0.0, 0.0));
        let mut at = SimTime::ZERO;
        for _ in 0..48 * 60 {
            at = at + TICK;
            patient.tick(at, Mass::ZERO);
            let hour = at.since_origin().as_hours_f64();
            if patient.effect > effect.0 {
                effect = (patient.effect, hour);
            }
            if patient.toxicity > toxicity.0 {
                toxicity = (patient.toxicity, hour);
            }
        }
        (effect, toxicity)
    }

    /// Source: pk.md 4: mild at 0.2 to 0.3 mg, marked at 1 mg, severe at 2.5 mg, peak at 10 h
    /// (proto); clinic: 1 mg commonly raises arterial CO2, 2.5 mg needed naloxone (S56).
    #[test]
    fn regress_prototype_morphine_depresses_breathing_late() {
        for (dose_ug, low, high) in [
            (200.0, 0.02, 0.10),
            (300.0, 0.04, 0.12),
            (1_000.0, 0.40, 0.56),
            (2_500.0, 0.78, 0.9),
        ] {
            let (_, (toxicity, hour)) = bolus(Drug::Morphine, dose_ug);
            assert!((low..high).contains(&toxicity), "{dose_ug} ug: {toxicity}");
            assert!((9.0..11.5).contains(&hour), "{dose_ug} ug: {hour} h");
        }
    }

    /// Source: pk.md 4: peak about 4 h (S36). The site's half-life was chosen with it in view.
    #[test]
    fn val_fitted_baclofen_bolus_peaks_at_four_hours() {
        let ((effect, hour), _) = bolus(Drug::Baclofen, 50.0);
        assert!(
            effect > 0.5 && (2.0..6.0).contains(&hour),
            "{effect} at {hour} h"
        );
    }

    /// Hours after a stop until withdrawal reaches `severity`, from a steady 400 ug/day.
    fn withdrawal_hours(mixing: Mixing, keep: f64, severity: f64) -> Option<f64> {
        let mut patient = Patient::new(
            &person(mixing, TipLevel::L1),
            Drug::Baclofen.model(Tolerance::Chronic),
        );
        patient.settle(Mass::from_micrograms(400.0));
        let mut at = SimTime::ZERO;
        for _ in 0..96 * 60 {
            at = at + TICK;
            patient.tick(at, Mass::from_micrograms(keep * 400.0 / 1_440.0));
            if patient.withdrawal > severity {
                return Some(at.since_origin().as_hours_f64());
            }
        }
        None
    }

    /// Source: pk.md 4: W = 0.1 at 13 h, 0.3 at 22 h, 0.5 at 31 h, 0.7 at 44 h, almost whatever the
    /// mixing; half the dose gives none (proto). Clinic: over 1 to 3 days (S61).
    #[test]
    fn regress_prototype_baclofen_withdrawal_takes_a_day() {
        for (severity, hours) in [(0.1, 13.0), (0.3, 22.0), (0.5, 31.0), (0.7, 44.0)] {
            for mixing in [Mixing::Low, Mixing::Typical, Mixing::High] {
                let seen = withdrawal_hours(mixing, 0.0, severity).unwrap();
                assert!(
                    (seen / hours - 1.0).abs() < 0.2,
                    "{mixing:?} {severity}: {seen} h"
                );
            }
        }
        assert_eq!(withdrawal_hours(Mixing::Typical, 0.5, 1e-6), None);
        assert!(withdrawal_hours(Mixing::Typical, 0.25, 0.3).is_some());
    }

    #[test]
    fn a_settled_patient_stays_where_it_is() {
        let tip = TipLevel::T10;
        let mut patient = Patient::new(
            &person(Mixing::Typical, tip),
            Drug::Morphine.model(Tolerance::Chronic),
        );
        patient.settle(Mass::from_micrograms(1_000.0));
        let before = (
            patient.at_tip(),
            patient.plasma.concentration(),
            patient.effect,
        );
        let mut at = SimTime::ZERO;
        for _ in 0..1_440 {
            at = at + TICK;
            patient.tick(at, Mass::from_micrograms(1_000.0 / 1_440.0));
        }
        let close = |new: f64, old: f64| (new / old - 1.0).abs() < 1e-5;
        assert!(close(
            patient.at_tip().as_ug_per_ml(),
            before.0.as_ug_per_ml()
        ));
        let plasma = patient.plasma.concentration();
        assert!(close(plasma.as_ug_per_ml(), before.1.as_ug_per_ml()));
        assert!(close(patient.effect, before.2));
    }
}
