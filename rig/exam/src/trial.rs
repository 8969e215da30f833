//! Trials: what a broken pump is put through, each a run of one scenario in a process of its own.
//!
//! A trial that a sound pump does not pass can blame no broken one. So all are run without any bug
//! first; that also tells which bugs each comes by, and how long it takes. Then once more, with a
//! broken pump for each of these bugs beside the sound one, which sees and hears the same: a run is a
//! function of the pump's reactions, so a bug with which all are equal need not be run by itself.

use crate::ExamError;
use crate::broken::{BESIDE, DIFFERS, REACHED, SWITCH};
use crate::child;
use crate::switch::Number;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use thecal_engine::verdict::{Finding, Verdict};
use thecal_report::{Approval, Record};
use thecal_scenario::discover;

/// How many times as long as without a bug a trial may take.
const SLOWER: u32 = 20;

/// How long a trial may take. A broken pump that wants to be woken every millisecond takes long, and
/// is asked again only if no other trial notices it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    Short,
    Long,
}

/// Bound on a trial without a bug.
const SOUND_BOUND: Duration = Duration::from_secs(1200);

/// The same with broken pumps beside.
const BESIDE_BOUND: Duration = Duration::from_secs(600);

/// A run of one scenario.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    /// The scenario's file, as the command line names it.
    path: PathBuf,
    /// Its id.
    pub(crate) id: String,
    /// Wall time without a bug.
    pub(crate) time: Duration,
    /// The bugs that it comes by; `None`: not known.
    pub(crate) reached: Option<BTreeSet<Number>>,
    /// Those with which the pump reacts otherwise; `None`: not known.
    differs: Option<BTreeSet<Number>>,
    /// Findings that fail without any bug.
    failing: BTreeSet<String>,
    /// Whether its report is as approved without any bug.
    is_approved: bool,
    /// Whether the bench without a bug has what it needs: else nothing else here is known.
    pub(crate) is_known: bool,
}

/// What a trial of a broken pump gave.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The first finding that failed and names requirements: its name, these, the instant.
    Failed(String, Vec<String>, Option<u64>),
    /// A finding that names no requirement failed, or the report differs from the approved one.
    Changed,
    /// It is an error, inconclusive, or left no record.
    Undecided,
    /// It did not end in time.
    NoAnswer,
    /// Nothing.
    Same,
    /// The bench lacks what it needs.
    NotRun,
}

/// How trials are run: a `thecal`, where, and with which arguments besides the scenario.
pub(crate) struct Runner {
    pub(crate) program: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// The least first and the least last bound on the time of a trial.
    pub(crate) bounds: (Duration, Duration),
}

/// Scenario files, with paths that hold in the copy too.
pub(crate) fn paths(workspace: &Path, selection: &[PathBuf]) -> Result<Vec<PathBuf>, ExamError> {
    let unusable = |error: &dyn std::fmt::Display| ExamError::Unusable(error.to_string());
    let found = discover(selection).map_err(|error| unusable(&error))?;
    let in_copy = |file: PathBuf| {
        let whole = fs::canonicalize(&file).map_err(|error| ExamError::file(&file, &error))?;
        Ok(match whole.strip_prefix(workspace) {
            Ok(below) => below.to_owned(),
            Err(_) => whole,
        })
    };
    found.into_iter().map(|(file, _)| in_copy(file)).collect()
}

