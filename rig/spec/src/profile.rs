//! What one product promises: capabilities, intervals, ranges and policies that differ between sound
//! pumps. What no pump may do (pass a limit, obey a forged order, run while stopped, forget a grant) is
//! in no profile.

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
        }
    }
}
