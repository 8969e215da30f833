//! Entries to text.

use super::{COLUMNS, Entry, FORMAT, in_days};
use crate::programmer::LogLine;
use crate::programmer::reference::{log_meaning, log_text};
use thecal_link::telemetry::LogCode;

impl Entry {
    /// The entry that a programmer read out; `None` where its code is not of this format.
    #[must_use]
    pub fn of(line: &LogLine) -> Option<Self> {
        Some(Self {
            index: line.index,
            at: line.at,
            code: LogCode::from_number(line.code).ok()?,
            argument: line.argument,
        })
    }
}

/// The whole file.
///
/// # Errors
///
/// What the CSV writer says; into memory it has nothing to say.
pub fn write(entries: &[Entry]) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::Writer::from_writer(format!("{FORMAT}\n").into_bytes());
    out.write_record(COLUMNS)?;
    for entry in entries {
        out.serialize((
            entry.index,
            entry.at.as_millis(),
            in_days(entry.at),
            entry.code as u8,
            log_text(entry.code),
            entry.argument,
            log_meaning(entry.code, entry.argument),
        ))?;
    }
    out.into_inner().map_err(|error| error.into_error().into())
}
