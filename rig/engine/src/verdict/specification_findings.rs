//! The specification's opinion of a run as findings: one of the whole, and one of each rule that the
//! scenario's claims name or that the run differs from.

use super::monitor_finding::{number, unobserved};
use super::outcome::{Finding, Verdict};
use std::collections::BTreeSet;
use thecal_plan::{Claim, OF_SPECIFICATION, Profile, Scenario};
use thecal_spec::{self as spec, Difference, Opinion, Rule};

/// The name of the finding of the whole specification.
pub const SPECIFICATION: &str = "specification";

/// The findings, the one of the whole first, then in the order of the rules.
pub(super) fn specification(
    scenario: &Scenario,
    profile: &Profile,
    opinion: &Opinion,
) -> Vec<Finding> {
    let claims = scenario.verifies.iter();
    let claimed: BTreeSet<&str> = claims.flat_map(Claim::of_specification).collect();
    let rules = spec::rules().filter_map(|rule| {
        let differences = differences(opinion, rule);
        match differences.as_slice() {
            [] => claimed
                .contains(rule.name)
                .then(|| kept(rule, profile, opinion)),
            [first, ..] => Some(differs(rule, first, differences.len())),
        }
    });
    [whole(profile, opinion)].into_iter().chain(rules).collect()
}

fn differences<'o>(opinion: &'o Opinion, rule: &Rule) -> Vec<&'o Difference> {
    let differences = opinion.differences.iter();
    differences
        .filter(|difference| difference.rule == rule)
        .collect()
}

/// All rules: how many judged how often, or which the run differs from. It names no requirement: each rule
/// names its own.
fn whole(profile: &Profile, opinion: &Opinion) -> Finding {
    let first = opinion.differences.first();
    let judged: u64 = opinion.judged.iter().map(|line| line.times).sum();
    let note = if first.is_none() {
        // Not how many there are: a new rule that judges nothing here leaves the report as it is.
        format!(
            "{} rules{} judged, {judged} times",
            opinion.judged.len(),
            if profile.unclaimed.is_empty() {
                ""
            } else {
                " that the pump claims"
            },
        )
    } else {
        let differ = |rule: &&&Rule| !differences(opinion, rule).is_empty();
        let rules: Vec<&Rule> = spec::rules().collect();
        let names: Vec<&str> = rules.iter().filter(differ).map(|rule| rule.name).collect();
        format!("differences from {}", names.join(", "))
    };
    Finding {
        name: SPECIFICATION.to_owned(),
        requirement: None,
        rule: "the pump shows at its boundary what its requirements say".to_owned(),
        verdict: if first.is_none() {
            Verdict::Pass
        } else {
            Verdict::Fail
        },
        observed: number(opinion.differences.len()),
        at: first.map(|first| first.at),
        limit: number(0),
        margin: None,
        note: Some(note),
        why: None,
    }
}

/// A rule that the run differs from: the first difference, and how many there are.
fn differs(rule: &Rule, first: &Difference, count: usize) -> Finding {
    Finding {
        verdict: Verdict::Fail,
        observed: number(count),
        at: Some(first.at),
        limit: number(0),
        note: Some(format!(
            "observed {}, allowed {}",
            first.observed, first.allowed
        )),
        ..named(rule)
    }
}

/// A claimed rule that the run keeps, if it had something to judge. One that the pump does not claim is not
/// judged, which is nothing against the pump; one that had nothing to say carries no claim.
fn kept(rule: &Rule, profile: &Profile, opinion: &Opinion) -> Finding {
    let mut unclaimed = profile.unclaimed.iter();
    if let Some(unclaimed) = unclaimed.find(|unclaimed| unclaimed.rule == rule.name) {
        return Finding {
            note: Some(format!(
                "pump {} does not claim it: {}",
                profile.name, unclaimed.why
            )),
            ..named(rule)
        };
    }
    let mut judged = opinion.judged.iter();
    let judged = judged.find(|line| line.rule == rule);
    let (times, either) = judged.map_or((0, 0), |line| (line.times, line.either));
    if times == 0 {
        return Finding {
            verdict: Verdict::Inconclusive,
            note: Some(match either {
                0 => "it had nothing to judge".to_owned(),
                either => format!("it had to allow either, {}", times_in_words(either)),
            }),
            ..named(rule)
        };
    }
    Finding {
        observed: number(0),
        limit: number(0),
        note: Some(format!("judged {}", times_in_words(times))),
        ..named(rule)
    }
}

fn times_in_words(times: u64) -> String {
    match times {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    }
}

/// The finding of a rule with nothing observed yet.
fn named(rule: &Rule) -> Finding {
    let name = format!("{OF_SPECIFICATION}{}", rule.name);
    let requirement = Some(rule.requirement.to_owned());
    unobserved(name, requirement, rule.text, Verdict::Pass)
}
