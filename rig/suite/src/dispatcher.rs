//! The deal: assigns scenarios to workers, and reassigns those whose board failed.
//!
//! A scenario is rerun only because the bench failed, never because of a verdict, at most twice,
//! and only on a board that has not run it yet.

use super::case::CaseResult;
use super::overlay::Overlay;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use thecal_engine::run::Progress;
use thecal_plan::Scenario;
use thecal_report::Attempt;

/// Most reruns of a scenario.
pub(crate) const RETRIES_MAX: usize = 2;

/// A selected scenario, and where its approved report belongs.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The plan.
    pub scenario: Arc<Scenario>,
    /// Folder of approved reports.
    pub reports: PathBuf,
    /// What disturbs it; `None`: it runs as it is.
    pub overlay: Option<Overlay>,
}

/// A scenario to be run.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) selected: Selected,
    /// Earlier attempts, in which the board failed.
    pub(super) earlier: Vec<Attempt>,
    /// The result of the last of them, used if no rerun is possible.
    last: Option<Box<CaseResult>>,
}

/// The next task of a worker.
pub(super) enum Assignment {
    /// Run this.
    Run(Job, Arc<Progress>),
    /// No board is left to rerun this: its last result is final.
    Stands(Box<CaseResult>),
    /// Do not run this: another scenario failed.
    Skip(Job),
    /// Nothing is left to do.
    Over,
}

/// State shared by the workers.
pub(super) struct Dispatcher {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    waiting: VecDeque<Job>,
    running: Vec<Arc<Progress>>,
    under_way: usize,
    /// Names of the boards in rotation.
    boards: Vec<String>,
    interrupted: bool,
    /// A scenario failed after which no other is to run.
    stopped: bool,
}

impl Dispatcher {
    pub(super) fn new(selected: Vec<Selected>, boards: Vec<String>) -> Self {
        let job = |selected| Job {
            selected,
            earlier: Vec::new(),
            last: None,
        };
        Self {
            state: Mutex::new(State {
                waiting: selected.into_iter().map(job).collect(),
                running: Vec::new(),
                under_way: 0,
                boards,
                interrupted: false,
                stopped: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Assigns nothing more, and ends running scenarios at their next instant.
    pub(super) fn interrupt(&self) {
        let mut state = self.lock();
        state.interrupted = true;
        for progress in &state.running {
            progress.cancelled.store(true, Ordering::Relaxed);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// A scenario failed, and no other is to be run: ends those that run at their next instant.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.interrupt();
    }

    /// Whether a scenario failed after which no other is to be run.
    pub(super) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// The next task of a worker; waits as long as a running scenario may have to be rerun.
    pub(super) fn next(&self, board: Option<&str>) -> Assignment {
        let mut state = self.lock();
        loop {
            if state.stopped
                && let Some(job) = state.waiting.pop_front()
            {
                return Assignment::Skip(job);
            }
            if state.interrupted {
                return state
                    .stands(|_| true)
                    .map_or(Assignment::Over, Assignment::Stands);
            }
            let boards = state.boards.clone();
            if let Some(last) = state.stands(|job| job.untried(&boards) == 0) {
                return Assignment::Stands(last);
            }
            let mine = state.waiting.iter().position(|job| job.may_go_to(board));
            if let Some(job) = mine.and_then(|at| state.waiting.remove(at)) {
                let progress = Arc::new(Progress::default());
                state.running.push(Arc::clone(&progress));
                state.under_way += 1;
                return Assignment::Run(job, progress);
            }
            if state.under_way == 0 && state.waiting.is_empty() {
                return Assignment::Over;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether `job` may be rerun elsewhere after the board failed.
    pub(super) fn may_return(&self, job: &Job, board: &str) -> bool {
        let state = self.lock();
        let others = state.boards.iter().filter(|name| *name != board).cloned();
        !state.interrupted
            && job.earlier.len() < RETRIES_MAX
            && job.untried(&others.collect::<Vec<_>>()) > 0
    }

    /// Returns a job: the board failed in this attempt.
    pub(super) fn give_back(&self, mut job: Job, attempt: Attempt, last: Box<CaseResult>) {
        job.earlier.push(attempt);
        job.last = Some(last);
        let mut state = self.lock();
        state.under_way -= 1;
        state.waiting.push_front(job);
        drop(state);
        self.changed.notify_all();
    }

    /// Notes that a job has its result.
    pub(super) fn done(&self) {
        self.lock().under_way -= 1;
        self.changed.notify_all();
    }

    /// Takes a board out of rotation. Returns the waiting jobs if it was the last.
    pub(super) fn retire(&self, board: &str) -> Vec<Job> {
        let mut state = self.lock();
        state.boards.retain(|name| name != board);
        let left = if state.boards.is_empty() {
            state.waiting.drain(..).collect()
        } else {
            Vec::new()
        };
        drop(state);
        self.changed.notify_all();
        left
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Removes a returned job for which `is_lost` is true, and returns its last result.
    fn stands(&mut self, is_lost: impl Fn(&Job) -> bool) -> Option<Box<CaseResult>> {
        let lost = |job: &Job| job.last.is_some() && is_lost(job);
        let at = self.waiting.iter().position(lost)?;
        self.waiting.remove(at)?.last
    }
}

impl Job {
    fn may_go_to(&self, board: Option<&str>) -> bool {
        board.is_none_or(|board| self.earlier.iter().all(|attempt| attempt.bench != board))
    }

    /// How many of these boards have not run it.
    fn untried(&self, boards: &[String]) -> usize {
        let untried = |board: &&String| self.may_go_to(Some(board));
        boards.iter().filter(untried).count()
    }

    /// Why the last board failed, if one did.
    pub(super) fn last_reasons(&self) -> &[String] {
        self.last.as_ref().map_or(&[], |case| &case.record.reasons)
    }
}
