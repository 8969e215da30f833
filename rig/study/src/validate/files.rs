//! The rows as data: JSON and CSV, with full precision.
//!
//! The fields are named and explained in `docs/validation.md`; a reader may rely on them as long as
//! `format` does not change.

use super::observation::{Kind, Outcome, Published};
use super::summary::Summary;
use super::table;
use serde::Serialize;
use std::io;

/// The version of both forms.
const FORMAT: &str = "thecal-validation 1";

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    tool: &'static str,
    rows: Vec<Row<'a>>,
    summary: Vec<Counts>,
}

/// A row; a missing field is null, and empty in CSV.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    observation: &'a str,
    unit: &'a str,
    source: &'a str,
    kind: &'static str,
    simulated: Option<f64>,
    published: Option<f64>,
    published_low: Option<f64>,
    published_high: Option<f64>,
    spread: &'a str,
    factor: Option<f64>,
    tolerance: String,
    why: &'a str,
    known_miss: Option<&'a str>,
    result: &'static str,
    as_declared: bool,
}

#[derive(Serialize)]
struct Counts {
    kind: &'static str,
    rows: usize,
    within: usize,
    known_misses: usize,
    misses: usize,
    out_of_date: usize,
    figures: usize,
    within_1_5: usize,
    within_2: usize,
}

fn row(outcome: &Outcome) -> Row<'static> {
    let observation = outcome.observation;
    let (published, low, high) = match observation.published {
        Published::Value(value) => (Some(value), None, None),
        Published::Range(low, high) => (None, Some(low), Some(high)),
        Published::AtMost(high) => (None, None, Some(high)),
        Published::AtLeast(low) => (None, Some(low), None),
    };
    let finite = |value: f64| value.is_finite().then_some(value);
    Row {
        id: observation.id,
        observation: observation.what,
        unit: observation.unit,
        source: observation.source,
        kind: observation.kind.word(),
        simulated: finite(outcome.simulated),
        published,
        published_low: low,
        published_high: high,
        spread: observation.spread,
        factor: outcome.factor.and_then(finite),
        tolerance: table::tolerance(observation.tolerance),
        why: observation.why,
        known_miss: observation.known_miss,
        result: outcome.agreement.word(),
        as_declared: outcome.agreement.is_as_declared(),
    }
}

fn counts(outcomes: &[Outcome], kind: Kind) -> Counts {
    let Summary {
        rows,
        within,
        known_misses,
        misses,
        out_of_date,
        figures,
        within_1_5,
        within_2,
    } = Summary::of(outcomes, kind);
    Counts {
        kind: kind.word(),
        rows,
        within,
        known_misses,
        misses,
        out_of_date,
        figures,
        within_1_5,
        within_2,
    }
}

/// The rows and their counts as JSON.
///
/// # Errors
///
/// None in practice: every field has a form in JSON.
pub fn json(outcomes: &[Outcome]) -> io::Result<String> {
    let document = Document {
        format: FORMAT,
        tool: concat!("thecal ", env!("CARGO_PKG_VERSION")),
        rows: outcomes.iter().map(row).collect(),
        summary: Kind::ALL.map(|kind| counts(outcomes, kind)).into(),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// The rows as CSV, with a heading.
///
/// # Errors
///
/// None in practice: every field has a form in CSV.
pub fn csv(outcomes: &[Outcome]) -> io::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for outcome in outcomes {
        writer.serialize(row(outcome))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::{observations, run};

    #[test]
    fn both_forms_hold_every_row() {
        let rows: Vec<_> = observations().into_iter().take(2).collect();
        let outcomes = run(&rows);
        let json = json(&outcomes).expect("JSON");
        let value: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
        assert_eq!(value["format"], FORMAT);
        assert_eq!(value["rows"][1]["id"], rows[1].id);
        let simulated = format!("\"simulated\": {},", outcomes[1].simulated);
        assert!(json.contains(&simulated), "{simulated}");
        let csv = csv(&outcomes).expect("CSV");
        assert_eq!(csv.lines().count(), 3);
        assert!(csv.starts_with("id,observation,unit,source,kind,simulated,"));
    }
}
