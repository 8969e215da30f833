//! One scenario on one bench: run, judge, compare, leave files. Nothing is left half-written.

use super::pool::BoardBench;
use super::watch::{self, Broken, Watched};
use crate::index::Glance;
use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::NamedTempFile;
use thecal_engine::bench::LinkStatistics;
use thecal_engine::run::{Progress, RunError, RunFailure, Story};
use thecal_engine::verdict::{Judgement, Verdict, judge};
use thecal_plan::{Capability, Scenario};
use thecal_reference::field_log;
use thecal_reference::field_log::Entry;
use thecal_report::{
    Approval, CsvTrace, Record, Retry, RunOf, Snapshot, changes_in_words, page, part_file, render,
    write_record, write_whole,
};
use thecal_units::{Millis, SimTime};

const TRACE: &str = "trace.csv";
const REPORT: &str = "report.txt";
const RECORD: &str = "record.json";
const EVENT_LOG: &str = "event-log.csv";

/// The cause of a run that asked the pump nothing.
const NO_EXCHANGE: &str = "not one exchange with the pump was made, so nothing was tested";

/// Which bench the pump runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BenchKind {
    /// The firmware library in this process.
    Native,
    /// The firmware image in QEMU, over a virtual debug probe.
    Qemu {
        /// The image.
        elf: PathBuf,
    },
    /// The firmware image in QEMU, over its serial port.
    QemuUart {
        /// The image.
        elf: PathBuf,
    },
    /// A board of the inventory.
    Board(BoardBench),
}

impl BenchKind {
    /// Its name on the command line.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Native => "native",
            Self::Qemu { .. } => "qemu",
            Self::QemuUart { .. } => "qemu-uart",
            Self::Board(board) => &board.spec.name,
        }
    }

    /// Folder for what its runs leave: one for all boards of a call.
    #[must_use]
    pub fn folder(&self) -> &str {
        match self {
            Self::Native | Self::Qemu { .. } | Self::QemuUart { .. } => self.name(),
            Self::Board(board) => &board.folder,
        }
    }

    /// What it can do beyond showing pins.
    #[must_use]
    pub fn capabilities(&self) -> &'static [Capability] {
        match self {
            Self::Native | Self::QemuUart { .. } => &[Capability::Power, Capability::Halt],
            Self::Qemu { .. } => Capability::ALL,
            Self::Board(board) => board.capabilities(),
        }
    }
}

/// How cases are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bench.
    pub bench: BenchKind,
    /// Folder for the files that a run leaves; `None`: it leaves none.
    pub out: Option<PathBuf>,
    /// Whether a pass replaces the approved report.
    pub accept: bool,
    /// Whether a report that differs leaves a pending one (`.snap.new`) beside the approved one.
    pub pending: bool,
}

/// What became of a case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The scenario's id.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// What the index says of it; `None` where there was no story.
    pub glance: Option<Glance>,
    /// The report's body; `None` where there was no story.
    pub body: Option<String>,
    /// How it compares with the approved one; `None` where there was no story.
    pub approval: Option<Approval>,
    /// The cause of anything but a pass, for people: one line each.
    pub causes: Vec<String>,
    /// What is changed in the numbers that the story leans on: one line each.
    pub changes: Vec<String>,
    /// Simulated time.
    pub simulated: Millis,
    /// Exchanges with the pump.
    pub exchanges: u64,
    /// Wall time.
    pub wall: Duration,
    /// Where the run's files are.
    pub files: Option<PathBuf>,
    /// The board it was told on; `None` where it was none of the inventory.
    pub board: Option<String>,
    /// Boards that broke under it before.
    pub retried: Vec<Retry>,
    /// Why the bench or the board broke under it, where that is to blame for the error.
    pub broke: Option<String>,
    /// Whether somebody interrupted it.
    pub interrupted: bool,
}

/// Runs one scenario; `reports` is the folder of approved reports, `core` the processor that the
/// bench may have for itself.
#[must_use]
pub fn run_case(
    scenario: &Arc<Scenario>,
    reports: &Path,
    options: &Options,
    core: Option<usize>,
    progress: &Arc<Progress>,
) -> CaseResult {
    run_case_again(scenario, reports, options, core, progress, &[])
}

