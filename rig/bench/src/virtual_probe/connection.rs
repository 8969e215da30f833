//! A second connector to a target's debug port, for a front end that is not a probe of probe-rs.
//!
//! It has its own debug port registers, so it does not disturb an open probe; both see what it does
//! to the core.

use super::access_port::DebugPort;
use super::qtest::Width;
use super::shared::Shared;
use std::sync::Arc;
use thecal_engine::bench::BenchError;

/// SELECT: the bank of the debug port, which an access to an access port does not change.
const SELECT: u8 = 0x8;

/// A connection to a target's debug port.
#[derive(Debug)]
pub struct Connection {
    target: Arc<Shared>,
    port: DebugPort,
}

impl Connection {
    pub(super) fn new(target: Arc<Shared>) -> Self {
        Self {
            target,
            port: DebugPort::default(),
        }
    }

    /// Reads a register of the debug port, in the bank selected by SELECT.
    #[must_use]
    pub fn read_dp(&self, register: u8) -> u32 {
        self.port.read(register)
    }

    /// Writes a register of the debug port, in the bank selected by SELECT.
    pub fn write_dp(&mut self, register: u8, value: u32) {
        self.port.write(register, value);
    }

    /// Selects an access port and one of its banks.
    pub fn select(&mut self, access_port: u8, register: u8) {
        let bank = self.port.selected_dp_bank();
        let select = u32::from(access_port) << 24 | u32::from(register & 0xf0) | bank;
        self.port.write(SELECT, select);
    }

    /// Reads a register of the access port and bank selected by SELECT.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the target does not answer, or refuses the access.
    pub fn read_ap(&mut self, register: u8) -> Result<u32, BenchError> {
        let mut value = [0];
        self.port.read_ap(register, &mut value, &self.target)?;
        let [value] = value;
        Ok(value)
    }

    /// Writes a register of the access port and bank selected by SELECT.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the target does not answer, or refuses the access.
    pub fn write_ap(&mut self, register: u8, value: u32) -> Result<(), BenchError> {
        self.port.write_ap(register, &[value], &self.target)
    }

    /// Reads memory in the widest accesses that its alignment allows.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the target does not answer, or refuses the access.
    pub fn read(&self, address: u32, bytes: &mut [u8]) -> Result<(), BenchError> {
        let width = if address.is_multiple_of(4) && bytes.len().is_multiple_of(4) {
            Width::Word
        } else if address.is_multiple_of(2) && bytes.len().is_multiple_of(2) {
            Width::Half
        } else {
            Width::Byte
        };
        self.target.machine().bus_read(address, width, bytes)
    }

    /// Writes memory in accesses of 1, 2 or 4 bytes (`log2_width` 0, 1, 2).
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the target does not answer, or refuses the access.
    pub fn write(&self, address: u32, log2_width: u8, bytes: &[u8]) -> Result<(), BenchError> {
        let width = match log2_width {
            0 => Width::Byte,
            1 => Width::Half,
            _ => Width::Word,
        };
        self.target.machine().bus_write(address, width, bytes)
    }

    /// Holds or releases the reset line.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if the target does not answer, or refuses the access.
    pub fn reset_line(&self, hold: bool) -> Result<(), BenchError> {
        let mut machine = self.target.machine();
        if hold {
            return machine.hold_reset();
        }
        machine.release_reset()
    }
}
