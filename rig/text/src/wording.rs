//! Text for messages: exact decimals, lists of names.

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
    fn decimals_are_exact() {
        assert_eq!(decimal(100_000, 6), "0.1");
        assert_eq!(decimal(48_000_000, 6), "48");
        assert_eq!(decimal(5_000, 6), "0.005");
    }
}
