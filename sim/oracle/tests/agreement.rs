//! The plant's chain agrees with an independent adaptive solver.

use thecal_oracle::{Algebra, Equations, Levels, Case, adaptive, exact, plant, worst_error};
use thecal_sim::Drug;
use thecal_units::Millis;

/// Tighter than any error tested for.
const TIGHT: f64 = 1e-9;

fn solved(case: &Case, drug: Drug) -> (Levels, Levels) {
    let kinetics = drug.kinetics();
    let equations = Equations::new(&kinetics);
    let dense = adaptive(&equations, case, Algebra::Dense, TIGHT).expect("a dense solution");
    let sparse = adaptive(&equations, case, Algebra::Sparse, TIGHT).expect("a sparse solution");
    (dense, sparse)
}

/// diffsol compared with the matrix exponential: the two oracles agree.
#[test]
fn val_diffsol_agrees_with_the_matrix_exponential() {
    for case in [Case::one_bolus(), Case::pump()] {
        let exact = exact(&Drug::Morphine.kinetics(), &case);
        let (dense, sparse) = solved(&case, Drug::Morphine);
        for levels in [dense, sparse] {
            let error = worst_error(&levels, &exact);
            assert!(error < 1e-6, "{error:e}");
        }
    }
}

/// Steps of 60 s within a ten-thousandth of the highest level, and of 6 min within a hundredth.
#[test]
fn val_chain_agrees_with_diffsol() {
    for drug in [Drug::Morphine, Drug::Baclofen] {
        for case in [Case::one_bolus(), Case::pump()] {
            let (solved, _) = solved(&case, drug);
            let error = |secs| {
                let levels = plant(&drug.kinetics(), &case, Millis::from_secs(secs));
                worst_error(&levels, &solved)
            };
            let (coarse, fine) = (error(360), error(60));
            assert!(coarse < 0.01 && fine < 1e-4, "{drug:?}: {coarse} {fine}");
        }
    }
}
