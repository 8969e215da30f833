//! From the tree of a TOML text to typed tables: each key looked up in its row, every mistake kept.

use super::scan::Scan;
use super::schema::{FileKind, Key, Need, Table, Value};
use super::shape::ShapeMistake;
use super::syntax::recover;
use super::value::{Read, Text};
use super::wanted::{missing, missing_table};
use super::{Unread, Written};
use crate::mistake::{Mistake, in_file_order};
use miette::SourceSpan;
use std::ops::Range;
use toml::de::DeTable;

/// A table whose keys are declared once.
pub trait Record: Sized {
    /// Its rows; those of a table within another are the ones that its key names.
    const TABLE: &'static Table;

    /// The table, each key as far as it could be read.
    fn read(fields: &mut Fields<'_, '_>) -> Self;

    /// The keys of its rows that are written and could be read, in the order of the file.
    fn written(&self) -> Vec<Written>;
}

/// A text, as far as it could be read.
#[derive(Debug)]
pub struct Document<T> {
    /// Its keys and tables.
    pub file: T,
    /// What is wrong with its shape, in the order of the text.
    pub mistakes: Vec<Mistake>,
    /// What is written and could not be read.
    pub unread: Unread,
    /// Whether the keys are worth a look: of what is hardly TOML, the mistakes say enough.
    pub is_readable: bool,
}

/// Reads a text of this kind.
#[must_use]
pub fn read<T: Record>(text: &str, kind: &'static FileKind) -> Document<T> {
    let recovered = recover(text, kind);
    let (tree, _) = DeTable::parse_recoverable(&recovered.source);
    let mut mistakes = recovered.mistakes;
    let given_up = recovered.given_up;
    if tree.get_ref().is_empty() {
        mistakes.truncate(1);
    }
    let mut walk = Walk {
        text,
        kind,
        bare: recovered.bare,
        mistakes: Vec::new(),
        missing: Vec::new(),
        unread: recovered.unread,
    };
    for mistake in mistakes {
        walk.report(mistake);
    }
    let told = walk.mistakes.len();
    for brace in Scan::to(&recovered.source, text.len()).long {
        let at = (brace, 1).into();
        walk.report(ShapeMistake::LongInlineTable { at });
    }
    let file = walk.record(tree.get_ref(), Here::Head, T::TABLE);
    if let Some(end) = given_up {
        let mut of_shape = walk.mistakes.split_off(told);
        of_shape.retain(|mistake| mistake.offset() < end);
        walk.mistakes.extend(of_shape);
        walk.missing.clear();
    }
    for missing in std::mem::take(&mut walk.missing) {
        if !walk.unread.has(missing.of, &missing.called, missing.key) {
            walk.report(missing.mistake);
        }
    }
    let Walk {
        mut mistakes,
        unread,
        ..
    } = walk;
    in_file_order(&mut mistakes);
    Document {
        file,
        mistakes,
        unread,
        is_readable: given_up.is_none(),
    }
}

impl<T> Document<T> {
    /// All mistakes of the text: of its shape, and those that its meaning has, which are left out
    /// where a line around them is not TOML.
    #[must_use]
    pub fn take_mistakes(&mut self, of_meaning: Vec<Mistake>) -> Vec<Mistake> {
        let mut mistakes = std::mem::take(&mut self.mistakes);
        let is_told = |mistake: &Mistake| self.unread.covers(&mistake.places());
        if self.is_readable {
            mistakes.extend(of_meaning.into_iter().filter(|mistake| !is_told(mistake)));
        }
        in_file_order(&mut mistakes);
        mistakes
    }
}

/// Which table is read.
#[derive(Clone, Debug)]
pub(super) enum Here<'k> {
    /// The head of the file.
    Head,
    /// One with a header, which is here.
    Header(Range<usize>),
    /// One in braces, or without a header of its own: its key, and where it is.
    Key(&'k str, Range<usize>),
    /// An element of a list: how messages call it, and where it is.
    Item(&'static str, Range<usize>),
}

impl Here<'_> {
    /// Where it begins; `None` for the head.
    pub(super) fn start(&self) -> Option<usize> {
        match self {
            Self::Head => None,
            Self::Header(at) | Self::Key(_, at) | Self::Item(_, at) => Some(at.start),
        }
    }
}

/// The key whose value is read, and what it should be.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'k> {
    pub(super) key: &'k str,
    pub(super) value: &'k Value,
    /// The row of the key.
    pub(super) row: &'static Key,
    /// Whether the value is an element of the key's list.
    pub(super) is_item: bool,
}

/// A reading under way.
#[derive(Debug)]
pub struct Walk<'t> {
    pub(super) text: &'t str,
    pub(super) kind: &'static FileKind,
    bare: Vec<Range<usize>>,
    mistakes: Vec<Mistake>,
    missing: Vec<Missing>,
    pub(super) unread: Unread,
}

/// A required key that is not there, unless the rest of the text has it where it does not belong.
#[derive(Debug)]
struct Missing {
    key: &'static str,
    /// Its table; `None` is the head.
    of: Option<SourceSpan>,
    called: String,
    mistake: ShapeMistake,
}

impl<'t> Walk<'t> {
    pub(super) fn report(&mut self, mistake: ShapeMistake) {
        self.mistakes.push(Mistake::new(self.kind.area, mistake));
    }