impl Runner {
    /// Runs one scenario with a bug on, into a folder of its own that is emptied before.
    fn run(
        &self,
        path: &Path,
        bug: Number,
        out: &Path,
        bound: Duration,
        more: &[(&str, &OsStr)],
    ) -> Result<Ended, ExamError> {
        match fs::remove_dir_all(out) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(ExamError::file(out, &error));
            }
            _ => {}
        }
        let mut command = Command::new(&self.program);
        command
            .current_dir(&self.folder)
            .env(SWITCH, bug.to_string())
            .envs(more.iter().copied())
            .args(["run", "--check", "--jobs", "1", "--files", "record"])
            .arg("--out")
            .arg(out)
            .args(&self.arguments)
            .arg(path);
        let ended = child::run(&mut command, bound)
            .map_err(|error| ExamError::file(&self.program, &error))?;
        if ended.is_none() {
            return Ok(Ended::OutOfTime);
        }
        Ok(match record_below(out) {
            Some(record) => Ended::Recorded(Box::new(record)),
            None => Ended::WithoutRecord,
        })
    }

    /// The trial of a scenario, as it is without any bug, and which of some bugs change it. Only the
    /// copy's program knows the bugs.
    pub(crate) fn sound(
        &self,
        path: PathBuf,
        out: &Path,
        beside: Option<&BTreeSet<Number>>,
    ) -> Result<Trial, ExamError> {
        let begun = Instant::now();
        let list = out.with_extension("bugs");
        let ended = self.run(&path, 0, out, SOUND_BOUND, &[(REACHED, list.as_os_str())])?;
        let time = begun.elapsed();
        let record = match ended {
            Ended::Recorded(record) => record,
            Ended::OutOfTime => return Err(unsound(&path, "not over in time")),
            Ended::WithoutRecord => return Err(unsound(&path, "without a record")),
        };
        match record.verdict {
            Verdict::Pass | Verdict::NotRun => {}
            Verdict::Fail if record.scenario.known_anomaly.is_some() => {}
            other => return Err(unsound(&path, other.name())),
        }
        let is_known = record.verdict != Verdict::NotRun;
        let (mut reached, mut differs) = (None, None);
        if let Some(beside) = beside.filter(|_| is_known) {
            let bugs = numbers(&list)?;
            let each = bugs.intersection(beside).map(ToString::to_string);
            let each: Vec<String> = each.collect();
            let each = OsString::from(each.join(","));
            let more = [(BESIDE, each.as_os_str()), (DIFFERS, list.as_os_str())];
            // If one of them hangs, each is run by itself.
            if !each.is_empty()
                && let Ended::Recorded(again) = self.run(&path, 0, out, BESIDE_BOUND, &more)?
                && again.run == record.run
            {
                // The others are killed elsewhere, or run by themselves.
                let equal: BTreeSet<Number> = &(&bugs & beside) - &numbers(&list)?;
                differs = Some(&bugs - &equal);
            }
            reached = Some(bugs);
        }
        Ok(Trial {
            path,
            id: record.scenario.id.clone(),
            time,
            reached,
            differs,
            failing: failed(&record)
                .map(|finding| finding.name.clone())
                .collect(),
            is_approved: record.approval == Some(Approval::Approved) || !is_known,
            is_known,
        })
    }

    /// Puts a broken pump through a trial.
    pub(crate) fn trial(
        &self,
        trial: &Trial,
        bug: Number,
        out: &Path,
        patience: Patience,
    ) -> Result<Outcome, ExamError> {
        let least = match patience {
            Patience::Short => self.bounds.0,
            Patience::Long => self.bounds.1,
        };
        let bound = least.max(trial.time * SLOWER);
        Ok(match self.run(&trial.path, bug, out, bound, &[])? {
            Ended::Recorded(record) => trial.outcome(&record),
            Ended::OutOfTime => Outcome::NoAnswer,
            Ended::WithoutRecord => Outcome::Undecided,
        })
    }
}

/// The bugs that the copy's program wrote into a file.
fn numbers(file: &Path) -> Result<BTreeSet<Number>, ExamError> {
    let text = fs::read_to_string(file).map_err(|error| ExamError::file(file, &error))?;
    Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
}

fn unsound(path: &Path, verdict: &str) -> ExamError {
    ExamError::Unsound {
        scenario: path.display().to_string(),
        verdict: verdict.to_owned(),
    }
}

enum Ended {
    Recorded(Box<Record>),
    WithoutRecord,
    OutOfTime,
}

impl Trial {
    /// Whether a bug can change it.
    pub(crate) fn is_changed_by(&self, bug: Number) -> bool {
        let bugs = self.differs.as_ref().or(self.reached.as_ref());
        bugs.is_none_or(|bugs| bugs.contains(&bug))
    }

    /// What a record says about a broken pump.
    fn outcome(&self, record: &Record) -> Outcome {
        match record.verdict {
            Verdict::Error | Verdict::Inconclusive => return Outcome::Undecided,
            Verdict::NotRun => return Outcome::NotRun,
            Verdict::Pass | Verdict::Fail => {}
        }
        let verifies = &record.scenario.verifies;
        let requirements = |finding: &Finding| match &finding.requirement {
            Some(requirement) => vec![requirement.clone()],
            None if is_expectation(record, finding) => verifies.clone(),
            None => Vec::new(),
        };
        let new = || failed(record).filter(|finding| !self.failing.contains(&finding.name));
        let named = new().filter(|finding| !requirements(finding).is_empty());
        // What never happened has no instant, and comes last.
        let first = named.min_by_key(|finding| finding.at.map_or(u64::MAX, |at| at.as_millis()));
        if let Some(finding) = first {
            let at = finding.at.map(|at| at.as_millis());
            return Outcome::Failed(finding.name.clone(), requirements(finding), at);
        }
        let differs = record.approval != Some(Approval::Approved) && self.is_approved;
        if differs || new().next().is_some() {
            Outcome::Changed
        } else {
            Outcome::Same
        }
    }
}

/// The findings that failed.
fn failed(record: &Record) -> impl Iterator<Item = &Finding> {
    let run = record.run.iter();
    let findings = run.flat_map(|run| run.expectations.iter().chain(&run.monitors));
    findings.filter(|finding| finding.verdict == Verdict::Fail)
}

fn is_expectation(record: &Record, finding: &Finding) -> bool {
    let mut expectations = record.run.iter().flat_map(|run| &run.expectations);
    expectations.any(|one| one.name == finding.name)
}

/// The only record below a folder.
fn record_below(folder: &Path) -> Option<Record> {
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if let Some(record) = record_below(&path) {
                return Some(record);
            }
        } else if path.file_name().is_some_and(|name| name == "record.json") {
            return Record::from_json(&fs::read(path).ok()?).ok();
        }
    }
    None
}
