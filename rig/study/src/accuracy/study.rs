//! A study: every rate under every condition, and the boluses, on several threads.
//!
//! Each measurement depends only on its own setup, and results are in the order of the plan, so the
//! number of threads changes only the time.

use super::bolus::{Boluses, successive};
use super::occlusion::{Occlusion, occlude};
use super::protocol::{BOLUS_SETTINGS_NL, Condition, Plan};
use super::stand::Setup;
use super::trial::{Trial, weigh};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use thecal_sim::{ConfigError, Drive};
use thecal_units::{FlowRate, Volume};

/// One rate under one condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Flow measurement.
    pub trial: Trial,
    /// Results of closing the tip.
    pub occlusion: Occlusion,
}

/// All measurements.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The plan.
    pub plan: Plan,
    /// All rates under the first condition, then under the next.
    pub cells: Vec<Cell>,
    /// Both settings under the first condition, then under the next; none for a drive without
    /// commands.
    pub boluses: Vec<Boluses>,
}

enum Job {
    Cell(Setup),
    Boluses(Condition, Volume),
}

enum Done {
    Cell(Box<Cell>),
    Boluses(Boluses),
}

impl Study {
    /// Number of measurements in a plan.
    #[must_use]
    pub fn measurements(plan: &Plan) -> usize {
        jobs_of(plan).len()
    }

    /// Measures on `threads` threads; `ended` is called after each measurement.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] of the first measurement, in the order of the plan, that is not possible.
    pub fn run(plan: Plan, threads: usize, ended: impl Fn() + Sync) -> Result<Self, ConfigError> {
        let jobs = jobs_of(&plan);
        let next = AtomicUsize::new(0);
        let results: Vec<Mutex<Option<Result<Done, ConfigError>>>> =
            jobs.iter().map(|_| Mutex::new(None)).collect();
        std::thread::scope(|scope| {
            for _ in 0..threads.clamp(1, jobs.len().max(1)) {
                scope.spawn(|| {
                    while let Some((job, result)) = {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        jobs.get(index).zip(results.get(index))
                    } {
                        let done = measure(&plan, job);
                        *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
                        ended();
                    }
                });
            }
        });
        let (mut cells, mut boluses) = (Vec::new(), Vec::new());
        for result in results {
            match result.into_inner().unwrap_or_else(PoisonError::into_inner) {
                Some(Ok(Done::Cell(cell))) => cells.push(*cell),
                Some(Ok(Done::Boluses(some))) => boluses.push(some),
                Some(Err(error)) => return Err(error),
                None => {
                    unreachable!("the threads leave no job undone, or end the scope by a panic")
                }
            }
        }
        Ok(Self {
            plan,
            cells,
            boluses,
        })
    }

    /// Whether a closed tip stalls the drive in any measurement.
    pub(crate) fn stalls(&self) -> bool {
        let mut seen = self.cells.iter().map(|cell| &cell.occlusion);
        seen.any(|seen| seen.stalled_after.is_some())
    }

    /// One rate under one condition, by index in the plan.
    #[must_use]
    pub fn cell(&self, condition: usize, rate: usize) -> Option<&Cell> {
        self.cells.get(condition * self.plan.rates.len() + rate)
    }

    /// All rates under one condition, by index in the plan.
    #[must_use]
    pub fn row(&self, condition: usize) -> &[Cell] {
        let width = self.plan.rates.len();
        let from = condition * width;
        self.cells.get(from..from + width).unwrap_or(&[])
    }
}

fn jobs_of(plan: &Plan) -> Vec<Job> {
    let mut jobs = Vec::new();
    for &condition in &plan.conditions {
        let setup = |&rate: &FlowRate| {
            Job::Cell(Setup {
                drive: plan.drive,
                rate,
                condition,
            })
        };
        jobs.extend(plan.rates.iter().map(setup));
        if plan.drive != Drive::ConstantFlow {
            let settings = BOLUS_SETTINGS_NL.map(Volume::from_nanoliters);
            jobs.extend(settings.map(|setting| Job::Boluses(condition, setting)));
        }
    }
    jobs
}

fn measure(plan: &Plan, job: &Job) -> Result<Done, ConfigError> {
    Ok(match job {
        Job::Cell(setup) => Done::Cell(Box::new(Cell {
            trial: weigh(setup, plan.spans)?,
            occlusion: occlude(setup, plan.spans.start_up)?,
        })),
        Job::Boluses(condition, setting) => {
            Done::Boluses(successive(plan.drive, *condition, *setting)?)
        }
    })
}
