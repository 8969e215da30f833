//! Plasma: two compartments that receive what the fluid loses, and clear it.
//!
//! Equations, amounts P1 and P2, `in` the amount lost by the fluid; all of it reaches plasma (S22):
//! ```text
//! dP1/dt = in - (CL + Q2)/V1 P1 + Q2/V2 P2        dP2/dt = Q2/V1 P1 - Q2/V2 P2
//! ```
//! Backward Euler, the 2 x 2 system solved in closed form. Units: ug, L, h.
//!
//! Source: pk.md 1c.

use crate::csf::NEGLIGIBLE_UG;
use crate::drug::PlasmaKinetics;
use thecal_units::Millis;
use thecal_units::real::{Concentration, Mass};

/// Plasma's state.
#[derive(Clone, Copy, Debug)]
pub struct Plasma {
    central: f64,
    peripheral: f64,
    eliminated: f64,
    central_ml: f64,
    /// Shares of the new amounts that move in a step.
    cleared: f64,
    outward: f64,
    inward: f64,
    per_determinant: f64,
}

impl Plasma {
    /// Empty plasma with steps of `step`.
    #[must_use]
    pub fn new(kinetics: &PlasmaKinetics, step: Millis) -> Self {
        let dt = step.as_hours_f64();
        let cleared = dt * kinetics.clearance_l_per_h / kinetics.central_l;
        let outward = dt * kinetics.exchange_l_per_h / kinetics.central_l;
        let inward = dt * kinetics.exchange_l_per_h / kinetics.peripheral_l;
        let determinant = (1.0 + cleared + outward) * (1.0 + inward) - outward * inward;
        Self {
            central: 0.0,
            peripheral: 0.0,
            eliminated: 0.0,
            central_ml: kinetics.central_l * 1e3,
            cleared,
            outward,
            inward,
            per_determinant: 1.0 / determinant,
        }
    }

    /// Advances one step while `absorbed` enters.
    pub fn step(&mut self, absorbed: Mass) {
        let central = self.central + absorbed.as_micrograms();
        let peripheral = self.peripheral;
        let of_both = central * (1.0 + self.inward) + self.inward * peripheral;
        self.central = of_both * self.per_determinant;
        let of_both = (1.0 + self.cleared + self.outward) * peripheral + self.outward * central;
        self.peripheral = of_both * self.per_determinant;
        self.eliminated += self.cleared * self.central;
        if self.central + self.peripheral < NEGLIGIBLE_UG {
            (self.central, self.peripheral) = (0.0, 0.0);
        }
    }

    /// Copies the amounts of `other` and clears the eliminated amount.
    pub(crate) fn take_contents(&mut self, other: &Self) {
        self.central = other.central;
        self.peripheral = other.peripheral;
        self.eliminated = 0.0;
    }

    /// The concentration in the central compartment.
    #[must_use]
    pub fn concentration(&self) -> Concentration {
        Concentration::from_ug_per_ml(self.central / self.central_ml)
    }

    /// Drug in both compartments.
    pub(crate) fn amount(&self) -> Mass {
        Mass::from_micrograms(self.central + self.peripheral)
    }

    /// Drug eliminated from the body.
    pub(crate) const fn eliminated(&self) -> Mass {
        Mass::from_micrograms(self.eliminated)
    }
}
