//! Which scenarios a command is about.

use clap::Args;
use std::path::PathBuf;

/// Which scenarios.
#[derive(Debug, Args)]
pub struct Selection {
    /// Scenario files, or folders of them
    #[arg(default_value = "scenarios")]
    pub paths: Vec<PathBuf>,

    /// Only scenarios whose id contains this
    #[arg(short, long, value_name = "TEXT")]
    pub filter: Option<String>,

    /// Only scenarios that verify this requirement
    #[arg(long, value_name = "ID")]
    pub verifies: Option<String>,
}
