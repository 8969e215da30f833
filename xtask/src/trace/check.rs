//! Rules for the chain of hazards, requirements and evidence.
//!
//! - Identifiers are unique, those withdrawn are not used again; every reference exists.
//! - A requirement is verified by a test that runs or by a scenario, or it says why not yet; a scenario
//!   verifies something.
//! - A requirement and a hazard name each other, or neither does.
//! - A hazard without a requirement is of class V0, invisible to any pump, and is shown by a
//!   scenario or states that nothing shows it.
//! - The grid of guide words refers to existing tests, scenarios and seeded bugs.

use super::evidence::Evidence;
use super::requirements::Requirement;
use super::scenarios::Claim;
use std::collections::BTreeSet;

/// All problems, as text.
pub(super) fn problems(evidence: &Evidence) -> Vec<String> {
    let mut problems = evidence.problems.clone();
    let requirements = unique(
        evidence.requirements.iter().map(|one| &one.id),
        &mut problems,
    );
    withdrawn(evidence, &requirements, &mut problems);
    let hazards = unique(evidence.hazards.iter().map(|one| &one.id), &mut problems);
    verification(evidence, &requirements, &mut problems);
    for id in &evidence.mentioned {
        if !requirements.contains(id.as_str()) {
            problems.push(format!("the hazards speak of {id}, which is unknown"));
        }
    }
    links(evidence, &hazards, &mut problems);
    pointers(evidence, &mut problems);
    problems
}

fn unique<'e>(
    ids: impl Iterator<Item = &'e String>,
    problems: &mut Vec<String>,
) -> BTreeSet<&'e str> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id.as_str()) {
            problems.push(format!("{id} is there twice"));
        }
    }
    seen
}

/// Checks that no withdrawn identifier is used again, and that what replaces it exists.
fn withdrawn(evidence: &Evidence, known: &BTreeSet<&str>, problems: &mut Vec<String>) {
    unique(evidence.withdrawn.iter().map(|one| &one.id), problems);
    for withdrawn in &evidence.withdrawn {
        let id = &withdrawn.id;
        if known.contains(id.as_str()) {
            problems.push(format!("{id} is withdrawn and used again"));
        }
        let by = withdrawn.replaced_by.iter();
        for by in by.filter(|by| !known.contains(by.as_str())) {
            problems.push(format!("{id} is replaced by {by}, which is unknown"));
        }
    }
}

/// Checks verification; a claim of an ignored test does not count.
fn verification(evidence: &Evidence, known: &BTreeSet<&str>, problems: &mut Vec<String>) {
    let mut verified = BTreeSet::new();
    for test in &evidence.tests {
        for id in &test.verifies {
            if !known.contains(id.as_str()) {
                let (file, name) = (&test.file, &test.name);
                problems.push(format!("{file}::{name} verifies {id}, which is unknown"));
            }
            if !test.ignored {
                verified.insert(id.as_str());
            }
        }
    }
    for scenario in &evidence.scenarios {
        if scenario.verifies.is_empty() {
            problems.push(format!("scenario {} verifies nothing", scenario.id));
        }
        for Claim {
            requirement: id, ..
        } in &scenario.verifies
        {
            if !known.contains(id.as_str()) {
                let name = &scenario.id;
                problems.push(format!("scenario {name} verifies {id}, which is unknown"));
            }
            verified.insert(id.as_str());
        }
    }
    for Requirement { id, unverified, .. } in &evidence.requirements {
        match (verified.contains(id.as_str()), unverified.is_empty()) {
            (true, true) | (false, false) => {}
            (false, true) => {
                problems.push(format!("{id} is verified by no test and no scenario"));
            }
            (true, false) => problems.push(format!("{id} is verified and says that it is not")),
        }
    }
    for (id, files) in &evidence.named {
        if !known.contains(id.as_str()) {
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            let files = files.join(", ");
            problems.push(format!("{id} is named in {files} and is unknown"));
        }
    }
}

/// Checks that hazards and requirements name each other.
fn links(evidence: &Evidence, hazards: &BTreeSet<&str>, problems: &mut Vec<String>) {
    for requirement in &evidence.requirements {
        for id in &requirement.hazards {
            if !hazards.contains(id.as_str()) {
                problems.push(format!("{} answers {id}, which is unknown", requirement.id));
            }
        }
    }
    for hazard in &evidence.hazards {
        if hazard.requirements.is_empty() && hazard.class != "V0" {
            let (id, class) = (&hazard.id, &hazard.class);
            problems.push(format!("{id} is {class} and no requirement answers it"));
        }
        for requirement in &evidence.requirements {
            let here = hazard.requirements.contains(&requirement.id);
            let there = requirement.hazards.contains(&hazard.id);
            if here != there {
                let (one, other) = if here {
                    (&hazard.id, &requirement.id)
                } else {
                    (&requirement.id, &hazard.id)
                };
                problems.push(format!("{one} names {other}, which does not name it"));
            }
        }
    }
}

/// Checks that what the hazards and the grid refer to exists.
fn pointers(evidence: &Evidence, problems: &mut Vec<String>) {
    let is_scenario = |name: &str| evidence.scenarios.iter().any(|one| one.id == name);
    for hazard in &evidence.hazards {
        for name in hazard.scenarios.iter().filter(|name| !is_scenario(name)) {
            problems.push(format!(
                "{} is shown by `{name}`, which is unknown",
                hazard.id
            ));
        }
    }
    for name in &evidence.grid {
        let is_test = || {
            let mut running = evidence.tests.iter().filter(|test| !test.ignored);
            running.any(|test| test.name == *name)
        };
        let is_seeded_bug = || evidence.seeded.contains(name);
        if !is_scenario(name) && !is_test() && !is_seeded_bug() {
            problems.push(format!(
                "the grid of guide words names `{name}`: no test, scenario or seeded bug"
            ));
        }
    }
}
