//! Which pump is under test.

use crate::registry::{pump_of, pumps};
use clap::Args;
use std::path::PathBuf;
use thecal_engine::pumps::Pumps;
use thecal_scenario::profile::ProfileError;

/// Which pump is under test.
#[derive(Debug, Args)]
pub struct PumpArgs {
    /// The profile of the pump under test, such as pumps/pump-in-c.toml [default: by what it says at boot]
    #[arg(long, value_name = "FILE")]
    pub pump: Option<PathBuf>,
}

impl PumpArgs {
    /// The pumps that may be under test.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] if the file is not a profile.
    pub(crate) fn pumps(&self) -> Result<Pumps, ProfileError> {
        self.pump.as_deref().map_or_else(|| Ok(pumps()), pump_of)
    }
}
