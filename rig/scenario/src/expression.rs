//! Expressions: one signal, one comparison, one limit, such as `true.reservoir >= 1 mL`.
//!
//! A count or state alone, such as `alarm.critical`, means "at least 1".

use miette::{Diagnostic, SourceSpan};
use std::ops::Range;
use thecal_plan::{Comparison, Dimension, Predicate, Signal};
use thecal_text::correction::Correction;
use thecal_text::names::{Near, near};
use thecal_text::quantity;
use thecal_text::quantity_mistake::QuantityMistake;
use thecal_text::trial::Corrected;
use thecal_text::unit::Kind;
use thiserror::Error;

/// An expression that cannot be taken as written.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(crate) enum ExpressionMistake {
    /// No signal has this name.
    #[error("unknown signal `{written}`")]
    #[diagnostic(code(scenario::unknown_signal), help("{correction}"))]
    UnknownSignal {
        /// As written.
        written: String,
        /// Where.
        #[label("no signal has this name")]
        at: SourceSpan,
        /// What may stand there instead.
        correction: Correction,
    },
    /// An operator that is none of the five.
    #[error("unknown comparison `{written}`")]
    #[diagnostic(code(scenario::unknown_comparison), help("{correction}"))]
    UnknownComparison {
        /// As written.
        written: String,
        /// Where.
        #[label("not a comparison")]
        at: SourceSpan,
        /// What may stand there instead.
        correction: Correction,
    },
    /// Something that means a comparison, but is not written as one.
    #[error("`{written}` is not a signal, a comparison and a limit")]
    #[diagnostic(code(scenario::not_a_comparison), help("{correction}"))]
    NotAComparison {
        /// As written.
        written: String,
        /// Where.
        #[label("expected such as `signal <= limit`")]
        at: SourceSpan,
        /// What may stand there instead.
        correction: Correction,
    },
    /// Two comparisons in one expectation.
    #[error("`{joiner}` joins two comparisons; an expectation has one")]
    #[diagnostic(code(scenario::several_comparisons), help("{hint}"))]
    SeveralComparisons {
        /// What joins them.
        joiner: String,
        /// How to write it.
        hint: String,
        /// Where.
        #[label("one comparison an expectation")]
        at: SourceSpan,
    },
    /// A signal alone that is not a count.
    #[error("`{signal}` needs a limit")]
    #[diagnostic(
        code(scenario::limit_missing),
        help(
            "add a comparison such as `<=` and a limit; {}; only a count or a state may stand alone",
            kind.choice()
        )
    )]
    LimitMissing {
        /// The signal.
        signal: Signal,
        /// What its limit is.
        kind: Kind,
        /// Where.
        #[label("expected a comparison and a limit")]
        at: SourceSpan,
    },
    /// Equality of something that is measured.
    #[error("`{signal}` is measured, so it is never exactly equal to a limit")]
    #[diagnostic(
        code(scenario::equality),
        help(
            "say what it may not pass, with `<=`, `<`, `>=` or `>`; `==` is for counts and states"
        )
    )]
    Equality {
        /// The signal.
        signal: Signal,
        /// Where.
        #[label("only counts and states can be equal")]
        at: SourceSpan,
    },
    /// The limit.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Limit(#[from] QuantityMistake),
}

impl ExpressionMistake {
    /// What may stand in its place, where anything may.
    pub(super) const fn correction_mut(&mut self) -> Option<&mut Correction> {
        match self {
            Self::UnknownSignal { correction, .. }
            | Self::UnknownComparison { correction, .. }
            | Self::NotAComparison { correction, .. } => Some(correction),
            Self::Limit(mistake) => mistake.correction_mut(),
            Self::SeveralComparisons { .. } | Self::LimitMissing { .. } | Self::Equality { .. } => {
                None
            }
        }
    }

    /// The same mistake at another place.
    pub(super) fn moved(mut self, to: SourceSpan) -> Self {
        if let Self::Equality { at, .. } = &mut self {
            *at = to;
        }
        self
    }

