//! docs/scenarios.md and docs/parameters.md against the rows that the reader has: their tables are
//! made of them, and what is left out means the default that a row has.
//!
//! `THECAL_ACCEPT=1 cargo test -p thecal-scenario documentation` writes the tables anew.

use super::documentation_before::BEFORE;
use super::error::ScenarioError;
use super::file::{SCENARIO, ScenarioFile, VerifiesFile};
use super::file_fault::{FaultFile, TimesFile};
use super::file_severity::{COMPLETE, FROM, OVER};
use super::file_timeline::{EntryFile, TIMES};
use super::forms::{ExpectFile, FORMS};
use super::parameters::file::PARAMETERS;
use super::parse;
use std::fmt::Write as _;
use std::{env, fs};
use thecal_plan::parameters::Spreading;
use thecal_plan::{Dimension, MAX_EVENTS, RULES_OF_EVERY_RUN, Signal, WeekSchedule};
use thecal_text::alias::{ALIASES, NEVER};
use thecal_text::quantity::limit;
use thecal_text::range::Limits;
use thecal_text::reader::examples::wrong_example;
use thecal_text::reader::reference::{Entry, entries, filled, table_of, value_in_words};
use thecal_text::reader::{Default, Key, Need, Record, Table, Value};
use thecal_text::unit::{Kind, UNITS};

/// Tables that have a table of their own on the page.
const APART: &[&str] = &[
    "`[patient]`",
    "`[pump]`",
    "`[therapy]`",
    "`patient-bolus`",
    "`jitter`",
    "`refill`",
];

fn page(name: &str) -> String {
    format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The page has these parts; where it is asked for, it is written with them.
fn compare(name: &str, parts: &[(&str, String)]) {
    let path = page(name);
    let found = fs::read_to_string(&path).unwrap();
    let wanted = filled(&found, parts).unwrap_or_else(|mark| panic!("{name} lacks {mark}"));
    if env::var_os("THECAL_ACCEPT").is_some_and(|value| value == "1") {
        fs::write(&path, &wanted).unwrap();
    } else {
        let mut lines = found.lines().zip(wanted.lines());
        let differs = lines.find(|(one, other)| one != other);
        assert!(
            found == wanted,
            "{name}, as it is and as it should be: {differs:#?}"
        );
    }
}

/// The table that this key of the head is.
fn table(key: &str) -> &'static Table {
    let row = SCENARIO.head.key(key).unwrap();
    row.value.table().unwrap()
}

fn keys(table: &'static Table) -> String {
    table_of(&entries(table, APART))
}

/// The rows of a table that this is true of.
fn some(table: &'static Table, takes: impl Fn(&Entry) -> bool) -> Vec<Entry> {
    entries(table, APART).into_iter().filter(takes).collect()
}

fn head() -> String {
    table_of(&some(SCENARIO.head, |(_, row)| row.value.table().is_none()))
}

/// The keys of `[verifies]`: any requirement.
fn claims() -> String {
    let row = VerifiesFile::TABLE.others.unwrap();
    table_of(&[("REQ-…".to_owned(), row)])
}

fn times() -> String {
    table_of(&some(EntryFile::TABLE, |(name, _)| {
        TIMES.contains(&name.as_str())
    }))
}

fn actions() -> String {
    let mut text = "| Action | Value | Meaning |\n| --- | --- | --- |\n".to_owned();
    for (name, row) in some(EntryFile::TABLE, |(name, _)| !name.contains('.')) {
        if !TIMES.contains(&name.as_str()) {
            let (value, meaning) = (value_in_words(row), row.meaning());
            writeln!(text, "| `{name}` | {value} | {meaning} |").unwrap();
        }
    }
    text
}

fn details() -> String {
    table_of(&some(EntryFile::TABLE, |(name, _)| name.contains('.')))
}

