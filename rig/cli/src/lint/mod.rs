//! `thecal lint --without-faults`: whether the evidence of each story hangs on what happens in it.
//!
//! A story is run again without each of its faults and without each entry of its timeline, one at a
//! time, on bench native. If it passes all the same, what was left out proves nothing; only what merely
//! reads the pump may be left out. And of each claim at least one finding must fail in one of these
//! runs, or in one without the therapy that is programmed at implant.
//!
//! An entry may say `control = "…"`: it is there to show that nothing happens. Lint lists these, and
//! refuses one that is none.

mod finding;
mod judge;
mod part;

use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::lint_args::LintArgs;
use crate::registry::BENCHES;
use finding::LintFinding;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use judge::{Tried, flaws};
use part::{Part, Story};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use thecal_engine::bench::BuiltIn;
use thecal_engine::verdict::{Finding, Observed, Verdict};
use thecal_plan::Scenario;
use thecal_suite::{BenchKind, CaseResult, Event, Options, Selected, run_all};
use thecal_text::files::named;

/// A selected story and its file.
pub(crate) struct Chosen {
    /// The plan.
    pub(crate) scenario: Arc<Scenario>,
    /// The file, as named.
    pub(crate) file: PathBuf,
}

/// What all runs gave.
struct Runs {
    /// The runs of each story, by its index.
    tried: BTreeMap<usize, Vec<Tried>>,
    /// Runs in which the rig failed, and why.
    broken: Vec<String>,
    wall: Duration,
    interrupted: bool,
}

/// Lints the stories.
pub(crate) fn lint(chosen: &[Chosen], args: &LintArgs) -> Result<ExitCode, CommandError> {
    let stories: Vec<Story> = chosen
        .iter()
        .map(|one| Story::new(Arc::clone(&one.scenario)))
        .collect();
    let runs = run(&stories, args)?;
    let mut out = anstream::stdout().lock();
    let mut count = 0;
    for (index, (story, Chosen { file, .. })) in stories.iter().zip(chosen).enumerate() {
        let tried = runs.tried.get(&index).map_or(&[][..], Vec::as_slice);
        let file = file.to_string_lossy();
        let flaws = flaws(story, tried);
        if !flaws.is_empty() {
            let text = std::fs::read_to_string(&*file)?;
            let source = named(&file, &text);
            for flaw in &flaws {
                let finding = LintFinding::new(flaw, story, &text, &source);
                writeln!(out, "{:?}", miette::Report::new(finding))?;
            }
        }
        count += flaws.len();
        for part in &story.parts {
            if let Some(why) = part.control(&story.scenario) {
                let line = part.line(&story.scenario).unwrap_or(1);
                let part = part.called(&story.scenario);
                writeln!(out, "{:>12} {file}:{line}: {part}: {why}", "Control")?;
            }
        }
    }
    for line in &runs.broken {
        writeln!(out, "{:>12} {line}", "ERROR")?;
    }
    summary(&mut out, &stories, &runs, count)?;
    Ok(if stories.is_empty() {
        ExitCode::NothingSelected
    } else if runs.interrupted || !runs.broken.is_empty() {
        ExitCode::Undecided
    } else if count > 0 {
        ExitCode::Failed
    } else {
        ExitCode::Passed
    })
}

fn summary(
    out: &mut impl io::Write,
    stories: &[Story],
    runs: &Runs,
    flaws: usize,
) -> io::Result<()> {
    let all = runs.tried.values().flatten();
    let (said, mute): (Vec<&Tried>, Vec<&Tried>) = all.partition(|run| !run.findings.is_empty());
    let findings = match flaws {
        0 => "nothing found".to_owned(),
        1 => "1 finding".to_owned(),
        many => format!("{many} findings"),
    };
    writeln!(
        out,
        "{:>12} [{:>8.3}s] {} scenarios in {} runs: {findings}",
        "Lint",
        runs.wall.as_secs_f64(),
        stories.len(),
        said.len(),
    )?;
    if !mute.is_empty() {
        let count = mute.len();
        writeln!(
            out,
            "{:>12} {count} more need what bench native does not have",
            "Not run"
        )?;
    }
    Ok(())
}

