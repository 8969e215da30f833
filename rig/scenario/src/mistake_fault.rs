//! What can be wrong with the times of a fault that comes again or is bound to a posture.

use miette::{Diagnostic, SourceSpan};
use thecal_text::correction::Correction;
use thecal_text::trial::Corrected;
use thiserror::Error;

/// A mistake in when a fault acts.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(crate) enum FaultMistake {
    /// A kind that begins once.
    #[error("a `{kind}` cannot have `{key}`")]
    #[diagnostic(code(scenario::fault_does_not_repeat), help("{help}"))]
    NotOf {
        /// The kind.
        kind: &'static str,
        /// The key.
        key: &'static str,
        /// What to do.
        help: &'static str,
        /// Where.
        #[label("not for this kind")]
        at: SourceSpan,
    },
    /// A byte and a field at once.
    #[error("a bit flips in a byte or in a field, not in both")]
    #[diagnostic(
        code(scenario::field_and_offset),
        help("remove `offset`, or write the byte of the symbol without `field`")
    )]
    FieldAndOffset {
        /// The field.
        #[label("this is a field")]
        field: SourceSpan,
        /// The byte.
        #[label("this is a byte")]
        at: SourceSpan,
    },
    /// A bit that a byte has not.
    #[error("a byte has bits 0 to 7")]
    #[diagnostic(
        code(scenario::no_such_bit),
        help("write a `bit` from 0 to 7, or the `field` that has more")
    )]
    NoSuchBit {
        /// Where.
        #[label("beyond the byte")]
        at: SourceSpan,
    },
    /// It would begin before it has ended.
    #[error("the fault comes again before it has ended")]
    #[diagnostic(
        code(scenario::fault_overlaps_itself),
        help("write a `duration` shorter than `every`")
    )]
    OverlapsItself {
        /// Where.
        #[label("it lasts at least as long")]
        at: SourceSpan,
    },
    /// `until` without `every`.
    #[error("`until` needs `every`")]
    #[diagnostic(
        code(scenario::fault_needs_every),
        help("write `every`, or `duration` for a fault that comes once")
    )]
    NeedsEvery {
        /// Where.
        #[label("only a fault that comes again has `until`")]
        at: SourceSpan,
    },
    /// Repeated, and bound to a posture.
    #[error("`every` and `posture` are in one fault")]
    #[diagnostic(
        code(scenario::fault_every_and_posture),
        help("leave one out: with `posture` the fault comes whenever the patient takes it")
    )]
    Both {
        /// The interval.
        #[label("comes at an interval")]
        every: SourceSpan,
        /// The posture.
        #[label("and with a posture")]
        posture: SourceSpan,
    },
}

impl Corrected for FaultMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        None
    }
}
