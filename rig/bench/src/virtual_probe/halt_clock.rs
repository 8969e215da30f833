//! How long debuggers have kept the core from running: for whoever waits meanwhile.

use super::machine::Condition;
use super::target::Shared;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time in which the core did not run, halted or held in reset.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HaltedTime {
    /// Of halts that are over.
    over: Duration,
    /// Since when it has been halted.
    since: Option<Instant>,
}

impl HaltedTime {
    /// Notes that the core is in this condition from now on.
    pub(super) fn note(&mut self, condition: Condition, now: Instant) {
        match condition {
            Condition::Running => {
                *self = Self {
                    over: self.total(now),
                    since: None,
                };
            }
            Condition::Halted | Condition::InReset { .. } => {
                self.since.get_or_insert(now);
            }
        }
    }

    /// The time up to now.
    fn total(&self, now: Instant) -> Duration {
        let current = self.since.map(|since| now.saturating_duration_since(since));
        self.over + current.unwrap_or_default()
    }
}

/// What a [`HaltClock`] shows at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halted {
    /// Whether the core is halted, or held in reset.
    pub now: bool,
    /// Total time so far in which it was. A reset by the rig adds the moment that it takes.
    pub total: Duration,
}

/// Tells the halts of one target. It may outlive the target.
#[derive(Clone, Debug)]
pub struct HaltClock {
    shared: Arc<Shared>,
}

impl HaltClock {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Looks. A breakpoint counts from the first look at it, by this or by a debugger. A target that
    /// has ended is not halted.
    #[must_use]
    pub fn look(&self) -> Halted {
        let mut machine = self.shared.machine();
        let alive = machine.poll().is_ok();
        Halted {
            now: alive && machine.condition() != Condition::Running,
            total: machine.halted_time.total(Instant::now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_time_between_halt_and_run_counts() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let total = |halted: &HaltedTime, seconds| halted.total(at(seconds)).as_secs();
        let mut halted = HaltedTime::default();
        assert_eq!(total(&halted, 5), 0);
        halted.note(Condition::Halted, at(10));
        assert_eq!(total(&halted, 12), 2);
        // A step leaves it halted.
        halted.note(Condition::Halted, at(13));
        halted.note(Condition::InReset { then_halt: true }, at(14));
        halted.note(Condition::Running, at(15));
        halted.note(Condition::Running, at(16));
        assert_eq!(total(&halted, 20), 5);
        halted.note(Condition::Halted, at(30));
        assert_eq!(total(&halted, 31), 6);
    }
}
