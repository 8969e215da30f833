//! One scenario on one bench: run, judge, compare, write files, each completely or not at all.

use super::bench_kind::BenchKind;
use super::files::{Files, RunFolder};
use super::needs::lacking;
use super::overlay::{Missing, Overlay};
use super::rows::{RowFiles, WholeRows};
use super::watch::{self, Broken, Watched};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use thecal_engine::programmer::ProgrammerError;
use thecal_engine::pumps::Pumps;
use thecal_engine::run::{Progress, RunError, RunFailure, RunHistory};
use thecal_engine::verdict::{Verdict, judge, judge_disturbed};
use thecal_overlay::{Disturbed, compare};
use thecal_plan::{Profile, Scenario};
use thecal_report::{
    Approval, Attempt, Record, Snapshot, SnapshotError, changes_in_words, may_be_approved, render,
    tip_curve,
};
use thecal_spec::Opinion;

/// How cases are run.
#[derive(Clone)]
pub struct Options {
    /// The kinds of pumps that may be under test.
    pub pumps: Pumps,
    /// The files written for a run; `None`: no files.
    pub files: Option<Files>,
    /// Whether an approvable report replaces the approved one.
    pub accept: bool,
    /// Whether a report that differs is written as pending (`.snap.new`) next to the approved one.
    pub pending: bool,
    /// Whether no scenario is run after the first that fails.
    pub stop_at_first_fail: bool,
}

/// Result of a case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The record: verdict, reasons, attempts, findings.
    pub record: Record,
    /// Minimum and maximum concentration at the catheter tip, in equal parts of the run; empty if
    /// it did not reach its end. Unit: ug/mL.
    pub tip: Vec<(f64, f64)>,
    /// The report's body; `None` if the run did not reach its end.
    pub body: Option<String>,
    /// The approved body, if it was compared and differs.
    pub approved: Option<String>,
    /// Changed parameters of the run: one line each.
    pub changes: Vec<String>,
    /// The folder of the run's files; `None` if it leaves none.
    pub folder: Option<PathBuf>,
    /// What the specification says of the run; `None` if it did not reach its end.
    pub opinion: Option<Opinion>,
    /// Whether it was not run, or not to its end, because another scenario failed.
    pub stopped: bool,
}

/// Runs one scenario; `reports` is the folder of approved reports, `core` a processor reserved for
/// the bench.
#[must_use]
pub fn run_case(
    scenario: &Arc<Scenario>,
    reports: &Path,
    bench: &BenchKind,
    options: &Options,
    core: Option<usize>,
    progress: &Arc<Progress>,
) -> CaseResult {
    run_case_again(scenario, reports, bench, options, core, progress, &[])
}

/// Runs one scenario again, after these attempts in which the board failed.
#[must_use]
pub(super) fn run_case_again(
    scenario: &Arc<Scenario>,
    reports: &Path,
    bench: &BenchKind,
    options: &Options,
    core: Option<usize>,
    progress: &Arc<Progress>,
    earlier: &[Attempt],
) -> CaseResult {
    let at = Place {
        bench,
        options,
        core,
        progress,
        earlier,
    };
    at.run(scenario, Judge::Approved(reports))
}

