//! Tables and their values: what a type says of itself, and how a table is read row by row.

use super::schema::{Key, Need, Table, Value};
use super::shape::ShapeMistake;
use super::walk::{Here, Missing, Slot, Walk};
use super::wanted::{missing, missing_table};
use miette::SourceSpan;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A key that is written, and the place of its value.
pub type Written = (&'static str, SourceSpan);

/// A table whose keys are declared once.
pub trait Record: Sized {
    /// Its rows; those of a table within another are the ones that its key names.
    const TABLE: &'static Table;

    /// The table, each key as far as it could be read.
    fn read(fields: &mut Fields<'_, '_>) -> Self;

    /// The keys of its rows that are written and could be read, in the order of the file.
    fn written(&self) -> Vec<Written>;
}

/// A type that a value can be read into.
pub trait Read: Sized {
    /// What the value is, where its row does not say more.
    const VALUE: Value;

    /// The value, or a note of what is wrong with it.
    fn read(value: &Spanned<DeValue<'_>>, slot: &Slot<'_>, walk: &mut Walk<'_>) -> Option<Self>;

    /// Where the value is; of a list of tables, where it begins.
    fn place(&self) -> Option<Range<usize>>;
}

/// Text with its place and its row.
#[derive(Clone, Debug)]
pub struct Text {
    text: String,
    at: Range<usize>,
    row: &'static Key,
}

impl Text {
    pub(super) const fn new(text: String, at: Range<usize>, row: &'static Key) -> Self {
        Self { text, at, row }
    }

    /// What is written.
    #[must_use]
    pub const fn get_ref(&self) -> &String {
        &self.text
    }

    /// Where it is.
    #[must_use]
    pub const fn span(&self) -> Range<usize> {
        self.at.start..self.at.end
    }

    /// The row of the key that it is the value of, or in the list of.
    #[must_use]
    pub const fn row(&self) -> &'static Key {
        self.row
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

impl Walk<'_> {
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

    /// The table, each key looked up in its row.
    pub(super) fn record<T: Record>(
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
}
