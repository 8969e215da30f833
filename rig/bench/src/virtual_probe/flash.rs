//! Flash as a debugger changes it: erased and programmed as its controller allows, or overwritten
//! as no controller could.

use super::flash_controller::{SECTORS, Started};
use super::machine::Machine;
use super::memory_map::FLASH_START;
use thecal_engine::bench::BenchError;

impl Machine {
    /// Writes one of the controller's registers; false if the address is none of them.
    pub(super) fn write_flash_controller(
        &mut self,
        address: u32,
        value: u32,
    ) -> Result<bool, BenchError> {
        match self.flash_controller.write(address, value) {
            None => return Ok(false),
            Some(Started::Nothing) => {}
            Some(Started::Erase(sector)) => {
                self.erase_flash(sector)?;
            }
        }
        Ok(true)
    }

    /// A write to flash by a debugger: it can only clear bits, and only while programming is
    /// enabled.
    pub(super) fn program_flash(&mut self, offset: usize, bytes: &[u8]) -> Result<(), BenchError> {
        if !self.flash_controller.permits_programming() {
            return self.board().map(|_| ());
        }
        self.clear_flash_bits(offset, bytes)
    }

    /// Programs bytes: a 0 bit clears the bit in flash.
    pub(super) fn clear_flash_bits(
        &mut self,
        offset: usize,
        bytes: &[u8],
    ) -> Result<(), BenchError> {
        let kept = self.flash.get(offset..).unwrap_or_default();
        let programmed: Vec<u8> = bytes.iter().zip(kept).map(|(new, old)| new & old).collect();
        self.overwrite_flash(offset, &programmed)
    }

    /// Erases the sector containing this offset, or everything; false if there is no such sector.
    pub(super) fn erase_flash(&mut self, offset: Option<usize>) -> Result<bool, BenchError> {
        let mut start = 0;
        for len in SECTORS {
            if offset.is_none_or(|offset| (start..start + len).contains(&offset)) {
                self.overwrite_flash(start, &vec![0xff; len])?;
            }
            start += len;
        }
        Ok(offset.is_none_or(|offset| offset < start))
    }

    /// Overwrites flash.
    pub(super) fn overwrite_flash(
        &mut self,
        offset: usize,
        bytes: &[u8],
    ) -> Result<(), BenchError> {
        let Some(address) = u32::try_from(offset)
            .ok()
            .map(|offset| FLASH_START + offset)
        else {
            return Err(BenchError::BusFault {
                address: u32::MAX,
                len: bytes.len(),
            });
        };
        self.while_stopped(|machine| {
            let written = machine.board()?.gdb.write(address, bytes);
            machine.settle("a write of flash", written)
        })?;
        if let Some(kept) = self.flash.get_mut(offset..offset + bytes.len()) {
            kept.copy_from_slice(bytes);
        }
        Ok(())
    }
}
