//! The catheter's access port: what a hand aspirates there, and what it injects.
//!
//! The port leads into the catheter behind the pump's tubing. A hand presses or draws with at most
//! 100 kPa for five minutes (assume), so a blocked catheter yields and takes nothing. What flows
//! divides among tip, connector, tear and the tissue beside the tip as the pump's own flow does. What
//! leaves the tip has the jet of a hand (`injection.rs`), and may be what the catheter held before.
//!
//! Source: pump.md 2 has no row for it; aspiration before an injection clears 1 to 2 mL (mem H).

use crate::injection::Injection;
use crate::plant::Plant;
use crate::tracks::AGENTS;
use thecal_units::real::{Concentration, Mass, Volume};

/// Pressure of a hand on a syringe. Unit: kPa.
const HAND_KPA: f64 = 100.0;
/// How long it presses. Unit: s.
const HAND_S: f64 = 300.0;

/// A procedure with a syringe at the access port: aspiration, then injection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PortAccess {
    /// Volume to be aspirated.
    pub aspirated: Volume,
    /// Volume to be injected.
    pub injected: Volume,
    /// Concentration of each drug in it.
    pub concentrations: [Concentration; AGENTS],
}

/// What went through the port.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PortFlow {
    /// Volume aspirated.
    pub aspirated: Volume,
    /// The drugs in it.
    pub drawn: [Mass; AGENTS],
    /// Volume injected.
    pub injected: Volume,
}

impl Plant {
    /// Aspirates and injects at the catheter's access port. The concentration of a drug that this plant
    /// does not have is ignored.
    ///
    /// # Panics
    ///
    /// If a volume or a concentration is negative or not a number.
    pub fn access_port(&mut self, access: &PortAccess) -> PortFlow {
        let volumes = [access.aspirated, access.injected];
        assert!(
            volumes.iter().all(|volume| *volume >= Volume::ZERO),
            "an access with volumes {volumes:?}"
        );
        let strengths = access.concentrations;
        assert!(
            strengths
                .iter()
                .all(|strength| *strength >= Concentration::ZERO),
            "an access with concentrations {strengths:?}"
        );
        let conductance = self.mechanics.conditions.paths.conductance();
        let most = Volume::from_milliliters(conductance * HAND_KPA * HAND_S);
        let [aspirated, injected] = volumes.map(|volume| volume.min(most));
        let drawn = self.aspirate(aspirated);
        self.inject(injected, strengths);
        PortFlow {
            aspirated,
            drawn,
            injected,
        }
    }

    /// What the leak on the way gives is tissue fluid without drug (assume).
    fn aspirate(&mut self, volume: Volume) -> [Mass; AGENTS] {
        let lost = self.mechanics.conditions.paths.lost_on_the_way();
        let through = Volume::from_milliliters(volume.as_milliliters() * (1.0 - lost));
        let taken = self.patient.draw_back(through);
        let mut drawn = [Mass::ZERO; AGENTS];
        for (index, line) in self.lines.iter_mut().enumerate() {
            let Some(line) = line else { continue };
            drawn[index] = line.aspirate(through, taken[index]);
            self.infused_ug[index] -= taken[index].as_micrograms();
            self.infusions.draw_back(index, taken[index]);
        }
        self.infused_ml -= through.as_milliliters();
        for (books, drawn) in self.books.iter_mut().zip(drawn) {
            books.aspirated += drawn;
            books.port_volume = books.port_volume - through;
        }
        drawn
    }

