//! The rules of a report's body: what the monitors and the specification found, and what was not judged.

use super::body_lines::Body;
use super::record::{ClaimFacts, ProfileRecord, Run, ScenarioFacts, UnclaimedRecord};
use crate::sentence;
use thecal_engine::verdict::{Finding, Observed, Verdict};
use thecal_plan::number::count_of;
use thecal_plan::{Dimension, OF_SPECIFICATION};

/// Which rules were not judged because the pump's profile does not claim them.
pub(super) fn not_claimed(out: &mut Body, profile: &ProfileRecord) {
    for UnclaimedRecord { rule, why } in &profile.unclaimed {
        let name = &profile.name;
        out.fact("not claimed", &format!("{rule}, by profile {name}: {why}"));
    }
}

/// The requirements whose claims rest on rules alone that were not judged in this run.
pub(super) fn not_carried<'r>(
    scenario: &'r ScenarioFacts,
    run: &'r Run,
) -> impl Iterator<Item = &'r str> {
    let is_idle = |name: &String| {
        // An expectation goes before a rule of its name.
        let is_of_story = run.expectations.iter().any(|one| one.name == *name);
        let mut rules = run.monitors.iter();
        !is_of_story && rules.any(|rule| rule.name == *name && is_idle(rule))
    };
    let claims = scenario.verifies.iter();
    let claims = claims.filter(move |claim| claim.findings.iter().all(is_idle));
    claims.map(|claim| claim.requirement.as_str())
}

/// Whether a rule had nothing to judge in this run.
pub(super) fn is_idle(finding: &Finding) -> bool {
    finding.verdict == Verdict::Pass && finding.observed == Observed::Nothing
}

/// The number of findings per verdict.
pub(super) fn counts(run: &Run) -> String {
    let of_specification = |finding: &&Finding| finding.name.starts_with(OF_SPECIFICATION);
    let named = run.monitors.iter().filter(of_specification).count();
    let standing = || run.monitors.iter().filter(|rule| !of_specification(rule));
    let (rules, idle) = (
        standing().count(),
        standing().filter(|rule| is_idle(rule)).count(),
    );
    let named = match named {
        0 => String::new(),
        1 => "1 rule of the specification, ".to_owned(),
        named => format!("{named} rules of the specification, "),
    };
    let expectations = count_of(run.expectations.len(), "expectation", "expectations");
    let all = format!("{expectations}, {named}{rules} standing rules ({idle} not exercised)");
    let worse = [Verdict::Fail, Verdict::Inconclusive, Verdict::Error];
    let worse = worse.map(|verdict| (run.count(verdict), verdict));
    let worse = worse.into_iter().filter(|(count, _)| *count > 0);
    worse.fold(all, |text, (count, verdict)| {
        format!("{text}; {count} {}", verdict.name())
    })
}

/// The requirement of a rule, and others whose claim it carries.
fn requirements<'r>(rule: &'r Finding, claims: &'r [ClaimFacts]) -> Vec<&'r str> {
    let mut all = Vec::from_iter(rule.requirement.as_deref());
    let carried = claims
        .iter()
        .filter(|claim| claim.findings.contains(&rule.name));
    for claim in carried {
        if !all.contains(&claim.requirement.as_str()) {
            all.push(&claim.requirement);
        }
    }
    all
}

/// A rule of the pump: one line if it holds, its text if not.
pub(super) fn rule(out: &mut Body, finding: &Finding, claims: &[ClaimFacts]) {
    let (verdict, name) = (finding.verdict.name(), &finding.name);
    let requirement = match requirements(finding, claims).join(", ") {
        none if none.is_empty() => none,
        ids => format!(" ({ids})"),
    };
    let (rule, what) = (&finding.rule, sentence(finding));
    let head = format!("{verdict:<5} {name}{requirement}: ");
    match (finding.verdict, &finding.observed) {
        // A rule that holds is one line: the figure with the smallest margin if it has one, else its
        // text; one that had nothing to judge says so.
        (Verdict::Pass, Observed::Nothing) => {
            let why = finding.note.as_deref().unwrap_or_default();
            out.fact(
                "rule",
                &format!("-     {name}{requirement}: not exercised, {why}"),
            );
        }
        (Verdict::Pass, Observed::Value(_, dimension)) if *dimension != Dimension::Count => {
            out.fact("rule", &format!("{head}closest to its limit {what}"));
        }
        (Verdict::Pass, _) => {
            let note = finding.note.as_ref();
            let note = note.map_or(String::new(), |note| format!(" ({note})"));
            out.fact("rule", &format!("{head}{rule}{note}"));
        }
        _ => {
            out.fact("rule", &format!("{head}{rule}"));
            out.fact("", &format!("      {what}"));
        }
    }
}
