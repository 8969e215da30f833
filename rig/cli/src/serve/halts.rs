//! Halts by a debugger: tells the user of them, and waits meanwhile. Nothing becomes due in a halt, and
//! no exchange times out.

use super::say::say;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use thecal_bench::Debugger;
use thecal_bench::virtual_probe::{CHIP, HaltClock};
use thecal_engine::bench::BenchError;
use thecal_engine::run::Progress;

/// Interval between checks whether the core runs again.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The halts of the served core. Each copy counts their time for itself.
#[derive(Clone, Debug)]
pub(super) struct Halts {
    clock: HaltClock,
    counted: Duration,
    told: Arc<AtomicBool>,
    progress: Arc<Progress>,
}

impl Halts {
    /// Halts from now on, until the run is cancelled.
    pub(super) fn of(clock: HaltClock, progress: Arc<Progress>) -> Self {
        Self {
            counted: clock.look().total,
            clock,
            told: Arc::default(),
            progress,
        }
    }

    /// How long the core was halted since this copy was last asked.
    pub(super) fn take_time(&mut self) -> Duration {
        self.look().1
    }

    /// Whether the core is halted, and the time since the last look. Tells the user of a change.
    fn look(&mut self) -> (bool, Duration) {
        let halts = self.clock.look();
        if self.told.swap(halts.now, Ordering::Relaxed) != halts.now {
            say(if halts.now {
                "      Halted by a debugger: the plant waits"
            } else {
                "        Runs again"
            });
        }
        let since = halts.total.saturating_sub(self.counted);
        self.counted = halts.total;
        (halts.now, since)
    }
}

impl Debugger for Halts {
    fn wait_while_halted(&mut self) -> Result<Duration, BenchError> {
        let mut halted = Duration::ZERO;
        loop {
            let (now, more) = self.look();
            halted += more;
            if !now {
                return Ok(halted);
            }
            if self.progress.cancelled.load(Ordering::Relaxed) {
                return Err(BenchError::Halted {
                    program: CHIP.to_owned(),
                    state: "halted by a debugger".to_owned(),
                });
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}
