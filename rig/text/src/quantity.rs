//! Quantities: `number unit`, converted to exact integers without floats.
//!
//! A number is decimal digits with at most one point. A duration may have several parts, from large
//! to small: `1 h 30 min`; a quantity that spans decades may have a power of ten: `3e16 Pa s/m3`. A
//! value that is not a multiple of the smallest step is a mistake, never rounded.

use super::correction::Correction;
use super::quantity_mistake::QuantityMistake;
use super::quantity_reading::{self, Context};
use super::unit::{self, Kind};
use miette::SourceSpan;
use thecal_units::{Concentration, DoseRate, FlowRate, Mass, Millis, Volume, real};

/// A type that can be written as a quantity in a scenario file.
pub trait Quantity: Sized + PartialOrd {
    /// What it measures.
    const KIND: Kind;
    /// The value of a number of smallest steps; `None`: too large.
    fn from_steps(steps: u128) -> Option<Self>;
}

macro_rules! quantity {
    ($name:ty, $kind:ident, $from:ident) => {
        impl Quantity for $name {
            const KIND: Kind = Kind::$kind;
            fn from_steps(steps: u128) -> Option<Self> {
                steps.try_into().ok().map(Self::$from)
            }
        }
    };
}

quantity!(Millis, Duration, from_millis);
quantity!(Volume, Volume, from_picoliters);
quantity!(Mass, Mass, from_femtograms);
quantity!(Concentration, Concentration, from_ng_per_ml);
quantity!(DoseRate, DoseRate, from_ng_per_day);
quantity!(FlowRate, FlowRate, from_nl_per_day);

/// A real-valued quantity with one unit.
pub trait Scalar: Quantity {
    /// The number.
    fn value(self) -> f64;
}

macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl Scalar for $name {
            fn value(self) -> f64 {
                self.0
            }
        }
    };
}

scalar! {
    /// A fraction of a whole, from 0 to 1.
    Fraction
}
scalar! {
    /// A ratio to a reference.
    Factor
}
scalar! {
    /// An electric resistance. Unit: ohm.
    Resistance
}
scalar! {
    /// An electric current. Unit: uA.
    Current
}
scalar! {
    /// A resistance to flow. Unit: Pa s/m3.
    FlowResistance
}

macro_rules! real_quantity {
    ($name:ty, $kind:ident, $most:expr, $from:expr) => {
        impl Quantity for $name {
            const KIND: Kind = Kind::$kind;
            fn from_steps(steps: u128) -> Option<Self> {
                let most: u128 = $most;
                #[expect(clippy::cast_precision_loss, reason = "a true quantity is an f64")]
                let value = steps as f64 / Kind::$kind.steps_per_base_unit();
                (steps <= most).then(|| $from(value))
            }
        }
    };
}

/// Beyond this no quantity of a scenario is meaningful; it is far from the limit of `f64`.
const MOST: u128 = u64::MAX as u128;

real_quantity!(real::Potential, Potential, MOST, Self::from_volts);
real_quantity!(real::Length, Length, MOST, Self::from_centimeters);
real_quantity!(real::Pressure, Pressure, MOST, Self::from_kilopascals);
real_quantity!(real::Temperature, Temperature, MOST, Self::from_celsius);
real_quantity!(Fraction, Fraction, WHOLE, Self);
real_quantity!(Factor, Factor, MOST, Self);
real_quantity!(Resistance, Resistance, MOST, Self);
real_quantity!(Current, Current, MOST, Self);
real_quantity!(FlowResistance, FlowResistance, u128::MAX, Self);

/// Steps in a fraction of 1.
const WHOLE: u128 = 1_000_000;

/// Parses a quantity; mistakes point at `at`.
///
/// # Errors
///
/// [`QuantityMistake`] if it is not a number with a unit of this kind, or too large.
pub fn parse<Q: Quantity>(text: &str, at: SourceSpan) -> Result<Q, QuantityMistake> {
    parse_in(text, at, &Context::default())
}

