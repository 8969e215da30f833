//! Numbers for people: digits chosen by quantity, never a negative zero, never a NaN.

use crate::Dimension;

/// A value given in the base unit of its dimension, in a readable unit, with the digits that its quantity
/// deserves.
///
/// # Panics
///
/// If the value is not finite: a report must not show one.
#[must_use]
pub fn format_value(value: f64, dimension: Dimension) -> String {
    let size = value.abs();
    let (digits, unit) = match dimension {
        Dimension::Volume if size < 0.1 && value != 0.0 => {
            return at_most_four(value * 1e3, 3, " µL");
        }
        Dimension::Volume => return at_most_four(value, 4, " mL"),
        Dimension::Mass if size >= 1e3 => return at_most_four(value / 1e3, 3, " mg"),
        Dimension::Mass => return at_most_four(value, 3, " µg"),
        Dimension::Concentration if size >= 1e3 => return at_most_four(value / 1e3, 3, " mg/mL"),
        Dimension::Concentration if size < 1e-2 && value != 0.0 => {
            return at_most_four(value * 1e3, 3, " ng/mL");
        }
        Dimension::Concentration => return at_most_four(value, 4, " µg/mL"),
        Dimension::Fraction => (3, ""),
        Dimension::Count => (0, ""),
        Dimension::Pressure => (1, " kPa"),
        Dimension::Potential => (3, " V"),
    };
    format!("{}{unit}", fixed(value, digits))
}

/// A value as a check compares it with a limit: in one unit at any size, with the digits that a margin needs.
///
/// # Panics
///
/// If the value is not finite: a report must not show one.
#[must_use]
pub fn format_checked(value: f64, dimension: Dimension) -> String {
    match dimension {
        Dimension::Volume => format!("{} mL", trimmed(value, 4)),
        Dimension::Mass => format!("{} µg", trimmed(value, 3)),
        Dimension::Concentration => at_most_four(value, 4, " µg/mL"),
        Dimension::Fraction | Dimension::Count | Dimension::Pressure | Dimension::Potential => {
            format_value(value, dimension)
        }
    }
}

/// The digits behind the point with which a check compares values of this size, and their unit.
#[must_use]
pub fn checked_digits(size: f64, dimension: Dimension) -> (usize, &'static str) {
    match dimension {
        Dimension::Volume => (4, " mL"),
        Dimension::Mass => (3, " µg"),
        Dimension::Concentration => (decimals_of_four(size, 4), " µg/mL"),
        Dimension::Fraction => (3, ""),
        Dimension::Count => (0, ""),
        Dimension::Pressure => (1, " kPa"),
        Dimension::Potential => (3, " V"),
    }
}

/// A number with at most four digits that count and at most `decimals` behind the point, without
/// trailing zeros: the model is not more accurate than that.
fn at_most_four(value: f64, decimals: usize, unit: &str) -> String {
    let digits = decimals_of_four(value, decimals);
    format!("{}{unit}", trimmed(value, digits))
}

fn decimals_of_four(value: f64, decimals: usize) -> usize {
    // What rounds up to the next power of ten has one digit before the point more.
    let before = (1..4)
        .filter(|power| value.abs() >= 10_f64.powi(*power) - 5e-4)
        .count()
        + 1;
    decimals.min(4_usize.saturating_sub(before))
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

/// So many of something, in the singular where it is one.
#[must_use]
pub fn count_of(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
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
    fn volumes_masses_and_levels_have_four_digits_and_a_readable_unit() {
        use Dimension::{Concentration, Mass, Volume};
        for (value, dimension, text) in [
            (18.0, Volume, "18 mL"),
            (17.425_9, Volume, "17.43 mL"),
            (0.574_123, Volume, "0.574 mL"),
            (0.037_795, Volume, "37.8 µL"),
            (0.001_878_4, Volume, "1.878 µL"),
            (-0.000_002, Volume, "-0.002 µL"),
            (0.0, Volume, "0 mL"),
            (472.23, Mass, "472.2 µg"),
            (999.99, Mass, "1000 µg"),
            (-3_186.922, Mass, "-3.187 mg"),
            (250_409.654, Mass, "250.4 mg"),
            (10_000.0, Concentration, "10 mg/mL"),
            (1.219_8, Concentration, "1.22 µg/mL"),
            (0.000_002, Concentration, "0.002 ng/mL"),
            (0.0, Concentration, "0 µg/mL"),
        ] {
            assert_eq!(format_value(value, dimension), text);
        }
        // Beside a limit the margin of a step must show.
        assert_eq!(format_checked(3_999.846, Mass), "3999.846 µg");
        assert_eq!(format_checked(1_998.04, Concentration), "1998 µg/mL");
    }

    #[test]
    fn one_is_no_plural() {
        let counts = [0, 1, 2].map(|count| count_of(count, "press", "presses"));
        assert_eq!(counts, ["0 presses", "1 press", "2 presses"]);
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
