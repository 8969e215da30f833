//! Why a pump refuses, and its words for it.

/// A reason for which a request is denied or an order refused, as docs/telemetry.md names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    NotAllowed,
    AlreadyProvisioned,
    NotProgrammed,
    NotProvisioned,
    Disabled,
    SafeState,
    Priming,
    NotStopped,
    Stopped,
    EndOfService,
    Held,
    Empty,
    Stalled,
    InBolus,
    Alarm,
    Magnet,
    Bridging,
    SamePress,
    Lockout,
    DailyMaximum,
    DoseLimit,
    AlreadyPrimed,
    NoRoom,
    NoSession,
    NothingStaged,
    NotStored,
    OtherChecksum,
    ConcentrationRange,
    DoseRange,
    ScheduleRange,
    BolusDoseRange,
    BolusDurationRange,
    LockoutRange,
    DailyMaximumRange,
    LowReservoirRange,
    CriticalIntervalRange,
    NonCriticalIntervalRange,
    CatheterRange,
    HourLimit,
    FourHoursLimit,
    DayLimit,
    VolumeRange,
    BridgeFlow,
}

impl Reason {
    /// The pump's words in the denial of a patient bolus. Source: docs/telemetry.md, Denials.
    pub(super) const fn denial(self) -> &'static str {
        match self {
            Self::NotProgrammed => "not programmed",
            Self::Disabled => "disabled",
            Self::SafeState => "safe state",
            Self::Priming => "priming",
            Self::Stopped => "stopped",
            Self::EndOfService => "end of service",
            Self::Held => "held for an update",
            Self::Empty => "reservoir empty",
            Self::Stalled => "motor stalled",
            Self::InBolus => "bolus in progress",
            Self::Alarm => "an alarm forbids it",
            Self::Magnet => "magnet near",
            Self::Bridging => "old drug in the catheter",
            Self::SamePress => "same press",
            Self::Lockout => "lockout",
            Self::DailyMaximum => "daily maximum",
            Self::DoseLimit => "dose limit",
            other => other.rejection(),
        }
    }

    /// The pump's words in the refusal of an order. Source: docs/telemetry.md, Rejections.
    pub(super) const fn rejection(self) -> &'static str {
        match self {
            Self::NotAllowed => "not allowed",
            Self::AlreadyProvisioned => "already provisioned",
            Self::NotProgrammed => "not programmed",
            Self::NotProvisioned => "not provisioned",
            Self::SafeState => "safe state",
            Self::Priming => "a priming bolus is given",
            Self::NotStopped => "the infusion is not stopped",
            Self::Stopped => "the infusion is stopped",
            Self::EndOfService => "the infusion has ended with the battery",
            Self::Held => "the infusion is held for an update",
            Self::Empty => "the reservoir is empty",
            Self::Stalled => "the motor has stalled",
            Self::InBolus => "a bolus is given",
            Self::Bridging => "old drug is in the catheter",
            Self::AlreadyPrimed => "already primed, no work on the catheter declared",
            Self::NoRoom => "no room for its record",
            Self::NoSession => "no update session is open",
            Self::NothingStaged => "nothing is staged",
            Self::NotStored => "what is staged is not in memory",
            Self::OtherChecksum => "another checksum than what is staged",
            Self::ConcentrationRange => "out of range: concentration",
            Self::DoseRange => "out of range: flow of the continuous dose",
            Self::ScheduleRange => "out of range: schedule",
            Self::BolusDoseRange => "out of range: dose of a bolus",
            Self::BolusDurationRange => "out of range: duration of a bolus",
            Self::LockoutRange => "out of range: lockout",
            Self::DailyMaximumRange => "out of range: daily maximum",
            Self::LowReservoirRange => "out of range: limit of the low-reservoir alarm",
            Self::CriticalIntervalRange => "out of range: interval of the critical alarm",
            Self::NonCriticalIntervalRange => "out of range: interval of the non-critical alarm",
            Self::CatheterRange => "out of range: catheter volume",
            Self::HourLimit => "the limit for 1 h has no room for this dose",
            Self::FourHoursLimit => "the limit for 4 h has no room for this dose",
            Self::DayLimit => "the limit for 24 h has no room for this dose",
            Self::VolumeRange => "out of range: volume",
            Self::BridgeFlow => "out of range: flow of the old drug in the catheter",
            // Of patients' requests only.
            Self::Disabled
            | Self::Alarm
            | Self::Magnet
            | Self::SamePress
            | Self::Lockout
            | Self::DailyMaximum
            | Self::DoseLimit => "",
        }
    }
}
