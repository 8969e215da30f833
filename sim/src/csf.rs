//! Cerebrospinal fluid along the spine: a chain of cells, solved implicitly.
//!
//! Terms: *x* runs from the end of the dural sac (0) to the foramen magnum, 60 cells; *cord tissue*
//! exchanges with each cell; *cisterna* and *cranial* are the two nodes above the spine.
//!
//! Equations, per cell i (amount m, tissue s, volume V, c = m / V; units cm, mL, h, ug):
//! ```text
//! dm_i/dt = F_{i-1/2} - F_{i+1/2} - (q_a,i + kp V_i) c_i - k12 m_i + k21 s_i + infusion
//! ds_i/dt = k12 m_i - (k21 + k20) s_i
//! F_{i+1/2} = (A D / dx) [B(-Pe) c_i - B(Pe) c_{i+1}],  Pe = u dx / D,  B(z) = z / (e^z - 1)
//! Q(x) = -(spinal absorption below x),  q_a,i = f_sp Qp V_i / V_sp
//! cisterna: drug-free Qp comes in, (1 - f_sp) Qp goes to the cranial node, exchange G with it
//! cranial:  absorbs (1 - f_sp) Qp c
//! ```
//! Backward Euler; the tissue is eliminated, so the chain stays tridiagonal. The matrix is an
//! M-matrix for any step: never a negative amount, and its column sums are the mass balance. It is
//! factorized once, by twisted factorization: both ends are eliminated towards the middle at the
//! same time, which halves the chain of dependent operations.
//!
//! Source: pk.md 1c and 1d (model), its validation in pk.md 3.

use crate::anatomy::{CISTERNA, CRANIAL, NODES, Rates};
use crate::drug::Kinetics;
use thecal_units::Millis;
use thecal_units::real::{Concentration, Length, Mass, Volume};

pub use crate::anatomy::{Anatomy, CELLS};

/// Where the two eliminations meet.
const MIDDLE: usize = 30;
/// Amounts below this are set to zero: far less than a molecule, some 5e-16 ug. Amounts that decay
/// for months would otherwise become denormal numbers, which lose digits and are slow. Unit: ug.
pub(crate) const NEGLIGIBLE_UG: f64 = 1e-30;

/// A position along the chain: a cell, the next one, and the share of the first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    cell: usize,
    share: f64,
}

impl Place {
    /// The two cell centers around `x`; beyond the outer centers only the end cell.
    pub(crate) fn at(x: Length, cell_cm: f64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "58")]
        let last = (CELLS - 2) as f64;
        let from_first = (x.as_centimeters() / cell_cm - 0.5).clamp(0.0, last + 1.0);
        let cell = libm::floor(from_first).min(last);
        let share = 1.0 - (from_first - cell);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 58"
        )]
        Self {
            cell: cell as usize,
            share,
        }
    }
}

/// The chain's state and its factorized matrix.
#[derive(Clone, Debug)]
pub struct Neuraxis {
    cell_cm: f64,
    amount: [f64; NODES],
    tissue: [f64; CELLS],
    per_volume: [f64; NODES],
    /// Elimination towards the middle: `y_i = scale_i * rhs_i + inward_i * y_outer`.
    scale: [f64; NODES],
    inward: [f64; NODES],
    /// Substitution away from the middle: `m_i = y_i + outward_i * m_inner`.
    outward: [f64; NODES],
    /// Coefficients of the middle from below and above.
    middle: (f64, f64),
    /// Tissue: share returned to the fluid, share kept, share taken up from the new amount.
    returned: f64,
    kept: f64,
    taken: f64,
    /// Shares lost in a step: of a cell, cisterna, cranial node, tissue.
    lost: [f64; 4],
}

impl Neuraxis {
    /// An empty chain that steps by `step`.
    #[must_use]
    pub fn new(anatomy: &Anatomy, kinetics: &Kinetics, step: Millis) -> Self {
        let rates = Rates::new(anatomy, kinetics);
        let dt = step.as_hours_f64();
        let kept = 1.0 / (1.0 + dt * (kinetics.release_per_h + kinetics.tissue_loss_per_h));
        let returned = dt * kinetics.release_per_h * kept;
        let uptake = dt * kinetics.uptake_per_h;
        let mut chain = Self {
            cell_cm: anatomy.cell_cm(),
            amount: [0.0; NODES],
            tissue: [0.0; CELLS],
            per_volume: rates.volume.map(|volume| 1.0 / volume),
            scale: [0.0; NODES],
            inward: [0.0; NODES],
            outward: [0.0; NODES],
            middle: (0.0, 0.0),
            returned,
            kept,
            taken: uptake * kept,
            lost: [
                dt * rates.loss[0],
                dt * rates.loss[CISTERNA],
                dt * rates.loss[CRANIAL],
                dt * kinetics.tissue_loss_per_h,
            ],
        };
        let net_uptake = uptake * (1.0 - returned);
        chain.factorize(&rates, dt, net_uptake);
        chain
    }

