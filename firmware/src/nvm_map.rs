//! Layout of the non-volatile memory.
//!
//! | from | length | content | unit of writing |
//! | --- | --- | --- | --- |
//! | `0x0000` | 2 x 118 | state: slot in force, flags, alarms, counts, clocks | two banks, CRC |
//! | `0x0100` | 2 x 61 | session: counters by role, presses, totals | two banks, CRC |
//! | `0x0200` | 2 x 93 | keys by role, challenges used | two banks, CRC |
//! | `0x0300` | 2 x 121 | prescription, first slot | two banks, CRC |
//! | `0x0400` | 2 x 121 | prescription, second slot | two banks, CRC |
//! | `0x0500` | 64 x 25 | bolus grants | one slot, CRC |
//! | `0x0c00` | 2 x 172 | what is under way: a stall, ages of alarms, the battery; copies of what only grows | two banks, CRC |
//! | `0x0e00` | 2 x 85 | entries of the log left out | two banks, CRC |
//! | `0x1000` | 1200 x 21 | event log | one slot, CRC |
//!
//! The state names the slot in force and the checksum of its content: a prescription is staged in
//! the other slot, in as many writes as it takes, and one write of the state puts it in force
//! (REQ-MEM-006).
//!
//! Little-endian throughout, like the link. Addresses not listed stay erased. The first byte of a bank
//! names its record and the version of this layout: a bank of another version counts as damaged.

use crate::kept::STATE_LEN;
use crate::ongoing::ONGOING_LEN;
use thecal_link::limits::NVM_LEN;
use thecal_telemetry::Prescription;

/// Identity of a record: in the first byte of its banks, and argument of `MemoryFault`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum RecordId {
    /// Slot in force, flags, alarms, counts, clocks.
    State = 1,
    /// Counters by role, presses, totals.
    Session = 2,
    /// Keys by role, challenges used.
    Keys = 3,
    /// Bolus grants.
    Grants = 4,
    /// A prescription, in either slot.
    Prescription = 5,
    /// What is under way.
    Ongoing = 7,
    /// Entries of the log left out.
    Repeats = 8,
}

impl RecordId {
    /// The first byte of a bank: the record in the lower half, the layout in the upper.
    pub(crate) const fn first_byte(self) -> u8 {
        self as u8 | LAYOUT << 4
    }
}

/// Version of the layout, from 0 to 15; 0 had no record of what is under way, 1 of less, and the
/// entries left out of 2 did not tell up to which entry.
const LAYOUT: u8 = 3;

/// Argument of `MemoryFault`: memory did not take writes.
pub(crate) const WRITES_LOST: u32 = 0;
/// Argument of `MemoryFault`: the image in flash is damaged.
pub(crate) const FLASH: u32 = 6;

/// Payload of the session record. Unit: byte.
pub(crate) const SESSION_LEN: usize = 52;
/// Payload of the record of entries left out. Unit: byte.
pub(crate) const REPEATS_LEN: usize = 76;
/// Payload of the key record. Unit: byte.
pub(crate) const KEYS_LEN: usize = 84;
/// Bytes added to the payload of a bank: identity, generation, CRC-32. Unit: byte.
pub(crate) const BANK_OVERHEAD: usize = 1 + 4 + 4;
/// Longest bank. Unit: byte.
pub(crate) const BANK_MAX: usize = ONGOING_LEN + BANK_OVERHEAD;

pub(crate) const STATE_AT: usize = 0x0000;
pub(crate) const SESSION_AT: usize = 0x0100;
pub(crate) const KEYS_AT: usize = 0x0200;
pub(crate) const SLOTS_AT: [usize; 2] = [0x0300, 0x0400];
pub(crate) const GRANTS_AT: usize = 0x0500;
pub(crate) const ONGOING_AT: usize = 0x0c00;
pub(crate) const REPEATS_AT: usize = 0x0e00;
pub(crate) const LOG_AT: usize = 0x1000;

/// Number of grants stored: more than the largest daily maximum, so that 24 hours of patient
/// boluses and some clinician boluses always fit.
pub(crate) const GRANTS: usize = 64;
/// One grant: sequence u32, therapy time u64, dose u32, duration u32, kind u8, CRC-32. Unit: byte.
pub(crate) const GRANT_LEN: usize = 25;

/// Entries that the event log holds (REQ-LOG-002).
pub(crate) const LOG_ENTRIES: u32 = 1200;
/// One entry: index u32, the entry, CRC-32. Unit: byte.
pub(crate) const LOG_ENTRY_LEN: usize = 4 + thecal_telemetry::LogEntry::LEN + 4;

/// Length of a record's two banks. Unit: byte.
pub(crate) const fn banks(payload: usize) -> usize {
    2 * (payload + BANK_OVERHEAD)
}

const _: () = {
    use thecal_link::limits::NVM_BYTES_MAX;
    assert!(STATE_AT + banks(STATE_LEN) <= SESSION_AT);
    assert!(SESSION_AT + banks(SESSION_LEN) <= KEYS_AT);
    assert!(KEYS_AT + banks(KEYS_LEN) <= SLOTS_AT[0]);
    assert!(SLOTS_AT[0] + banks(Prescription::LEN) <= SLOTS_AT[1]);
    assert!(SLOTS_AT[1] + banks(Prescription::LEN) <= GRANTS_AT);
    assert!(GRANTS_AT + GRANTS * GRANT_LEN <= ONGOING_AT);
    assert!(ONGOING_AT + banks(ONGOING_LEN) <= REPEATS_AT);
    assert!(REPEATS_AT + banks(REPEATS_LEN) <= LOG_AT);
    assert!(LOG_AT + LOG_ENTRIES as usize * LOG_ENTRY_LEN <= NVM_LEN);
    assert!(KEYS_LEN + BANK_OVERHEAD <= BANK_MAX && SESSION_LEN + BANK_OVERHEAD <= BANK_MAX);
    assert!(STATE_LEN + BANK_OVERHEAD <= BANK_MAX && REPEATS_LEN + BANK_OVERHEAD <= BANK_MAX);
    assert!(Prescription::LEN + BANK_OVERHEAD <= BANK_MAX);
    // The changes of one command must fit one Reaction, so that they are durable before it acts.
    assert!(banks(SESSION_LEN) + banks(STATE_LEN) + GRANT_LEN <= NVM_BYTES_MAX);
    assert!(banks(SESSION_LEN) + banks(Prescription::LEN) <= NVM_BYTES_MAX);
    assert!(banks(ONGOING_LEN) <= NVM_BYTES_MAX);
    // A challenge is answered in the exchange in which its epoch is written.
    assert!(banks(SESSION_LEN) + banks(KEYS_LEN) <= NVM_BYTES_MAX);
};
