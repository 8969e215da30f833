//! Commands: what a programmer or a remote asks of the pump.

use super::auth::{Content, Direction, Keys};
use crate::buffer::{Reader, Writer};
use crate::error::DecodeError;
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

/// Everything that a clinician prescribes, programmed as one piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prescription {
    /// Concentration of the drug in the reservoir, as labeled.
    pub concentration: Concentration,
    /// Dose of the simple continuous infusion.
    pub dose: DoseRate,
    /// Dose of one patient bolus, in whole nanograms; zero disables the remotes.
    pub bolus_dose: Mass,
    /// Time over which a patient bolus is given.
    pub bolus_duration: Millis,
    /// Least time from the start of one patient bolus to the start of the next.
    pub lockout: Millis,
    /// Most patient boluses in any 24 hours.
    pub daily_maximum: u8,
    /// Counted reservoir volume at which the low-reservoir alarm sounds.
    pub low_reservoir: Volume,
    /// Repeat interval of the critical alarm.
    pub critical_interval: Millis,
    /// Repeat interval of the non-critical alarm.
    pub non_critical_interval: Millis,
}

impl Prescription {
    /// Length of [`Prescription::to_bytes`].
    pub const LEN: usize = 37;

    /// The layout used on the air and in the pump's memory.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let mut out = Writer::new(&mut bytes);
        out.u32(self.concentration.as_ng_per_ml());
        out.u32(self.dose.as_ng_per_day());
        out.u32(narrow(self.bolus_dose.as_nanograms_round_down()));
        out.u32(narrow(self.bolus_duration.as_millis()));
        out.u32(narrow(self.lockout.as_millis()));
        out.u8(self.daily_maximum);
        out.u64(self.low_reservoir.as_picoliters());
        out.u32(narrow(self.critical_interval.as_millis()));
        out.u32(narrow(self.non_critical_interval.as_millis()));
        debug_assert_eq!(out.finish(), Ok(Self::LEN), "LEN is the sum of the fields");
        bytes
    }

    /// Reads the layout of [`Prescription::to_bytes`].
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooShort`] if bytes are missing.
    pub fn from_reader(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            concentration: Concentration::from_ng_per_ml(from.u32()?),
            dose: DoseRate::from_ng_per_day(from.u32()?),
            bolus_dose: Mass::from_nanograms(from.u32()?.into()),
            bolus_duration: Millis::from_millis(from.u32()?.into()),
            lockout: Millis::from_millis(from.u32()?.into()),
            daily_maximum: from.u8()?,
            low_reservoir: Volume::from_picoliters(from.u64()?),
            critical_interval: Millis::from_millis(from.u32()?.into()),
            non_critical_interval: Millis::from_millis(from.u32()?.into()),
        })
    }
}

/// Narrows for the wire; a value past the field's range becomes the largest, which the pump's
/// range check refuses.
fn narrow(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// What is asked of the pump. Kinds are pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Set the keys. Only a pump without keys accepts it, under the factory key.
    Provision(Keys),
    /// Report the status.
    Interrogate,
    /// Replace the prescription. Does not start or stop the infusion.
    Program(Prescription),
    /// Start the infusion.
    Start,
    /// Stop the infusion and any bolus.
    Stop,
    /// Give a single bolus on the clinician's word.
    ClinicianBolus {
        /// Dose, in whole nanograms.
        dose: Mass,
        /// Time over which it is given.
        duration: Millis,
    },
    /// A patient asks for a bolus.
    PatientBolus {
        /// Number of the physical press: a stuck or repeating button repeats it.
        press: u16,
    },
    /// Read the event log from this entry on.
    ReadLog {
        /// Index of the first entry wanted.
        first: u32,
    },
    /// The reservoir was refilled.
    Refill {
        /// Volume filled.
        volume: Volume,
        /// Concentration filled.
        concentration: Concentration,
    },
    /// Silence the alarms that sound now.
    Silence,
}

impl Content for Command {
    const DIRECTION: Direction = Direction::ToPump;

    fn kind(&self) -> u8 {
        match self {
            Self::Provision(_) => 0x01,
            Self::Interrogate => 0x02,
            Self::Program(_) => 0x03,
            Self::Start => 0x04,
            Self::Stop => 0x05,
            Self::ClinicianBolus { .. } => 0x06,
            Self::PatientBolus { .. } => 0x07,
            Self::ReadLog { .. } => 0x08,
            Self::Refill { .. } => 0x09,
            Self::Silence => 0x0a,
        }
    }

    fn encode(&self, out: &mut Writer<'_>) {
        match self {
            Self::Provision(keys) => keys.encode(out),
            Self::Program(prescription) => out.bytes(&prescription.to_bytes()),
            Self::ClinicianBolus { dose, duration } => {
                out.u32(narrow(dose.as_nanograms_round_down()));
                out.u32(narrow(duration.as_millis()));
            }
            Self::PatientBolus { press } => out.u16(*press),
            Self::ReadLog { first } => out.u32(*first),
            Self::Refill {
                volume,
                concentration,
            } => {
                out.u64(volume.as_picoliters());
                out.u32(concentration.as_ng_per_ml());
            }
            Self::Interrogate | Self::Start | Self::Stop | Self::Silence => {}
        }
    }

    fn decode(kind: u8, from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match kind {
            0x01 => Self::Provision(Keys::decode(from)?),
            0x02 => Self::Interrogate,
            0x03 => Self::Program(Prescription::from_reader(from)?),
            0x04 => Self::Start,
            0x05 => Self::Stop,
            0x06 => Self::ClinicianBolus {
                dose: Mass::from_nanograms(from.u32()?.into()),
                duration: Millis::from_millis(from.u32()?.into()),
            },
            0x07 => Self::PatientBolus { press: from.u16()? },
            0x08 => Self::ReadLog { first: from.u32()? },
            0x09 => Self::Refill {
                volume: Volume::from_picoliters(from.u64()?),
                concentration: Concentration::from_ng_per_ml(from.u32()?),
            },
            0x0a => Self::Silence,
            _ => {
                return Err(DecodeError::UnknownValue {
                    field: "command",
                    value: kind.into(),
                });
            }
        })
    }
}
