//! Writes docs/trace.md.

use super::evidence::Evidence;
use super::requirements::Requirement;
use std::fmt::Write as _;

/// Longest text of a requirement in the table. Unit: character.
const TEXT_MAX: usize = 100;

/// Titles of the areas in identifiers.
const AREAS: [(&str, &str); 16] = [
    ("MET", "Metering"),
    ("BOL", "Boluses"),
    ("STL", "Stall"),
    ("RES", "Reservoir"),
    ("ALM", "Alarms"),
    ("LOG", "Event log"),
    ("MEM", "Memory"),
    ("CLK", "Clocks"),
    ("WDG", "Watchdog"),
    ("IMG", "Image"),
    ("POST", "Power-on self test"),
    ("INT", "Integrity in RAM"),
    ("MAG", "Magnet"),
    ("TEL", "Telemetry"),
    ("THE", "Therapy"),
    ("BAT", "Battery"),
];

const HEAD: &str = "\
# Trace

Written by `cargo xtask trace` from [requirements.toml](requirements.toml), [hazards.md](hazards.md),
the tests and the scenarios; do not edit. `cargo xtask test` fails where it is out of date, where a
requirement has no verification and does not say why, or where something names what is not there.

*Implemented in* lists the pump's sources that name the requirement at its control; a dash: none names it,
and where it is implemented is shown by its tests alone. Behind a scenario stand the findings that carry its
claim.
";

/// The page.
pub(super) fn render(evidence: &Evidence) -> String {
    let mut page = format!("{HEAD}\n{}.\n", evidence.summary());
    let mut area = "";
    for requirement in &evidence.requirements {
        let found = requirement.id.split('-').nth(1).unwrap_or("");
        if found != area {
            area = found;
            page.push_str(&table_head(area));
        }
        page.push_str(&row(evidence, requirement));
    }
    page.push_str(&withdrawn(evidence));
    page.push_str("\n## Hazards that no pump can see\n\n");
    page.push_str("Of class V0 without a measure: the rig shows them and blames no pump.\n\n");
    page.push_str("| hazard | | shown by |\n| --- | --- | --- |\n");
    for hazard in &evidence.hazards {
        if hazard.requirements.is_empty() {
            let shown = cell(&hazard.scenarios);
            // Writing to a string does not fail.
            let _ = writeln!(page, "| {} | {} | {shown} |", hazard.id, hazard.name);
        }
    }
    page
}

fn table_head(area: &str) -> String {
    let known = AREAS.iter().find(|(code, _)| *code == area);
    let title = known.map_or(area, |(_, title)| title);
    format!(
        "\n## {title}\n\n\
         | requirement | rev. | pri. | hazards | text | verified by | implemented in |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n"
    )
}

fn row(evidence: &Evidence, requirement: &Requirement) -> String {
    let id = &requirement.id;
    let tests = evidence.tests.iter().filter(|test| !test.ignored);
    let tests = tests.filter(|test| test.verifies.contains(id));
    let scenarios = evidence.scenarios.iter().filter_map(|scenario| {
        let findings = scenario.findings(id)?;
        Some(format!("scenario `{}`{}", scenario.id, by(findings)))
    });
    let verified: Vec<String> = tests
        .map(|test| format!("`{}::{}`", test.file, test.name))
        .chain(scenarios)
        .collect();
    let verified = if verified.is_empty() {
        format!("**nothing**: {}", requirement.unverified)
    } else {
        verified.join("<br>")
    };
    let files: Vec<String> = evidence
        .named
        .get(id)
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    format!(
        "| {id} | {} | {} | {} | {} | {} | {} |\n",
        requirement.revision,
        requirement.priority,
        requirement.hazards.join(", "),
        short(&requirement.text),
        verified,
        if files.is_empty() {
            "-".into()
        } else {
            cell(&files)
        }
    )
}

/// The identifiers that are used up; nothing if there are none.
fn withdrawn(evidence: &Evidence) -> String {
    if evidence.withdrawn.is_empty() {
        return String::new();
    }
    let head = "\n## Withdrawn\n\n| requirement | since | replaced by | why |\n| --- | --- | --- | --- |\n";
    let mut table = head.to_owned();
    for one in &evidence.withdrawn {
        let by = one.replaced_by.join(", ");
        // Writing to a string does not fail.
        let _ = writeln!(table, "| {} | {} | {by} | {} |", one.id, one.since, one.why);
    }
    table
}

/// What carries a scenario's claim, after its id; nothing where it names nothing.
fn by(findings: &[String]) -> String {
    let findings: Vec<String> = findings.iter().map(|name| format!("`{name}`")).collect();
    match findings.as_slice() {
        [] => String::new(),
        findings => format!(": {}", findings.join(", ")),
    }
}

/// Entries one below the other, as code.
fn cell(entries: &[String]) -> String {
    let entries: Vec<String> = entries.iter().map(|entry| format!("`{entry}`")).collect();
    entries.join("<br>")
}

/// The beginning of a text, cut between words.
fn short(text: &str) -> String {
    let mut short = String::new();
    for word in text.split(' ') {
        if short.chars().count() + word.chars().count() >= TEXT_MAX {
            short.push_str(" …");
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    short.replace('|', "\\|")
}
