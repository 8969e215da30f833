//! A process with a bound on its time: a broken pump may run for ever.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use thecal_bench::die_with_parent;

/// Shortest and longest time between two looks at whether it has ended.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

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
        if begun.elapsed() > bound {
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(PAUSES.1);
    }
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
        let ended = run(Command::new("sleep").arg("60"), Duration::from_millis(50)).unwrap();
        assert_eq!(ended, None);
        assert!(begun.elapsed() < Duration::from_secs(30));
        let status = run(
            Command::new("sh").args(["-c", "exit 3"]),
            Duration::from_secs(30),
        );
        assert_eq!(status.unwrap().and_then(|status| status.code()), Some(3));
    }
}
