//! The wire: bytes to and from a pump, without knowledge of frames.

use std::time::Instant;
use thecal_engine::bench::BenchError;

/// The bytes of one line to a pump.
pub trait Wire {
    /// Its name for the user: a path, an address, a probe.
    fn name(&self) -> &str;

    /// Sends `bytes`.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the wire is gone, or accepts no bytes for too long.
    fn send(&mut self, bytes: &[u8]) -> Result<(), BenchError>;

    /// Waits for bytes until `until`, `expected` of them if they come in time. False: none came.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the wire is gone.
    fn receive(&mut self, until: Instant, expected: usize) -> Result<bool, BenchError>;

    /// The next byte already received.
    fn next_byte(&mut self) -> Option<u8>;

    /// Discards bytes received and not yet read; returns how many had arrived.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the wire is gone.
    fn forget_received(&mut self) -> Result<u64, BenchError>;

    /// Asserts or releases a control line, where the wire has any. False: it has none.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the wire is gone.
    fn set_line(&mut self, _line: ControlLine, _asserted: bool) -> Result<bool, BenchError> {
        Ok(false)
    }
}

/// A control line, by which some boards are reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlLine {
    /// Data terminal ready.
    Dtr,
    /// Request to send.
    Rts,
}

impl<W: Wire + ?Sized> Wire for Box<W> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), BenchError> {
        (**self).send(bytes)
    }

    fn receive(&mut self, until: Instant, expected: usize) -> Result<bool, BenchError> {
        (**self).receive(until, expected)
    }

    fn next_byte(&mut self) -> Option<u8> {
        (**self).next_byte()
    }

    fn forget_received(&mut self) -> Result<u64, BenchError> {
        (**self).forget_received()
    }

    fn set_line(&mut self, line: ControlLine, asserted: bool) -> Result<bool, BenchError> {
        (**self).set_line(line, asserted)
    }
}
