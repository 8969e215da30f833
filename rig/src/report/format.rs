//! Numbers for people: digits chosen by quantity, never a negative zero, never a NaN.

use crate::signal::Dimension;
use crate::verdict::Observed;

/// A value in the base unit of its dimension, with the digits that its quantity deserves.
///
/// # Panics
///
/// If the value is not finite: a report must not show one.
#[must_use]
pub fn format_value(value: f64, dimension: Dimension) -> String {
    let (digits, unit) = match dimension {
        Dimension::Volume => (4, " mL"),
        Dimension::Mass => (3, " µg"),
        Dimension::Concentration => (4, " µg/mL"),
        Dimension::Fraction => (3, ""),
        Dimension::Count => (0, ""),
        Dimension::Pressure => (1, " kPa"),
        Dimension::Potential => (3, " V"),
    };
    format!("{}{unit}", fixed(value, digits))
}

/// A number with this many decimals; what rounds to zero has no sign.
///
/// # Panics
///
/// If the value is not finite: a report must not show one.
#[must_use]
pub(crate) fn fixed(value: f64, digits: usize) -> String {
    assert!(value.is_finite(), "a report must not show {value}");
    let text = format!("{value:.digits$}");
    let is_zero = text.chars().all(|symbol| matches!(symbol, '-' | '0' | '.'));
    if is_zero {
        text.trim_start_matches('-').into()
    } else {
        text
    }
}

/// A number with this many significant digits; very large and very small ones as powers of ten.
#[must_use]
pub(super) fn significant(value: f64, digits: usize) -> String {
    let text = format!("{value:.0$e}", digits.saturating_sub(1));
    let exponent = text
        .split_once('e')
        .and_then(|(_, power)| power.parse().ok());
    let whole = i32::try_from(digits).unwrap_or(i32::MAX);
    match exponent {
        Some(power @ -4..=5) => {
            let decimals = usize::try_from(whole - 1 - power).unwrap_or(0);
            fixed(value, decimals)
        }
        _ => text,
    }
}

/// What was observed, for a report.
#[must_use]
pub fn observed(observed: &Observed) -> String {
    match *observed {
        Observed::Value(value, dimension) => format_value(value, dimension),
        Observed::Span(span) => span.to_string(),
        Observed::Late(span) => format!("-{span}"),
        Observed::At(at) => format!("at {at}"),
        Observed::Never => "never".into(),
        Observed::Nothing => "-".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounds_to_zero_has_no_sign() {
        assert_eq!(fixed(-0.0004, 3), "0.000");
        assert_eq!(fixed(-0.0, 1), "0.0");
        assert_eq!(fixed(-0.06, 1), "-0.1");
    }

    #[test]
    fn digits_that_count_are_kept_at_every_size() {
        for (value, text) in [
            (36.0, "36.00"),
            (0.001_234_56, "0.001235"),
            (123_456.0, "123456"),
            (7.123e-6, "7.123e-6"),
            (2.5e6, "2.500e6"),
            (0.0, "0.000"),
        ] {
            assert_eq!(significant(value, 4), text);
        }
    }
}