fn forms() -> String {
    let mut text = "| Form | Goes with | True when |\n| --- | --- | --- |\n".to_owned();
    for form in FORMS {
        let needed = form.needs.iter().map(|key| format!("`{key}` (required)"));
        let taken = form.takes.iter().map(|key| format!("`{key}`"));
        let keys: Vec<String> = needed.chain(taken).collect();
        let meaning = ExpectFile::TABLE.key(form.key).unwrap().meaning();
        let (form, keys) = (form.key, keys.join(", "));
        writeln!(text, "| `{form}` | {keys} | {meaning} |").unwrap();
    }
    text
}

fn form_keys() -> String {
    let is_form = |name: &str| FORMS.iter().any(|form| form.key == name);
    table_of(&some(ExpectFile::TABLE, |(name, _)| !is_form(name)))
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

fn signals() -> String {
    let mut text = "| Signal | Base unit | Meaning |\n| --- | --- | --- |\n".to_owned();
    for signal in Signal::ALL {
        let (unit, meaning) = (base_unit(signal.dimension()), signal.description());
        writeln!(text, "| `{signal}` | {unit} | {meaning} |").unwrap();
    }
    text
}

/// A kind of quantity without its article.
fn plain(kind: Kind) -> String {
    let kind = kind.to_string();
    kind.split_once(' ').unwrap().1.to_owned()
}

const fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Duration => "1 h 30 min",
        Kind::Volume => "20 mL",
        Kind::Mass => "50 µg",
        Kind::Concentration => "10 mg/mL",
        Kind::DoseRate => "1 mg/day",
        Kind::FlowRate => "0.5 mL/day",
        Kind::Length => "90 cm",
        Kind::Potential => "2.7 V",
        Kind::Pressure => "5 kPa",
        Kind::Temperature => "40 C",
        Kind::Resistance => "1200 ohm",
        Kind::Current => "50 µA",
        Kind::FlowResistance => "3e16 Pa s/m3",
        Kind::Factor => "1000",
        Kind::Fraction => "20 %",
        Kind::Count => "6",
    }
}

fn units() -> String {
    let mut kinds: Vec<Kind> = UNITS.iter().map(|unit| unit.kind).collect();
    kinds.dedup();
    let head = "| Kind | Units | Smallest step | Example |\n| --- | --- | --- | --- |\n";
    let row = |&kind: &Kind| {
        let example = example(kind);
        assert!(limit(example, kind, (0, 0).into()).is_ok(), "{example}");
        let mut units: Vec<String> = kind
            .units()
            .iter()
            .map(|unit| format!("`{unit}`"))
            .collect();
        if kind.usual_unit().is_empty() {
            units.insert(0, "none".to_owned());
        }
        let (name, units, step) = (plain(kind), units.join(", "), kind.smallest());
        format!("| {name} | {units} | {step} | `\"{example}\"` |\n")
    };
    let rows: String = kinds.iter().map(row).collect();
    format!("{head}{rows}")
}

fn listed(words: &str) -> String {
    let words: Vec<String> = words.split(' ').map(|word| format!("`{word}`")).collect();
    words.join(" ")
}

fn other_spellings() -> String {
    let mut text = "| Kind | Written | One of it |\n| --- | --- | --- |\n".to_owned();
    for row in ALIASES {
        let (kind, words) = (plain(row.kind), listed(row.written));
        writeln!(text, "| {kind} | {words} | {} |", row.in_words()).unwrap();
    }
    text
}

fn never_proposed() -> String {
    let mut text = "| Written | Why nothing is proposed |\n| --- | --- |\n".to_owned();
    for (words, why) in NEVER {
        writeln!(text, "| {} | {why} |", listed(words)).unwrap();
    }
    text
}

