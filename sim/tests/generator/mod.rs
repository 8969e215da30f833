//! A second implementation of the chain of fluid from its equations, and its exact solution.
//!
//! It uses only the drug's rates from the plant: an oracle that shared the plant's matrix would
//! share its mistakes.

use std::f64::consts::E;
use thecal_sim::csf::CELLS;
use thecal_sim::drug::Kinetics;

/// Cells, cisterna, cranial node.
pub(crate) const NODES: usize = CELLS + 2;
/// Nodes, and the tissue of each cell.
pub(crate) const STATES: usize = NODES + CELLS;
/// Rows of a square matrix.
pub(crate) type Matrix = Vec<Vec<f64>>;

/// The generator of pk.md 1c for the adult, derived independently from the equations: fluid of the
/// cells, cisterna, cranial node, then tissue. Unit: 1/h.
pub(crate) fn generator(kinetics: &Kinetics) -> Matrix {
    let mut rates = vec![vec![0.0; STATES]; STATES];
    let area = |x: f64| match x {
        x if x < 22.0 => 36.0 / 22.0,
        x if x < 47.0 => 38.0 / 25.0,
        _ => 20.0 / 13.0,
    };
    let bernoulli = |z: f64| {
        if z.abs() < 1e-9 {
            1.0
        } else {
            z / (E.powf(z) - 1.0)
        }
    };
    let (production, share, diffusivity, exchange) = (21.0, 0.18, 144.0, 45.0);
    let mut volume: Vec<f64> = (0..60).map(|cell| area(f64::from(cell) + 0.5)).collect();
    volume.extend([25.0, 120.0]);
    let mut below = 0.0;
    let mut transfer = |from: usize, to: Option<usize>, rate: f64| {
        rates[from][from] -= rate;
        if let Some(to) = to {
            rates[to][from] += rate;
        }
    };
    for cell in 0..CELLS {
        below += volume[cell];
        let face = area(f64::from(u32::try_from(cell).expect("60 cells")) + 1.0);
        let peclet = -share * production * below / 94.0 / face / diffusivity;
        transfer(
            cell,
            Some(cell + 1),
            face * diffusivity * bernoulli(-peclet) / volume[cell],
        );
        transfer(
            cell + 1,
            Some(cell),
            face * diffusivity * bernoulli(peclet) / volume[cell + 1],
        );
        transfer(cell, None, share * production / 94.0 + kinetics.loss_per_h);
        transfer(cell, Some(NODES + cell), kinetics.uptake_per_h);
        transfer(NODES + cell, Some(cell), kinetics.release_per_h);
    }
    let up = (1.0 - share) * production;
    transfer(60, Some(61), (exchange + up) / 25.0);
    transfer(61, Some(60), exchange / 120.0);
    transfer(60, None, kinetics.remote_loss_per_h);
    transfer(61, None, kinetics.remote_loss_per_h + up / 120.0);
    rates
}

fn product(left: &Matrix, right: &Matrix) -> Matrix {
    let mut all = vec![vec![0.0; left.len()]; left.len()];
    for (row, left_row) in all.iter_mut().zip(left) {
        for (scale, right_row) in left_row.iter().zip(right) {
            for (cell, value) in row.iter_mut().zip(right_row) {
                *cell += scale * value;
            }
        }
    }
    all
}

/// e^(rates * hours): Taylor series of the scaled matrix, squared back.
pub(crate) fn exponential(rates: &Matrix, hours: f64) -> Matrix {
    let squarings = 14;
    let scale = hours / f64::from(1 << squarings);
    let scaled: Matrix = rates
        .iter()
        .map(|row| row.iter().map(|rate| rate * scale).collect())
        .collect();
    let identity: Matrix = (0..rates.len())
        .map(|row| {
            (0..rates.len())
                .map(|column| f64::from(u8::from(row == column)))
                .collect()
        })
        .collect();
    let (mut sum, mut term) = (identity.clone(), identity);
    for order in 1..=6 {
        term = product(&term, &scaled);
        for (sum_row, term_row) in sum.iter_mut().zip(&mut term) {
            for (sum, term) in sum_row.iter_mut().zip(term_row) {
                *term /= f64::from(order);
                *sum += *term;
            }
        }
    }
    for _ in 0..squarings {
        sum = product(&sum, &sum);
    }
    sum
}
