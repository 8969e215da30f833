//! docs/scenarios.md against the code: its example is a scenario, its tables name every key, unit
//! and signal.

use super::key::HOMES;
use super::parse;
use thecal_plan::{Dimension, Signal};
use thecal_text::alias::{ALIASES, NEVER};
use thecal_text::unit::UNITS;

const PAGE: &str = include_str!("../../../docs/scenarios.md");

/// Bodies of the page's TOML blocks.
fn examples() -> impl Iterator<Item = &'static str> {
    PAGE.split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
}

const fn base_unit(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Volume => "mL",
        Dimension::Mass => "µg",
        Dimension::Concentration => "µg/mL",
        Dimension::Fraction => "0 to 1",
        Dimension::Count => "count",
        Dimension::Pressure => "kPa",
        Dimension::Potential => "V",
    }
}

#[test]
fn the_annotated_example_is_a_scenario() {
    let whole = examples().find(|text| text.contains("title")).unwrap();
    let scenario = parse("bolus/example", "docs/scenarios.md", whole).unwrap();
    assert!(!scenario.timeline.is_empty() && !scenario.faults.is_empty());
}

#[test]
fn every_signal_has_its_row() {
    let rows: Vec<String> = Signal::ALL
        .iter()
        .map(|signal| {
            let unit = base_unit(signal.dimension());
            format!("| `{signal}` | {unit} | {} |", signal.description())
        })
        .collect();
    let missing: Vec<&String> = rows.iter().filter(|row| !PAGE.contains(*row)).collect();
    assert!(
        missing.is_empty(),
        "docs/scenarios.md lacks\n{missing:#?}\nof\n{}",
        rows.join("\n")
    );
}

#[test]
fn every_key_and_unit_is_named() {
    let keys = HOMES.iter().flat_map(|(_, keys)| keys.iter().copied());
    let units = UNITS
        .iter()
        .map(|unit| unit.name)
        .filter(|name| !name.is_empty());
    for name in keys.chain(units) {
        assert!(
            PAGE.contains(&format!("`{name}`")),
            "docs/scenarios.md lacks `{name}`"
        );
    }
}

#[test]
fn every_other_spelling_of_a_unit_has_its_row() {
    let listed = |words: &str| {
        let words: Vec<String> = words.split(' ').map(|word| format!("`{word}`")).collect();
        words.join(" ")
    };
    let rows = ALIASES.iter().map(|row| {
        let kind = row.kind.to_string();
        let kind = kind.split_once(' ').map_or(&*kind, |(_, kind)| kind);
        format!("| {kind} | {} | {} |", listed(row.written), row.in_words())
    });
    let never = NEVER.iter();
    let never = never.map(|(words, why)| format!("| {} | {why} |", listed(words)));
    let rows: Vec<String> = rows.chain(never).collect();
    let missing: Vec<&String> = rows.iter().filter(|row| !PAGE.contains(*row)).collect();
    assert!(
        missing.is_empty(),
        "docs/scenarios.md lacks\n{missing:#?}\nof\n{}",
        rows.join("\n")
    );
}
