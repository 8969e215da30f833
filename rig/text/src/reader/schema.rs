//! What is known of a kind of file: its tables, and a row for each key.

use crate::range::{Limits, QuantityRange};
use crate::unit::Kind;

/// A kind of file.
#[derive(Debug)]
pub struct FileKind {
    /// What stands before `::` in the codes of its mistakes.
    pub area: &'static str,
    /// What the file is, with its article.
    pub is: &'static str,
    /// The keys and tables that it begins with.
    pub head: &'static Table,
}

/// A table: its keys, each once.
#[derive(Debug)]
pub struct Table {
    /// How messages call it where neither a header nor a key of its own names it.
    pub name: &'static str,
    /// Its keys, in the order of the documentation.
    pub keys: &'static [Key],
    /// The row of any other key, where a table has names that no row can know.
    pub others: Option<&'static Key>,
    /// How one is written where the row of its key does not say.
    pub example: &'static str,
}

/// A row: one key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What its value is.
    pub value: Value,
    /// A value that would do, as a file writes it.
    pub example: &'static str,
    /// What it means, in the lines of its comment.
    pub doc: &'static [&'static str],
    /// Whether it may be left out.
    pub need: Need,
    /// What holds where it is left out.
    pub default: Default,
}

impl Key {
    /// What it means, in one line.
    #[must_use]
    pub fn meaning(&self) -> String {
        let lines: Vec<&str> = self.doc.iter().map(|line| line.trim()).collect();
        lines.join(" ")
    }
}

/// Whether a key may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It may.
    Optional,
    /// It may not: the reader says so.
    Required,
    /// It may not, and what would do depends on other keys: whoever reads the table says so.
    RequiredElsewhere,
}

/// What holds where a key is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// Nothing: the key is required, or what it is about does not happen.
    None,
    /// This value, as a file writes it.
    Value(&'static str),
    /// What other keys or files decide, in words.
    Words(&'static str),
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// Text in quotes.
    Text,
    /// One of several words, in quotes.
    Word(fn() -> Vec<&'static str>),
    /// A number with its unit, in quotes.
    Quantity(Kind, Limits),
    /// This word or such a quantity, in quotes.
    WordOrQuantity(&'static str, Kind, Limits),
    /// A whole number.
    Integer {
        /// The least that it may be.
        least: i128,
        /// The most.
        most: i128,
        /// What it counts; empty where that is plain.
        of: &'static str,
    },
    /// A number with or without a decimal point.
    Number,
    /// So many numbers in a list.
    Numbers(usize),
    /// `true` or `false`.
    Bool,
    /// Text in quotes, or a list of texts.
    Texts,
    /// A list of such values.
    List(&'static Self),
    /// A table, in braces or below its header.
    Table(&'static Table),
    /// A list of tables, each below its header in double brackets.
    Tables(&'static Table),
}

impl Value {
    /// A quantity of this kind; what other keys say of it is checked where it is read.
    #[must_use]
    pub const fn quantity(kind: Kind) -> Self {
        Self::Quantity(kind, Limits::Any)
    }

    /// A duration from the start of the run, not after its end.
    pub const INSTANT: Self = Self::Quantity(Kind::Duration, Limits::Instant);

    /// The same quantity, if it is above zero.
    #[must_use]
    pub const fn above_zero(self) -> Self {
        self.limited(Limits::AboveZero)
    }

    /// The same quantity, if it is in this range.
    #[must_use]
    pub const fn within(self, range: QuantityRange) -> Self {
        self.limited(Limits::Range(range))
    }

    /// The same quantity with limits; other values have none.
    #[must_use]
    pub const fn limited(self, limits: Limits) -> Self {
        match self {
            Self::Quantity(kind, _) => Self::Quantity(kind, limits),
            Self::WordOrQuantity(word, kind, _) => Self::WordOrQuantity(word, kind, limits),
            other => other,
        }
    }

    /// The limits of a quantity.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        match self {
            Self::Quantity(_, limits) | Self::WordOrQuantity(_, _, limits) => *limits,
            _ => Limits::Any,
        }
    }

    /// A whole number in a range.
    #[must_use]
    pub const fn integer(least: i128, most: i128) -> Self {
        Self::Integer {
            least,
            most,
            of: "",
        }
    }

    /// The table that it is or is a list of.
    #[must_use]
    pub const fn table(&self) -> Option<&'static Table> {
        match self {
            Self::Table(table) | Self::Tables(table) => Some(table),
            Self::List(of) => of.table(),
            _ => None,
        }
    }
}

/// The words of a list of choices.
#[must_use]
pub fn words_of<T>(choices: &[(&'static str, T)]) -> Vec<&'static str> {
    choices.iter().map(|(word, _)| *word).collect()
}

impl Table {
    /// The row of this key.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Calls `each` with every key at and below this table: how its table is called, how many tables
    /// are above it, and its row.
    pub fn walk(&'static self, each: &mut impl FnMut(&str, usize, &'static Key)) {
        self.walk_from("the head of the file", 0, each);
    }

    fn walk_from(
        &'static self,
        called: &str,
        depth: usize,
        each: &mut impl FnMut(&str, usize, &'static Key),
    ) {
        for key in self.keys {
            each(called, depth, key);
        }
        for key in self.keys {
            let below = match (&key.value, depth) {
                (Value::Tables(_), 0) => format!("`[[{}]]`", key.name),
                (_, 0) => format!("`[{}]`", key.name),
                _ => format!("`{}`", key.name),
            };
            if let Some(table) = key.value.table() {
                table.walk_from(&below, depth + 1, each);
            }
        }
    }

    /// The tables that have this key and are the least deep of all that have it.
    #[must_use]
    pub(crate) fn homes(&'static self, name: &str) -> Vec<String> {
        let mut homes: Vec<(usize, String)> = Vec::new();
        self.walk(&mut |called, depth, key| {
            if key.name == name {
                homes.push((depth, called.to_owned()));
            }
        });
        let least = homes.iter().map(|(depth, _)| *depth).min();
        homes.retain(|(depth, _)| Some(*depth) == least);
        homes.into_iter().map(|(_, called)| called).collect()
    }

    /// The first row of this name at or below this table.
    #[must_use]
    pub(crate) fn anywhere(&'static self, name: &str) -> Option<&'static Key> {
        let mut found = None;
        self.walk(&mut |_, _, key| {
            if key.name == name && found.is_none() {
                found = Some(key);
            }
        });
        found
    }
}
