//! What a scenario claims to verify: each claim names findings that its run will have.

use super::file::{ScenarioFile, VerifiesFile};
use super::mistake_verifies::ClaimMistake;
use super::reader::Reader;
use miette::SourceSpan;
use std::collections::BTreeSet;
use thecal_plan::{Claim, OF_SPECIFICATION, RULES_OF_EVERY_RUN};
use thecal_spec::Rule;
use thecal_text::correction::Correction;
use thecal_text::names::{Near, among, near};
use thecal_text::reader::Text;

/// The claims that could be read, each with the findings that exist.
pub(super) fn claims(file: &ScenarioFile, reader: &mut Reader<'_>) -> Vec<Claim> {
    let table = file.verifies.as_ref();
    table.map_or_else(Vec::new, |table| {
        with_findings(table.get_ref(), file, reader)
    })
}

fn requirement(id: &Text, reader: &mut Reader<'_>) -> Option<String> {
    reader.line_of_text("verifies", "REQ-BOL-002", id)
}

fn with_findings(table: &VerifiesFile, file: &ScenarioFile, reader: &mut Reader<'_>) -> Vec<Claim> {
    let expectations = file.expect.iter().flatten();
    let names = expectations.filter_map(|expect| expect.get_ref().name.as_ref());
    let names: Vec<&str> = names.map(|name| name.get_ref().as_str()).collect();
    // Where expectations could not be read there is no telling which names are missing.
    let is_whole = !reader.is_unread(None, "the head of the file", "expect");
    let mut claims = Vec::new();
    for (id, findings) in &table.0 {
        let Some(requirement) = requirement(id, reader) else {
            continue;
        };
        if findings.0.is_empty() {
            let at = id.span().into();
            reader.report(ClaimMistake::RestsOnNothing { requirement, at });
            continue;
        }
        let mut seen = BTreeSet::new();
        for name in &findings.0 {
            if !seen.insert(name.get_ref()) {
                let (name, at) = (name.get_ref().clone(), name.span().into());
                reader.report(ClaimMistake::Twice { name, at });
            } else if is_whole {
                exists(&requirement, name, &names, reader);
            }
        }
        let findings = findings.0.iter().map(|name| name.get_ref().clone());
        claims.push(Claim {
            requirement,
            findings: findings.collect(),
        });
    }
    claims
}

/// Notes a name that no finding of the run will have, and a rule that judges something else.
fn exists(requirement: &str, name: &Text, expectations: &[&str], reader: &mut Reader<'_>) {
    let (written, at) = (name.get_ref().as_str(), name.span().into());
    if let Some(rule) = written.strip_prefix(OF_SPECIFICATION) {
        return judges(requirement, (written, rule), at, reader);
    }
    if !expectations.contains(&written) && !RULES_OF_EVERY_RUN.contains(&written) {
        let known = [expectations, &RULES_OF_EVERY_RUN].concat();
        let correction = among(written, &known);
        reader.report(ClaimMistake::NoSuchFinding {
            requirement: requirement.to_owned(),
            written: written.to_owned(),
            // The rule may be written without what stands before it.
            correction: match thecal_spec::rule(written) {
                Some(rule) => correction.or(named(rule)),
                None => correction,
            },
            at,
        });
    }
}

/// The name of a rule's finding.
fn named(rule: &Rule) -> String {
    format!("{OF_SPECIFICATION}{}", rule.name)
}

/// The names of the rules that judge a requirement.
fn of_requirement(requirement: &str) -> Vec<String> {
    let rules = thecal_spec::rules();
    let rules = rules.filter(|rule| rule.requirements().any(|judged| judged == requirement));
    rules.map(named).collect()
}

/// Notes a rule that the specification does not have, or that judges another requirement.
fn judges(
    requirement: &str,
    (written, rule): (&str, &str),
    at: SourceSpan,
    reader: &mut Reader<'_>,
) {
    let (requirement, written) = (requirement.to_owned(), written.to_owned());
    let theirs = of_requirement(&requirement);
    let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
    let Some(rule) = thecal_spec::rule(rule) else {
        return reader.report(ClaimMistake::NoSuchRule {
            correction: rule_meant(&written, &theirs),
            requirement,
            written,
            at,
        });
    };
    if !rule.requirements().any(|judged| judged == requirement) {
        let judged: Vec<&str> = rule.requirements().collect();
        reader.report(ClaimMistake::OtherRequirement {
            correction: or_an_expectation(&theirs),
            requirement,
            written,
            judged: judged.join(", "),
            at,
        });
    }
}

/// The rule that was meant; else those that judge the requirement.
fn rule_meant(written: &str, theirs: &[&str]) -> Correction {
    let all: Vec<String> = thecal_spec::rules().map(named).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let choice = or_an_expectation(theirs);
    match near(written, &all) {
        Near::One(name) => choice.or(name),
        Near::Several(several) => {
            let question = format!("`{written}` is near to more than one name");
            let several = several.into_iter();
            several.fold(choice.asking(question), |all, name| all.or(name))
        }
        Near::None => choice,
    }
}

fn or_an_expectation(theirs: &[&str]) -> Correction {
    if theirs.is_empty() {
        Correction::said(
            "no rule of the specification judges this requirement: name an expectation of this file",
        )
    } else {
        Correction::of_names(theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::SCENARIO;
    use thecal_text::reader::read;

    /// The mistakes of these claims in a file with one expectation, `quiet`.
    fn told(verifies: &str) -> Vec<String> {
        let text = format!(
            "verifies = {verifies}\n[[expect]]\nname = \"quiet\"\nnever = \"alarm.critical\"\n"
        );
        let document = read::<ScenarioFile>(&text, &SCENARIO);
        let mut reader = Reader::new(&text, &document.unread);
        claims(&document.file, &mut reader);
        let mistakes = reader.into_mistakes();
        mistakes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_claim_rests_on_an_expectation_a_rule_of_every_run_or_one_of_the_specification() {
        for sound in [
            "{ REQ-A-001 = \"quiet\" }",
            "{ \"REQ-BOL-004\" = [\"quiet\", \"dose-limits\", \"spec:lockout\"] }",
            "{ REQ-STL-005 = \"spec:steps-by-count\", REQ-RES-006 = \"spec:steps-by-count\" }",
        ] {
            assert_eq!(told(sound), Vec::<String>::new(), "{sound}");
        }
    }

    #[test]
    fn a_name_that_no_finding_has_is_refused() {
        for (wrong, why) in [
            (
                "\"quite\"",
                "`REQ-A-001` rests on `quite`, which is no finding of this run",
            ),
            (
                "\"lockout\"",
                "`REQ-A-001` rests on `lockout`, which is no finding of this run",
            ),
            (
                "\"spec:quiet\"",
                "`REQ-A-001` rests on `spec:quiet`, which is no rule of the specification",
            ),
            (
                "\"spec:lockout\"",
                "`REQ-A-001` rests on `spec:lockout`, which judges REQ-BOL-004",
            ),
            ("[]", "`REQ-A-001` names no finding"),
            ("[\"quiet\", \"quiet\"]", "`quiet` is named twice"),
        ] {
            assert_eq!(told(&format!("{{ REQ-A-001 = {wrong} }}")), [why]);
        }
    }
}
