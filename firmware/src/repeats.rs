//! Entries that would fill the event log: a cause that flaps must not push a programming, a refill or
//! its own onset out of the ring (REQ-LOG-010).
//!
//! ```text
//!   a kind has up to eight entries in store    each event takes one, and is an entry
//!   none is left                               events are counted
//!   at the end of a day, and at a reading      the count, if any, as an entry of its own
//!   at the end of a day without a count        one entry more in store
//! ```
//!
//! So a kind leaves at most nine entries on the first day and one on each day after, however often its
//! cause comes: in half a year less than a sixth of the ring. What comes once a day or less is always an
//! entry. It holds for every kind that is no clinician's command, no bolus and no denial, which grants
//! bound (REQ-BOL-011), and no stall, which has a rule of its own (REQ-STL-011); the findings of the
//! battery come once. Days are of monotonic time.
//!
//! A reset may come between an entry and this record. The record tells up to which entry it counts; a boot
//! counts those behind it (REQ-LOG-021).

use crate::event_log::EventLog;
use crate::nvm::Nvm;
use crate::nvm_map::{REPEATS_AT, REPEATS_LEN, RecordId};
use crate::record::Record;
use thecal_link::buffer::{Reader, Writer};
use thecal_telemetry::{LogCode, LogEntry};
use thecal_units::{Millis, PumpTime};

/// The kinds that are bounded.
const BOUNDED: [LogCode; 17] = [
    LogCode::PowerOn,
    LogCode::PinReset,
    LogCode::WatchdogReset,
    LogCode::BrownOutReset,
    LogCode::LowReservoir,
    LogCode::EmptyReservoir,
    LogCode::Unauthentic,
    LogCode::MemoryFault,
    LogCode::StuckButton,
    LogCode::ClockJump,
    LogCode::Crashed,
    LogCode::UpdateAbandoned,
    LogCode::RamFault,
    LogCode::MagnetClosed,
    LogCode::MagnetOpened,
    LogCode::StoppedLong,
    LogCode::Refused,
];
const _: () = assert!(REPEATS_LEN == 8 + 4 * BOUNDED.len());
/// Entries of a kind in store at most (design).
const STORE: u8 = 8;
/// The largest count: the argument has 24 bits for it.
const MOST: u32 = (1 << 24) - 1;

/// One kind on this day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    /// Entries that may still be made.
    left: u8,
    /// One was left out on this day.
    flapped: bool,
    /// Entries left out since the last that tells of them.
    left_out: u32,
}

impl Kind {
    const QUIET: Self = Self {
        left: STORE,
        flapped: false,
        left_out: 0,
    };

    fn pack(self) -> u32 {
        self.left_out | u32::from(self.left) << 24 | u32::from(self.flapped) << 31
    }

    fn unpack(packed: u32) -> Self {
        let [.., high] = packed.to_le_bytes();
        Self {
            left: (high & 0x7f).min(STORE),
            flapped: high & 0x80 != 0,
            left_out: packed & MOST,
        }
    }
}

/// The kinds on this day.
#[derive(Clone, Debug)]
pub(crate) struct Repeats {
    /// The day, counted in monotonic time.
    day: u32,
    kinds: [Kind; BOUNDED.len()],
    /// Entries of the log that the record found at a boot has counted; all if none was found.
    counted: u32,
    pub(crate) record: Record<REPEATS_LEN>,
    /// To be written with the entry that was made: a reset would allow it again.
    pub(crate) dirty: bool,
    /// Only counts have changed: written within the hour, and at once after a reset.
    pub(crate) stale: bool,
}

impl Repeats {
    pub(crate) const fn new() -> Self {
        Self {
            day: 0,
            kinds: [Kind::QUIET; BOUNDED.len()],
            counted: u32::MAX,
            record: Record::new(RecordId::Repeats, REPEATS_AT),
            dirty: false,
            stale: false,
        }
    }

    /// Whether an entry of this kind is made; otherwise it is counted.
    pub(crate) fn admit(&mut self, code: LogCode) -> bool {
        let at = BOUNDED.iter().position(|&kind| kind == code);
        let Some(kind) = at.and_then(|at| self.kinds.get_mut(at)) else {
            return true;
        };
        if let Some(left) = kind.left.checked_sub(1) {
            kind.left = left;
            self.dirty = true;
            return true;
        }
        kind.flapped = true;
        kind.left_out = kind.left_out.saturating_add(1).min(MOST);
        self.stale = true;
        false
    }

    /// Whether the day of `now` is another one.
    pub(crate) fn is_over(&self, now: PumpTime) -> bool {
        day_of(now) != self.day
    }

    /// Begins the day of `now`: one entry more in store for each day in which none was left out.
    pub(crate) fn begin(&mut self, now: PumpTime) {
        let day = day_of(now);
        let passed = day.saturating_sub(self.day);
        self.day = day;
        self.dirty |= self.kinds.iter().any(|kind| kind.left < STORE);
        for kind in &mut self.kinds {
            let more = passed.saturating_sub(kind.flapped.into());
            let more = u8::try_from(more).unwrap_or(u8::MAX);
            kind.left = kind.left.saturating_add(more).min(STORE);
            kind.flapped = false;
        }
    }

