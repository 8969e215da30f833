//! Mistakes in a text that can be found without knowing what its keys mean.

use crate::correction::Correction;
use crate::trial::Corrected;
use miette::{Diagnostic, SourceSpan};
use thiserror::Error;

/// Text that is not TOML, or whose keys and values do not match its kind of file. The code gets the
/// name of that kind in a [`Mistake`](crate::mistake::Mistake).
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(super) enum ShapeMistake {
    /// Not TOML.
    #[error("{message}")]
    #[diagnostic(code(syntax), help("{hint}"))]
    Syntax {
        message: String,
        label: String,
        hint: String,
        #[label("{label}")]
        at: SourceSpan,
    },
    /// Text or a quantity without quotes.
    #[error("`{key}` has {what}")]
    #[diagnostic(code(missing_quotes), help("{hint}"))]
    MissingQuotes {
        key: String,
        /// What is wrong: no quotes, or other quotes.
        what: &'static str,
        hint: String,
        #[label("expected text in quotes")]
        at: SourceSpan,
    },
    /// A duplicate key in one table.
    #[error("`{key}` is written twice")]
    #[diagnostic(code(duplicate_key), help("{hint}"))]
    DuplicateKey {
        key: String,
        hint: String,
        #[label("the second `{key}`")]
        at: SourceSpan,
    },
    /// An unknown key of this table.
    #[error("unknown key `{key}` in {table}")]
    #[diagnostic(code(unknown_key), help("{hint}"))]
    UnknownKey {
        key: String,
        /// The table, as written.
        table: String,
        /// The nearest key and all keys.
        hint: String,
        #[label("{table} has no such key")]
        at: SourceSpan,
    },
    /// A table unknown to this kind of file.
    #[error("unknown table `{table}`")]
    #[diagnostic(code(unknown_table), help("{hint}"))]
    UnknownTable {
        /// As written, with its brackets.
        table: String,
        /// The nearest table and all tables.
        hint: String,
        #[label("{is} has no such table")]
        at: SourceSpan,
        /// What the file is.
        is: &'static str,
    },
    /// An inline table over several lines.
    #[error("this inline table goes on past its line")]
    #[diagnostic(
        code(long_inline_table),
        help(
            "write it on one line; TOML 1.0, which other readers and editors follow, has no longer ones"
        )
    )]
    LongInlineTable {
        #[label("opened here, not closed on this line")]
        at: SourceSpan,
    },
    /// A key of another table.
    #[error("`{key}` is in {table}, but belongs to {home}")]
    #[diagnostic(
        code(misplaced_key),
        help("move it {towards}; a key belongs to the last `[table]` line above it")
    )]
    MisplacedKey {
        key: String,
        /// The table it is in.
        table: String,
        /// The table it belongs to.
        home: String,
        /// Where to move it.
        towards: String,
        #[label("belongs to {home}")]
        at: SourceSpan,
    },
    /// A value of another TOML type.
    #[error("`{key}` is {found}, expected {wanted}")]
    #[diagnostic(code(wrong_type), help("{hint}"))]
    WrongType {
        key: String,
        /// The type as written.
        found: String,
        /// The type expected.
        wanted: String,
        /// How to write it.
        hint: String,
        #[label("expected {wanted}")]
        at: SourceSpan,
    },
    /// An integer outside its range.
    #[error("`{key}` is {written}, which is out of range")]
    #[diagnostic(code(out_of_range), help("write a value from {range}{example}"))]
    OutOfRange {
        key: String,
        written: String,
        /// Both ends, with their unit.
        range: String,
        /// An example line, if the range is wide.
        example: String,
        #[label("allowed: {range}")]
        at: SourceSpan,
    },
    /// A required key or table.
    #[error("`{key}` is missing in {table}")]
    #[diagnostic(code(missing_key), help("{hint}"))]
    MissingKey {
        key: String,
        /// The table, as shown to the user.
        table: String,
        /// An example line.
        hint: String,
        #[label("needs `{key}`")]
        at: SourceSpan,
    },
}

impl Corrected for ShapeMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        None
    }
}