/// Parses a quantity in a known context.
///
/// # Errors
///
/// [`QuantityMistake`] if it is not a number with a unit of this kind, or too large.
pub fn parse_in<Q: Quantity>(
    text: &str,
    at: SourceSpan,
    context: &Context,
) -> Result<Q, QuantityMistake> {
    as_written(text, at).map_err(|mistake| {
        let mut correction = quantity_reading::correction(text, Q::KIND, context);
        correction.keep(|text| as_written::<Q>(text, at).is_ok());
        mistake.with_correction(text, correction)
    })
}

/// Parses a quantity in the notation of the language.
fn as_written<Q: Quantity>(text: &str, at: SourceSpan) -> Result<Q, QuantityMistake> {
    let steps = steps(text, Q::KIND, at)?;
    Q::from_steps(steps).ok_or_else(|| too_large(text, Q::KIND, at))
}

/// The limit of a comparison, in the base unit of signals of this kind.
///
/// # Errors
///
/// [`QuantityMistake`] if it is not a number with a unit of this kind, or too large.
pub fn limit(text: &str, kind: Kind, at: SourceSpan) -> Result<f64, QuantityMistake> {
    limit_as_written(text, kind, at).map_err(|mistake| {
        let mut correction = quantity_reading::correction(text, kind, &Context::default());
        correction.keep(|text| limit_as_written(text, kind, at).is_ok());
        mistake.with_correction(text, correction)
    })
}

fn limit_as_written(text: &str, kind: Kind, at: SourceSpan) -> Result<f64, QuantityMistake> {
    let steps = steps(text, kind, at)?;
    if kind == Kind::Fraction && steps > WHOLE {
        return Err(too_large(text, kind, at));
    }
    let exact = u64::try_from(steps).map_err(|_| too_large(text, kind, at))?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "a limit is compared with f64 series"
    )]
    let steps = exact as f64;
    Ok(steps / kind.steps_per_base_unit())
}

/// A fraction from 0 to 1, such as `50 %`.
///
/// # Errors
///
/// [`QuantityMistake`] if it is not a fraction, or more than 1.
pub fn fraction(text: &str) -> Result<f64, QuantityMistake> {
    limit(text, Kind::Fraction, (0, text.len()).into())
}

fn too_large(text: &str, kind: Kind, at: SourceSpan) -> QuantityMistake {
    QuantityMistake::TooLarge {
        written: text.trim().to_owned(),
        kind,
        at,
        correction: Correction::of_quantity(kind),
    }
}

/// The number of smallest steps in all parts of `text`.
fn steps(text: &str, kind: Kind, at: SourceSpan) -> Result<u128, QuantityMistake> {
    let text = text.trim();
    let written = || text.to_owned();
    let mut rest = text;
    let mut sum = 0_u128;
    let mut size_before = None;
    while size_before.is_none() || !rest.is_empty() {
        let (number, after) = number(rest, kind, at)?;
        let end = end_of_unit(after, kind);
        let unit = unit_of(after[..end].trim(), number, kind, at)?;
        if size_before.is_some_and(|before| kind != Kind::Duration || unit.steps >= before) {
            return Err(QuantityMistake::Parts {
                written: written(),
                kind,
                at,
                correction: Correction::of_quantity(kind),
            });
        }
        size_before = Some(unit.steps);
        let part = exact(number, unit.steps).map_err(|inexact| match inexact {
            Inexact::TooFine => QuantityMistake::TooFine {
                written: written(),
                kind,
                at,
            },
            Inexact::TooLarge => too_large(text, kind, at),
        })?;
        sum = sum
            .checked_add(part)
            .ok_or_else(|| too_large(text, kind, at))?;
        rest = after[end..].trim_start();
    }
    Ok(sum)
}

