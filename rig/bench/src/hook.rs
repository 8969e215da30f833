//! Hooks: local commands that switch a board's power. They run without a shell, each with a
//! deadline; their output is part of the error if they fail.

use crate::inventory::Power;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use thecal_engine::bench::BenchError;

/// Interval between checks whether the command has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Length of the end of its output that is shown. Unit: byte.
const SAID_MAX: usize = 400;

/// Switches on, and waits until the board has settled.
pub(super) fn switch_on(power: &Power) -> Result<(), BenchError> {
    switch(power, "on", &power.on)
}

/// Switches off, and waits until the board has settled.
pub(super) fn switch_off(power: &Power) -> Result<(), BenchError> {
    switch(power, "off", &power.off)
}

fn switch(power: &Power, to: &'static str, words: &[String]) -> Result<(), BenchError> {
    let failed = |how: String, said: String| BenchError::Power {
        to,
        command: words.join(" "),
        how,
        said,
    };
    let (status, said) = run(words, power.deadline)
        .map_err(|error| failed(format!("cannot be run: {error}"), String::new()))?;
    let said = match said.as_str() {
        "" => String::new(),
        said => format!("; it said: {said}"),
    };
    match status {
        Some(status) if status.success() => {
            thread::sleep(power.settle);
            Ok(())
        }
        Some(status) => Err(failed(format!("ended with {status}"), said)),
        None => {
            let waited = power.deadline.as_secs_f64();
            Err(failed(format!("did not end within {waited:.1} s"), said))
        }
    }
}

/// The exit status, `None` if it had to be killed, and the end of its output.
fn run(words: &[String], within: Duration) -> io::Result<(Option<ExitStatus>, String)> {
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    // Output goes to a file: reading a pipe that a grandchild holds open would never end.
    let mut output = tempfile::tempfile()?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?)
        .process_group(0)
        .spawn()?;
    let status = wait(&mut child, within)?;
    Ok((status, end_of(&mut output)?))
}

fn wait(child: &mut Child, within: Duration) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + within;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= until {
            let group = i32::try_from(child.id()).map(Pid::from_raw);
            if group.is_err() || group.is_ok_and(|id| killpg(id, Signal::SIGKILL).is_err()) {
                child.kill()?;
            }
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn end_of(output: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    output.rewind()?;
    output.take(1 << 20).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim().replace('\n', " | ");
    let start = text
        .char_indices()
        .rev()
        .nth(SAID_MAX)
        .map_or(0, |(at, _)| at);
    Ok(text.get(start..).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn power(words: &[&str]) -> Power {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        Power {
            on: words.clone(),
            off: words,
            settle: Duration::ZERO,
            deadline: Duration::from_millis(300),
        }
    }

    #[test]
    fn a_hook_that_fails_tells_what_it_said() {
        let error = switch_on(&power(&["ls", "/no/such/relay"])).unwrap_err();
        assert!(
            error.to_string().contains("cannot switch power on"),
            "{error}"
        );
        assert!(error.to_string().contains("/no/such/relay"), "{error}");
        let error = switch_off(&power(&["no-such-program"])).unwrap_err();
        assert!(error.to_string().contains("cannot be run"), "{error}");
        assert!(switch_on(&power(&["true"])).is_ok());
    }

    #[test]
    fn a_hook_that_does_not_end_is_ended() {
        let started = Instant::now();
        let error = switch_off(&power(&["sleep", "3600"])).unwrap_err();
        assert!(error.to_string().contains("did not end within"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn no_shell_reads_the_words() {
        let error = switch_on(&power(&["ls", "$HOME; true"])).unwrap_err();
        assert!(error.to_string().contains("$HOME; true"), "{error}");
    }
}
