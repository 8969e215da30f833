//! One attempt of a run: what it lacks, the run itself with its rows, and how it broke off.

use super::bench_kind::BenchKind;
use super::files::RunFolder;
use super::rows::{RowFiles, WholeRows};
use super::watch::{self, Broken, Watched};
use std::sync::Arc;
use thecal_engine::pumps::Pumps;
use thecal_engine::run::{Progress, RunError, RunFailure};
use thecal_plan::Scenario;
use thecal_report::Attempt;

/// What a scenario needs that the bench lacks, or the pump, if it is known before it boots.
pub(super) fn lacking(scenario: &Scenario, bench: &BenchKind, pumps: &Pumps) -> Option<String> {
    let able = bench.capabilities();
    let of_bench = scenario.needs.iter().find(|need| !able.contains(need));
    let of_bench = of_bench.map(|capability| {
        let (name, bench) = (capability.name(), bench.name());
        format!("needs {name:?}, which bench {bench} does not have")
    });
    of_bench.or_else(|| pumps.lacks(scenario))
}

/// Runs it and streams its rows to files, complete if it reached its end.
pub(super) fn attempt(
    scenario: &Arc<Scenario>,
    bench: &BenchKind,
    pumps: &Pumps,
    folder: Option<&RunFolder<'_>>,
    core: Option<usize>,
    progress: &Arc<Progress>,
) -> Result<Watched<WholeRows>, Broken> {
    let open = || folder.map_or(Ok(None), RunFolder::open_rows);
    let watched = watch::run(scenario, bench, core, pumps, progress, open)?;
    // The rows of a failed run are dropped, and their files with them.
    let complete = |rows: Option<RowFiles>| rows.map(RowFiles::complete).transpose();
    let trace = match &watched.outcome {
        Ok(_) => complete(watched.trace)
            .map_err(|error| Broken::rig(format!("cannot write the trace: {error}")))?,
        Err(_) => None,
    };
    Ok(Watched {
        outcome: watched.outcome,
        trace,
        link: watched.link,
        firmware: watched.firmware,
        profile: watched.profile,
        not_safe: watched.not_safe,
    })
}

/// Notes that the run failed or was interrupted.
pub(super) fn break_off(attempt: &mut Attempt, failure: &RunFailure) {
    attempt.reached_ms = failure.at.as_millis();
    attempt.exchanges = failure.exchanges;
    attempt.interrupted = matches!(*failure.error, RunError::Cancelled);
    attempt.error = Some(failure.to_string());
    if let RunError::Bench(error) = failure.error.as_ref() {
        // After a fault that corrupted the core the board is not to blame.
        attempt.bench_broke = error.blames_the_board() && failure.after.is_none();
    }
}
