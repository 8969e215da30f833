//! Terminal output: one line per scenario, causes below it, a summary at the end.
//!
//! It looks like nextest, which our users know. Progress is on the last line of a terminal and
//! omitted without one.

use crate::exit::ExitCode;
use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thecal_engine::run::Progress;
use thecal_engine::verdict::Verdict;
use thecal_report::{Approval, Record};
use thecal_suite::{CaseResult, Event, Total};
use thecal_units::Millis;

const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();
const RULE: &str = "────────────";

/// Shows a run in progress.
pub(crate) struct Display {
    bars: MultiProgress,
    /// Required to draw or print: a bar that moves meanwhile would tear a line.
    screen: Arc<Mutex<()>>,
    running: BTreeMap<String, (ProgressBar, Arc<Progress>)>,
    count: usize,
    done: usize,
    diff: bool,
}

impl Display {
    /// For `count` scenarios; progress is shown on a terminal only.
    pub(crate) fn new(count: usize, diff: bool) -> Self {
        let target = if std::env::var_os("CI").is_some() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(8)
        };
        Self {
            bars: MultiProgress::with_draw_target(target),
            screen: Arc::default(),
            running: BTreeMap::new(),
            count,
            done: 0,
            diff,
        }
    }

    /// Shows one event.
    ///
    /// # Errors
    ///
    /// Terminal errors.
    pub(crate) fn show(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Started {
                id,
                length,
                progress,
            } => {
                let bar = self.bars.add(ProgressBar::new(length.as_millis()));
                bar.set_style(bar_style());
                bar.set_message(id.clone());
                follow(&bar, progress, &self.screen);
                self.running.insert(id.clone(), (bar, Arc::clone(progress)));
            }
            Event::Returned { id, attempt } => {
                self.clear_bar(id);
                let board = &attempt.bench;
                let cause = attempt.error.as_deref().unwrap_or_default();
                let mut text = format!(
                    "{YELLOW}{:>12}{YELLOW:#} {id}: board {board} failed ({cause}); rerun on another\n",
                    "RERUN"
                );
                if let Some(line) = attempt.not_safe_in_words() {
                    text.push_str(&format!("{:>12} {line}\n", "·"));
                }
                self.print(&text)?;
            }
            Event::Board { line } => {
                self.print(&format!("{YELLOW}{:>12}{YELLOW:#} {line}\n", "Bench"))?;
            }
            Event::Interrupted => {
                let line = "stopping, resetting boards; interrupt again after a second to stop \
                            immediately";
                self.print(&format!("{YELLOW}{:>12}{YELLOW:#} {line}\n", "Bench"))?;
            }
            Event::Finished(case) => {
                self.clear_bar(&case.record.scenario.id);
                self.done += 1;
                self.print(&self.case(case))?;
            }
        }
        Ok(())
    }

    fn clear_bar(&mut self, id: &str) {
        if let Some((bar, _)) = self.running.remove(id) {
            bar.finish_and_clear();
        }
    }

    /// Prints above the bars, which are redrawn at their next update.
    fn print(&self, text: &str) -> io::Result<()> {
        let _alone = lock(&self.screen);
        // `suspend` would panic if the terminal is closed, while boards still have to be reset.
        drop(self.bars.clear());
        anstream::stdout().write_all(text.as_bytes())
    }

    fn case(&self, case: &CaseResult) -> String {
        let record = &case.record;
        let status = Status::of(record);
        let (word, style) = (status.word(), status.style());
        let width = self.count.to_string().len();
        let mut text = format!(
            "{style}{word:>12}{style:#} [{:>8.3}s] ({:>width$}/{}) {}{}\n",
            record.wall_s(),
            self.done,
            self.count,
            record.scenario.id,
            on_board(record),
        );
        let reruns = record.reruns_in_words();
        for line in reruns.iter().chain(&case.changes).chain(&record.reasons) {
            text.push_str(&format!("{:>12} {line}\n", "·"));
        }
        match status {
            Status::Differs if self.diff => {
                let (approved, body) = (case.approved.as_deref(), case.body.as_deref());
                text.push_str(&difference(approved.unwrap_or(""), body.unwrap_or("")));
            }
            Status::Differs => text.push_str(&format!(
                "{:>12} the report differs from the approved one: see it with --diff, \
                 approve it with `thecal review`\n",
                "·"
            )),
            Status::Unapproved => text.push_str(&format!(
                "{:>12} no approved report yet: read it with `thecal review`\n",
                "·"
            )),
            _ => {}
        }
        text
    }
}

