//! Plasma: two compartments that receive what the fluid loses, and clear it.
//!
//! Drug that leaves the fluid crosses the epidural space on its way to blood; its fat holds back a
//! part of a lipophilic drug. Equations, amounts P1 and P2, X in the epidural space and F in its fat,
//! `in` the amount lost by the fluid; all of it reaches plasma in the end (S22):
//! ```text
//! dX/dt  = (1 - f) in - ke X                      dF/dt = f in - kf F
//! dP1/dt = ke X + kf F - (CL + Q2)/V1 P1 + Q2/V2 P2
//! dP2/dt = Q2/V1 P1 - Q2/V2 P2
//! ```
//! Backward Euler, the 2 x 2 system solved in closed form. Units: ug, L, h.
//!
//! Source: pk.md 1c; the epidural space is ours, each drug's file says by what.

use crate::csf::NEGLIGIBLE_UG;
use crate::drug::PlasmaKinetics;
use thecal_units::Millis;
use thecal_units::real::{Concentration, Mass};

/// Plasma's state.
#[derive(Clone, Copy, Debug)]
pub struct Plasma {
    epidural: f64,
    fat: f64,
    central: f64,
    peripheral: f64,
    eliminated: f64,
    central_ml: f64,
    /// Shares of the new amounts that move in a step.
    cleared: f64,
    outward: f64,
    inward: f64,
    per_determinant: f64,
    fat_share: f64,
    /// Shares of epidural space and fat that stay there in a step.
    crossing: f64,
    held: f64,
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
            epidural: 0.0,
            fat: 0.0,
            central: 0.0,
            peripheral: 0.0,
            eliminated: 0.0,
            central_ml: kinetics.central_l * 1e3,
            cleared,
            outward,
            inward,
            per_determinant: 1.0 / determinant,
            fat_share: kinetics.fat_share,
            crossing: 1.0 / (1.0 + dt * kinetics.epidural_per_h),
            held: 1.0 / (1.0 + dt * kinetics.fat_per_h),
        }
    }

    /// Advances one step while `lost` leaves the fluid and `absorbed` enters the blood directly.
    pub fn step(&mut self, lost: Mass, absorbed: Mass) {
        let to_fat = self.fat_share * lost.as_micrograms();
        let crossing = self.epidural + (lost.as_micrograms() - to_fat);
        let held = self.fat + to_fat;
        (self.epidural, self.fat) = (self.crossing * crossing, self.held * held);
        let entering = absorbed.as_micrograms() + (crossing - self.epidural) + (held - self.fat);
        let central = self.central + entering;
        let peripheral = self.peripheral;
        let of_both = central * (1.0 + self.inward) + self.inward * peripheral;
        self.central = of_both * self.per_determinant;
        let of_both = (1.0 + self.cleared + self.outward) * peripheral + self.outward * central;
        self.peripheral = of_both * self.per_determinant;
        self.eliminated += self.cleared * self.central;
        let all = self.epidural + self.fat + self.central + self.peripheral;
        if all < NEGLIGIBLE_UG {
            (self.epidural, self.fat) = (0.0, 0.0);
            (self.central, self.peripheral) = (0.0, 0.0);
        }
    }

    /// Copies the amounts of `other` and clears the eliminated amount.
    pub(crate) fn take_contents(&mut self, other: &Self) {
        (self.epidural, self.fat) = (other.epidural, other.fat);
        self.central = other.central;
        self.peripheral = other.peripheral;
        self.eliminated = 0.0;
    }

    /// The concentration in the central compartment.
    #[must_use]
    pub fn concentration(&self) -> Concentration {
        Concentration::from_ug_per_ml(self.central / self.central_ml)
    }

    /// Drug in both compartments and on its way there.
    pub(crate) fn amount(&self) -> Mass {
        Mass::from_micrograms(self.epidural + self.fat + self.central + self.peripheral)
    }

    /// Drug eliminated from the body.
    pub(crate) const fn eliminated(&self) -> Mass {
        Mass::from_micrograms(self.eliminated)
    }
}
