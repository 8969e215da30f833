//! The true dose beside the commanded one and the prescribed limits.

use serde::{Deserialize, Serialize};
use thecal_engine::verdict::{TrueDose, TrueWindow};

/// The true dose beside the commanded one and the prescribed limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrueDoseRecord {
    /// Whether limits were ever prescribed.
    pub limited: bool,
    /// Why the limits were not held against it; empty: they were, if there were any.
    pub not_judged: Vec<String>,
    /// The largest in a window of each length.
    pub largest: Vec<TrueWindowRecord>,
}

/// The largest true dose in any window of one length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrueWindowRecord {
    /// The length. Unit: millisecond, simulated.
    pub window_ms: u64,
    /// The highest limit in force in that window; `None`: none was ever prescribed. Unit: ug.
    pub limit_ug: Option<f64>,
    /// By how much the dose may exceed what the pump counts, where it was judged. Unit: ug.
    pub tolerance_ug: Option<f64>,
    /// The dose. Unit: ug.
    pub dose_ug: f64,
    /// How much of it clinicians' boluses were. Unit: ug.
    pub clinician_ug: f64,
    /// The largest commanded dose in any window of this length. Unit: ug.
    pub commanded_ug: f64,
    /// The end of that window. Unit: millisecond, simulated.
    pub until_ms: u64,
}

impl TrueDoseRecord {
    pub(super) fn of(found: TrueDose) -> Self {
        let window = |largest: &TrueWindow| TrueWindowRecord {
            window_ms: largest.window.as_millis(),
            limit_ug: largest.limit_ug,
            tolerance_ug: largest.tolerance_ug,
            dose_ug: largest.ug,
            clinician_ug: largest.clinician_ug,
            commanded_ug: largest.commanded_ug,
            until_ms: largest.at.as_millis(),
        };
        Self {
            limited: found.limited,
            largest: found.largest.iter().map(window).collect(),
            not_judged: found.not_judged,
        }
    }
}
