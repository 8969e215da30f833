//! Stimulus: the present state of the pump's pins.

use crate::buffer::{Bytes, Reader, Writer};
use crate::error::DecodeError;
use crate::limits::TELEMETRY_MAX;
use thecal_units::PumpTime;

/// Why the pump was woken; more than one may apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WakeReasons(u8);

impl WakeReasons {
    /// The first exchange after a reset.
    pub const BOOT: Self = Self(1);
    /// The instant of the last `wake_at` has come.
    pub const TIMER: Self = Self(1 << 1);
    /// A telemetry packet has arrived.
    pub const TELEMETRY: Self = Self(1 << 2);
    /// A motor pulse was not followed by a sense pulse.
    pub const MISSED_PULSE: Self = Self(1 << 3);
    /// The magnetic-field switch changed.
    pub const MAGNET: Self = Self(1 << 4);
    /// The supply fell below the armed threshold.
    pub const SUPPLY: Self = Self(1 << 5);

    const ALL: u8 = 0b11_1111;

    /// No reason.
    #[must_use]
    pub const fn none() -> Self {
        Self(0)
    }

    /// Union of both sets of reasons.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are among these.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is no reason.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The bits as on the wire.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }
}

/// The present state of the pump's pins. Counts are since the previous exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stimulus {
    /// Why the pump is woken.
    pub wake: WakeReasons,
    /// Whether the magnetic-field switch is closed.
    pub magnet: bool,
    /// The pump's clock now.
    pub clock: PumpTime,
    /// Supply now. Unit: millivolt.
    pub supply_mv: u16,
    /// Lowest supply since the previous exchange, including under load. Unit: millivolt.
    pub supply_min_mv: u16,
    /// Temperature of the pump. Unit: 0.01 degree Celsius.
    pub temperature_centi_c: i16,
    /// Motor pulses driven.
    pub steps_driven: u32,
    /// Motor pulses followed by a sense pulse.
    pub steps_sensed: u32,
    /// Number of writes of the previous Reaction that are durable now.
    pub nvm_durable: u8,
    /// Telemetry packet received; empty: none.
    pub telemetry: Bytes<TELEMETRY_MAX>,
}

impl Stimulus {
    pub(crate) fn encode(&self, out: &mut Writer<'_>) {
        out.u8(self.wake.bits());
        out.u8(u8::from(self.magnet));
        out.u64(self.clock.as_millis());
        out.u16(self.supply_mv);
        out.u16(self.supply_min_mv);
        out.i16(self.temperature_centi_c);
        out.u32(self.steps_driven);
        out.u32(self.steps_sensed);
        out.u8(self.nvm_durable);
        encode_telemetry(&self.telemetry, out);
    }

    pub(crate) fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let wake = from.u8()?;
        if wake & !WakeReasons::ALL != 0 {
            return Err(DecodeError::UnknownValue {
                field: "wake reasons",
                value: wake.into(),
            });
        }
        Ok(Self {
            wake: WakeReasons(wake),
            magnet: match from.u8()? {
                0 => false,
                1 => true,
                value => {
                    return Err(DecodeError::UnknownValue {
                        field: "pins",
                        value: value.into(),
                    });
                }
            },
            clock: PumpTime::from_millis(from.u64()?),
            supply_mv: from.u16()?,
            supply_min_mv: from.u16()?,
            temperature_centi_c: from.i16()?,
            steps_driven: from.u32()?,
            steps_sensed: from.u32()?,
            nvm_durable: from.u8()?,
            telemetry: decode_telemetry(from)?,
        })
    }
}

pub(crate) fn encode_telemetry(packet: &Bytes<TELEMETRY_MAX>, out: &mut Writer<'_>) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "TELEMETRY_MAX is below 256"
    )]
    out.u8(packet.len() as u8);
    out.bytes(packet.as_slice());
}

pub(crate) fn decode_telemetry(from: &mut Reader<'_>) -> Result<Bytes<TELEMETRY_MAX>, DecodeError> {
    let len = usize::from(from.u8()?);
    let mut packet = Bytes::new();
    packet.extend(from.bytes(len)?)?;
    Ok(packet)
}
