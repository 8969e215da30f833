//! Trials: what a broken pump is put through, each in a process of its own: one scenario, as it is or
//! with every overlay.
//!
//! A trial that a sound pump does not pass can blame no broken one. So all are run without any bug
//! first; that also tells which bugs each comes by, and how long it takes. Then once more, with a
//! broken pump for each of these bugs beside the sound one, which sees and hears the same: a run is a
//! function of the pump's reactions, so a bug with which all are equal need not be run by itself.

use crate::ExamError;
use crate::broken::{BESIDE, DIFFERS, REACHED, SWITCH};
use crate::child;
use crate::outcome::{Outcome, Sound};
use crate::switch::Number;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use thecal_engine::verdict::Verdict;
use thecal_report::{ClaimFacts, Record};
use thecal_scenario::discover;

/// How many times as long as without a bug a trial may take, at first and at last.
const SLOWER: (u32, u32) = (5, 20);

/// The seed of the overlays.
const OVERLAY_SEED: &str = "1";

/// How long a trial may take. A broken pump that wants to be woken every millisecond takes long, and
/// is asked again only if no other trial notices it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    Short,
    Long,
}

/// The number of no bug: the sound pump beside itself, which must be its equal.
const NO_BUG: Number = 0;

/// Bound on a trial without a bug.
const SOUND_BOUND: Duration = Duration::from_secs(1200);

/// The same with broken pumps beside.
const BESIDE_BOUND: Duration = Duration::from_secs(600);

/// How a scenario is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As it is, compared with its approved report.
    Alone,
    /// Once for each overlay.
    Overlaid,
    /// As it is; nobody has approved a report of it.
    Drawn,
}

/// A scenario that is run.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    /// The scenario's file, as the command line names it.
    path: PathBuf,
    kind: Kind,
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
    /// What it gives without any bug.
    sound: Sound,
    /// What its scenario claims to verify.
    pub(crate) claims: Vec<ClaimFacts>,
    /// Whether the bench without a bug has what it needs: else nothing else here is known.
    pub(crate) is_known: bool,
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

/// One run of a trial.
struct Call<'c> {
    path: &'c Path,
    kind: Kind,
    bug: Number,
    /// Emptied before.
    out: &'c Path,
    bound: Duration,
    variables: &'c [(&'c str, &'c OsStr)],
}

impl Runner {
    fn run(&self, call: &Call<'_>) -> Result<Ended, ExamError> {
        match fs::remove_dir_all(call.out) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(ExamError::file(call.out, &error));
            }
            _ => {}
        }
        let kind: &[&str] = match call.kind {
            Kind::Alone => &["--check"],
            Kind::Overlaid => &["--overlay", "all", "--overlay-seeds", OVERLAY_SEED],
            Kind::Drawn => &["--check"],
        };
        let mut command = Command::new(&self.program);
        command
            .current_dir(&self.folder)
            .env(SWITCH, call.bug.to_string())
            .envs(call.variables.iter().copied())
            .args(["run", "--jobs", "1", "--files", "record"])
            .args(kind)
            .arg("--out")
            .arg(call.out)
            .args(&self.arguments)
            .arg(call.path);
        let ended = child::run(&mut command, call.bound)
            .map_err(|error| ExamError::file(&self.program, &error))?;
        if ended.status.is_none() {
            return Ok(Ended::OutOfTime);
        }
        let mut records = Vec::new();
        records_below(call.out, &mut records);
        Ok(if records.is_empty() {
            Ended::WithoutRecord
        } else {
            Ended::Recorded(records, ended.used)
        })
    }

    /// The trial of a scenario, as it is without any bug, and which of some bugs change it. Only the
    /// copy's program knows the bugs. `None`: no overlay means anything to it, or it is a drawn story
    /// that the sound pump does not pass.
    pub(crate) fn sound(
        &self,
        path: PathBuf,
        kind: Kind,
        out: &Path,
        beside: Option<&BTreeSet<Number>>,
    ) -> Result<Option<Trial>, ExamError> {
        let list = out.with_extension("bugs");
        let call = Call {
            path: &path,
            kind,
            bug: 0,
            out,
            bound: SOUND_BOUND,
            variables: &[(REACHED, list.as_os_str())],
        };
        let (records, time) = match self.run(&call)? {
            Ended::Recorded(records, used) => (records, used),
            Ended::OutOfTime => return Err(unsound(&path, "not over in time")),
            Ended::WithoutRecord if kind == Kind::Overlaid => return Ok(None),
            Ended::WithoutRecord => return Err(unsound(&path, "without a record")),
        };
        if !is_of_use(&records, kind)? {
            return Ok(None);
        }
        let is_known = records.iter().any(|it| it.verdict != Verdict::NotRun);
        let (mut reached, mut differs) = (None, None);
        if let Some(beside) = beside.filter(|_| is_known) {
            let bugs = numbers(&list)?;
            let each = bugs.intersection(beside);
            let each: Vec<String> = [&NO_BUG]
                .into_iter()
                .chain(each)
                .map(ToString::to_string)
                .collect();
            let is_any = each.len() > 1;
            let each = OsString::from(each.join(","));
            let again = Call {
                bound: BESIDE_BOUND,
                variables: &[(BESIDE, each.as_os_str()), (DIFFERS, list.as_os_str())],
                ..call
            };
            // If one of them hangs, each is run by itself.
            if is_any
                && let Ended::Recorded(again, _) = self.run(&again)?
                && again
                    .iter()
                    .map(|it| &it.run)
                    .eq(records.iter().map(|it| &it.run))
            {
                let unlike = numbers(&list)?;
                if unlike.contains(&NO_BUG) {
                    return Err(unsound(&path, "not the same beside itself"));
                }
                // The others are killed elsewhere, or run by themselves.
                let equal: BTreeSet<Number> = &(&bugs & beside) - &unlike;
                differs = Some(&bugs - &equal);
            }
            reached = Some(bugs);
        }
        let scenario = &records[0].scenario;
        let (id, length_ms) = (story(&scenario.id).to_owned(), scenario.duration_ms);
        Ok(Some(Trial {
            sound: Sound::of(&records),
            claims: scenario.verifies.clone(),
            path,
            kind,
            id,
            time,
            length_ms,
            reached,
            differs,
            is_known,
        }))
    }

    /// Puts a broken pump through a trial.
    pub(crate) fn trial(
        &self,
        trial: &Trial,
        bug: Number,
        out: &Path,
        patience: Patience,
    ) -> Result<Outcome, ExamError> {
        Ok(match self.broken(trial, bug, out, patience)? {
            Ended::Recorded(records, _) => trial.sound.outcome(&records),
            Ended::OutOfTime => Outcome::NoAnswer,
            Ended::WithoutRecord => Outcome::Undecided,
        })
    }

    /// The findings of a trial that fail with a bug and not without, none where the run is an error;
    /// `None`: it did not end in time.
    pub(crate) fn failing(
        &self,
        trial: &Trial,
        bug: Number,
        out: &Path,
        patience: Patience,
    ) -> Result<Option<Vec<String>>, ExamError> {
        Ok(match self.broken(trial, bug, out, patience)? {
            Ended::Recorded(records, _) => Some(trial.sound.failing(&records)),
            Ended::WithoutRecord => Some(Vec::new()),
            Ended::OutOfTime => None,
        })
    }

    fn broken(
        &self,
        trial: &Trial,
        bug: Number,
        out: &Path,
        patience: Patience,
    ) -> Result<Ended, ExamError> {
        let (least, slower) = match patience {
            Patience::Short => (self.bounds.0, SLOWER.0),
            Patience::Long => (self.bounds.1, SLOWER.1),
        };
        self.run(&Call {
            path: &trial.path,
            kind: trial.kind,
            bug,
            out,
            bound: least.max(trial.time * slower),
            variables: &[],
        })
    }
}

