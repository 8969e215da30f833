//! A run in one call, from the first boot to the read-out.

use super::history::RunHistory;
use super::hooks::RunHooks;
use super::live::Live;
use super::outcome::{Progress, RunFailure};
use super::shown::Trace;
use super::state::Run;
use crate::bench::Bench;
use crate::programmer::Programmer;
use std::sync::Arc;
use thecal_plan::Scenario;

/// Runs a scenario on a bench, from the first boot to the read-out.
///
/// # Errors
///
/// [`RunFailure`] if the rig or the bench failed. A pump that misbehaves is not an error; the
/// record shows it.
pub fn run<'a>(
    scenario: &Scenario,
    bench: &mut dyn Bench,
    programmer: Box<dyn Programmer>,
    trace: Option<&'a mut dyn Trace>,
    progress: &'a Progress,
) -> Result<RunHistory, RunFailure> {
    run_live(scenario, bench, programmer, trace, progress, None)
}

/// As [`run`], paced by wall time, with people who act while it runs.
///
/// # Errors
///
/// [`RunFailure`] if the rig or the bench failed. A pump that misbehaves is not an error; the
/// record shows it.
pub fn run_live<'a>(
    scenario: &Scenario,
    bench: &mut dyn Bench,
    programmer: Box<dyn Programmer>,
    trace: Option<&'a mut dyn Trace>,
    progress: &'a Progress,
    live: Option<&'a mut dyn Live>,
) -> Result<RunHistory, RunFailure> {
    let mut hooks = RunHooks {
        trace,
        progress: Some(progress),
        live,
        effects: None,
    };
    run_with(scenario, bench, programmer, &mut hooks)
}

/// As [`run`], with any observers.
pub(super) fn run_with(
    scenario: &Scenario,
    bench: &mut dyn Bench,
    programmer: Box<dyn Programmer>,
    hooks: &mut RunHooks<'_>,
) -> Result<RunHistory, RunFailure> {
    let scenario = Arc::new(scenario.clone());
    Run::start(scenario, programmer, bench, hooks)?.finish(bench, hooks)
}
