//! The queue: scenarios are dealt out to workers, results come back in order of their ids.
//!
//! On `native` and on an emulated bench a worker is a thread; on boards each board has one.

use super::case::{BenchKind, CaseResult, Options, run_case_again};
use super::deal::{Deal, Job, Turn};
use super::health;
use super::pool::{BoardBench, Held, Pool, account};
use crate::interrupts::{ENDED_AT_ONCE, Interrupts};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thecal_bench::inventory::LinkBy;
use thecal_engine::run::Progress;
use thecal_plan::Scenario;
use thecal_report::Retry;
use thecal_units::Millis;
use tokio::sync::mpsc::{self, UnboundedSender, WeakUnboundedSender};

/// A scenario that was selected, and where its approved report belongs.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The plan.
    pub scenario: Arc<Scenario>,
    /// Folder of approved reports.
    pub reports: PathBuf,
}

/// What happens in the queue, for whoever shows it.
#[derive(Debug)]
pub enum Event {
    /// A case begins.
    Started {
        /// Its id.
        id: String,
        /// How long it will run. Unit: millisecond, simulated.
        length: Millis,
        /// How far it is.
        progress: Arc<Progress>,
    },
    /// A board broke under a case, which goes to another.
    Returned {
        /// Its id.
        id: String,
        /// The board, and why.
        retry: Retry,
    },
    /// A board is out of rotation, or marked.
    Board {
        /// What is to be said of it.
        line: String,
    },
    /// Somebody interrupted: each run ends at its next instant, and no further one begins.
    Interrupted,
    /// A case has ended.
    Finished(Box<CaseResult>),
}

/// All cases together.
#[derive(Debug, Default)]
pub struct Total {
    /// Results, in order of their ids.
    pub cases: Vec<CaseResult>,
    /// Wall time.
    pub wall: Duration,
    /// Whether somebody interrupted it: the cases are those that ended before.
    pub interrupted: bool,
    /// How many were selected.
    pub selected: usize,
    /// What is to be said of boards: refused, out of rotation, marked.
    pub boards: Vec<String>,
    /// The index of the pages; `None` where no files are left.
    pub index: Option<std::io::Result<PathBuf>>,
}

/// Who tells scenarios.
struct Worker {
    options: Options,
    core: Option<usize>,
    /// The board that it has, for itself alone.
    held: Option<Held>,
}

/// Runs all, `jobs` at a time; `show` gets every event as it happens.
///
/// Ctrl-C, SIGTERM, SIGHUP or SIGQUIT ends each run at its next instant; benches are shut down, boards are
/// left reset, what has ended is kept. A second one, a second later or more, ends the process at once.
///
/// # Errors
///
/// What the system says where no threads can be had.
pub fn run_all(
    selected: Vec<Selected>,
    options: &Options,
    jobs: usize,
    show: impl FnMut(&Event),
) -> std::io::Result<Total> {
    let worker = |number| Worker {
        options: options.clone(),
        core: pinned_core(&options.bench, number),
        held: None,
    };
    let workers = (0..jobs.max(1)).map(worker).collect();
    run_with(selected, options, workers, show)
}

/// Runs all on boards, each at its own speed, from one queue.
///
/// # Errors
///
/// What the system says where no threads can be had.
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
            core: pinned_core(&bench, number),
            options: Options {
                bench,
                ..options.clone()
            },
            held: Some(held),
        }
    });
    let workers: Vec<Worker> = workers.collect();
    let options = workers.first().map_or(options, |worker| &worker.options);
    let options = options.clone();
    let mut total = run_with(selected, &options, workers, show)?;
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
    let mut total = runtime.block_on(deal(selected, workers, show))?;
    if let Some(out) = options.out.as_ref().filter(|_| !total.cases.is_empty()) {
        let folder = options.bench.folder();
        total.index = Some(crate::index::write(&out.join(folder), folder, &total));
    }
    Ok(total)
}

async fn deal(
    selected: Vec<Selected>,
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
    let queue = Arc::new(Deal::new(selected, boards));
    let (sender, mut events) = mpsc::unbounded_channel();
    for worker in workers {
        let (queue, sender) = (Arc::clone(&queue), sender.clone());
        tokio::task::spawn_blocking(move || work(&queue, &worker, &sender));
    }
    // A task of its own: whoever shows events may be held up by a terminal that takes no more.
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
    total.cases.sort_by(|one, two| one.id.cmp(&two.id));
    total.wall = begun.elapsed();
    Ok(total)
}

