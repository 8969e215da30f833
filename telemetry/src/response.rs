//! Responses: the pump's answers.

use crate::alarm::Alarms;
use crate::auth::{Challenge, Content, Direction};
use crate::health::{AlarmReport, Health};
use crate::log::LogPage;
use crate::pinned::pinned;
use crate::prescription::Prescription;
use thecal_link::DecodeError;
use thecal_link::buffer::{Reader, Writer};
use thecal_units::{Concentration, DoseRate, PumpTime, Volume};

pinned! {
    /// Mode of the pump. Numbers are pinned.
    Mode, "mode" {
        /// Not provisioned or not programmed.
        Unprogrammed = 0,
        /// Programmed and stopped by the clinician.
        Stopped = 1,
        /// Infusing as prescribed.
        Infusing = 2,
        /// A patient bolus is in progress.
        PatientBolus = 3,
        /// A clinician bolus is in progress.
        ClinicianBolus = 4,
        /// The motor is stalled; tries continue.
        Stalled = 5,
        /// The reservoir is empty by count.
        Empty = 6,
        /// Safe state after a memory fault: no infusion until a clinician programs the pump.
        SafeState = 7,
        /// End of service, by two sources: no infusion.
        EndOfService = 8,
        /// The infusion pauses while an update session is open.
        Held = 9,
        /// A priming bolus is filling tubing and catheter.
        Priming = 10,
        /// Infusing after a stall that is not over yet.
        Recovering = 11,
    }
}

pinned! {
    /// Why a patient request was denied. Numbers are pinned; 2 is retired.
    Denial, "denial" {
        /// The prescription has no patient bolus.
        Disabled = 1,
        /// The lockout time has not elapsed.
        Lockout = 3,
        /// The daily maximum of the last 24 hours has been reached.
        DailyMaximum = 4,
        /// The same press was sent again.
        SamePress = 5,
        /// Another bolus is in progress.
        InProgress = 6,
        /// It could exceed a dose limit.
        DoseLimit = 7,
        /// Old drug is still in the catheter.
        Bridging = 8,
        /// A magnet is near.
        Magnet = 9,
        /// The pump has no prescription.
        NotProgrammed = 10,
        /// Safe state: nothing is infused.
        SafeState = 11,
        /// A priming bolus runs.
        Priming = 12,
        /// The infusion is stopped.
        Stopped = 13,
        /// The infusion has ended with the battery.
        EndOfService = 14,
        /// An update session holds the infusion.
        Held = 15,
        /// The reservoir is empty by count.
        Empty = 16,
        /// The motor has stalled, and the stall is not over.
        Stalled = 17,
        /// An alarm denies boluses.
        Alarm = 18,
    }
}

pinned! {
    /// Why an authentic, fresh command was not obeyed: one reason, the first that applies. Numbers are
    /// pinned; 2 and 5 are retired. From 32 on a value is out of the range of the field that is named.
    Rejection, "rejection" {
        /// The role is not permitted to send this command.
        NotAllowed = 1,
        /// The pump is already provisioned.
        AlreadyProvisioned = 3,
        /// The pump is not programmed.
        NotProgrammed = 4,
        /// The pump has no keys.
        NotProvisioned = 6,
        /// This pump cannot do it.
        Unsupported = 7,
        /// Safe state: it has to be programmed first.
        SafeState = 8,
        /// A priming bolus runs.
        Priming = 9,
        /// The infusion is not stopped.
        NotStopped = 10,
        /// The infusion is stopped.
        Stopped = 11,
        /// The infusion has ended with the battery.
        EndOfService = 12,
        /// An update session holds the infusion.
        Held = 13,
        /// The reservoir is empty by count.
        Empty = 14,
        /// The motor has stalled, and the stall is not over.
        Stalled = 15,
        /// A bolus runs.
        InBolus = 16,
        /// Old drug is in the catheter: a bridge bolus runs.
        Bridging = 17,
        /// The catheter is primed, and no work on it was declared.
        AlreadyPrimed = 18,
        /// The record of a bolus of the last 24 hours would be overwritten.
        NoRoom = 19,
        /// No update session is open.
        NoSession = 20,
        /// Nothing is staged in this session.
        NothingStaged = 21,
        /// What is staged has another checksum.
        OtherChecksum = 22,
        /// What is staged is not in memory.
        NotStored = 23,
        /// Concentration.
        ConcentrationRange = 32,
        /// Continuous dose: its flow.
        DoseRange = 33,
        /// Schedule: its steps, or one beside another kind of infusion.
        ScheduleRange = 34,
        /// Dose of a bolus.
        BolusDoseRange = 35,
        /// Duration of a bolus.
        BolusDurationRange = 36,
        /// Lockout.
        LockoutRange = 37,
        /// Daily maximum.
        DailyMaximumRange = 38,
        /// Limit of the low-reservoir alarm.
        LowReservoirRange = 39,
        /// Interval of the critical alarm.
        CriticalIntervalRange = 40,
        /// Interval of the non-critical alarm.
        NonCriticalIntervalRange = 41,
        /// Catheter volume.
        CatheterRange = 42,
        /// The dose limit for an hour has no room for the infusion and one bolus.
        HourLimit = 43,
        /// The same for four hours.
        FourHoursLimit = 44,
        /// The same for 24 hours.
        DayLimit = 45,
        /// Volume of a refill.
        VolumeRange = 46,
        /// Time of the week.
        TimeOfWeekRange = 47,
        /// The dose would need too much flow of the old drug of a bridge.
        BridgeFlow = 48,
    }
}

/// What an interrogation shows. Counts are since the pump was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The pump's clock.
    pub clock: PumpTime,
    /// Its mode.
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
    /// Packets rejected for a wrong tag or a stale counter.
    pub unauthentic: u32,
    /// Entries ever added to the event log.
    pub log_entries: u32,
    /// Supply. Unit: millivolt.
    pub supply_mv: u16,
    /// Programmed concentration.
    pub concentration: Concentration,
    /// Programmed continuous dose.
    pub dose: DoseRate,
}

/// An answer of the pump. Kinds are pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The command was executed.
    Done,
    /// The command was not executed.
    Rejected(Rejection),
    /// The bolus is granted and starts.
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
    /// What a pump without keys asks of who provisions it.
    Challenge(Challenge),
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
            Self::Challenge(_) => 0x8a,
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
            Self::Challenge(challenge) => out.bytes(&challenge.0),
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
            0x8a => Self::Challenge(Challenge(from.array()?)),
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
