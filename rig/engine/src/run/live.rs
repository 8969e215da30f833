//! Runs paced by wall time, and people who act while they run.
//!
//! The lockstep is unchanged: before each step it asks here whether the wall time has come or
//! someone acts first. A run without this is a function of commit, scenario and seed. A run with it
//! is for watching, and for boards that must not run faster than real time.

use super::history::Event;
use std::time::{Duration, Instant};
use thecal_plan::Action;
use thecal_sim::Truth;
use thecal_units::SimTime;

/// What comes first.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// Neither yet: ask again until it is `Due`.
    NotYet,
    /// The awaited instant.
    Due,
    /// A request to show the state at this instant, or at the awaited one if that is earlier.
    Look(SimTime),
    /// A person acts at this instant, or at the awaited one if that is earlier.
    Person(SimTime, Action),
}

/// Paces a run and shows it.
pub trait Live {
    /// Waits for `due`, at most 0.1 s.
    fn wait(&mut self, due: SimTime) -> Moment;

    /// Shows the current truth and the events since the last call.
    fn show(&mut self, truth: &Truth, news: &[Event]);
}

/// The pace of a run: simulated time per wall time.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    begun: Instant,
    factor: f64,
}

/// Longest single wait, so that an interruption is noticed soon.
const WAIT_MAX: Duration = Duration::from_millis(100);

impl Pace {
    /// Runs `factor` simulated seconds per second of wall time, from now on.
    #[must_use]
    pub fn new(factor: f64) -> Self {
        Self {
            begun: Instant::now(),
            factor,
        }
    }

    /// Takes this much wall time out of the count: nothing became due in it.
    pub fn postpone(&mut self, by: Duration) {
        self.begun += by;
    }

    /// The simulated instant that is due now.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive count of milliseconds; the fraction does not matter"
    )]
    pub fn now(&self) -> SimTime {
        let millis = self.begun.elapsed().as_secs_f64() * 1e3 * self.factor;
        SimTime::from_millis(millis as u64)
    }

    /// How long to wait for `due`, at most 0.1 s; zero: it is due.
    #[must_use]
    pub fn until(&self, due: SimTime) -> Duration {
        let now = self.now();
        if due <= now {
            return Duration::ZERO;
        }
        #[expect(clippy::cast_precision_loss, reason = "a wait needs no such precision")]
        let seconds = due.since(now).as_millis() as f64 / 1e3 / self.factor;
        Duration::try_from_secs_f64(seconds).map_or(WAIT_MAX, |wait| wait.min(WAIT_MAX))
    }
}

impl Live for Pace {
    fn wait(&mut self, due: SimTime) -> Moment {
        let wait = self.until(due);
        if wait.is_zero() {
            return Moment::Due;
        }
        std::thread::sleep(wait);
        Moment::NotYet
    }

    fn show(&mut self, _truth: &Truth, _news: &[Event]) {}
}
