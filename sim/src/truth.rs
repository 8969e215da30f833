//! Ground truth of the plant at an instant, and its observers.

use crate::tracks::AGENTS;
use thecal_units::SimTime;
use thecal_units::real::{Concentration, Mass, Potential, Pressure, Temperature, Volume};

/// Ground truth of the plant.
///
/// Steps, volumes and drug up to the catheter are as of `at`; the patient's values are those of
/// the last plant tick not after `at`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// The instant.
    pub at: SimTime,
    /// Pulses that drove the motor.
    pub steps_driven: u64,
    /// Pulses that moved the shaft.
    pub steps_moved: u64,
    /// Pulses that did not move the shaft.
    pub steps_missed: u64,
    /// Volume swept by the pump head, with or without fluid.
    pub displaced: Volume,
    /// Volume in the reservoir.
    pub reservoir: Volume,
    /// The drug's concentration there.
    pub reservoir_concentration: Concentration,
    /// Fluid that has left the catheter's tip.
    pub infused_volume: Volume,
    /// Fluid that has leaked into the pocket.
    pub pocket_volume: Volume,
    /// Drug that has left the reservoir.
    pub dose_from_reservoir: Mass,
    /// Drug between reservoir and tip.
    pub dose_in_catheter: Mass,
    /// Drug that has entered the spinal fluid.
    pub dose_infused: Mass,
    /// In the fluid at the catheter's tip.
    pub tip: Concentration,
    /// In the fluid at x = 10 cm, between L4/5 and L3/4.
    pub lumbar: Concentration,
    /// In the fluid at x = 49 cm, C7.
    pub cervical: Concentration,
    /// In the cisterna.
    pub cisterna: Concentration,
    /// In plasma.
    pub plasma: Concentration,
    /// The wanted effect. Unit: fraction. Range: 0 to 1.
    pub effect: f64,
    /// The wanted effect that exactly the prescribed doses would have. Unit: fraction. Range: 0 to 1.
    pub prescribed_effect: f64,
    /// The share of that which is missing, once it is established (see [`crate::harm`]). Unit: fraction.
    /// Range: 0 to 1.
    pub lost: f64,
    /// The toxic effect. Unit: fraction. Range: 0 to 1.
    pub toxicity: f64,
    /// The severity of withdrawal; zero for a drug without a model of it. Unit: fraction.
    /// Range: 0 to 1.
    pub withdrawal: f64,
    /// The toxic effect of each drug alone. Unit: fraction. Range: 0 to 1.
    pub toxicity_of: [f64; AGENTS],
    /// The severity of withdrawal from each drug. Unit: fraction. Range: 0 to 1.
    pub withdrawal_of: [f64; AGENTS],
    /// At the pump's outlet, above ambient.
    pub outlet_pressure: Pressure,
    /// In the reservoir, above ambient.
    pub reservoir_pressure: Pressure,
    /// Around the patient, absolute.
    pub ambient_pressure: Pressure,
    /// Of the body, and of the pump in it.
    pub temperature: Temperature,
    /// Whether the flow-activated valve of a valve-gated pump has shut.
    pub valve_shut: bool,
    /// The supply between pulses.
    pub supply: Potential,
}

/// Ground truth of one drug of a mixture; each value as in [`Truth`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrugTruth {
    /// Its true concentration in the reservoir.
    pub reservoir_concentration: Concentration,
    /// Drug that has left the reservoir.
    pub dose_from_reservoir: Mass,
    /// Drug between reservoir and tip.
    pub dose_in_catheter: Mass,
    /// Drug that has entered the spinal fluid.
    pub dose_infused: Mass,
    /// In the fluid at the catheter's tip.
    pub tip: Concentration,
    /// In the fluid between L4/5 and L3/4.
    pub lumbar: Concentration,
    /// In the fluid at C7.
    pub cervical: Concentration,
    /// In the cisterna.
    pub cisterna: Concentration,
    /// In plasma.
    pub plasma: Concentration,
    /// The wanted effect of this drug alone. Unit: fraction. Range: 0 to 1.
    pub effect: f64,
    /// The toxic effect of this drug alone. Unit: fraction. Range: 0 to 1.
    pub toxicity: f64,
    /// The severity of withdrawal from this drug. Unit: fraction. Range: 0 to 1.
    pub withdrawal: f64,
}

/// Observes the plant at every tick.
pub trait Observer {
    /// Called after the plant has stepped to the tick at `at`.
    fn tick(&mut self, at: SimTime, truth: &Truth);
}

/// Ignores every tick.
impl Observer for () {
    fn tick(&mut self, _at: SimTime, _truth: &Truth) {}
}

/// A closure that takes the instant and the truth.
impl<F: FnMut(SimTime, &Truth)> Observer for F {
    fn tick(&mut self, at: SimTime, truth: &Truth) {
        self(at, truth);
    }
}
