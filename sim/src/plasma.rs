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
//! Exact over a step in which `in` is constant: the exponential of the system, computed once. Units:
//! ug, L, h.
//!
//! Source: pk.md 1c; the epidural space is ours, each drug's file says by what.

use crate::chain::NEGLIGIBLE_UG;
use crate::drug::PlasmaKinetics;
use thecal_units::Millis;
use thecal_units::real::{Concentration, Mass};

/// Epidural space, its fat, central and peripheral compartment.
const STATES: usize = 4;
const CENTRAL: usize = 2;
/// The states, what was eliminated, and the two constant inputs: from the fluid, and directly.
const ALL: usize = STATES + 3;
const ELIMINATED: usize = STATES;

/// Plasma's state.
#[derive(Clone, Copy, Debug)]
pub struct Plasma {
    /// Unit: ug.
    amounts: [f64; STATES],
    eliminated: f64,
    central_ml: f64,
    /// Where each microgram of a state, or of what enters in a step, is after the step: in the
    /// states, then eliminated.
    moved: [[f64; STATES + 2]; STATES + 1],
}

impl Plasma {
    /// Empty plasma with steps of `step`.
    #[must_use]
    pub fn new(kinetics: &PlasmaKinetics, step: Millis) -> Self {
        let all = exponential(kinetics, step.as_hours_f64());
        let mut moved = [[0.0; STATES + 2]; STATES + 1];
        for (to, row) in moved.iter_mut().enumerate().take(STATES) {
            for (from, share) in row.iter_mut().enumerate() {
                // An input's column is for the whole step's amount.
                let from = if from < STATES { from } else { from + 1 };
                *share = all[to][from];
            }
        }
        // Exactly what is left, so that the balance closes to rounding.
        let [a, b, c, d, _] = moved;
        for (from, share) in moved[ELIMINATED].iter_mut().enumerate() {
            *share = 1.0 - (a[from] + b[from] + c[from] + d[from]);
        }
        Self {
            amounts: [0.0; STATES],
            eliminated: 0.0,
            central_ml: kinetics.central_l * 1e3,
            moved,
        }
    }

    /// Advances one step while `lost` leaves the fluid and `absorbed` enters the blood directly.
    pub fn step(&mut self, lost: Mass, absorbed: Mass) {
        let [epidural, fat, central, peripheral] = self.amounts;
        let (lost, absorbed) = (lost.as_micrograms(), absorbed.as_micrograms());
        let after = self.moved.map(|[a, b, c, d, e, f]| {
            (a * epidural + b * fat) + (c * central + d * peripheral) + (e * lost + f * absorbed)
        });
        let [epidural, fat, central, peripheral, eliminated] = after;
        self.amounts = [epidural, fat, central, peripheral];
        self.eliminated += eliminated;
        if epidural + fat + central + peripheral < NEGLIGIBLE_UG {
            self.amounts = [0.0; STATES];
        }
    }

    /// Copies the amounts of `other` and clears the eliminated amount.
    pub(crate) fn take_contents(&mut self, other: &Self) {
        self.amounts = other.amounts;
        self.eliminated = 0.0;
    }

    /// The concentration in the central compartment.
    #[must_use]
    pub fn concentration(&self) -> Concentration {
        Concentration::from_ug_per_ml(self.amounts[CENTRAL].max(0.0) / self.central_ml)
    }

    /// Drug in both compartments and on its way there.
    pub(crate) fn amount(&self) -> Mass {
        Mass::from_micrograms(self.amounts.iter().sum())
    }

    /// Drug eliminated from the body.
    pub(crate) const fn eliminated(&self) -> Mass {
        Mass::from_micrograms(self.eliminated)
    }
}

/// The exponential of the system over a step, by scaling and squaring; an input is spread over it.
///
/// The sum of its series is one of positive terms, since the largest rate is taken out first.
fn exponential(kinetics: &PlasmaKinetics, hours: f64) -> [[f64; ALL]; ALL] {
    const EPIDURAL: usize = 0;
    const FAT: usize = 1;
    const PERIPHERAL: usize = 3;
    const LOST: usize = STATES + 1;
    const ABSORBED: usize = STATES + 2;
    let out = kinetics.clearance_l_per_h / kinetics.central_l;
    let outward = kinetics.exchange_l_per_h / kinetics.central_l;
    let inward = kinetics.exchange_l_per_h / kinetics.peripheral_l;
    let rates = [
        (EPIDURAL, CENTRAL, kinetics.epidural_per_h),
        (FAT, CENTRAL, kinetics.fat_per_h),
        (CENTRAL, ELIMINATED, out),
        (CENTRAL, PERIPHERAL, outward),
        (PERIPHERAL, CENTRAL, inward),
    ];
    let leaving = |from: usize| -> f64 {
        let of = rates.iter().filter(|(at, _, _)| *at == from);
        of.map(|(_, _, rate)| rate).sum()
    };
    let largest = (0..STATES).map(leaving).fold(1e-9, f64::max);
    let mut squarings = 0_u32;
    let mut part = hours;
    while part * largest > 0.25 {
        part /= 2.0;
        squarings += 1;
    }
    // A step of one part: e^(-largest part) times the series of what remains positive.
    let mut positive = [[0.0; ALL]; ALL];
    for (state, row) in positive.iter_mut().enumerate() {
        row[state] = part * (largest - if state < STATES { leaving(state) } else { 0.0 });
    }
    for (from, to, rate) in rates {
        positive[to][from] += part * rate;
    }
    for (to, from, share) in [
        (EPIDURAL, LOST, 1.0 - kinetics.fat_share),
        (FAT, LOST, kinetics.fat_share),
        (CENTRAL, ABSORBED, 1.0),
    ] {
        positive[to][from] += part / hours * share;
    }
    let mut term = identity();
    let mut sum = identity();
    for order in 1..=16 {
        term = product(&term, &positive).map(|row| row.map(|value| value / f64::from(order)));
        for (sum, term) in sum.iter_mut().flatten().zip(term.iter().flatten()) {
            *sum += term;
        }
    }
    let fades = libm::exp(-largest * part);
    let mut all = sum.map(|row| row.map(|value| value * fades));
    for _ in 0..squarings {
        all = product(&all, &all);
    }
    all
}

fn identity() -> [[f64; ALL]; ALL] {
    let mut all = [[0.0; ALL]; ALL];
    for (state, row) in all.iter_mut().enumerate() {
        row[state] = 1.0;
    }
    all
}

fn product(left: &[[f64; ALL]; ALL], right: &[[f64; ALL]; ALL]) -> [[f64; ALL]; ALL] {
    let mut all = [[0.0; ALL]; ALL];
    for (row, left) in all.iter_mut().zip(left) {
        for (scale, right) in left.iter().zip(right) {
            for (cell, value) in row.iter_mut().zip(right) {
                *cell += scale * value;
            }
        }
    }
    all
}
