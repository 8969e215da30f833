//! Debug port and memory access port, of Arm's Debug Interface version 5.
//!
//! The registers are the probe's own; only an access to memory takes the target's lock. A fault is
//! answered once and not remembered, as a probe's driver clears it anyway.

use super::machine::Machine;
use super::qtest::Width;
use super::shared::Shared;
use thecal_engine::bench::BenchError;

/// A serial wire debug port, as in the STM32F4.
const DPIDR: u32 = 0x2ba0_1477;

/// Debug port: register addresses.
const DP_CONTROL: u8 = 0x4;
const DP_SELECT: u8 = 0x8;
const DP_READ_BUFFER: u8 = 0xc;

/// CTRL/STAT: a request appears as acknowledged one bit above.
const POWER_REQUESTS: u32 = 1 << 28 | 1 << 30;

/// A Cortex-M4's AHB access port.
const AP_ID: u32 = 0x2477_0011;

/// The ROM table's address, in the format of version 5, present.
const AP_BASE: u32 = super::rom_table::ROM_TABLE | 3;

/// Access port: register addresses.
const AP_CSW: u8 = 0x00;
const AP_TAR: u8 = 0x04;
const AP_DRW: u8 = 0x0c;
const AP_BANKED: std::ops::RangeInclusive<u8> = 0x10..=0x1c;
const AP_BASE_ADDRESS: u8 = 0xf8;
const AP_IDR: u8 = 0xfc;

/// CSW: transactions enabled; address increments after each; writable bits.
const CSW_ENABLED: u32 = 1 << 6;
const CSW_INCREMENT: u32 = 1 << 4;
const CSW_WRITABLE: u32 = 0x7f00_0017;

/// The address increments in its low ten bits only. Unit: byte.
const TAR_WRAP: u32 = 0x400;

/// The registers, as last written by a debugger.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DebugPort {
    select: u32,
    control: u32,
    last_read: u32,
    csw: u32,
    tar: u32,
}

impl DebugPort {
    /// Reads a register of the debug port.
    pub(super) fn read(&self, register: u8) -> u32 {
        match (register & 0xc, self.select & 0xf) {
            (0, _) => DPIDR,
            (DP_CONTROL, 0) => {
                let asked = self.control & POWER_REQUESTS;
                self.control & !(POWER_REQUESTS << 1) | asked << 1
            }
            (DP_SELECT | DP_READ_BUFFER, _) => self.last_read,
            _ => 0,
        }
    }

    /// Writes a register of the debug port.
    pub(super) fn write(&mut self, register: u8, value: u32) {
        match (register & 0xc, self.select & 0xf) {
            (DP_CONTROL, 0) => self.control = value & (POWER_REQUESTS | 0x0000_0f0d),
            (DP_SELECT, _) => self.select = value,
            // ABORT clears errors, none of which is kept.
            _ => {}
        }
    }

    /// The selected bank of the debug port's registers.
    pub(super) const fn selected_dp_bank(&self) -> u32 {
        self.select & 0xf
    }

    /// Reads a register of the selected access port, once per element of the buffer.
    pub(super) fn read_ap(
        &mut self,
        register: u8,
        values: &mut [u32],
        target: &Shared,
    ) -> Result<(), BenchError> {
        match self.selected(register) {
            Some(AP_DRW) => self.read_data(values, &mut target.machine())?,
            Some(banked) if AP_BANKED.contains(&banked) => {
                let address = self.tar & !0xf | u32::from(banked & 0xc);
                for value in &mut *values {
                    *value = read_word(&mut target.machine(), address)?;
                }
            }
            Some(AP_CSW) => values.fill(self.csw | CSW_ENABLED),
            Some(AP_TAR) => values.fill(self.tar),
            Some(AP_BASE_ADDRESS) => values.fill(AP_BASE),
            Some(AP_IDR) => values.fill(AP_ID),
            _ => values.fill(0),
        }
        self.last_read = values.last().copied().unwrap_or(self.last_read);
        Ok(())
    }

