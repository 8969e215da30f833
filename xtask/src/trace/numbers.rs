//! Numbers in the text of a requirement: each has a source, in `numbers` as `"10 s: design"`.

use super::ids::{REQUIREMENT, is_id};
use std::collections::BTreeSet;

/// What is missing or too many among the sources of a text's numbers.
pub(super) fn problems(text: &str, sources: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut known = BTreeSet::new();
    for source in sources {
        match source.split_once(": ") {
            Some((numbers, from)) if !from.trim().is_empty() => known.extend(numbers_in(numbers)),
            _ => problems.push(format!("`{source}` names no source, as in `10 s: design`")),
        }
    }
    let used = numbers_in(text);
    for number in used.difference(&known) {
        problems.push(format!("{number} has no source"));
    }
    for number in known.difference(&used) {
        problems.push(format!("{number} has a source and is not in the text"));
    }
    problems
}

/// The numbers in a text, without the spaces between thousands; identifiers and names that end in
/// digits are none.
fn numbers_in(text: &str) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let words: Vec<&str> = text.split(|c: char| !is_part(c) && c != '.').collect();
    let mut open: Option<String> = None;
    for word in words {
        let word = word.trim_end_matches('.');
        if is_id(word, REQUIREMENT) {
            numbers.extend(open.take());
            continue;
        }
        // In `CRC-32` and `12-fold` the parts count by themselves.
        for part in word.split('-') {
            let is_number = part.chars().next().is_some_and(|c| c.is_ascii_digit())
                && part.chars().all(|c| c.is_ascii_digit() || c == '.');
            match &mut open {
                Some(number) if is_thousands(part) => number.push_str(part),
                _ => {
                    numbers.extend(open.take());
                    open = is_number.then(|| part.to_owned());
                }
            }
        }
    }
    numbers.extend(open);
    numbers
}

fn is_thousands(part: &str) -> bool {
    part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        numbers_in(text).into_iter().collect()
    }

    #[test]
    fn numbers_are_found_with_their_thousands_and_without_identifiers() {
        assert_eq!(found("In 60 s at most 3 336 steps."), ["3336", "60"]);
        assert_eq!(
            found("with periods of 72, 36 and 17.999 ms"),
            ["17.999", "36", "72"]
        );
        assert_eq!(found("as in REQ-BAT-001, by CRC-32."), ["32"]);
        assert_eq!(found("one, the first, S19"), [""; 0]);
    }

    #[test]
    fn each_number_has_one_source_and_each_source_a_number() {
        let sources = |list: &[&str]| list.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
        let text = "It shall wait for 10 s.";
        assert_eq!(problems(text, &sources(&["10 s: design"])), [""; 0]);
        assert_eq!(problems(text, &[]), ["10 has no source"]);
        let told = problems(text, &sources(&["10 s: design", "5: S1"]));
        assert_eq!(told, ["5 has a source and is not in the text"]);
        let told = problems("It shall wait.", &sources(&["10 s"]));
        assert_eq!(told, ["`10 s` names no source, as in `10 s: design`"]);
    }
}
