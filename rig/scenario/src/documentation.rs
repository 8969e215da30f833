//! docs/scenarios.md against the code: its example is a scenario, its tables name every key, unit
//! and signal.

use super::file::{SCENARIO, ScenarioFile};
use super::parse;
use thecal_plan::{Dimension, Signal};
use thecal_text::alias::{ALIASES, NEVER};
use thecal_text::quantity::limit;
use thecal_text::reader::Value;
use thecal_text::reader::examples::wrong_example;
use thecal_text::unit::UNITS;

const PAGE: &str = include_str!("../../../docs/scenarios.md");
/// The keys of faults (`fault_page_tests.rs`).
const FAULTS: &str = include_str!("../../../docs/faults.md");

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
    let mut keys = Vec::new();
    SCENARIO.head.walk(&mut |_, depth, row| {
        // The tables of the file are headings.
        if depth > 0 || row.value.table().is_none() {
            keys.push(row.name);
        }
    });
    let units = UNITS
        .iter()
        .map(|unit| unit.name)
        .filter(|name| !name.is_empty());
    for name in keys.into_iter().chain(units) {
        let is_named = [format!("`{name}`"), format!("`{{ {name} = ")]
            .iter()
            .any(|named| PAGE.contains(named) || FAULTS.contains(named));
        assert!(
            is_named,
            "docs/scenarios.md and docs/faults.md lack `{name}`"
        );
    }
}

#[test]
fn every_row_has_a_meaning_and_an_example_that_is_read() {
    let wrong = wrong_example::<ScenarioFile>(&SCENARIO);
    assert!(wrong.is_none(), "{wrong:#?}");
    SCENARIO.head.walk(&mut |table, _, row| {
        let (name, example) = (row.name, row.example);
        assert!(!row.meaning().is_empty(), "`{name}` in {table}");
        let text = example.trim_matches('"');
        match row.value {
            Value::Quantity(kind, _) => {
                // A clock may jump back.
                let read = limit(text.trim_start_matches('-'), kind, (0, 0).into());
                assert!(read.is_ok(), "`{name} = {example}` in {table}: {read:?}");
            }
            Value::Word(words) => {
                assert!(words().contains(&text), "`{name} = {example}` in {table}");
            }
            _ => {}
        }
    });
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
