//! One scenario on one bench: run, judge, compare, leave files. Nothing is left half-written.

use super::watch::{self, Watched};
use crate::bench::Capability;
use crate::report::{
    Approval, CsvTrace, Record, RunOf, Snapshot, index::Glance, page, part_file, render,
    write_record, write_whole,
};
use crate::run::{Progress, RunFailure, Story};
use crate::scenario::plan::Scenario;
use crate::verdict::{Judgement, Verdict, judge};
use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::NamedTempFile;
use thecal_units::{Millis, SimTime};

const TRACE: &str = "trace.csv";
const REPORT: &str = "report.txt";
const RECORD: &str = "record.json";

/// Which bench the pump runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BenchKind {
    /// The firmware library in this process.
    Native,
    /// The firmware image in QEMU, over its serial port.
    QemuUart {
        /// The image.
        elf: PathBuf,
    },
}

impl BenchKind {
    /// Its name on the command line.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::QemuUart { .. } => "qemu-uart",
        }
    }

    /// What it can do beyond showing pins.
    #[must_use]
    pub const fn capabilities(&self) -> &'static [Capability] {
        match self {
            Self::Native | Self::QemuUart { .. } => &[Capability::Power, Capability::Halt],
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
    /// Simulated time.
    pub simulated: Millis,
    /// Exchanges with the pump.
    pub exchanges: u64,
    /// Wall time.
    pub wall: Duration,
    /// Where the run's files are.
    pub files: Option<PathBuf>,
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
    let begun = Instant::now();
    let folder = options
        .out
        .as_ref()
        .map(|out| out.join(options.bench.name()).join(&scenario.id));
    let mut case = CaseResult::new(scenario, folder.clone());
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
        Err(cause) => {
            case.causes.push(cause);
            case.write_without_story(scenario, options);
        }
        Ok((Err(failure), _)) => {
            case.simulated = failure.at.since_origin();
            case.exchanges = failure.exchanges;
            case.causes.push(failure.to_string());
            case.write_without_story(scenario, options);
        }
        Ok((Ok(story), link)) => {
            let judgement = judge(scenario, &story);
            let run = RunOf {
                bench: options.bench.name(),
                wall_s: case.wall.as_secs_f64(),
                link,
            };
            case.finish(scenario, &story, &judgement, &run, reports, options);
        }
    }
    case
}

/// Takes away what an earlier run left: its pass must not lie beside this run's failure.
fn clear(folder: &Path) -> io::Result<()> {
    for name in [TRACE, REPORT, RECORD, page::FILE] {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

type Told = (Result<Story, RunFailure>, crate::bench::LinkStatistics);

/// Tells the story, with its trace streamed to a file that gets its name when it is whole.
fn tell(
    scenario: &Arc<Scenario>,
    options: &Options,
    folder: Option<&Path>,
    core: Option<usize>,
    progress: &Arc<Progress>,
) -> Result<Told, String> {
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
    } = watch::run(scenario, &options.bench, core, progress, open)?;
    // The trace of a run that broke is dropped, and its file with it.
    if let (Some(trace), Some(folder), Ok(_)) = (trace, folder, &outcome) {
        name_trace(trace, folder).map_err(|error| format!("cannot write the trace: {error}"))?;
    }
    Ok((outcome, link))
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
            simulated: Millis::ZERO,
            exchanges: 0,
            wall: Duration::ZERO,
            files,
        }
    }

    /// Of a case in which the rig panicked.
    pub(super) fn panicked(scenario: &Scenario) -> Self {
        let mut case = Self::new(scenario, None);
        case.causes.push(watch::PANICKED.into());
        case
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
        let body = render(scenario, story, judgement);
        if let Err(cause) = self.settle(scenario, &body, reports, options) {
            self.verdict = Verdict::Error;
            self.causes.push(cause);
        }
        if let Some(folder) = &self.files {
            let record = Record::new(scenario, story, judgement, run);
            let written = write_whole(&folder.join(REPORT), body.as_bytes())
                .and_then(|()| write_record(&folder.join(RECORD), &record))
                .and_then(|()| page::write(folder, run.bench, scenario, story, judgement));
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
        let written =
            page::write_without_story(folder, bench, scenario, self.verdict, ended, &self.causes);
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
        let text = |error: crate::report::SnapshotError| error.to_string();
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
                crate::report::observed(&finding.observed),
                crate::report::observed(&finding.limit),
            )
        })
}
