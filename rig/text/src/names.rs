//! Unknown names: which known name to propose, and when to ask the writer.
//!
//! A name is proposed if it differs only by case and hyphens, or by one typing error with no other
//! name equally near. Digits are never typing errors: `dose-4h` is not `dose-24h`.

use super::correction::Correction;
use std::collections::BTreeSet;

/// Names near to what was written.
#[derive(Debug, PartialEq, Eq)]
pub enum Near<'a> {
    /// Exactly one.
    One(&'a str),
    /// Several are.
    Several(Vec<&'a str>),
    /// None is.
    None,
}

/// The correction of a name that is not in this list.
#[must_use]
pub fn among(written: &str, names: &[&str]) -> Correction {
    let none = Correction::of_names(names);
    match near(written, names) {
        Near::One(name) => none.or(name),
        Near::Several(several) => {
            let question = format!("`{written}` is near to more than one name");
            several
                .into_iter()
                .fold(none.asking(question), |all, name| all.or(name))
        }
        Near::None => none,
    }
}

/// The names so near that they were probably meant.
#[must_use]
pub fn near<'a>(written: &str, names: &[&'a str]) -> Near<'a> {
    let same: BTreeSet<&str> = names
        .iter()
        .copied()
        .filter(|name| plain(name) == plain(written) && !written.is_empty())
        .collect();
    match same.len() {
        0 => {}
        1 => return same.first().map_or(Near::None, |name| Near::One(name)),
        // Equal except for case: `mL` and `ML` would be two.
        _ => return Near::Several(same.into_iter().collect()),
    }
    let most = slips(written);
    let mut far: Vec<(usize, &str)> = names
        .iter()
        .filter(|name| digits(name) == digits(written) && !negates(written, name))
        .map(|name| (distance(written, name), *name))
        .collect();
    far.sort_unstable();
    far.dedup();
    let Some(&(nearest, name)) = far.first().filter(|(distance, _)| *distance <= most) else {
        return Near::None;
    };
    let rivals = far.iter().filter(|(distance, _)| *distance <= 2 * nearest);
    let rivals: Vec<&str> = rivals.map(|(_, name)| *name).collect();
    match rivals.len() {
        1 => Near::One(name),
        2 | 3 => Near::Several(rivals),
        _ => Near::None,
    }
}

/// The candidate that was most likely meant, if exactly one is near.
#[must_use]
pub fn closest<'a>(written: &str, candidates: &[&'a str]) -> Option<&'a str> {
    match near(written, candidates) {
        Near::One(name) => Some(name),
        Near::Several(_) | Near::None => None,
    }
}

/// "did you mean `x`?" if there is a guess, then all candidates.
#[must_use]
pub fn guess_or_choice(written: &str, candidates: &[&str]) -> String {
    among(written, candidates).to_string()
}

/// Number of typing errors between two names.
#[must_use]
pub fn distance(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(one, other)
}

/// Maximum typing errors in a name of this length; one error makes a short name almost another one.
#[must_use]
pub fn slips(written: &str) -> usize {
    match written.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Letters and digits only, in lower case.
#[must_use]
pub fn plain(name: &str) -> String {
    let lower = name.chars().flat_map(char::to_lowercase);
    lower.filter(|c| c.is_alphanumeric()).collect()
}

fn digits(name: &str) -> String {
    name.chars().filter(char::is_ascii_digit).collect()
}

/// Whether one is the opposite of the other: `unprimed`, `non-critical`.
fn negates(written: &str, name: &str) -> bool {
    let (written, name) = (plain(written), plain(name));
    ["un", "non", "not", "no", "in", "de", "dis", "anti"]
        .iter()
        .any(|word| written == format!("{word}{name}") || name == format!("{word}{written}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_only_what_is_near() {
        assert_eq!(closest("ML", &["mL", "nL"]), Some("mL"));
        assert_eq!(closest("witin", &["within", "until"]), Some("within"));
        assert_eq!(closest("colour", &["within", "until"]), None);
    }

    #[test]
    fn digits_and_opposites_are_never_slips() {
        let signals = [
            "true.dose-1h",
            "true.dose-24h",
            "alarm.critical",
            "alarm.non-critical",
        ];
        assert_eq!(near("true.dose-4h", &signals), Near::None);
        assert_eq!(near("alarm.criticl", &signals), Near::One("alarm.critical"));
        assert_eq!(
            near("alarm_critical", &signals),
            Near::One("alarm.critical")
        );
        assert_eq!(near("unprimed", &["primed", "empty"]), Near::None);
        assert_eq!(near("r99", &["r0", "r9"]), Near::None);
        let bounds = ["at-least", "at-most"];
        assert_eq!(
            near("at-lest", &bounds),
            Near::Several(vec!["at-least", "at-most"])
        );
    }
}