    fn inject(&mut self, volume: Volume, strengths: [Concentration; AGENTS]) {
        let paths = &self.mechanics.conditions.paths;
        let (lost, shares) = (paths.lost_on_the_way(), paths.shares);
        let part = |share: f64| Volume::from_milliliters(volume.as_milliliters() * share);
        let at_connector = part(lost * (1.0 - shares.at_tear));
        let (onward, at_tear) = (volume - at_connector, part(lost * shares.at_tear));
        let out_ml = onward.saturating_sub(at_tear).as_milliliters();
        let mut out = [Mass::ZERO; AGENTS];
        for (index, line) in self.lines.iter_mut().enumerate() {
            let Some(line) = line else { continue };
            let dose = volume.dose(strengths[index]);
            let beside = at_connector.dose(strengths[index]);
            let (tip, torn) = line.inject(onward, dose - beside, at_tear);
            let missed = Mass::from_micrograms(tip.as_micrograms() * shares.beside);
            out[index] = tip - missed;
            self.injected[index] += beside + torn + missed;
            self.infused_ug[index] += (tip - missed).as_micrograms();
            self.books[index].injected += dose;
        }
        let into_fluid = Volume::from_milliliters(out_ml * (1.0 - shares.beside));
        if into_fluid > Volume::ZERO {
            self.mix(out, &Injection::at_tip(into_fluid));
        }
        self.infused_ml += out_ml * (1.0 - shares.beside);
        self.pocket_ml += volume.as_milliliters() - out_ml * (1.0 - shares.beside);
        for books in &mut self.books {
            books.port_volume += volume;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Agent, PlantConfig};
    use crate::drug::Tolerance;
    use crate::drugs::Drug;
    use crate::plant_fault::PlantFault;
    use crate::ramp::Ramp;
    use thecal_units::{Millis, SimTime};

    fn morphine() -> Plant {
        let strength = Concentration::from_ug_per_ml(20_000.0);
        let agent = Agent::new(Drug::Morphine, Tolerance::Naive, strength);
        Plant::new(&PlantConfig::new(agent)).expect("the generic pump is in range")
    }

    fn access(aspirated: f64, injected: f64, strength: f64) -> PortAccess {
        PortAccess {
            aspirated: Volume::from_milliliters(aspirated),
            injected: Volume::from_milliliters(injected),
            concentrations: [Concentration::from_ug_per_ml(strength), Concentration::ZERO],
        }
    }

    fn after_a_day(plant: &mut Plant) {
        plant.advance(SimTime::ZERO + Millis::DAY, &mut ());
        assert!(plant.books_error() < 1e-9, "{}", plant.books_error());
    }

    #[test]
    fn two_milliliters_aspirated_bring_the_catheters_drug_and_clear_it() {
        let mut plant = morphine();
        let flow = plant.access_port(&access(2.0, 0.0, 0.0));
        // 89 cm of 0.0022 mL/cm at 20 mg/mL are 3.9 mg; the cells round it by a sixty-fourth.
        let drawn = flow.drawn[0].as_micrograms();
        assert!((drawn - 3_916.0).abs() < 80.0, "{drawn}");
        after_a_day(&mut plant);
        assert!(plant.truth().dose_infused.as_micrograms().abs() < 1.0);
    }

    #[test]
    fn a_fill_through_the_access_port_is_a_dose() {
        let mut plant = morphine();
        let flow = plant.access_port(&access(0.0, 20.0, 20_000.0));
        assert!((flow.injected.as_milliliters() - 20.0).abs() < 1e-12);
        let infused = plant.truth().dose_infused.as_micrograms();
        assert!((infused - 400_000.0).abs() < 100.0, "{infused}");
        plant.advance(SimTime::ZERO + Millis::HOUR.times(6), &mut ());
        assert!(plant.books_error() < 1e-9, "{}", plant.books_error());
        assert!(plant.truth().toxicity > 0.99);
    }

    /// The catheter's drug, flushed by hand, is at once far from the tip; a pump's own is not.
    #[test]
    fn what_a_hand_flushes_has_a_jet() {
        let mut plant = morphine();
        plant.access_port(&access(0.0, 2.0, 0.0));
        let (tip, lumbar) = (plant.truth().tip, plant.truth().lumbar);
        assert!(tip.as_ug_per_ml() > 1.0);
        assert!((lumbar.as_ug_per_ml() / tip.as_ug_per_ml() - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_blocked_catheter_yields_nothing_and_a_disconnected_one_fills_the_pocket() {
        let mut plant = morphine();
        plant.begin_fault(PlantFault::TipOcclusion, Ramp::constant(f64::INFINITY));
        plant.advance(SimTime::from_millis(60_000), &mut ());
        let flow = plant.access_port(&access(1.0, 1.0, 20_000.0));
        let went = (flow.aspirated + flow.injected).as_milliliters();
        assert!(went.abs() < 1e-12, "{went}");

        let mut plant = morphine();
        plant.begin_fault(PlantFault::CatheterLeak, Ramp::constant(1.0));
        plant.advance(SimTime::from_millis(60_000), &mut ());
        plant.access_port(&access(0.0, 1.0, 20_000.0));
        after_a_day(&mut plant);
        assert!(plant.truth().dose_infused.as_micrograms().abs() < 1e-6);
        assert!((plant.truth().pocket_volume.as_milliliters() - 1.0).abs() < 1e-9);
    }
}
