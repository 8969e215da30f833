//! `cargo xtask trace`: traces hazards to requirements to the tests and scenarios that verify them.
//!
//! ```text
//!   docs/hazards.md ◄──► docs/requirements.toml ◄── `/// Verifies REQ-A, REQ-B.` on a test
//!                                  ▲           ◄── `verifies` of a scenario, by a finding of its run
//!                                  └─────────────── comments in the pump's sources
//! ```
//!
//! Without arguments it writes docs/trace.md; with `--check` it writes nothing and fails if that
//! page is out of date. In both cases it fails if the chain is broken (module `check`).

mod check;
mod evidence;
mod files;
mod hazards;
mod ids;
mod numbers;
mod page;
mod requirements;
mod rust;
mod scenarios;

#[cfg(test)]
mod tests;

use crate::shell::{Failure, Outcome, file_error, read, workspace};
use evidence::Evidence;
use ids::{REQUIREMENT, ids};
use std::fs;
use std::path::Path;

const PAGE: &str = "docs/trace.md";
const REQUIREMENTS: &str = "docs/requirements.toml";
const HAZARDS: &str = "docs/hazards.md";
const SEEDED: &str = "rig/exam/seeded";

pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    let is_check = match arguments {
        [] => false,
        [only] if only == "--check" => true,
        _ => return Err(Failure("it takes `--check` or nothing".to_owned())),
    };
    let root = workspace()?;
    let evidence = gather(&root)?;
    let text = page::render(&evidence);
    let path = root.join(PAGE);
    let mut problems = check::problems(&evidence);
    if !is_check {
        fs::write(&path, text).map_err(|error| file_error(&path, &error))?;
    } else if fs::read_to_string(&path).unwrap_or_default() != text {
        // A missing page is also out of date.
        problems.push(format!(
            "{PAGE} is not up to date: `cargo xtask trace` writes it"
        ));
    }
    if problems.is_empty() {
        println!("{}", evidence.summary());
        return Ok(());
    }
    let problems = problems.join("\n  ");
    Err(Failure(format!("the trace is broken:\n  {problems}")))
}

/// Names of the bugs that people seeded into the firmware.
fn seeded_bugs(root: &Path) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for path in files::with_extension(&root.join(SEEDED), "toml")? {
        let table: toml::Table = toml::from_str(&read(&path)?)
            .map_err(|error| Failure(format!("{}: {error}", path.display())))?;
        let bugs = table.get("bug").and_then(toml::Value::as_array);
        let named = bugs
            .into_iter()
            .flatten()
            .filter_map(|bug| bug.get("name")?.as_str());
        names.extend(named.map(str::to_owned));
    }
    Ok(names)
}

fn gather(root: &Path) -> Outcome<Evidence> {
    let mut evidence = Evidence {
        seeded: seeded_bugs(root)?,
        ..Evidence::default()
    };
    let parsed = requirements::parse(&read(&root.join(REQUIREMENTS))?);
    evidence.requirements = parsed.requirements;
    evidence.withdrawn = parsed.withdrawn;
    evidence.problems = parsed.problems;
    let document = read(&root.join(HAZARDS))?;
    (evidence.hazards, evidence.grid) = hazards::parse(&document);
    evidence.mentioned = ids(&document, REQUIREMENT).map(str::to_owned).collect();
    for path in files::with_extension(&root.join("scenarios"), "toml")? {
        let id = files::relative(&root.join("scenarios"), &path);
        // Files of patients and pumps, which scenarios refer to.
        if id.starts_with("people/") {
            continue;
        }
        let id = id.trim_end_matches(".toml");
        match scenarios::parse(id, &read(&path)?) {
            Ok(scenario) => evidence.scenarios.push(scenario),
            Err(problem) => evidence.problems.push(problem),
        }
    }
    for path in files::sources(root)? {
        let file = files::relative(root, &path);
        let text = read(&path)?;
        let (tests, problems) = rust::scan(&file, &text);
        evidence.tests.extend(tests);
        evidence.problems.extend(problems);
        if files::is_of_the_pump(&file) {
            for id in rust::named(&text) {
                evidence.named.entry(id).or_default().insert(file.clone());
            }
        }
    }
    Ok(evidence)
}
