//! The queue: distributes scenarios to workers; results are ordered by id.
//!
//! On `native` and on an emulated bench a worker is a thread; each board has one worker.

use super::bench_kind::BenchKind;
use super::case::{CaseResult, Options, run_case_again, run_overlaid};
use super::dispatcher::{Assignment, Dispatcher, Job, Selected};
use super::health;
use super::pool::{BoardBench, Held, Pool, account};
use crate::interrupts::{ENDED_AT_ONCE, Interrupts};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thecal_engine::run::Progress;
use thecal_engine::verdict::Verdict;
use thecal_report::{Attempt, Call, Line};
use thecal_units::Millis;
use tokio::sync::mpsc::{self, UnboundedSender, WeakUnboundedSender};

/// Events of the queue, for display.
#[derive(Debug)]
pub enum Event {
    /// A case starts.
    Started {
        /// Its id.
        id: String,
        /// Its duration. Unit: millisecond, simulated.
        length: Millis,
        /// Its progress.
        progress: Arc<Progress>,
    },
    /// A board failed during a case, which goes to another.
    Returned {
        /// Its id.
        id: String,
        /// The failed attempt.
        attempt: Box<Attempt>,
    },
    /// A board is out of rotation, or marked.
    Board {
        /// Message about it.
        line: String,
    },
    /// Interrupted: each run ends at its next instant, and no other starts.
    Interrupted,
    /// A case has ended.
    Finished(Box<CaseResult>),
}

/// The result of all cases.
#[derive(Debug, Default)]
pub struct Total {
    /// Results, ordered by id.
    pub cases: Vec<CaseResult>,
    /// Wall time.
    pub wall: Duration,
    /// Whether it was interrupted: the cases are those that ended before.
    pub interrupted: bool,
    /// How many were selected.
    pub selected: usize,
    /// Messages about boards: refused, out of rotation, marked.
    pub boards: Vec<String>,
    /// The bench, or the selection of boards: the name of the folder of its files.
    pub bench: String,
    /// What limits its speed, as text for the user.
    pub limited_by: &'static str,
    /// The files of the call as a whole, such as the index; `None` if no files are written.
    pub files: Option<std::io::Result<Vec<PathBuf>>>,
}

impl Total {
    /// What the outputs of a whole call are made from.
    fn as_call(&self) -> Call<'_> {
        let lines = self.cases.iter().map(|case| Line {
            record: &case.record,
            tip: &case.tip,
            files: case.folder.is_some(),
        });
        Call {
            bench: &self.bench,
            wall: self.wall,
            selected: self.selected,
            notes: &self.boards,
            runs: lines.collect(),
        }
    }
}

/// A worker, which runs scenarios.
struct Worker {
    bench: BenchKind,
    core: Option<usize>,
    /// The board it holds exclusively.
    held: Option<Held>,
}

/// Runs all, `jobs` at a time; `show` receives every event as it happens.
///
/// Ctrl-C, SIGTERM, SIGHUP or SIGQUIT ends each run at its next instant; benches are shut down,
/// boards are reset, finished results are kept. A second one, 1 s later or more, ends the process
/// at once.
///
/// # Errors
///
/// System errors if no threads can be started.
pub fn run_all(
    selected: Vec<Selected>,
    bench: &BenchKind,
    options: &Options,
    jobs: usize,
    show: impl FnMut(&Event),
) -> std::io::Result<Total> {
    let worker = |number| Worker {
        bench: bench.clone(),
        core: bench.core_of(number),
        held: None,
    };
    let workers = (0..jobs.max(1)).map(worker).collect();
    run_with(selected, options, workers, show)
}

