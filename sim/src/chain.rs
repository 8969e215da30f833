//! The chain of nodes along the spine: its state, its factorized systems, a step.
//!
//! Terms: nodes are counted from the end of the sac: the cells, cisterna, cranial node. Their number
//! is even, and they are held as *pairs* of the node `i` from below and the node `i` from above, the
//! two *ends*: both are eliminated towards the middle at once, which halves the chain of dependent
//! operations and lets one instruction serve both. See [`csf`](crate::csf) for the equations and
//! [`pole`](crate::pole) for the method.

use crate::anatomy::Rates;
use crate::drug::Kinetics;
use crate::pole::{Lanes, POLES, Poles, WEIGHTS};
use core::ops::Range;

/// Amounts below this are set to zero: far less than a molecule, some 5e-16 ug. Amounts that decay
/// for months would otherwise become denormal numbers, which lose digits and are slow. Unit: ug.
pub(crate) const NEGLIGIBLE_UG: f64 = 1e-30;

/// The chain's state and its factorized systems; `PAIRS` is half the number of nodes.
#[derive(Clone, Debug)]
pub(crate) struct Chain<const PAIRS: usize> {
    /// Unit: ug.
    amount: [Lanes; PAIRS],
    /// In the tissue of each cell; zero for the two other nodes. Unit: ug.
    tissue: [Lanes; PAIRS],
    /// Unit: 1/mL.
    per_volume: [Lanes; PAIRS],
    /// Elimination towards the middle: `y_i = scale_i * right side_i + inward_i * y_outer`.
    scale: Column<PAIRS>,
    inward: Column<PAIRS>,
    /// Substitution away from the middle: `y_i += outward_i * y_inner`.
    outward: Column<PAIRS>,
    /// One over what couples the two nodes in the middle.
    coupling: Poles<Lanes>,
    shares: Shares,
    /// Scratch of a step, the y between elimination and substitution: kept, because an array on the
    /// stack would be cleared at each step.
    eliminated: Column<PAIRS>,
}

/// Numbers for each pair and pole. Each kind is an array of its own: the compiler makes twice as
/// fast a loop of these as of an array of [`Poles`].
#[derive(Clone, Copy, Debug)]
struct Column<const PAIRS: usize> {
    re: [Lanes; PAIRS],
    im: [Lanes; PAIRS],
    real: [Lanes; PAIRS],
}

impl<const PAIRS: usize> Column<PAIRS> {
    const ZERO: Self = Self {
        re: [Lanes([0.0; 2]); PAIRS],
        im: [Lanes([0.0; 2]); PAIRS],
        real: [Lanes([0.0; 2]); PAIRS],
    };

    #[inline(always)]
    const fn get(&self, pair: usize) -> Poles<Lanes> {
        Poles {
            re: self.re[pair],
            im: self.im[pair],
            real: self.real[pair],
        }
    }

    #[inline(always)]
    const fn set(&mut self, pair: usize, value: Poles<Lanes>) {
        self.re[pair] = value.re;
        self.im[pair] = value.im;
        self.real[pair] = value.real;
    }

    const fn set_end(&mut self, pair: usize, end: usize, value: Poles<f64>) {
        self.re[pair].0[end] = value.re;
        self.im[pair].0[end] = value.im;
        self.real[pair].0[end] = value.real;
    }
}

/// Sums over the pairs, and the ends of the chain, after a substitution.
struct Substituted {
    /// The sum of all solutions.
    all: Poles<Lanes>,
    /// What was in all tissue before.
    in_tissue: Lanes,
    /// The solutions of the first pair and the second.
    outermost: [Poles<Lanes>; 2],
}

/// What moves in a step, for each pole.
#[derive(Clone, Copy, Debug)]
struct Shares {
    /// 1/p: what is infused, in the right side; with a node's solution, its mean over the step.
    per_pole: Poles<f64>,
    /// Of tissue, in the right side of its cell.
    returned: Poles<f64>,
    /// Of tissue, in its own solution; of the cell's solution, in that of its tissue.
    kept: Poles<f64>,
    taken: Poles<f64>,
    /// Lost of a mean over a step: of cells, cisterna, cranial node, tissue.
    lost: [f64; 4],
}

