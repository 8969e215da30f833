//! The state kept over a reset, as one record: all of it old or all of it new.

use crate::six_bytes::{put_u48, take_u48};
use thecal_link::buffer::{Reader, Writer};
use thecal_telemetry::Alarms;
use thecal_units::{Concentration, DoseRate, Millis, PumpTime, Volume};

/// The longest time to the first record after a reset; each is twice the one before. So a pump whose clock begins anew at each
/// reset loses at most half of the time between two, and its days go on (REQ-BAT-005).
pub(crate) const FIRST_HEARTBEAT: Millis = Millis::MINUTE;
/// Payload of the state record. Unit: byte.
pub(crate) const STATE_LEN: usize = 109;

/// State kept over a reset besides keys, counters, grants and prescriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) flags: Flags,
    /// Slot of the prescription in force, 0 or 1.
    pub(crate) slot: u8,
    /// Checksum of the prescription in that slot.
    pub(crate) checksum: u32,
    /// Concentration in the reservoir, as entered.
    pub(crate) concentration: Concentration,
    pub(crate) active: Alarms,
    pub(crate) acknowledged: Alarms,
    /// Counted volume at the end of the lease.
    pub(crate) reservoir: Volume,
    pub(crate) steps: u64,
    /// The pump's clock less monotonic time, modulo 2^64. Unit: millisecond.
    pub(crate) correction: u64,
    /// Therapy time when written.
    pub(crate) at: PumpTime,
    /// Monotonic time when written.
    pub(crate) monotonic: PumpTime,
    /// Time of the week at monotonic time zero. Unit: millisecond.
    pub(crate) week_start: u32,
    /// Watchdog and brown-out resets in close succession, and the time of the last one.
    pub(crate) close_resets: u8,
    pub(crate) last_reset_at: PumpTime,
    /// When the infusion was stopped.
    pub(crate) stopped_since: PumpTime,
    /// A bridge bolus: steps left, and the concentration of the drug that they move.
    pub(crate) bridge_steps: u32,
    pub(crate) bridge_concentration: Concentration,
    /// The highest dose of an earlier prescription, and until when it counts.
    pub(crate) peak: DoseRate,
    pub(crate) peak_until: PumpTime,
    /// When elective replacement became due, in monotonic time.
    pub(crate) replacement_at: PumpTime,
    /// Boluses granted so far: a grant missing from the ring is damaged, not new.
    pub(crate) grants: u32,
    /// The most steps that the bolus in progress has moved by the end of the lease.
    pub(crate) bolus_most: u32,
    /// Longest time until the next record. Stored in minutes.
    pub(crate) heartbeat: Millis,
}

/// State bits of the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(pub(crate) u16);

impl Flags {
    /// A prescription is in force.
    pub(crate) const PROGRAMMED: Self = Self(1);
    /// A clinician has started the infusion.
    pub(crate) const RUNNING: Self = Self(1 << 1);
    /// Safe state: no infusion until a clinician programs the pump.
    pub(crate) const SAFE: Self = Self(1 << 2);
    /// Two sources agree on the end of service: no infusion.
    pub(crate) const ENDED: Self = Self(1 << 3);
    /// A bolus is in progress.
    pub(crate) const IN_BOLUS: Self = Self(1 << 4);
    /// An update session is open.
    pub(crate) const IN_SESSION: Self = Self(1 << 5);
    /// Tubing and catheter are full: primed, or filled by the infusion.
    pub(crate) const PRIMED: Self = Self(1 << 6);
    /// Elective replacement is due.
    pub(crate) const REPLACEMENT: Self = Self(1 << 7);
    /// End of service.
    pub(crate) const AT_END: Self = Self(1 << 8);
    /// Work on the catheter was declared, and it was not primed since.
    pub(crate) const CATHETER_OPEN: Self = Self(1 << 9);

    pub(crate) const fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }

    pub(crate) const fn set(&mut self, flag: Self, to: bool) {
        if to {
            self.0 |= flag.0;
        } else {
            self.0 &= !flag.0;
        }
    }
}

impl Kept {
    pub(crate) fn to_bytes(self) -> [u8; STATE_LEN] {
        let mut bytes = [0; STATE_LEN];
        let mut out = Writer::new(&mut bytes);
        out.u16(self.flags.0);
        out.u8(self.slot);
        out.u32(self.checksum);
        out.u32(self.concentration.as_ng_per_ml());
        out.u16(self.active.0);
        out.u16(self.acknowledged.0);
        put_u48(&mut out, self.reservoir.as_picoliters());
        put_u48(&mut out, self.steps);
        out.u64(self.correction);
        out.u64(self.at.as_millis());
        out.u64(self.monotonic.as_millis());
        out.u32(self.week_start);
        out.u8(self.close_resets);
        out.u64(self.last_reset_at.as_millis());
        out.u64(self.stopped_since.as_millis());
        out.u32(self.bridge_steps);
        out.u32(self.bridge_concentration.as_ng_per_ml());
        out.u32(self.peak.as_ng_per_day());
        out.u64(self.peak_until.as_millis());
        out.u64(self.replacement_at.as_millis());
        out.u32(self.grants);
        out.u32(self.bolus_most);
        let minutes = self.heartbeat.as_millis() / Millis::MINUTE.as_millis();
        out.u8(u8::try_from(minutes).unwrap_or(u8::MAX));
        debug_assert_eq!(
            out.finish(),
            Ok(STATE_LEN),
            "STATE_LEN is the sum of the fields"
        );
        bytes
    }

    /// Decodes the record; `None` if it names a slot that does not exist.
    pub(crate) fn from_bytes(bytes: &[u8; STATE_LEN]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let kept = Self {
            flags: Flags(from.u16().ok()?),
            slot: from.u8().ok()?,
            checksum: from.u32().ok()?,
            concentration: Concentration::from_ng_per_ml(from.u32().ok()?),
            active: Alarms(from.u16().ok()?),
            acknowledged: Alarms(from.u16().ok()?),
            reservoir: Volume::from_picoliters(take_u48(&mut from)?),
            steps: take_u48(&mut from)?,
            correction: from.u64().ok()?,
            at: PumpTime::from_millis(from.u64().ok()?),
            monotonic: PumpTime::from_millis(from.u64().ok()?),
            week_start: from.u32().ok()?,
            close_resets: from.u8().ok()?,
            last_reset_at: PumpTime::from_millis(from.u64().ok()?),
            stopped_since: PumpTime::from_millis(from.u64().ok()?),
            bridge_steps: from.u32().ok()?,
            bridge_concentration: Concentration::from_ng_per_ml(from.u32().ok()?),
            peak: DoseRate::from_ng_per_day(from.u32().ok()?),
            peak_until: PumpTime::from_millis(from.u64().ok()?),
            replacement_at: PumpTime::from_millis(from.u64().ok()?),
            grants: from.u32().ok()?,
            bolus_most: from.u32().ok()?,
            heartbeat: Millis::MINUTE.times(from.u8().ok()?.into()),
        };
        (kept.slot < 2).then_some(kept)
    }
}
