//! Reports besides the therapy: alarms with their ages, and the pump's state of health.

use crate::alarm::{ALARMS_MAX, Alarms};
use thecal_link::DecodeError;
use thecal_link::buffer::{Reader, Writer};
use thecal_units::PumpTime;

/// The alarms, each with its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlarmReport {
    /// Active alarms.
    pub active: Alarms,
    /// Active alarms that have been acknowledged.
    pub acknowledged: Alarms,
    /// By bit: time since it became active. Unit: minute; [`u32::MAX`] if it is not active.
    pub minutes: [u32; ALARMS_MAX],
}

impl AlarmReport {
    pub(super) fn encode(&self, out: &mut Writer<'_>) {
        out.u16(self.active.0);
        out.u16(self.acknowledged.0);
        for minutes in self.minutes {
            out.u32(minutes);
        }
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (active, acknowledged) = (Alarms(from.u16()?), Alarms(from.u16()?));
        let mut minutes = [0; ALARMS_MAX];
        for slot in &mut minutes {
            *slot = from.u32()?;
        }
        Ok(Self {
            active,
            acknowledged,
            minutes,
        })
    }
}

/// The pump's state of health.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not one state in disguise"
)]
pub struct Health {
    /// Lowest supply of the last check under load; 0 before the first. Unit: millivolt.
    pub loaded_mv: u16,
    /// Days since elective replacement became due; [`u16::MAX`] if it is not due.
    pub replacement_days: u16,
    /// Time of the pump's week. Unit: millisecond since Monday 0:00.
    pub time_of_week: u32,
    /// Clock of log and calendar: the pump's clock less the jumps that it has detected.
    pub monotonic: PumpTime,
    /// Clock of lockouts and windows: monotonic time less the time that the pump was off.
    pub therapy_time: PumpTime,
    /// Resets since the pump was made, without the first power-on.
    pub resets: u32,
    /// Watchdog and brown-out resets in close succession.
    pub close_resets: u8,
    /// Steps of old drug left in a bridge bolus.
    pub bridge_steps: u32,
    /// Whether an update session is open.
    pub in_session: bool,
    /// Whether the tubing and the catheter have been primed.
    pub primed: bool,
    /// Whether the magnet switch is closed.
    pub magnet: bool,
    /// Whether work on the catheter was declared, and it was not primed since.
    pub catheter_open: bool,
}

impl Health {
    pub(super) fn encode(&self, out: &mut Writer<'_>) {
        out.u16(self.loaded_mv);
        out.u16(self.replacement_days);
        out.u32(self.time_of_week);
        out.u64(self.monotonic.as_millis());
        out.u64(self.therapy_time.as_millis());
        out.u32(self.resets);
        out.u8(self.close_resets);
        out.u32(self.bridge_steps);
        let flags = [
            self.in_session,
            self.primed,
            self.magnet,
            self.catheter_open,
        ];
        let bits = flags.iter().enumerate();
        out.u8(bits.fold(0, |all, (bit, &is_so)| all | u8::from(is_so) << bit));
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut health = Self {
            loaded_mv: from.u16()?,
            replacement_days: from.u16()?,
            time_of_week: from.u32()?,
            monotonic: PumpTime::from_millis(from.u64()?),
            therapy_time: PumpTime::from_millis(from.u64()?),
            resets: from.u32()?,
            close_resets: from.u8()?,
            bridge_steps: from.u32()?,
            ..Self::default()
        };
        let flags = from.u8()?;
        if flags & !0b1111 != 0 {
            return Err(DecodeError::UnknownValue {
                field: "health flags",
                value: flags.into(),
            });
        }
        health.in_session = flags & 1 != 0;
        health.primed = flags & 2 != 0;
        health.magnet = flags & 4 != 0;
        health.catheter_open = flags & 8 != 0;
        Ok(health)
    }
}
