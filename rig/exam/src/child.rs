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
const WAITING: u32 = 30;

/// Unit of a process's times in proc(5). Unit: millisecond.
const TICK_MS: u64 = 10;

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its status; `None` if it did not end in time, and was killed.
    pub(crate) status: Option<ExitStatus>,
    /// The time of processors that it was last seen to have used.
    pub(crate) used: Duration,
}

/// Runs a program, without its output.
pub(crate) fn run(command: &mut Command, bound: Duration) -> io::Result<Ended> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    die_with_parent(command);
    let begun = Instant::now();
    let mut child = Killed(command.spawn()?);
    let (mut pause, mut used) = (PAUSES.0, Duration::ZERO);
    loop {
        let status = child.0.try_wait()?;
        if status.is_some() {
            return Ok(Ended { status, used });
        }
        used = used_by(child.0.id());
        if used > bound || begun.elapsed() > bound * WAITING {
            return Ok(Ended { status, used });
        }
        thread::sleep(pause);
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// The time of processors that a process has used; zero if it has ended.
fn used_by(process: u32) -> Duration {
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
        let sleeps = run(Command::new("sleep").arg("60"), bound).unwrap();
        assert_eq!(sleeps.status, None);
        let loops = ["-c", "while :; do :; done"];
        let busy = run(Command::new("sh").args(loops), bound).unwrap();
        assert_eq!(busy.status, None);
        assert!(busy.used > bound && busy.used > sleeps.used, "{busy:?}");
        assert!(begun.elapsed() < Duration::from_secs(30));
        let ended = run(Command::new("sh").args(["-c", "exit 3"]), bound * 100).unwrap();
        assert_eq!(ended.status.and_then(|status| status.code()), Some(3));
    }

    #[test]
    fn time_is_read_as_the_kernel_writes_it() {
        let stat = "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 1 2 3 4 250 31 5 6 20 0 1 0 7 8";
        assert_eq!(ticks(stat), Some(281));
        assert_eq!(ticks("4711 (thecal"), None);
    }
}
