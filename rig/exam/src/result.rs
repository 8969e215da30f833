//! The result of an exam as data: what became of each bug. `result.json` is its file.

use crate::ExamError;
use crate::bug::{Bug, Origin};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::path::Path;
use thecal_report::write_whole;

/// Name and version of the format.
const SCHEMA: &str = "thecal-exam/2";

/// What became of a bug. In the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A finding that names a requirement failed.
    Killed,
    /// No such finding failed; a report differs from the approved one, or a finding without a
    /// requirement failed.
    ReportChanged,
    /// A run is an error or inconclusive: it says nothing about the pump.
    Error,
    /// A run did not end within its bound of time.
    NoAnswer,
    /// Every report is as approved.
    Survived,
    /// The same, and the bug says why nobody can notice it.
    Equivalent,
}

impl Verdict {
    /// All, in the order of the table.
    pub(crate) const ALL: [Self; 6] = [
        Self::Killed,
        Self::ReportChanged,
        Self::Error,
        Self::NoAnswer,
        Self::Survived,
        Self::Equivalent,
    ];

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::ReportChanged => "report changed",
            Self::Error => "error",
            Self::NoAnswer => "no answer",
            Self::Survived => "survived",
            Self::Equivalent => "equivalent",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The finding that noticed a bug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kill {
    /// The stage in which it was noticed.
    pub stage: String,
    /// The run: the scenario's id, with its overlay.
    pub scenario: String,
    /// The expectation, monitor or rule that failed.
    pub finding: String,
    /// The requirements that the finding names; there is at least one.
    pub requirements: Vec<String>,
    /// When the worst value was observed; `None`: something never happened. Unit: millisecond,
    /// simulated.
    pub at_ms: Option<u64>,
}

/// What became of one bug.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What the pump does wrong.
    pub what: String,
    /// Where it comes from.
    #[serde(rename = "origin")]
    pub(crate) origin: Origin,
    /// What became of it.
    pub verdict: Verdict,
    /// What noticed it first.
    pub kill: Option<Kill>,
    /// The stages that it was put through, in order.
    pub stages: Vec<String>,
    /// How many runs came by what it changes; `None`: not known. Where none did, none could notice.
    pub reached: Option<usize>,
    /// The runs in which the pump reacted otherwise, until its verdict was clear.
    pub runs: usize,
    /// Scenarios whose report changed and nothing else.
    pub changed: Vec<String>,
    /// Scenarios that were an error or inconclusive.
    pub errors: Vec<String>,
    /// Scenarios that did not end in time, or were left out because the pump is too slow.
    pub no_answer: Vec<String>,
    /// Why nobody can notice it.
    pub equivalent: Option<String>,
    /// Wall time. Unit: second.
    pub wall_s: f64,
}

impl Row {
    pub(crate) fn new(bug: &Bug) -> Self {
        Self {
            name: bug.name.clone(),
            what: bug.what.clone(),
            origin: bug.origin.clone(),
            verdict: Verdict::Survived,
            kill: None,
            stages: Vec::new(),
            reached: None,
            runs: 0,
            changed: Vec::new(),
            errors: Vec::new(),
            no_answer: Vec::new(),
            equivalent: bug.equivalent.clone(),
            wall_s: 0.0,
        }
    }

    /// Whether it must still be put through a stage.
    pub(crate) fn is_open_for(&self, stage: &str) -> bool {
        self.kill.is_none() && !self.stages.iter().any(|name| name == stage)
    }

    /// Settles the verdict from what the runs gave.
    pub(crate) fn settle(&mut self) {
        self.verdict = if self.kill.is_some() {
            Verdict::Killed
        } else if !self.no_answer.is_empty() {
            Verdict::NoAnswer
        } else if !self.errors.is_empty() {
            Verdict::Error
        } else if !self.changed.is_empty() {
            Verdict::ReportChanged
        } else if self.equivalent.is_some() {
            Verdict::Equivalent
        } else {
            Verdict::Survived
        };
    }
}

/// The result of an exam.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExamResult {
    schema: String,
    /// What was judged: the copy's `thecal`, its scenarios and approved reports. Rows of another
    /// build are not taken over.
    pub(crate) build: String,
    /// One a bug, in the order of the bugs.
    pub rows: Vec<Row>,
}

impl ExamResult {
    pub(crate) fn new(build: String) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            build,
            rows: Vec::new(),
        }
    }

    /// The last result in a file; `None` if there is none that this version can read: it only saves
    /// time.
    pub(crate) fn read(file: &Path) -> Option<Self> {
        let result: Self = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        (result.schema == SCHEMA).then_some(result)
    }

    pub(crate) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}

/// Writes a result as JSON, whole.
pub(crate) fn write_json(file: &Path, result: &impl Serialize) -> Result<(), ExamError> {
    let text = serde_json::to_vec_pretty(result).map_err(std::io::Error::other);
    let written = text.and_then(|text| write_whole(file, &text));
    written.map_err(|error| ExamError::file(file, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bug::Kind;

    fn row() -> Row {
        Row::new(&Bug {
            name: "a".to_owned(),
            what: "b".to_owned(),
            file: String::new(),
            origin: Origin::Drawn {
                kind: Kind::Deletion,
            },
            edits: Vec::new(),
            equivalent: None,
            hangs_in: None,
        })
    }

    #[test]
    fn only_a_finding_with_a_requirement_kills_and_the_least_certain_is_named_first() {
        let mut row = row();
        row.settle();
        assert_eq!(row.verdict, Verdict::Survived);
        row.equivalent = Some("a reason".to_owned());
        row.settle();
        assert_eq!(row.verdict, Verdict::Equivalent);
        row.changed.push("a/b".to_owned());
        row.settle();
        assert_eq!(row.verdict, Verdict::ReportChanged);
        row.errors.push("a/c".to_owned());
        row.settle();
        assert_eq!(row.verdict, Verdict::Error);
        row.no_answer.push("a/d".to_owned());
        row.settle();
        assert_eq!(row.verdict, Verdict::NoAnswer);
        row.kill = Some(Kill {
            stage: "library".to_owned(),
            scenario: "a/e".to_owned(),
            finding: "f".to_owned(),
            requirements: vec!["REQ-BOL-001".to_owned()],
            at_ms: None,
        });
        row.settle();
        assert_eq!(row.verdict, Verdict::Killed);
    }

    #[test]
    fn a_result_is_read_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("result.json");
        assert_eq!(ExamResult::read(&file), None);
        let mut result = ExamResult::new("one".to_owned());
        result.rows.push(row());
        write_json(&file, &result).unwrap();
        assert_eq!(ExamResult::read(&file), Some(result));
        fs::write(&file, "{}").unwrap();
        assert_eq!(ExamResult::read(&file), None);
    }
}
