//! Commands: requests of a programmer or a remote to the pump.

use crate::auth::{Content, Direction, REMOTES_MAX};
use crate::pinned::pinned;
use crate::prescription::{Prescription, narrow};
use thecal_link::DecodeError;
use thecal_link::buffer::{Reader, Writer};
use thecal_units::{Concentration, Mass, Millis, Volume};

pinned! {
    /// What was done to the catheter. Numbers are pinned.
    CatheterWork, "catheter work" {
        /// Another catheter was implanted.
        Replaced = 1,
        /// The catheter was opened, shortened or moved.
        Revised = 2,
        /// Its content was drawn out, as through an access port.
        Aspirated = 3,
    }
}

/// A request to the pump. Kinds are pinned; 0x01, 0x03, 0x09 and 0x12 are retired and must
/// not be reused (REQ-TEL-013).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Report the status.
    Interrogate,
    /// Start the infusion.
    Start,
    /// Stop the infusion and any bolus.
    Stop,
    /// Give a single bolus ordered by the clinician.
    ClinicianBolus {
        /// Dose, in whole nanograms.
        dose: Mass,
        /// Time over which it is given.
        duration: Millis,
    },
    /// A patient asks for a bolus.
    PatientBolus {
        /// Number of the physical press: a stuck or repeating button sends the same number again.
        press: u16,
    },
    /// Read the event log from this entry on.
    ReadLog {
        /// Index of the first entry requested.
        first: u32,
    },
    /// The reservoir was refilled.
    Refill {
        /// Volume filled.
        volume: Volume,
        /// Concentration filled.
        concentration: Concentration,
        /// The old drug left behind the reservoir is infused first, at the flow that its concentration
        /// needs.
        bridge: bool,
        /// Volume drawn out before; `None`: not measured.
        drawn: Option<Volume>,
    },
    /// Silence the alarms that sound now.
    Silence,
    /// Open an update session.
    OpenUpdate {
        /// The infusion pauses until the session ends.
        hold: bool,
    },
    /// Stage a prescription; the one in force stays in force. Needs an open session.
    Stage(Prescription),
    /// Put the staged prescription in force and close the session.
    Commit {
        /// CRC-32 of the staged prescription's bytes.
        checksum: u32,
        /// Time of the week now. Unit: millisecond since Monday 0:00.
        time_of_week: u32,
    },
    /// Close the session; the staged prescription is dropped.
    CloseUpdate,
    /// Fill the tubing and the catheter of a stopped pump with drug.
    PrimingBolus,
    /// Report the prescription in force.
    ReadPrescription,
    /// Report the active alarms.
    ReadAlarms,
    /// Report the pump's state of health.
    ReadHealth,
    /// Ask a pump without keys for its challenge, under its pairing key.
    AskChallenge,
    /// Take the keys that follow from the challenge. Only a pump without keys obeys it, under the
    /// provisioning key of its challenge.
    Provision {
        /// The remotes that are in use: bit 0 is remote 1.
        remotes: u8,
    },
    /// Somebody has worked on the catheter: it may be primed once more, without the pump's tubing.
    DeclareWork(CatheterWork),
}

impl Command {
    /// Its kind: the number on the air and in the event log.
    #[must_use]
    pub fn number(&self) -> u8 {
        self.kind()
    }
}

impl Content for Command {
    const DIRECTION: Direction = Direction::ToPump;

    fn kind(&self) -> u8 {
        match self {
            Self::Interrogate => 0x02,
            Self::Start => 0x04,
            Self::Stop => 0x05,
            Self::ClinicianBolus { .. } => 0x06,
            Self::PatientBolus { .. } => 0x07,
            Self::ReadLog { .. } => 0x08,
            Self::Silence => 0x0a,
            Self::OpenUpdate { .. } => 0x0b,
            Self::Stage(_) => 0x0c,
            Self::Commit { .. } => 0x0d,
            Self::CloseUpdate => 0x0e,
            Self::PrimingBolus => 0x0f,
            Self::ReadPrescription => 0x10,
            Self::ReadAlarms => 0x11,
            Self::ReadHealth => 0x13,
            Self::AskChallenge => 0x14,
            Self::Provision { .. } => 0x15,
            Self::DeclareWork(_) => 0x16,
            Self::Refill { .. } => 0x17,
        }
    }

