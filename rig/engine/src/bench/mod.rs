//! Benches: where the pump under test runs. One trait, so that a scenario cannot tell them apart.
//!
//! A bench does three things: it boots the pump and identifies it, it makes exchanges, and when no
//! answer comes it decides whether the pump hangs or the bench failed. No module above this one
//! knows which bench it is.

mod build_id;
mod built_in;
mod error;
mod fork;

pub use build_id::BuildId;
pub use built_in::{Benches, BuiltIn, Opening};
pub use error::BenchError;
pub use fork::NotForkable;

use serde::{Deserialize, Serialize};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_plan::{Changed, Disturbance};

/// Result of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The Reaction is in the caller's buffer.
    Reacted,
    /// No Reaction came although the bench is alive and the core runs: the pump hangs. The run
    /// continues in virtual time, until the watchdog or the end.
    Hung,
}

/// A place where the pump under test runs.
pub trait Bench {
    /// Resets the pump, transfers the memory image, and identifies the pump. Restores power to a
    /// pump that has none; a halted core runs again.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the bench, not the pump, failed.
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError>;

    /// One exchange: sends the pins, receives what the pump does.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the bench, not the pump, failed.
    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError>;

    /// Disturbs the pump by other means than its pins, and verifies the change.
    ///
    /// # Errors
    ///
    /// [`BenchError::Incapable`] if this bench cannot do it; other [`BenchError`] if it can but the
    /// attempt failed.
    fn disturb(&mut self, disturbance: &Disturbance) -> Result<Changed, BenchError> {
        Err(BenchError::Incapable {
            needs: disturbance.needs(),
        })
    }

    /// Leaves the pump in a safe state after a run: reset and unbooted, its motor off.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if it is not certain to be in that state.
    fn make_safe(&mut self) -> Result<(), BenchError> {
        Ok(())
    }

    /// A second bench whose pump is in the same state. The two share nothing from here on: what one
    /// is asked does not affect the other.
    ///
    /// # Errors
    ///
    /// [`NotForkable`] where the pump is outside this process, which is the default.
    fn fork(&self) -> Result<Box<dyn Bench + Send>, NotForkable> {
        Err(NotForkable {
            what: "this bench",
            why: "its pump runs outside this process, where its state cannot be copied; use bench native",
        })
    }

    /// Statistics of the link; never part of a report's body.
    fn statistics(&self) -> LinkStatistics {
        LinkStatistics::default()
    }
}

/// Statistics of a bench's link during a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkStatistics {
    /// Frames resent because no intact answer came in time.
    pub repeated: u64,
    /// Corrupt frames received.
    pub broken: u64,
    /// Intact answers to frames already answered.
    pub stale: u64,
    /// Frames that reached the pump corrupt, as counted by the pump.
    pub unreadable: u64,
    /// Bytes received outside any frame.
    pub garbage_bytes: u64,
    /// Longest exchange. Unit: microsecond of wall time.
    pub slowest_us: u64,
}
