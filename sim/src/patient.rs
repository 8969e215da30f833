//! The patient: fluid, plasma, effects and harm, stepped tick by tick.
//!
//! Terms: a *track* is one drug's way through the patient. Tracks share the anatomy and nothing else:
//! the fluid is linear, and drugs are taken not to change each other's kinetics (assume).
//!
//! Order of a tick, for each track: the chain of fluid takes the infusion, plasma takes what the
//! fluid and the pocket lost, the effect sites follow the new levels, withdrawal follows the cord.
//! Then the tracks are combined and harm is summed:
//! ```text
//! effect     = 1 - (1 - E_1)(1 - E_2)        Bliss independence (assume)
//! toxicity   = 1 - (1 - X_1)(1 - X_2)        the same; X the worse of fluid and blood
//! withdrawal = max(W_1, W_2)                 (assume)
//! ```

use crate::TICK;
use crate::config::Person;
use crate::csf::Place;
use crate::drug::DrugModel;
use crate::harm::HarmTracker;
use crate::track::{Books, Levels, Response, Track};
use alloc::boxed::Box;
use thecal_units::SimTime;
use thecal_units::real::{Mass, Volume};

/// How many drugs a reservoir may hold at once.
pub(crate) const AGENTS: usize = 2;

#[derive(Clone, Debug)]
pub(crate) struct Patient {
    tip: Place,
    tracks: [Option<Box<Track>>; AGENTS],
    pub(crate) harm: HarmTracker,
    pub(crate) effect: f64,
    pub(crate) toxicity: f64,
    pub(crate) withdrawal: f64,
}

impl Patient {
    pub(crate) fn new(person: &Person, agents: [Option<DrugModel>; AGENTS]) -> Self {
        let anatomy = &person.anatomy;
        Self {
            tip: Place::at(person.tip, anatomy.cell_cm()),
            tracks: agents
                .map(|agent| agent.map(|model| Box::new(Track::new(anatomy, model, TICK)))),
            harm: HarmTracker::new(),
            effect: 0.0,
            toxicity: 0.0,
            withdrawal: 0.0,
        }
    }

    /// Steps to `at` while each drug enters at the tip and into the pocket.
    pub(crate) fn tick(&mut self, at: SimTime, infused: [Mass; AGENTS], pocketed: [Mass; AGENTS]) {
        for (index, track) in self.tracks.iter_mut().enumerate() {
            if let Some(track) = track {
                track.step(infused[index], self.tip, pocketed[index]);
            }
        }
        self.combine();
        self.harm
            .tick(at, self.effect, self.toxicity, self.withdrawal);
    }

    /// Puts the patient where months of `per_day` would have led.
    pub(crate) fn settle(&mut self, per_day: [Mass; AGENTS]) {
        for (index, track) in self.tracks.iter_mut().enumerate() {
            if let Some(track) = track {
                track.settle(per_day[index], self.tip);
            }
        }
        self.combine();
        self.harm.settle(self.effect);
    }

    fn combine(&mut self) {
        let (mut effect, mut toxicity, mut withdrawal) = (0.0, 0.0, 0.0_f64);
        for track in self.tracks.iter().flatten() {
            let of_track = track.response();
            effect = either(effect, of_track.effect);
            toxicity = either(toxicity, of_track.toxicity);
            withdrawal = withdrawal.max(of_track.withdrawal);
        }
        (self.effect, self.toxicity, self.withdrawal) = (effect, toxicity, withdrawal);
    }

    /// Draws `volume` of the fluid around the tip back into the catheter; gives the drug in it.
    pub(crate) fn draw_back(&mut self, volume: Volume) -> [Mass; AGENTS] {
        let tip = self.tip;
        self.tracks.each_mut().map(|track| match track {
            Some(track) => track.draw_back(volume, tip),
            None => Mass::ZERO,
        })
    }

