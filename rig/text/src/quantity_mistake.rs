//! Mistakes in a quantity, each with its place and possible corrections.

use super::correction::Correction;
use super::trial::Corrected;
use super::unit::Kind;
use miette::{Diagnostic, SourceSpan};
use thiserror::Error;

/// A quantity that is not valid as written.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum QuantityMistake {
    /// A bare number.
    #[error("`{written}` has no unit")]
    #[diagnostic(
        code(scenario::unit_missing),
        help("write {written} with its unit; {}", kind.choice())
    )]
    UnitMissing {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("expected {kind} with its unit")]
        at: SourceSpan,
    },
    /// A unit that is not in the table.
    #[error("unknown unit `{unit}`")]
    #[diagnostic(code(scenario::unknown_unit), help("{correction}"))]
    UnknownUnit {
        /// As written.
        unit: String,
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("expected {kind}")]
        at: SourceSpan,
        /// Possible corrections.
        correction: Correction,
    },
    /// A unit of another dimension.
    #[error("`{unit}` is {is}, expected {kind}")]
    #[diagnostic(code(scenario::wrong_dimension), help("{correction}"))]
    WrongDimension {
        /// As written.
        unit: String,
        /// What it measures.
        is: Kind,
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("this is {is}")]
        at: SourceSpan,
        /// Possible corrections.
        correction: Correction,
    },
    /// A missing quantity.
    #[error("{kind} is missing")]
    #[diagnostic(
        code(scenario::quantity_missing),
        help("write a number and its unit; {}", kind.choice())
    )]
    Absent {
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("expected {kind}")]
        at: SourceSpan,
    },
    /// A unit on a plain number.
    #[error("`{written}` has a unit, expected {kind}")]
    #[diagnostic(code(scenario::wrong_dimension), help("{correction}"))]
    UnitNotWanted {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("`{unit}` does not belong here")]
        at: SourceSpan,
        /// The unit.
        unit: String,
        /// Possible corrections.
        correction: Correction,
    },
    /// Below zero.
    #[error("`{written}` is negative")]
    #[diagnostic(code(scenario::negative), help("{kind} is zero or more here"))]
    Negative {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("expected {kind} of zero or more")]
        at: SourceSpan,
    },
    /// It does not begin with a number.
    #[error("`{written}` is not {kind}")]
    #[diagnostic(code(scenario::not_a_number), help("{correction}"))]
    NotANumber {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("expected a decimal number{}", if kind.usual_unit().is_empty() { "" } else { ", then a unit" })]
        at: SourceSpan,
        /// Possible corrections.
        correction: Correction,
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
    #[diagnostic(code(scenario::out_of_range), help("{correction}"))]
    TooLarge {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("too large for {kind}")]
        at: SourceSpan,
        /// Possible corrections.
        correction: Correction,
    },
    /// Several parts, but not of a duration, or not from large to small.
    #[error("`{written}` has several parts that do not fit together")]
    #[diagnostic(code(scenario::parts), help("{correction}"))]
    Parts {
        /// As written.
        written: String,
        /// What was expected.
        kind: Kind,
        /// Where.
        #[label("expected {kind}")]
        at: SourceSpan,
        /// Possible corrections.
        correction: Correction,
    },
}

impl Corrected for QuantityMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        let at = self.at();
        Some((at, self.correction_mut()?))
    }
}

impl QuantityMistake {
    /// The same mistake in `text` with its corrections.
    #[must_use]
    pub fn with_correction(mut self, text: &str, correction: Correction) -> Self {
        // The second number of `1h30` has an implied unit.
        let unwritten = matches!(self, Self::UnitMissing { .. }) && !correction.is_empty();
        if (correction.number && self.is_about_the_unit()) || unwritten {
            let (kind, at) = self.kind_and_place();
            let written = text.trim().to_owned();
            return Self::NotANumber {
                written,
                kind,
                at,
                correction,
            };
        }
        let correction = match &self {
            Self::TooLarge { kind, .. } => correction.or_said(too_large(*kind)),
            Self::WrongDimension {
                is: Kind::Mass,
                kind: Kind::DoseRate,
                ..
            } if correction.why.is_none() => {
                correction.because("say in which time this much is given")
            }
            Self::Parts { kind, .. } => correction.or_said(parts(*kind)),
            Self::NotANumber { kind, .. }
                if !kind.usual_unit().is_empty() && correction.why.is_none() =>
            {
                correction.or_said(format!("write a number and its unit; {}", kind.choice()))
            }
            _ => correction,
        };
        if let Self::UnitNotWanted { written, .. } = &mut self {
            text.trim().clone_into(written);
        }
        if let Some(known) = self.correction_mut() {
            *known = correction;
        }
        self
    }

    /// Whether the unit is wrong.
    const fn is_about_the_unit(&self) -> bool {
        matches!(
            self,
            Self::UnitMissing { .. }
                | Self::UnknownUnit { .. }
                | Self::WrongDimension { .. }
                | Self::UnitNotWanted { .. }
        )
    }

    /// What was expected, and where.
    const fn kind_and_place(&self) -> (Kind, SourceSpan) {
        match self {
            Self::UnitMissing { kind, at, .. }
            | Self::UnknownUnit { kind, at, .. }
            | Self::WrongDimension { kind, at, .. }
            | Self::Absent { kind, at }
            | Self::UnitNotWanted { kind, at, .. }
            | Self::Negative { kind, at, .. }
            | Self::NotANumber { kind, at, .. }
            | Self::TooFine { kind, at, .. }
            | Self::TooLarge { kind, at, .. }
            | Self::Parts { kind, at, .. } => (*kind, *at),
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn at(&self) -> SourceSpan {
        self.kind_and_place().1
    }

    /// Its corrections, if it can have any.
    pub const fn correction_mut(&mut self) -> Option<&mut Correction> {
        match self {
            Self::UnknownUnit { correction, .. }
            | Self::WrongDimension { correction, .. }
            | Self::UnitNotWanted { correction, .. }
            | Self::NotANumber { correction, .. }
            | Self::TooLarge { correction, .. }
            | Self::Parts { correction, .. } => Some(correction),
            Self::UnitMissing { .. }
            | Self::Absent { .. }
            | Self::Negative { .. }
            | Self::TooFine { .. } => None,
        }
    }

    /// The mistake and its fix, on one line.
    #[must_use]
    pub fn in_one_line(&self) -> String {
        let help = self.help().map_or(String::new(), |help| help.to_string());
        format!("{self}; {help}")
    }
}

/// The fix for a value that is too large.
fn too_large(kind: Kind) -> &'static str {
    match kind {
        Kind::Fraction => "a fraction is from 0 to 1, or from 0 % to 100 %",
        _ => "check the number and its unit",
    }
}

/// The fix for parts that do not fit together.
fn parts(kind: Kind) -> String {
    match kind {
        Kind::Duration => {
            "write each unit once, from large to small: days, hours, minutes, seconds".to_owned()
        }
        _ => format!("write one number and one unit; {}", kind.choice()),
    }
}