/// End of the unit and start of the next part. Some units contain a digit: `Pa s/m3`.
fn end_of_unit(text: &str, kind: Kind) -> usize {
    let Some(digit) = text.find(|c: char| c.is_ascii_digit()) else {
        return text.len();
    };
    let before = unit::normalize(&text[..digit]);
    let known = unit::find(&before, kind);
    let is_unit = known.is_some_and(|unit| unit.kind == kind && !unit.name.is_empty());
    if kind == Kind::Duration || is_unit {
        digit
    } else {
        text.len()
    }
}

/// Splits off a leading decimal number.
fn number(text: &str, kind: Kind, at: SourceSpan) -> Result<(&str, &str), QuantityMistake> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let end = end + unit::power_of_ten(&text[end..], kind);
    let (digits, rest) = text.split_at(end);
    if text.is_empty() {
        return Err(QuantityMistake::Absent { kind, at });
    }
    let written = text.to_owned();
    let correction = Correction::of_quantity(kind);
    let unsigned = text.strip_prefix(['-', '\u{2212}']).map(str::trim_start);
    if unsigned.is_some_and(|left| left.starts_with(|c: char| c.is_ascii_digit())) {
        return Err(QuantityMistake::Negative { written, kind, at });
    }
    let one_point = digits.matches('.').count() <= 1;
    let whole = !digits.is_empty() && !digits.starts_with('.') && !digits.ends_with('.');
    if !one_point || !whole || rest.starts_with(',') {
        return Err(QuantityMistake::NotANumber {
            written,
            kind,
            at,
            correction,
        });
    }
    Ok((digits, rest))
}

/// Looks up the unit, or reports what is wrong with it.
fn unit_of(
    written: &str,
    number: &str,
    kind: Kind,
    at: SourceSpan,
) -> Result<&'static unit::Unit, QuantityMistake> {
    let name = unit::normalize(written);
    let plain = kind.usual_unit().is_empty();
    let unit = written.to_owned();
    let correction = Correction::of_quantity(kind);
    match unit::find(&name, kind) {
        Some(found) if found.kind == kind => Ok(found),
        Some(_) if name.is_empty() => Err(QuantityMistake::UnitMissing {
            written: number.to_owned(),
            kind,
            at,
        }),
        Some(_) | None if plain => Err(QuantityMistake::UnitNotWanted {
            written: format!("{number} {written}"),
            kind,
            unit,
            at,
            correction,
        }),
        Some(found) => Err(QuantityMistake::WrongDimension {
            unit,
            is: found.kind,
            kind,
            at,
            correction,
        }),
        None => Err(QuantityMistake::UnknownUnit {
            unit,
            kind,
            at,
            correction,
        }),
    }
}

enum Inexact {
    TooFine,
    TooLarge,
}

/// `number` times `steps`, if that is an integer.
fn exact(number: &str, steps: u128) -> Result<u128, Inexact> {
    /// No unit has more factors of 2 or of 5 than this, so a longer decimal cannot give an integer.
    const MAX_PLACES: usize = 20;
    let (number, power) = number.split_once('e').unwrap_or((number, "0"));
    let power: u32 = power.parse().map_err(|_| Inexact::TooLarge)?;
    let steps = 10_u128
        .checked_pow(power)
        .and_then(|tens| tens.checked_mul(steps))
        .ok_or(Inexact::TooLarge)?;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let part = part.trim_end_matches('0');
    if part.len() > MAX_PLACES {
        return Err(Inexact::TooFine);
    }
    let mut value = 0_u128;
    for digit in whole.bytes().chain(part.bytes()) {
        value = value
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(u128::from(digit - b'0')))
            .ok_or(Inexact::TooLarge)?;
    }
    let scaled = value.checked_mul(steps).ok_or(Inexact::TooLarge)?;
    let divisor = part.bytes().fold(1_u128, |power, _| power * 10);
    if scaled % divisor == 0 {
        Ok(scaled / divisor)
    } else {
        Err(Inexact::TooFine)
    }
}

#[cfg(test)]
mod tests;
