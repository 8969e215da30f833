//! Results of runs, from their records: `record.json`, whose format is docs/record.md.

use crate::shell::{Failure, Outcome, file_error, read};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The file's name in a run's folder.
pub(super) const FILE: &str = "record.json";

/// The version of the format expected here.
const SCHEMA: &str = "thecal-record/5";

/// The fields of a record used here.
pub(super) struct Record {
    pub(super) id: String,
    pub(super) verdict: String,
    /// Whether the watchdog reset the pump without a fault of the scenario.
    pub(super) watchdog: bool,
}

/// All records below a folder, ordered by scenario id.
pub(super) fn below(folder: &Path) -> Outcome<Vec<Record>> {
    let mut files = Vec::new();
    find(folder, &mut files)?;
    let records = files.iter().map(|file| one(file));
    let mut records = records.collect::<Outcome<Vec<_>>>()?;
    records.sort_by(|one, two| one.id.cmp(&two.id));
    Ok(records)
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) -> Outcome<()> {
    let entries = fs::read_dir(folder).map_err(|error| file_error(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| file_error(folder, &error))?.path();
        if path.is_dir() {
            find(&path, found)?;
        } else if path.file_name().is_some_and(|name| name == FILE) {
            found.push(path);
        }
    }
    Ok(())
}

/// Reads one record.
pub(super) fn one(file: &Path) -> Outcome<Record> {
    let bad = |why: &str| Failure(format!("{} is no record: {why}", file.display()));
    let record: Value =
        serde_json::from_str(&read(file)?).map_err(|error| bad(&error.to_string()))?;
    let text = |pointer: &str| {
        let value = record.pointer(pointer).and_then(Value::as_str);
        value.ok_or_else(|| bad(&format!("it has no text at {pointer}")))
    };
    let schema = text("/schema")?;
    if schema != SCHEMA {
        return Err(bad(&format!("its schema is {schema}, not {SCHEMA}")));
    }
    let resets = record.pointer("/run/resets").and_then(Value::as_array);
    let watchdog = |reset: &Value| {
        reset.pointer("/cause").and_then(Value::as_str) == Some("watchdog")
            && reset.pointer("/because").is_some_and(Value::is_null)
    };
    Ok(Record {
        id: text("/scenario/id")?.to_owned(),
        verdict: text("/verdict")?.to_owned(),
        watchdog: resets.is_some_and(|resets| resets.iter().any(watchdog)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record_of(text: &str) -> Outcome<Record> {
        let file = std::env::temp_dir().join(format!("xtask-record-{}.json", std::process::id()));
        fs::write(&file, text).map_err(|error| file_error(&file, &error))?;
        let record = one(&file);
        fs::remove_file(&file).map_err(|error| file_error(&file, &error))?;
        record
    }

    #[test]
    fn a_record_of_another_version_or_without_a_verdict_is_refused() {
        let good = r#"{ "schema": "thecal-record/5", "verdict": "FAIL", "scenario": { "id": "a/b" },
            "run": { "resets": [{ "cause": "watchdog", "because": null }] } }"#;
        let record = record_of(good)
            .map_err(|failure| failure.0)
            .expect("a record");
        assert_eq!(
            (record.id.as_str(), record.verdict.as_str()),
            ("a/b", "FAIL")
        );
        assert!(record.watchdog);
        let by_a_fault = good.replace("null", "\"core-halt\"");
        assert!(
            !record_of(&by_a_fault)
                .map_err(|failure| failure.0)
                .expect("a record")
                .watchdog
        );
        for bad in [
            good.replace("/5", "/4"),
            good.replace("verdict", "outcome"),
            "{".to_owned(),
        ] {
            assert!(record_of(&bad).is_err(), "{bad}");
        }
    }
}
