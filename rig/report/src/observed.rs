//! Observed values, limits and margins as text.

use thecal_engine::verdict::{ALREADY_TRUE, Finding, Observed};
use thecal_plan::Dimension;
use thecal_plan::number::{checked_digits, fixed, format_checked, trimmed};

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
/// Most digits behind the point, where only they show a margin.
const DECIMALS_MAX: usize = 6;

/// What was observed, its limit and the margin between them, to be read beside each other.
struct Parts {
    observed: String,
    limit: String,
    margin: Option<String>,
}

/// Observed value, limit and margin with as many digits as each other: as many as show that there is a
/// margin, and a margin that is the difference of the two as they are printed.
fn parts(finding: &Finding) -> Parts {
    let (is, limit) = (&finding.observed, &finding.limit);
    let plain = || Parts {
        observed: observed(is),
        limit: observed(limit),
        margin: finding.margin.as_ref().map(observed),
    };
    let (&Observed::Value(is, dimension), &Observed::Value(limit, _)) = (is, limit) else {
        return plain();
    };
    let Some(&Observed::Value(margin, _)) = finding.margin.as_ref() else {
        return plain();
    };
    let (least, unit) = checked_digits(is.abs().max(limit.abs()), dimension);
    let shows = |digits: usize| margin.abs() < ROUNDING || rounded(margin, digits) != 0.0;
    let digits = (least..DECIMALS_MAX).find(|&digits| shows(digits));
    let digits = digits.unwrap_or(DECIMALS_MAX);
    let between = (rounded(limit, digits) - rounded(is, digits)).abs();
    let step = 10_f64.powi(-i32::try_from(digits).unwrap_or(0));
    // Of two limits the margin is that of the nearer one.
    let margin = if (between - margin.abs()).abs() < 1.5 * step {
        between.copysign(margin)
    } else {
        margin
    };
    let text = |value: f64| match dimension {
        Dimension::Fraction | Dimension::Pressure | Dimension::Potential => {
            format!("{}{unit}", fixed(value, digits))
        }
        _ => format!("{}{unit}", trimmed(value, digits)),
    };
    Parts {
        observed: text(is),
        limit: text(limit),
        margin: Some(text(margin)),
    }
}

fn rounded(value: f64, digits: usize) -> f64 {
    trimmed(value, digits).parse().unwrap_or(value)
}

/// What was found, as a sentence: the observed value, when, the limit and the margin.
#[must_use]
pub(crate) fn sentence(finding: &Finding) -> String {
    if let (Observed::At(at), Some(ALREADY_TRUE)) = (&finding.observed, finding.note.as_deref()) {
        // The window's beginning is no instant at which anything happened, nor its margin one.
        let limit = observed(&finding.limit);
        return format!("{ALREADY_TRUE} at {}, limit {limit}", at.spelled());
    }
    let parts = parts(finding);
    let mut text = match finding.observed {
        Observed::Nothing => String::new(),
        Observed::Never => "never true".into(),
        Observed::At(at) => format!("first true at {}", at.spelled()),
        Observed::Value(..) | Observed::Span(_) | Observed::Late(_) => parts.observed,
    };
    if !text.is_empty() {
        if let Some(at) = finding.at {
            text.push_str(&format!(" at {}", at.spelled()));
        }
        if finding.limit != Observed::Nothing {
            text.push_str(&format!(", limit {}", parts.limit));
        }
        if let Some(margin) = parts.margin {
            text.push_str(&format!(", margin {margin}"));
        }
    }
    match (&finding.note, text.is_empty()) {
        (Some(note), true) => note.clone(),
        (Some(note), false) => format!("{text} ({note})"),
        (None, true) => "nothing to check in this run".into(),
        (None, false) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_engine::verdict::Verdict;

    fn finding(observed: f64, limit: f64, margin: f64, dimension: Dimension) -> String {
        let value = |value| Observed::Value(value, dimension);
        sentence(&Finding {
            name: "any".into(),
            requirement: None,
            rule: String::new(),
            verdict: Verdict::Pass,
            observed: value(observed),
            at: None,
            limit: value(limit),
            margin: Some(value(margin)),
            note: None,
            why: None,
        })
    }

    #[test]
    fn a_margin_is_the_difference_of_what_stands_beside_it() {
        use Dimension::{Concentration, Count, Fraction, Mass};
        for (observed, limit, dimension, text) in [
            (
                3.200_6,
                3.201,
                Mass,
                "3.2006 µg, limit 3.201 µg, margin 0.0004 µg",
            ),
            (
                141.736_4,
                141.767,
                Mass,
                "141.736 µg, limit 141.767 µg, margin 0.031 µg",
            ),
            (
                8.402_6,
                8.433_3,
                Mass,
                "8.403 µg, limit 8.433 µg, margin 0.03 µg",
            ),
            (
                1_998.0,
                1_999.5,
                Concentration,
                "1998 µg/mL, limit 2000 µg/mL, margin 2 µg/mL",
            ),
            (0.177, 0.3, Fraction, "0.177, limit 0.300, margin 0.123"),
            (4.0, 49.0, Count, "4, limit 49, margin 45"),
            (125.0, 125.0, Mass, "125 µg, limit 125 µg, margin 0 µg"),
        ] {
            assert_eq!(finding(observed, limit, limit - observed, dimension), text);
        }
        // Of two limits the nearer one.
        assert_eq!(finding(4.0, 49.0, 3.0, Count), "4, limit 49, margin 3");
    }
}
