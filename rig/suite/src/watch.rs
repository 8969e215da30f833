//! Supervision of runs: each run has its own thread. Here a pump that hangs the native bench is
//! distinguished from a rig that is merely busy.
//!
//! On `native` a hanging pump hangs the thread, which cannot be stopped from outside. But a run is
//! a function of commit, scenario and seed: the exchange that hangs has a number. So the supervisor
//! abandons the thread and reruns the scenario from the start, on a bench that knows that this
//! exchange hangs. The watchdog then acts in virtual time, as on any other bench. This ends: the
//! run itself stops serving a pump that hangs repeatedly.

use super::bench_kind::BenchKind;
use super::introduced::Introduced;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;
use thecal_engine::bench::Bench;
use thecal_engine::bench::{BenchError, LinkStatistics};
use thecal_engine::pumps::Pumps;
use thecal_engine::run::{Progress, RunFailure, RunHistory, Trace};
use thecal_engine::run::{Run, RunHooks};
use thecal_plan::{Profile, Scenario};
use thecal_report::record::Firmware;

/// One native exchange takes microseconds; one that is still in progress after this many looks will
/// not end. Looks are counted, not seconds: if the whole machine is suspended, so is the
/// supervisor.
const LOOKS_MAX: u32 = 30;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The cause given if a run's thread, or its judge, panicked.
pub(super) const PANICKED: &str = "the rig panicked: see the message above";

/// The result of a supervised run.
pub(super) struct Watched<T> {
    pub(super) outcome: Result<RunHistory, RunFailure>,
    pub(super) trace: Option<T>,
    pub(super) link: LinkStatistics,
    /// The firmware that answered at boot.
    pub(super) firmware: Option<Firmware>,
    /// What that pump promises, if it is of a known kind.
    pub(super) profile: Option<Arc<Profile>>,
    /// Why the pump may be in an unsafe state now.
    pub(super) not_safe: Option<String>,
}

/// Why a run could not start.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) cause: String,
    /// Whether another board may succeed.
    pub(super) of_the_board: bool,
}

impl Broken {
    pub(super) fn rig(cause: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
            of_the_board: false,
        }
    }
}

impl From<BenchError> for Broken {
    fn from(error: BenchError) -> Self {
        Self {
            cause: error.to_string(),
            of_the_board: error.blames_the_board(),
        }
    }
}

/// Runs a scenario on a bench, in its own thread.
pub(super) fn run<T: Trace + Send + 'static>(
    scenario: &Arc<Scenario>,
    bench: &BenchKind,
    core: Option<usize>,
    pumps: &Pumps,
    progress: &Arc<Progress>,
    open_trace: impl Fn() -> io::Result<Option<T>>,
) -> Result<Watched<T>, Broken> {
    let mut hang_at = Vec::new();
    loop {
        let trace =
            open_trace().map_err(|error| Broken::rig(format!("cannot open the trace: {error}")))?;
        // An abandoned thread keeps the old cell; the new run gets a fresh one.
        let cell = Arc::new(Progress::default());
        let receiver = spawn(scenario, bench, core, pumps, &cell, trace, &hang_at)?;
        match wait(&receiver, bench, &cell, progress) {
            Outcome::Ended(watched) => return *watched,
            Outcome::Hung(exchange) => hang_at.push(exchange),
            Outcome::Panicked => return Err(Broken::rig(PANICKED)),
        }
    }
}

enum Outcome<T> {
    Ended(Box<Result<Watched<T>, Broken>>),
    Hung(u64),
    Panicked,
}

fn spawn<T: Trace + Send + 'static>(
    scenario: &Arc<Scenario>,
    bench: &BenchKind,
    core: Option<usize>,
    pumps: &Pumps,
    progress: &Arc<Progress>,
    mut trace: Option<T>,
    hang_at: &[u64],
) -> Result<Receiver<Result<Watched<T>, Broken>>, Broken> {
    let (sender, receiver) = sync_channel(1);
    let (scenario, progress) = (Arc::clone(scenario), Arc::clone(progress));
    let (bench, pumps, hang_at) = (bench.clone(), pumps.clone(), hang_at.to_vec());
    let body = move || {
        let opened = bench.open(core, &hang_at).map_err(Broken::from);
        let watched = opened.map(|bench| {
            let mut bench = Introduced::new(bench);
            let people = pumps.people(Arc::clone(&scenario), bench.card());
            let mut hooks = RunHooks {
                trace: trace.as_mut().map(|trace| trace as &mut dyn Trace),
                progress: Some(&progress),
                ..RunHooks::default()
            };
            let outcome = Run::start(scenario, people, &mut bench, &mut hooks)
                .and_then(|run| run.finish(&mut bench, &mut hooks));
            let safe = bench.make_safe();
            Watched {
                outcome,
                trace,
                link: bench.statistics(),
                profile: bench.hello().and_then(|hello| {
                    let kind = pumps.of(hello).ok()?;
                    Some(Arc::clone(&kind.profile))
                }),
                firmware: bench.hello().map(Firmware::of),
                not_safe: safe.err().map(|error| error.to_string()),
            }
        });
        // The receiver is gone only if the supervisor itself has ended.
        drop(sender.send(watched));
    };
    thread::Builder::new()
        .name("run".into())
        .spawn(body)
        .map_err(|error| Broken::rig(format!("cannot start a thread: {error}")))?;
    Ok(receiver)
}

fn wait<T>(
    receiver: &Receiver<Result<Watched<T>, Broken>>,
    bench: &BenchKind,
    cell: &Progress,
    shown: &Progress,
) -> Outcome<T> {
    let (mut exchange, mut looks) = (0, 0);
    loop {
        match receiver.recv_timeout(LOOK_EVERY) {
            Ok(watched) => return Outcome::Ended(Box::new(watched)),
            Err(RecvTimeoutError::Disconnected) => return Outcome::Panicked,
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = cell.exchanges.load(Ordering::Relaxed);
        shown.exchanges.store(now, Ordering::Relaxed);
        shown
            .sim_millis
            .store(cell.sim_millis.load(Ordering::Relaxed), Ordering::Relaxed);
        cell.cancelled
            .store(shown.cancelled.load(Ordering::Relaxed), Ordering::Relaxed);
        if now != exchange || !cell.in_exchange.load(Ordering::Relaxed) {
            (exchange, looks) = (now, 0);
        } else if bench.is_in_process() {
            looks += 1;
            if looks > LOOKS_MAX {
                return Outcome::Hung(exchange);
            }
        }
    }
}