#[test]
fn the_tables_of_scenarios_md_are_made_of_the_rows() {
    let therapy = table("therapy");
    let below = |key: &str| therapy.key(key).unwrap().value.table().unwrap();
    let entry = |key: &str| EntryFile::TABLE.key(key).unwrap().value.table().unwrap();
    compare(
        "scenarios.md",
        &[
            ("units", units()),
            ("other spellings of units", other_spellings()),
            ("spellings without a proposal", never_proposed()),
            ("keys of the head", head()),
            ("keys of [verifies]", claims()),
            ("keys of [patient]", keys(table("patient"))),
            ("keys of [pump]", keys(table("pump"))),
            ("keys of [therapy]", keys(therapy)),
            ("keys of patient-bolus", keys(below("patient-bolus"))),
            ("keys of a step of schedule", keys(below("schedule"))),
            ("times of [[timeline]]", times()),
            ("keys of jitter", keys(entry("jitter"))),
            ("actions of [[timeline]]", actions()),
            ("details of actions", details()),
            ("times of [[fault]]", keys(TimesFile::TABLE)),
            ("keys of refill", keys(entry("refill"))),
            ("forms of [[expect]]", forms()),
            ("keys of [[expect]]", form_keys()),
            ("signals", signals()),
        ],
    );
}

#[test]
fn the_tables_of_parameters_md_are_made_of_the_rows() {
    let set = PARAMETERS
        .head
        .key("person")
        .unwrap()
        .value
        .table()
        .unwrap();
    let number = set.others.unwrap().value.table().unwrap();
    compare(
        "parameters.md",
        &[
            ("keys of a set", keys(set)),
            ("keys of a number", keys(number)),
        ],
    );
}

#[test]
fn numbers_in_the_prose_are_those_of_the_code() {
    let rules = RULES_OF_EVERY_RUN.map(|rule| format!("`{rule}`"));
    let steps = WeekSchedule::STEPS_MAX;
    let widest = Spreading::CV_MAX;
    for (name, said) in [
        ("scenarios.md", format!("is judged: {}.", rules.join(", "))),
        ("scenarios.md", format!("1 to {steps} steps")),
        ("scenarios.md", format!("at most {MAX_EVENTS} events")),
        (
            "parameters.md",
            format!("Coefficient of variation, 0 to {widest}."),
        ),
    ] {
        let text = fs::read_to_string(page(name)).unwrap();
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&said), "{name} lacks `{said}`");
    }
}