impl<const PAIRS: usize> Chain<PAIRS> {
    /// An empty chain that steps by `hours`.
    pub(crate) fn new(rates: &Rates, kinetics: &Kinetics, hours: f64) -> Self {
        let leaving = hours * (kinetics.release_per_h + kinetics.tissue_loss_per_h);
        let tissue = (POLES + Poles::of(leaving)).inverse();
        let uptake = hours * kinetics.uptake_per_h;
        let returned = tissue.times(hours * kinetics.release_per_h);
        let cells = 2 * PAIRS - 2;
        let mut chain = Self {
            amount: [Lanes::default(); PAIRS],
            tissue: [Lanes::default(); PAIRS],
            per_volume: [Lanes::default(); PAIRS],
            scale: Column::ZERO,
            inward: Column::ZERO,
            outward: Column::ZERO,
            coupling: Poles::default(),
            shares: Shares {
                per_pole: POLES.inverse(),
                returned,
                kept: WEIGHTS * tissue,
                taken: tissue.times(uptake),
                lost: [
                    hours * rates.loss[0],
                    hours * rates.loss[cells],
                    hours * rates.loss[cells + 1],
                    hours * kinetics.tissue_loss_per_h,
                ],
            },
            eliminated: Column::ZERO,
        };
        for (node, volume) in rates.volume.iter().enumerate() {
            let (pair, end) = Self::pair_of(node);
            chain.per_volume[pair].0[end] = 1.0 / volume;
        }
        let net_uptake = (Poles::ONE - returned).times(uptake);
        chain.factorize(rates, hours, net_uptake);
        chain
    }

    /// Where a node is held: its pair, and its end.
    const fn pair_of(node: usize) -> (usize, usize) {
        if node < PAIRS {
            (node, 0)
        } else {
            (2 * PAIRS - 1 - node, 1)
        }
    }

    fn factorize(&mut self, rates: &Rates, hours: f64, net_uptake: Poles<f64>) {
        let last = 2 * PAIRS - 1;
        for pair in 0..PAIRS {
            for end in 0..2 {
                let node = if end == 0 { pair } else { last - pair };
                let leaving = rates.up[node] + rates.down[node] + rates.loss[node];
                let mut diagonal = POLES + Poles::of(hours * leaving);
                if node + 1 < last {
                    diagonal = diagonal + net_uptake;
                }
                // Rates from the node outside to this one, and from the node inside.
                let (outside, inside) = if end == 0 {
                    (
                        node.checked_sub(1).map(|below| rates.up[below]),
                        rates.down[node + 1],
                    )
                } else {
                    (
                        (node < last).then(|| rates.down[node + 1]),
                        rates.up[node - 1],
                    )
                };
                let outside = Poles::of(hours * outside.unwrap_or(0.0));
                let before = pair
                    .checked_sub(1)
                    .map(|before| self.outward.get(before).of_end(end));
                let scale = (diagonal - before.unwrap_or_default() * outside).inverse();
                self.scale.set_end(pair, end, scale * WEIGHTS);
                self.inward.set_end(pair, end, scale * outside);
                self.outward.set_end(pair, end, scale.times(hours * inside));
            }
        }
        let [low, high] = [0, 1].map(|end| self.outward.get(PAIRS - 1).of_end(end));
        let coupling = (Poles::ONE - low * high).inverse();
        for end in 0..2 {
            self.coupling.set_end(end, coupling);
        }
    }

    /// Advances one step while `infused` enters each of two nodes; returns what the blood absorbed.
    /// Unit: ug.
    pub(crate) fn step(&mut self, infused: [(usize, f64); 2]) -> f64 {
        self.eliminate(infused);
        let Substituted {
            all,
            in_tissue,
            outermost,
        } = self.substitute();
        // The cranial node and the cisterna, the last two from above, have no tissue.
        let [cranial, cisterna] = outermost.map(|pair| pair.of_end(1));
        for pair in 0..2 {
            self.tissue[pair].0[1] = 0.0;
        }
        let all = all.of_end(0) + all.of_end(1);
        let cells = all - cranial - cisterna;
        let in_tissue = self.shares.kept.times(in_tissue.sum()) + self.shares.taken * cells;
        if all.sum() + in_tissue.sum() < NEGLIGIBLE_UG {
            self.amount = [Lanes::default(); PAIRS];
            self.tissue = [Lanes::default(); PAIRS];
        }
        self.shares.absorbed([cells, cisterna, cranial, in_tissue])
    }

