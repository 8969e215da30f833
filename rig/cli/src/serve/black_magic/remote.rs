//! The commands of a Black Magic Probe's remote protocol, version 3, as probe-rs uses it.
//!
//! A command is `!`, letters, hexadecimal digits, `#`; an answer is `&`, a letter, digits, `#`. The
//! values of debug registers are sent with their bytes swapped, except in raw accesses.

use super::wire::Wire;
use std::fmt::Write as _;
use thecal_bench::virtual_probe::Connection;
use thecal_engine::bench::BenchError;

/// Longest command. Unit: byte. The real probe's limit is 1024.
pub(super) const COMMAND_MAX: usize = 4096;

/// Name reported by the probe.
const NAME: &str = "Thecal virtual probe";

/// Protocol version.
const VERSION: u32 = 3;

/// Unit: kilohertz. It has no effect.
const SPEED_KHZ: u32 = 4000;

/// Maximum bytes per read.
const READ_MAX: u32 = 1024;

/// Answer to a failed access: a fault, by the firmware's number.
const FAULT: &str = "&E4#";
const BAD_PARAMETER: &str = "&P1#";
const UNSUPPORTED: &str = "&N0#";

/// The session of one client.
#[derive(Debug)]
pub(super) struct Remote {
    connection: Connection,
    wire: Wire,
}

/// Hexadecimal digits, consumed from the front.
struct Digits<'a>(&'a str);

impl Digits<'_> {
    fn take(&mut self, len: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        u32::from_str_radix(digits, 16).ok()
    }

    fn byte(&mut self) -> Option<u8> {
        u8::try_from(self.take(2)?).ok()
    }
}

/// An answer, or the error that prevents it.
type Answer = Option<Result<String, BenchError>>;

impl Remote {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            wire: Wire::default(),
        }
    }

    /// Answers a command, without its framing.
    pub(super) fn answer(&mut self, command: &str) -> String {
        let Some((kind, rest)) = command.split_at_checked(2) else {
            return UNSUPPORTED.into();
        };
        let mut digits = Digits(rest);
        let answer = match kind {
            "GA" => Some(Ok(format!("&K{NAME}#"))),
            "HC" => value(VERSION),
            "Gf" => value(SPEED_KHZ),
            "GZ" => self.reset_line(rest),
            // Speed, power, clock, voltage, start of serial wire: no effect.
            "GF" | "GP" | "GE" | "GV" | "SS" => value(0),
            "So" => self.send(&mut digits),
            "Si" => digits
                .byte()
                .and_then(|len| value(self.wire.receive(len.into()))),
            "AR" => self.raw(&mut digits),
            "Ad" => self.read_dp(&mut digits),
            "Aa" => self.read_ap(&mut digits),
            "AA" => self.write_ap(&mut digits),
            "Am" => self.read_memory(&mut digits),
            "AM" => self.write_memory(&mut digits),
            _ => return UNSUPPORTED.into(),
        };
        match answer {
            Some(Ok(answer)) => answer,
            Some(Err(_)) => FAULT.into(),
            None => BAD_PARAMETER.into(),
        }
    }

    fn reset_line(&self, hold: &str) -> Answer {
        let done = self.connection.reset_line(hold == "1");
        Some(done.map(|()| "&K0#".into()))
    }

    fn send(&mut self, digits: &mut Digits<'_>) -> Answer {
        let len = digits.byte()?;
        let bits = u32::from_str_radix(digits.0, 16).ok()?;
        self.wire.send(bits, len.into(), &mut self.connection);
        value(0)
    }

    /// A raw access to the debug port: index, read or write, address, value.
    fn raw(&mut self, digits: &mut Digits<'_>) -> Answer {
        let (_, read, register, written) = (
            digits.byte()?,
            digits.byte()?,
            digits.take(4)?,
            digits.take(8)?,
        );
        let register = u8::try_from(register & 0xf).ok()?;
        if read != 0 {
            return value(self.connection.read_dp(register));
        }
        self.connection.write_dp(register, written);
        value(0)
    }

    fn read_dp(&self, digits: &mut Digits<'_>) -> Answer {
        let (_, _, register) = (digits.byte()?, digits.byte()?, digits.take(4)?);
        let register = u8::try_from(register & 0xf).ok()?;
        value(self.connection.read_dp(register).swap_bytes())
    }

    /// Index, access port, and the register's address with bit 8 set.
    fn select(&mut self, digits: &mut Digits<'_>) -> Option<u8> {
        let (_, port, register) = (digits.byte()?, digits.byte()?, digits.take(4)?);
        let register = u8::try_from(register & 0xff).ok()?;
        self.connection.select(port, register);
        Some(register)
    }

    fn read_ap(&mut self, digits: &mut Digits<'_>) -> Answer {
        let register = self.select(digits)?;
        match self.connection.read_ap(register) {
            Ok(read) => value(read.swap_bytes()),
            Err(error) => Some(Err(error)),
        }
    }

    fn write_ap(&mut self, digits: &mut Digits<'_>) -> Answer {
        let register = self.select(digits)?;
        let written = digits.take(8)?.swap_bytes();
        let done = self.connection.write_ap(register, written);
        Some(done.map(|()| "&K0#".into()))
    }

    /// Index, access port, control and status, address, length.
    fn read_memory(&self, digits: &mut Digits<'_>) -> Answer {
        let (_, _, _) = (digits.byte()?, digits.byte()?, digits.take(8)?);
        let (address, len) = (digits.take(8)?, digits.take(8)?);
        if len > READ_MAX {
            return None;
        }
        let mut bytes = vec![0; len as usize];
        if let Err(error) = self.connection.read(address, &mut bytes) {
            return Some(Err(error));
        }
        let mut answer = String::from("&K");
        for byte in bytes {
            write!(answer, "{byte:02x}").ok()?;
        }
        answer.push('#');
        Some(Ok(answer))
    }

    /// Index, access port, control and status, alignment, address, length, bytes.
    fn write_memory(&self, digits: &mut Digits<'_>) -> Answer {
        let (_, _, _) = (digits.byte()?, digits.byte()?, digits.take(8)?);
        let (alignment, address, len) = (digits.byte()?, digits.take(8)?, digits.take(8)?);
        if digits.0.len() != (len as usize).checked_mul(2)? {
            return None;
        }
        let bytes: Option<Vec<u8>> = (0..len).map(|_| digits.byte()).collect();
        let done = self.connection.write(address, alignment, &bytes?);
        Some(done.map(|()| "&K0#".into()))
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one arm of many that may have no answer"
)]
fn value(value: u32) -> Answer {
    Some(Ok(format!("&K{value:x}#")))
}
