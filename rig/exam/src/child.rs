//! A process with a bound on its time: a broken pump may run for ever.
//!
//! The bound is on the time of processors that it uses, so that a busy machine decides nothing; a
//! process that only waits is ended by the clock.

use std::fs;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use thecal_bench::die_with_parent;

/// Shortest and longest time between two looks at whether it has ended.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

/// How many times the bound it may take by the clock.
const WAITING: u32 = 20;

/// Unit of a process's times in proc(5). Unit: millisecond.
const TICK_MS: u64 = 10;

/// Runs a program, without its output; `None` if it did not end in time, and was killed.
pub(crate) fn run(command: &mut Command, bound: Duration) -> io::Result<Option<ExitStatus>> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    die_with_parent(command);
    let begun = Instant::now();
    let mut child = Killed(command.spawn()?);
    let mut pause = PAUSES.0;
    loop {
        if let Some(status) = child.0.try_wait()? {
            return Ok(Some(status));
        }
        if used(child.0.id()) > bound || begun.elapsed() > bound * WAITING {
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// The time of processors that a process has used; zero if it has ended.
fn used(process: u32) -> Duration {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    Duration::from_millis(ticks(&text).unwrap_or(0) * TICK_MS)
}

/// User and system time in a process's `stat`, proc(5): the 12th and 13th field after its name.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11);
    let mut next = || times.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// A process that ends when this is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and needs no more.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_does_not_end_is_killed_and_gives_no_status() {
        let begun = Instant::now();
        let bound = Duration::from_millis(100);
        assert_eq!(run(Command::new("sleep").arg("60"), bound).unwrap(), None);
        let busy = ["-c", "while :; do :; done"];
        assert_eq!(run(Command::new("sh").args(busy), bound).unwrap(), None);
        assert!(begun.elapsed() < Duration::from_secs(30));
        let status = run(Command::new("sh").args(["-c", "exit 3"]), bound * 100);
        assert_eq!(status.unwrap().and_then(|status| status.code()), Some(3));
    }

    #[test]
    fn time_is_read_as_the_kernel_writes_it() {
        let stat = "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 1 2 3 4 250 31 5 6 20 0 1 0 7 8";
        assert_eq!(ticks(stat), Some(281));
        assert_eq!(ticks("4711 (thecal"), None);
    }
}