/// Runs all on boards, each at its own speed, from one queue.
///
/// # Errors
///
/// System errors if no threads can be started.
pub fn run_on_boards(
    selected: Vec<Selected>,
    options: &Options,
    pool: Pool,
    mut show: impl FnMut(&Event),
) -> std::io::Result<Total> {
    let mut lines = Vec::new();
    for refusal in &pool.refused {
        lines.push(refusal.to_string());
        show(&Event::Board {
            line: refusal.to_string(),
        });
    }
    let workers = (0..).zip(pool.held).map(|(number, held)| {
        let bench = BenchKind::Board(held.board.clone());
        Worker {
            core: bench.core_of(number),
            bench,
            held: Some(held),
        }
    });
    let mut total = run_with(selected, options, workers.collect(), show)?;
    lines.append(&mut total.boards);
    total.boards = lines;
    Ok(total)
}

fn run_with(
    selected: Vec<Selected>,
    options: &Options,
    workers: Vec<Worker>,
    show: impl FnMut(&Event),
) -> std::io::Result<Total> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(workers.len() + 1)
        .enable_io()
        .build()?;
    // All workers use one bench, or boards of one selection.
    let bench = workers.first().map(|worker| &worker.bench);
    let (folder, limited_by) = bench.map_or((String::new(), ""), |bench| {
        (bench.folder().to_owned(), bench.limited_by())
    });
    let mut total = runtime.block_on(dispatcher(selected, options, workers, show))?;
    (total.bench, total.limited_by) = (folder, limited_by);
    let files = options.files.as_ref().filter(|_| !total.cases.is_empty());
    total.files = files.map(|files| files.write_call(&total.as_call()));
    Ok(total)
}

async fn dispatcher(
    selected: Vec<Selected>,
    options: &Options,
    workers: Vec<Worker>,
    mut show: impl FnMut(&Event),
) -> std::io::Result<Total> {
    let begun = Instant::now();
    let interrupts = Interrupts::new()?;
    let mut total = Total {
        selected: selected.len(),
        ..Total::default()
    };
    let boards = workers.iter().filter_map(|worker| worker.held.as_ref());
    let boards = boards.map(|held| held.board.spec.name.clone()).collect();
    let queue = Arc::new(Dispatcher::new(selected, boards));
    let (sender, mut events) = mpsc::unbounded_channel();
    for worker in workers {
        let (queue, sender, options) = (Arc::clone(&queue), sender.clone(), options.clone());
        tokio::task::spawn_blocking(move || work(&queue, &worker, &options, &sender));
    }
    // A separate task: the display of events may block on a terminal.
    let heed = tokio::spawn(heed(interrupts, Arc::clone(&queue), sender.downgrade()));
    drop(sender);
    while let Some(event) = events.recv().await {
        show(&event);
        match event {
            Event::Finished(case) => total.cases.push(*case),
            Event::Board { line } => total.boards.push(line),
            Event::Interrupted => total.interrupted = true,
            Event::Started { .. } | Event::Returned { .. } => {}
        }
    }
    heed.abort();
    let id = |case: &CaseResult| case.record.scenario.id.clone();
    total.cases.sort_by_cached_key(id);
    total.wall = begun.elapsed();
    Ok(total)
}

/// Ends the runs in order at the first interrupt, and the process at the second.
async fn heed(
    mut interrupts: Interrupts,
    queue: Arc<Dispatcher>,
    events: WeakUnboundedSender<Event>,
) {
    interrupts.next().await;
    // Before the workers end: they hold the last senders of events.
    if let Some(events) = events.upgrade() {
        send(&events, Event::Interrupted);
    }
    queue.interrupt();
    interrupts.next().await;
    std::process::exit(ENDED_AT_ONCE);
}