/// Runs one scenario after the boards in `retried` broke under it.
#[must_use]
pub(super) fn run_case_again(
    scenario: &Arc<Scenario>,
    reports: &Path,
    options: &Options,
    core: Option<usize>,
    progress: &Arc<Progress>,
    retried: &[Retry],
) -> CaseResult {
    let begun = Instant::now();
    let folder = folder_of(scenario, options);
    let mut case = CaseResult::new(scenario, folder.clone());
    case.retried = retried.to_vec();
    if let BenchKind::Board(board) = &options.bench {
        case.board = Some(board.spec.name.clone());
    }
    if let Some(folder) = &folder
        && let Err(error) = clear(folder)
    {
        case.causes
            .push(format!("cannot clear {}: {error}", folder.display()));
        return case;
    }
    let able = options.bench.capabilities();
    let lacking = |capability: &&Capability| !able.contains(capability);
    if let Some(capability) = scenario.needs.iter().find(lacking) {
        case.verdict = Verdict::NotRun;
        let bench = options.bench.name();
        case.causes.push(format!(
            "needs {:?}, which bench {bench} does not have",
            capability.name()
        ));
        case.write_without_story(scenario, options);
        return case;
    }
    let outcome = tell(scenario, options, folder.as_deref(), core, progress);
    case.wall = begun.elapsed();
    match outcome {
        Err(broken) => {
            case.broke = broken.of_the_board.then(|| broken.cause.clone());
            case.causes.push(broken.cause);
            case.write_without_story(scenario, options);
        }
        Ok(Told {
            outcome: Err(failure),
            not_safe,
            ..
        }) => {
            case.break_off(&failure);
            case.causes.extend(not_safe);
            case.write_without_story(scenario, options);
        }
        Ok(Told {
            outcome: Ok(story),
            link,
            not_safe,
        }) => {
            let judgement = judge(scenario, &story);
            let run = RunOf {
                bench: options.bench.name(),
                wall_s: case.wall.as_secs_f64(),
                link,
                retried,
            };
            case.causes.extend(not_safe);
            case.finish(scenario, &story, &judgement, &run, reports, options);
        }
    }
    case
}

/// Where the files of a case are.
fn folder_of(scenario: &Scenario, options: &Options) -> Option<PathBuf> {
    let out = options.out.as_ref()?;
    Some(out.join(options.bench.folder()).join(&scenario.id))
}

