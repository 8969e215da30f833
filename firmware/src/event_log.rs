//! Event log: a ring in memory. Each entry has an increasing index and a CRC (REQ-LOG-006) and is
//! in monotonic time (REQ-LOG-005).
//!
//! The oldest entries are overwritten first (REQ-LOG-002). Entries are added to the mirror at once
//! and written in order as room allows; none is dropped (REQ-LOG-003).

use crate::nvm::Nvm;
use crate::nvm_map::{LOG_AT, LOG_ENTRIES, LOG_ENTRY_LEN};
use thecal_link::buffer::{Reader, Writer};
use thecal_link::frame::checksum;
use thecal_link::reaction::NvmWrites;
use thecal_telemetry::{LogCode, LogEntry, LogPage};
use thecal_units::PumpTime;

/// The event log.
#[derive(Clone, Debug)]
pub(crate) struct EventLog {
    next: u32,
    written: u32,
}

impl EventLog {
    pub(crate) const fn new() -> Self {
        Self {
            next: 0,
            written: 0,
        }
    }

    /// Finds the youngest intact entry; returns its time, or zero if there is none.
    pub(crate) fn load(&mut self, nvm: &Nvm) -> PumpTime {
        let youngest = (0..LOG_ENTRIES)
            .filter_map(|slot| open(nvm.read(place(slot), LOG_ENTRY_LEN)))
            .max_by_key(|(index, _)| *index);
        self.next = youngest.map_or(0, |(index, _)| index.saturating_add(1));
        self.written = self.next;
        youngest.map_or(PumpTime::ZERO, |(_, entry)| entry.at)
    }

    /// The index is at least this, whatever the ring has lost.
    pub(crate) fn is_past(&mut self, entries: u32) {
        self.next = self.next.max(entries);
        self.written = self.written.max(entries);
    }

    /// Whether an entry says that the pump was provisioned, or entries are overwritten.
    pub(crate) fn is_of_service(&self, nvm: &Nvm) -> bool {
        let mut entries = Self::intact(nvm);
        self.next > LOG_ENTRIES || entries.any(|(_, entry)| entry.code == LogCode::Provisioned)
    }

    /// The intact entries with their indices, in the order of their places.
    pub(crate) fn intact(nvm: &Nvm) -> impl Iterator<Item = (u32, LogEntry)> {
        (0..LOG_ENTRIES).filter_map(|slot| open(nvm.read(place(slot), LOG_ENTRY_LEN)))
    }

    /// Total entries ever made.
    pub(crate) const fn entries(&self) -> u32 {
        self.next
    }

    /// Entries that are in memory: those of this Reaction may be lost with the power.
    pub(crate) const fn written(&self) -> u32 {
        self.written
    }

    /// Adds an entry.
    pub(crate) fn note(&mut self, nvm: &mut Nvm, at: PumpTime, code: LogCode, argument: u32) {
        let mut bytes = [0; LOG_ENTRY_LEN];
        let mut out = Writer::new(&mut bytes);
        out.u32(self.next);
        out.bytes(&LogEntry { at, code, argument }.to_bytes());
        let sum = checksum(bytes.get(..LOG_ENTRY_LEN - 4).unwrap_or(&[]));
        if let Some(room) = bytes.last_chunk_mut::<4>() {
            *room = sum.to_le_bytes();
        }
        nvm.stage(place(self.next), &bytes);
        self.next = self.next.saturating_add(1);
    }

    /// Writes the entries not yet written, one at a time (REQ-LOG-007); false if some are left for
    /// the next wake.
    pub(crate) fn store(&mut self, nvm: &mut Nvm, out: &mut NvmWrites) -> bool {
        while self.written < self.next {
            if !nvm.write_back(place(self.written), LOG_ENTRY_LEN, out) {
                return false;
            }
            self.written += 1;
            nvm.mark_log_entry();
        }
        true
    }

    /// The last `entries` entries did not become durable: write them again.
    pub(crate) const fn store_again(&mut self, entries: u32) {
        self.written = self.written.saturating_sub(entries);
    }

    /// The index of the oldest entry that can be left.
    pub(crate) fn oldest(&self) -> u32 {
        self.next.saturating_sub(LOG_ENTRIES)
    }

    /// The entry of this index, if it is intact.
    pub(crate) fn entry(&self, nvm: &Nvm, index: u32) -> Option<LogEntry> {
        let stored = open(nvm.read(place(index), LOG_ENTRY_LEN));
        let (found, entry) = stored.filter(|_| index < self.next)?;
        (found == index).then_some(entry)
    }

    /// Consecutive entries from `first` on, from the oldest available; skips damaged ones
    /// (REQ-LOG-004).
    pub(crate) fn page(&self, nvm: &Nvm, first: u32) -> LogPage {
        let oldest = self.oldest();
        let entry = |index: u32| self.entry(nvm, index);
        let start = (first.max(oldest)..self.next)
            .find(|&index| entry(index).is_some())
            .unwrap_or(self.next);
        let mut page = LogPage::new(start);
        for index in start..self.next {
            if !entry(index).is_some_and(|entry| page.push(entry)) {
                break;
            }
        }
        page
    }
}

fn place(index: u32) -> usize {
    LOG_AT + (index % LOG_ENTRIES) as usize * LOG_ENTRY_LEN
}

fn open(bytes: &[u8]) -> Option<(u32, LogEntry)> {
    let (body, sum) = bytes.split_last_chunk::<4>()?;
    if checksum(body) != u32::from_le_bytes(*sum) {
        return None;
    }
    let mut from = Reader::new(body);
    let index = from.u32().ok()?;
    Some((index, LogEntry::from_reader(&mut from).ok()?))
}
