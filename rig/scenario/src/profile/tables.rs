//! Values of the tables of a profile, each with the default of its row where it is left out: what the
//! documentation says is what holds.

use super::file::{PROFILE, Text};
use super::mistake::ProfileMistake;
use super::notes::Notes;
use thecal_text::quantity::{self, Quantity};
use thecal_text::range::Limits;
use thecal_text::reader::{Default, Key, Read, Value};
use toml::Spanned;

/// Reads values, and notes what is wrong with them.
pub(super) struct Tables<'r> {
    notes: &'r mut Notes,
}

impl<'r> Tables<'r> {
    pub(super) const fn of(notes: &'r mut Notes) -> Self {
        Self { notes }
    }

    /// A quantity within the limits of its row.
    pub(super) fn quantity<Q: Quantity>(
        &mut self,
        table: &str,
        text: Option<&Text>,
        key: &str,
    ) -> Option<Q> {
        let Some(text) = text else {
            return quantity::parse(default(table, key)?, (0, 0).into()).ok();
        };
        self.within(text, text.row(), &text.row().value)
    }

    fn within<Q: Quantity>(&mut self, text: &Text, row: &'static Key, value: &Value) -> Option<Q> {
        let at = text.span().into();
        let read = match quantity::parse::<Q>(text.get_ref(), at) {
            Ok(read) => read,
            Err(mistake) => {
                self.notes.wrong(mistake);
                return None;
            }
        };
        let range = match value.limits() {
            Limits::Range(range) if !range.contains(&read) => range.to_string(),
            Limits::AboveZero if Q::from_steps(0).is_some_and(|zero| zero == read) => {
                "more than zero on".to_owned()
            }
            _ => return Some(read),
        };
        self.notes.wrong(ProfileMistake::OutOfRange {
            key: row.name,
            written: text.get_ref().clone(),
            range,
            at,
        });
        None
    }

    /// A whole number, whose range the reader has checked.
    pub(super) fn number<N>(
        &mut self,
        table: &str,
        written: Option<&Spanned<N>>,
        key: &str,
    ) -> Option<u64>
    where
        N: Copy + Into<u64>,
        Spanned<N>: Read,
    {
        match written {
            Some(number) => Some((*number.get_ref()).into()),
            None => default(table, key)?.parse().ok(),
        }
    }

    /// `true` or `false`.
    pub(super) fn truth(
        &mut self,
        table: &str,
        written: Option<&Spanned<bool>>,
        key: &str,
    ) -> Option<bool> {
        match written {
            Some(truth) => Some(*truth.get_ref()),
            None => default(table, key)?.parse().ok(),
        }
    }

    /// The least and the most of a row of `[range]`.
    pub(super) fn range<Q: Quantity + Copy>(
        &mut self,
        written: Option<&Spanned<Vec<Text>>>,
        key: &str,
    ) -> Option<[Q; 2]> {
        let row = row("range", key)?;
        let Some(texts) = written else {
            // Two quantities in quotes, as a file writes them.
            let mut ends = default("range", key)?.split('"').skip(1).step_by(2);
            let mut end = || quantity::parse::<Q>(ends.next()?, (0, 0).into()).ok();
            return Some([end()?, end()?]);
        };
        let of = match row.value {
            Value::List(of) => of,
            _ => &row.value,
        };
        let read: Vec<Option<Q>> = texts
            .get_ref()
            .iter()
            .map(|text| self.within(text, row, of))
            .collect();
        match read[..] {
            [Some(least), Some(most)] if least <= most => Some([least, most]),
            [None, _] | [_, None] => None,
            _ => {
                self.notes.wrong(ProfileMistake::NotARange {
                    key: row.name,
                    example: row.example,
                    at: texts.span().into(),
                });
                None
            }
        }
    }
}

/// The row of a key.
fn row(table: &str, key: &str) -> Option<&'static Key> {
    PROFILE.head.key(table)?.value.table()?.key(key)
}

/// The default of a key, as a file writes it.
fn default(table: &str, key: &str) -> Option<&'static str> {
    match row(table, key)?.default {
        Default::Value(value) => Some(value),
        Default::Words(_) | Default::None => None,
    }
}