    /// Where it is.
    pub(crate) const fn at(&self) -> SourceSpan {
        match self {
            Self::UnknownSignal { at, .. }
            | Self::UnknownComparison { at, .. }
            | Self::NotAComparison { at, .. }
            | Self::SeveralComparisons { at, .. }
            | Self::LimitMissing { at, .. }
            | Self::Equality { at, .. } => *at,
            Self::Limit(mistake) => mistake.at(),
        }
    }
}

impl Corrected for ExpressionMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        let at = self.at();
        Some((at, self.correction_mut()?))
    }
}

/// The place of a string's content, if it is written without escapes; else of the whole string.
pub(super) struct Place {
    outer: Range<usize>,
    plain: bool,
}

impl Place {
    pub(super) fn new(text: &str, outer: Range<usize>) -> Self {
        Self {
            plain: outer.len() == text.len() + 2,
            outer,
        }
    }

    /// The place of the string with its quotes.
    pub(super) fn whole(&self) -> SourceSpan {
        self.outer.clone().into()
    }

    /// The place of a part.
    pub(super) fn of(&self, part: Range<usize>) -> SourceSpan {
        if self.plain {
            let start = self.outer.start + 1;
            (start + part.start..start + part.end).into()
        } else {
            self.whole()
        }
    }

    /// The correction of a part of `text`, as one of what [`Self::of`] points at.
    pub(super) fn correction(
        &self,
        correction: Correction,
        text: &str,
        part: Range<usize>,
    ) -> Correction {
        if self.plain {
            correction.bare()
        } else {
            correction.between(&text[..part.start], &text[part.end..])
        }
    }
}

/// The predicate in the notation of the language.
pub(super) fn as_written(text: &str, place: &Place) -> Result<Predicate, ExpressionMistake> {
    let is_operator = |c: char| "<>=!".contains(c);
    let Some(start) = text.find(is_operator) else {
        return alone(text, place);
    };
    let after = text[start..]
        .find(|c| !is_operator(c))
        .map_or(text.len(), |found| start + found);
    let signal = signal(text, 0..start, place)?;
    let operator = &text[start..after];
    let Some(comparison) = comparison(operator) else {
        let at = place.of(start..after);
        return Err(ExpressionMistake::UnknownComparison {
            written: operator.to_owned(),
            at,
            correction: operators(),
        });
    };
    if comparison == Comparison::Equal && signal.dimension() != Dimension::Count {
        return Err(ExpressionMistake::Equality {
            signal,
            at: place.of(start..after),
        });
    }
    let part = trimmed(text, after..text.len());
    let at = place.of(part.clone());
    let limit = quantity::limit(&text[after..], kind_of(signal), at).map_err(|mut mistake| {
        if let Some(correction) = mistake.correction_mut() {
            *correction = place.correction(std::mem::take(correction), text, part);
        }
        mistake
    })?;
    Ok(Predicate {
        signal,
        comparison,
        limit,
        text: text.trim().to_owned(),
    })
}

/// The comparison that these signs are.
pub(super) fn comparison(operator: &str) -> Option<Comparison> {
    Some(match operator {
        "<=" => Comparison::AtMost,
        "<" => Comparison::Below,
        ">=" => Comparison::AtLeast,
        ">" => Comparison::Above,
        "==" => Comparison::Equal,
        _ => return None,
    })
}

/// The five, for lack of a better one.
pub(super) fn operators() -> Correction {
    Correction::said("write one of `<=`, `<`, `>=`, `>` and `==`")
}

/// The signal that `text` names; for expectations that count.
pub(super) fn parse_signal(text: &str, span: Range<usize>) -> Result<Signal, ExpressionMistake> {
    signal(text, 0..text.len(), &Place::new(text, span))
}

/// A signal without a limit.
fn alone(text: &str, place: &Place) -> Result<Predicate, ExpressionMistake> {
    let signal = signal(text, 0..text.len(), place)?;
    if signal.dimension() != Dimension::Count {
        return Err(ExpressionMistake::LimitMissing {
            signal,
            kind: kind_of(signal),
            at: place.of(trimmed(text, 0..text.len())),
        });
    }
    let text = text.trim().to_owned();
    Ok(Predicate {
        signal,
        comparison: Comparison::AtLeast,
        limit: 1.0,
        text,
    })
}