/// Runs one scenario with an overlay, and compares it with its undisturbed run.
#[must_use]
pub(super) fn run_overlaid(
    scenario: &Arc<Scenario>,
    overlay: &Overlay,
    bench: &BenchKind,
    options: &Options,
    core: Option<usize>,
    progress: &Arc<Progress>,
    earlier: &[Attempt],
) -> CaseResult {
    let at = Place {
        bench,
        options,
        core,
        progress,
        earlier,
    };
    let run = || {
        if let Some(why) = lacking(scenario, bench, &options.pumps) {
            return Err(Missing::Unable(why));
        }
        let watched = attempt(scenario, bench, &options.pumps, None, core, progress);
        let watched = watched.map_err(|_| Missing::Broken)?;
        watched.outcome.map_err(|failure| match *failure.error {
            RunError::Programmer(ProgrammerError::Unable(why)) => Missing::Unable(why),
            _ => Missing::Broken,
        })
    };
    let mut case = CaseResult::new(scenario, bench, None, earlier);
    let undisturbed = match overlay.undisturbed(run) {
        Ok(undisturbed) => undisturbed,
        Err(Missing::Unable(why)) => {
            case.unable(why.clone());
            return case;
        }
        Err(Missing::Broken) => {
            let why = "the undisturbed run did not reach its end";
            case.record.fail(why.to_owned());
            return case;
        }
    };
    let Some(disturbed) = overlay.disturb(scenario, undisturbed) else {
        case.record.verdict = Verdict::NotRun;
        let why = "this overlay means nothing to this scenario";
        case.record.reasons.push(why.to_owned());
        return case;
    };
    let story = Arc::new(disturbed.scenario.clone());
    let mut case = at.run(&story, Judge::Compared(undisturbed, &disturbed));
    if case.record.verdict != Verdict::Pass {
        let Disturbed { what, at, amid, .. } = &disturbed;
        let line = format!("{what} at {}, {amid}", at.spelled());
        case.record.reasons.insert(0, line);
    }
    case
}

/// Where and how a scenario is run.
struct Place<'c> {
    bench: &'c BenchKind,
    options: &'c Options,
    core: Option<usize>,
    progress: &'c Arc<Progress>,
    earlier: &'c [Attempt],
}

/// What a run that reached its end is held against, beside its expectations and the monitors.
#[derive(Clone, Copy)]
enum Judge<'c> {
    /// Its approved report, in this folder.
    Approved(&'c Path),
    /// The run without the overlay.
    Compared(&'c RunHistory, &'c Disturbed),
}

impl Place<'_> {
    fn run(&self, scenario: &Arc<Scenario>, judge: Judge<'_>) -> CaseResult {
        let Self {
            bench,
            options,
            core,
            progress,
            earlier,
        } = *self;
        let begun = Instant::now();
        let folder = options.folder_of(scenario, bench);
        let folder = folder.as_ref();
        let mut case = CaseResult::new(scenario, bench, folder, earlier);
        if !case.clear(folder) {
            case.write(scenario, folder, None, None);
            return case;
        }
        if let Some(why) = lacking(scenario, bench, &options.pumps) {
            case.unable(why);
            case.write(scenario, folder, None, None);
            return case;
        }
        let attempted = attempt(scenario, bench, &options.pumps, folder, core, progress);
        let mut attempt = Attempt::new(bench.name(), bench.reached_by());
        attempt.wall_s = begun.elapsed().as_secs_f64();
        let (mut history, mut rows, mut profile) = (None, None, None);
        let mut unable = None;
        match attempted {
            Err(broken) => {
                attempt.bench_broke = broken.of_the_board;
                attempt.error = Some(broken.cause);
            }
            Ok(watched) => {
                rows = watched.trace;
                profile = watched.profile;
                attempt.firmware = watched.firmware;
                attempt.link = watched.link;
                attempt.not_safe = watched.not_safe;
                match watched.outcome {
                    Err(failure) => match failure.error.as_ref() {
                        RunError::Programmer(ProgrammerError::Unable(why)) => {
                            unable = Some(why.clone());
                        }
                        _ => break_off(&mut attempt, &failure),
                    },
                    Ok(ended) => {
                        attempt.reached_ms = ended.simulated.as_millis();
                        attempt.exchanges = ended.exchanges;
                        history = Some(ended);
                    }
                }
            }
        }
        case.record.reasons.extend(attempt.error.clone());
        case.record.reasons.extend(attempt.not_safe_in_words());
        case.record.attempts.push(attempt);
        if let Some(why) = unable {
            case.unable(why);
        }
        match (&mut history, &profile) {
            (Some(history), Some(profile)) => {
                case.finish(scenario, history, (judge, profile), options);
            }
            (Some(_), None) => case.record.fail("the pump is of no known kind".to_owned()),
            (None, _) => {}
        }
        case.write(scenario, folder, history.as_ref(), rows);
        case
    }
}

