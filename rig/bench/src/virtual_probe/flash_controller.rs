//! The flash controller, for a debugger that programs flash over the debug port: QEMU has none.
//!
//! Sectors, keys and bits are those of ST's RM0090, section 3. Only a debugger's accesses arrive
//! here; the core's own accesses stay in QEMU, where the controller's registers read as zero.

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
pub(super) const SECTORS: [usize; 12] = [
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

/// What a write to one of the controller's registers does to flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Started {
    /// Nothing.
    Nothing,
    /// Erases the sector that contains this offset; `None`: everything.
    Erase(Option<usize>),
}

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

    /// Writes one of the controller's registers; `None` if the address is none of them.
    pub(super) fn write(&mut self, address: u32, value: u32) -> Option<Started> {
        match address {
            KEYS => self.take_key(value),
            STATUS => self.status &= !value,
            CONTROL if self.is_unlocked() => {
                self.control = value & !STRT;
                if value & STRT != 0 {
                    return Some(self.erased().map_or(Started::Nothing, Started::Erase));
                }
            }
            CONTROL => {}
            _ => return None,
        }
        Some(Started::Nothing)
    }

    /// Whether a debugger may program flash now; an attempt without permission shows in the status.
    pub(super) const fn permits_programming(&mut self) -> bool {
        let permitted = self.control & (PG | LOCK) == PG;
        if !permitted {
            self.status |= PGSERR;
        }
        permitted
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
