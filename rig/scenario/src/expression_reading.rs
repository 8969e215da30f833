//! The expression that a text writes, and what one means that cannot be taken as written:
//! comparisons that are joined, turned round, negated or written in words.

use super::expression::{ExpressionMistake, Place, as_written, operators, trimmed};
use std::ops::Range;
use thecal_plan::Predicate;
use thecal_text::correction::Correction;
use thecal_text::wording::all_of;

/// The key that an expression belongs to, as far as it decides what joined comparisons mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `always`: both at every instant is each at every instant.
    Always,
    /// `never`: neither is each never.
    Never,
    /// Any other: two expectations say something else.
    Other,
}

/// What joins comparisons, and whether both must be true.
const JOINERS: [(&str, bool); 8] = [
    ("&&", true),
    ("||", false),
    (" and ", true),
    (" or ", false),
    (" AND ", true),
    (" OR ", false),
    (" & ", true),
    (" | ", false),
];

/// Other ways to write a comparison. Longer ones first.
const COMPARISONS: [(&str, &str); 22] = [
    ("is greater than", ">"),
    ("is more than", ">"),
    ("is less than", "<"),
    ("is at least", ">="),
    ("is at most", "<="),
    ("is above", ">"),
    ("is below", "<"),
    ("greater than", ">"),
    ("more than", ">"),
    ("less than", "<"),
    ("at least", ">="),
    ("at most", "<="),
    ("exceeds", ">"),
    ("above", ">"),
    ("below", "<"),
    ("≥", ">="),
    ("≤", "<="),
    ("⩾", ">="),
    ("⩽", "<="),
    ("=>", ">="),
    ("=<", "<="),
    ("===", "=="),
];

const TRUE: [&str; 3] = ["true", "on", "yes"];
const FALSE: [&str; 3] = ["false", "off", "no"];

/// The predicate that `text` writes; `span` is the place of the string with its quotes, `role` the
/// key that it belongs to.
pub(super) fn parse(
    text: &str,
    span: Range<usize>,
    role: Role,
) -> Result<Predicate, ExpressionMistake> {
    let place = Place::new(text, span);
    as_written(text, &place).map_err(|mistake| explain(text, &place, role).unwrap_or(mistake))
}

/// A better word for what is wrong with `text`, if it means a comparison or several.
fn explain(text: &str, place: &Place, role: Role) -> Option<ExpressionMistake> {
    if let Some(mistake) = joined(text, place, role) {
        return Some(mistake);
    }
    if let Some(mistake) = operator(text, place) {
        return Some(mistake);
    }
    let meant = turned(text)
        .or_else(|| negated(text))
        .or_else(|| state(text))
        .filter(|meant| takes(meant).is_some())?;
    let correction = Correction::said("write a signal, a comparison and a limit");
    Some(ExpressionMistake::NotAComparison {
        written: text.trim().to_owned(),
        at: place.whole(),
        correction: correction.or(meant),
    })
}

/// The predicate of a text, if it is one as it stands.
fn takes(text: &str) -> Option<Predicate> {
    as_written(text, &Place::new(text, 0..text.len() + 2)).ok()
}

/// Comparisons with a word between, and chains such as `0.1 < signal < 0.5`.
fn joined(text: &str, place: &Place, role: Role) -> Option<ExpressionMistake> {
    let found = JOINERS
        .iter()
        .filter_map(|(word, both)| Some((text.find(word)?, *word, *both)))
        .min_by_key(|(at, ..)| *at);
    let (parts, both, joiner): (Vec<String>, bool, Range<usize>) = match found {
        Some((at, word, both)) => {
            let parts = text.split(word).map(|part| part.trim().to_owned());
            (parts.collect(), both, trimmed(text, at..at + word.len()))
        }
        None => {
            let (parts, joint) = chained(text).or_else(|| listed(text))?;
            (parts, true, joint)
        }
    };
    if parts.len() < 2 || parts.iter().any(String::is_empty) {
        return None;
    }
    Some(ExpressionMistake::SeveralComparisons {
        joiner: text[joiner.clone()].to_owned(),
        hint: two(&parts, both, role),
        at: place.of(joiner),
    })
}

