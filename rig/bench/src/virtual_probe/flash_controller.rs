//! The flash controller, for a debugger that programs flash over the debug port: QEMU has none.
//!
//! Sectors, keys and bits are those of ST's RM0090, section 3. Only a debugger's accesses arrive
//! here; the core's own accesses stay in QEMU, where the controller's registers read as zero.

use super::machine::Machine;
use thecal_engine::bench::BenchError;

const KEYS: u32 = 0x4002_3c04;
const STATUS: u32 = 0x4002_3c0c;
const CONTROL: u32 = 0x4002_3c10;

const FIRST_KEY: u32 = 0x4567_0123;
const SECOND_KEY: u32 = 0xcdef_89ab;

/// Programming without permission.
const PGSERR: u32 = 1 << 7;
const PG: u32 = 1;
const SER: u32 = 1 << 1;
const MER: u32 = 1 << 2;
const STRT: u32 = 1 << 16;
const LOCK: u32 = 1 << 31;

const KIB: usize = 1024;

/// Length of each sector. Unit: byte.
const SECTORS: [usize; 12] = [
    16 * KIB,
    16 * KIB,
    16 * KIB,
    16 * KIB,
    64 * KIB,
    128 * KIB,
    128 * KIB,
    128 * KIB,
    128 * KIB,
    128 * KIB,
    128 * KIB,
    128 * KIB,
];

/// The controller's state.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlashController {
    control: u32,
    status: u32,
    first_key_seen: bool,
}

impl Default for FlashController {
    fn default() -> Self {
        Self {
            control: LOCK,
            status: 0,
            first_key_seen: false,
        }
    }
}

impl FlashController {
    /// A register's value, if the address is one of the controller's relevant registers.
    pub(super) const fn read(&self, address: u32) -> Option<u32> {
        match address {
            KEYS => Some(0),
            STATUS => Some(self.status),
            CONTROL => Some(self.control),
            _ => None,
        }
    }

    const fn is_unlocked(&self) -> bool {
        self.control & LOCK == 0
    }

    fn take_key(&mut self, key: u32) {
        let whole = self.first_key_seen && key == SECOND_KEY;
        self.first_key_seen = key == FIRST_KEY;
        if whole {
            self.control &= !LOCK;
        }
    }

    /// What an erase erases now: everything, or the sector containing this offset.
    fn erased(&self) -> Option<Option<usize>> {
        if self.control & MER != 0 {
            return Some(None);
        }
        if self.control & SER == 0 {
            return None;
        }
        let sector = (self.control >> 3 & 0xf) as usize;
        Some(Some(SECTORS.get(..sector)?.iter().sum()))
    }
}

impl Machine {
    /// Writes one of the controller's registers; false if the address is none of them.
    pub(super) fn write_flash_controller(
        &mut self,
        address: u32,
        value: u32,
    ) -> Result<bool, BenchError> {
        let controller = &mut self.flash_controller;
        match address {
            KEYS => controller.take_key(value),
            STATUS => controller.status &= !value,
            CONTROL if controller.is_unlocked() => {
                controller.control = value & !STRT;
                if value & STRT != 0
                    && let Some(erased) = controller.erased()
                {
                    self.erase_flash(erased)?;
                }
            }
            CONTROL => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A write to flash by a debugger: it can only clear bits, and only while programming is
    /// enabled.
    pub(super) fn program_flash(&mut self, offset: usize, bytes: &[u8]) -> Result<(), BenchError> {
        if self.flash_controller.control & (PG | LOCK) != PG {
            self.flash_controller.status |= PGSERR;
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
}