/// Takes away what an earlier run left: its pass must not lie beside this run's failure.
fn clear(folder: &Path) -> io::Result<()> {
    for name in [TRACE, REPORT, RECORD, EVENT_LOG, page::FILE] {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// A story that was told, or broke off.
struct Told {
    outcome: Result<Story, RunFailure>,
    link: LinkStatistics,
    not_safe: Option<String>,
}

/// Tells the story, with its trace streamed to a file that gets its name when it is whole.
fn tell(
    scenario: &Arc<Scenario>,
    options: &Options,
    folder: Option<&Path>,
    core: Option<usize>,
    progress: &Arc<Progress>,
) -> Result<Told, Broken> {
    let open = || -> io::Result<Option<CsvTrace<BufWriter<NamedTempFile>>>> {
        let Some(folder) = folder else {
            return Ok(None);
        };
        let file = BufWriter::with_capacity(1 << 16, part_file(folder)?);
        Ok(Some(CsvTrace::new(file)))
    };
    let Watched {
        outcome,
        trace,
        link,
        not_safe,
    } = watch::run(scenario, &options.bench, core, progress, open)?;
    // The trace of a run that broke is dropped, and its file with it.
    if let (Some(trace), Some(folder), Ok(_)) = (trace, folder, &outcome) {
        name_trace(trace, folder)
            .map_err(|error| Broken::rig(format!("cannot write the trace: {error}")))?;
    }
    Ok(Told {
        outcome,
        link,
        not_safe,
    })
}

fn name_trace(trace: CsvTrace<BufWriter<NamedTempFile>>, folder: &Path) -> io::Result<()> {
    let file = trace.finish()?.into_inner()?;
    file.persist(folder.join(TRACE))?;
    Ok(())
}

impl CaseResult {
    /// Of a case that has no story yet.
    fn new(scenario: &Scenario, files: Option<PathBuf>) -> Self {
        Self {
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            verdict: Verdict::Error,
            glance: None,
            body: None,
            approval: None,
            causes: Vec::new(),
            changes: changes_in_words(scenario)
                .into_iter()
                .map(|(name, line)| format!("{name} {line}").trim_start().to_owned())
                .collect(),
            simulated: Millis::ZERO,
            exchanges: 0,
            wall: Duration::ZERO,
            files,
            board: None,
            retried: Vec::new(),
            broke: None,
            interrupted: false,
        }
    }

    /// Of a case that no board is left for; leaves a page that says so.
    pub(super) fn untold(
        scenario: &Scenario,
        options: &Options,
        retried: &[Retry],
        causes: Vec<String>,
    ) -> Self {
        let mut case = Self::new(scenario, folder_of(scenario, options));
        case.retried = retried.to_vec();
        case.causes = causes;
        if let Some(folder) = &case.files
            && let Err(error) = clear(folder)
        {
            let cause = format!("cannot clear {}: {error}", folder.display());
            case.causes.push(cause);
            return case;
        }
        case.write_without_story(scenario, options);
        case
    }

    /// Of a case in which the rig panicked.
    pub(super) fn panicked(scenario: &Scenario) -> Self {
        let mut case = Self::new(scenario, None);
        case.causes.push(watch::PANICKED.into());
        case
    }

    /// The story broke off: the rig, the bench, or somebody who interrupted it.
    fn break_off(&mut self, failure: &RunFailure) {
        self.simulated = failure.at.since_origin();
        self.exchanges = failure.exchanges;
        self.interrupted = matches!(*failure.error, RunError::Cancelled);
        if let RunError::Bench(error) = failure.error.as_ref()
            && error.blames_the_board()
            && failure.after.is_none()
        {
            self.broke = Some(error.to_string());
        }
        self.causes.push(failure.to_string());
    }

    fn finish(
        &mut self,
        scenario: &Scenario,
        story: &Story,
        judgement: &Judgement,
        run: &RunOf<'_>,
        reports: &Path,
        options: &Options,
    ) {
        self.verdict = judgement.verdict;
        self.simulated = story.simulated;
        self.exchanges = story.exchanges;
        self.causes.extend(judgement.doubts.iter().cloned());
        self.causes.extend(causes(judgement));
        self.glance = Some(Glance::new(story, judgement));
        if story.exchanges == 0 {
            // A board that was never asked has not passed anything.
            self.verdict = Verdict::Error;
            self.causes.push(NO_EXCHANGE.into());
        }
        let body = render(scenario, story, judgement);
        if let Err(cause) = self.settle(scenario, &body, reports, options) {
            self.verdict = Verdict::Error;
            self.causes.push(cause);
        }
        if let Some(folder) = &self.files {
            let record = Record::new(scenario, story, judgement, run);
            let written = write_whole(&folder.join(REPORT), body.as_bytes())
                .and_then(|()| write_record(&folder.join(RECORD), &record))
                .and_then(|()| write_event_log(&folder.join(EVENT_LOG), story))
                .and_then(|()| {
                    page::write(folder, run.bench, run.retried, scenario, story, judgement)
                });
            if let Err(error) = written {
                self.verdict = Verdict::Error;
                self.causes
                    .push(format!("cannot write to {}: {error}", folder.display()));
            }
        }
        self.body = Some(body);
    }

    /// Leaves a page that says why there is no story.
    fn write_without_story(&mut self, scenario: &Scenario, options: &Options) {
        let Some(folder) = &self.files else { return };
        let ended = SimTime::ZERO + self.simulated;
        let bench = options.bench.name();
        let why = page::Untold {
            verdict: self.verdict,
            ended,
            causes: &self.causes,
            retried: &self.retried,
        };
        let written = page::write_without_story(folder, bench, scenario, &why);
        if let Err(error) = written {
            let cause = format!("cannot write to {}: {error}", folder.display());
            self.causes.push(cause);
        }
    }

    /// Compares with the approved report, or approves.
    fn settle(
        &mut self,
        scenario: &Scenario,
        body: &str,
        reports: &Path,
        options: &Options,
    ) -> Result<(), String> {
        if scenario.source.by_command {
            // Another story than the approved one: neither compared nor approved.
            return Ok(());
        }
        let text = |error: thecal_report::SnapshotError| error.to_string();
        let snapshot = Snapshot::new(reports, &scenario.id);
        let mut approval = snapshot.compare(body).map_err(text)?;
        if options.accept && approval != Approval::Approved {
            let anomaly = scenario.known_anomaly.is_some() && self.verdict == Verdict::Fail;
            if self.verdict == Verdict::Pass || anomaly {
                snapshot.accept(body).map_err(text)?;
                approval = Approval::Approved;
            } else {
                self.causes.push(format!(
                    "not accepted: the verdict is {}{}",
                    self.verdict.name(),
                    if self.verdict == Verdict::Fail {
                        "; a known failure needs `known-anomaly = \"…\"` in the scenario"
                    } else {
                        ""
                    }
                ));
            }
        }
        snapshot
            .set_pending(body, options.pending && approval != Approval::Approved)
            .map_err(text)?;
        self.approval = Some(approval);
        Ok(())
    }
}

/// The event log as the programmer read it out; a pump that did not answer has none.
fn write_event_log(path: &Path, story: &Story) -> io::Result<()> {
    if story.status.is_none() {
        return Ok(());
    }
    let lines = story.log.lines.iter();
    let entries: Vec<Entry> = lines.filter_map(|(_, line)| Entry::of(line)).collect();
    write_whole(path, &field_log::write(&entries)?)
}

/// One line for each finding that did not pass.
fn causes(judgement: &Judgement) -> impl Iterator<Item = String> {
    judgement
        .findings
        .iter()
        .filter(|finding| finding.verdict != Verdict::Pass)
        .map(|finding| {
            let at = finding.at.map_or(String::new(), |at| format!(" at {at}"));
            let note = finding
                .note
                .as_ref()
                .map_or(String::new(), |note| format!(" ({note})"));
            format!(
                "{}: {}; observed {}{at}, limit {}{note}",
                finding.name,
                finding.rule,
                thecal_report::observed(&finding.observed),
                thecal_report::observed(&finding.limit),
            )
        })
}
