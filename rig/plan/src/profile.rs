//! What one product promises: capabilities, intervals, ranges and policies that differ between sound
//! pumps. What no pump may do (pass a limit, obey a forged order, run while stopped, forget a grant) is
//! in no profile.
//!
//! A profile is a file (`pumps/*.toml`), which the crate `scenario` reads; who judges a pump gets it as
//! data.

use crate::{Ability, Kept};
use std::path::PathBuf;
use thecal_units::{Concentration, FlowRate, Millis, Volume};

/// The promises of a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its name, in reports.
    pub name: String,
    /// The name that its firmware gives at boot; `None`: it may give any.
    pub firmware: Option<String>,
    /// Who speaks to it.
    pub protocol: Protocol,
    /// What it can do.
    pub can: Vec<Ability>,
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
    /// What it does about a motor that does not turn.
    pub stall: StallRules,
    /// Ranges of what may be programmed.
    pub ranges: Ranges,
    /// Its alarms.
    pub alarms: Vec<Alarm>,
    /// Of requests and orders.
    pub requests: Promises,
    /// Of its log and its answers.
    pub record: Kept,
    /// Rules that it does not claim.
    pub unclaimed: Vec<Unclaimed>,
}

/// Who speaks to a pump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// A programmer that this rig has.
    BuiltIn(String),
    /// A process that speaks JSON lines (docs/protocol.md).
    Process(ProtocolProcess),
}

/// A process that speaks a pump's clinical protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolProcess {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where it runs: the folder of the profile.
    pub folder: PathBuf,
    /// Longest time that one answer may take.
    pub deadline: Millis,
}

/// Intervals, ranges and sizes of requests and orders that differ between sound pumps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promises {
    /// From where the lockout counts.
    pub lockout_from: LockoutFrom,
    /// Whether a bolus that was cut short counts in lockout, daily maximum and limits.
    pub cut_counts: bool,
    /// Therapy time is recorded this often at least.
    pub recorded_within: Millis,
    /// The first record after a reset comes after this long at most, the others after twice the span
    /// before.
    pub first_record: Millis,
    /// Presses that follow the last packet of their remote sooner than this are the press before.
    pub bounce: Millis,
    /// Boluses that the pump remembers.
    pub remembered: usize,
    /// The volume that it counts from before the first refill is entered.
    pub made_with: Volume,
    /// Most volume of the count that a reset loses, of the reservoir and of a bridge bolus alike.
    pub lost_at_reset: Volume,
    /// Resets by watchdog or low supply that end in the safe state; as many as there can be where none
    /// does.
    pub troubles: usize,
    /// How close in time to the one before each of them has to be.
    pub close: Millis,
    /// Loaded supply below which the battery's end comes into sight. Unit: mV.
    pub replacement_mv: u16,
    /// Entries that its event log holds before the oldest is overwritten.
    pub log_entries: u32,
}

/// A train of the battery check that is not driven counts by its prediction of less than 2.2 V (REQ-BAT-007):
/// the train before it, at half the pulse rate, has pulled a battery of 3.05 V half as far down, to this much
/// above the limit. Unit: mV.
const PREDICTED_MV: u16 = 150;

impl Promises {
    /// Supply that the pins show before the battery may be found low, by a check or its prediction. Unit: mV.
    #[must_use]
    pub const fn low_mv(&self) -> u16 {
        self.replacement_mv.saturating_add(PREDICTED_MV)
    }
}

/// From where a lockout counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockoutFrom {
    /// From the start of the bolus before.
    Start,
    /// From its end.
    End,
}

impl LockoutFrom {
    /// Each with its word in a profile.
    pub const ALL: &'static [(&'static str, Self)] = &[("start", Self::Start), ("end", Self::End)];
}

/// What a pump does about a motor that does not turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StallRules {
    /// Missed pulses that it takes for a stall.
    pub missed: u64,
    /// Among so many pulses.
    pub of: u64,
    /// Whether it tries again by itself; otherwise a clinician has to start it anew.
    pub retries: bool,
    /// From the first missed pulses to the alarm: what its tries take.
    pub alarm_after: Millis,
}

/// Ranges of what may be programmed; both ends belong to each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranges {
    /// Programmed concentration.
    pub concentration: [Concentration; 2],
    /// Flow of a continuous infusion other than zero.
    pub flow: [FlowRate; 2],
    /// Duration of a bolus.
    pub bolus_duration: [Millis; 2],
    /// Lockout.
    pub lockout: [Millis; 2],
    /// Most that a daily maximum may be.
    pub daily_maximum: u8,
    /// Repeat interval of an alarm.
    pub alarm_interval: [Millis; 2],
    /// What the reservoir holds.
    pub reservoir: Volume,
    /// Most that a catheter may hold.
    pub catheter: Volume,
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

macro_rules! conditions {
    ($($variant:ident $word:literal $doc:literal;)*) => {
        /// What raises an alarm.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Condition {
            $(#[doc = $doc] $variant,)*
        }

        impl Condition {
            /// Each with its word in a profile.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),*];
        }
    };
}

conditions! {
    Stall "stall" "The motor has stalled and several tries have not moved it.";
    Empty "empty" "The counted volume is zero.";
    LowReservoir "low-reservoir" "The counted volume is at or below its prescribed limit.";
    Reset "reset" "A reset by the watchdog or by low supply.";
    SafeState "safe-state" "Prescription, state or program are lost, or resets come one after the other.";
    Memory "memory" "A record is damaged beyond repair, or a write was not confirmed.";
    StoppedLong "stopped-long" "A programmed pump has infused nothing for two days.";
    StuckButton "stuck-button" "A remote repeats one press.";
    UpdateAbandoned "update-abandoned" "An update session ended by time-out or by a reset.";
    ClockImplausible "clock-implausible" "The clock reads what cannot be.";
    ElectiveReplacement "elective-replacement" "The battery is to be replaced.";
    EndOfService "end-of-service" "The battery is at its end.";
    EndedWithBattery "ended-with-battery" "The infusion has ended with the battery.";
}

/// A rule that a product does not claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclaimed {
    /// The rule.
    pub rule: String,
    /// Why not.
    pub why: String,
}

impl Profile {
    /// Whether the product can do this.
    #[must_use]
    pub fn can(&self, ability: Ability) -> bool {
        self.can.contains(&ability)
    }

    /// The name of its alarm of a condition; `None`: it has none.
    #[must_use]
    pub fn alarm_of(&self, condition: Condition) -> Option<&'static str> {
        let mut alarms = self.alarms.iter();
        let alarm = alarms.find(|alarm| alarm.condition == condition);
        alarm.map(|alarm| alarm.name)
    }

    /// Whether the product claims a rule.
    #[must_use]
    pub fn claims(&self, rule: &str) -> bool {
        !self
            .unclaimed
            .iter()
            .any(|unclaimed| unclaimed.rule == rule)
    }
}