fn signal(text: &str, part: Range<usize>, place: &Place) -> Result<Signal, ExpressionMistake> {
    let part = trimmed(text, part);
    let written = &text[part.clone()];
    if let Some(found) = Signal::ALL.iter().find(|signal| signal.name() == written) {
        return Ok(*found);
    }
    let names: Vec<&str> = Signal::ALL.iter().map(|signal| signal.name()).collect();
    let correction = place.correction(guess(written, &names), text, part.clone());
    Err(ExpressionMistake::UnknownSignal {
        written: written.to_owned(),
        at: place.of(part),
        correction,
    })
}

/// The signal that was meant, if it is near. Where only the origin is missing, the writer is asked:
/// `true.*` is the patient's, `commanded.*` is the pump's.
fn guess(written: &str, names: &[&str]) -> Correction {
    let none = Correction::said(how_else(written));
    match near(written, names) {
        Near::One(name) => return none.or(name),
        Near::Several(several) => {
            let question = format!("`{written}` is near to more than one signal");
            return several
                .into_iter()
                .fold(none.asking(question), |all, name| all.or(name));
        }
        Near::None => {}
    }
    let ends_so = |name: &&&str| {
        let (first, last) = name.split_once('.').unwrap_or((name, name));
        !written.contains('.') && (last == written || first == written)
    };
    let parts = names.iter().filter(ends_so).take(4);
    let asked = parts.fold(none.clone(), |all, name| all.or(*name));
    match asked.readings.len() {
        1..=3 => asked.asking("a signal is named with its origin"),
        _ => none,
    }
}

/// What to write, where a text holds more than a signal.
fn how_else(written: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| written.contains(word));
    if has(&[" within ", " after ", " until ", " for "]) {
        "times are keys of their own: `within`, `after` and `until`"
    } else if has(&["<", ">", "="]) {
        "`count` takes a signal alone, and its bounds are keys: `at-least` and `at-most`"
    } else {
        "docs/scenarios.md lists all signals"
    }
}

/// A part without the blanks around it.
pub(super) fn trimmed(text: &str, part: Range<usize>) -> Range<usize> {
    let inside = &text[part.clone()];
    let start = part.start + (inside.len() - inside.trim_start().len());
    start..start + inside.trim().len()
}

const fn kind_of(signal: Signal) -> Kind {
    match signal.dimension() {
        Dimension::Volume => Kind::Volume,
        Dimension::Mass => Kind::Mass,
        Dimension::Concentration => Kind::Concentration,
        Dimension::Fraction => Kind::Fraction,
        Dimension::Count => Kind::Count,
        Dimension::Pressure => Kind::Pressure,
        Dimension::Potential => Kind::Potential,
    }
}

#[cfg(test)]
mod tests {
    use super::super::expression_reading::{Role, parse};
    use super::*;

    fn read(text: &str) -> Result<Predicate, ExpressionMistake> {
        parse(text, 10..text.len() + 12, Role::Always)
    }

    #[test]
    fn a_limit_is_in_the_base_unit_of_its_signal() {
        let volume = read("true.reservoir >= 500 µL").unwrap();
        assert_eq!(volume.comparison, Comparison::AtLeast);
        assert!((volume.limit - 0.5).abs() < 1e-15);
        let mass = read("true.dose-24h<1.5 mg").unwrap();
        assert!((mass.limit - 1500.0).abs() < 1e-9);
        let share = read("true.toxicity <= 20 %").unwrap();
        assert!((share.limit - 0.2).abs() < 1e-15);
    }

    #[test]
    fn a_state_alone_means_at_least_one() {
        let alarm = read("alarm.critical").unwrap();
        assert_eq!(alarm.comparison, Comparison::AtLeast);
        assert!((alarm.limit - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_mistake_points_at_its_part() {
        let Err(ExpressionMistake::Limit(QuantityMistake::WrongDimension { at, .. })) =
            read("true.reservoir >= 5 mg")
        else {
            panic!("a mass is no volume");
        };
        assert_eq!((at.offset(), at.len()), (29, 4));
    }
}