    /// Substitutes away from the middle: amounts after the step, and sums of the solutions.
    ///
    /// Not inlined: next to the scalar arithmetic on its sums the compiler vectorizes over real and
    /// imaginary part instead of over the two ends, and shuffles join the chain of dependent
    /// operations.
    #[inline(never)]
    fn substitute(&mut self) -> Substituted {
        let y = &self.eliminated;
        let middle = y.get(PAIRS - 1);
        let inner = self.outward.get(PAIRS - 1);
        let last = (middle + inner * middle.swapped()) * self.coupling;

        let (kept, taken) = (self.shares.kept.sum(), self.shares.taken);
        let (mut next, mut all, mut in_tissue) = (last, last, self.tissue[PAIRS - 1]);
        let mut inside = last;
        self.amount[PAIRS - 1] = last.sum();
        self.tissue[PAIRS - 1] = in_tissue * kept + last.weighted(&taken);
        for pair in (0..PAIRS - 1).rev() {
            inside = next;
            next = y.get(pair).plus(self.outward.get(pair), next);
            let tissue = self.tissue[pair];
            self.amount[pair] = next.sum();
            self.tissue[pair] = tissue * kept + next.weighted(&taken);
            all = all + next;
            in_tissue = in_tissue + tissue;
        }
        Substituted {
            all,
            in_tissue,
            outermost: [next, inside],
        }
    }

    /// Eliminates towards the middle; what is infused joins the right side of its node on the way.
    #[inline(always)]
    fn eliminate(&mut self, infused: [(usize, f64); 2]) {
        let mut running = Poles::default();
        let [first, second] = infused.map(|(node, dose)| (Self::pair_of(node), dose));
        let inner_first = first.0.0 > second.0.0;
        let mut from = 0;
        for ((pair, end), dose) in if inner_first {
            [second, first]
        } else {
            [first, second]
        } {
            running = self.eliminate_pairs(from..pair + 1, running);
            let scale = self.scale.get(pair).of_end(end);
            let entering = scale * self.shares.per_pole.times(dose);
            running = running + entering.at_end(end);
            self.eliminated.set(pair, running);
            from = pair + 1;
        }
        self.eliminate_pairs(from..PAIRS, running);
    }

    #[inline(always)]
    fn eliminate_pairs(&mut self, pairs: Range<usize>, mut running: Poles<Lanes>) -> Poles<Lanes> {
        let returned = self.shares.returned;
        for pair in pairs {
            let (amount, tissue) = (self.amount[pair], self.tissue[pair]);
            let right_side = Poles {
                re: amount + tissue * returned.re,
                im: tissue * returned.im,
                real: amount + tissue * returned.real,
            };
            let scaled = self.scale.get(pair) * right_side;
            running = scaled.plus(self.inward.get(pair), running);
            self.eliminated.set(pair, running);
        }
        running
    }

    pub(crate) fn amount(&self, node: usize) -> f64 {
        let (pair, end) = Self::pair_of(node);
        self.amount[pair].0[end]
    }

    pub(crate) const fn amount_mut(&mut self, node: usize) -> &mut f64 {
        let (pair, end) = Self::pair_of(node);
        &mut self.amount[pair].0[end]
    }

    pub(crate) fn per_volume(&self, node: usize) -> f64 {
        let (pair, end) = Self::pair_of(node);
        self.per_volume[pair].0[end]
    }

    /// Drug in the tissue. Unit: ug.
    pub(crate) fn in_tissue(&self) -> f64 {
        self.tissue.iter().map(|pair| pair.sum()).sum()
    }

    /// Copies the amounts of `other`.
    pub(crate) fn take_contents(&mut self, other: &Self) {
        self.amount = other.amount;
        self.tissue = other.tissue;
    }
}

impl Shares {
    /// What blood absorbs in a step: of the solutions of the cells, the cisterna, the cranial node
    /// and the tissue, by their means over the step.
    fn absorbed(&self, solutions: [Poles<f64>; 4]) -> f64 {
        let parts = solutions.into_iter().zip(self.lost);
        parts
            .map(|(solution, lost)| lost * (self.per_pole * solution).sum())
            .sum()
    }
}
