//! Serial wire, bit by bit, as a Black Magic Probe's host clocks it: only what connecting needs.
//!
//! A request is eight bits: start (1), access port or debug port, read or write, two of address,
//! parity, stop (0), park (1). The target acknowledges with three bits; then follow 32 bits of data
//! and their parity, from the sender. An invalid request is not answered until the line has been
//! high for 50 bits.

use thecal_bench::virtual_probe::Connection;

/// High bits that reset the line.
const RESET_LEN: u32 = 50;

/// Acknowledgments, first bit lowest.
const OK: u64 = 0b001;
const FAULT: u64 = 0b100;
const SILENCE: u64 = u64::MAX;

/// Bits of data and parity.
const DATA_LEN: u32 = 33;

/// RDBUFF, the last result of an access port.
const READ_BUFFER: u8 = 0xc;

#[derive(Clone, Copy, Debug)]
enum State {
    /// Waiting for a line reset: number of high bits so far.
    Lost(u32),
    /// After a line reset or a transfer: bits of a request, and their number.
    Request(u8, u32),
    /// The target drives the line; data for this register may follow.
    Answer { bits: u64, then: Option<u8> },
    /// Data for a register: the bits and their number.
    Data { register: u8, bits: u64, len: u32 },
}

/// A line and its protocol state.
#[derive(Debug)]
pub(super) struct Wire {
    state: State,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            state: State::Lost(0),
        }
    }
}

/// Bit 7 of a register number: it belongs to an access port.
const ACCESS_PORT: u8 = 0x80;

impl Wire {
    /// The host sends bits, lowest first.
    pub(super) fn send(&mut self, bits: u32, len: u32, connection: &mut Connection) {
        for index in 0..len.min(u32::BITS) {
            let bit = bits >> index & 1 == 1;
            self.state = self.after(bit, connection);
        }
    }

    /// The host reads bits, lowest first.
    pub(super) fn receive(&mut self, len: u32) -> u32 {
        let len = len.min(u32::BITS);
        let mask = (1 << len) - 1;
        let taken = match &mut self.state {
            State::Answer { bits, .. } => {
                let taken = *bits & mask;
                *bits >>= len;
                taken
            }
            _ => SILENCE & mask,
        };
        u32::try_from(taken).unwrap_or_default()
    }

    fn after(&self, bit: bool, connection: &mut Connection) -> State {
        match self.state {
            State::Lost(ones) if bit => State::Lost(ones + 1),
            State::Lost(ones) if ones >= RESET_LEN => State::Request(0, 0),
            State::Lost(_) => State::Lost(0),
            // Idle.
            State::Request(_, 0) if !bit => State::Request(0, 0),
            State::Request(bits, len) => {
                let bits = bits | u8::from(bit) << len;
                if len < 7 {
                    return State::Request(bits, len + 1);
                }
                request(bits, connection)
            }
            State::Answer { then: None, .. } => {
                let idle = Self {
                    state: State::Request(0, 0),
                };
                idle.after(bit, connection)
            }
            State::Answer {
                then: Some(register),
                ..
            } => State::Data {
                register,
                bits: bit.into(),
                len: 1,
            },
            State::Data {
                register,
                bits,
                len,
            } => {
                let bits = bits | u64::from(bit) << len;
                if len + 1 < DATA_LEN {
                    return State::Data {
                        register,
                        bits,
                        len: len + 1,
                    };
                }
                match write(register, bits, connection) {
                    Some(()) => State::Request(0, 0),
                    // Real hardware would answer the next request with a fault; this has the same
                    // result.
                    None => State::Lost(0),
                }
            }
        }
    }
}

fn request(bits: u8, connection: &mut Connection) -> State {
    let body = bits >> 1 & 0xf;
    let parity = bits >> 5 & 1 == 1;
    let framed = bits & 0xc1 == 0x81;
    if !framed || parity != (body.count_ones() % 2 == 1) {
        return State::Lost(if bits == u8::MAX { 8 } else { 0 });
    }
    let port = if body & 1 == 1 { ACCESS_PORT } else { 0 };
    let register = port | body & 0xc;
    if body & 2 == 0 {
        return State::Answer {
            bits: OK,
            then: Some(register),
        };
    }
    let bits = match read(register, connection) {
        Some(value) => OK | u64::from(value) << 3 | u64::from(value.count_ones() % 2) << 35,
        None => FAULT,
    };
    State::Answer { bits, then: None }
}

fn read(register: u8, connection: &mut Connection) -> Option<u32> {
    if register & ACCESS_PORT == 0 {
        return Some(connection.read_dp(register));
    }
    // A read of an access port returns the result of the previous read.
    let before = connection.read_dp(READ_BUFFER);
    connection.read_ap(register & !ACCESS_PORT).ok()?;
    Some(before)
}

fn write(register: u8, bits: u64, connection: &mut Connection) -> Option<()> {
    let value = u32::try_from(bits & u64::from(u32::MAX)).ok()?;
    if value.count_ones() % 2 == 1 && bits >> 32 == 0 {
        return None;
    }
    if register & ACCESS_PORT == 0 {
        connection.write_dp(register, value);
        return Some(());
    }
    connection.write_ap(register & !ACCESS_PORT, value).ok()
}
