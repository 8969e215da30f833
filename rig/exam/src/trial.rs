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
use std::time::Duration;
use thecal_engine::verdict::{Finding, Verdict};
use thecal_report::{Approval, Record};
use thecal_scenario::discover;

/// How many times as long as without a bug a trial may take, at first and at last.
const SLOWER: (u32, u32) = (5, 20);

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
    /// Time of a processor without a bug.
    pub(crate) time: Duration,
    /// Its length. Unit: millisecond, simulated.
    pub(crate) length_ms: u64,
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
        if ended.status.is_none() {
            return Ok(Ended::OutOfTime);
        }
        Ok(match record_below(out) {
            Some(record) => Ended::Recorded(Box::new(record), ended.used),
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
        let list = out.with_extension("bugs");
        let ended = self.run(&path, 0, out, SOUND_BOUND, &[(REACHED, list.as_os_str())])?;
        let (record, time) = match ended {
            Ended::Recorded(record, used) => (record, used),
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
                && let Ended::Recorded(again, _) = self.run(&path, 0, out, BESIDE_BOUND, &more)?
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
            length_ms: record.scenario.duration_ms,
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
        let (least, slower) = match patience {
            Patience::Short => (self.bounds.0, SLOWER.0),
            Patience::Long => (self.bounds.1, SLOWER.1),
        };
        let bound = least.max(trial.time * slower);
        Ok(match self.run(&trial.path, bug, out, bound, &[])? {
            Ended::Recorded(record, _) => trial.outcome(&record),
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
    Recorded(Box<Record>, Duration),
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
        let run = record.run.as_ref();
        let claims = record.scenario.verifies.iter();
        let verifies: Vec<String> = claims.map(|claim| claim.requirement.clone()).collect();
        self.judge(&Seen {
            verdict: record.verdict,
            approval: record.approval,
            verifies: &verifies,
            expectations: run.map_or(&[], |run| &run.expectations),
            monitors: run.map_or(&[], |run| &run.monitors),
        })
    }

    fn judge(&self, seen: &Seen<'_>) -> Outcome {
        match seen.verdict {
            Verdict::Error | Verdict::Inconclusive => return Outcome::Undecided,
            Verdict::NotRun => return Outcome::NotRun,
            Verdict::Pass | Verdict::Fail => {}
        }
        let is_new = |finding: &&Finding| {
            finding.verdict == Verdict::Fail && !self.failing.contains(&finding.name)
        };
        let expectations = seen.expectations.iter().filter(is_new);
        let expectations = expectations.map(|finding| (finding, seen.verifies.to_vec()));
        let monitors = seen.monitors.iter().filter(is_new);
        let monitors =
            monitors.map(|finding| (finding, Vec::from_iter(finding.requirement.clone())));
        let failed: Vec<_> = expectations.chain(monitors).collect();
        let named = failed.iter().filter(|(_, names)| !names.is_empty());
        // What never happened has no instant, and comes last.
        let first = named.min_by_key(|(one, _)| one.at.map_or(u64::MAX, |at| at.as_millis()));
        if let Some((finding, names)) = first {
            let at = finding.at.map(|at| at.as_millis());
            return Outcome::Failed(finding.name.clone(), names.clone(), at);
        }
        let differs = seen.approval != Some(Approval::Approved) && self.is_approved;
        if differs || !failed.is_empty() {
            Outcome::Changed
        } else {
            Outcome::Same
        }
    }
}

/// The part of a record that judges a broken pump.
struct Seen<'r> {
    verdict: Verdict,
    approval: Option<Approval>,
    verifies: &'r [String],
    expectations: &'r [Finding],
    monitors: &'r [Finding],
}

/// The findings that failed.
fn failed(record: &Record) -> impl Iterator<Item = &Finding> {
    let run = record.run.iter();
    let findings = run.flat_map(|run| run.expectations.iter().chain(&run.monitors));
    findings.filter(|finding| finding.verdict == Verdict::Fail)
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

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_engine::verdict::Observed;
    use thecal_units::SimTime;

    fn finding(
        name: &str,
        requirement: Option<&str>,
        verdict: Verdict,
        at: Option<u64>,
    ) -> Finding {
        Finding {
            name: name.to_owned(),
            requirement: requirement.map(str::to_owned),
            rule: String::new(),
            verdict,
            observed: Observed::Nothing,
            at: at.map(SimTime::from_millis),
            limit: Observed::Nothing,
            margin: None,
            note: None,
            why: None,
        }
    }

    fn trial() -> Trial {
        Trial {
            path: PathBuf::new(),
            id: "a/b".to_owned(),
            time: Duration::ZERO,
            length_ms: 0,
            reached: Some(BTreeSet::from([1, 2])),
            differs: None,
            failing: BTreeSet::from(["known".to_owned()]),
            is_approved: true,
            is_known: true,
        }
    }

    fn judged(verdict: Verdict, verifies: &[&str], all: &[Finding], monitors: usize) -> Outcome {
        let verifies: Vec<String> = verifies.iter().map(|id| (*id).to_owned()).collect();
        let (expectations, monitors) = all.split_at(all.len() - monitors);
        trial().judge(&Seen {
            verdict,
            approval: Some(Approval::Differs),
            verifies: &verifies,
            expectations,
            monitors,
        })
    }

    #[test]
    fn the_first_finding_that_names_a_requirement_kills() {
        let all = [
            finding("late", None, Verdict::Fail, Some(9)),
            finding("never", None, Verdict::Fail, None),
            finding("good", None, Verdict::Pass, Some(1)),
            finding("limit", Some("REQ-BOL-012"), Verdict::Fail, Some(7)),
        ];
        let by = |name: &str, names: &[&str], at| {
            let names = names.iter().map(|id| (*id).to_owned()).collect();
            Outcome::Failed(name.to_owned(), names, at)
        };
        let killed = judged(Verdict::Fail, &["REQ-A"], &all, 1);
        assert_eq!(killed, by("limit", &["REQ-BOL-012"], Some(7)));
        let killed = judged(Verdict::Fail, &["REQ-A", "REQ-B"], &all[..2], 0);
        assert_eq!(killed, by("late", &["REQ-A", "REQ-B"], Some(9)));
        let killed = judged(Verdict::Fail, &["REQ-A"], &all[1..2], 0);
        assert_eq!(killed, by("never", &["REQ-A"], None));
    }

    #[test]
    fn without_a_requirement_or_with_a_known_anomaly_only_the_report_changed() {
        let nameless = [finding("late", None, Verdict::Fail, Some(9))];
        assert_eq!(judged(Verdict::Fail, &[], &nameless, 0), Outcome::Changed);
        assert_eq!(
            judged(Verdict::Fail, &["REQ-A"], &nameless, 1),
            Outcome::Changed
        );
        let known = [finding("known", None, Verdict::Fail, Some(9))];
        assert_eq!(
            judged(Verdict::Fail, &["REQ-A"], &known, 0),
            Outcome::Changed
        );
        assert_eq!(judged(Verdict::Pass, &["REQ-A"], &[], 0), Outcome::Changed);
    }

    #[test]
    fn an_error_is_no_kill_whatever_failed() {
        let all = [finding("late", None, Verdict::Fail, Some(9))];
        for verdict in [Verdict::Error, Verdict::Inconclusive] {
            assert_eq!(judged(verdict, &["REQ-A"], &all, 0), Outcome::Undecided);
        }
        assert_eq!(judged(Verdict::NotRun, &["REQ-A"], &[], 0), Outcome::NotRun);
    }

    #[test]
    fn a_bug_that_is_not_come_by_or_leaves_all_reactions_equal_needs_no_run() {
        let mut trial = trial();
        assert!(trial.is_changed_by(1) && !trial.is_changed_by(3));
        trial.differs = Some(BTreeSet::from([2]));
        assert!(!trial.is_changed_by(1) && trial.is_changed_by(2));
        (trial.reached, trial.differs) = (None, None);
        assert!(trial.is_changed_by(3));
    }
}
