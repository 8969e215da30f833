//! QMP: queries and commands to a running QEMU, over its socket. Each with a deadline.

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};
use serde_json::{Value, json};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Interval between attempts to connect while QEMU starts.
const CONNECT_PAUSE: Duration = Duration::from_millis(2);

/// Longest line that QEMU may send. Unit: byte.
const LINE_MAX: usize = 64 * 1024;

/// A connection to a running QEMU.
#[derive(Debug)]
pub(super) struct Qmp {
    stream: UnixStream,
    received: Vec<u8>,
    resets: u64,
}

impl Qmp {
    /// Connects to the socket, which may not exist yet.
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
            resets: 0,
        };
        qmp.line(until)?;
        qmp.command(
            "qmp_capabilities",
            until.saturating_duration_since(Instant::now()),
        )?;
        Ok(qmp)
    }

    /// Sends a command without arguments and waits for its result.
    pub(super) fn command(&mut self, name: &str, within: Duration) -> io::Result<Value> {
        self.ask(&json!({ "execute": name }), within)
    }

    /// Sends a line to the human monitor and waits for its answer.
    pub(super) fn monitor(&mut self, line: &str, within: Duration) -> io::Result<String> {
        let answer = self.ask(
            &json!({
                "execute": "human-monitor-command",
                "arguments": { "command-line": line },
            }),
            within,
        )?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the machine has been reset more often than `before` times.
    pub(super) fn await_reset(&mut self, before: u64, within: Duration) -> io::Result<()> {
        let until = Instant::now() + within;
        while self.resets <= before {
            let line = self.line(until)?;
            self.notice(&serde_json::from_slice(&line)?);
        }
        Ok(())
    }

    /// How often the machine has been reset, by any means, as far as known without waiting.
    pub(super) fn resets(&mut self) -> io::Result<u64> {
        let mut piece = [0; 1024];
        loop {
            match recv(self.stream.as_raw_fd(), &mut piece, MsgFlags::MSG_DONTWAIT) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(len) => self.received.extend(piece.iter().take(len)),
                Err(Errno::EAGAIN) => break,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        while let Some(line) = self.whole_line() {
            self.notice(&serde_json::from_slice(&line)?);
        }
        Ok(self.resets)
    }

    fn ask(&mut self, question: &Value, within: Duration) -> io::Result<Value> {
        let until = Instant::now() + within;
        self.stream
            .set_write_timeout(Some(within.max(CONNECT_PAUSE)))?;
        self.stream.write_all(format!("{question}\n").as_bytes())?;
        loop {
            let line = self.line(until)?;
            let mut message: Value = serde_json::from_slice(&line)?;
            if let Some(value) = message.get_mut("return") {
                return Ok(value.take());
            }
            if let Some(error) = message.get("error") {
                return Err(io::Error::other(error.to_string()));
            }
            self.notice(&message);
        }
    }

    fn notice(&mut self, message: &Value) {
        if message.get("event").and_then(Value::as_str) == Some("RESET") {
            self.resets += 1;
        }
    }

    fn whole_line(&mut self) -> Option<Vec<u8>> {
        let end = self.received.iter().position(|&byte| byte == b'\n')?;
        Some(self.received.drain(..=end).collect())
    }

    fn line(&mut self, until: Instant) -> io::Result<Vec<u8>> {
        loop {
            if let Some(line) = self.whole_line() {
                return Ok(line);
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