/// Runs every story without each of its parts, as many at a time as there are processors.
fn run(stories: &[Story], args: &LintArgs) -> Result<Runs, CommandError> {
    let mut jobs = BTreeMap::new();
    let mut selected = Vec::new();
    for (index, story) in stories.iter().enumerate() {
        let parts = story.parts.iter().copied().map(Some);
        for without in [None].into_iter().chain(parts) {
            let mut scenario = match without {
                None => Scenario::clone(&story.scenario),
                Some(part) => part.left_out_of(&story.scenario),
            };
            scenario.id = format!("{} without {}", scenario.id, jobs.len());
            // Not the story of the approved report: nothing is compared with it.
            scenario.source.by_command = true;
            jobs.insert(scenario.id.clone(), (index, without));
            selected.push(Selected {
                scenario: Arc::new(scenario),
                reports: PathBuf::new(),
                overlay: None,
            });
        }
    }
    let bar = bar(selected.len());
    let bench = BenchKind::BuiltIn {
        row: native()?,
        elf: PathBuf::new(),
    };
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = args.jobs.unwrap_or(processors);
    let mut runs = Runs {
        tried: BTreeMap::new(),
        broken: Vec::new(),
        wall: Duration::ZERO,
        interrupted: false,
    };
    let options = Options::new(args.pump.pumps()?);
    let total = run_all(selected, &bench, &options, workers, |event| {
        let Event::Finished(case) = event else { return };
        bar.inc(1);
        if let Some(&(index, without)) = jobs.get(&case.record.scenario.id) {
            let named = |story| in_words(story, without);
            let name = stories.get(index).map_or_else(String::new, named);
            runs.broken.extend(broken(&name, case));
            runs.tried
                .entry(index)
                .or_default()
                .push(tried(without, case));
        }
    })?;
    bar.finish_and_clear();
    for tried in runs.tried.values_mut() {
        tried.sort_by_key(|run| run.without);
    }
    (runs.wall, runs.interrupted) = (total.wall, total.interrupted);
    Ok(runs)
}

/// The bench on which the runs cost least.
fn native() -> io::Result<&'static BuiltIn> {
    let row = BENCHES.0.iter().find(|row| row.in_process);
    row.copied()
        .ok_or_else(|| io::Error::other("no bench runs the pump in this process"))
}

fn tried(without: Option<Part>, case: &CaseResult) -> Tried {
    let mut findings = Vec::new();
    if let Some(run) = &case.record.run {
        let passes = |finding: &Finding| finding.verdict == Verdict::Pass;
        // A rule of every run that had nothing to judge carries nothing.
        let is_idle = |rule: &Finding| rule.observed == Observed::Nothing;
        let of_story = run.expectations.iter().map(|one| (one, passes(one)));
        let rules = run.monitors.iter();
        let rules = rules.map(|one| (one, passes(one) && !is_idle(one)));
        let all = of_story.chain(rules);
        findings.extend(all.map(|(finding, holds)| (finding.name.clone(), holds)));
    }
    Tried {
        without,
        verdict: case.record.verdict,
        findings,
    }
}

/// The story and what was left out of it, for people.
fn in_words(story: &Story, without: Option<Part>) -> String {
    let (id, scenario) = (&story.scenario.id, &story.scenario);
    match without {
        None => id.clone(),
        Some(part) => format!("{id} without {}", part.called(scenario)),
    }
}

/// Why a run says nothing, where the rig is to blame.
fn broken(name: &str, case: &CaseResult) -> Option<String> {
    let record = &case.record;
    let is_broken = record.run.is_none() && record.verdict != Verdict::NotRun;
    is_broken.then(|| format!("{name}: {}", record.reasons.join("; ")))
}

fn bar(runs: usize) -> ProgressBar {
    let target = if std::env::var_os("CI").is_some() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr_with_hz(8)
    };
    let bar = ProgressBar::with_draw_target(Some(runs as u64), target);
    let style = ProgressStyle::with_template("{msg:>12} {bar:24} {pos}/{len}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message("Lint");
    bar
}
