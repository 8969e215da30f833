//! Text for messages: spans of time, exact decimals, lists of names.

use thecal_units::Millis;

const UNITS: [(u64, &str); 5] = [
    (86_400_000, "d"),
    (3_600_000, "h"),
    (60_000, "min"),
    (1_000, "s"),
    (1, "ms"),
];

/// The span as in a scenario file: `1 h 30 min`.
///
/// Days only from two days on, because 24 h is the usual form.
#[must_use]
pub fn duration(span: Millis) -> String {
    let mut left = span.as_millis();
    if left == 0 {
        return "0 s".to_owned();
    }
    let mut parts = Vec::new();
    let units = if left < 2 * 86_400_000 {
        &UNITS[1..]
    } else {
        &UNITS[..]
    };
    for (size, unit) in units {
        if left >= *size {
            parts.push(format!("{} {unit}", left / size));
            left %= size;
        }
    }
    parts.join(" ")
}

/// `value` divided by ten to the power `places`, exact, without trailing zeros.
#[must_use]
pub fn decimal(value: u128, places: u32) -> String {
    let scale = 10_u128.pow(places);
    let (whole, part) = (value / scale, value % scale);
    if part == 0 {
        return whole.to_string();
    }
    let part = format!("{part:0width$}", width = places as usize);
    format!("{whole}.{}", part.trim_end_matches('0'))
}

/// The names in backticks, separated by commas and a last "or".
#[must_use]
pub fn any_of<S: AsRef<str>>(names: &[S]) -> String {
    joined(names, "or")
}

/// The names in backticks, separated by commas and a last "and".
#[must_use]
pub fn all_of<S: AsRef<str>>(names: &[S]) -> String {
    joined(names, "and")
}

fn joined<S: AsRef<str>>(names: &[S], word: &str) -> String {
    let names = names.iter().map(AsRef::as_ref);
    let quoted: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

/// The number of mistakes in a file, as text.
#[must_use]
pub fn mistakes_in_words(mistakes: usize) -> String {
    match mistakes {
        1 => "a mistake".to_owned(),
        several => format!("{several} mistakes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_write_them() {
        assert_eq!(duration(Millis::HOUR.times(24)), "24 h");
        assert_eq!(
            duration(Millis::from_millis(5_400_250)),
            "1 h 30 min 250 ms"
        );
        assert_eq!(duration(Millis::DAY.times(2)), "2 d");
        assert_eq!(duration(Millis::ZERO), "0 s");
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal(100_000, 6), "0.1");
        assert_eq!(decimal(48_000_000, 6), "48");
        assert_eq!(decimal(5_000, 6), "0.005");
    }
}
