//! The pump's event log as a file: read by a programmer from a pump in the field and kept so that
//! people and programs can read it years later. The format is docs/event-log.md.
//!
//! ```text
//! write     entries               -> text      (at the end of each run: event-log.csv)
//! read      text                  -> entries, or every mistake with its place
//! summary   entries               -> facts in the log, and what it cannot show
//! ```

mod mistake;
mod read;
mod summary;
mod write;

pub use mistake::LogError;
pub use read::{load, parse};
pub use summary::Summary;
pub use write::write;

use thecal_telemetry::LogCode;
use thecal_units::{Millis, PumpTime};

/// The first line of a file: name and version of the format.
const FORMAT: &str = "# thecal-event-log 1";

/// The columns, in order.
const COLUMNS: [&str; 7] = [
    "index",
    "monotonic_ms",
    "time",
    "code",
    "name",
    "argument",
    "meaning",
];

/// One entry of a log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, counted since the pump was made.
    pub index: u32,
    /// The pump's monotonic time when it happened.
    pub at: PumpTime,
    /// What happened.
    pub code: LogCode,
    /// Its argument.
    pub argument: u32,
}

/// A time in the format of the column `time`: days, hours, minutes, seconds.
#[must_use]
pub fn in_days(at: PumpTime) -> String {
    let millis = at.as_millis();
    let day = Millis::DAY.as_millis();
    let rest = Millis::from_millis(millis % day);
    format!("{}d {rest}", millis / day)
}