    fn factorize(&mut self, rates: &Rates, dt: f64, net_uptake: f64) {
        let diagonal = |node: usize| {
            let leaving = rates.up[node] + rates.down[node] + rates.loss[node];
            1.0 + dt * leaving + if node < CELLS { net_uptake } else { 0.0 }
        };
        let (up, down) = (
            rates.up.map(|rate| dt * rate),
            rates.down.map(|rate| dt * rate),
        );
        for node in 0..MIDDLE {
            let below = if node > 0 {
                self.outward[node - 1] * up[node - 1]
            } else {
                0.0
            };
            self.scale[node] = 1.0 / (diagonal(node) - below);
            self.inward[node] = if node > 0 {
                up[node - 1] * self.scale[node]
            } else {
                0.0
            };
            self.outward[node] = down[node + 1] * self.scale[node];
        }
        for node in (MIDDLE + 1..NODES).rev() {
            let last = node + 1 == NODES;
            let above = if last {
                0.0
            } else {
                self.outward[node + 1] * down[node + 1]
            };
            self.scale[node] = 1.0 / (diagonal(node) - above);
            self.inward[node] = if last {
                0.0
            } else {
                down[node + 1] * self.scale[node]
            };
            self.outward[node] = up[node - 1] * self.scale[node];
        }
        let below = self.outward[MIDDLE - 1] * up[MIDDLE - 1];
        let above = self.outward[MIDDLE + 1] * down[MIDDLE + 1];
        self.scale[MIDDLE] = 1.0 / (diagonal(MIDDLE) - below - above);
        self.middle = (
            up[MIDDLE - 1] * self.scale[MIDDLE],
            down[MIDDLE + 1] * self.scale[MIDDLE],
        );
    }

    /// Advances one step while `infused` enters around `tip`; returns what the blood absorbed.
    ///
    /// It enters the two cells around the tip, in shares that are continuous when the tip moves.
    /// What a pump gives in a step fills less than a cell, so there is no jet (pk.md 1c).
    pub fn step(&mut self, infused: Mass, tip: Length) -> Mass {
        self.step_at(infused, Place::at(tip, self.cell_cm))
    }

    pub(crate) fn step_at(&mut self, infused: Mass, tip: Place) -> Mass {
        let infused = infused.as_micrograms();
        self.amount[tip.cell] += infused * tip.share;
        self.amount[tip.cell + 1] += infused * (1.0 - tip.share);
        self.solve();
        let (mut in_cells, mut in_tissue) = (0.0, 0.0);
        for (tissue, amount) in self.tissue.iter_mut().zip(&self.amount) {
            *tissue = self.kept * *tissue + self.taken * amount;
            in_cells += amount;
            in_tissue += *tissue;
        }
        let [of_cell, of_cisterna, of_cranial, of_tissue] = self.lost;
        let lost = of_cell * in_cells
            + of_cisterna * self.amount[CISTERNA]
            + of_cranial * self.amount[CRANIAL]
            + of_tissue * in_tissue;
        if in_cells + in_tissue + self.amount[CISTERNA] + self.amount[CRANIAL] < NEGLIGIBLE_UG {
            self.amount = [0.0; NODES];
            self.tissue = [0.0; CELLS];
        }
        Mass::from_micrograms(lost)
    }

    /// Replaces the amounts by the solution of the implicit system.
    fn solve(&mut self) {
        let mut y = [0.0; NODES];
        for (node, tissue) in self.tissue.iter().enumerate() {
            y[node] = self.scale[node] * (self.amount[node] + self.returned * tissue);
        }
        y[CISTERNA] = self.scale[CISTERNA] * self.amount[CISTERNA];
        y[CRANIAL] = self.scale[CRANIAL] * self.amount[CRANIAL];
        // Both ends at once: `low` rises from 0, `high` descends from the cranial node.
        for low in 1..MIDDLE {
            let high = CRANIAL - low;
            y[low] += self.inward[low] * y[low - 1];
            y[high] += self.inward[high] * y[high + 1];
        }
        y[MIDDLE + 1] += self.inward[MIDDLE + 1] * y[MIDDLE + 2];
        let (from_below, from_above) = self.middle;
        y[MIDDLE] += from_below * y[MIDDLE - 1] + from_above * y[MIDDLE + 1];
        for out in 1..=MIDDLE {
            let (low, high) = (MIDDLE - out, MIDDLE + out);
            y[low] += self.outward[low] * y[low + 1];
            y[high] += self.outward[high] * y[high - 1];
        }
        y[CRANIAL] += self.outward[CRANIAL] * y[CISTERNA];
        self.amount = y;
    }

