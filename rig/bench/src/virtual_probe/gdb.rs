//! QEMU's gdb stub: stops, starts and steps the core, reads its registers, writes its code.
//!
//! No acknowledgment is sent: the stub accepts the next packet as one. The stub's own
//! acknowledgments matter only for packets without answer. While the core runs the stub treats any
//! byte as a request to stop it, so only an interrupt is sent then.

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// Timeout for the answer to a packet.
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// Longest packet that the stub accepts. Unit: byte.
const PACKET_MAX: usize = 4096;

/// Maximum bytes in one write: two digits each, and room for the address.
const WRITE_MAX: usize = (PACKET_MAX - 32) / 2;

/// Must be requested once: otherwise the stub does not know its registers.
const DESCRIPTION: &str = "qXfer:features:read:target.xml:0,ffb";

/// A stop caused by an interrupt.
const INTERRUPT: u8 = 0x03;

/// A connection to the stub.
#[derive(Debug)]
pub(super) struct Gdb {
    stream: UnixStream,
    received: Vec<u8>,
}

impl Gdb {
    /// Connects; the core is stopped from then on.
    pub(super) fn connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_write_timeout(Some(ANSWER_WAIT))?;
        let mut gdb = Self {
            stream,
            received: Vec::new(),
        };
        gdb.ask(DESCRIPTION)?;
        Ok(gdb)
    }

    /// Reads a register by the stub's number; the stub sends little-endian digits.
    pub(super) fn register(&mut self, number: u8) -> io::Result<u64> {
        let digits = self.ask(&format!("p{number:x}"))?;
        let value = u64::from_str_radix(&digits, 16)
            .map_err(|_| io::Error::new(ErrorKind::InvalidData, digits.clone()))?;
        let unused = 64u32.saturating_sub(u32::try_from(digits.len() * 4).unwrap_or(64));
        Ok(value.swap_bytes() >> unused)
    }

    /// Writes a register of 32 bits.
    pub(super) fn set_register(&mut self, number: u8, value: u32) -> io::Result<()> {
        self.order(&format!("P{number:x}={:08x}", value.swap_bytes()))
    }

    /// Writes a register of 64 bits.
    pub(super) fn set_double(&mut self, number: u8, value: u64) -> io::Result<()> {
        self.order(&format!("P{number:x}={:016x}", value.swap_bytes()))
    }

    /// Writes memory, including read-only memory, and discards code translated from it.
    pub(super) fn write(&mut self, address: u32, bytes: &[u8]) -> io::Result<()> {
        let mut at = address;
        for piece in bytes.chunks(WRITE_MAX) {
            let mut packet = format!("M{at:x},{:x}:", piece.len());
            for byte in piece {
                write!(packet, "{byte:02x}").map_err(io::Error::other)?;
            }
            self.order(&packet)?;
            at = at.wrapping_add(u32::try_from(piece.len()).map_err(io::Error::other)?);
        }
        Ok(())
    }

    /// Sets or removes a breakpoint.
    pub(super) fn breakpoint(&mut self, address: u32, set: bool) -> io::Result<()> {
        let order = if set { 'Z' } else { 'z' };
        self.order(&format!("{order}1,{address:x},2"))
    }

    /// Sets whether the next step takes interrupts.
    pub(super) fn set_step_masked(&mut self, masked: bool) -> io::Result<()> {
        // Always: step at all (1), timers stopped (4). Masked: no interrupts (2).
        self.order(if masked {
            "Qqemu.sstep=7"
        } else {
            "Qqemu.sstep=5"
        })
    }

    /// Starts the core. When this returns, QEMU reports it as running.
    pub(super) fn run(&mut self) -> io::Result<()> {
        self.send("c")?;
        let until = Instant::now() + ANSWER_WAIT;
        loop {
            if let Some(taken) = self.received.iter().position(|&byte| byte == b'+') {
                self.received.remove(taken);
                return Ok(());
            }
            self.receive(until)?;
        }
    }

    /// Lets the core run one instruction.
    pub(super) fn step(&mut self) -> io::Result<()> {
        self.send("s")
    }

    /// Requests a stop of a running core.
    pub(super) fn interrupt(&mut self) -> io::Result<()> {
        self.stream.write_all(&[INTERRUPT])
    }

    /// Waits until the core has stopped; false on timeout.
    pub(super) fn await_stop(&mut self, within: Duration) -> io::Result<bool> {
        match self.packet(within) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a running core has stopped by now.
    pub(super) fn has_stopped(&mut self) -> io::Result<bool> {
        if !self.received.is_empty() && self.whole_packet()?.is_some() {
            return Ok(true);
        }
        let mut piece = [0; 64];
        match recv(self.stream.as_raw_fd(), &mut piece, MsgFlags::MSG_DONTWAIT) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(len) => self.received.extend(piece.iter().take(len)),
            Err(Errno::EAGAIN | Errno::EINTR) => return Ok(false),
            Err(errno) => return Err(errno.into()),
        }
        Ok(self.whole_packet()?.is_some())
    }

    fn order(&mut self, packet: &str) -> io::Result<()> {
        let answer = self.ask(packet)?;
        if answer == "OK" {
            return Ok(());
        }
        Err(io::Error::new(
            ErrorKind::InvalidInput,
            format!("{answer:?} to {packet:?}"),
        ))
    }

    fn ask(&mut self, packet: &str) -> io::Result<String> {
        self.send(packet)?;
        self.packet(ANSWER_WAIT)
    }

    fn send(&mut self, packet: &str) -> io::Result<()> {
        self.stream
            .write_all(format!("${packet}#{:02x}", checksum(packet.as_bytes())).as_bytes())
    }

    fn packet(&mut self, within: Duration) -> io::Result<String> {
        let until = Instant::now() + within;
        loop {
            if let Some(packet) = self.whole_packet()? {
                return Ok(packet);
            }
            self.receive(until)?;
        }
    }

    /// Waits for bytes, at most until then.
    fn receive(&mut self, until: Instant) -> io::Result<()> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        let mut piece = [0; PACKET_MAX];
        match self.stream.read(&mut piece) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(len) => {
                self.received.extend(piece.iter().take(len));
                Ok(())
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Removes a packet from the received bytes and returns it without its framing.
    fn whole_packet(&mut self) -> io::Result<Option<String>> {
        let Some(start) = self.received.iter().position(|&byte| byte == b'$') else {
            self.received.clear();
            return Ok(None);
        };
        let Some(end) = self.received.iter().position(|&byte| byte == b'#') else {
            return Ok(None);
        };
        if self.received.len() < end + 3 {
            return Ok(None);
        }
        let frame: Vec<u8> = self.received.drain(..end + 3).collect();
        let (body, sum) = (frame.get(start + 1..end), frame.get(end + 1..));
        match (body, sum) {
            (Some(body), Some(sum)) if sum == format!("{:02x}", checksum(body)).as_bytes() => {
                Ok(Some(String::from_utf8_lossy(body).into_owned()))
            }
            _ => Err(ErrorKind::InvalidData.into()),
        }
    }
}

fn checksum(body: &[u8]) -> u8 {
    body.iter().fold(0, |sum, &byte| sum.wrapping_add(byte))
}
