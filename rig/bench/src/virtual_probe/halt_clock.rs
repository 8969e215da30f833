//! How long debuggers have kept the core from running: for whoever waits meanwhile.

use super::condition::Condition;
use super::shared::Shared;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
