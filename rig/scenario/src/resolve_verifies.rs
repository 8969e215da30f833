//! What a scenario claims to verify: each claim names findings that its run will have.

use super::file::{ScenarioFile, VerifiesFile};
use super::mistake_verifies::ClaimMistake;
use super::reader::Reader;
use std::collections::BTreeSet;
use thecal_plan::{Claim, OF_SPECIFICATION};
use thecal_text::correction::Correction;
use thecal_text::names::among;
use thecal_text::reader::Text;

/// Names of rules that a claim may rest on, beside the expectations of its file.
pub(super) struct Rules {
    /// Those by which every run is judged.
    pub(super) of_every_run: &'static [&'static str],
    /// Those of the specification pump, without what stands before them.
    pub(super) of_specification: &'static [&'static str],
}

/// The claims that could be read, each with the findings that exist.
pub(super) fn claims(file: &ScenarioFile, rules: &Rules, reader: &mut Reader<'_>) -> Vec<Claim> {
    let table = file.verifies.as_ref();
    table.map_or_else(Vec::new, |table| {
        with_findings(table.get_ref(), file, rules, reader)
    })
}

fn requirement(id: &Text, reader: &mut Reader<'_>) -> Option<String> {
    reader.line_of_text("verifies", "REQ-BOL-002", id)
}

fn with_findings(
    table: &VerifiesFile,
    file: &ScenarioFile,
    rules: &Rules,
    reader: &mut Reader<'_>,
) -> Vec<Claim> {
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
                exists(&requirement, name, &names, rules, reader);
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

/// Notes a name that no finding of the run will have.
fn exists(
    requirement: &str,
    name: &Text,
    expectations: &[&str],
    rules: &Rules,
    reader: &mut Reader<'_>,
) {
    let (written, at) = (name.get_ref().as_str(), name.span().into());
    let requirement = requirement.to_owned();
    if let Some(rule) = written.strip_prefix(OF_SPECIFICATION) {
        if !rules.of_specification.contains(&rule) {
            let known: Vec<String> = rules
                .of_specification
                .iter()
                .map(of_specification)
                .collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let correction = if known.is_empty() {
                Correction::said(
                    "name an expectation, or a rule by which every run is judged: no rule with `spec:` can carry a claim yet",
                )
            } else {
                among(written, &known)
            };
            reader.report(ClaimMistake::NoSuchRule {
                requirement,
                written: written.to_owned(),
                correction,
                at,
            });
        }
        return;
    }
    if !expectations.contains(&written) && !rules.of_every_run.contains(&written) {
        let known = [expectations, rules.of_every_run].concat();
        reader.report(ClaimMistake::NoSuchFinding {
            requirement,
            written: written.to_owned(),
            correction: among(written, &known),
            at,
        });
    }
}

fn of_specification(rule: &&str) -> String {
    format!("{OF_SPECIFICATION}{rule}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::SCENARIO;
    use thecal_text::reader::read;

    const RULES: Rules = Rules {
        of_every_run: &["lockout"],
        of_specification: &["days-go-on"],
    };

    /// The mistakes of these claims in a file with one expectation, `quiet`.
    fn told(verifies: &str) -> Vec<String> {
        let text = format!(
            "verifies = {verifies}\n[[expect]]\nname = \"quiet\"\nnever = \"alarm.critical\"\n"
        );
        let document = read::<ScenarioFile>(&text, &SCENARIO);
        let mut reader = Reader::new(&text, &document.unread);
        claims(&document.file, &RULES, &mut reader);
        let mistakes = reader.into_mistakes();
        mistakes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_claim_rests_on_an_expectation_a_rule_of_every_run_or_one_of_the_specification() {
        for sound in [
            "{ REQ-A-001 = \"quiet\" }",
            "{ \"REQ-A-001\" = [\"quiet\", \"lockout\", \"spec:days-go-on\"] }",
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
                "\"days-go-on\"",
                "`REQ-A-001` rests on `days-go-on`, which is no finding of this run",
            ),
            (
                "\"spec:quiet\"",
                "`REQ-A-001` rests on `spec:quiet`, which is no rule of the specification",
            ),
            ("[]", "`REQ-A-001` names no finding"),
            ("[\"quiet\", \"quiet\"]", "`quiet` is named twice"),
        ] {
            assert_eq!(told(&format!("{{ REQ-A-001 = {wrong} }}")), [why]);
        }
    }
}
