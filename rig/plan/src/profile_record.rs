//! What one product promises of its log and its answers.

use crate::LogKind;
use thecal_units::Millis;

/// Sizes, limits and names that differ between sound pumps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Entries that its log holds.
    pub entries: u32,
    /// Kinds of entries that it has.
    pub kinds: Vec<LogKind>,
    /// Kinds that are counted instead of logged where they repeat.
    pub limited: Vec<LogKind>,
    /// How many entries of such a kind it has at first and at most.
    pub share: u32,
    /// A day in which none was left out brings one more.
    pub share_again: Millis,
    /// Counts that may be in RAM alone for this long.
    pub counts_within: Millis,
    /// What a motor check of the battery may have shown at most, to be low. Unit: mV.
    pub low_mv: u16,
    /// How long it knows the voltage of the last check.
    pub loaded_within: Millis,
    /// Hours without infusion that are logged.
    pub long_stop: Millis,
    /// The names of its modes.
    pub modes: Modes,
}

/// The names of modes in a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modes {
    /// In the safe state.
    pub safe: &'static str,
    /// Without a prescription.
    pub unprogrammed: &'static str,
    /// Filling tubing and catheter.
    pub priming: &'static str,
    /// Stopped by order.
    pub stopped: &'static str,
    /// Ended with the battery.
    pub ended: &'static str,
    /// Held for an update.
    pub held: &'static str,
    /// Empty by count.
    pub empty: &'static str,
    /// The motor has stalled and rests, or is tried.
    pub stalled: &'static str,
    /// It infuses, and the stall is not over.
    pub recovering: &'static str,
    /// A patient's bolus is given.
    pub patient_bolus: &'static str,
    /// A clinician's bolus is given.
    pub clinician_bolus: &'static str,
    /// The continuous infusion alone.
    pub infusing: &'static str,
}

impl Kept {
    /// Those of the reference pump. Sources: docs/requirements.toml (REQ-LOG-002, -010, -019, REQ-TEL-018, -025
    /// and -028, REQ-BAT-002, REQ-THE-009) and docs/telemetry.md.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            entries: 1_200,
            kinds: LogKind::ALL.iter().map(|&(_, kind)| kind).collect(),
            limited: LIMITED.to_vec(),
            share: 8,
            share_again: Millis::DAY,
            counts_within: Millis::HOUR,
            low_mv: 2_500,
            loaded_within: Millis::DAY.times(2),
            long_stop: Millis::HOUR.times(48),
            modes: MODES,
        }
    }
}

const LIMITED: [LogKind; 17] = [
    LogKind::PowerOn,
    LogKind::PinReset,
    LogKind::WatchdogReset,
    LogKind::BrownOutReset,
    LogKind::LowReservoir,
    LogKind::EmptyReservoir,
    LogKind::Unauthentic,
    LogKind::MemoryFault,
    LogKind::StuckButton,
    LogKind::ClockJump,
    LogKind::Crashed,
    LogKind::UpdateAbandoned,
    LogKind::RamFault,
    LogKind::MagnetClosed,
    LogKind::MagnetOpened,
    LogKind::StoppedLong,
    LogKind::Refused,
];

const MODES: Modes = Modes {
    safe: "safe state",
    unprogrammed: "unprogrammed",
    priming: "priming",
    stopped: "stopped",
    ended: "end of service",
    held: "held for an update",
    empty: "empty",
    stalled: "stalled",
    recovering: "infusing after a stall",
    patient_bolus: "patient bolus",
    clinician_bolus: "clinician bolus",
    infusing: "infusing",
};
