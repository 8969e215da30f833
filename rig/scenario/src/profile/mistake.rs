//! Mistakes in a profile, each with its place and a fix.

use miette::{Diagnostic, SourceSpan};
use std::sync::Arc;
use thecal_plan::WORD_LEN_MAX;
use thecal_text::correction::Correction;
use thecal_text::files::FileMistake;
use thecal_text::lines::SourceText;
use thecal_text::mistake::Mistake;
use thecal_text::trial::{Corrected, first_place};
use thecal_text::wording::mistakes_in_words;
use thiserror::Error;

/// A profile that cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum ProfileError {
    /// The file cannot be read, or is not text.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] FileMistake),
    /// Mistakes in the text.
    #[error("profile `{file}` has {}", mistakes_in_words(mistakes.len()))]
    #[diagnostic(code(profile::invalid))]
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

/// A mistake in what a product promises.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(crate) enum ProfileMistake {
    /// A rule of safety among those that are not claimed.
    #[error("rule `{rule}` is of safety: no profile may leave it out")]
    #[diagnostic(
        code(profile::core_rule),
        help(
            "remove this `[[unclaimed]]`; a pump that breaks the rule fails, whatever its profile says \
             (docs/specification.md has these rules in bold)"
        )
    )]
    CoreRule {
        /// The rule.
        rule: String,
        /// Where.
        #[label("holds for every pump")]
        at: SourceSpan,
    },
    /// A name that is not in its list.
    #[error("unknown {what} `{written}`")]
    #[diagnostic(code(profile::unknown_choice), help("{correction}"))]
    UnknownChoice {
        /// What the name is of.
        what: &'static str,
        /// As written.
        written: String,
        /// The name that means the same, or the whole list.
        correction: Correction,
        /// Where.
        #[label("not one of the known names")]
        at: SourceSpan,
    },
    /// The same name twice.
    #[error("{what} `{name}` is written twice")]
    #[diagnostic(code(profile::twice), help("keep one of the two"))]
    Twice {
        /// What is named.
        what: &'static str,
        /// The name.
        name: String,
        /// One.
        #[label("the first")]
        one: SourceSpan,
        /// The other.
        #[label("the second")]
        other: SourceSpan,
    },
    /// Text without content, or too much of it.
    #[error("`{key}` is {}", if *is_blank { "blank" } else { "too long" })]
    #[diagnostic(
        code(profile::not_a_line),
        help("write one line of at most {WORD_LEN_MAX} characters")
    )]
    NotALine {
        /// The key.
        key: &'static str,
        /// Whether there is nothing.
        is_blank: bool,
        /// Where.
        #[label("expected one line of text")]
        at: SourceSpan,
    },
    /// A value outside of its range.
    #[error("`{key}` is {written}, which is out of range")]
    #[diagnostic(code(profile::out_of_range), help("write a value from {range}"))]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// As written.
        written: String,
        /// The range, with units.
        range: String,
        /// Where.
        #[label("allowed: {range}")]
        at: SourceSpan,
    },
    /// A range that is not two values, the smaller one first.
    #[error("`{key}` is not a range")]
    #[diagnostic(
        code(profile::not_a_range),
        help("write the least and the most, such as `{key} = {example}`")
    )]
    NotARange {
        /// The key.
        key: &'static str,
        /// A range that would do.
        example: &'static str,
        /// Where.
        #[label("expected two values, the smaller one first")]
        at: SourceSpan,
    },
    /// More missed pulses than pulses.
    #[error("`missed` is more than `of`")]
    #[diagnostic(
        code(profile::more_than_all),
        help(
            "of so many pulses at most all are missed: write `missed` and `of` as in `8` of `16`"
        )
    )]
    MoreThanAll {
        /// `missed`.
        #[label("so many missed pulses")]
        one: SourceSpan,
        /// `of`.
        #[label("of so many")]
        other: SourceSpan,
    },
    /// Nobody speaks to the pump.
    #[error("`[protocol]` says nothing")]
    #[diagnostic(
        code(profile::no_protocol),
        help(
            "add `built-in = \"reference\"`, or `command = [\"python3\", \"protocol.py\"]` for a program \
             of yours (docs/protocol.md)"
        )
    )]
    NoProtocol {
        /// The table.
        #[label("needs `built-in` or `command`")]
        at: SourceSpan,
    },
    /// Two protocols.
    #[error("`built-in` and `command` are both written")]
    #[diagnostic(code(profile::two_protocols), help("keep one of the two"))]
    TwoProtocols {
        /// `built-in`.
        #[label("one protocol")]
        one: SourceSpan,
        /// `command`.
        #[label("and another")]
        other: SourceSpan,
    },
    /// A command without a program.
    #[error("`command` names no program")]
    #[diagnostic(
        code(profile::no_program),
        help(
            "write the program and its arguments, each in quotes: \
             `command = [\"python3\", \"protocol.py\"]`; no shell reads them"
        )
    )]
    NoProgram {
        /// Where.
        #[label("expected a program and its arguments")]
        at: SourceSpan,
    },
}

impl Corrected for ProfileMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        let at = first_place(self)?;
        match self {
            Self::UnknownChoice { correction, .. } => Some((at, correction)),
            _ => None,
        }
    }
}
