//! What can be wrong with a parameter file: each mistake with its place and a fix.

use miette::{Diagnostic, SourceSpan};
use std::sync::Arc;
use thecal_text::correction::Correction;
use thecal_text::files::FileMistake;
use thecal_text::lines::SourceText;
use thecal_text::mistake::Mistake;
use thecal_text::trial::Corrected;
use thecal_text::wording::mistakes_in_words;
use thiserror::Error;

/// A parameter file that cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum ParametersError {
    /// No file of text that could hold parameters.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] FileMistake),
    /// Mistakes in the text.
    #[error("parameter file `{file}` has {}", mistakes_in_words(mistakes.len()))]
    #[diagnostic(code(parameters::invalid))]
    Invalid {
        /// As given.
        file: String,
        /// The whole text.
        #[source_code]
        text: Arc<SourceText>,
        /// Each of them, in the order of the file.
        #[related]
        mistakes: Vec<Mistake>,
    },
    /// A name that no built-in set has.
    #[error("there is no set `{name}`")]
    #[diagnostic(code(parameters::no_such_set), help("{hint}"))]
    NoSuchSet {
        /// As given.
        name: String,
        /// The nearest name and all of them.
        hint: String,
    },
}

/// A mistake in what a parameter file says of a number.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(super) enum NumberMistake {
    /// A name that is not in its list.
    #[error("unknown {what} `{written}`{place}")]
    #[diagnostic(code(parameters::unknown), help("{hint}"))]
    Unknown {
        /// What the name is of.
        what: &'static str,
        /// As written.
        written: String,
        /// What should have it, such as " of `pump`", where that is to be said.
        place: String,
        /// The nearest name and the whole list.
        hint: String,
        /// Where.
        #[label("not one of the known names")]
        at: SourceSpan,
    },
    /// A number without its value or unit.
    #[error("`{key}` is missing in `{path}`")]
    #[diagnostic(code(parameters::missing_key), help("add `{example}`"))]
    MissingKey {
        /// The key.
        key: &'static str,
        /// The number.
        path: String,
        /// A line that would do.
        example: String,
        /// The table.
        #[label("needs `{key}`")]
        at: SourceSpan,
    },
    /// Another unit than the model's.
    #[error("`{path}` is in {unit}, not in {written}")]
    #[diagnostic(code(parameters::unit), help("{hint}"))]
    Unit {
        /// The number.
        path: String,
        /// As written.
        written: String,
        /// The model's.
        unit: &'static str,
        /// The value in that unit, where it is known.
        hint: String,
        /// Where.
        #[label("expected `{unit}`")]
        at: SourceSpan,
    },
    /// A value that the model does not take.
    #[error("`{path}` is {written}, which is out of range")]
    #[diagnostic(
        code(parameters::out_of_range),
        help("write a value from {range}; the model holds for no other")
    )]
    OutOfRange {
        /// The number.
        path: String,
        /// As written.
        written: String,
        /// The range, with its unit.
        range: String,
        /// Where.
        #[label("allowed: {range}")]
        at: SourceSpan,
    },
    /// Another range than the model's.
    #[error("the range of `{path}` cannot be changed")]
    #[diagnostic(
        code(parameters::range),
        help("write `range = {range}`, or leave the line out: the range is the model's")
    )]
    Range {
        /// The number.
        path: String,
        /// The model's, as a file writes it.
        range: String,
        /// Where.
        #[label("expected {range}")]
        at: SourceSpan,
    },
    /// A changed value without a source.
    #[error("`{path}` is changed, but `{key}` is missing: the change has no source")]
    #[diagnostic(code(parameters::no_origin), help("add `{example}`{why}"))]
    NoOrigin {
        /// The number.
        path: String,
        /// `basis` or `source`.
        key: &'static str,
        /// A line that would do.
        example: &'static str,
        /// The choice.
        why: &'static str,
        /// The value.
        #[label("built in: {built_in}")]
        at: SourceSpan,
        /// The built-in value with its unit.
        built_in: String,
    },
    /// A value of the user's under the source of another one.
    #[error("`{path}` is changed, but its source is that of the built-in value")]
    #[diagnostic(
        code(parameters::old_source),
        help("write where {written} is from: a paper, a measurement, or your own assumption")
    )]
    OldSource {
        /// The number.
        path: String,
        /// The new value with its unit.
        written: String,
        /// The value.
        #[label("built in: {built_in}")]
        at: SourceSpan,
        /// The source.
        #[label("this is the source of {built_in}")]
        source_at: SourceSpan,
        /// The built-in value with its unit.
        built_in: String,
    },
    /// Text without content.
    #[error("`source` of `{path}` is blank")]
    #[diagnostic(
        code(parameters::blank),
        help("write one line, such as `source = \"measured on 2026-03-01, protocol 12\"`")
    )]
    Blank {
        /// The number.
        path: String,
        /// Where.
        #[label("expected one line of text")]
        at: SourceSpan,
    },
}

impl Corrected for NumberMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        None
    }
}
