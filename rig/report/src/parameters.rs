//! The parameters of a run: which were changed, which are assumed, and all of them.
//!
//! The text counts them by basis and names the assumed ones; page and record list each with its
//! range and source.

use maud::{Markup, html};
use std::iter;
use thecal_plan::Scenario;
use thecal_plan::number::significant;
use thecal_plan::parameters::{Row, Set, Used};
use thecal_sim::parameter::Basis;
use thecal_text::wrapping::lines;

/// Digits of a random number: more would exceed the model's accuracy.
const DRAWN_DIGITS: usize = 4;

/// Most characters of a line of names.
const NAMES_WIDTH: usize = 96;

/// Differences from the built-in parameters: one line for the file, one for each of its changes,
/// one for the individual.
#[must_use]
pub fn changes_in_words(scenario: &Scenario) -> Vec<(&'static str, String)> {
    let used = Used::of(scenario);
    let source = &scenario.source;
    let mut lines = Vec::new();
    if let Some(changes) = &source.changes {
        let mut rows: Vec<String> = used.changed().filter_map(change_in_words).collect();
        rows.extend(used.other_bases().map(|set| {
            let (kind, name) = (set.kind, set.name);
            format!("{kind} is {name}")
        }));
        let what = match rows.len() {
            0 => "changes nothing in this run".to_owned(),
            1 => "changes one parameter".to_owned(),
            count => format!("changes {count} parameters"),
        };
        let instead = source.replaced.as_ref();
        let instead = instead.map_or(String::new(), |own| format!(", in place of {own},"));
        lines.push(("parameters", format!("{}{instead} {what}", changes.file)));
        lines.extend(rows.into_iter().map(|row| ("", row)));
    }
    if let Some(individual) = source.individual {
        let drawn = used.changed().filter(|(_, row)| row.median.is_some());
        lines.push((
            "individual",
            format!(
                "number {} of population {}, {} values drawn",
                individual.number,
                individual.population,
                drawn.count()
            ),
        ));
    }
    lines
}

fn change_in_words((path, row): (String, &Row)) -> Option<String> {
    let was = row.was?;
    let (unit, basis, source) = (unit(row), row.basis, &row.source);
    let now = row.median.unwrap_or(row.value);
    Some(format!(
        "{path} {was}{unit} -> {now}{unit} ({basis}: {source})"
    ))
}

/// Lines of the text: each parameter set with counts by basis, then the assumed parameters by name.
pub(super) fn depends_on(scenario: &Scenario) -> Vec<(&'static str, String)> {
    let used = Used::of(scenario);
    let counts = used.sets.iter().map(|set| {
        let (kind, name) = (set.kind, set.name);
        ("depends on", format!("{kind} {name}: {}", counts(set)))
    });
    let assumed = used.sets.iter().filter_map(|set| {
        let header = format!("{}.", set.header());
        let names: Vec<String> = set
            .rows()
            .filter(|(_, row)| row.basis == Basis::Assumed)
            .map(|(path, _)| path.trim_start_matches(&header).to_owned())
            .collect();
        (!names.is_empty()).then(|| {
            let list = format!("{}: {}", set.name, names.join(", "));
            let heads = iter::once("assumed").chain(iter::repeat(""));
            heads.zip(lines(&list, NAMES_WIDTH, "  "))
        })
    });
    counts.chain(assumed.flatten()).collect()
}

/// "3 published, 12 assumed".
fn counts(set: &Set) -> String {
    let counts = Basis::ALL.into_iter().filter_map(|basis| {
        let count = set.rows().filter(|(_, row)| row.basis == basis).count();
        (count > 0).then(|| format!("{count} {basis}"))
    });
    counts.collect::<Vec<_>>().join(", ")
}

fn unit(row: &Row) -> String {
    match row.field.unit {
        "1" => String::new(),
        unit => format!(" {unit}"),
    }
}

/// The value: exact, or rounded if it was drawn at random.
#[must_use]
pub fn value_in_words(row: &Row) -> String {
    match row.median {
        None => format!("{}", row.value),
        Some(_) => significant(row.value, DRAWN_DIGITS),
    }
}

/// The page's section: counts, with every number below.
pub(super) fn page(scenario: &Scenario) -> Markup {
    let used = Used::of(scenario);
    html! {
        h2 { "Parameters" }
        p {
            "Every parameter of pump, catheter, person and drugs in this run. No measurement supports "
            "the assumed ones; vary them with "
            code { "thecal run --patient" } " to see how much a result depends on them."
        }
        @for set in &used.sets {
            details {
                summary {
                    b { (set.kind) " " (set.name) } ": " (counts(set))
                }
                table {
                    thead {
                        tr {
                            th { "Parameter" } th.number { "Value" } th { "Unit" } th { "Range" }
                            th { "Basis" } th { "Source" }
                        }
                    }
                    tbody { @for (path, row) in set.rows() { (number(&path, row)) } }
                }
            }
        }
    }
}

fn number(path: &str, row: &Row) -> Markup {
    html! {
        tr {
            td title=(row.field.meaning) { (path) }
            td.number {
                (value_in_words(row))
                @if let Some(was) = row.was { span.note.small { br; "built in: " (was) } }
                @if let Some(median) = row.median { span.note.small { br; "median: " (median) } }
            }
            td { (unit(row).trim_start()) }
            td { (row.field.low) " to " (row.field.high) }
            td { @if row.basis == Basis::Assumed { b { (row.basis) } } @else { (row.basis) } }
            td {
                (row.source)
                @if let Some(spread) = &row.spread {
                    span.note.small { br; "between people, CV " (spread.cv) " (" (spread.basis) ": " (spread.source) ")" }
                }
            }
        }
    }
}
