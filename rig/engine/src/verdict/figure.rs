//! Observed values, and how the numbers of a finding are written to a record and read back.
//!
//! A quantity is its value and unit; a span or an instant is whole milliseconds of simulated time;
//! an event that never came is the word `never`; nothing to observe is null. All digits are kept;
//! the report rounds them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thecal_plan::Dimension;
use thecal_units::{Millis, SimTime};

/// An observed value with its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Option<Figure>", from = "Option<Figure>")]
pub enum Observed {
    /// A value of a signal.
    Value(f64, Dimension),
    /// A span of time.
    Span(Millis),
    /// A missing span of time: late by this much.
    Late(Millis),
    /// An instant.
    At(SimTime),
    /// The event never came.
    Never,
    /// There was nothing to observe.
    Nothing,
}

/// One observed value, limit or margin, as written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Figure {
    Quantity(Quantity),
    Span(Span),
    Instant(Instant),
    Never(Never),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quantity {
    value: f64,
    unit: Unit,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    /// Negative: missing by this much.
    span_ms: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Instant {
    at_ms: u64,
}

#[derive(Debug, Serialize, Deserialize)]
enum Never {
    #[serde(rename = "never")]
    Never,
}

/// The unit of a quantity, which names its dimension.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Unit {
    #[serde(rename = "mL")]
    Milliliter,
    #[serde(rename = "ug")]
    Microgram,
    #[serde(rename = "ug/mL")]
    MicrogramPerMilliliter,
    #[serde(rename = "fraction")]
    Fraction,
    #[serde(rename = "count")]
    Count,
    #[serde(rename = "kPa")]
    Kilopascal,
    #[serde(rename = "V")]
    Volt,
}

impl Unit {
    const fn of(dimension: Dimension) -> Self {
        match dimension {
            Dimension::Volume => Self::Milliliter,
            Dimension::Mass => Self::Microgram,
            Dimension::Concentration => Self::MicrogramPerMilliliter,
            Dimension::Fraction => Self::Fraction,
            Dimension::Count => Self::Count,
            Dimension::Pressure => Self::Kilopascal,
            Dimension::Potential => Self::Volt,
        }
    }

    const fn dimension(self) -> Dimension {
        match self {
            Self::Milliliter => Dimension::Volume,
            Self::Microgram => Dimension::Mass,
            Self::MicrogramPerMilliliter => Dimension::Concentration,
            Self::Fraction => Dimension::Fraction,
            Self::Count => Dimension::Count,
            Self::Kilopascal => Dimension::Pressure,
            Self::Volt => Dimension::Potential,
        }
    }
}

impl From<Observed> for Option<Figure> {
    fn from(observed: Observed) -> Self {
        let span = |ms: Millis| i64::try_from(ms.as_millis()).unwrap_or(i64::MAX);
        Some(match observed {
            Observed::Value(value, dimension) => Figure::Quantity(Quantity {
                value,
                unit: Unit::of(dimension),
            }),
            Observed::Span(ms) => Figure::Span(Span { span_ms: span(ms) }),
            Observed::Late(ms) => Figure::Span(Span { span_ms: -span(ms) }),
            Observed::At(at) => Figure::Instant(Instant {
                at_ms: at.as_millis(),
            }),
            Observed::Never => Figure::Never(Never::Never),
            Observed::Nothing => return None,
        })
    }
}

impl From<Option<Figure>> for Observed {
    fn from(figure: Option<Figure>) -> Self {
        match figure {
            None => Self::Nothing,
            Some(Figure::Quantity(Quantity { value, unit })) => {
                Self::Value(value, unit.dimension())
            }
            Some(Figure::Span(Span { span_ms })) => {
                let span = Millis::from_millis(span_ms.unsigned_abs());
                if span_ms < 0 {
                    Self::Late(span)
                } else {
                    Self::Span(span)
                }
            }
            Some(Figure::Instant(Instant { at_ms })) => Self::At(SimTime::from_millis(at_ms)),
            Some(Figure::Never(Never::Never)) => Self::Never,
        }
    }
}

/// An optional instant, in milliseconds of simulated time.
pub(super) mod at_ms {
    use super::{Deserialize, Deserializer, Serialize, Serializer, SimTime};

    #[expect(clippy::ref_option, reason = "serde hands over what it has")]
    pub(crate) fn serialize<S: Serializer>(at: &Option<SimTime>, to: S) -> Result<S::Ok, S::Error> {
        at.map(SimTime::as_millis).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<SimTime>, D::Error> {
        let at = Option::<u64>::deserialize(from)?;
        Ok(at.map(SimTime::from_millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_written_with_its_unit_and_read_back() {
        for (observed, text) in [
            (
                Observed::Value(0.1, Dimension::Volume),
                r#"{"value":0.1,"unit":"mL"}"#,
            ),
            (
                Observed::Value(1e-9, Dimension::Mass),
                r#"{"value":1e-9,"unit":"ug"}"#,
            ),
            (
                Observed::Value(2000.0, Dimension::Concentration),
                r#"{"value":2000.0,"unit":"ug/mL"}"#,
            ),
            (
                Observed::Value(1.0 / 3.0, Dimension::Fraction),
                r#"{"value":0.3333333333333333,"unit":"fraction"}"#,
            ),
            (
                Observed::Value(3.0, Dimension::Count),
                r#"{"value":3.0,"unit":"count"}"#,
            ),
            (
                Observed::Value(-1.5, Dimension::Pressure),
                r#"{"value":-1.5,"unit":"kPa"}"#,
            ),
            (
                Observed::Value(2.8, Dimension::Potential),
                r#"{"value":2.8,"unit":"V"}"#,
            ),
            (Observed::Span(Millis::HOUR), r#"{"span_ms":3600000}"#),
            (Observed::Late(Millis::MINUTE), r#"{"span_ms":-60000}"#),
            (Observed::At(SimTime::from_millis(7)), r#"{"at_ms":7}"#),
            (Observed::Never, r#""never""#),
            (Observed::Nothing, "null"),
        ] {
            assert_eq!(serde_json::to_string(&observed).unwrap(), text);
            assert_eq!(serde_json::from_str::<Observed>(text).unwrap(), observed);
        }
        for wrong in [
            r#"{"value":0.1}"#,
            r#"{"value":0.1,"unit":"mg"}"#,
            r#"{"span_ms":1,"at_ms":1}"#,
            r#"{"span_ms":0.5}"#,
            r#""always""#,
        ] {
            assert!(serde_json::from_str::<Observed>(wrong).is_err(), "{wrong}");
        }
    }
}
