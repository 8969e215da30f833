//! A TCP connection as a wire: the bytes of a port server that forwards them unchanged.

use super::link::Wire;
use nix::sys::socket::{setsockopt, sockopt};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};
use thecal_engine::bench::BenchError;

/// Timeout for connecting, for all addresses of the host together.
pub(crate) const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// Longest wait for room to send.
const SEND_WAIT: Duration = Duration::from_millis(500);

/// Maximum bytes read at once.
const READ_MAX: usize = 4096;

/// Time after the last byte until the system probes whether the other end is alive, then again each
/// `PROBE_EVERY_S`, `PROBES` times; also the timeout for sent bytes to be acknowledged.
const IDLE_S: u32 = 2;
const PROBE_EVERY_S: u32 = 1;
const PROBES: u32 = 3;
const UNACKNOWLEDGED_MS: u32 = 5000;

/// The bytes of one TCP connection.
#[derive(Debug)]
pub struct TcpWire {
    stream: TcpStream,
    name: String,
    buffer: Box<[u8; READ_MAX]>,
    start: usize,
    end: usize,
}

impl TcpWire {
    /// Connects to `host:port`; `scheme` is the prefix of its name.
    ///
    /// # Errors
    ///
    /// [`BenchError::PortServer`].
    pub fn connect(scheme: &str, address: &str, within: Duration) -> Result<Self, BenchError> {
        let name = format!("{scheme}://{address}");
        let stream = connect(address, within).and_then(|stream| {
            set_up(&stream)?;
            Ok(stream)
        });
        match stream {
            Ok(stream) => Ok(Self {
                stream,
                name,
                buffer: Box::new([0; READ_MAX]),
                start: 0,
                end: 0,
            }),
            Err(error) => Err(BenchError::PortServer {
                address: name,
                reason: format!(
                    "no connection within {:.1} s ({error}); does the port server run, and is \
                     another user connected?",
                    within.as_secs_f64()
                ),
            }),
        }
    }

    fn closed(&self, source: io::Error) -> BenchError {
        BenchError::PortClosed {
            port: self.name.clone(),
            source,
        }
    }
}

fn connect(address: &str, within: Duration) -> io::Result<TcpStream> {
    let until = Instant::now() + within;
    let mut last = io::Error::from(ErrorKind::NotFound);
    for address in address.to_socket_addrs()? {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Sends small frames at once, and detects a host that vanished.
fn set_up(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(SEND_WAIT))?;
    setsockopt(stream, sockopt::KeepAlive, &true)?;
    setsockopt(stream, sockopt::TcpKeepIdle, &IDLE_S)?;
    setsockopt(stream, sockopt::TcpKeepInterval, &PROBE_EVERY_S)?;
    setsockopt(stream, sockopt::TcpKeepCount, &PROBES)?;
    setsockopt(stream, sockopt::TcpUserTimeout, &UNACKNOWLEDGED_MS)?;
    Ok(())
}

impl Wire for TcpWire {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), BenchError> {
        match self.stream.write_all(bytes) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(BenchError::Blocked {
                port: self.name.clone(),
                waited: SEND_WAIT,
            }),
            Err(error) => Err(self.closed(error)),
        }
    }

    fn receive(&mut self, until: Instant, _expected: usize) -> Result<bool, BenchError> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            self.stream
                .set_read_timeout(Some(left))
                .map_err(|error| self.closed(error))?;
            match self.stream.read(self.buffer.as_mut_slice()) {
                Ok(0) => return Err(self.closed(ErrorKind::UnexpectedEof.into())),
                Ok(len) => {
                    (self.start, self.end) = (0, len);
                    return Ok(true);
                }
                // `TimedOut` does not mean that the wait ended: the host vanished.
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(error) => return Err(self.closed(error)),
            }
        }
    }

    fn next_byte(&mut self) -> Option<u8> {
        let byte = self.buffer.get(self.start..self.end)?.first().copied()?;
        self.start += 1;
        Some(byte)
    }

    fn forget_received(&mut self) -> Result<u64, BenchError> {
        let mut forgotten = 0;
        while self.next_byte().is_some() {
            forgotten += 1;
        }
        self.stream
            .set_nonblocking(true)
            .map_err(|error| self.closed(error))?;
        let drained = drain(&mut self.stream, self.buffer.as_mut_slice());
        self.stream
            .set_nonblocking(false)
            .map_err(|error| self.closed(error))?;
        Ok(forgotten + drained.map_err(|error| self.closed(error))?)
    }
}

/// Reads what has arrived, at most as much as a line can carry meanwhile.
fn drain(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<u64> {
    let mut forgotten = 0;
    while forgotten < super::link::GARBAGE_MAX {
        match stream.read(buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(len) => forgotten += len as u64,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(forgotten)
}
