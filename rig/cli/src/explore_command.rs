//! `thecal explore`: runs stories that nobody wrote, and prints each difference in a line.

use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::explore_args::ExploreArgs;
use crate::registry::{BENCHES, pumps};
use crate::sharpness::Sharpness;
use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use thecal_engine::bench::BuiltIn;
use thecal_engine::verdict::{Finding, SPECIFICATION, Verdict};
use thecal_explore::story;
use thecal_plan::OF_SPECIFICATION;
use thecal_report::write_named;
use thecal_scenario::parse;
use thecal_spec::Opinion;
use thecal_suite::{BenchKind, CaseResult, Event, Options, Selected, run_all};

/// Stories that are planned at a time: plans of thousands would fill the memory.
const BATCH: u64 = 500;

/// Runs the stories, or prints them.
pub(crate) fn explore(args: &ExploreArgs) -> Result<ExitCode, CommandError> {
    let last = args.first.saturating_add(args.stories);
    if args.print {
        let mut out = anstream::stdout().lock();
        for index in args.first..last {
            writeln!(out, "{}", story(args.seed, index))?;
        }
        return Ok(ExitCode::Passed);
    }
    let mut seen = Seen::default();
    let mut first = args.first;
    while first < last && !seen.interrupted {
        let behind = first.saturating_add(BATCH).min(last);
        seen.run(args, first..behind)?;
        first = behind;
    }
    seen.summary(args)?;
    Ok(if seen.interrupted || seen.broken > 0 {
        ExitCode::Undecided
    } else if seen.differing > 0 {
        ExitCode::Failed
    } else {
        ExitCode::Passed
    })
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    sharpness: Sharpness,
    run: u64,
    differing: u64,
    broken: u64,
    interrupted: bool,
    seconds: f64,
}

impl Seen {
    fn run(
        &mut self,
        args: &ExploreArgs,
        stories: std::ops::Range<u64>,
    ) -> Result<(), CommandError> {
        let planned = stories.map(|index| planned(args.seed, index));
        let selected = planned.collect::<Result<Vec<_>, _>>()?;
        let bench = BenchKind::BuiltIn {
            row: native()?,
            elf: PathBuf::new(),
        };
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let jobs = args.jobs.unwrap_or(processors);
        let mut shown = Ok(());
        let total = run_all(selected, &bench, &Options::new(pumps()), jobs, |event| {
            if let Event::Finished(case) = event
                && shown.is_ok()
            {
                shown = self.sees(args, case);
            }
        })?;
        self.interrupted |= total.interrupted;
        self.seconds += total.wall.as_secs_f64();
        Ok(shown?)
    }

    /// A story has ended: prints a line for each rule that it differs by.
    fn sees(&mut self, args: &ExploreArgs, case: &CaseResult) -> io::Result<()> {
        let id = &case.record.scenario.id;
        let mut out = anstream::stdout().lock();
        let Some(opinion) = &case.opinion else {
            self.broken += 1;
            let reasons = case.record.reasons.join("; ");
            return writeln!(out, "{:>12} {id}: {reasons}", "ERROR");
        };
        self.run += 1;
        self.sharpness.add(id, opinion);
        let lines = differences(case, opinion);
        if lines.is_empty() {
            return Ok(());
        }
        self.differing += 1;
        for line in lines {
            writeln!(out, "{:>12} {id}: {line}", "DIFFERS")?;
        }
        let file = args.out.join(format!("{id}.toml"));
        let text = story(args.seed, case.record.scenario.seed);
        write_named(&file, text.as_bytes())
    }

    fn summary(&self, args: &ExploreArgs) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        writeln!(
            out,
            "{:>12} [{:>8.3}s] {} stories of seed {}: {} differ",
            "Explored", self.seconds, self.run, args.seed, self.differing
        )?;
        if self.differing > 0 {
            writeln!(out, "{:>12} stories in {}", "Files", args.out.display())?;
        }
        self.sharpness.show(&mut out, args.sharpness)
    }
}

/// A story as it is run: compared with no approved report.
fn planned(seed: u64, index: u64) -> Result<Selected, CommandError> {
    let id = format!("seed-{seed}/{index}");
    let file = format!("{id}.toml");
    let mut scenario = parse(&id, &file, &story(seed, index)).map_err(CommandError::Scenario)?;
    scenario.source.by_command = true;
    Ok(Selected {
        scenario: Arc::new(scenario),
        reports: PathBuf::new(),
        overlay: None,
    })
}

/// The bench on which the stories cost least.
fn native() -> io::Result<&'static BuiltIn> {
    let row = BENCHES.0.iter().find(|row| row.in_process);
    row.copied()
        .ok_or_else(|| io::Error::other("no bench runs the pump in this process"))
}

/// The first difference by each rule of the specification, and the monitors that fail, a line each.
fn differences(case: &CaseResult, opinion: &Opinion) -> Vec<String> {
    let mut told = BTreeSet::new();
    let mut lines = Vec::new();
    for difference in &opinion.differences {
        if told.insert(difference.rule.name) {
            lines.push(format!(
                "{} ({}) at {}: {}, allowed: {}",
                difference.rule.name,
                difference.rule.requirement,
                difference.at.spelled(),
                difference.observed,
                difference.allowed
            ));
        }
    }
    let monitors = case.record.run.iter().flat_map(|run| &run.monitors);
    let failed = |finding: &&Finding| finding.verdict == Verdict::Fail;
    let failed = monitors.filter(failed);
    let others = failed.filter(|finding| {
        finding.name != SPECIFICATION && !finding.name.starts_with(OF_SPECIFICATION)
    });
    lines.extend(others.map(|finding| {
        let at = finding
            .at
            .map_or_else(String::new, |at| format!(" at {}", at.spelled()));
        let note = finding.note.as_deref().unwrap_or_default();
        format!("monitor {}{at}: {note}", finding.name)
    }));
    lines
}
