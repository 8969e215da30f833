//! The owner of a link starts or powers the pump behind the wire, and knows whether it is alive.

use std::time::Duration;
use thecal_engine::bench::BenchError;

/// What the owner of a link knows about the core.
#[derive(Debug)]
pub enum Liveness {
    /// The bench failed.
    Dead(BenchError),
    /// The core locked up after a fault in a fault handler: the pump hangs until it is reset. The
    /// error is used during boot, where a hang is not an answer.
    LockedUp(BenchError),
    /// The bench is alive and the core runs: the pump is silent.
    Running,
    /// The state cannot be determined.
    Unknown,
}

/// Starts or powers the pump behind the wire. A debug probe is owner and wire in one, so the owner
/// borrows the wire.
pub trait Owner<W: ?Sized> {
    /// Called if no answer came or the wire failed; returns within a bounded time.
    fn liveness(&mut self, wire: &mut W) -> Liveness;

    /// Where a debugger may halt the core, waits while it does, and returns for how long the core
    /// was halted since the last call: that time counts for no deadline. Called before each frame.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if it waits no longer.
    fn wait_while_halted(&mut self, _wire: &mut W) -> Result<Duration, BenchError> {
        Ok(Duration::ZERO)
    }

    /// Resets the core by other means than a frame. False: there are none, a Reset frame is sent.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if there are such means and they failed.
    fn reset(&mut self, _wire: &mut W) -> Result<bool, BenchError> {
        Ok(false)
    }
}

/// The core is not watched: a board on a wire without a probe.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl<W: ?Sized> Owner<W> for Unwatched {
    fn liveness(&mut self, _wire: &mut W) -> Liveness {
        Liveness::Unknown
    }
}
