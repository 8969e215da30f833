//! The queue: scenarios are dealt out to workers, results come back in order of their ids.

use super::case::{BenchKind, CaseResult, Options, run_case};
use crate::run::Progress;
use crate::scenario::plan::Scenario;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use thecal_units::Millis;
use tokio::sync::mpsc;

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
    /// The index of the pages; `None` where no files are left.
    pub index: Option<std::io::Result<PathBuf>>,
}

/// Runs all, `jobs` at a time; `show` gets every event as it happens.
///
/// Ctrl-C ends each run at its next instant; benches are shut down, what has ended is kept.
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
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(jobs.max(1) + 1)
        .enable_io()
        .build()?;
    let mut total = runtime.block_on(deal(selected, options, jobs.max(1), show));
    if let Some(out) = options.out.as_ref().filter(|_| !total.cases.is_empty()) {
        let bench = options.bench.name();
        total.index = Some(crate::report::index::write(&out.join(bench), bench, &total));
    }
    Ok(total)
}

async fn deal(
    selected: Vec<Selected>,
    options: &Options,
    jobs: usize,
    mut show: impl FnMut(&Event),
) -> Total {
    let begun = Instant::now();
    let count = selected.len();
    let queue = Arc::new(Queue {
        selected,
        next: AtomicUsize::new(0),
        running: Mutex::default(),
        interrupted: AtomicBool::new(false),
    });
    let (sender, mut events) = mpsc::unbounded_channel();
    for worker in 0..jobs.min(count) {
        let (queue, sender, options) = (Arc::clone(&queue), sender.clone(), options.clone());
        let core = pinned_core(&options.bench, worker);
        tokio::task::spawn_blocking(move || work(&queue, &options, core, &sender));
    }
    drop(sender);
    let mut total = Total {
        selected: count,
        ..Total::default()
    };
    loop {
        tokio::select! {
            event = events.recv() => {
                let Some(event) = event else { break };
                show(&event);
                if let Event::Finished(case) = event {
                    total.cases.push(*case);
                }
            }
            interrupted = tokio::signal::ctrl_c(), if !total.interrupted => {
                total.interrupted = interrupted.is_ok();
                queue.interrupt();
            }
        }
    }
    total.cases.sort_by(|one, two| one.id.cmp(&two.id));
    total.wall = begun.elapsed();
    total
}

/// What the workers share.
struct Queue {
    selected: Vec<Selected>,
    next: AtomicUsize,
    running: Mutex<Vec<Arc<Progress>>>,
    interrupted: AtomicBool,
}

impl Queue {
    /// Nothing more is dealt out, and what runs ends at its next instant.
    fn interrupt(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        self.interrupted.store(true, Ordering::Relaxed);
        for progress in running.iter() {
            progress.cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// The next case, unless there is none left or somebody interrupted.
    fn take(&self) -> Option<(&Selected, Arc<Progress>)> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if self.interrupted.load(Ordering::Relaxed) {
            return None;
        }
        let selected = self
            .selected
            .get(self.next.fetch_add(1, Ordering::Relaxed))?;
        let progress = Arc::new(Progress::default());
        running.push(Arc::clone(&progress));
        Some((selected, progress))
    }
}

/// Takes cases from the queue until it is empty. Each case that began has a result: one in which
/// the rig panics is an error, not a gap that nobody sees.
fn work(
    queue: &Queue,
    options: &Options,
    core: Option<usize>,
    events: &mpsc::UnboundedSender<Event>,
) {
    while let Some((selected, progress)) = queue.take() {
        let started = Event::Started {
            id: selected.scenario.id.clone(),
            length: selected.scenario.duration,
            progress: Arc::clone(&progress),
        };
        if events.send(started).is_err() {
            return;
        }
        let Selected { scenario, reports } = selected;
        let run = || run_case(scenario, reports, options, core, &progress);
        let case = catch_unwind(AssertUnwindSafe(run))
            .unwrap_or_else(|_panic| CaseResult::panicked(scenario));
        if events.send(Event::Finished(Box::new(case))).is_err() {
            return;
        }
    }
}

/// An emulator and its rig are quickest on one processor together, each pair on its own.
fn pinned_core(bench: &BenchKind, worker: usize) -> Option<usize> {
    match bench {
        BenchKind::Native => None,
        BenchKind::Qemu { .. } | BenchKind::QemuUart { .. } => {
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            Some(worker % cores)
        }
    }
}
