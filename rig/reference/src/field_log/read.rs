//! Parses a log file. All mistakes of the file are reported, not only the first.

use super::mistake::{LogError, LogMistake};
use super::{COLUMNS, Entry, FORMAT, in_days};
use crate::programmer::log_text;
use miette::SourceSpan;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;
use thecal_telemetry::LogCode;
use thecal_text::files::{FileWords, named, read_text};
use thecal_text::mistake::{Mistake, in_file_order};
use thecal_units::PumpTime;

const WORDS: FileWords = FileWords {
    area: "log",
    what: "event log",
    unreadable: "check the path; a run leaves `event-log.csv` in its folder",
    huge: "a pump holds no log of that length; is this a trace?",
    not_utf8: "a log file is text; read the log out of the pump again, or save the file as UTF-8",
    empty: None,
};

/// Reads a log file.
///
/// # Errors
///
/// [`LogError`]; it lists every mistake.
pub fn load(path: &Path) -> Result<Vec<Entry>, LogError> {
    let text = read_text(path, &path.display().to_string(), &WORDS)?;
    parse(path, &text)
}

/// Checks the text of a log file.
///
/// # Errors
///
/// [`LogError`]; it lists every mistake.
pub fn parse(path: &Path, text: &str) -> Result<Vec<Entry>, LogError> {
    let mut reader = Reader::default();
    let mut lines = lines(text);
    let first = lines.next().unwrap_or(0..0);
    if trimmed(text, &first) != FORMAT {
        reader.wrong(LogMistake::Format { at: span(&first) });
    } else {
        let second = lines.next().unwrap_or(first.end..first.end);
        if trimmed(text, &second) != COLUMNS.join(",") {
            let wanted = COLUMNS.join(",");
            let at = span(&second);
            reader.wrong(LogMistake::Columns { wanted, at });
        } else {
            for line in lines.filter(|line| !trimmed(text, line).is_empty()) {
                reader.line(text, &line);
            }
        }
    }
    if reader.mistakes.is_empty() {
        return Ok(reader.entries);
    }
    in_file_order(&mut reader.mistakes);
    let name = path.display().to_string();
    Err(LogError::Invalid {
        text: named(&name, text),
        file: name,
        mistakes: reader.mistakes,
    })
}

/// The range of each line, without its line ending.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let from = start;
        start += line.len();
        from..from + line.trim_end_matches(['\n', '\r']).len()
    })
}

fn trimmed<'t>(text: &'t str, line: &Range<usize>) -> &'t str {
    text.get(line.clone()).unwrap_or_default().trim_end()
}

fn span(place: &Range<usize>) -> SourceSpan {
    place.clone().into()
}

#[derive(Default)]
struct Reader {
    entries: Vec<Entry>,
    mistakes: Vec<Mistake>,
    last: Option<u32>,
}

impl Reader {
    fn wrong(&mut self, mistake: LogMistake) {
        self.mistakes.push(Mistake::new(WORDS.area, mistake));
    }

    fn line(&mut self, text: &str, line: &Range<usize>) {
        let written = text.get(line.clone()).unwrap_or_default();
        let fields = fields(written);
        if fields.len() != COLUMNS.len() {
            self.wrong(LogMistake::Fields {
                found: fields.len(),
                at: span(line),
            });
            return;
        }
        let field = |nth: usize| {
            let place = fields.get(nth).cloned().unwrap_or(0..0);
            let value = written.get(place.clone()).unwrap_or_default();
            (value, line.start + place.start..line.start + place.end)
        };
        let index = self.number::<u32>(0, field(0), "a whole number from 0 to 4294967295");
        let millis = self.number::<u64>(1, field(1), "a whole number of milliseconds");
        let code = self.number::<u8>(3, field(3), "a whole number from 0 to 255");
        let argument = self.number::<u32>(5, field(5), "a whole number from 0 to 4294967295");
        let code = code.and_then(|number| {
            let code = LogCode::from_number(number).ok();
            if code.is_none() {
                let at = span(&field(3).1);
                self.wrong(LogMistake::Code {
                    written: number,
                    at,
                });
            }
            code
        });
        if let Some(millis) = millis {
            let wanted = in_days(PumpTime::from_millis(millis));
            self.same((2, 1), field(2), wanted);
        }
        if let Some(code) = code {
            self.same((4, 3), field(4), log_text(code).to_owned());
        }
        let Some(index) = index else { return };
        if let Some(before) = self.last.filter(|before| *before >= index) {
            let at = span(&field(0).1);
            self.wrong(LogMistake::Order { index, before, at });
        }
        self.last = self.last.max(Some(index));
        if let (Some(millis), Some(code), Some(argument)) = (millis, code, argument) {
            self.entries.push(Entry {
                index,
                at: PumpTime::from_millis(millis),
                code,
                argument,
            });
        }
    }

    fn number<N: FromStr>(
        &mut self,
        column: usize,
        (written, place): (&str, Range<usize>),
        wanted: &'static str,
    ) -> Option<N> {
        // A plus sign could be parsed, but no pump writes one.
        let plain = written.bytes().all(|digit| digit.is_ascii_digit());
        let number = written.parse().ok().filter(|_| plain);
        if number.is_none() {
            self.wrong(LogMistake::Number {
                column: COLUMNS.get(column).unwrap_or(&""),
                written: written.to_owned(),
                wanted,
                at: span(&place),
            });
        }
        number
    }

    /// Checks that the readable column agrees with the machine-readable one.
    fn same(
        &mut self,
        (column, other): (usize, usize),
        (written, place): (&str, Range<usize>),
        wanted: String,
    ) {
        if written != wanted {
            self.wrong(LogMistake::Disagrees {
                column: COLUMNS.get(column).unwrap_or(&""),
                written: written.to_owned(),
                other: COLUMNS.get(other).unwrap_or(&""),
                wanted,
                at: span(&place),
            });
        }
    }
}

/// The range of each field in a line, split by RFC 4180: a comma within quotes does not separate.
fn fields(line: &str) -> Vec<Range<usize>> {
    let (mut fields, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                fields.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.push(start..line.len());
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field_log::write;
    use proptest::prelude::*;

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let one = (0..50_u32, any::<u64>(), 0..LogCode::ALL.len(), any::<u32>());
        proptest::collection::vec(one, 0..40).prop_map(|drawn| {
            let mut next = 0_u32;
            let entry = |(gap, at, code, argument): (u32, u64, usize, u32)| {
                let index = next + gap;
                next = index + 1;
                Entry {
                    index,
                    at: PumpTime::from_millis(at),
                    code: LogCode::ALL[code],
                    argument,
                }
            };
            drawn.into_iter().map(entry).collect()
        })
    }

    proptest! {
        /// Verifies REQ-LOG-008.
        #[test]
        fn what_is_written_is_read_back(entries in entries()) {
            let text = String::from_utf8(write(&entries).expect("into memory")).expect("UTF-8");
            let read = parse(Path::new("log.csv"), &text).expect("a file of its own");
            prop_assert_eq!(read, entries);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".*", rows in "([0-9a-z\",. ]{0,30}\n){0,5}") {
            let _mistakes_are_fine = parse(Path::new("log.csv"), &text);
            let whole = format!("{FORMAT}\n{}\n{rows}", COLUMNS.join(","));
            let _mistakes_are_fine = parse(Path::new("log.csv"), &whole);
        }
    }
}