    /// The argument of an entry that tells what was left out; `None` once all is told.
    pub(crate) fn tell(&mut self) -> Option<u32> {
        let mut all = self.kinds.iter_mut().zip(BOUNDED);
        let (kind, code) = all.find(|(kind, _)| kind.left_out > 0)?;
        self.dirty = true;
        Some(u32::from(code as u8) << 24 | core::mem::take(&mut kind.left_out))
    }

    /// Counts an entry that is in the log and not in the record.
    fn count(&mut self, entry: LogEntry) {
        if self.is_over(entry.at) {
            self.begin(entry.at);
        }
        let (code, left_out) = match entry.code {
            LogCode::LeftOut => (entry.argument >> 24, entry.argument & MOST),
            code => (u32::from(code as u8), 0),
        };
        let at = BOUNDED
            .iter()
            .position(|&kind| u32::from(kind as u8) == code);
        let Some(kind) = at.and_then(|at| self.kinds.get_mut(at)) else {
            return;
        };
        if entry.code == LogCode::LeftOut {
            kind.left_out = kind.left_out.saturating_sub(left_out);
        } else {
            kind.left = kind.left.saturating_sub(1);
        }
        self.dirty = true;
    }

    /// Counts what the log has and the record does not.
    pub(crate) fn catch_up(&mut self, log: &EventLog, nvm: &Nvm) {
        for index in log.oldest().max(self.counted)..log.entries() {
            if let Some(entry) = log.entry(nvm, index) {
                self.count(entry);
            }
        }
    }

    /// The record, which counts the first `entries` of the log.
    pub(crate) fn to_bytes(&self, entries: u32) -> [u8; REPEATS_LEN] {
        let mut bytes = [0; REPEATS_LEN];
        let mut out = Writer::new(&mut bytes);
        out.u32(entries);
        out.u32(self.day);
        for kind in self.kinds {
            out.u32(kind.pack());
        }
        debug_assert_eq!(
            out.finish(),
            Ok(REPEATS_LEN),
            "REPEATS_LEN is the sum of the fields"
        );
        bytes
    }

    pub(crate) fn restore(&mut self, bytes: &[u8; REPEATS_LEN]) {
        let mut from = Reader::new(bytes);
        self.counted = from.u32().unwrap_or_default();
        self.day = from.u32().unwrap_or_default();
        for kind in &mut self.kinds {
            *kind = from.u32().map_or(Kind::QUIET, Kind::unpack);
        }
    }
}

fn day_of(now: PumpTime) -> u32 {
    u32::try_from(now.as_millis() / Millis::DAY.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u64) -> PumpTime {
        PumpTime::from_millis(number * Millis::DAY.as_millis())
    }

    fn admitted(repeats: &mut Repeats, times: u32) -> u32 {
        (0..times)
            .map(|_| u32::from(repeats.admit(LogCode::ClockJump)))
            .sum()
    }

    /// Verifies REQ-LOG-010, REQ-LOG-019, REQ-LOG-020.
    #[test]
    fn eight_at_once_then_the_count_then_one_for_each_quiet_day() {
        let mut repeats = Repeats::new();
        let told = |count| Some(u32::from(LogCode::ClockJump as u8) << 24 | count);
        assert_eq!(admitted(&mut repeats, 20), 8);
        assert_eq!((repeats.tell(), repeats.tell()), (told(12), None));
        assert!(!repeats.is_over(day(1).before(Millis::from_millis(1))));
        assert!(repeats.is_over(day(1)));
        repeats.begin(day(1));
        assert_eq!(admitted(&mut repeats, 1), 0);
        assert_eq!(repeats.tell(), told(1));
        repeats.begin(day(2));
        assert_eq!(admitted(&mut repeats, 1), 0);
        repeats.begin(day(4));
        assert_eq!((admitted(&mut repeats, 2), repeats.tell()), (1, told(2)));
        repeats.begin(day(99));
        assert_eq!(admitted(&mut repeats, 9), 8);
        // Others are not bounded by it, nor is what a clinician does.
        assert!(repeats.admit(LogCode::PinReset));
        assert!((0..99).all(|_| repeats.admit(LogCode::Programmed)));
    }

    /// Verifies REQ-LOG-010, REQ-LOG-019.
    #[test]
    fn what_comes_once_a_day_is_always_an_entry_and_four_times_a_day_soon_counted() {
        for (times, most) in [(1, 180), (4, 8 + 180)] {
            let (mut repeats, mut entries) = (Repeats::new(), 0);
            for number in 1..=180 {
                entries += admitted(&mut repeats, times);
                entries += u32::from(repeats.tell().is_some());
                repeats.begin(day(number));
            }
            assert!(entries <= most, "{entries}");
        }
    }

    /// Verifies REQ-LOG-021.
    #[test]
    fn what_is_kept_is_read_back() {
        let mut repeats = Repeats::new();
        repeats.begin(day(7));
        admitted(&mut repeats, 300);
        let mut found = Repeats::new();
        found.restore(&repeats.to_bytes(0));
        assert_eq!((found.day, found.kinds), (repeats.day, repeats.kinds));
        assert_eq!(admitted(&mut found, 1), 0);
    }
}
