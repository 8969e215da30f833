//! The chain of spinal fluid solved three ways: exactly, by the plant, by an adaptive solver.
//!
//! The adaptive solver is diffsol's variable-order BDF on the same equations, used as by someone
//! who does not write solvers: with a dense matrix, and with a sparse one. It gets every setting
//! that is easy for its user: a scaled absolute tolerance, stops where the dose changes.
//!
//! Terms: a *run* (type [`Case`]) is a dosing scenario of one day into cell 12; *looks* are the
//! hours at which levels are compared. The error is the largest difference from the exact level
//! over the whole chain and all looks, relative to the highest level at that look.

#[path = "../../tests/generator/mod.rs"]
mod generator;

use diffsol::{
    DiffsolError, FaerSparseLU, FaerSparseMat, NalgebraLU, NalgebraMat, OdeBuilder,
    OdeSolverMethod as _, OdeSolverStopReason, Vector as _,
};
use generator::{Matrix, NODES, STATES, exponential, generator};
use thecal_sim::csf::{Anatomy, CELLS, Neuraxis};
use thecal_sim::drug::Kinetics;
use thecal_units::Millis;
use thecal_units::real::{Length, Mass};

/// The cell that takes the drug, and its center.
const CELL: usize = 12;
const CENTER: Length = Length::from_centimeters(12.5);

/// A dosing scenario of one day.
#[derive(Clone, Debug)]
pub struct Case {
    /// Given at the start. Unit: ug.
    pub bolus_ug: f64,
    /// Consecutive flows, each with the hour at which it ends. Unit: h, ug/h.
    pub flows: Vec<(f64, f64)>,
    /// When levels are compared. Unit: h.
    pub looks: Vec<f64>,
}

impl Case {
    /// One dose, then nothing: the smoothest scenario.
    #[must_use]
    pub fn one_bolus() -> Self {
        Self {
            bolus_ug: 100.0,
            flows: vec![(24.0, 0.0)],
            looks: vec![1.0, 6.0, 24.0],
        }
    }

    /// 1 mg a day, and four patient boluses of half an hour at ten times the flow.
    #[must_use]
    pub fn pump() -> Self {
        let basal = 1_000.0 / 24.0;
        let mut flows = Vec::new();
        for start in [4.0, 10.0, 16.0, 22.0] {
            flows.push((start, basal));
            flows.push((start + 0.5, 10.0 * basal));
        }
        flows.push((24.0, basal));
        Self {
            bolus_ug: 0.0,
            flows,
            looks: vec![1.0, 6.0, 12.0, 24.0],
        }
    }

    /// The flow just before an hour.
    fn flow_at(&self, hour: f64) -> f64 {
        let flow = self.flows.iter().find(|(until, _)| hour <= *until);
        flow.map_or(0.0, |(_, flow)| *flow)
    }

    /// The hours at which the flow changes or levels are compared.
    fn stops(&self) -> Vec<f64> {
        let changes = self.flows.iter().map(|(until, _)| *until);
        let mut stops: Vec<f64> = changes.chain(self.looks.iter().copied()).collect();
        stops.sort_by(f64::total_cmp);
        stops.dedup();
        stops
    }

    fn is_look(&self, hour: f64) -> bool {
        self.looks.iter().any(|look| (look - hour).abs() < 1e-9)
    }
}

/// The levels of all nodes at each look. Unit: ug/mL.
pub type Levels = Vec<Vec<f64>>;

/// The largest error, relative to the highest level of each look.
#[must_use]
pub fn worst_error(levels: &Levels, exact: &Levels) -> f64 {
    let mut worst: f64 = 0.0;
    for (levels, exact) in levels.iter().zip(exact) {
        let highest = exact.iter().copied().fold(0.0, f64::max);
        for (level, exact) in levels.iter().zip(exact) {
            worst = worst.max((level - exact).abs() / highest);
        }
    }
    worst
}

/// The volumes of the nodes. Unit: mL. Source: pk.md 1c.
fn volumes() -> Vec<f64> {
    let mut volumes = Vec::with_capacity(NODES);
    for cell in 0..CELLS {
        volumes.push(match cell {
            0..22 => 36.0 / 22.0,
            22..47 => 38.0 / 25.0,
            _ => 20.0 / 13.0,
        });
    }
    volumes.extend([25.0, 120.0]);
    volumes
}

fn levels_of(amounts: &[f64]) -> Vec<f64> {
    let pairs = amounts.iter().zip(volumes());
    pairs.map(|(amount, volume)| amount / volume).collect()
}

/// The exact solution: the matrix exponential, with the flow as an additional constant state.
#[must_use]
pub fn exact(kinetics: &Kinetics, case: &Case) -> Levels {
    let rates = generator(kinetics);
    let mut amounts = vec![0.0; STATES];
    amounts[CELL] = case.bolus_ug;
    let (mut levels, mut now) = (Vec::new(), 0.0);
    for stop in case.stops() {
        let mut with_flow: Matrix = rates.clone();
        for (state, row) in with_flow.iter_mut().enumerate() {
            row.push(if state == CELL { 1.0 } else { 0.0 });
        }
        with_flow.push(vec![0.0; STATES + 1]);
        let advance = exponential(&with_flow, stop - now);
        amounts.push(case.flow_at(stop));
        let after = advance.iter().take(STATES);
        amounts = after
            .map(|row| {
                row.iter()
                    .zip(&amounts)
                    .map(|(share, amount)| share * amount)
                    .sum()
            })
            .collect();
        now = stop;
        if case.is_look(stop) {
            levels.push(levels_of(&amounts));
        }
    }
    levels
}

