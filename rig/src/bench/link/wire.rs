//! The wire: bytes to and from a pump. Knows nothing of frames.

use crate::bench::BenchError;
use std::time::Instant;

/// The bytes of one line to a pump.
pub trait Wire {
    /// What people call it: a path, an address, a probe.
    fn name(&self) -> &str;

    /// Sends `bytes`.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the wire is gone, or takes no bytes for long.
    fn send(&mut self, bytes: &[u8]) -> Result<(), BenchError>;

    /// Waits for bytes until `until`, `expected` of them if they come in time. False: none came.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the wire is gone.
    fn receive(&mut self, until: Instant, expected: usize) -> Result<bool, BenchError>;

    /// The next byte that has been received already.
    fn next_byte(&mut self) -> Option<u8>;

    /// Forgets what was received and not yet read; gives how many bytes of it had arrived.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the wire is gone.
    fn forget_received(&mut self) -> Result<u64, BenchError>;
}