/// The board of the last attempt; empty for a built-in bench.
fn on_board(record: &Record) -> String {
    let last = record.attempts.last();
    let last = last.filter(|attempt| attempt.reached_by.is_some());
    last.map_or(String::new(), |attempt| format!(" on {}", attempt.bench))
}

fn bar_style() -> ProgressStyle {
    ProgressStyle::with_template("{msg:>40} {bar:24} {percent:>3} %")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Updates a bar with the progress of its run, until both have ended.
fn follow(bar: &ProgressBar, progress: &Arc<Progress>, screen: &Arc<Mutex<()>>) {
    if bar.is_hidden() {
        return;
    }
    let (bar, progress, screen) = (bar.clone(), Arc::downgrade(progress), Arc::clone(screen));
    let body = move || {
        while let Some(progress) = progress.upgrade() {
            // A closed terminal is no longer a terminal.
            if bar.is_finished() || !io::stderr().is_terminal() {
                break;
            }
            let alone = lock(&screen);
            bar.set_position(progress.sim_millis.load(Ordering::Relaxed));
            drop((alone, progress));
            std::thread::sleep(std::time::Duration::from_millis(125));
        }
    };
    // Without the thread the bar does not move; nothing else is lost.
    drop(
        std::thread::Builder::new()
            .name("progress".into())
            .spawn(body),
    );
}

fn lock(screen: &Mutex<()>) -> MutexGuard<'_, ()> {
    screen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Verdict and approval combined, for counting. In the order of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Pass,
    Fail,
    Error,
    Inconclusive,
    NotRun,
    Differs,
    Unapproved,
}

impl Status {
    const fn of(record: &Record) -> Self {
        match (record.verdict, record.approval) {
            (Verdict::Pass, Some(Approval::Differs)) => Self::Differs,
            (Verdict::Pass, Some(Approval::Missing)) => Self::Unapproved,
            (Verdict::Pass, Some(Approval::Approved) | None) => Self::Pass,
            (Verdict::NotRun, _) => Self::NotRun,
            (Verdict::Inconclusive, _) => Self::Inconclusive,
            (Verdict::Fail, _) => Self::Fail,
            (Verdict::Error, _) => Self::Error,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Pass => Verdict::Pass.name(),
            Self::Fail => Verdict::Fail.name(),
            Self::Error => Verdict::Error.name(),
            Self::Inconclusive => Verdict::Inconclusive.name(),
            Self::NotRun => Verdict::NotRun.name(),
            Self::Differs => "DIFFERS",
            Self::Unapproved => "UNAPPROVED",
        }
    }

    const fn style(self) -> Style {
        match self {
            Self::Pass => GREEN,
            Self::Fail | Self::Error => RED,
            Self::Inconclusive | Self::NotRun | Self::Differs | Self::Unapproved => YELLOW,
        }
    }
}

/// The lines of two bodies that differ, as a unified difference.
#[must_use]
pub fn difference(approved: &str, body: &str) -> String {
    let diff = similar::TextDiff::from_lines(approved.trim_end(), body.trim_end());
    let mut text = String::new();
    for hunk in diff.unified_diff().context_radius(1).iter_hunks() {
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                similar::ChangeTag::Delete => ('-', RED),
                similar::ChangeTag::Insert => ('+', GREEN),
                similar::ChangeTag::Equal => (' ', DIM),
            };
            let line = change.value().trim_end();
            text.push_str(&format!("{:>12} {style}{sign}{line}{style:#}\n", ""));
        }
    }
    text
}

/// Prints the summary: counts, the cases that were not green, speed and what limited it.
///
/// # Errors
///
/// Terminal errors.
pub fn summary(total: &Total, require_all: bool) -> io::Result<ExitCode> {
    let records = total.cases.iter().map(|case| &case.record);
    let runs = records.map(|record| (record.verdict, record.approval));
    let mut code = ExitCode::of_all(runs, require_all);
    if total.interrupted || matches!(total.files, Some(Err(_))) {
        code = code.worse(ExitCode::Undecided);
    }
    match show_summary(total, code) {
        // A reader that closes the pipe does not change the exit code, nor does a closed terminal.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe && !total.interrupted => Err(error),
        _ => Ok(code),
    }
}

