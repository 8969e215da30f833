//! What the rig understands of an entry of a pump's event log, whatever the pump: its kind, and what it
//! says beside it. Numbers and bytes of a pump's own format are its programmer's.

use crate::CatheterWork;
use thecal_units::{Concentration, DoseRate, Mass, Volume};

/// What an entry is about. Beside each kind: the [`LogDetail`] that belongs to it, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogKind {
    /// Power came on.
    PowerOn,
    /// A reset by the reset line.
    PinReset,
    /// A reset by the watchdog.
    WatchdogReset,
    /// A reset by low supply.
    BrownOutReset,
    /// The pump took keys.
    Provisioned,
    /// A prescription was programmed. Rate: the simple continuous dose.
    Programmed,
    /// The concentration of a programming or a refill.
    Concentration,
    /// The catheter of a programming. Volume.
    CatheterVolume,
    /// The dose a day of an infusion that is not a simple one. Rate.
    DailyDose,
    /// The dose of a patient bolus of a programming. Dose.
    PatientBolusDose,
    /// The checksum of a prescription, of the pump's own bytes.
    PrescriptionChecksum,
    /// The infusion was started.
    Started,
    /// The infusion was stopped.
    Stopped,
    /// A clinician's bolus began. Dose.
    ClinicianBolus,
    /// A patient bolus was granted. Number of the remote.
    BolusGranted,
    /// A patient bolus was denied. Denied.
    BolusDenied,
    /// A bolus ended. Bolus.
    BolusEnded,
    /// The motor stalled. Number of missed pulses.
    MotorStall,
    /// The motor moves again. Number of minutes from the onset of the stall.
    StallRecovery,
    /// Low reservoir. Volume.
    LowReservoir,
    /// Empty reservoir.
    EmptyReservoir,
    /// The count before a refill. Volume.
    CountedBefore,
    /// What was drawn before a refill. Volume.
    DrawnBefore,
    /// A refill was entered. Volume.
    Refilled,
    /// Alarms were silenced. Alarms.
    Silenced,
    /// A packet was dropped. Number of the remote, 0 for the clinician.
    Unauthentic,
    /// A record in memory was damaged, or a write was lost.
    MemoryFault,
    /// A remote repeats one press. Number of the remote.
    StuckButton,
    /// The clock jumped. Jump.
    ClockJump,
    /// The program crashed before the last reset.
    Crashed,
    /// An update session was abandoned. Abandoned.
    UpdateAbandoned,
    /// A value held in RAM was damaged.
    RamFault,
    /// A priming bolus began. Volume.
    PrimingBolus,
    /// Elective replacement of the battery became due. Number of millivolts.
    ElectiveReplacement,
    /// The battery is at its end. Number of days since replacement became due.
    EndOfService,
    /// The infusion was stopped because the battery is at its end. Number of millivolts.
    ServiceEnded,
    /// The magnet switch closed.
    MagnetClosed,
    /// The magnet switch opened. Number of minutes.
    MagnetOpened,
    /// The old drug behind a refill began to move. Volume.
    BridgeBegan,
    /// The old drug has moved.
    BridgeEnded,
    /// The pump has infused nothing for long. Number of hours.
    StoppedLong,
    /// Work on the catheter was declared. Work.
    CatheterWork,
    /// A command was refused. Refused.
    Refused,
    /// Entries were counted instead of written.
    LeftOut,
    /// Something else.
    Other,
}

impl LogKind {
    /// Each with its word in profiles and in the protocol of an external process.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("power-on", Self::PowerOn),
        ("pin-reset", Self::PinReset),
        ("watchdog-reset", Self::WatchdogReset),
        ("brown-out-reset", Self::BrownOutReset),
        ("provisioned", Self::Provisioned),
        ("programmed", Self::Programmed),
        ("concentration", Self::Concentration),
        ("catheter-volume", Self::CatheterVolume),
        ("daily-dose", Self::DailyDose),
        ("patient-bolus-dose", Self::PatientBolusDose),
        ("prescription-checksum", Self::PrescriptionChecksum),
        ("started", Self::Started),
        ("stopped", Self::Stopped),
        ("clinician-bolus", Self::ClinicianBolus),
        ("bolus-granted", Self::BolusGranted),
        ("bolus-denied", Self::BolusDenied),
        ("bolus-ended", Self::BolusEnded),
        ("motor-stall", Self::MotorStall),
        ("stall-recovery", Self::StallRecovery),
        ("low-reservoir", Self::LowReservoir),
        ("empty-reservoir", Self::EmptyReservoir),
        ("counted-before", Self::CountedBefore),
        ("drawn-before", Self::DrawnBefore),
        ("refilled", Self::Refilled),
        ("silenced", Self::Silenced),
        ("unauthentic", Self::Unauthentic),
        ("memory-fault", Self::MemoryFault),
        ("stuck-button", Self::StuckButton),
        ("clock-jump", Self::ClockJump),
        ("crashed", Self::Crashed),
        ("update-abandoned", Self::UpdateAbandoned),
        ("ram-fault", Self::RamFault),
        ("priming-bolus", Self::PrimingBolus),
        ("elective-replacement", Self::ElectiveReplacement),
        ("end-of-service", Self::EndOfService),
        ("service-ended", Self::ServiceEnded),
        ("magnet-closed", Self::MagnetClosed),
        ("magnet-opened", Self::MagnetOpened),
        ("bridge-began", Self::BridgeBegan),
        ("bridge-ended", Self::BridgeEnded),
        ("stopped-long", Self::StoppedLong),
        ("catheter-work", Self::CatheterWork),
        ("refused", Self::Refused),
        ("left-out", Self::LeftOut),
        ("other", Self::Other),
    ];

    /// Whether it tells of a reset other than by power.
    #[must_use]
    pub const fn is_reset(self) -> bool {
        matches!(
            self,
            Self::PinReset | Self::WatchdogReset | Self::BrownOutReset
        )
    }
}

/// What an entry says beside its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogDetail {
    /// Nothing, or nothing that the rig understands.
    Nothing,
    /// The pump's programmer does not tell.
    Untold,
    /// A number, of what the kind says.
    Number(u64),
    /// A dose.
    Dose(Mass),
    /// A dose a day.
    Rate(DoseRate),
    /// A volume.
    Volume(Volume),
    /// A concentration.
    Concentration(Concentration),
    /// How a bolus ended.
    Bolus {
        /// Steps moved for it.
        steps: u64,
        /// Whether a reset ended it, so that they are at most as many.
        by_reset: bool,
    },
    /// Why a request was denied, in the words of the answer.
    Denied(&'static str),
    /// Which command was refused, by its key in scenarios, and why, in the words of the answer.
    Refused(&'static str, &'static str),
    /// Alarms, by their names in the status.
    Alarms(Vec<&'static str>),
    /// By how many seconds the clock jumped; back if negative.
    Jump(i64),
    /// Whether a reset ended a session, and not its time.
    Abandoned {
        /// By a reset.
        by_reset: bool,
    },
    /// What was done to the catheter.
    Work(CatheterWork),
}
