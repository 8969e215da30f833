//! Reaction: the pump's outputs at its pins, in the order in which they take effect.
//!
//! Order of effects: NVM writes one by one, then motor, sounder, telemetry. A power cut may occur
//! between any two effects or after any byte of a write. Firmware that needs a record to be durable
//! before it acts may rely on this order and on nothing else.

use crate::buffer::{Bytes, Reader, Writer};
use crate::error::DecodeError;
use crate::limits::{NVM_BYTES_MAX, NVM_LEN, NVM_WRITES_MAX, TELEMETRY_MAX};
use crate::stimulus::{decode_telemetry, encode_telemetry};
use thecal_units::{Millis, PumpTime};

/// Command to the motor driver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MotorCommand {
    /// Continue as before.
    #[default]
    Keep,
    /// A train of pulses that runs autonomously, like a hardware timer. Replaces a train that is
    /// still running.
    Train {
        /// Number of pulses.
        pulses: u32,
        /// From this exchange to the first pulse. Unit: microsecond of the pump's crystal.
        first_delay_us: u32,
        /// From pulse to pulse. Unit: microsecond of the pump's crystal.
        period_us: u32,
        /// Electrical energy of each pulse. Unit: microjoule.
        pulse_energy_uj: u16,
    },
    /// Cut the drive at once, within the current stroke.
    StopNow,
    /// Let the current stroke finish, then stop.
    StopAfterStroke,
}

/// A tone that the sounder starts now and that ends after its duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// None.
    #[default]
    Silent,
    /// One second, one tone: non-critical (pump.md S4).
    Single,
    /// Three seconds, two tones: critical (pump.md S4).
    TwoTone,
}

/// Pin events that wake the pump before `wake_at`, like enabled interrupts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arm {
    /// A telemetry packet. While this is off, the receiver is off and packets are lost.
    pub telemetry: bool,
    /// The first motor pulse without a sense pulse.
    pub missed_pulse: bool,
    /// An edge of the magnetic-field switch.
    pub magnet: bool,
    /// The supply falls below this; 0 is off. Unit: millivolt.
    pub supply_below_mv: u16,
}

/// The pump's outputs at its pins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reaction {
    /// Writes to the non-volatile memory, in order.
    pub nvm: NvmWrites,
    /// Command to the motor driver.
    pub motor: MotorCommand,
    /// Tone to start.
    pub tone: Tone,
    /// Telemetry packet to send; empty: none.
    pub telemetry: Bytes<TELEMETRY_MAX>,
    /// Watchdog kick: the pump is reset unless the next kick comes within this period of its own
    /// clock. Zero leaves the watchdog unchanged.
    pub watchdog: Millis,
    /// Armed pin events.
    pub arm: Arm,
    /// Requested wake; an armed event may wake the pump earlier. An instant in the past means the
    /// next millisecond.
    pub wake_at: PumpTime,
}