    /// The text at this place.
    pub(super) fn written(&self, at: Range<usize>) -> &'t str {
        self.text.get(at).unwrap_or_default()
    }

    /// What is written here, if it is a value without quotes.
    pub(super) fn bare(&self, at: &Range<usize>) -> Option<&'t str> {
        self.bare.contains(at).then(|| self.written(at.clone()))
    }

    /// The table that a value is, read against the rows that the key's row names.
    pub(super) fn table<T: Record>(
        &mut self,
        table: &DeTable<'_>,
        at: Range<usize>,
        slot: &Slot<'_>,
    ) -> T {
        let rows = slot.value.table().unwrap_or(T::TABLE);
        let here = if self.is_header(&at) {
            Here::Header(at)
        } else if slot.is_item {
            Here::Item(rows.name, at)
        } else {
            Here::Key(slot.key, at)
        };
        self.record(table, here, rows)
    }

    /// Whether this is a header, not a value in brackets.
    pub(super) fn is_header(&self, at: &Range<usize>) -> bool {
        let line = self.text.get(..at.start).unwrap_or_default();
        let before = line.rsplit('\n').next().unwrap_or_default();
        before.trim().is_empty() && self.written(at.clone()).starts_with('[')
    }

    fn record<T: Record>(
        &mut self,
        table: &DeTable<'_>,
        here: Here<'_>,
        rows: &'static Table,
    ) -> T {
        let mut fields = Fields {
            walk: self,
            table,
            here,
            rows,
            next: 0,
            known: 0,
        };
        let record = T::read(&mut fields);
        fields.unknown();
        record
    }

    /// How a person calls the table.
    pub(super) fn called(&self, here: &Here<'_>) -> String {
        match here {
            Here::Head => "the head of the file".to_owned(),
            Here::Header(at) => format!("`{}`", self.written(at.clone())),
            Here::Key(key, _) => format!("`{key}`"),
            Here::Item(called, _) => (*called).to_owned(),
        }
    }

    /// The place of what a table lacks: of the head, the first line that says something.
    fn place_of(&self, here: &Here<'_>) -> SourceSpan {
        match here {
            Here::Header(at) | Here::Key(_, at) | Here::Item(_, at) => at.clone().into(),
            Here::Head => {
                let mut offset = 0;
                for line in self.text.split_inclusive('\n') {
                    let content = line.trim();
                    if !content.is_empty() && !content.starts_with('#') {
                        let indent = line.len() - line.trim_start().len();
                        return (offset + indent, content.len()).into();
                    }
                    offset += line.len();
                }
                (0, 0).into()
            }
        }
    }
}

/// The keys of one table, read row by row.
#[derive(Debug)]
pub struct Fields<'w, 't> {
    pub(super) walk: &'w mut Walk<'t>,
    pub(super) table: &'w DeTable<'w>,
    pub(super) here: Here<'w>,
    pub(super) rows: &'static Table,
    next: usize,
    pub(super) known: usize,
}

impl Fields<'_, '_> {
    /// The row whose value is taken next.
    #[must_use]
    pub fn next_row(&self) -> Option<&'static Key> {
        self.rows.keys.get(self.next)
    }

    /// The value of the next row, if it is written and could be read.
    pub fn take<T: Read>(&mut self) -> Option<T> {
        let row = self.next_row()?;
        self.next += 1;
        let Some(value) = self.table.get(row.name) else {
            if row.need == Need::Required {
                self.lacks(row);
            }
            return None;
        };
        self.known += 1;
        let slot = Slot {
            key: row.name,
            value: &row.value,
            row,
            is_item: false,
        };
        let read = T::read(value, &slot, self.walk);
        if read.is_none() {
            self.walk.unread.add(self.here.start(), row.name);
        }
        read
    }

    /// Every other key with its value, in the order of the file.
    pub fn others<T: Read>(&mut self) -> Vec<(Text, T)> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.retain(|(key, _)| self.rows.key(key.get_ref()).is_none());
        entries.sort_by_key(|(key, _)| key.span().start);
        self.known += entries.len();
        let Some(of) = self.rows.others else {
            return Vec::new();
        };
        let mut others = Vec::new();
        for (key, value) in entries {
            let slot = Slot {
                key: key.get_ref(),
                value: &of.value,
                row: of,
                is_item: false,
            };
            match T::read(value, &slot, self.walk) {
                Some(read) => {
                    let name = Text::new(key.get_ref().to_string(), key.span(), of);
                    others.push((name, read));
                }
                None => self.walk.unread.add(self.here.start(), key.get_ref()),
            }
        }
        others
    }

    fn lacks(&mut self, row: &'static Key) {
        let is_head = matches!(self.here, Here::Head);
        let at = self.walk.place_of(&self.here);
        let called = self.walk.called(&self.here);
        let (key, table, hint) = match row.value.table().filter(|_| is_head) {
            Some(table) => (
                format!("[{}]", row.name),
                "the file".to_owned(),
                missing_table(row.name, table),
            ),
            None => (row.name.to_owned(), called.clone(), missing(row)),
        };
        self.walk.missing.push(Missing {
            key: row.name,
            of: (!is_head).then_some(at),
            called,
            mistake: ShapeMistake::MissingKey {
                key,
                table,
                hint,
                at,
            },
        });
    }
}
