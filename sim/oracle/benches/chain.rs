//! Cost of a simulated day of the chain: the plant's steps of 60 s compared with an adaptive solver
//! at the same error.
//!
//! Prints the errors and the tolerances used first; the ratio of the times is the result.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Instant;
use thecal_oracle::{
    Algebra, Equations, Case, adaptive, exact, plant, tolerance_for, worst_error,
};
use thecal_sim::{Drug, TICK};

/// Times a call as the fastest of `rounds` rounds. Unit: s.
fn fastest(rounds: u32, mut call: impl FnMut()) -> f64 {
    let times = (0..rounds).map(|_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

fn chain(criterion: &mut Criterion) {
    let kinetics = Drug::Morphine.kinetics();
    let equations = Equations::new(&kinetics);
    for (name, case) in [
        ("one bolus", Case::one_bolus()),
        ("a pump's day", Case::pump()),
    ] {
        let exact = exact(&kinetics, &case);
        let error = worst_error(&plant(&kinetics, &case, TICK), &exact);
        let ours = fastest(50, || drop(black_box(plant(&kinetics, &case, TICK))));
        println!(
            "{name}: the plant at 60 s errs by {:.3} %, {:.3} ms",
            error * 100.0,
            ours * 1e3
        );
        criterion.bench_function(&format!("{name}/plant"), |bencher| {
            bencher.iter(|| black_box(plant(&kinetics, &case, TICK)));
        });
        for algebra in [Algebra::Dense, Algebra::Sparse] {
            let rtol =
                tolerance_for(&equations, &case, algebra, &exact, error).expect("a solution");
            let solve = || adaptive(&equations, &case, algebra, rtol).expect("a solution");
            let theirs = fastest(20, || drop(black_box(solve())));
            println!(
                "{name}: diffsol, {algebra:?}, rtol {rtol:.2e} errs by {:.3} %, {:.3} ms: {:.1} x the plant",
                worst_error(&solve(), &exact) * 100.0,
                theirs * 1e3,
                theirs / ours,
            );
            criterion.bench_function(&format!("{name}/diffsol {algebra:?}"), |bencher| {
                bencher.iter(|| black_box(solve()));
            });
        }
    }
}

criterion_group!(benches, chain);
criterion_main!(benches);