/// Ends the runs in order at the first interrupt, and the process at the second.
async fn heed(mut interrupts: Interrupts, queue: Arc<Deal>, events: WeakUnboundedSender<Event>) {
    interrupts.next().await;
    // Before the workers end: they have the last of what an event can be sent by.
    if let Some(events) = events.upgrade() {
        tell(&events, Event::Interrupted);
    }
    queue.interrupt();
    interrupts.next().await;
    std::process::exit(ENDED_AT_ONCE);
}

/// Takes cases until none is left. Each case that began has a result: one in which the rig panics
/// is an error, not a gap that nobody sees.
fn work(queue: &Deal, worker: &Worker, events: &UnboundedSender<Event>) {
    let board = worker.held.as_ref().map(|held| &held.board);
    let name = board.map(|board| board.spec.name.as_str());
    let mut broken = 0;
    loop {
        let (job, progress) = match queue.turn(name) {
            Turn::Over => return,
            Turn::Stands(case) => {
                tell(events, Event::Finished(case));
                continue;
            }
            Turn::Tell(job, progress) => (job, progress),
        };
        let case = run_one(&job, worker, &progress, events);
        let Some((board, cause)) = board.zip(case.broke.clone()) else {
            // Only a whole story clears the account of a board.
            if let Some(board) = board.filter(|_| case.body.is_some()) {
                tell_line(events, account(&board.spec, None));
            }
            queue.done();
            tell(events, Event::Finished(Box::new(case)));
            continue;
        };
        broken += 1;
        tell_line(events, account(&board.spec, Some(&cause)));
        hand_on(queue, job, case, board, cause, events);
        if let Some(why) = out_of_rotation(board, broken) {
            let name = &board.spec.name;
            let line = format!("board {name} is taken out of rotation: {why}");
            tell_line(events, Some(line));
            for job in queue.retire(name) {
                let cause = format!("no board is left to tell it on; {name} was the last ({why})");
                tell(
                    events,
                    Event::Finished(without_board(&job, &worker.options, cause)),
                );
            }
            return;
        }
    }
}

fn run_one(
    job: &Job,
    worker: &Worker,
    progress: &Arc<Progress>,
    events: &UnboundedSender<Event>,
) -> CaseResult {
    let Selected { scenario, reports } = &job.selected;
    tell(
        events,
        Event::Started {
            id: scenario.id.clone(),
            length: scenario.duration,
            progress: Arc::clone(progress),
        },
    );
    let Worker { options, core, .. } = worker;
    let run = || run_case_again(scenario, reports, options, *core, progress, &job.retried);
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_panic| CaseResult::panicked(scenario))
}

/// The board broke under a job: another board gets it, or its result stands.
fn hand_on(
    queue: &Deal,
    job: Job,
    case: CaseResult,
    board: &BoardBench,
    cause: String,
    events: &UnboundedSender<Event>,
) {
    let name = &board.spec.name;
    if !queue.may_return(&job, name) {
        queue.done();
        tell(events, Event::Finished(Box::new(case)));
        return;
    }
    let retry = Retry {
        board: name.clone(),
        cause,
    };
    let id = case.id.clone();
    tell(
        events,
        Event::Returned {
            id,
            retry: retry.clone(),
        },
    );
    queue.give_back(job, retry, Box::new(case));
}

/// Why a board that broke gets no more work: it broke before, or a quick look finds it ill.
fn out_of_rotation(board: &BoardBench, broken: u32) -> Option<String> {
    if broken > 1 {
        return Some("it broke a second time".into());
    }
    let looked = health::check(board, health::EXCHANGES_QUICK);
    looked
        .err()
        .map(|error| format!("a quick look at it says: {error}"))
}

fn without_board(job: &Job, options: &Options, cause: String) -> Box<CaseResult> {
    let Job {
        selected, retried, ..
    } = job;
    let causes = job.last_causes().iter().cloned().chain([cause]).collect();
    Box::new(CaseResult::untold(
        &selected.scenario,
        options,
        retried,
        causes,
    ))
}

/// Nobody listens any more only where the whole run is over.
fn tell(events: &UnboundedSender<Event>, event: Event) {
    drop(events.send(event));
}

fn tell_line(events: &UnboundedSender<Event>, line: Option<String>) {
    if let Some(line) = line {
        tell(events, Event::Board { line });
    }
}

/// An emulator and its rig are quickest on one processor together, each pair on its own.
fn pinned_core(bench: &BenchKind, worker: usize) -> Option<usize> {
    let emulated = match bench {
        BenchKind::Native => false,
        BenchKind::Qemu { .. } | BenchKind::QemuUart { .. } => true,
        BenchKind::Board(board) => matches!(board.spec.link, LinkBy::Emulated(_)),
    };
    emulated.then(|| {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        worker % cores
    })
}
