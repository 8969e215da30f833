//! Non-volatile memory: its mirror in RAM, and the writes of this Reaction.
//!
//! The link carries at most [`NVM_WRITES_MAX`] writes and [`NVM_BYTES_MAX`] bytes in one Reaction;
//! writes that do not fit are refused here and tried again at the next wake.

use crate::nvm_map::RecordId;
use thecal_link::limits::{NVM_BYTES_MAX, NVM_LEN, NVM_WRITES_MAX};
use thecal_link::reaction::NvmWrites;

/// A byte that was never written.
pub(crate) const ERASED: u8 = 0xff;

/// The mirror, and the room left in this Reaction.
#[derive(Clone, Debug)]
pub(crate) struct Nvm {
    image: [u8; NVM_LEN],
    writes_left: usize,
    bytes_left: usize,
    flight: Flight,
}

/// The writes of the last Reaction; the next exchange reports whether they are durable.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flight {
    pub(crate) writes: u8,
    pub(crate) log_entries: u32,
    records: u16,
}

impl Flight {
    const NONE: Self = Self {
        writes: 0,
        log_entries: 0,
        records: 0,
    };

    /// Whether this record was among the writes.
    pub(crate) const fn has(self, id: RecordId) -> bool {
        self.records & (1 << id as u8) != 0
    }
}

impl Nvm {
    pub(crate) const fn new() -> Self {
        Self {
            image: [0; NVM_LEN],
            writes_left: 0,
            bytes_left: 0,
            flight: Flight::NONE,
        }
    }

    /// Loads the memory image found after a reset.
    pub(crate) fn load(&mut self, image: &[u8; NVM_LEN]) {
        self.image.copy_from_slice(image);
        self.flight = Flight::NONE;
    }

    /// As [`Pump::flip`](crate::Pump::flip): a byte of the mirror.
    #[cfg(feature = "fault-injection")]
    pub(crate) fn flip(&mut self, field: &str, bit: u32) -> Option<crate::flip::Flipped> {
        let at = field.strip_prefix("image[")?.strip_suffix(']')?;
        let byte = self.image.get_mut(at.parse::<usize>().ok()?)?;
        crate::flip::flip_byte(byte, bit)
    }

    /// Starts a Reaction with all of its room free.
    pub(crate) const fn begin(&mut self) {
        self.writes_left = NVM_WRITES_MAX;
        self.bytes_left = NVM_BYTES_MAX;
    }

    /// Takes the writes of the last Reaction.
    pub(crate) const fn land(&mut self) -> Flight {
        core::mem::replace(&mut self.flight, Flight::NONE)
    }

    /// Notes that a record is among this Reaction's writes.
    pub(crate) const fn mark(&mut self, id: RecordId) {
        self.flight.records |= 1 << id as u8;
    }

    /// Notes that a log entry is among this Reaction's writes.
    pub(crate) const fn mark_log_entry(&mut self) {
        self.flight.log_entries += 1;
    }

    /// Whether `writes` writes of `bytes` bytes in total fit into this Reaction.
    pub(crate) const fn has_room(&self, writes: usize, bytes: usize) -> bool {
        self.writes_left >= writes && self.bytes_left >= bytes
    }

    /// The bytes from `at`; empty if they lie outside the memory.
    pub(crate) fn read(&self, at: usize, len: usize) -> &[u8] {
        self.image.get(at..at + len).unwrap_or(&[])
    }

    /// Whether the bytes from `at` were never written.
    pub(crate) fn is_erased(&self, at: usize, len: usize) -> bool {
        self.read(at, len).iter().all(|&byte| byte == ERASED)
    }

    /// Changes the mirror only; [`Nvm::write_back`] changes the memory.
    pub(crate) fn stage(&mut self, at: usize, bytes: &[u8]) {
        if let Some(room) = self.image.get_mut(at..at + bytes.len()) {
            room.copy_from_slice(bytes);
        }
    }

    /// Writes what is staged; false if this Reaction has no room left for it.
    pub(crate) fn write_back(&mut self, at: usize, len: usize, out: &mut NvmWrites) -> bool {
        let Ok(offset) = u16::try_from(at) else {
            return false;
        };
        if !self.has_room(1, len) {
            return false;
        }
        if out.push(offset, self.read(at, len)).is_err() {
            return false;
        }
        self.writes_left -= 1;
        self.flight.writes += 1;
        self.bytes_left -= len;
        true
    }

    /// Stages and writes; false, with nothing staged, if this Reaction has no room left.
    pub(crate) fn write(&mut self, at: usize, bytes: &[u8], out: &mut NvmWrites) -> bool {
        if !self.has_room(1, bytes.len()) {
            return false;
        }
        self.stage(at, bytes);
        self.write_back(at, bytes.len(), out)
    }
}
