//! Cerebrospinal fluid along the spine: a chain of cells, solved implicitly.
//!
//! Terms: *x* runs from the end of the dural sac (0) to the foramen magnum, in cells; *cord tissue*
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
//! A step is the exponential of this system to fifth order (`pole`), with a constant
//! infusion; the tissue is eliminated, so the chain stays tridiagonal. It is factorized once
//! (`chain`). What the blood absorbs is that of the mean over the step, so that mass
//! is neither lost nor made.
//!
//! Source: pk.md 1c and 1d (model), its validation in pk.md 3.

use crate::anatomy::{Grid, Rates};
use crate::chain::Chain;
use crate::drug::Kinetics;
use alloc::boxed::Box;
use alloc::vec::Vec;
use thecal_units::Millis;
use thecal_units::real::{Concentration, Length, Mass, Volume};

pub use crate::anatomy::{Anatomy, CELLS};

/// A position along the chain: a cell, the next one, and the share of the first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    cell: usize,
    share: f64,
}

impl Place {
    /// The two cell centers around `x`; beyond the outer centers only the end cell.
    pub(crate) fn at(x: Length, grid: Grid) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "478 at most")]
        let last = (grid.cells - 2) as f64;
        let from_first = (x.as_centimeters() / grid.cell_cm - 0.5).clamp(0.0, last + 1.0);
        let cell = libm::floor(from_first).min(last);
        let share = 1.0 - (from_first - cell);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 478"
        )]
        Self {
            cell: cell as usize,
            share,
        }
    }

    /// Its cells with their shares.
    const fn cells(self) -> [(usize, f64); 2] {
        [(self.cell, self.share), (self.cell + 1, 1.0 - self.share)]
    }
}

/// The chain of as many pairs as the grid asks for.
#[derive(Clone, Debug)]
enum Nodes {
    Usual(Box<Chain<31>>),
    Fine(Box<Chain<121>>),
    Finest(Box<Chain<241>>),
}

macro_rules! on {
    ($nodes:expr, $chain:ident => $value:expr) => {
        match $nodes {
            Nodes::Usual($chain) => $value,
            Nodes::Fine($chain) => $value,
            Nodes::Finest($chain) => $value,
        }
    };
}

/// The chain's state and its factorized matrices.
#[derive(Clone, Debug)]
pub struct Neuraxis {
    grid: Grid,
    nodes: Nodes,
    /// What blood has not given back: the amount by which a loss fell below zero. Unit: ug.
    owed: f64,
}

impl Neuraxis {
    /// An empty chain that steps by `step`.
    #[must_use]
    pub fn new(anatomy: &Anatomy, kinetics: &Kinetics, step: Millis) -> Self {
        let (grid, rates) = (anatomy.grid(), Rates::new(anatomy, kinetics));
        let hours = step.as_hours_f64();
        let nodes = match grid.cells {
            60 => Nodes::Usual(Box::new(Chain::new(&rates, kinetics, hours))),
            240 => Nodes::Fine(Box::new(Chain::new(&rates, kinetics, hours))),
            _ => Nodes::Finest(Box::new(Chain::new(&rates, kinetics, hours))),
        };
        Self {
            grid,
            nodes,
            owed: 0.0,
        }
    }

    /// Advances one step while `infused` enters around `tip` at a constant rate; returns what the
    /// blood absorbed.
    ///
    /// It enters the two cells around the tip, in shares that are continuous when the tip moves.
    /// What a pump gives in a step fills less than a cell, so there is no jet (pk.md 1c).
    pub fn step(&mut self, infused: Mass, tip: Length) -> Mass {
        self.step_at(infused, Place::at(tip, self.grid))
    }

    pub(crate) fn step_at(&mut self, infused: Mass, tip: Place) -> Mass {
        let dose = infused.as_micrograms();
        let infused = tip.cells().map(|(cell, share)| (cell, dose * share));
        let lost = on!(&mut self.nodes, chain => chain.step(infused)) - self.owed;
        self.owed = (-lost).max(0.0);
        Mass::from_micrograms(lost.max(0.0))
    }

    /// Draws `volume` of the fluid around `tip` back into the catheter; returns the drug in it.
    ///
    /// Surrounding fluid replaces it at once: a cell's volume does not change.
    pub(crate) fn draw_at(&mut self, volume: Volume, tip: Place) -> Mass {
        let mut drawn = 0.0;
        for (cell, share) in tip.cells() {
            let part = volume.as_milliliters() * share * self.per_volume(cell);
            let amount = self.amount_mut(cell);
            let from_cell = amount.max(0.0) * part.clamp(0.0, 1.0);
            *amount -= from_cell;
            drawn += from_cell;
        }
        Mass::from_micrograms(drawn)
    }