    fn encode(&self, out: &mut Writer<'_>) {
        match self {
            Self::Provision { remotes } => out.u8(*remotes),
            Self::DeclareWork(work) => out.u8(*work as u8),
            Self::Stage(prescription) => out.bytes(&prescription.to_bytes()),
            Self::OpenUpdate { hold } => out.u8(u8::from(*hold)),
            Self::Commit {
                checksum,
                time_of_week,
            } => {
                out.u32(*checksum);
                out.u32(*time_of_week);
            }
            Self::ClinicianBolus { dose, duration } => {
                out.u32(narrow(dose.as_nanograms_round_down()));
                out.u32(narrow(duration.as_millis()));
            }
            Self::PatientBolus { press } => out.u16(*press),
            Self::ReadLog { first } => out.u32(*first),
            Self::Refill {
                volume,
                concentration,
                bridge,
                drawn,
            } => {
                out.u8(u8::from(*bridge) | u8::from(drawn.is_some()) << 1);
                out.u64(volume.as_picoliters());
                out.u32(concentration.as_ng_per_ml());
                out.u64(drawn.unwrap_or_default().as_picoliters());
            }
            Self::Interrogate
            | Self::Start
            | Self::Stop
            | Self::Silence
            | Self::CloseUpdate
            | Self::PrimingBolus
            | Self::ReadPrescription
            | Self::ReadAlarms
            | Self::ReadHealth
            | Self::AskChallenge => {}
        }
    }

    fn decode(kind: u8, from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match kind {
            0x02 => Self::Interrogate,
            0x04 => Self::Start,
            0x05 => Self::Stop,
            0x06 => Self::ClinicianBolus {
                dose: Mass::from_nanograms(from.u32()?.into()),
                duration: Millis::from_millis(from.u32()?.into()),
            },
            0x07 => Self::PatientBolus { press: from.u16()? },
            0x08 => Self::ReadLog { first: from.u32()? },
            0x0a => Self::Silence,
            0x0b => Self::OpenUpdate {
                hold: flag(from.u8()?)?,
            },
            0x0c => Self::Stage(Prescription::from_reader(from)?),
            0x0d => Self::Commit {
                checksum: from.u32()?,
                time_of_week: from.u32()?,
            },
            0x0e => Self::CloseUpdate,
            0x0f => Self::PrimingBolus,
            0x10 => Self::ReadPrescription,
            0x11 => Self::ReadAlarms,
            0x13 => Self::ReadHealth,
            0x14 => Self::AskChallenge,
            0x15 => Self::Provision {
                remotes: remotes(from.u8()?)?,
            },
            0x16 => Self::DeclareWork(CatheterWork::from_number(from.u8()?)?),
            0x17 => refill(from)?,
            _ => {
                return Err(DecodeError::UnknownValue {
                    field: "command",
                    value: kind.into(),
                });
            }
        })
    }
}

fn remotes(bits: u8) -> Result<u8, DecodeError> {
    if bits >> REMOTES_MAX == 0 {
        return Ok(bits);
    }
    Err(DecodeError::UnknownValue {
        field: "remotes",
        value: bits.into(),
    })
}

/// Bit 0: bridged; bit 1: what was drawn is measured, otherwise its field is zero.
fn refill(from: &mut Reader<'_>) -> Result<Command, DecodeError> {
    let flags = from.u8()?;
    let volume = Volume::from_picoliters(from.u64()?);
    let concentration = Concentration::from_ng_per_ml(from.u32()?);
    let drawn = from.u64()?;
    if flags >> 2 != 0 || (flags & 2 == 0 && drawn != 0) {
        return Err(DecodeError::UnknownValue {
            field: "refill flags",
            value: flags.into(),
        });
    }
    Ok(Command::Refill {
        volume,
        concentration,
        bridge: flags & 1 != 0,
        drawn: (flags & 2 != 0).then(|| Volume::from_picoliters(drawn)),
    })
}

fn flag(value: u8) -> Result<bool, DecodeError> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(DecodeError::UnknownValue {
            field: "flag",
            value: value.into(),
        }),
    }
}
