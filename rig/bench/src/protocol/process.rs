//! The process: a line in, a line out, each within the deadline.

use crate::parent::die_with_parent;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use thecal_plan::ProtocolProcess;

/// Longest line of an answer. Unit: byte. Source: ours; a page of a log has some thousand.
const LINE_MAX: u64 = 1 << 20;
/// Lines of its standard error that are kept for a message.
const SAID_LINES: usize = 4;
/// Longest line of these. Unit: byte.
const SAID_MAX: u64 = 400;
/// Lines that may wait to be read; a process that writes more at once waits.
const WAITING: usize = 4;
/// Time that a process has to end once its input is closed.
const END_WAIT: Duration = Duration::from_secs(2);
/// Interval between checks whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// What a process did instead of answering, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure(pub(super) String);

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

type Said = Arc<Mutex<VecDeque<String>>>;

/// A process that ends with its owner.
#[derive(Debug)]
pub(super) struct Process {
    words: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<io::Result<Vec<u8>>>,
    said: Said,
    deadline: Duration,
}

impl Process {
    /// Starts it from a thread that lives as long as it does.
    pub(super) fn start(process: &ProtocolProcess) -> Result<Self, Failure> {
        let words = process.command.join(" ");
        let failed = |error: io::Error| Failure(format!("`{words}` cannot be started: {error}"));
        let Some((program, arguments)) = process.command.split_first() else {
            return Err(failed(io::ErrorKind::InvalidInput.into()));
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&process.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // An interrupt from the terminal must reach only the rig, which then ends it in order.
            .process_group(0);
        die_with_parent(&mut command);
        let said = Said::default();
        let (started, start) = sync_channel(1);
        let (line, lines) = sync_channel(WAITING);
        let keeper_said = Arc::clone(&said);
        thread::Builder::new()
            .name("protocol".into())
            .spawn(move || keep(&mut command, &started, &line, &keeper_said))
            .map_err(failed)?;
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        let mut child: Child = start
            .recv()
            .map_err(gone)
            .and_then(|it| it)
            .map_err(failed)?;
        let input = child.stdin.take();
        Ok(Self {
            deadline: Duration::from_millis(process.deadline.as_millis()),
            words,
            child,
            input,
            lines,
            said,
        })
    }

    /// Says a line and waits for the line that answers it.
    pub(super) fn ask(&mut self, line: &str) -> Result<String, Failure> {
        let input = self.input.as_mut();
        let written = input.map(|input| {
            input.write_all(line.as_bytes())?;
            input.write_all(b"\n")?;
            input.flush()
        });
        if !matches!(written, Some(Ok(()))) {
            return Err(self.ended());
        }
        match self.lines.recv_timeout(self.deadline) {
            Ok(Ok(bytes)) => String::from_utf8(bytes)
                .map_err(|_| self.did("answered with bytes that are not UTF-8")),
            Ok(Err(error)) => Err(self.did(&format!("cannot be read: {error}"))),
            Err(RecvTimeoutError::Timeout) => {
                let waited = self.deadline.as_secs_f64();
                Err(self.did(&format!("did not answer within {waited} s")))
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.ended()),
        }
    }

    /// A line that it has written without being asked, if there is one by now.
    pub(super) fn unasked(&self) -> Option<String> {
        let line = self.lines.try_recv().ok()?.ok()?;
        Some(String::from_utf8_lossy(&line).into_owned())
    }

    /// Closes its input; whether it has ended by itself soon after.
    pub(super) fn close(&mut self) -> bool {
        self.input = None;
        self.has_ended_within(END_WAIT)
    }

    fn has_ended_within(&mut self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        loop {
            match self.child.try_wait() {
                Ok(Some(_)) | Err(_) => return true,
                Ok(None) if Instant::now() < until => thread::sleep(LOOK_EVERY),
                Ok(None) => return false,
            }
        }
    }

    /// What it did, and what it said before.
    pub(super) fn did(&self, what: &str) -> Failure {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let last: Vec<&str> = said.iter().map(String::as_str).collect();
        let said = match last.as_slice() {
            [] => String::new(),
            lines => format!("; it said: {}", lines.join(" | ")),
        };
        Failure(format!("the protocol `{}` {what}{said}", self.words))
    }

    /// How it ended instead of answering.
    fn ended(&mut self) -> Failure {
        let how = if self.has_ended_within(END_WAIT) {
            match self.child.try_wait() {
                Ok(Some(status)) => format!("ended ({status}) instead of answering"),
                _ => "ended instead of answering".to_owned(),
            }
        } else {
            "has closed its output instead of answering".to_owned()
        };
        self.did(&how)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.input = None;
        let group = i32::try_from(self.child.id()).map(Pid::from_raw);
        // With what it has started; both fail only if it has ended already.
        let is_killed = group.is_ok_and(|group| killpg(group, Signal::SIGKILL).is_ok());
        if !is_killed {
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}

/// Starts the process and reads its output until it ends.
fn keep(
    command: &mut Command,
    started: &SyncSender<io::Result<Child>>,
    line: &SyncSender<io::Result<Vec<u8>>>,
    said: &Said,
) {
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            drop(started.send(Err(error)));
            return;
        }
    };
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let listener = stderr.map(|stderr| {
        let said = Arc::clone(said);
        thread::spawn(move || remember(stderr, &said))
    });
    if let Err(unwanted) = started.send(Ok(child))
        && let Ok(mut child) = unwanted.0
    {
        // Its owner is gone: end it here.
        drop(child.kill());
        drop(child.wait());
    }
    if let Some(stdout) = stdout {
        let mut from = BufReader::new(stdout);
        while let Some(read) = next_line(&mut from) {
            let is_over = read.is_err();
            if line.send(read).is_err() || is_over {
                break;
            }
        }
    }
    if let Some(listener) = listener {
        drop(listener.join());
    }
}

/// The next whole line; `None`: there is none.
fn next_line(from: &mut BufReader<impl Read>) -> Option<io::Result<Vec<u8>>> {
    let mut line = Vec::new();
    match from.by_ref().take(LINE_MAX).read_until(b'\n', &mut line) {
        Ok(0) => None,
        Ok(_) if line.last() == Some(&b'\n') => {
            line.pop();
            Some(Ok(line))
        }
        Ok(_) => Some(Err(io::Error::other(format!(
            "a line without an end, after {} bytes",
            line.len()
        )))),
        Err(error) => Some(Err(error)),
    }
}

/// Keeps the last lines of its standard error.
fn remember(from: impl Read, said: &Said) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while let Ok(1..) = from.by_ref().take(SAID_MAX).read_until(b'\n', &mut line) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() == SAID_LINES {
            said.pop_front();
        }
        said.push_back(text);
    }
}