impl Reaction {
    /// No effect at the pins.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            nvm: NvmWrites::new(),
            motor: MotorCommand::Keep,
            tone: Tone::Silent,
            telemetry: Bytes::new(),
            watchdog: Millis::ZERO,
            arm: Arm {
                telemetry: false,
                missed_pulse: false,
                magnet: false,
                supply_below_mv: 0,
            },
            wake_at: PumpTime::ZERO,
        }
    }

    /// Clears it for the next exchange, without touching the buffers' storage.
    pub fn clear(&mut self) {
        self.nvm.clear();
        self.motor = MotorCommand::Keep;
        self.tone = Tone::Silent;
        self.telemetry.clear();
        self.watchdog = Millis::ZERO;
        self.arm = Arm::default();
        self.wake_at = PumpTime::ZERO;
    }

    pub(crate) fn encode(&self, out: &mut Writer<'_>) {
        let (motor, pulses, first_delay_us, period_us, energy) = match self.motor {
            MotorCommand::Keep => (0, 0, 0, 0, 0),
            MotorCommand::Train {
                pulses,
                first_delay_us,
                period_us,
                pulse_energy_uj,
            } => (1, pulses, first_delay_us, period_us, pulse_energy_uj),
            MotorCommand::StopNow => (2, 0, 0, 0, 0),
            MotorCommand::StopAfterStroke => (3, 0, 0, 0, 0),
        };
        out.u8(motor);
        out.u8(match self.tone {
            Tone::Silent => 0,
            Tone::Single => 1,
            Tone::TwoTone => 2,
        });
        out.u8(u8::from(self.arm.telemetry)
            | u8::from(self.arm.missed_pulse) << 1
            | u8::from(self.arm.magnet) << 2);
        out.u16(self.arm.supply_below_mv);
        out.u64(self.wake_at.as_millis());
        out.u32(u32::try_from(self.watchdog.as_millis()).unwrap_or(u32::MAX));
        out.u32(pulses);
        out.u32(first_delay_us);
        out.u32(period_us);
        out.u16(energy);
        self.nvm.encode(out);
        encode_telemetry(&self.telemetry, out);
    }

    pub(crate) fn decode_into(&mut self, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        self.clear();
        let motor = from.u8()?;
        self.tone = match from.u8()? {
            0 => Tone::Silent,
            1 => Tone::Single,
            2 => Tone::TwoTone,
            value => {
                return Err(DecodeError::UnknownValue {
                    field: "tone",
                    value: value.into(),
                });
            }
        };
        let arm = from.u8()?;
        if arm & !0b111 != 0 {
            return Err(DecodeError::UnknownValue {
                field: "armed events",
                value: arm.into(),
            });
        }
        self.arm = Arm {
            telemetry: arm & 1 != 0,
            missed_pulse: arm & 2 != 0,
            magnet: arm & 4 != 0,
            supply_below_mv: from.u16()?,
        };
        self.wake_at = PumpTime::from_millis(from.u64()?);
        self.watchdog = Millis::from_millis(from.u32()?.into());
        let train = MotorCommand::Train {
            pulses: from.u32()?,
            first_delay_us: from.u32()?,
            period_us: from.u32()?,
            pulse_energy_uj: from.u16()?,
        };
        self.motor = match motor {
            0 => MotorCommand::Keep,
            1 => train,
            2 => MotorCommand::StopNow,
            3 => MotorCommand::StopAfterStroke,
            _ => {
                return Err(DecodeError::UnknownValue {
                    field: "motor",
                    value: motor.into(),
                });
            }
        };
        self.nvm.decode_into(from)?;
        self.telemetry = decode_telemetry(from)?;
        Ok(())
    }
}

/// Writes to the non-volatile memory, in order.
#[derive(Clone, Debug, Default)]
pub struct NvmWrites {
    count: usize,
    spans: [(u16, u8); NVM_WRITES_MAX],
    data: Bytes<NVM_BYTES_MAX>,
}

impl NvmWrites {
    /// No writes.
    #[must_use]
    pub(crate) const fn new() -> Self {
        Self {
            count: 0,
            spans: [(0, 0); NVM_WRITES_MAX],
            data: Bytes::new(),
        }
    }

    /// Removes all writes.
    pub const fn clear(&mut self) {
        self.count = 0;
        self.data.clear();
    }

    /// Number of writes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no writes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Appends one write.
    ///
    /// # Errors
    ///
    /// [`DecodeError::LengthOutOfRange`] if there is no room for it, it is longer than 255 bytes,
    /// or it lies outside the memory.
    pub fn push(&mut self, offset: u16, bytes: &[u8]) -> Result<(), DecodeError> {
        let end = usize::from(offset) + bytes.len();
        if end > NVM_LEN {
            return Err(DecodeError::LengthOutOfRange {
                len: end,
                max: NVM_LEN,
            });
        }
        let Ok(len) = u8::try_from(bytes.len()) else {
            return Err(DecodeError::LengthOutOfRange {
                len: bytes.len(),
                max: 255,
            });
        };
        let Some(span) = self.spans.get_mut(self.count) else {
            return Err(DecodeError::LengthOutOfRange {
                len: self.count + 1,
                max: NVM_WRITES_MAX,
            });
        };
        self.data.extend(bytes)?;
        *span = (offset, len);
        self.count += 1;
        Ok(())
    }

    /// The writes in order: offset and bytes.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &[u8])> {
        let mut rest = self.data.as_slice();
        self.spans
            .iter()
            .take(self.count)
            .map(move |&(offset, len)| {
                let (bytes, tail) = rest.split_at_checked(len.into()).unwrap_or((rest, &[]));
                rest = tail;
                (offset, bytes)
            })
    }

    fn encode(&self, out: &mut Writer<'_>) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "NVM_WRITES_MAX is below 256"
        )]
        out.u8(self.count as u8);
        for (offset, bytes) in self.iter() {
            out.u16(offset);
            #[expect(clippy::cast_possible_truncation, reason = "push() admits 255 at most")]
            out.u8(bytes.len() as u8);
            out.bytes(bytes);
        }
    }

    fn decode_into(&mut self, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        let count = usize::from(from.u8()?);
        for _ in 0..count {
            let offset = from.u16()?;
            let len = usize::from(from.u8()?);
            self.push(offset, from.bytes(len)?)?;
        }
        Ok(())
    }
}

/// Compares the writes only, not leftover bytes of earlier exchanges in the buffer.
impl PartialEq for NvmWrites {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for NvmWrites {}