/// Runs it and streams its rows to files, complete if it reached its end.
fn attempt(
    scenario: &Arc<Scenario>,
    bench: &BenchKind,
    pumps: &Pumps,
    folder: Option<&RunFolder<'_>>,
    core: Option<usize>,
    progress: &Arc<Progress>,
) -> Result<Watched<WholeRows>, Broken> {
    let open = || folder.map_or(Ok(None), RunFolder::open_rows);
    let watched = watch::run(scenario, bench, core, pumps, progress, open)?;
    // The rows of a failed run are dropped, and their files with them.
    let complete = |rows: Option<RowFiles>| rows.map(RowFiles::complete).transpose();
    let trace = match &watched.outcome {
        Ok(_) => complete(watched.trace)
            .map_err(|error| Broken::rig(format!("cannot write the trace: {error}")))?,
        Err(_) => None,
    };
    Ok(Watched {
        outcome: watched.outcome,
        trace,
        link: watched.link,
        firmware: watched.firmware,
        profile: watched.profile,
        not_safe: watched.not_safe,
    })
}

/// Notes that the run failed or was interrupted.
fn break_off(attempt: &mut Attempt, failure: &RunFailure) {
    attempt.reached_ms = failure.at.as_millis();
    attempt.exchanges = failure.exchanges;
    attempt.interrupted = matches!(*failure.error, RunError::Cancelled);
    attempt.error = Some(failure.to_string());
    if let RunError::Bench(error) = failure.error.as_ref() {
        // After a fault that corrupted the core the board is not to blame.
        attempt.bench_broke = error.blames_the_board() && failure.after.is_none();
    }
}

impl Options {
    /// Runs without files and without approval.
    #[must_use]
    pub const fn new(pumps: Pumps) -> Self {
        Self {
            pumps,
            files: None,
            accept: false,
            pending: false,
            stop_at_first_fail: false,
        }
    }

    /// The folder of a case's files.
    pub(super) fn folder_of(
        &self,
        scenario: &Scenario,
        bench: &BenchKind,
    ) -> Option<RunFolder<'_>> {
        let files = self.files.as_ref()?;
        Some(files.of_run(bench, &scenario.id))
    }
}

impl CaseResult {
    /// The result of a case that has not run.
    fn new(
        scenario: &Scenario,
        bench: &BenchKind,
        folder: Option<&RunFolder<'_>>,
        earlier: &[Attempt],
    ) -> Self {
        let mut record = Record::new(scenario, bench.name());
        record.attempts = earlier.to_vec();
        let changes = changes_in_words(scenario).into_iter();
        Self {
            record,
            tip: Vec::new(),
            body: None,
            approved: None,
            changes: changes
                .map(|(name, line)| format!("{name} {line}").trim_start().to_owned())
                .collect(),
            folder: folder.map(|folder| folder.path.clone()),
            opinion: None,
            stopped: false,
        }
    }

    /// The result of a case for which no board is left; writes files that say so.
    pub(super) fn without_board(
        scenario: &Scenario,
        bench: &BenchKind,
        options: &Options,
        earlier: &[Attempt],
        reasons: Vec<String>,
    ) -> Self {
        let folder = options.folder_of(scenario, bench);
        let folder = folder.as_ref();
        let mut case = Self::new(scenario, bench, folder, earlier);
        case.record.reasons = reasons;
        case.clear(folder);
        case.write(scenario, folder, None, None);
        case
    }

    /// The result of a case that was not run, or not to its end, because another scenario failed;
    /// writes files that say so.
    pub(super) fn stopped(scenario: &Scenario, bench: &BenchKind, options: &Options) -> Self {
        let folder = options.folder_of(scenario, bench);
        let folder = folder.as_ref();
        let mut case = Self::new(scenario, bench, folder, &[]);
        case.stopped = true;
        case.record.verdict = Verdict::NotRun;
        case.record.reasons = vec!["another scenario failed before".to_owned()];
        case.clear(folder);
        case.write(scenario, folder, None, None);
        case
    }

    /// Whether a person or another scenario's fail aborted the last attempt.
    #[must_use]
    pub(super) fn is_interrupted(&self) -> bool {
        let last = self.record.attempts.last();
        last.is_some_and(|attempt| attempt.interrupted)
    }