/// Runs cases until none is left. Each case that started gets a result: a panic of the rig is an
/// error, not a missing case.
fn work(queue: &Dispatcher, worker: &Worker, options: &Options, events: &UnboundedSender<Event>) {
    let board = worker.held.as_ref().map(|held| &held.board);
    let name = board.map(|board| board.spec.name.as_str());
    let mut broken = 0;
    loop {
        let (job, progress) = match queue.next(name) {
            Assignment::Over => return,
            Assignment::Stands(case) => {
                send(events, Event::Finished(case));
                continue;
            }
            Assignment::Skip(job) => {
                let scenario = &job.selected.scenario;
                let case = CaseResult::stopped(scenario, &worker.bench, options);
                send(events, Event::Finished(Box::new(case)));
                continue;
            }
            Assignment::Run(job, progress) => (job, progress),
        };
        let mut case = run_one(&job, worker, options, &progress, events);
        if case.is_interrupted() && queue.is_stopped() {
            case = CaseResult::stopped(&job.selected.scenario, &worker.bench, options);
        } else if options.stop_at_first_fail && case.record.verdict == Verdict::Fail {
            queue.stop();
        }
        let cause = case.bench_broke().map(str::to_owned);
        let Some((board, cause)) = board.zip(cause) else {
            // Only a complete run clears the mark of a board.
            if let Some(board) = board.filter(|_| case.body.is_some()) {
                tell_line(events, account(&board.spec, None));
            }
            queue.done();
            send(events, Event::Finished(Box::new(case)));
            continue;
        };
        broken += 1;
        tell_line(events, account(&board.spec, Some(&cause)));
        hand_on(queue, job, case, board, events);
        if let Some(why) = out_of_rotation(board, broken) {
            let name = &board.spec.name;
            let line = format!("board {name} is taken out of rotation: {why}");
            tell_line(events, Some(line));
            for job in queue.retire(name) {
                let cause =
                    format!("no board left to run it on; the last one, {name}, failed: {why}");
                let case = without_board(&job, &worker.bench, options, cause);
                send(events, Event::Finished(case));
            }
            return;
        }
    }
}

fn run_one(
    job: &Job,
    worker: &Worker,
    options: &Options,
    progress: &Arc<Progress>,
    events: &UnboundedSender<Event>,
) -> CaseResult {
    let Selected {
        scenario,
        reports,
        overlay,
    } = &job.selected;
    send(
        events,
        Event::Started {
            id: scenario.id.clone(),
            length: scenario.duration,
            progress: Arc::clone(progress),
        },
    );
    let Worker { bench, core, .. } = worker;
    let earlier = &job.earlier;
    let run = || match overlay {
        None => run_case_again(scenario, reports, bench, options, *core, progress, earlier),
        Some(overlay) => run_overlaid(scenario, overlay, bench, options, *core, progress, earlier),
    };
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_panic| CaseResult::panicked(scenario, bench, options, earlier))
}

/// Handles a board failure during a job: another board gets the job, or its result is final.
fn hand_on(
    queue: &Dispatcher,
    job: Job,
    case: CaseResult,
    board: &BoardBench,
    events: &UnboundedSender<Event>,
) {
    let last = case.record.attempts.last().cloned();
    let Some(attempt) = last.filter(|_| queue.may_return(&job, &board.spec.name)) else {
        queue.done();
        send(events, Event::Finished(Box::new(case)));
        return;
    };
    send(
        events,
        Event::Returned {
            id: case.record.scenario.id.clone(),
            attempt: Box::new(attempt.clone()),
        },
    );
    queue.give_back(job, attempt, Box::new(case));
}

/// Why a failed board gets no more work: it failed before, or its health check fails.
fn out_of_rotation(board: &BoardBench, broken: u32) -> Option<String> {
    if broken > 1 {
        return Some("it failed a second time".into());
    }
    let looked = health::check(board, health::EXCHANGES_QUICK);
    looked.err().map(|error| format!("health check: {error}"))
}

fn without_board(
    job: &Job,
    bench: &BenchKind,
    options: &Options,
    cause: String,
) -> Box<CaseResult> {
    let reasons = job.last_reasons().iter().cloned().chain([cause]).collect();
    let (scenario, earlier) = (&job.selected.scenario, &job.earlier);
    Box::new(CaseResult::without_board(
        scenario, bench, options, earlier, reasons,
    ))
}

/// The receiver is gone only if the whole call is over.
fn send(events: &UnboundedSender<Event>, event: Event) {
    drop(events.send(event));
}

fn tell_line(events: &UnboundedSender<Event>, line: Option<String>) {
    if let Some(line) = line {
        send(events, Event::Board { line });
    }
}