    /// Draws `volume` of the fluid around `tip` back into the catheter; returns the drug in it.
    ///
    /// Surrounding fluid replaces it at once: a cell's volume does not change.
    pub(crate) fn draw_at(&mut self, volume: Volume, tip: Place) -> Mass {
        let mut drawn = 0.0;
        for (cell, share) in [(tip.cell, tip.share), (tip.cell + 1, 1.0 - tip.share)] {
            let part = volume.as_milliliters() * share * self.per_volume[cell];
            let from_cell = self.amount[cell] * part.clamp(0.0, 1.0);
            self.amount[cell] -= from_cell;
            drawn += from_cell;
        }
        Mass::from_micrograms(drawn)
    }

    /// Copies the amounts of `other`.
    pub(crate) fn take_contents(&mut self, other: &Self) {
        self.amount = other.amount;
        self.tissue = other.tissue;
    }

    /// Spreads `mass` evenly over `center` +/- `half_length`: a hand-given bolus.
    ///
    /// Source: pk.md 1c: half-length max(dx, V / 2A) + jet, about 5 cm for lumbar puncture.
    #[expect(clippy::cast_precision_loss, reason = "a cell's number is below 60")]
    pub fn inject(&mut self, mass: Mass, center: Length, half_length: Length) {
        let from = center.as_centimeters() - half_length.as_centimeters();
        let to = center.as_centimeters() + half_length.as_centimeters();
        let dx = self.cell_cm;
        let mut covered = [0.0; CELLS];
        for (cell, covered) in covered.iter_mut().enumerate() {
            let (low, high) = (cell as f64 * dx, (cell + 1) as f64 * dx);
            *covered = (to.min(high) - from.max(low)).max(0.0) / self.per_volume[cell];
        }
        let all: f64 = covered.iter().sum();
        for (amount, covered) in self.amount.iter_mut().zip(covered) {
            *amount += mass.as_micrograms() * covered / all;
        }
    }

    /// The concentration at `x`, linear between cell centers.
    #[must_use]
    pub fn concentration(&self, x: Length) -> Concentration {
        self.concentration_at(Place::at(x, self.cell_cm))
    }

    pub(crate) fn concentration_at(&self, place: Place) -> Concentration {
        let Place { cell, share } = place;
        let first = self.amount[cell] * self.per_volume[cell];
        let second = self.amount[cell + 1] * self.per_volume[cell + 1];
        Concentration::from_ug_per_ml(share * first + (1.0 - share) * second)
    }

    /// The concentration in the cisterna.
    #[must_use]
    pub fn cisterna(&self) -> Concentration {
        let amount = self.amount[CISTERNA];
        Concentration::from_ug_per_ml(amount * self.per_volume[CISTERNA])
    }

    /// Drug in the fluid of the 60 cells.
    #[must_use]
    pub fn in_spine(&self) -> Mass {
        Mass::from_micrograms(self.amount.iter().take(CELLS).sum())
    }

    /// Drug in the cord tissue.
    #[must_use]
    pub fn in_tissue(&self) -> Mass {
        Mass::from_micrograms(self.tissue.iter().sum())
    }

    /// Drug in the cisterna.
    #[must_use]
    pub fn in_cisterna(&self) -> Mass {
        Mass::from_micrograms(self.amount[CISTERNA])
    }

    /// Drug in the cranial node.
    #[must_use]
    pub fn in_cranial(&self) -> Mass {
        Mass::from_micrograms(self.amount[CRANIAL])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_between_two_centers_shares() {
        let place = Place::at(Length::from_centimeters(21.0), 1.0);
        assert_eq!(place.cell, 20);
        assert!((place.share - 0.5).abs() < 1e-12);
        assert_eq!(Place::at(Length::from_centimeters(-3.0), 1.0).cell, 0);
        assert_eq!(Place::at(Length::from_centimeters(99.0), 1.0).cell, 58);
        assert!(Place::at(Length::from_centimeters(99.0), 1.0).share.abs() < 1e-12);
    }
}
