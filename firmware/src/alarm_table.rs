//! The alarms, as one table: `docs/alarms.md` is made of it, and so is what the pump does
//! (REQ-ALM-004, REQ-ALM-005).

use thecal_telemetry::Alarms;

/// How much it matters; decides on tone and interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Two tones for three seconds, each critical interval.
    Critical,
    /// One tone for one second, each non-critical interval.
    NonCritical,
}

/// What becomes of the continuous infusion while the cause lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It goes on.
    Continues,
    /// The motor is cut within the stroke.
    StopsNow,
    /// The stroke is finished, then it stops.
    StopsAfterStroke,
    /// It is stopped already.
    Stopped,
}

/// One alarm.
#[derive(Clone, Copy, Debug)]
pub struct AlarmRow {
    /// Its bit.
    pub alarm: Alarms,
    /// Its name in reports.
    pub name: &'static str,
    /// Its priority.
    pub priority: Priority,
    /// What raises it.
    pub raised: &'static str,
    /// What ends its cause.
    pub ends: &'static str,
    /// What becomes of the continuous infusion.
    pub flow: Flow,
    /// Whether it denies patient boluses as long as it is active; a motor that is stalled denies them
    /// whether or not it is alarmed.
    pub denies_boluses: bool,
}

/// Every alarm, by its bit.
pub const ALARMS: [AlarmRow; 12] = {
    use Flow::{Continues, Stopped, StopsAfterStroke, StopsNow};
    use Priority::{Critical, NonCritical};
    [
        AlarmRow {
            alarm: Alarms::MOTOR_STALL,
            name: "motor stall",
            priority: Critical,
            raised: "three retries did not move a stalled motor, or it stalled a third time in ten minutes",
            ends: "the motor moves again",
            flow: StopsNow,
            denies_boluses: false,
        },
        AlarmRow {
            alarm: Alarms::EMPTY_RESERVOIR,
            name: "empty reservoir",
            priority: Critical,
            raised: "the counted volume is zero",
            ends: "a refill",
            flow: StopsAfterStroke,
            denies_boluses: true,
        },
        AlarmRow {
            alarm: Alarms::MEMORY,
            name: "memory",
            priority: Critical,
            raised: "writes did not become durable, or no bank of a record is intact",
            ends: "writes become durable; a prescription is committed",
            flow: Continues,
            denies_boluses: true,
        },
        AlarmRow {
            alarm: Alarms::RESET,
            name: "reset",
            priority: Critical,
            raised: "a reset by the watchdog or by low supply",
            ends: "at once: it tells of what is over",
            flow: Continues,
            denies_boluses: false,
        },
        AlarmRow {
            alarm: Alarms::END_OF_SERVICE,
            name: "end of service",
            priority: Critical,
            raised: "replacement is due, and 90 days have passed or three checks in a row are below 2.3 V",
            ends: "never",
            flow: Continues,
            denies_boluses: false,
        },
        AlarmRow {
            alarm: Alarms::STOPPED,
            name: "stopped",
            priority: Critical,
            raised: "a programmed infusion has been stopped for 48 hours",
            ends: "the infusion is started",
            flow: Stopped,
            denies_boluses: true,
        },
        AlarmRow {
            alarm: Alarms::SAFE_STATE,
            name: "safe state",
            priority: Critical,
            raised: "the prescription or the state is lost, the image in flash is damaged, or five resets came within ten minutes of each other",
            ends: "a prescription is committed",
            flow: Stopped,
            denies_boluses: true,
        },
        AlarmRow {
            alarm: Alarms::SERVICE_ENDED,
            name: "service ended",
            priority: Critical,
            raised: "end of service, and three checks in a row are below 2.2 V",
            ends: "the infusion is started again",
            flow: StopsAfterStroke,
            denies_boluses: true,
        },
        AlarmRow {
            alarm: Alarms::LOW_RESERVOIR,
            name: "low reservoir",
            priority: NonCritical,
            raised: "the counted volume is at its limit",
            ends: "a refill, or a lower limit",
            flow: Continues,
            denies_boluses: false,
        },
        AlarmRow {
            alarm: Alarms::STUCK_BUTTON,
            name: "stuck button",
            priority: NonCritical,
            raised: "a remote has repeated one press for three minutes",
            ends: "at once: it tells of what was seen",
            flow: Continues,
            denies_boluses: false,
        },
        AlarmRow {
            alarm: Alarms::ELECTIVE_REPLACEMENT,
            name: "elective replacement",
            priority: NonCritical,
            raised: "three checks in a row under load are below 2.5 V",
            ends: "never",
            flow: Continues,
            denies_boluses: false,
        },
        AlarmRow {
            alarm: Alarms::UPDATE_ABANDONED,
            name: "update abandoned",
            priority: NonCritical,
            raised: "an update session ended by time-out or by a reset",
            ends: "at once: it tells of what is over",
            flow: Continues,
            denies_boluses: false,
        },
    ]
};

/// The alarms while which no patient bolus is granted.
pub(crate) const DENIES_BOLUSES: Alarms = {
    let mut alarms = Alarms(0);
    let mut rows: &[AlarmRow] = &ALARMS;
    while let Some((row, rest)) = rows.split_first() {
        if row.denies_boluses {
            alarms = alarms.with(row.alarm);
        }
        rows = rest;
    }
    alarms
};