#[test]
fn the_annotated_example_is_a_scenario() {
    let text = fs::read_to_string(page("scenarios.md")).unwrap();
    let mut blocks = text.split("```toml\n").skip(1);
    let whole = blocks.find_map(|rest| {
        let (block, _) = rest.split_once("\n```")?;
        block.contains("title").then_some(block)
    });
    let scenario = parse("bolus/example", "docs/scenarios.md", whole.unwrap()).unwrap();
    assert!(!scenario.timeline.is_empty() && !scenario.faults.is_empty());
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

/// The plan of a scenario with this line in this table.
fn planned(table: &str, line: &str) -> String {
    let before = BEFORE.iter().find(|(known, _)| *known == table);
    let (head, pump, below) = match (table, before) {
        ("the head of the file", _) => (line, "", String::new()),
        ("`[pump]`", _) => ("", line, String::new()),
        (_, Some((_, before))) => ("", "", format!("{before}{line}")),
        (_, None) => panic!("add to BEFORE what a scenario with {table} needs"),
    };
    let text = format!(
        "title = \"T\"\nseed = 7\nduration = \"24 h\"\n{head}\n\
         [pump]\ndrug = \"morphine\"\nconcentration = \"10 mg/mL\"\nreservoir = \"20 mL\"\n{pump}\n\
         [[expect]]\nname = \"a\"\nnever = \"reset >= 1\"\n{below}\n"
    );
    let plan = parse("a/b", "defaults.toml", &text);
    format!(
        "{:?}",
        plan.unwrap_or_else(|error| panic!("{error:?}\n{text}"))
    )
}

/// Every default that is a value, written out, is the same plan as the key left out.
#[test]
fn a_default_that_is_written_changes_nothing() {
    let mut tried = 0;
    SCENARIO.head.walk(&mut |table, _, row| {
        let Default::Value(default) = row.default else {
            return;
        };
        let quote = match row.value {
            Value::Bool | Value::Integer { .. } | Value::Number => "",
            _ => "\"",
        };
        let line = format!("{} = {quote}{default}{quote}", row.name);
        let table = match table {
            "`program`" | "`stage`" => "`[therapy]`",
            table => table,
        };
        assert_eq!(
            planned(table, &line),
            planned(table, ""),
            "{line} in {table}"
        );
        tried += 1;
    });
    assert!(tried > 15, "{tried}");
}

/// Every quantity above zero or in a range, as the page says it, is refused where it is zero.
#[test]
fn a_limit_of_a_row_is_checked() {
    let mut tried = 0;
    let mut refused = |called: &str, before: &str, row: &Key, rest: &str| {
        tried += u32::from(zero_is_refused(called, before, row, rest));
    };
    for key in ["pump", "therapy"] {
        let header = format!("[{key}]\n");
        for row in table(key).keys {
            refused(key, &header, row, "");
            for below in row.value.table().into_iter().flat_map(|below| below.keys) {
                let others = others(row, below);
                refused(
                    row.name,
                    &format!("{header}{} = {{ ", row.name),
                    below,
                    &others,
                );
            }
        }
    }
    for row in EntryFile::TABLE.keys {
        let header = "[[timeline]]\n";
        refused("[[timeline]]", header, row, "");
        for below in row.value.table().into_iter().flat_map(|below| below.keys) {
            let before = format!("{header}at = \"1 h\"\n{} = {{ ", row.name);
            refused(row.name, &before, below, &others(row, below));
        }
    }
    let fault = "[[fault]]\nstart = \"1 h\"\n";
    for row in FaultFile::TABLE.keys {
        refused("[[fault]]", &format!("{fault}reset = {{}}\n"), row, "");
        let keys = row.value.table().map_or(&[][..], |below| below.keys);
        for below in keys {
            let is_wanted = |key: &&Key| ![COMPLETE, OVER, FROM, below.name].contains(&key.name);
            let others = keys.iter().filter(is_wanted);
            let others = others.map(|key| format!(", {} = {}", key.name, key.example));
            let rest = format!("{} }}", others.collect::<String>());
            refused(
                row.name,
                &format!("{fault}{} = {{ ", row.name),
                below,
                &rest,
            );
        }
    }
    let counted = "[[expect]]\nname = \"a\"\ncount = \"reset\"\nat-most = 1\n";
    for row in ExpectFile::TABLE.keys {
        refused("[[expect]]", counted, row, "");
    }
    assert!(tried > 40, "{tried}");
}

/// Whether the row has a limit that excludes zero; if so, zero there must be refused.
fn zero_is_refused(called: &str, before: &str, row: &Key, rest: &str) -> bool {
    let kind = match (row.value, row.value.limits()) {
        (
            Value::Quantity(kind, _) | Value::WordOrQuantity(_, kind, _),
            Limits::AboveZero | Limits::Range(_),
        ) => kind,
        _ => return false,
    };
    let zero = format!("{} = \"0 {}\"", row.name, kind.usual_unit());
    let text = format!("duration = \"24 h\"\n{before}{zero}{rest}\n");
    let ScenarioError::Invalid { mistakes, .. } = parse("a/b", "limits.toml", &text).unwrap_err()
    else {
        panic!("{text}");
    };
    let named = format!("`{}` is ", row.name);
    let is_told = mistakes
        .iter()
        .any(|told| told.to_string().starts_with(&named));
    let name = row.name;
    assert!(is_told, "`{name}` of {called}: {mistakes:#?} of\n{text}");
    true
}

/// The keys that a table has beside this one, those of its example too if it shows this key, and its
/// end.
fn others(of: &Key, beside: &Key) -> String {
    let is_shown = |key: &Key| {
        of.example
            .contains(&format!("{} = {}", key.name, key.example))
    };
    let is_wanted = |key: &&Key| {
        let is_needed = key.need == Need::Required || is_shown(key) && is_shown(beside);
        is_needed && key.name != beside.name
    };
    let keys = of.value.table().unwrap().keys.iter().filter(is_wanted);
    let keys = keys.map(|key| format!(", {} = {}", key.name, key.example));
    format!("{} }}", keys.collect::<String>())
}
