//! What is under way and outlasts a reset, as one record: how long it has lasted would otherwise be
//! told from the reset on, and what has to be confirmed would never be.
//!
//! Nothing here decides on flow by itself: where the record is lost, the pump begins anew.

use crate::battery::BatteryKept;
use crate::six_bytes::{put_instant, put_u48, take_instant, take_u48};
use crate::stall::StallKept;
use thecal_link::buffer::{Reader, Writer};
use thecal_telemetry::ALARMS_MAX;
use thecal_units::{Millis, PumpTime};

/// Payload of the record. Unit: byte.
pub(crate) const ONGOING_LEN: usize = 14 + 8 + 6 * ALARMS_MAX + 6 + 39;

/// What is under way. Instants are of monotonic time, except the last recovery of a stall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ongoing {
    pub(crate) stall: StallKept,
    /// Copies of what only grows, for the case that its own place is lost: the challenges used, and
    /// the entries of the log.
    pub(crate) epoch: u32,
    pub(crate) log_entries: u32,
    /// By alarm bit: since when it is active.
    pub(crate) alarms: [Option<PumpTime>; ALARMS_MAX],
    /// Since when the magnet switch is closed.
    pub(crate) magnet: Option<PumpTime>,
    /// Readings and counts of the battery; the days of reserve are a copy of those in the state.
    pub(crate) battery: BatteryKept,
}

impl Ongoing {
    pub(crate) fn to_bytes(self) -> [u8; ONGOING_LEN] {
        let mut bytes = [0; ONGOING_LEN];
        let mut out = Writer::new(&mut bytes);
        put_instant(&mut out, self.stall.began);
        put_instant(&mut out, self.stall.recovered);
        out.u8(self.stall.tries);
        out.u8(self.stall.relapses);
        out.u32(self.epoch);
        out.u32(self.log_entries);
        for since in self.alarms {
            put_instant(&mut out, since);
        }
        put_instant(&mut out, self.magnet);
        put_battery(&mut out, &self.battery);
        debug_assert_eq!(
            out.finish(),
            Ok(ONGOING_LEN),
            "ONGOING_LEN is the sum of the fields"
        );
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; ONGOING_LEN]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let stall = StallKept {
            began: take_instant(&mut from)?,
            recovered: take_instant(&mut from)?,
            tries: from.u8().ok()?,
            relapses: from.u8().ok()?,
        };
        let (epoch, log_entries) = (from.u32().ok()?, from.u32().ok()?);
        let mut alarms = [None; ALARMS_MAX];
        for since in &mut alarms {
            *since = take_instant(&mut from)?;
        }
        Some(Self {
            stall,
            epoch,
            log_entries,
            alarms,
            magnet: take_instant(&mut from)?,
            battery: take_battery(&mut from)?,
        })
    }

    /// Whether it tells of a pump that was in service (REQ-MEM-008).
    pub(crate) fn is_of_service(&self) -> bool {
        let (stall, battery) = (self.stall, self.battery);
        let marks = [
            stall.began,
            stall.recovered,
            battery.checked,
            battery.replacement,
        ];
        marks.iter().any(Option::is_some)
    }
}

fn put_battery(out: &mut Writer<'_>, kept: &BatteryKept) {
    put_instant(out, kept.replacement);
    put_u48(out, kept.lost.as_millis());
    out.u8(kept.at_end.into());
    out.bytes(&kept.low);
    put_instant(out, kept.checked);
    out.u16(kept.loaded_mv);
    put_instant(out, kept.next);
    out.u8(kept.load);
    out.u16(kept.first_mv);
    put_instant(out, kept.brown_out);
}

fn take_battery(from: &mut Reader<'_>) -> Option<BatteryKept> {
    Some(BatteryKept {
        replacement: take_instant(from)?,
        lost: Millis::from_millis(take_u48(from)?),
        at_end: from.u8().ok()? != 0,
        low: from.array().ok()?,
        checked: take_instant(from)?,
        loaded_mv: from.u16().ok()?,
        next: take_instant(from)?,
        load: from.u8().ok()?,
        first_mv: from.u16().ok()?,
        brown_out: take_instant(from)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Option<PumpTime> {
        Some(PumpTime::from_millis(millis))
    }

    /// Verifies REQ-LOG-021.
    #[test]
    fn what_is_kept_is_read_back() {
        let none = Ongoing::default();
        assert_eq!(Ongoing::from_bytes(&none.to_bytes()), Some(none));
        assert!(!none.is_of_service());
        let mut alarms = [None; ALARMS_MAX];
        alarms[12] = at(11);
        let busy = Ongoing {
            stall: StallKept {
                began: at(7),
                recovered: at(0),
                tries: 3,
                relapses: 2,
            },
            epoch: 5,
            log_entries: 9,
            alarms,
            magnet: at(12),
            battery: BatteryKept {
                replacement: at(13),
                lost: Millis::HOUR,
                at_end: true,
                low: [4, 3, 2],
                checked: at(14),
                loaded_mv: 2_150,
                next: at((1 << 48) - 2),
                load: 2,
                first_mv: 2_700,
                brown_out: at(15),
            },
        };
        assert_eq!(Ongoing::from_bytes(&busy.to_bytes()), Some(busy));
        assert!(busy.is_of_service());
    }
}