    /// Copies the amounts of `other`, a chain of the same body.
    pub(crate) fn take_contents(&mut self, other: &Self) {
        match (&mut self.nodes, &other.nodes) {
            (Nodes::Usual(chain), Nodes::Usual(other)) => chain.take_contents(other),
            (Nodes::Fine(chain), Nodes::Fine(other)) => chain.take_contents(other),
            (Nodes::Finest(chain), Nodes::Finest(other)) => chain.take_contents(other),
            _ => {}
        }
    }

    /// Spreads `mass` evenly over `center` +/- `half_length`.
    pub fn inject(&mut self, mass: Mass, center: Length, half_length: Length) {
        let (center, half) = (center.as_centimeters(), half_length.as_centimeters());
        let ends = [center - half, center + half].map(Length::from_centimeters);
        self.spread(mass, ends[0], ends[1]);
    }

    /// Spreads `mass` evenly over the fluid between two places.
    #[expect(clippy::cast_precision_loss, reason = "a cell's number is below 480")]
    pub(crate) fn spread(&mut self, mass: Mass, from: Length, to: Length) {
        let (from, to) = (from.as_centimeters(), to.as_centimeters());
        let dx = self.grid.cell_cm;
        let covered: Vec<f64> = (0..self.grid.cells)
            .map(|cell| {
                let (low, high) = (cell as f64 * dx, (cell + 1) as f64 * dx);
                (to.min(high) - from.max(low)).max(0.0) / self.per_volume(cell)
            })
            .collect();
        let all: f64 = covered.iter().sum();
        for (cell, covered) in covered.into_iter().enumerate() {
            *self.amount_mut(cell) += mass.as_micrograms() * covered / all;
        }
    }

    /// The concentration at `x`, linear between cell centers.
    #[must_use]
    pub fn concentration(&self, x: Length) -> Concentration {
        self.concentration_at(Place::at(x, self.grid))
    }

    pub(crate) fn concentration_at(&self, place: Place) -> Concentration {
        let levels = place.cells().map(|(cell, share)| share * self.level(cell));
        Concentration::from_ug_per_ml((levels[0] + levels[1]).max(0.0))
    }

    /// The concentration in the cisterna.
    #[must_use]
    pub fn cisterna(&self) -> Concentration {
        Concentration::from_ug_per_ml(self.level(self.grid.cells).max(0.0))
    }

    /// Drug in the fluid of the cells: what is not in the other two nodes, so that all are together
    /// what they should be where one of them swings below zero.
    #[must_use]
    pub fn in_spine(&self) -> Mass {
        let all: f64 = (0..self.grid.cells + 2).map(|node| self.amount(node)).sum();
        let remote = self.in_cisterna() + self.in_cranial();
        let in_spine = all - self.owed - remote.as_micrograms();
        Mass::from_micrograms(in_spine.max(0.0))
    }

    /// Drug in the cord tissue.
    #[must_use]
    pub fn in_tissue(&self) -> Mass {
        let in_tissue = on!(&self.nodes, chain => chain.in_tissue());
        Mass::from_micrograms(in_tissue.max(0.0))
    }

    /// Drug in the cisterna.
    #[must_use]
    pub fn in_cisterna(&self) -> Mass {
        Mass::from_micrograms(self.amount(self.grid.cells).max(0.0))
    }

    /// Drug in the cranial node.
    #[must_use]
    pub fn in_cranial(&self) -> Mass {
        Mass::from_micrograms(self.amount(self.grid.cells + 1).max(0.0))
    }

    fn amount(&self, node: usize) -> f64 {
        on!(&self.nodes, chain => chain.amount(node))
    }

    const fn amount_mut(&mut self, node: usize) -> &mut f64 {
        on!(&mut self.nodes, chain => chain.amount_mut(node))
    }

    fn per_volume(&self, node: usize) -> f64 {
        on!(&self.nodes, chain => chain.per_volume(node))
    }

    /// Unit: ug/mL.
    fn level(&self, node: usize) -> f64 {
        on!(&self.nodes, chain => chain.amount(node) * chain.per_volume(node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_between_two_centers_shares() {
        let grid = Anatomy::ADULT.grid();
        let at = |x| Place::at(Length::from_centimeters(x), grid);
        let place = at(21.0);
        assert_eq!(place.cell, 20);
        assert!((place.share - 0.5).abs() < 1e-12);
        assert_eq!(at(-3.0).cell, 0);
        assert_eq!(at(99.0).cell, 58);
        assert!(at(99.0).share.abs() < 1e-12);
    }
}
