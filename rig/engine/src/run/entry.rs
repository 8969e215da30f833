//! A run in one call, from the first boot to the read-out.

use super::history::RunHistory;
use super::hooks::RunHooks;
use super::live::Live;
use super::lockstep::Run;
use super::outcome::{Progress, RunFailure};
use super::recorder::Trace;
use crate::bench::Bench;
use crate::programmer::Programmer;
use std::sync::Arc;
use thecal_plan::Scenario;

/// Runs a scenario on a bench, from the first boot to the read-out.
///
/// # Errors
///
/// [`RunFailure`] where the rig or the bench broke. A pump that misbehaves is in the run.
pub fn run<'a>(
    scenario: &Scenario,
    bench: &mut dyn Bench,
    programmer: Box<dyn Programmer>,
    trace: Option<&'a mut dyn Trace>,
    progress: &'a Progress,
) -> Result<RunHistory, RunFailure> {
    run_live(scenario, bench, programmer, trace, progress, None)
}

/// As [`run`], held against a clock on the wall, with people who act while it runs.
///
/// # Errors
///
/// [`RunFailure`] where the rig or the bench broke. A pump that misbehaves is in the run.
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
