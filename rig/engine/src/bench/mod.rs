//! Benches: where the pump under test runs. One trait, so that a scenario cannot tell them apart.
//!
//! A bench answers three questions only: who are you (boot), what do you do now (exchange), and,
//! where no answer came, is it the pump that hangs or the bench that broke. Nothing above this
//! module knows which bench it is.

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

/// What became of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The Reaction is in the caller's buffer.
    Reacted,
    /// No Reaction came although the bench is alive and the core runs: the pump hangs. The run
    /// goes on in virtual time, until the watchdog or the end.
    Hung,
}

/// A place where the pump under test runs.
pub trait Bench {
    /// Resets the pump, hands over the memory image, and learns who answers. It gives power back to
    /// a pump that has none, and lets a halted core go on.
    ///
    /// # Errors
    ///
    /// [`BenchError`] where the bench, not the pump, failed.
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError>;

    /// One exchange: what the pins show, what the pump does.
    ///
    /// # Errors
    ///
    /// [`BenchError`] where the bench, not the pump, failed.
    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError>;

    /// Does something to the pump beyond its pins, and proves it.
    ///
    /// # Errors
    ///
    /// [`BenchError::Incapable`] where this bench has no means for it; other [`BenchError`] where
    /// it has and they failed.
    fn disturb(&mut self, disturbance: &Disturbance) -> Result<Changed, BenchError> {
        Err(BenchError::Incapable {
            needs: disturbance.needs(),
        })
    }

    /// Leaves the pump in a safe state after a run: reset and unbooted, its motor off.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if it is not known to be in one.
    fn make_safe(&mut self) -> Result<(), BenchError> {
        Ok(())
    }

    /// A second bench whose pump is in the same state. From here on the two share nothing: what is
    /// asked of one does not show in the other.
    ///
    /// # Errors
    ///
    /// [`NotForkable`] where the pump is outside this process, which is the default.
    fn fork(&self) -> Result<Box<dyn Bench + Send>, NotForkable> {
        Err(NotForkable {
            what: "this bench",
            why: "its pump runs outside this process, where its state cannot be copied",
        })
    }

    /// How the link fared; never part of a report's body.
    fn statistics(&self) -> LinkStatistics {
        LinkStatistics::default()
    }
}

/// How a bench's link fared during a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkStatistics {
    /// Frames sent again because no whole answer came in time.
    pub repeated: u64,
    /// Frames received that were broken.
    pub broken: u64,
    /// Whole answers to frames that had been answered before.
    pub stale: u64,
    /// Frames that reached the pump broken, by its own word.
    pub unreadable: u64,
    /// Bytes received that belonged to no frame.
    pub garbage_bytes: u64,
    /// Longest exchange. Unit: microsecond of wall time.
    pub slowest_us: u64,
}
