//! Cost of a simulated day of the chain: the plant's steps of 60 s compared with an adaptive solver.
//!
//! The plant's own error is near the rounding of the exact solution, where the adaptive solver fails.
//! So it is given tolerances at which it errs by a stated amount at most. Prints errors, tolerances
//! and times; the ratio of the times is the result.

use std::hint::black_box;
use std::time::Instant;
use thecal_oracle::{Algebra, Case, Equations, adaptive, exact, plant, tolerance_for, worst_error};
use thecal_sim::{Drug, TICK};

/// The most by which the adaptive solver may err, relative to the highest level.
const ERRORS: [f64; 2] = [1e-3, 1e-6];

/// Times a call as the fastest of `rounds` rounds. Unit: s.
fn fastest(rounds: u32, mut call: impl FnMut()) -> f64 {
    let times = (0..rounds).map(|_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

fn main() {
    let kinetics = Drug::Morphine.kinetics();
    let equations = Equations::new(&kinetics);
    for (name, case) in [
        ("one bolus", Case::one_bolus()),
        ("a pump's day", Case::pump()),
    ] {
        let exact = exact(&kinetics, &case);
        let error = worst_error(&plant(&kinetics, &case, TICK), &exact);
        let ours = fastest(200, || drop(black_box(plant(&kinetics, &case, TICK))));
        println!(
            "{name}: the plant at 60 s errs by {error:.1e}, {:.3} ms",
            ours * 1e3
        );
        for algebra in [Algebra::Sparse, Algebra::Dense] {
            for most in ERRORS {
                let rtol =
                    tolerance_for(&equations, &case, algebra, &exact, most).expect("a solution");
                let solve = || adaptive(&equations, &case, algebra, rtol).expect("a solution");
                let error = worst_error(&solve(), &exact);
                let theirs = fastest(20, || drop(black_box(solve())));
                println!(
                    "{name}: diffsol, {algebra:?}, rtol {rtol:.1e} errs by {error:.1e}, {:.3} ms: {:.1} x the plant",
                    theirs * 1e3,
                    theirs / ours,
                );
            }
        }
    }
}
