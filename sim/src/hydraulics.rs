//! Pressure at the pump's outlet: the catheter's resistance and an elastic node.
//!
//! Terms: *excess* is pressure above that of the cerebrospinal fluid; the *node* is all that
//! stretches between pump and tip, lumped at the pump. It is well mixed.
//!
//! Equations, flow Q held over a step:
//! ```text
//! R = 128 mu L / (pi d^4)      C dP/dt = Q - P / R
//! P(t + dt) = P e^(-dt/RC) + Q R (1 - e^(-dt/RC))      out = Q dt - C (P(t + dt) - P(t))
//! ```
//! The state is the stored volume C P, so volume closes whatever the rounding.
//!
//! Source: pump.md 4.3: mu 0.70 mPa s (calc), d 0.53 mm (mem H), C 0.5 uL/kPa of tube 0.08 to 0.27
//! and pump 0.1 to 0.5 (design), fluid pressure 1 to 2 kPa lying (mem M).

use crate::line::BORE_CM;
use thecal_units::Millis;
use thecal_units::real::{Length, Pressure, Volume};

/// Viscosity. Unit: Pa s.
const VISCOSITY: f64 = 0.70e-3;
/// Compliance of the node. Unit: mL/kPa.
const COMPLIANCE: f64 = 0.5e-3;
/// Pressure of the cerebrospinal fluid at the tip, above ambient. Unit: kPa.
const FLUID_KPA: f64 = 1.5;

/// The node's state.
#[derive(Clone, Copy, Debug)]
pub struct Hydraulics {
    /// C P. Unit: mL.
    stored_ml: f64,
    /// Unit: kPa s/mL.
    resistance: f64,
    base_resistance: f64,
    step_s: f64,
    decay: f64,
}

impl Hydraulics {
    /// A catheter of this length at rest, stepping by `step`.
    #[must_use]
    pub fn new(length: Length, step: Millis) -> Self {
        let meters = length.as_centimeters() / 100.0;
        let bore = BORE_CM / 100.0;
        let pascal_s_per_m3 =
            128.0 * VISCOSITY * meters / (core::f64::consts::PI * bore * bore * bore * bore);
        // 1 Pa s/m3 is 1e-9 kPa s/mL.
        let resistance = pascal_s_per_m3 * 1e-9;
        let step_s = step.as_secs_f64();
        let mut node = Self {
            stored_ml: 0.0,
            resistance,
            base_resistance: resistance,
            step_s,
            decay: 0.0,
        };
        node.obstruct(1.0);
        node
    }

    /// Multiplies the resistance of the free catheter by `times`.
    pub fn obstruct(&mut self, times: f64) {
        self.resistance = self.base_resistance * times;
        self.decay = libm::exp(-self.step_s / self.time_constant_s());
    }

    /// The resistance now. Unit: kPa s/mL.
    #[must_use]
    pub const fn resistance_kpa_s_per_ml(&self) -> f64 {
        self.resistance
    }

    /// R C now. Unit: s.
    #[must_use]
    pub const fn time_constant_s(&self) -> f64 {
        self.resistance * COMPLIANCE
    }

    /// Takes `volume` in over one step; gives what leaves towards the tip.
    pub fn step(&mut self, volume: Volume) -> Volume {
        let volume_ml = volume.as_milliliters();
        let steady_ml = COMPLIANCE * self.resistance * volume_ml / self.step_s;
        let target_ml = self.stored_ml * self.decay + steady_ml * (1.0 - self.decay);
        let available_ml = self.stored_ml + volume_ml;
        let out_ml = (available_ml - target_ml).clamp(0.0, available_ml);
        self.stored_ml = available_ml - out_ml;
        Volume::from_milliliters(out_ml)
    }

    /// What the node has stored by stretching.
    #[must_use]
    pub const fn stored(&self) -> Volume {
        Volume::from_milliliters(self.stored_ml)
    }

    /// The pressure above that of the fluid.
    #[must_use]
    pub const fn excess(&self) -> Pressure {
        Pressure::from_kilopascals(self.stored_ml / COMPLIANCE)
    }

    /// The pressure at the pump's outlet.
    #[must_use]
    pub fn outlet(&self) -> Pressure {
        Pressure::from_kilopascals(FLUID_KPA) + self.excess()
    }
}
