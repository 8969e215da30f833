//! Whether the core runs, and how long it did not.

use std::time::{Duration, Instant};

/// State of the core, as a debugger sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Running or sleeping.
    Running,
    /// Halted by a debugger.
    Halted,
    /// The reset line is held.
    InReset {
        /// A debugger requested a halt meanwhile.
        then_halt: bool,
    },
}

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
    pub(super) fn total(&self, now: Instant) -> Duration {
        let current = self.since.map(|since| now.saturating_duration_since(since));
        self.over + current.unwrap_or_default()
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