    /// Writes each value to a register of the selected access port.
    pub(super) fn write_ap(
        &mut self,
        register: u8,
        values: &[u32],
        target: &Shared,
    ) -> Result<(), BenchError> {
        let last = values.last().copied();
        match self.selected(register) {
            Some(AP_DRW) => self.write_data(values, &mut target.machine())?,
            Some(banked) if AP_BANKED.contains(&banked) => {
                let address = self.tar & !0xf | u32::from(banked & 0xc);
                for value in values {
                    let mut machine = target.machine();
                    machine.bus_write(address, Width::Word, &value.to_le_bytes())?;
                }
            }
            Some(AP_CSW) => {
                self.csw = last.map_or(self.csw, |value| value & CSW_WRITABLE);
            }
            Some(AP_TAR) => self.tar = last.unwrap_or(self.tar),
            _ => {}
        }
        Ok(())
    }

    /// The register's whole address, if the port exists: only port 0 does.
    fn selected(&self, register: u8) -> Option<u8> {
        let bank = u8::try_from(self.select & 0xf0).ok()?;
        (self.select >> 24 == 0).then_some(bank | register & 0xc)
    }

    const fn width(&self) -> Width {
        match self.csw & 7 {
            0 => Width::Byte,
            1 => Width::Half,
            _ => Width::Word,
        }
    }

    fn read_data(&mut self, values: &mut [u32], machine: &mut Machine) -> Result<(), BenchError> {
        let width = self.width();
        let mut buffer = [0; TAR_WRAP as usize];
        let mut rest = values;
        while !rest.is_empty() {
            let count = self.run_len(rest.len(), width);
            let (now, later) = rest.split_at_mut(count);
            let address = self.address(width);
            let len = count * usize::from(width.len());
            let bytes = buffer.get_mut(..len).unwrap_or_default();
            machine.bus_read(address, width, bytes)?;
            spread(bytes, width, address, now);
            self.advance(len);
            rest = later;
        }
        Ok(())
    }

    fn write_data(&mut self, values: &[u32], machine: &mut Machine) -> Result<(), BenchError> {
        let width = self.width();
        let mut buffer = [0; TAR_WRAP as usize];
        let mut rest = values;
        while !rest.is_empty() {
            let count = self.run_len(rest.len(), width);
            let (now, later) = rest.split_at(count);
            let address = self.address(width);
            let len = count * usize::from(width.len());
            let bytes = buffer.get_mut(..len).unwrap_or_default();
            gather(now, width, address, bytes);
            machine.bus_write(address, width, bytes)?;
            self.advance(len);
            rest = later;
        }
        Ok(())
    }

    /// The address of the next access, aligned to it.
    fn address(&self, width: Width) -> u32 {
        self.tar & !(u32::from(width.len()) - 1)
    }

    /// How many accesses are contiguous in memory: up to where the address wraps.
    fn run_len(&self, wanted: usize, width: Width) -> usize {
        if self.csw & CSW_INCREMENT == 0 {
            return 1;
        }
        let left = TAR_WRAP - self.address(width) % TAR_WRAP;
        wanted.min(left as usize / usize::from(width.len()))
    }

    fn advance(&mut self, len: usize) {
        if self.csw & CSW_INCREMENT == 0 {
            return;
        }
        let len = u32::try_from(len).unwrap_or_default();
        let low = self.tar.wrapping_add(len) % TAR_WRAP;
        self.tar = self.tar & !(TAR_WRAP - 1) | low;
    }
}

/// Distributes bytes from memory to the byte lanes of one value per access.
fn spread(bytes: &[u8], width: Width, address: u32, values: &mut [u32]) {
    let pieces = bytes.chunks_exact(width.len().into());
    let mut lane = address;
    for (value, piece) in values.iter_mut().zip(pieces) {
        let mut word = [0; 4];
        for (byte, &from) in word.iter_mut().zip(piece) {
            *byte = from;
        }
        *value = u32::from_le_bytes(word) << (lane % 4 * 8);
        lane = lane.wrapping_add(width.len().into());
    }
}

/// Collects the byte lanes of one value per access into bytes for memory.
fn gather(values: &[u32], width: Width, address: u32, bytes: &mut [u8]) {
    let pieces = bytes.chunks_exact_mut(width.len().into());
    let mut lane = address;
    for (value, piece) in values.iter().zip(pieces) {
        let word = (value >> (lane % 4 * 8)).to_le_bytes();
        for (to, &byte) in piece.iter_mut().zip(&word) {
            *to = byte;
        }
        lane = lane.wrapping_add(width.len().into());
    }
}

fn read_word(machine: &mut Machine, address: u32) -> Result<u32, BenchError> {
    let mut word = [0; 4];
    machine.bus_read(address, Width::Word, &mut word)?;
    Ok(u32::from_le_bytes(word))
}
