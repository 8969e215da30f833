//! What one product promises: capabilities, intervals, ranges and policies that differ between sound
//! pumps. What no pump may do (pass a limit, obey a forged order, run while stopped, forget a grant) is
//! in no profile.

use crate::requests::Promises;
use thecal_units::{Millis, Volume};

/// The promises of a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its name, as it answers at boot or as `--pump` says.
    pub name: String,
    /// Longest jump of its clock that it may take for sleep.
    pub unnoticed: Millis,
    /// An update session ends after this long without a packet of the clinician.
    pub session: Millis,
    /// What the tubing inside the pump holds.
    pub tubing: Volume,
    /// Highest flow of infusion and boluses together, a day.
    pub fastest_a_day: Volume,
    /// Steps that it may save up at most to measure its battery under load.
    pub saved_up: u64,
    /// Its alarms.
    pub alarms: Vec<Alarm>,
    /// Of requests and orders.
    pub requests: Promises,
}

/// An alarm that a product has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its name in the product's status.
    pub name: &'static str,
    /// What raises it.
    pub condition: Condition,
    /// Whether it is critical.
    pub critical: bool,
}

/// What raises an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The motor has stalled and several tries have not moved it.
    Stall,
    /// The counted volume is zero.
    Empty,
    /// The counted volume is at or below its prescribed limit.
    LowReservoir,
    /// A reset by the watchdog or by low supply.
    Reset,
    /// Prescription, state or program are lost, or resets come one after the other.
    SafeState,
    /// A record is damaged beyond repair, or a write was not confirmed.
    Memory,
    /// A programmed pump has infused nothing for two days.
    StoppedLong,
    /// A remote repeats one press.
    StuckButton,
    /// An update session ended by time-out or by a reset.
    UpdateAbandoned,
    /// The clock reads what cannot be.
    ClockImplausible,
    /// The battery is to be replaced.
    ElectiveReplacement,
    /// The battery is at its end.
    EndOfService,
    /// The infusion has ended with the battery.
    EndedWithBattery,
}

impl Profile {
    /// The reference pump. Sources: docs/requirements.toml (REQ-WDG-001, REQ-THE-005, REQ-THE-016,
    /// REQ-MET-005, REQ-BAT-001).
    #[must_use]
    pub fn reference() -> Self {
        Self {
            name: "reference".to_owned(),
            unnoticed: Millis::from_secs(130),
            session: Millis::MINUTE.times(3),
            tubing: Volume::from_nanoliters(140_000),
            fastest_a_day: Volume::from_nanoliters(24_000_000),
            saved_up: 8,
            alarms: REFERENCE_ALARMS.to_vec(),
            requests: Promises::REFERENCE,
        }
    }
}

/// Source: docs/alarms.md.
const REFERENCE_ALARMS: [Alarm; 13] = [
    Alarm {
        name: "motor stall",
        condition: Condition::Stall,
        critical: true,
    },
    Alarm {
        name: "empty reservoir",
        condition: Condition::Empty,
        critical: true,
    },
    Alarm {
        name: "memory",
        condition: Condition::Memory,
        critical: true,
    },
    Alarm {
        name: "reset",
        condition: Condition::Reset,
        critical: true,
    },
    Alarm {
        name: "end of service",
        condition: Condition::EndOfService,
        critical: true,
    },
    Alarm {
        name: "stopped for long",
        condition: Condition::StoppedLong,
        critical: true,
    },
    Alarm {
        name: "safe state",
        condition: Condition::SafeState,
        critical: true,
    },
    Alarm {
        name: "infusion ended with the battery",
        condition: Condition::EndedWithBattery,
        critical: true,
    },
    Alarm {
        name: "low reservoir",
        condition: Condition::LowReservoir,
        critical: false,
    },
    Alarm {
        name: "stuck button",
        condition: Condition::StuckButton,
        critical: false,
    },
    Alarm {
        name: "elective replacement",
        condition: Condition::ElectiveReplacement,
        critical: false,
    },
    Alarm {
        name: "update abandoned",
        condition: Condition::UpdateAbandoned,
        critical: false,
    },
    Alarm {
        name: "clock implausible",
        condition: Condition::ClockImplausible,
        critical: false,
    },
];
