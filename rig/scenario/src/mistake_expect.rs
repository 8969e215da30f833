//! What can be wrong with an expectation, apart from its expressions.

use miette::{Diagnostic, SourceSpan};
use thecal_text::correction::Correction;
use thecal_text::trial::{Corrected, first_place};
use thiserror::Error;

/// A mistake in what must be true.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(crate) enum ExpectMistake {
    /// A run that checks nothing.
    #[error("the scenario expects nothing: a run without a check proves nothing")]
    #[diagnostic(
        code(scenario::no_expectation),
        help(
            "add at least:\n[[expect]]\nname   = \"no-overdose\"\nalways = \"true.toxicity < 0.2\""
        )
    )]
    None {
        /// The end of the file.
        #[label("needs an `[[expect]]`")]
        at: SourceSpan,
    },
    /// An expectation without a form.
    #[error("this expectation says nothing")]
    #[diagnostic(code(scenario::no_form), help("add one of {choice}"))]
    NoForm {
        /// Every form.
        choice: String,
        /// The expectation.
        #[label("needs exactly one form")]
        at: SourceSpan,
    },
    /// An expectation with two forms.
    #[error("`{first}` and `{second}` are in one expectation")]
    #[diagnostic(
        code(scenario::several_forms),
        help("write a second `[[expect]]` for `{second}`")
    )]
    SeveralForms {
        /// One form.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// One place.
        #[label("`{first}`")]
        one: SourceSpan,
        /// The other place.
        #[label("and `{second}`")]
        other: SourceSpan,
    },
    /// A key of another form.
    #[error("`{key}` does not go with `{form}`")]
    #[diagnostic(code(scenario::misplaced_bound), help("{hint}"))]
    Misplaced {
        /// The key.
        key: &'static str,
        /// The form.
        form: &'static str,
        /// What goes with the form.
        hint: String,
        /// Where.
        #[label("not a part of `{form}`")]
        at: SourceSpan,
    },
    /// A name that is used before.
    #[error("two expectations are named `{name}`")]
    #[diagnostic(
        code(scenario::duplicate_name),
        help("the report lists expectations by name: rename one of the two")
    )]
    DuplicateName {
        /// The name.
        name: String,
        /// The first.
        #[label("first here")]
        first: SourceSpan,
        /// The second.
        #[label("and again here")]
        again: SourceSpan,
    },
    /// A name that is not lower case with hyphens.
    #[error("`{name}` is not a name for an expectation")]
    #[diagnostic(code(scenario::bad_name), help("{correction}"))]
    BadName {
        /// As written.
        name: String,
        /// The same in the right form.
        correction: Correction,
        /// Where.
        #[label("expected a name such as `stall-alarm`")]
        at: SourceSpan,
    },
    /// A count without a bound.
    #[error("`count` has no bound")]
    #[diagnostic(
        code(scenario::no_bound),
        help(
            "add `at-most`, with `window` where it holds for any span of that length, or `at-least` for the whole run"
        )
    )]
    NoBound {
        /// The count.
        #[label("needs `at-least` or `at-most`")]
        at: SourceSpan,
    },
    /// A least number in a sliding window.
    #[error("`at-least` does not go with `window`")]
    #[diagnostic(
        code(scenario::window_at_least),
        help(
            "a window with no event is normal: write a second expectation with `at-least` and no `window`"
        )
    )]
    WindowAtLeast {
        /// `at-least`.
        #[label("counts over the whole run")]
        at_least: SourceSpan,
        /// `window`.
        #[label("counts in every window")]
        window: SourceSpan,
    },
    /// A bound on a sum over a window before there is such a window.
    #[error("`{signal}` is no more than the sum since the start before {window} have passed")]
    #[diagnostic(code(scenario::window_never_full), help("{help}"))]
    NeverFull {
        /// The signal.
        signal: &'static str,
        /// The length of its window.
        window: String,
        /// What to write.
        help: String,
        /// The expression.
        #[label("cannot be decided before that")]
        at: SourceSpan,
    },
    /// A least number above the most.
    #[error("`at-least` is more than `at-most`")]
    #[diagnostic(code(scenario::bounds_reversed), help("exchange the two numbers"))]
    BoundsReversed {
        /// `at-least`.
        #[label("at least this many")]
        at_least: SourceSpan,
        /// `at-most`.
        #[label("but no more than this")]
        at_most: SourceSpan,
    },
    /// A signal that does not count up.
    #[error("`{signal}` does not count events")]
    #[diagnostic(code(scenario::not_a_counter), help("count one of {counters}"))]
    NotACounter {
        /// The signal.
        signal: String,
        /// Those that do.
        counters: String,
        /// Where.
        #[label("not a counter")]
        at: SourceSpan,
    },
}

impl Corrected for ExpectMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        let at = first_place(self)?;
        Some((at, self.correction_mut()?))
    }
}

impl ExpectMistake {
    /// What may stand in its place, where anything may.
    const fn correction_mut(&mut self) -> Option<&mut Correction> {
        match self {
            Self::BadName { correction, .. } => Some(correction),
            _ => None,
        }
    }
}
