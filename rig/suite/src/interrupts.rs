//! Signals that end a run: Ctrl-C and Ctrl-\, the signal of services and CI runners, a closed
//! terminal.
//!
//! Boards have to be reset then, so each of these signals ends a run in order. A second one ends
//! the process at once, without resetting anything, so it must be deliberate. GNU `timeout` sends
//! its signal twice within 1 ms, to its child and to its group; a shell and a terminal that end
//! together send two as well. So a second signal counts only some time after the first.

use std::time::{Duration, Instant};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The process's exit code after a second interrupt: boards are not reset.
pub const ENDED_AT_ONCE: i32 = 130;

/// Shortest time between two signals that count.
const REPEAT_AFTER: Duration = Duration::from_secs(1);

/// SIGINT, SIGTERM, SIGHUP and SIGQUIT as one.
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Option<Signal>,
    quit: Option<Signal>,
    repeats: Repeats,
}

impl Interrupts {
    /// Must be called within a runtime. SIGHUP and SIGQUIT stay ignored if this process was started
    /// with them ignored: a run under `nohup` continues when its terminal closes.
    ///
    /// # Errors
    ///
    /// System errors while installing a signal handler.
    pub fn new() -> std::io::Result<Self> {
        let ignored = ignored();
        let unless_ignored = |kind: SignalKind| {
            let bit = 1_u64 << (kind.as_raw_value() - 1);
            (ignored & bit == 0).then(|| signal(kind)).transpose()
        };
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: unless_ignored(SignalKind::hangup())?,
            quit: unless_ignored(SignalKind::quit())?,
            repeats: Repeats::default(),
        })
    }

    /// The next signal that counts. Cancel safe: no signal is lost if this is dropped.
    pub async fn next(&mut self) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
                () = come(self.hang_up.as_mut()) => {}
                () = come(self.quit.as_mut()) => {}
            }
            if self.repeats.count(Instant::now()) {
                return;
            }
        }
    }
}

/// The next occurrence of a signal; never, if it is ignored.
async fn come(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// The signals this process was started to ignore, signal 1 in the lowest bit; none if the system
/// does not say.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_in(&status).unwrap_or(0)
}

/// The same from the text of a process's `status`, proc(5).
fn ignored_in(status: &str) -> Option<u64> {
    let digits = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(digits.trim(), 16).ok()
}

/// Time of the last signal that counted.
#[derive(Debug, Default)]
struct Repeats {
    last: Option<Instant>,
}

impl Repeats {
    /// Whether a signal at `now` counts.
    fn count(&mut self, now: Instant) -> bool {
        let too_soon = |last| now.saturating_duration_since(last) < REPEAT_AFTER;
        if self.last.is_some_and(too_soon) {
            return false;
        }
        self.last = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_signal_counts_only_some_time_after_the_first() {
        let mut repeats = Repeats::default();
        let first = Instant::now();
        let counted: Vec<u64> = [0, 1, 500, 999, 1000, 1001, 1999, 2000]
            .into_iter()
            .filter(|&after| repeats.count(first + Duration::from_millis(after)))
            .collect();
        assert_eq!(counted, [0, 1000, 2000]);
    }

    #[test]
    fn what_is_ignored_is_read_as_the_kernel_writes_it() {
        let status = "Name:\tthecal\nSigBlk:\t0000000000000000\n\
                      SigIgn:\t0000000000001005\nSigCgt:\t0000000000000002\n";
        assert_eq!(ignored_in(status), Some(1 << 12 | 1 << 2 | 1));
        assert_eq!(ignored_in("Name:\tthecal\n"), None);
    }
}
