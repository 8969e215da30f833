//! The owner: who started or powers what stands behind the wire, and knows whether it lives.

use thecal_engine::bench::BenchError;

/// What the owner of a link knows about the core behind it.
#[derive(Debug)]
pub enum Liveness {
    /// The bench broke.
    Dead(BenchError),
    /// The core stopped for good after a fault in a fault handler: the pump hangs until it is
    /// reset. The error is for where a hang is no answer: while it boots.
    LockedUp(BenchError),
    /// The bench is alive and the core runs: silence is the pump's.
    Running,
    /// There is no way to know.
    Unknown,
}

/// Who started or powers what stands behind the wire. A debug probe is owner and wire in one,
/// hence the owner is lent the wire.
pub trait Owner<W: ?Sized> {
    /// Asked when no answer came or the wire broke; answers within a bounded time.
    fn liveness(&mut self, wire: &mut W) -> Liveness;

    /// Resets the core by other means than a frame. False: there are none, a Reset frame is sent.
    ///
    /// # Errors
    ///
    /// [`BenchError`] where there are such means and they failed.
    fn reset(&mut self, _wire: &mut W) -> Result<bool, BenchError> {
        Ok(false)
    }
}

/// Nobody watches the core: a bare board on a cable.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl<W: ?Sized> Owner<W> for Unwatched {
    fn liveness(&mut self, _wire: &mut W) -> Liveness {
        Liveness::Unknown
    }
}