/// The plant's chain with steps of `step`, which must divide every hour of the scenario.
///
/// # Panics
///
/// If the scenario does not fit whole steps.
#[must_use]
pub fn plant(kinetics: &Kinetics, case: &Case, step: Millis) -> Levels {
    let mut fluid = Neuraxis::new(&Anatomy::ADULT, kinetics, step);
    let half = Length::from_centimeters(0.5);
    if case.bolus_ug > 0.0 {
        fluid.inject(Mass::from_micrograms(case.bolus_ug), CENTER, half);
    }
    let hours_a_step = step.as_hours_f64();
    let (mut levels, mut now) = (Vec::new(), 0.0);
    for stop in case.stops() {
        let steps = (stop - now) / hours_a_step;
        assert!(
            (steps - steps.round()).abs() < 1e-6,
            "{steps} steps to {stop} h"
        );
        let dose = Mass::from_micrograms(case.flow_at(stop) * hours_a_step);
        let mut left = steps.round();
        while left > 0.0 {
            fluid.step(dose, CENTER);
            left -= 1.0;
        }
        now = stop;
        if case.is_look(stop) {
            levels.push(levels_in(&fluid));
        }
    }
    levels
}

fn levels_in(fluid: &Neuraxis) -> Vec<f64> {
    let mut levels: Vec<f64> = (0..60_u32)
        .map(|cell| {
            let center = Length::from_centimeters(f64::from(cell) + 0.5);
            fluid.concentration(center).as_ug_per_ml()
        })
        .collect();
    levels.push(fluid.cisterna().as_ug_per_ml());
    levels.push(fluid.in_cranial().as_micrograms() / 120.0);
    levels
}

/// Matrix storage of the adaptive solver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algebra {
    /// Dense, with nalgebra.
    Dense,
    /// Sparse, with faer.
    Sparse,
}

/// The right side, row by row: the input states of each row, with their rates.
#[derive(Clone, Debug)]
pub struct Equations {
    rows: Vec<Vec<(usize, f64)>>,
}

impl Equations {
    /// For a drug.
    #[must_use]
    pub fn new(kinetics: &Kinetics) -> Self {
        let row = |row: &Vec<f64>| {
            let rates = row.iter().copied().enumerate();
            rates.filter(|(_, rate)| rate.abs() > 0.0).collect()
        };
        Self {
            rows: generator(kinetics).iter().map(row).collect(),
        }
    }

    fn apply(&self, amounts: &[f64], change: &mut [f64]) {
        for (change, row) in change.iter_mut().zip(&self.rows) {
            *change = row.iter().map(|(state, rate)| rate * amounts[*state]).sum();
        }
    }
}

/// Solves a scenario with one kind of matrix; the kinds share no short trait.
macro_rules! solve {
    ($matrix:ty, $solver:ty, $equations:expr, $case:expr, $rtol:expr) => {{
        let (equations, case): (&Equations, &Case) = ($equations, $case);
        let problem = OdeBuilder::<$matrix>::new()
            .rtol($rtol)
            .atol([$rtol])
            .rhs_implicit(
                |amounts, _, hour, change| {
                    equations.apply(amounts, change);
                    change[CELL] += case.flow_at(hour);
                },
                |_, _, _, vector, product| equations.apply(vector, product),
            )
            .init(
                |_, _, amounts| {
                    amounts.fill(0.0);
                    amounts[CELL] = case.bolus_ug;
                },
                STATES,
            )
            .build()?;
        let mut solver = problem.bdf::<$solver>()?;
        let mut levels = Vec::new();
        for stop in case.stops() {
            solver.set_stop_time(stop)?;
            while !matches!(solver.step()?, OdeSolverStopReason::TstopReached) {}
            if case.is_look(stop) {
                levels.push(levels_of(&solver.state().y.clone_as_vec()[..NODES]));
            }
        }
        Ok(levels)
    }};
}

/// diffsol's BDF at a relative tolerance; the absolute tolerance is that share of a microgram, the
/// scale of a cell's content.
///
/// # Errors
///
/// Errors of diffsol.
pub fn adaptive(
    equations: &Equations,
    case: &Case,
    algebra: Algebra,
    rtol: f64,
) -> Result<Levels, DiffsolError> {
    match algebra {
        Algebra::Dense => solve!(NalgebraMat<f64>, NalgebraLU<f64>, equations, case, rtol),
        Algebra::Sparse => solve!(
            FaerSparseMat<f64>,
            FaerSparseLU<f64>,
            equations,
            case,
            rtol
        ),
    }
}

/// The loosest tolerance, in powers of the root of two, at which the error is at most `error`.
///
/// # Errors
///
/// Errors of diffsol.
pub fn tolerance_for(
    equations: &Equations,
    case: &Case,
    algebra: Algebra,
    exact: &Levels,
    error: f64,
) -> Result<f64, DiffsolError> {
    let mut rtol = 0.1;
    while worst_error(&adaptive(equations, case, algebra, rtol)?, exact) > error {
        rtol /= std::f64::consts::SQRT_2;
    }
    Ok(rtol)
}