/// Whether runs without a bug can tell what a bug does. A scenario has to pass; a drawn story that does not can
/// blame no pump; and what fails under an overlay is known, and kills none.
fn is_of_use(records: &[Record], kind: Kind) -> Result<bool, ExamError> {
    let known = |record: &&Record| match record.verdict {
        Verdict::Pass | Verdict::NotRun => true,
        Verdict::Fail => record.scenario.known_anomaly.is_some(),
        Verdict::Error | Verdict::Inconclusive => false,
    };
    match (records.iter().find(|record| !known(record)), kind) {
        (None, _) | (Some(_), Kind::Overlaid) => Ok(true),
        (Some(_), Kind::Drawn) => Ok(false),
        (Some(record), Kind::Alone) => {
            let verdict = record.verdict.name();
            Err(unsound(Path::new(&record.scenario.id), verdict))
        }
    }
}

/// The scenario of a run's id, which may name an overlay too.
pub(crate) fn story(run: &str) -> &str {
    run.split_once('+').map_or(run, |(story, _)| story)
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
    /// With at least one record.
    Recorded(Vec<Record>, Duration),
    WithoutRecord,
    OutOfTime,
}

impl Trial {
    /// Whether a bug can change it.
    pub(crate) fn is_changed_by(&self, bug: Number) -> bool {
        let bugs = self.differs.as_ref().or(self.reached.as_ref());
        bugs.is_none_or(|bugs| bugs.contains(&bug))
    }
}

/// All records below a folder, in the order of their paths.
fn records_below(folder: &Path, records: &mut Vec<Record>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            records_below(&path, records);
        } else if path.file_name().is_some_and(|name| name == "record.json") {
            let record = fs::read(&path).ok();
            records.extend(record.and_then(|text| Record::from_json(&text).ok()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_that_is_not_come_by_or_leaves_all_reactions_equal_needs_no_run() {
        let mut trial = Trial {
            path: PathBuf::new(),
            kind: Kind::Alone,
            id: "a/b".to_owned(),
            time: Duration::ZERO,
            length_ms: 0,
            reached: Some(BTreeSet::from([1, 2])),
            differs: None,
            sound: Sound::default(),
            claims: Vec::new(),
            is_known: true,
        };
        assert!(trial.is_changed_by(1) && !trial.is_changed_by(3));
        trial.differs = Some(BTreeSet::from([2]));
        assert!(!trial.is_changed_by(1) && trial.is_changed_by(2));
        (trial.reached, trial.differs) = (None, None);
        assert!(trial.is_changed_by(3));
    }

    #[test]
    fn a_run_with_an_overlay_belongs_to_its_scenario() {
        assert_eq!(story("bolus/presses+power-cut.1"), "bolus/presses");
        assert_eq!(story("bolus/presses"), "bolus/presses");
    }
}
