//! The true dose beside the prescribed limits.

use serde::{Deserialize, Serialize};
use thecal_engine::verdict::{TrueDose, TrueWindow};

/// The true dose beside the prescribed limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrueDoseRecord {
    /// Why the limits were not held against it; empty: they were.
    pub not_judged: Vec<String>,
    /// The largest in a window of each limit.
    pub largest: Vec<TrueWindowRecord>,
}

/// The largest true dose in any window of one length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrueWindowRecord {
    /// The length. Unit: millisecond, simulated.
    pub window_ms: u64,
    /// The highest limit in force in that window. Unit: ug.
    pub limit_ug: f64,
    /// The dose. Unit: ug.
    pub dose_ug: f64,
    /// The end of that window. Unit: millisecond, simulated.
    pub until_ms: u64,
}

impl TrueDoseRecord {
    pub(super) fn of(found: TrueDose) -> Self {
        let window = |largest: &TrueWindow| TrueWindowRecord {
            window_ms: largest.window.as_millis(),
            limit_ug: largest.limit_ug,
            dose_ug: largest.ug,
            until_ms: largest.at.as_millis(),
        };
        Self {
            largest: found.largest.iter().map(window).collect(),
            not_judged: found.not_judged,
        }
    }
}
