//! Text that is present but could not be read, and must not be reported as missing.

use crate::names::closest;
use miette::{LabeledSpan, SourceSpan};
use std::ops::Range;

/// Keys and lines that could not be read.
#[derive(Debug, Default)]
pub struct Unread {
    /// Start of the table, `None` for the head of the file; and the key as written.
    keys: Vec<(Option<usize>, String)>,
    /// Misplaced keys: where they belong, and their name.
    strays: Vec<(String, String)>,
    lines: Vec<Range<usize>>,
}

impl Unread {
    /// Notes a key of the table that begins at `table`.
    pub(super) fn add(&mut self, table: Option<usize>, key: &str) {
        self.keys.push((table, key.to_owned()));
    }

    /// Notes a misplaced key, with the table it belongs to.
    pub(super) fn add_stray(&mut self, home: &str, key: &str) {
        self.strays.push((home.to_owned(), key.to_owned()));
    }

    /// Notes lines that are not TOML.
    pub(super) fn add_lines(&mut self, lines: Range<usize>) {
        self.lines.push(lines);
    }

    /// Whether this key of this table, or one probably meant for it, is written. A table is given
    /// by its place, `None` for the head of the file, and by its name in messages.
    #[must_use]
    pub fn has(&self, table: Option<SourceSpan>, called: &str, key: &str) -> bool {
        let table = table.map(|place| place.offset());
        let strayed = |(home, stray): &(String, String)| home == called && stray == key;
        let misread = |(of, written): &(Option<usize>, String)| {
            *of == table && closest(written, &[key]).is_some()
        };
        self.keys.iter().any(misread) || self.strays.iter().any(strayed)
    }

    /// Whether any key of this table could not be read.
    #[must_use]
    pub fn has_any(&self, table: SourceSpan) -> bool {
        let table = Some(table.offset());
        self.keys.iter().any(|(of, _)| *of == table)
    }

    /// Whether one of these places touches a line that is not TOML: such a line has its own
    /// mistake.
    #[must_use]
    pub(crate) fn covers(&self, places: &[LabeledSpan]) -> bool {
        let touches = |lines: &Range<usize>, place: &LabeledSpan| {
            place.offset() < lines.end && lines.start < place.offset() + place.len().max(1)
        };
        self.lines
            .iter()
            .any(|lines| places.iter().any(|place| touches(lines, place)))
    }
}