/// How joined comparisons are written, where two expectations mean the same.
fn two(parts: &[String], both: bool, role: Role) -> String {
    let form = match (role, both) {
        (Role::Always, true) => Some("always"),
        (Role::Never, false) => Some("never"),
        _ => None,
    };
    let sound = parts.iter().all(|part| takes(part).is_some());
    match form {
        Some(form) if sound => {
            let lines = parts.iter().map(|part| format!("{form} = \"{part}\""));
            let lines: Vec<String> = lines.collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            format!(
                "write an `[[expect]]` for each, with a name of its own: {}",
                all_of(&lines)
            )
        }
        Some(_) => "write an `[[expect]]` for each, with a name of its own".to_owned(),
        None => "write an `[[expect]]` for each; what must be true of both at one instant has no \
                 form here"
            .to_owned(),
    }
}

/// Comparisons with a comma or a semicolon between, and the place of the first.
fn listed(text: &str) -> Option<(Vec<String>, Range<usize>)> {
    let mark = [',', ';'].into_iter().find(|mark| {
        let mut parts = text.split(*mark);
        text.contains(*mark) && parts.all(|part| takes(part).is_some())
    })?;
    let at = text.find(mark)?;
    let parts = text.split(mark).map(|part| part.trim().to_owned());
    Some((parts.collect(), at..at + mark.len_utf8()))
}

/// `0.1 < signal < 0.5` as two comparisons, and the place of the second operator.
fn chained(text: &str) -> Option<(Vec<String>, Range<usize>)> {
    let (first, second) = (
        operator_in(text, 0)?,
        operator_in(text, operator_in(text, 0)?.end)?,
    );
    let signal = text[first.end..second.start].trim();
    let left = flipped(&text[first.clone()])?;
    let low = format!("{signal} {left} {}", text[..first.start].trim());
    let high = format!(
        "{signal} {} {}",
        &text[second.clone()],
        text[second.end..].trim()
    );
    let both = vec![low, high];
    both.iter()
        .all(|part| takes(part).is_some())
        .then_some((both, second))
}

/// The next run of signs of comparison.
fn operator_in(text: &str, from: usize) -> Option<Range<usize>> {
    let is_operator = |c: char| "<>=!".contains(c);
    let start = from + text[from..].find(is_operator)?;
    let end = text[start..].find(|c| !is_operator(c));
    Some(start..end.map_or(text.len(), |end| start + end))
}

fn flipped(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "<=" => ">=",
        "<" => ">",
        ">=" => "<=",
        ">" => "<",
        "==" => "==",
        _ => return None,
    })
}

/// A comparison in other signs or in words.
fn operator(text: &str, place: &Place) -> Option<ExpressionMistake> {
    let (at, written, meant) = COMPARISONS
        .iter()
        .find_map(|(written, meant)| Some((text.find(written)?, *written, *meant)))
        .or_else(|| {
            let only = operator_in(text, 0).filter(|found| &text[found.clone()] == "=")?;
            Some((only.start, "=", "=="))
        })?;
    let part = at..at + written.len();
    let equality = || format!("{}=={}", &text[..part.start], &text[part.end..]);
    if let (true, Err(mistake @ ExpressionMistake::Equality { .. })) = (
        written == "=",
        as_written(&equality(), &Place::new(text, 0..text.len() + 2)),
    ) {
        return Some(mistake.moved(place.of(part)));
    }
    takes(&format!(
        "{}{meant}{}",
        &text[..part.start],
        &text[part.end..]
    ))?;
    let correction = place.correction(operators().or(meant), text, part.clone());
    Some(ExpressionMistake::UnknownComparison {
        written: written.to_owned(),
        at: place.of(part),
        correction,
    })
}

/// `1 mL <= signal` with the signal first.
fn turned(text: &str) -> Option<String> {
    let operator = operator_in(text, 0)?;
    let (limit, signal) = (text[..operator.start].trim(), text[operator.end..].trim());
    let is_limit = limit.starts_with(|c: char| c.is_ascii_digit());
    is_limit.then_some(())?;
    Some(format!("{signal} {} {limit}", flipped(&text[operator])?))
}

/// `not signal` and `!signal` as a comparison.
fn negated(text: &str) -> Option<String> {
    let text = text.trim();
    let inner = text
        .strip_prefix("not ")
        .or_else(|| text.strip_prefix('!'))?
        .trim();
    let inner = inner
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'))
        .unwrap_or(inner);
    let Some(operator) = operator_in(inner, 0) else {
        return Some(format!("{inner} == 0"));
    };
    let opposite = match &inner[operator.clone()] {
        "<=" => ">",
        "<" => ">=",
        ">=" => "<",
        ">" => "<=",
        _ => return None,
    };
    Some(format!(
        "{}{opposite}{}",
        &inner[..operator.start],
        &inner[operator.end..]
    ))
}

