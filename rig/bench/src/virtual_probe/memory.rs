//! Reads and writes by address, by the fastest method for each region.

use super::condition::Condition;
use super::machine::Machine;
use super::memory_map::{Region, region};
use super::qtest::Width;
use thecal_engine::bench::BenchError;

impl Machine {
    /// Reads as the debug port does: in accesses of one width, which only peripherals notice.
    pub(super) fn bus_read(
        &mut self,
        address: u32,
        width: Width,
        bytes: &mut [u8],
    ) -> Result<(), BenchError> {
        match region(address, bytes.len()) {
            Region::Ram(offset) => {
                let read = self.ram()?.read(offset, bytes);
                self.settle("a read of RAM", read)
            }
            Region::Flash(offset) => {
                let read = self.board()?.flash.read(offset, bytes);
                self.settle("a read of flash", read)
            }
            Region::Peripheral => each(address, width, bytes, |address, piece| {
                let value = match self.flash_controller.read(address) {
                    Some(value) => value,
                    None => {
                        let value = self.board()?.qtest.read(address, width);
                        self.settle("a read of a peripheral", value)?
                    }
                };
                put(value, piece);
                Ok(())
            }),
            Region::Private => each(address, width, bytes, |address, piece| {
                put(self.private_read(address, width)?, piece);
                Ok(())
            }),
            Region::Nothing => Err(nothing(address, bytes.len())),
        }
    }

    /// Writes as the debug port does. Flash accepts a write only as its controller allows.
    pub(super) fn bus_write(
        &mut self,
        address: u32,
        width: Width,
        bytes: &[u8],
    ) -> Result<(), BenchError> {
        match region(address, bytes.len()) {
            Region::Ram(offset) => self.write_ram(offset, address, bytes),
            Region::Flash(offset) => self.program_flash(offset, bytes),
            Region::Peripheral => {
                let mut at = address;
                for piece in bytes.chunks(width.len().into()) {
                    let value = take(piece);
                    if !self.write_flash_controller(at, value)? {
                        let written = self.board()?.qtest.write(at, width, value);
                        self.settle("a write of a peripheral", written)?;
                    }
                    at = at.wrapping_add(width.len().into());
                }
                Ok(())
            }
            Region::Private => {
                let mut at = address;
                for piece in bytes.chunks(width.len().into()) {
                    self.private_write(at, width, take(piece))?;
                    at = at.wrapping_add(width.len().into());
                }
                Ok(())
            }
            Region::Nothing => Err(nothing(address, bytes.len())),
        }
    }

    /// Reads any range, in words where it is aligned.
    pub(super) fn read_memory(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), BenchError> {
        self.bus_read(address, widest(address, bytes.len()), bytes)
    }

    /// Writes any range, in words where it is aligned. Flash is changed directly: any bit, either
    /// way, at once.
    pub(super) fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), BenchError> {
        match region(address, bytes.len()) {
            Region::Flash(offset) => self.overwrite_flash(offset, bytes),
            _ => self.bus_write(address, widest(address, bytes.len()), bytes),
        }
    }

    /// A halted core may be about to receive new code, so QEMU must be notified.
    fn write_ram(&mut self, offset: usize, address: u32, bytes: &[u8]) -> Result<(), BenchError> {
        let ram = self.ram()?;
        let written = if self.condition() == Condition::Running {
            ram.write(offset, bytes)
        } else {
            self.board()?.gdb.write(address, bytes)
        };
        self.settle("a write of RAM", written)
    }
}

fn widest(address: u32, len: usize) -> Width {
    if address.is_multiple_of(4) && len.is_multiple_of(4) {
        Width::Word
    } else {
        Width::Byte
    }
}

fn each(
    address: u32,
    width: Width,
    bytes: &mut [u8],
    mut access: impl FnMut(u32, &mut [u8]) -> Result<(), BenchError>,
) -> Result<(), BenchError> {
    let mut at = address;
    for piece in bytes.chunks_mut(width.len().into()) {
        access(at, piece)?;
        at = at.wrapping_add(width.len().into());
    }
    Ok(())
}

/// The low bytes of a value.
fn put(value: u32, piece: &mut [u8]) {
    for (byte, value) in piece.iter_mut().zip(value.to_le_bytes()) {
        *byte = value;
    }
}

/// Up to four bytes as a value.
fn take(piece: &[u8]) -> u32 {
    let mut word = [0; 4];
    for (byte, &value) in word.iter_mut().zip(piece) {
        *byte = value;
    }
    u32::from_le_bytes(word)
}

fn nothing(address: u32, len: usize) -> BenchError {
    BenchError::BusFault { address, len }
}
