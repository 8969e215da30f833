//! QMP: questions and orders to a running QEMU, over its socket. Each with a deadline.

use serde_json::Value;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Between two tries to connect while QEMU starts.
const CONNECT_PAUSE: Duration = Duration::from_millis(2);

/// Longest line that QEMU may send. Unit: byte.
const LINE_MAX: usize = 64 * 1024;

/// A connection to a running QEMU.
#[derive(Debug)]
pub(super) struct Qmp {
    stream: UnixStream,
    received: Vec<u8>,
}

impl Qmp {
    /// Connects to the socket, which may not be there yet.
    pub(super) fn connect(socket: &Path, within: Duration) -> io::Result<Self> {
        let until = Instant::now() + within;
        let stream = loop {
            match UnixStream::connect(socket) {
                Ok(stream) => break stream,
                Err(error) if Instant::now() >= until => return Err(error),
                Err(_) => thread::sleep(CONNECT_PAUSE),
            }
        };
        let mut qmp = Self {
            stream,
            received: Vec::new(),
        };
        qmp.line(until)?;
        qmp.command(
            "qmp_capabilities",
            until.saturating_duration_since(Instant::now()),
        )?;
        Ok(qmp)
    }

    /// Gives one command without arguments and awaits what it returns.
    pub(super) fn command(&mut self, name: &str, within: Duration) -> io::Result<Value> {
        let until = Instant::now() + within;
        self.stream
            .set_write_timeout(Some(within.max(CONNECT_PAUSE)))?;
        self.stream
            .write_all(format!("{{\"execute\":\"{name}\"}}\n").as_bytes())?;
        loop {
            let line = self.line(until)?;
            let mut message: Value = serde_json::from_slice(&line)?;
            if let Some(value) = message.get_mut("return") {
                return Ok(value.take());
            }
            if let Some(error) = message.get("error") {
                return Err(io::Error::other(error.to_string()));
            }
        }
    }

    fn line(&mut self, until: Instant) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.received.iter().position(|&byte| byte == b'\n') {
                return Ok(self.received.drain(..=end).collect());
            }
            if self.received.len() > LINE_MAX {
                return Err(ErrorKind::InvalidData.into());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
            let mut piece = [0; 1024];
            match self.stream.read(&mut piece) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(len) => self.received.extend(piece.iter().take(len)),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
