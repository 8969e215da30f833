//! Observed values, limits and margins as text.

use thecal_engine::verdict::{ALREADY_TRUE, Finding, Observed};
use thecal_plan::number::{format_checked, significant};

/// The observed value as text.
pub(crate) fn observed(observed: &Observed) -> String {
    match *observed {
        Observed::Value(value, dimension) => format_checked(value, dimension),
        Observed::Span(span) => span.spelled().to_string(),
        Observed::Late(span) => format!("-{}", span.spelled()),
        Observed::At(at) => at.spelled().to_string(),
        Observed::Never => "never".into(),
        Observed::Nothing => "-".into(),
    }
}

/// A margin below this is the rounding of sums. Unit: base unit of the dimension.
const ROUNDING: f64 = 1e-6;

/// A margin as text: one that is there never reads as none.
fn margin_in_words(margin: &Observed) -> String {
    let text = observed(margin);
    let unit = text.trim_start_matches(|char: char| char.is_ascii_digit() || "-.".contains(char));
    let digits = &text[..text.len() - unit.len()];
    match *margin {
        Observed::Value(value, _)
            if digits.parse() == Ok(0.0) && value.abs() >= ROUNDING && !digits.is_empty() =>
        {
            format!("{}{unit}", significant(value, 1))
        }
        _ => text,
    }
}

/// What was found, as a sentence: the observed value, when, the limit and the margin.
#[must_use]
pub(crate) fn sentence(finding: &Finding) -> String {
    if let (Observed::At(at), Some(ALREADY_TRUE)) = (&finding.observed, finding.note.as_deref()) {
        // The window's beginning is no instant at which anything happened, nor its margin one.
        let limit = observed(&finding.limit);
        return format!("{ALREADY_TRUE} at {}, limit {limit}", at.spelled());
    }
    let mut text = match finding.observed {
        Observed::Nothing => String::new(),
        Observed::Never => "never true".into(),
        Observed::At(at) => format!("first true at {}", at.spelled()),
        Observed::Value(..) | Observed::Span(_) | Observed::Late(_) => observed(&finding.observed),
    };
    if !text.is_empty() {
        if let Some(at) = finding.at {
            text.push_str(&format!(" at {}", at.spelled()));
        }
        if finding.limit != Observed::Nothing {
            text.push_str(&format!(", limit {}", observed(&finding.limit)));
        }
        if let Some(margin) = &finding.margin {
            text.push_str(&format!(", margin {}", margin_in_words(margin)));
        }
    }
    match (&finding.note, text.is_empty()) {
        (Some(note), true) => note.clone(),
        (Some(note), false) => format!("{text} ({note})"),
        (None, true) => "nothing to check in this run".into(),
        (None, false) => text,
    }
}
