//! Bench `native`: the firmware library in this process. Needs nothing but cargo.
//!
//! A pump that hangs would hang the rig with it. So the run is watched from another thread
//! ([`crate::suite`]): a run is a function of commit, scenario and seed, hence the hanging
//! exchange has a number, and the run is told again with [`Native::hang_at`] naming it.

use super::{Bench, BenchError, Exchange};
use thecal_firmware::Pump;
use thecal_link::endpoint::Program;
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};

/// The firmware library in this process.
pub struct Native {
    pump: Box<Pump>,
    exchanges: u64,
    hang_at: Vec<u64>,
}

impl Native {
    /// A new pump.
    #[must_use]
    pub fn new() -> Self {
        Self {
            pump: fresh_pump(),
            exchanges: 0,
            hang_at: Vec::new(),
        }
    }

    /// A new pump that is known to hang in these exchanges (counted from 1).
    #[must_use]
    pub fn hang_at(exchanges: Vec<u64>) -> Self {
        Self {
            hang_at: exchanges,
            ..Self::new()
        }
    }
}

impl Default for Native {
    fn default() -> Self {
        Self::new()
    }
}

fn fresh_pump() -> Box<Pump> {
    Box::new(Pump::new([0; 20], "native"))
}

impl Bench for Native {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.pump = fresh_pump();
        Ok(self.pump.boot(boot, nvm))
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        self.exchanges += 1;
        if self.hang_at.contains(&self.exchanges) {
            return Ok(Exchange::Hung);
        }
        self.pump.react(stimulus, reaction);
        Ok(Exchange::Reacted)
    }
}
