//! Responses: what the pump answers.

use crate::alarm::Alarms;
use crate::auth::{Content, Direction};
use crate::health::{AlarmReport, Health};
use crate::log::LogPage;
use crate::prescription::Prescription;
use thecal_link::DecodeError;
use thecal_link::buffer::{Reader, Writer};
use thecal_units::{Concentration, DoseRate, PumpTime, Volume};

macro_rules! pinned {
    ($(#[$doc:meta])* $name:ident, $field:literal {
        $($(#[$variant_doc:meta])* $variant:ident = $value:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$variant_doc])* $variant = $value,)*
        }

        impl $name {
            /// Every value, in order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Reads the number used on the wire and in the pump's memory.
            ///
            /// # Errors
            ///
            /// [`DecodeError::UnknownValue`] if the number stands for nothing.
            pub const fn from_number(value: u8) -> Result<Self, DecodeError> {
                match value {
                    $($value => Ok(Self::$variant),)*
                    _ => Err(DecodeError::UnknownValue { field: $field, value: value as u32 }),
                }
            }
        }
    };
}
pub(super) use pinned;

pinned! {
    /// What the pump is doing. Numbers are pinned.
    Mode, "mode" {
        /// Not provisioned or not programmed.
        Unprogrammed = 0,
        /// Programmed and stopped by the clinician.
        Stopped = 1,
        /// Infusing as prescribed.
        Infusing = 2,
        /// A patient bolus is being given.
        PatientBolus = 3,
        /// A clinician's bolus is being given.
        ClinicianBolus = 4,
        /// The motor is stalled; retries go on.
        Stalled = 5,
        /// The reservoir is empty by count.
        Empty = 6,
        /// A fault in its own memory: nothing is infused until a clinician programs it.
        SafeState = 7,
        /// The battery is at its end, on two sources: nothing is infused.
        EndOfService = 8,
        /// The infusion pauses while an update session is open.
        Held = 9,
        /// Tubing and catheter are being filled.
        Priming = 10,
    }
}

pinned! {
    /// Why a patient's request was denied. Numbers are pinned.
    Denial, "denial" {
        /// The remotes are not part of the prescription.
        Disabled = 1,
        /// The infusion is stopped, stalled or empty, or an alarm forbids boluses.
        NotInfusing = 2,
        /// The lockout has not passed.
        Lockout = 3,
        /// The most boluses of 24 hours have been given.
        DailyMaximum = 4,
        /// The same press again.
        SamePress = 5,
        /// Another bolus is being given.
        InProgress = 6,
        /// It could take the patient past a dose limit.
        DoseLimit = 7,
        /// Old drug is still in the catheter.
        Bridging = 8,
        /// A magnet is near.
        Magnet = 9,
    }
}

pinned! {
    /// Why a command was not obeyed, though it was authentic and fresh. Numbers are pinned.
    Rejection, "rejection" {
        /// The role may not give this command.
        NotAllowed = 1,
        /// A value is out of its range.
        OutOfRange = 2,
        /// The pump is already provisioned.
        AlreadyProvisioned = 3,
        /// The pump is not programmed.
        NotProgrammed = 4,
        /// Not possible in the present mode.
        WrongMode = 5,
    }
}

/// What an interrogation shows. Counts are since the pump was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The pump's clock.
    pub clock: PumpTime,
    /// What it is doing.
    pub mode: Mode,
    /// Active alarms.
    pub alarms: Alarms,
    /// Reservoir volume by count.
    pub reservoir: Volume,
    /// Motor steps that moved, by count.
    pub steps: u64,
    /// Patient boluses granted.
    pub granted: u32,
    /// Patient requests denied.
    pub denied: u32,
    /// Packets not obeyed because of a wrong tag or a stale counter.
    pub unauthentic: u32,
    /// Entries ever written to the event log.
    pub log_entries: u32,
    /// Supply. Unit: millivolt.
    pub supply_mv: u16,
    /// Programmed concentration.
    pub concentration: Concentration,
    /// Programmed continuous dose.
    pub dose: DoseRate,
}

/// What the pump answers. Kinds are pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// Done.
    Done,
    /// Not done.
    Rejected(Rejection),
    /// The bolus is granted and begins.
    BolusGranted,
    /// The bolus is denied.
    BolusDenied(Denial),
    /// The status.
    Status(Status),
    /// A page of the event log.
    Log(LogPage),
    /// The prescription in force.
    Prescription(Prescription),
    /// The alarms.
    Alarms(AlarmReport),
    /// The state of health.
    Health(Health),
}

impl Content for Response {
    const DIRECTION: Direction = Direction::FromPump;

    fn kind(&self) -> u8 {
        match self {
            Self::Done => 0x81,
            Self::Rejected(_) => 0x82,
            Self::BolusGranted => 0x83,
            Self::BolusDenied(_) => 0x84,
            Self::Status(_) => 0x85,
            Self::Log(_) => 0x86,
            Self::Prescription(_) => 0x87,
            Self::Alarms(_) => 0x88,
            Self::Health(_) => 0x89,
        }
    }

    fn encode(&self, out: &mut Writer<'_>) {
        match self {
            Self::Done | Self::BolusGranted => {}
            Self::Rejected(rejection) => out.u8(*rejection as u8),
            Self::BolusDenied(denial) => out.u8(*denial as u8),
            Self::Status(status) => status.encode(out),
            Self::Log(page) => page.encode(out),
            Self::Prescription(prescription) => out.bytes(&prescription.to_bytes()),
            Self::Alarms(report) => report.encode(out),
            Self::Health(health) => health.encode(out),
        }
    }

    fn decode(kind: u8, from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match kind {
            0x81 => Self::Done,
            0x82 => Self::Rejected(Rejection::from_number(from.u8()?)?),
            0x83 => Self::BolusGranted,
            0x84 => Self::BolusDenied(Denial::from_number(from.u8()?)?),
            0x85 => Self::Status(Status::decode(from)?),
            0x86 => Self::Log(LogPage::decode(from)?),
            0x87 => Self::Prescription(Prescription::from_reader(from)?),
            0x88 => Self::Alarms(AlarmReport::decode(from)?),
            0x89 => Self::Health(Health::decode(from)?),
            _ => {
                return Err(DecodeError::UnknownValue {
                    field: "response",
                    value: kind.into(),
                });
            }
        })
    }
}

impl Status {
    fn encode(&self, out: &mut Writer<'_>) {
        out.u64(self.clock.as_millis());
        out.u8(self.mode as u8);
        out.u16(self.alarms.0);
        out.u64(self.reservoir.as_picoliters());
        out.u64(self.steps);
        out.u32(self.granted);
        out.u32(self.denied);
        out.u32(self.unauthentic);
        out.u32(self.log_entries);
        out.u16(self.supply_mv);
        out.u32(self.concentration.as_ng_per_ml());
        out.u32(self.dose.as_ng_per_day());
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            clock: PumpTime::from_millis(from.u64()?),
            mode: Mode::from_number(from.u8()?)?,
            alarms: Alarms(from.u16()?),
            reservoir: Volume::from_picoliters(from.u64()?),
            steps: from.u64()?,
            granted: from.u32()?,
            denied: from.u32()?,
            unauthentic: from.u32()?,
            log_entries: from.u32()?,
            supply_mv: from.u16()?,
            concentration: Concentration::from_ng_per_ml(from.u32()?),
            dose: DoseRate::from_ng_per_day(from.u32()?),
        })
    }
}
