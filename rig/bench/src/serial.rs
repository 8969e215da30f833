//! A serial port as a wire.
//!
//! The port never blocks: each wait is a poll with a deadline. While a frame of known length is
//! awaited, the terminal layer is set to report only when that many bytes are available (VMIN), so
//! that a port which delivers byte by byte wakes the rig once, not forty times.

use super::link::{ControlLine, Deadlines, Link, Wire};
use super::low_latency::{self, LowLatency};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::termios::{SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};
use serialport::{ClearBuffer, SerialPort, TTYPort};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};
use thecal_engine::bench::BenchError;

/// Speed of the line. Unit: bit per second.
pub const BAUD: u32 = 1_000_000;

/// Maximum bytes read at once.
const READ_MAX: usize = 4096;

/// Longest wait for a whole frame; after that each byte is read as it comes, so that a shorter
/// answer or the start of garbage is seen.
const WHOLE_FRAME_WAIT: Duration = Duration::from_millis(20);

/// Longest wait for room to send.
const SEND_WAIT: Duration = Duration::from_millis(500);

/// The bytes of one serial port.
#[derive(Debug)]
pub struct SerialWire {
    port: TTYPort,
    name: String,
    settings: Termios,
    buffer: Box<[u8; READ_MAX]>,
    start: usize,
    end: usize,
    whole_frames: bool,
}

impl SerialWire {
    /// Opens a port exclusively for this process. `baud` in bit per second.
    ///
    /// # Errors
    ///
    /// [`BenchError::OpenPort`].
    pub fn open(path: &str, baud: u32) -> Result<Self, BenchError> {
        let builder = serialport::new(path, baud).exclusive(true);
        let port = TTYPort::open(&builder).map_err(|error| BenchError::OpenPort {
            port: path.to_owned(),
            reason: error.to_string(),
        })?;
        Self::over(port, path)
    }

    /// Uses a port that is already open, such as one end of a pair.
    ///
    /// # Errors
    ///
    /// [`BenchError::OpenPort`] if it cannot be configured.
    pub fn over(port: TTYPort, name: &str) -> Result<Self, BenchError> {
        let settings = prepare(&port).map_err(|errno| BenchError::OpenPort {
            port: name.to_owned(),
            reason: errno.desc().to_owned(),
        })?;
        Ok(Self {
            port,
            name: name.to_owned(),
            settings,
            buffer: Box::new([0; READ_MAX]),
            start: 0,
            end: 0,
            whole_frames: true,
        })
    }

    /// Whether to sleep until a whole frame may be available (the default), or wake at each byte.
    pub(crate) const fn set_whole_frames(&mut self, whole: bool) {
        self.whole_frames = whole;
    }

    /// Asks the driver to pass bytes on as they come.
    pub(crate) fn set_low_latency(&self) -> LowLatency {
        low_latency::set(descriptor(&self.port))
    }

    /// Sets the number of bytes from which the terminal layer reports data.
    fn report_from(&mut self, bytes: usize) -> Result<(), BenchError> {
        let minimum = u8::try_from(bytes.max(1)).unwrap_or(u8::MAX);
        let index = SpecialCharacterIndices::VMIN as usize;
        match self.settings.control_chars.get_mut(index) {
            Some(now) if *now != minimum => *now = minimum,
            _ => return Ok(()),
        }
        tcsetattr(descriptor(&self.port), SetArg::TCSANOW, &self.settings)
            .map_err(|errno| self.closed(errno.into()))
    }

    fn closed(&self, source: io::Error) -> BenchError {
        BenchError::PortClosed {
            port: self.name.clone(),
            source,
        }
    }
}

impl Wire for SerialWire {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), BenchError> {
        let until = Instant::now() + SEND_WAIT;
        let mut rest = bytes;
        while !rest.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // Frames are short: only bytes of another sender fill the line this far.
                return Err(BenchError::Blocked {
                    port: self.name.clone(),
                    waited: SEND_WAIT,
                });
            }
            self.port
                .set_timeout(left)
                .map_err(|error| self.closed(error.into()))?;
            match self.port.write(rest) {
                Ok(sent) => rest = rest.get(sent..).unwrap_or(&[]),
                Err(error) if is_not_ready(&error) => {}
                Err(error) => return Err(self.closed(error)),
            }
        }
        Ok(())
    }

    fn next_byte(&mut self) -> Option<u8> {
        let byte = self.buffer.get(self.start..self.end)?.first().copied()?;
        self.start += 1;
        Some(byte)
    }

    fn receive(&mut self, until: Instant, expected: usize) -> Result<bool, BenchError> {
        let mut expected = if self.whole_frames { expected } else { 1 };
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            self.report_from(expected)?;
            let wait = if expected > 1 {
                left.min(WHOLE_FRAME_WAIT)
            } else {
                left
            };
            self.port
                .set_timeout(wait)
                .map_err(|error| self.closed(error.into()))?;
            match self.port.read(self.buffer.as_mut_slice()) {
                Ok(0) => return Err(self.closed(ErrorKind::UnexpectedEof.into())),
                Ok(len) => {
                    (self.start, self.end) = (0, len);
                    return Ok(true);
                }
                Err(error) if is_not_ready(&error) => expected = 1,
                Err(error) => return Err(self.closed(error)),
            }
        }
    }

    fn forget_received(&mut self) -> Result<u64, BenchError> {
        let waiting = self.port.bytes_to_read().map_err(io::Error::from);
        let waiting = waiting.map_err(|error| self.closed(error))?;
        self.port
            .clear(ClearBuffer::Input)
            .map_err(|error| self.closed(error.into()))?;
        let mut forgotten = u64::from(waiting);
        while self.next_byte().is_some() {
            forgotten += 1;
        }
        Ok(forgotten)
    }

    fn set_line(&mut self, line: ControlLine, asserted: bool) -> Result<bool, BenchError> {
        let set = match line {
            ControlLine::Dtr => self.port.write_data_terminal_ready(asserted),
            ControlLine::Rts => self.port.write_request_to_send(asserted),
        };
        match set {
            Ok(()) => Ok(true),
            Err(error) => Err(self.closed(error.into())),
        }
    }
}

/// The contract over a serial port.
pub type SerialLink = Link<SerialWire>;

impl SerialLink {
    /// Opens a port at [`BAUD`], exclusively for this process.
    ///
    /// # Errors
    ///
    /// [`BenchError::OpenPort`].
    pub fn open(path: &str, deadlines: Deadlines) -> Result<Self, BenchError> {
        Ok(Self::new(SerialWire::open(path, BAUD)?, deadlines))
    }
}

/// Makes reads and writes return at once; returns the port's settings.
fn prepare(port: &TTYPort) -> nix::Result<Termios> {
    let flags = OFlag::from_bits_retain(fcntl(descriptor(port), FcntlArg::F_GETFL)?);
    fcntl(
        descriptor(port),
        FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK),
    )?;
    tcgetattr(descriptor(port))
}

fn is_not_ready(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
    )
}

#[expect(
    unsafe_code,
    reason = "serialport lends its descriptor as a number only"
)]
fn descriptor(port: &TTYPort) -> BorrowedFd<'_> {
    // SAFETY: the port owns this open descriptor and outlives the borrow.
    unsafe { BorrowedFd::borrow_raw(port.as_raw_fd()) }
}
