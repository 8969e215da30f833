//! `docs/specification.md`: the rules, made of their rows. `THECAL_ACCEPT=1` writes the page anew.

use crate::rule::FURTHER;
use crate::rules;
use std::fmt::Write as _;
use std::path::Path;

const HEAD: &str = "# The specification

Made from the rules in `rig/spec/src` by `rig/spec/src/page_tests.rs`; a test compares. `THECAL_ACCEPT=1
cargo test -p thecal-spec page` writes the page anew.

Every run is judged by these rules, whatever its scenario asks. They say what the pump must show at its
boundary: steps, answers, tones, its log. A report has one line for all of them, and one for each rule that
the run differs from: the rule, its requirement ([requirements.toml](requirements.toml)), the first instant,
what was observed and what is allowed. A scenario may rest a claim on a rule, by its name with `spec:` before
it; the report then says how often it judged. The requirement must be one of those of the rule.

A rule in **bold** is of safety: no profile of a pump may leave it out.
How it works: [adr/0010](adr/0010-specification-pump.md).

| rule | requirement | what must be true |
| --- | --- | --- |
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    for rule in rules() {
        let name = if rule.core {
            format!("**{}**", rule.name)
        } else {
            rule.name.to_owned()
        };
        let requirements: Vec<&str> = rule.requirements().collect();
        let requirements = requirements.join(", ");
        writeln!(page, "| {name} | {requirements} | {} |", rule.text).unwrap();
    }
    page
}

#[test]
fn the_page_is_made_of_the_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/specification.md");
    if std::env::var_os("THECAL_ACCEPT").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(
        found == page(),
        "{} is not made of the rules",
        path.display()
    );
}

#[test]
fn each_rule_has_a_name_of_its_own_and_requirements_that_exist() {
    let listed = include_str!("../../../docs/requirements.toml");
    let mut names = Vec::new();
    for rule in rules() {
        assert!(!names.contains(&rule.name), "{} twice", rule.name);
        names.push(rule.name);
        let mut judged = Vec::new();
        for requirement in rule.requirements() {
            let line = format!("id = \"{requirement}\"");
            let (name, is_listed) = (rule.name, listed.lines().any(|known| known == line));
            assert!(
                is_listed && !judged.contains(&requirement),
                "{name}: {line}"
            );
            judged.push(requirement);
        }
    }
}

#[test]
fn further_requirements_are_of_rules_that_exist() {
    let further: usize = rules().map(|rule| rule.requirements().count() - 1).sum();
    let listed = FURTHER.iter().map(|(_, requirements)| requirements.len());
    assert_eq!(
        further,
        listed.sum(),
        "a name in the table that no rule has"
    );
}