fn show_summary(total: &Total, code: ExitCode) -> io::Result<()> {
    let bench = &total.bench;
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    for case in &total.cases {
        *counts.entry(Status::of(&case.record)).or_default() += 1;
    }
    let mut stdout = anstream::stdout().lock();
    writeln!(stdout, "{RULE}")?;
    let words = counts_in_words(&counts);
    let not_run = counts.get(&Status::NotRun).copied().unwrap_or_default();
    let style = match (code, not_run) {
        (ExitCode::Passed, 0) => GREEN,
        (ExitCode::Passed, _) => YELLOW,
        _ => RED,
    };
    writeln!(
        stdout,
        "{style}{:>12}{style:#} [{:>8.3}s] {} of {} scenarios on {bench}: {words}",
        "Summary",
        total.wall.as_secs_f64(),
        total.cases.len(),
        total.selected,
    )?;
    if total.selected == 0 {
        let hint = "no scenario matches --filter and --verifies: see `thecal list`";
        writeln!(stdout, "{:>12} {hint}", "Nothing")?;
    }
    let stopped = total.cases.iter().filter(|case| case.stopped).count();
    lacking(&mut stdout, not_run.saturating_sub(stopped), bench)?;
    if stopped > 0 {
        writeln!(
            stdout,
            "{YELLOW}{:>12}{YELLOW:#} {stopped}: another scenario failed before (--stop-at-first-fail)",
            "Not run"
        )?;
    }
    speed(&mut stdout, total)?;
    match &total.files {
        None => {}
        Some(Ok(files)) => {
            for file in files {
                let file = file.display();
                writeln!(stdout, "{:>12} all runs in {file}", "Files")?;
            }
        }
        Some(Err(error)) => writeln!(stdout, "{:>12} {error}", "Files")?,
    }
    for case in total.cases.iter().filter(|_| total.cases.len() > 10) {
        let status = Status::of(&case.record);
        if status != Status::Pass {
            let (word, style) = (status.word(), status.style());
            let id = &case.record.scenario.id;
            writeln!(stdout, "{style}{word:>12}{style:#} {id}")?;
        }
    }
    for line in &total.boards {
        writeln!(stdout, "{:>12} {line}", "Bench")?;
    }
    let records = total.cases.iter().map(|case| &case.record);
    for record in records.filter(|record| record.is_rerun()) {
        let id = &record.scenario.id;
        writeln!(stdout, "{YELLOW}{:>12}{YELLOW:#} {id}", "Rerun")?;
    }
    if total.interrupted {
        interrupted(&mut stdout, total)?;
    }
    Ok(())
}

/// Prints what had finished, and the state in which the boards are left.
fn interrupted(out: &mut impl Write, total: &Total) -> io::Result<()> {
    let finished = total.cases.iter().filter(|case| case.record.run.is_some());
    writeln!(
        out,
        "{:>12} with {} of {} scenarios finished: benches are shut down",
        "Interrupted",
        finished.count(),
        total.selected
    )?;
    let last = total.cases.iter().map(|case| case.record.attempts.last());
    let cut_short = last.flatten().filter(|attempt| attempt.interrupted);
    let boards = cut_short.filter(|attempt| attempt.reached_by.is_some());
    for attempt in boards.filter(|attempt| attempt.not_safe.is_none()) {
        let board = &attempt.bench;
        writeln!(out, "{:>12} board {board} is reset, its motor off", "Bench")?;
    }
    Ok(())
}

fn counts_in_words(counts: &BTreeMap<Status, usize>) -> String {
    let counted = counts.iter();
    let counted =
        counted.map(|(status, count)| format!("{count} {}", status.word().to_lowercase()));
    counted.collect::<Vec<_>>().join(", ")
}

fn lacking(out: &mut impl Write, count: usize, bench: &str) -> io::Result<()> {
    if count == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "{YELLOW}{:>12}{YELLOW:#} {count}: bench {bench} or the pump lacks what they need; \
         with --require-all the exit code is 4",
        "Not run",
    )
}

fn speed(out: &mut impl Write, total: &Total) -> io::Result<()> {
    let records = || total.cases.iter().map(|case| &case.record);
    let simulated = records().fold(Millis::ZERO, |sum, record| sum + record.reached());
    let exchanges: u64 = records().map(Record::exchanges).sum();
    let busy: f64 = records().map(Record::wall_s).sum();
    let wall = total.wall.as_secs_f64();
    if wall <= 0.0 || busy <= 0.0 || exchanges == 0 {
        return Ok(());
    }
    #[expect(clippy::cast_precision_loss, reason = "a speed for people")]
    let exchanges_f = exchanges as f64;
    let limit = total.limited_by;
    writeln!(
        out,
        "{:>12} {:.1} days simulated, {:.0} x real time; {exchanges} exchanges with the pump, {:.0}/s per bench; {limit}",
        "Speed",
        simulated.as_hours_f64() / 24.0,
        simulated.as_secs_f64() / wall,
        exchanges_f / busy,
    )
}
