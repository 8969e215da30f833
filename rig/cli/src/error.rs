//! What ends a command early, and with which exit code.

use crate::accuracy_command::AccuracyError;
use crate::exit::ExitCode;
use std::io;
use thecal_bench::inventory::InventoryError;
use thecal_engine::bench::BenchError;
use thecal_exam::ExamError;
use thecal_reference::field_log::LogError;
use thecal_scenario::parameters::ParametersError;
use thecal_scenario::profile::ProfileError;
use thecal_scenario::{DiscoverError, ScenarioError};
use thecal_suite::{NoBoard, OnError};

/// Ends a command early; verdicts are not errors.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum CommandError {
    /// A path contains no scenario.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Discover(#[from] DiscoverError),
    /// All scenario files with mistakes.
    #[error("{} of {of} scenario files cannot be used", files.len())]
    Scenarios {
        /// The mistakes.
        #[related]
        files: Vec<ScenarioError>,
        /// How many files were read.
        of: usize,
    },
    /// A scenario file with mistakes.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Scenario(ScenarioError),
    /// The bench does not start.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// The inventory of boards has mistakes.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Inventory(#[from] InventoryError),
    /// `--on` names something unknown.
    #[error(transparent)]
    #[diagnostic(transparent)]
    On(#[from] OnError),
    /// The boards needed are in use or wedged.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NoBoard(#[from] NoBoard),
    /// A file of parameters has mistakes, or the set is unknown.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Parameters(#[from] ParametersError),
    /// The profile of the pump has mistakes.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Profile(#[from] ProfileError),
    /// A file of an event log has mistakes.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Log(LogError),
    /// The accuracy measurement is not possible.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Accuracy(AccuracyError),
    /// The exam cannot be held.
    #[error(transparent)]
    Exam(#[from] ExamError),
    /// Error of the terminal or the file system.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl CommandError {
    /// The exit code.
    #[must_use]
    pub const fn code(&self) -> ExitCode {
        match self {
            Self::Discover(_)
            | Self::Scenarios { .. }
            | Self::Scenario(_)
            | Self::Inventory(_)
            | Self::On(_)
            | Self::Parameters(_)
            | Self::Profile(_)
            | Self::Log(_)
            | Self::Accuracy(_)
            | Self::Exam(ExamError::Bug { .. } | ExamError::Unusable(_))
            | Self::Io(_) => ExitCode::Usage,
            Self::NoBoard(_) | Self::Bench(_) | Self::Exam(ExamError::Unsound { .. }) => {
                ExitCode::Undecided
            }
        }
    }
}