/// `signal == true` and `signal != 0` as the signal alone, `signal == false` as none of it.
fn state(text: &str) -> Option<String> {
    let operator = operator_in(text, 0)?;
    let (signal, value) = (text[..operator.start].trim(), text[operator.end..].trim());
    let value = value.to_lowercase();
    let is = |words: [&str; 3]| words.contains(&value.as_str());
    match &text[operator] {
        "==" | "=" if is(TRUE) => Some(signal.to_owned()),
        "==" | "=" if is(FALSE) => Some(format!("{signal} == 0")),
        "!=" | "<>" if is(FALSE) || value == "0" => Some(signal.to_owned()),
        "!=" | "<>" if is(TRUE) => Some(format!("{signal} == 0")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_text::trial::Corrected as _;

    fn mistake(text: &str, role: Role) -> ExpressionMistake {
        parse(text, 0..text.len() + 2, role).unwrap_err()
    }

    fn replaced(text: &str) -> Option<String> {
        let quoted = format!("\"{text}\"");
        let replacement = mistake(text, Role::Always).replacement()?;
        let (start, length) = (replacement.at.offset(), replacement.at.len());
        let whole = format!(
            "{}{}{}",
            &quoted[..start],
            replacement.text,
            &quoted[start + length..]
        );
        Some(whole.trim_matches('"').to_owned())
    }

    #[test]
    fn a_comparison_in_other_words_is_one() {
        for (written, meant) in [
            ("1 mL <= true.reservoir", "true.reservoir >= 1 mL"),
            ("true.reservoir ≥ 1 mL", "true.reservoir >= 1 mL"),
            ("true.reservoir => 1 mL", "true.reservoir >= 1 mL"),
            ("true.reservoir at least 1 mL", "true.reservoir >= 1 mL"),
            ("true.reservoir is above 1 mL", "true.reservoir > 1 mL"),
            ("bolus.granted = 6", "bolus.granted == 6"),
            ("not alarm.critical", "alarm.critical == 0"),
            ("!alarm.critical", "alarm.critical == 0"),
            ("alarm.critical == true", "alarm.critical"),
            ("alarm.critical == false", "alarm.critical == 0"),
            ("alarm.critical != 0", "alarm.critical"),
            ("not true.toxicity > 20 %", "true.toxicity <= 20 %"),
            ("true.toxicity <= 20 percent", "true.toxicity <= 20 %"),
            ("true.dose-24h <= 1,5 mg", "true.dose-24h <= 1.5 mg"),
            ("true.resevoir >= 1 mL", "true.reservoir >= 1 mL"),
        ] {
            assert_eq!(replaced(written).as_deref(), Some(meant), "{written}");
        }
    }

    #[test]
    fn joined_comparisons_are_two_expectations() {
        let both = "true.reservoir >= 1 mL and true.toxicity < 0.2";
        let said = match mistake(both, Role::Always) {
            ExpressionMistake::SeveralComparisons { hint, .. } => hint,
            other => panic!("{other}"),
        };
        assert!(said.ends_with(
            "`always = \"true.reservoir >= 1 mL\"` and `always = \"true.toxicity < 0.2\"`"
        ));
        for text in [
            "alarm.critical && true.toxicity > 0.2",
            "alarm.critical or true.toxicity > 0.2",
            "0.1 < true.effect < 0.5",
        ] {
            for role in [Role::Always, Role::Never, Role::Other] {
                let mistake = mistake(text, role);
                assert_eq!(mistake.replacement(), None);
                assert!(matches!(
                    mistake,
                    ExpressionMistake::SeveralComparisons { .. }
                ));
            }
        }
    }

    #[test]
    fn what_has_no_other_meaning_is_left_to_its_own_mistake() {
        for text in [
            "true.reservoir >= 5 mg",
            "true.reservoir",
            "granted",
            "bolus.granted != 5",
        ] {
            let mistake = mistake(text, Role::Always);
            assert_eq!(mistake.replacement(), None, "{text}: {mistake}");
        }
    }
}
