//! Expressions: one signal, one comparison, one limit, such as `true.reservoir >= 1 mL`.
//!
//! A count or state alone, such as `alarm.critical`, means "at least 1".

use miette::{Diagnostic, SourceSpan};
use std::ops::Range;
use thecal_plan::{Comparison, Dimension, Predicate, Signal};
use thecal_text::quantity;
use thecal_text::quantity_mistake::QuantityMistake;
use thecal_text::unit::Kind;
use thecal_text::wording::closest;
use thiserror::Error;

/// An expression that cannot be taken as written.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum ExpressionMistake {
    /// No signal has this name.
    #[error("unknown signal `{written}`")]
    #[diagnostic(code(scenario::unknown_signal), help("{hint}"))]
    UnknownSignal {
        /// As written.
        written: String,
        /// The nearest name.
        hint: String,
        /// Where.
        #[label("no signal has this name")]
        at: SourceSpan,
    },
    /// An operator that is none of the five.
    #[error("unknown comparison `{written}`")]
    #[diagnostic(
        code(scenario::unknown_comparison),
        help("write one of `<=`, `<`, `>=`, `>` and `==`")
    )]
    UnknownComparison {
        /// As written.
        written: String,
        /// Where.
        #[label("not a comparison")]
        at: SourceSpan,
    },
    /// A signal alone that is not a count.
    #[error("`{signal}` needs a limit")]
    #[diagnostic(
        code(scenario::limit_missing),
        help("write `{example}`; only a count or a state may stand alone")
    )]
    LimitMissing {
        /// The signal.
        signal: Signal,
        /// The same with a limit.
        example: String,
        /// Where.
        #[label("expected a comparison and a limit")]
        at: SourceSpan,
    },
    /// Equality of something that is measured.
    #[error("`{signal}` is measured, so it is never exactly equal to a limit")]
    #[diagnostic(
        code(scenario::equality),
        help("write `<=` or `>=`; `==` is for counts and states")
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

/// The place of a string's content, if it is written without escapes; else of the whole string.
struct Place {
    outer: Range<usize>,
    plain: bool,
}

impl Place {
    fn of(&self, part: Range<usize>) -> SourceSpan {
        if self.plain {
            let start = self.outer.start + 1;
            (start + part.start..start + part.end).into()
        } else {
            self.outer.clone().into()
        }
    }
}

/// The predicate that `text` writes; `span` is the place of the string with its quotes.
pub(super) fn parse(text: &str, span: Range<usize>) -> Result<Predicate, ExpressionMistake> {
    let place = Place {
        plain: span.len() == text.len() + 2,
        outer: span,
    };
    let is_operator = |c: char| "<>=!".contains(c);
    let Some(start) = text.find(is_operator) else {
        return alone(text, &place);
    };
    let after = text[start..]
        .find(|c| !is_operator(c))
        .map_or(text.len(), |found| start + found);
    let signal = signal(text, 0..start, &place)?;
    let operator = &text[start..after];
    let comparison = match operator {
        "<=" => Comparison::AtMost,
        "<" => Comparison::Below,
        ">=" => Comparison::AtLeast,
        ">" => Comparison::Above,
        "==" => Comparison::Equal,
        _ => {
            let at = place.of(start..after);
            return Err(ExpressionMistake::UnknownComparison {
                written: operator.to_owned(),
                at,
            });
        }
    };
    if comparison == Comparison::Equal && signal.dimension() != Dimension::Count {
        return Err(ExpressionMistake::Equality {
            signal,
            at: place.of(start..after),
        });
    }
    let at = place.of(trimmed(text, after..text.len()));
    let limit = quantity::limit(&text[after..], kind_of(signal), at)?;
    Ok(Predicate {
        signal,
        comparison,
        limit,
        text: text.trim().to_owned(),
    })
}

/// The signal that `text` names; for expectations that count.
pub(super) fn parse_signal(text: &str, span: Range<usize>) -> Result<Signal, ExpressionMistake> {
    let place = Place {
        plain: span.len() == text.len() + 2,
        outer: span,
    };
    signal(text, 0..text.len(), &place)
}

/// A signal without a limit.
fn alone(text: &str, place: &Place) -> Result<Predicate, ExpressionMistake> {
    let signal = signal(text, 0..text.len(), place)?;
    if signal.dimension() != Dimension::Count {
        return Err(ExpressionMistake::LimitMissing {
            signal,
            example: format!("{signal} >= 1 {}", kind_of(signal).usual_unit())
                .trim_end()
                .to_owned(),
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
    let hint = match closest(written, &names).or_else(|| ending(written, &names)) {
        Some(guess) => format!("did you mean `{guess}`? docs/scenarios.md lists all signals"),
        None => "docs/scenarios.md lists all signals, such as `true.dose-24h` and `alarm.critical`"
            .to_owned(),
    };
    Err(ExpressionMistake::UnknownSignal {
        written: written.to_owned(),
        hint,
        at: place.of(part),
    })
}

/// The only name that ends in what was written: `granted` for `bolus.granted`.
fn ending<'a>(written: &str, names: &[&'a str]) -> Option<&'a str> {
    let last = written.rsplit('.').next().unwrap_or_default();
    let mut matching = names
        .iter()
        .filter(|name| name.rsplit('.').next() == Some(last));
    matching
        .next()
        .filter(|_| matching.next().is_none())
        .copied()
}

fn trimmed(text: &str, part: Range<usize>) -> Range<usize> {
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
    use super::*;

    fn read(text: &str) -> Result<Predicate, ExpressionMistake> {
        parse(text, 10..text.len() + 12)
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
