//! The layout of the non-volatile memory, in one place.
//!
//! | from | length | content | unit of writing |
//! | --- | --- | --- | --- |
//! | `0x0000` | 2 x 93 | therapy: prescription, running state, alarms, counts | two banks, CRC |
//! | `0x0100` | 2 x 57 | session: counters by role, presses, totals | two banks, CRC |
//! | `0x0200` | 2 x 89 | keys by role | two banks, CRC |
//! | `0x0400` | 64 x 16 | grants of patient boluses | one slot, CRC |
//! | `0x1000` | 1200 x 21 | event log | one slot, CRC |
//!
//! Little-endian throughout, like the link. What is not listed stays erased.

use thecal_link::limits::NVM_LEN;

/// Identity of a record: first byte of its banks and argument of `MemoryFault`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum RecordId {
    /// Prescription, running state, alarms, counts.
    Therapy = 1,
    /// Counters by role, presses, totals.
    Session = 2,
    /// Keys by role.
    Keys = 3,
    /// Grants of patient boluses.
    Grants = 4,
}

/// Payload of the therapy record. Unit: byte.
pub(crate) const THERAPY_LEN: usize = 84;
/// Payload of the session record. Unit: byte.
pub(crate) const SESSION_LEN: usize = 48;
/// Payload of the key record. Unit: byte.
pub(crate) const KEYS_LEN: usize = 80;
/// What a bank adds to its payload: identity, generation, CRC-32. Unit: byte.
pub(crate) const BANK_OVERHEAD: usize = 1 + 4 + 4;
/// Longest bank. Unit: byte.
pub(crate) const BANK_MAX: usize = THERAPY_LEN + BANK_OVERHEAD;

pub(crate) const THERAPY_AT: usize = 0x0000;
pub(crate) const SESSION_AT: usize = 0x0100;
pub(crate) const KEYS_AT: usize = 0x0200;
pub(crate) const GRANTS_AT: usize = 0x0400;
pub(crate) const LOG_AT: usize = 0x1000;

/// Grants remembered; more than the largest daily maximum, so that 24 hours are always covered.
pub(crate) const GRANTS: usize = 64;
/// One grant: sequence u32, therapy time u64, CRC-32. Unit: byte.
pub(crate) const GRANT_LEN: usize = 16;

/// Entries that the event log holds (REQ-LOG-002).
pub(crate) const LOG_ENTRIES: u32 = 1200;
/// One entry: index u32, the entry, CRC-32. Unit: byte.
pub(crate) const LOG_ENTRY_LEN: usize = 4 + thecal_link::telemetry::LogEntry::LEN + 4;

const _: () = {
    assert!(THERAPY_AT + 2 * (THERAPY_LEN + BANK_OVERHEAD) <= SESSION_AT);
    assert!(SESSION_AT + 2 * (SESSION_LEN + BANK_OVERHEAD) <= KEYS_AT);
    assert!(KEYS_AT + 2 * (KEYS_LEN + BANK_OVERHEAD) <= GRANTS_AT);
    assert!(GRANTS_AT + GRANTS * GRANT_LEN <= LOG_AT);
    assert!(LOG_AT + LOG_ENTRIES as usize * LOG_ENTRY_LEN <= NVM_LEN);
    assert!(KEYS_LEN <= THERAPY_LEN && SESSION_LEN <= THERAPY_LEN);
};
