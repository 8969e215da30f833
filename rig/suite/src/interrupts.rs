//! How somebody outside ends a run: Ctrl-C and Ctrl-\, the signal of services and CI runners, a terminal
//! that is gone.
//!
//! Boards are to be reset then, so each of these signals ends a run in order. A second one ends the
//! process at once, and nobody resets anything: it has to be meant. GNU `timeout` sends its signal twice
//! within a millisecond, to its child and to the group of it; a shell and a terminal that end together
//! send two as well. So one counts as a second only some time after the first.

use std::time::{Duration, Instant};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The process's exit code after a second interrupt: nobody has put anything in order.
pub const ENDED_AT_ONCE: i32 = 130;

/// From a signal that counted until another one does.
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
    /// To be made within a runtime. SIGHUP and SIGQUIT stay ignored where whoever started this process
    /// has them ignored: a run under `nohup` goes on when its terminal is gone.
    ///
    /// # Errors
    ///
    /// What the system says where a signal cannot be listened to.
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

    /// The next of them that counts. Nothing is lost where this is dropped before it is ready.
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

/// The next of a signal; never, where it is ignored.
async fn come(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// The signals that this process was started to ignore, the first in the lowest bit; none where the
/// system does not say.
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

/// When the last signal came that counted.
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
