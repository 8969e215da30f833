//! Writes entries to text.

use super::{COLUMNS, Entry, FORMAT, in_days};
use crate::programmer::{log_meaning, log_text};
use thecal_engine::programmer::LogLine;
use thecal_telemetry::LogCode;

impl Entry {
    /// The entry read by a programmer; `None` if its code is not part of this format.
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
/// Errors of the CSV writer; none occur when writing to memory.
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

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../../docs/event-log.md");

    /// docs/event-log.md agrees with the code: its example is a valid file, its table has every
    /// code.
    #[test]
    fn the_page_says_what_is_written() {
        let example = PAGE
            .split("```text\n")
            .nth(1)
            .and_then(|rest| rest.split("```").next());
        let path = std::path::Path::new("docs/event-log.md");
        let entries = crate::field_log::parse(path, example.unwrap_or("")).expect("a valid file");
        let text = String::from_utf8(write(&entries).expect("into memory")).expect("UTF-8");
        assert_eq!(Some(text.as_str()), example);
        for code in LogCode::ALL {
            let row = format!("| {} | {} |", *code as u8, log_text(*code));
            assert!(PAGE.contains(&row), "docs/event-log.md lacks {row}");
        }
    }
}
