//! Scenarios that are run again with an overlay, and the undisturbed run that they are compared with.

use std::sync::{Arc, OnceLock};
use thecal_engine::run::RunHistory;
use thecal_overlay::{Disturbed, Kind, disturb};
use thecal_plan::Scenario;

/// What disturbs a scenario.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// By what.
    pub kind: Kind,
    /// The seed that chooses when and how.
    pub seed: u64,
    /// The run without it, once one of the overlays of a scenario has needed it.
    undisturbed: Arc<OnceLock<Result<RunHistory, Missing>>>,
}

/// Why there is no undisturbed run.
#[derive(Clone, Debug)]
pub(super) enum Missing {
    /// The pump cannot do what the scenario needs: what that is.
    Unable(String),
    /// It did not reach its end.
    Broken,
}

impl Overlay {
    /// One of the overlays of a scenario, which share its undisturbed run.
    pub(super) const fn new(
        kind: Kind,
        seed: u64,
        undisturbed: Arc<OnceLock<Result<RunHistory, Missing>>>,
    ) -> Self {
        Self {
            kind,
            seed,
            undisturbed,
        }
    }

    /// The run without the overlay; `run` makes it if none has been made yet.
    pub(super) fn undisturbed(
        &self,
        run: impl FnOnce() -> Result<RunHistory, Missing>,
    ) -> Result<&RunHistory, &Missing> {
        self.undisturbed.get_or_init(run).as_ref()
    }

    /// The scenario with it; `None` where it means nothing to this scenario.
    pub(super) fn disturb(
        &self,
        scenario: &Scenario,
        undisturbed: &RunHistory,
    ) -> Option<Disturbed> {
        disturb(scenario, undisturbed, self.kind, self.seed)
    }
}
