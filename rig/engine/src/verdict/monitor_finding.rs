//! What the monitors make their findings of.

use super::figure::Observed;
use super::outcome::{Finding, Verdict};
use super::rule::Rule;
use thecal_plan::Dimension;

/// A finding of this rule with nothing observed yet.
pub(super) fn finding(rule: &Rule, verdict: Verdict) -> Finding {
    let requirement = rule.requirement.map(str::to_owned);
    unobserved(rule.name.to_owned(), requirement, rule.text, verdict)
}

/// A finding with nothing observed yet.
pub(super) fn unobserved(
    name: String,
    requirement: Option<String>,
    rule: &str,
    verdict: Verdict,
) -> Finding {
    Finding {
        name,
        requirement,
        rule: rule.to_owned(),
        verdict,
        observed: Observed::Nothing,
        at: None,
        limit: Observed::Nothing,
        margin: None,
        note: None,
        why: None,
    }
}

pub(super) const fn pass_if(good: bool) -> Verdict {
    if good { Verdict::Pass } else { Verdict::Fail }
}

pub(super) const fn mass(ug: f64) -> Observed {
    Observed::Value(ug, Dimension::Mass)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(super) const fn number(count: usize) -> Observed {
    Observed::Value(count as f64, Dimension::Count)
}
