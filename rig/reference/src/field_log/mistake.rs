//! Mistakes in a log file, each with its place and a fix.

use super::FORMAT;
use miette::{Diagnostic, SourceSpan};
use std::sync::Arc;
use thecal_text::correction::Correction;
use thecal_text::files::FileMistake;
use thecal_text::lines::SourceText;
use thecal_text::mistake::Mistake;
use thecal_text::trial::Corrected;
use thecal_text::wording::mistakes_in_words;
use thiserror::Error;

/// A log file that cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum LogError {
    /// The file cannot be read, or is not text.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] FileMistake),
    /// Mistakes in the text.
    #[error("event log `{file}` has {}", mistakes_in_words(mistakes.len()))]
    #[diagnostic(code(log::invalid))]
    Invalid {
        /// As given.
        file: String,
        /// The whole text.
        #[source_code]
        text: Arc<SourceText>,
        /// All mistakes, in the order of the file.
        #[related]
        mistakes: Vec<Mistake>,
    },
}

/// A mistake in a line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(super) enum LogMistake {
    /// Not a log file, or one of another version.
    #[error("this is no event log of a version that is known here")]
    #[diagnostic(
        code(log::format),
        help("the first line must be `{FORMAT}`; read the log out of the pump again")
    )]
    Format {
        /// The first line.
        #[label("expected `{FORMAT}`")]
        at: SourceSpan,
    },
    /// Wrong columns.
    #[error("these are not the columns of an event log")]
    #[diagnostic(
        code(log::columns),
        help(
            "the second line must be `{wanted}`: a program that sorts columns has touched the file"
        )
    )]
    Columns {
        /// What is expected.
        wanted: String,
        /// The second line.
        #[label("expected other columns")]
        at: SourceSpan,
    },
    /// A line with more or fewer fields.
    #[error("an entry of {found} fields")]
    #[diagnostic(
        code(log::fields),
        help(
            "an entry has 7 fields, with commas between; the meaning is in quotes where it has commas of its own"
        )
    )]
    Fields {
        /// Number of fields found.
        found: usize,
        /// The line.
        #[label("expected 7 fields")]
        at: SourceSpan,
    },
    /// Text where a number belongs.
    #[error("`{column}` is `{written}`, which is not {wanted}")]
    #[diagnostic(
        code(log::number),
        help("write digits only, without a sign, a point or a unit")
    )]
    Number {
        /// The column.
        column: &'static str,
        /// As written.
        written: String,
        /// What is expected.
        wanted: &'static str,
        /// Where.
        #[label("expected {wanted}")]
        at: SourceSpan,
    },
    /// An unknown code.
    #[error("there is no code {written}")]
    #[diagnostic(
        code(log::code),
        help("docs/event-log.md lists the codes; a newer pump needs a newer `thecal`")
    )]
    Code {
        /// As written.
        written: u8,
        /// Where.
        #[label("not one of the known codes")]
        at: SourceSpan,
    },
    /// Two columns that contradict each other.
    #[error("`{column}` is `{written}`, but `{other}` makes it `{wanted}`")]
    #[diagnostic(
        code(log::disagrees),
        help(
            "the two must say the same; which of them is right only the pump knows: read it out again"
        )
    )]
    Disagrees {
        /// The readable column.
        column: &'static str,
        /// As written.
        written: String,
        /// The machine-readable column.
        other: &'static str,
        /// The value that follows from it.
        wanted: String,
        /// Where.
        #[label("expected `{wanted}`")]
        at: SourceSpan,
    },
    /// An index that does not increase.
    #[error("entry {index} comes after entry {before}")]
    #[diagnostic(
        code(log::order),
        help(
            "entries are in the order of their index, each once: sort the lines and remove duplicates"
        )
    )]
    Order {
        /// The index.
        index: u32,
        /// The one before.
        before: u32,
        /// Where.
        #[label("expected more than {before}")]
        at: SourceSpan,
    },
}

impl Corrected for LogMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        None
    }
}
