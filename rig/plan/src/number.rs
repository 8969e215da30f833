//! Numbers for people: digits chosen by quantity, never a negative zero, never a NaN.

use crate::Dimension;

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
pub fn fixed(value: f64, digits: usize) -> String {
    assert!(value.is_finite(), "a report must not show {value}");
    let text = format!("{value:.digits$}");
    let is_zero = text.chars().all(|symbol| matches!(symbol, '-' | '0' | '.'));
    if is_zero {
        text.trim_start_matches('-').into()
    } else {
        text
    }
}

/// A number with at most this many decimals, without trailing zeros.
///
/// # Panics
///
/// If the value is not finite: a report must not show one.
#[must_use]
pub fn trimmed(value: f64, digits: usize) -> String {
    let text = fixed(value, digits);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').into()
    } else {
        text
    }
}

/// A number with this many digits that count; what is not finite is a dash.
#[must_use]
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "-".into();
    }
    // The power of ten after rounding: 99.96 has three digits as 100.
    let rounded = format!("{value:.*e}", digits.saturating_sub(1));
    let power = rounded.rsplit('e').next();
    let power: i32 = power.and_then(|power| power.parse().ok()).unwrap_or(0);
    if (-4..7).contains(&power) {
        let before = usize::try_from(power).map_or(0, |power| power + 1);
        let zeros = usize::try_from(-power).unwrap_or(0);
        fixed(value, (digits + zeros).saturating_sub(before.max(1)))
    } else {
        rounded
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
    fn trailing_zeros_are_trimmed_only_behind_the_point() {
        assert_eq!(trimmed(1000.0, 2), "1000");
        assert_eq!(trimmed(0.5, 4), "0.5");
        assert_eq!(trimmed(100.0, 0), "100");
        assert_eq!(trimmed(-0.0001, 2), "0");
    }

    #[test]
    fn digits_that_count_are_kept_at_any_size() {
        for (value, text) in [
            (0.0, "0.00"),
            (0.5, "0.500"),
            (0.012_345, "0.0123"),
            (-3.0, "-3.00"),
            (99.96, "100"),
            (12_345.0, "12345"),
            (1.234_5e16, "1.23e16"),
            (2.5e-7, "2.50e-7"),
            (f64::NAN, "-"),
        ] {
            assert_eq!(significant(value, 3), text);
        }
    }
}
