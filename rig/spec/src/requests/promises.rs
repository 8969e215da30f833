//! What one product promises of requests and orders.

use thecal_units::{Millis, Volume};

/// Intervals, ranges and sizes that differ between sound pumps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promises {
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
    /// Resets by watchdog or low supply that end in the safe state.
    pub troubles: usize,
    /// How close in time to the one before each of them has to be.
    pub close: Millis,
    /// Loaded supply below which the battery's end comes into sight. Unit: mV.
    pub replacement_mv: u16,
}

impl Promises {
    /// The reference pump. Sources: docs/requirements.toml (REQ-CLK-004, REQ-BOL-016, REQ-RES-003 and
    /// REQ-THE-012, REQ-POST-005, REQ-BAT-002, REQ-MEM-008) and docs/telemetry.md.
    pub(crate) const REFERENCE: Self = Self {
        recorded_within: Millis::HOUR,
        first_record: Millis::MINUTE,
        bounce: Millis::from_millis(50),
        remembered: 64,
        made_with: Volume::from_nanoliters(20_000_000),
        lost_at_reset: Volume::from_nanoliters(15_000),
        troubles: 5,
        close: Millis::MINUTE.times(10),
        replacement_mv: 2_500,
    };
}
