//! Progress of a run, and how it can fail: by the rig or the bench, never by the pump.

use crate::bench::BenchError;
use crate::programmer::ProgrammerError;
use std::sync::atomic::{AtomicBool, AtomicU64};
use thecal_units::SimTime;

/// Progress of a run; written by the run, read by whoever watches it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Simulated time. Unit: millisecond.
    pub sim_millis: AtomicU64,
    /// Exchanges begun.
    pub exchanges: AtomicU64,
    /// Whether one is under way.
    pub in_exchange: AtomicBool,
    /// Set from outside: end the run at the next instant.
    pub cancelled: AtomicBool,
}

/// Why a run has no record: the rig or the bench failed, never the pump.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The bench failed.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// The plant could not be set up.
    #[error("the plant cannot be set up: {0}")]
    Plant(#[from] thecal_sim::ConfigError),
    /// The plant lost or created drug: a bug in the rig.
    #[error("the plant's mass balance is off by {relative:e} (limit 1e-9): a bug in the rig")]
    MassBalance {
        /// Relative error.
        relative: f64,
    },
    /// The scenario fills in more than the reservoir holds.
    #[error(
        "this refill would put {filled_ml:.3} mL into a reservoir of {capacity_ml} mL: draw out \
         more before, or fill in less"
    )]
    Overfilled {
        /// The volume it would hold. Unit: mL.
        filled_ml: f64,
        /// Its capacity. Unit: mL.
        capacity_ml: f64,
    },
    /// A memory write of the pump lies outside the memory.
    #[error("the pump's memory write was refused: {0}")]
    Nvm(#[from] thecal_sim::NvmOutOfBounds),
    /// The people's instruments failed.
    #[error(transparent)]
    Programmer(ProgrammerError),
    /// An act from outside for an instant that the run has already passed.
    #[error("an act at {at} comes too late: the run is at {now}; act at that instant or later")]
    PastAct {
        /// When it should have happened.
        at: SimTime,
        /// Where the run is.
        now: SimTime,
    },
    /// The rig contradicts itself: a bug in the rig, not a finding about the pump.
    #[error("the rig contradicts itself: {what}; this is a bug in the rig, please report it")]
    Inconsistent {
        /// How.
        what: String,
    },
    /// The run was cancelled.
    #[error("interrupted")]
    Cancelled,
}

impl RunError {
    /// An inconsistency: a panic in tests, an error of the run elsewhere.
    #[track_caller]
    pub(super) fn inconsistent(what: impl Into<String>) -> Self {
        let what = what.into();
        debug_assert!(false, "the rig contradicts itself: {what}");
        Self::Inconsistent { what }
    }

    /// As [`Self::inconsistent`]: nothing has this index.
    #[track_caller]
    pub(super) fn missing(what: &'static str, index: usize) -> Self {
        Self::inconsistent(format!("{what} number {index} does not exist"))
    }
}

/// A run that failed, and when.
#[derive(Debug, thiserror::Error)]
#[error("at {at} simulated{}: {error}", after.map_or_else(String::new, |fault| format!(", after a {fault}")))]
pub struct RunFailure {
    /// Simulated time.
    pub at: SimTime,
    /// Exchanges made before.
    pub exchanges: u64,
    /// The fault that had corrupted the core: it may be the cause, so the board is not to blame.
    pub after: Option<&'static str>,
    /// Cause.
    pub error: Box<RunError>,
}