    /// What is in the pocket, of all drugs.
    pub(crate) fn pocket(&self) -> Mass {
        let tracks = self.tracks.iter().flatten();
        tracks.fold(Mass::ZERO, |sum, track| sum + track.books().pocket)
    }

    /// The levels of drug `agent`; zero if there is none.
    pub(crate) fn levels(&self, agent: usize) -> Levels {
        let track = self.tracks[agent].as_deref();
        track.map_or(Levels::default(), |track| track.levels(self.tip))
    }

    /// Where drug `agent` is.
    pub(crate) fn books(&self, agent: usize) -> Books {
        let track = self.tracks[agent].as_deref();
        track.map_or(Books::default(), Track::books)
    }

    /// What drug `agent` does alone.
    pub(crate) fn response(&self, agent: usize) -> Response {
        let track = self.tracks[agent].as_deref();
        track.map_or(Response::default(), Track::response)
    }
}

/// The chance of either of two independent events; exactly the first if the second has none.
const fn either(first: f64, second: f64) -> f64 {
    first + second * (1.0 - first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anatomy::{Anatomy, Mixing};
    use crate::drug::{Drug, Tolerance};
    use crate::tip::TipLevel;
    use thecal_units::real::Length;

    const NOTHING: [Mass; AGENTS] = [Mass::ZERO; AGENTS];

    const fn first(micrograms: f64) -> [Mass; AGENTS] {
        [Mass::from_micrograms(micrograms), Mass::ZERO]
    }

    fn alone(person: &Person, drug: Drug, tolerance: Tolerance) -> Patient {
        Patient::new(person, [Some(drug.model(tolerance)), None])
    }

    fn person(mixing: Mixing, tip: TipLevel) -> Person {
        Person {
            anatomy: Anatomy::ADULT.with(mixing),
            tip: tip.position(),
        }
    }

    /// The highest effect and its hour, and the highest toxicity and its hour, after a bolus.
    fn bolus(drug: Drug, dose_ug: f64) -> ((f64, f64), (f64, f64)) {
        let mut patient = alone(
            &person(Mixing::Typical, TipLevel::L1),
            drug,
            Tolerance::Naive,
        );
        let (center, half) = (
            Length::from_centimeters(12.0),
            Length::from_centimeters(6.5),
        );
        let dose = Mass::from_micrograms(dose_ug);
        let track = patient.tracks[0].as_deref_mut().unwrap();
        track.neuraxis.inject(dose, center, half);
        let (mut effect, mut toxicity) = ((0.0, 0.0), (0.0, 0.0));
        let mut at = SimTime::ZERO;
        for _ in 0..48 * 60 {
            at = at + TICK;
            patient.tick(at, NOTHING, NOTHING);
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
        let mut patient = alone(
            &person(mixing, TipLevel::L1),
            Drug::Baclofen,
            Tolerance::Chronic,
        );
        patient.settle(first(400.0));
        let mut at = SimTime::ZERO;
        for _ in 0..96 * 60 {
            at = at + TICK;
            patient.tick(at, first(keep * 400.0 / 1_440.0), NOTHING);
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
        let mut patient = alone(
            &person(Mixing::Typical, tip),
            Drug::Morphine,
            Tolerance::Chronic,
        );
        patient.settle(first(1_000.0));
        let before = (
            patient.levels(0).tip,
            patient.levels(0).plasma,
            patient.effect,
        );
        let mut at = SimTime::ZERO;
        for _ in 0..1_440 {
            at = at + TICK;
            patient.tick(at, first(1_000.0 / 1_440.0), NOTHING);
        }
        let close = |new: f64, old: f64| (new / old - 1.0).abs() < 1e-5;
        assert!(close(
            patient.levels(0).tip.as_ug_per_ml(),
            before.0.as_ug_per_ml()
        ));
        let plasma = patient.levels(0).plasma;
        assert!(close(plasma.as_ug_per_ml(), before.1.as_ug_per_ml()));
        assert!(close(patient.effect, before.2));
    }
}