    /// The result of a case in which the rig panicked; writes files that say so.
    pub(super) fn panicked(
        scenario: &Scenario,
        bench: &BenchKind,
        options: &Options,
        earlier: &[Attempt],
    ) -> Self {
        let folder = options.folder_of(scenario, bench);
        let folder = folder.as_ref();
        let mut case = Self::new(scenario, bench, folder, earlier);
        let mut attempt = Attempt::new(bench.name(), bench.reached_by());
        attempt.error = Some(watch::PANICKED.to_owned());
        case.record.attempts.push(attempt);
        case.record.fail(watch::PANICKED.to_owned());
        case.write(scenario, folder, None, None);
        case
    }

    /// Why the bench or the board failed in the last attempt; `None` if it did not.
    #[must_use]
    pub(crate) fn bench_broke(&self) -> Option<&str> {
        let last = self.record.attempts.last();
        last.filter(|attempt| attempt.bench_broke)?.error.as_deref()
    }

    /// Removes the files of an earlier run; false, with a reason, if that fails.
    fn clear(&mut self, folder: Option<&RunFolder<'_>>) -> bool {
        let Some(folder) = folder else { return true };
        let cleared = folder.clear();
        if let Err(error) = &cleared {
            let folder = folder.path.display();
            self.record.fail(format!("cannot clear {folder}: {error}"));
        }
        cleared.is_ok()
    }

    /// The pump cannot do what the scenario needs.
    fn unable(&mut self, why: String) {
        self.record.verdict = Verdict::NotRun;
        self.record.reasons.push(why);
    }

    /// The run reached its end: judges it, renders it, compares it.
    fn finish(
        &mut self,
        scenario: &Scenario,
        history: &mut RunHistory,
        (against, profile): (Judge<'_>, &Arc<Profile>),
        options: &Options,
    ) {
        let mut judgement = match against {
            Judge::Approved(_) => judge(scenario, history, profile),
            Judge::Compared(undisturbed, by) => {
                let compared = compare(undisturbed, history, by);
                judge_disturbed(scenario, history, profile, compared)
            }
        };
        self.opinion = Some(std::mem::take(&mut judgement.opinion));
        self.record.finish(scenario, history, judgement);
        self.tip = tip_curve(history);
        self.body = render(scenario, &self.record);
        if let Judge::Compared(_, by) = against
            && self.record.verdict == Verdict::Pass
            && !by.has_acted(history)
        {
            self.unable("the disturbance changed nothing: it never fired".to_owned());
        }
        if let Judge::Approved(reports) = against
            && let Err(error) = self.settle(scenario, reports, options)
        {
            self.record.fail(error.to_string());
        }
    }

    /// Compares with the approved report, or approves.
    fn settle(
        &mut self,
        scenario: &Scenario,
        reports: &Path,
        options: &Options,
    ) -> Result<(), SnapshotError> {
        let Some(body) = self.body.as_deref() else {
            return Ok(());
        };
        if scenario.source.by_command {
            // A different scenario than the approved one: neither compared nor approved.
            return Ok(());
        }
        let snapshot = Snapshot::new(reports, &scenario.id);
        let approved = snapshot.approved()?;
        let mut approval = Approval::of(body, approved.as_deref());
        if options.accept && approval != Approval::Approved {
            match may_be_approved(&self.record) {
                Ok(()) => {
                    snapshot.accept(body)?;
                    approval = Approval::Approved;
                }
                Err(why) => self.record.reasons.push(format!("not accepted: {why}")),
            }
        }
        self.record.approval = Some(approval);
        if approval == Approval::Differs {
            self.approved = approved;
        }
        if options.pending && approval != Approval::Approved {
            snapshot.set_pending(body, &self.record)
        } else {
            snapshot.clear_pending()
        }
    }

    fn write(
        &mut self,
        scenario: &Scenario,
        folder: Option<&RunFolder<'_>>,
        history: Option<&RunHistory>,
        rows: Option<WholeRows>,
    ) {
        let Some(folder) = folder else { return };
        if folder.keeps(self.record.verdict) {
            let body = self.body.as_deref();
            folder.write(scenario, &mut self.record, body, history, rows);
        } else {
            folder.drop_all(rows);
            self.folder = None;
        }
    }
}
