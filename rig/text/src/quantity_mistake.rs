//! What can be wrong with a quantity, each with its place and the text that would be right.

use super::unit::Kind;
use super::wording::any_of;
use miette::{Diagnostic, SourceSpan};
use thiserror::Error;

/// A quantity that cannot be taken as written.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum QuantityMistake {
    /// A bare number.
    #[error("`{written}` has no unit")]
    #[diagnostic(code(scenario::unit_missing), help("write `\"{example}\"`, or another unit of {}", units(*kind)))]
    UnitMissing {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// The same number with a unit.
        example: String,
        /// Where.
        #[label("expected {kind} with its unit")]
        at: SourceSpan,
    },
    /// A unit that is not in the table.
    #[error("unknown unit `{unit}`")]
    #[diagnostic(code(scenario::unknown_unit), help("{}", guess_or_units(suggestion.as_deref(), *kind)))]
    UnknownUnit {
        /// As written.
        unit: String,
        /// What was expected.
        kind: Kind,
        /// The corrected quantity.
        suggestion: Option<String>,
        /// Where.
        #[label("expected {kind}")]
        at: SourceSpan,
    },
    /// A unit that measures something else.
    #[error("`{unit}` is {is}, expected {kind} such as `{example}`")]
    #[diagnostic(code(scenario::wrong_dimension), help("write `{example}`, or another unit of {}", units(*kind)))]
    WrongDimension {
        /// As written.
        unit: String,
        /// What it measures.
        is: Kind,
        /// What was expected.
        kind: Kind,
        /// The same number with a fitting unit.
        example: String,
        /// Where.
        #[label("this is {is}")]
        at: SourceSpan,
    },
    /// Nothing where a quantity belongs.
    #[error("{kind} is missing")]
    #[diagnostic(
        code(scenario::quantity_missing),
        help("write {kind} such as `{example}`")
    )]
    Absent {
        /// What was expected.
        kind: Kind,
        /// A quantity that would do.
        example: String,
        /// Where.
        #[label("expected {kind}")]
        at: SourceSpan,
    },
    /// A unit on a plain number.
    #[error("`{written}` has a unit, expected {kind}, a plain number such as `{example}`")]
    #[diagnostic(
        code(scenario::wrong_dimension),
        help("write `{example}` without a unit{}", if *kind == Kind::Fraction { ", or a percentage such as `20 %`" } else { "" })
    )]
    UnitNotWanted {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// The number alone.
        example: String,
        /// Where.
        #[label("`{unit}` does not belong here")]
        at: SourceSpan,
        /// The unit.
        unit: String,
    },
    /// Below zero.
    #[error("`{written}` is negative")]
    #[diagnostic(
        code(scenario::negative),
        help("write it without the minus sign: `{example}`")
    )]
    Negative {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// The same without the sign.
        example: String,
        /// Where.
        #[label("expected {kind} of zero or more")]
        at: SourceSpan,
    },
    /// Does not begin with a number.
    #[error("`{written}` is not {kind}")]
    #[diagnostic(code(scenario::not_a_number), help("{hint}"))]
    NotANumber {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// How to write it.
        hint: String,
        /// Where.
        #[label("expected a decimal number, then a unit")]
        at: SourceSpan,
    },
    /// More digits than the value can hold.
    #[error("`{written}` is too fine")]
    #[diagnostic(
        code(scenario::too_fine),
        help("write a whole multiple of {}; nothing is rounded silently", kind.smallest())
    )]
    TooFine {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("the smallest step of {kind} is {}", kind.smallest())]
        at: SourceSpan,
    },
    /// More than the value can hold.
    #[error("`{written}` is out of range")]
    #[diagnostic(code(scenario::out_of_range), help("{}", if *kind == Kind::Fraction { "a fraction is at most `1`, which is `100 %`" } else { "check the number and its unit" }))]
    TooLarge {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("too large for {kind}")]
        at: SourceSpan,
    },
    /// Several parts, but not of a duration, or not from large to small.
    #[error("`{written}` has several parts that do not fit together")]
    #[diagnostic(
        code(scenario::parts),
        help(
            "write one number and one unit; parts are for durations, from large to small: `1 h 30 min`"
        )
    )]
    Parts {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("expected {kind}")]
        at: SourceSpan,
    },
}

fn units(kind: Kind) -> String {
    format!("{kind}: {}", any_of(&kind.units()))
}

/// The guess, or else the whole choice.
fn guess_or_units(guess: Option<&str>, kind: Kind) -> String {
    match guess {
        Some(text) => format!("did you mean `{text}`?"),
        None => format!("units of {}", units(kind)),
    }
}
