//! The process: started so that it cannot outlive the rig; keeps its output and waits for its end.

use crate::parent::die_with_parent;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Lines of its output that are kept for an error message.
const LINES_KEPT: usize = 4;

/// Longest line that is kept whole. Unit: byte.
const LINE_MAX: u64 = 1024;

/// Start of the line in which QEMU says why it aborts. A page of registers follows.
const FATAL: &str = "qemu: fatal: ";

/// Time from its end until all its output has been read.
const WORDS_WAIT: Duration = Duration::from_millis(500);

/// Interval between checks whether it has ended.
const END_PAUSE: Duration = Duration::from_millis(5);

const PORT_BEFORE: &str = "char device redirected to ";
const PORT_AFTER: &str = " (label serial0)";

type Words = Arc<Mutex<VecDeque<String>>>;

/// A process that ends with its owner.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    ports: Receiver<String>,
    words: Words,
    keeper: JoinHandle<()>,
}

impl Process {
    /// Starts it from a thread that lives as long as it does.
    pub(super) fn start(program: &Path, arguments: &[OsString]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // An interrupt from the terminal must reach only the rig, which then ends it in order.
            .process_group(0);
        die_with_parent(&mut command);
        let words = Words::default();
        let (started, start) = channel();
        let (port, ports) = channel();
        let keeper_words = Arc::clone(&words);
        let keeper = thread::Builder::new()
            .name("qemu-stdout".into())
            .spawn(move || keep(&mut command, &started, &port, &keeper_words))?;
        let child = start
            .recv()
            .map_err(|_| io::Error::from(ErrorKind::BrokenPipe))??;
        Ok(Self {
            child,
            ports,
            words,
            keeper,
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has printed the path of its serial port.
    pub(super) fn await_port(&mut self, within: Duration) -> io::Result<String> {
        match self.ports.recv_timeout(within) {
            Ok(port) => Ok(port),
            Err(RecvTimeoutError::Timeout) => Err(io::Error::new(
                ErrorKind::TimedOut,
                format!("no serial port within {:.1} s", within.as_secs_f64()),
            )),
            Err(RecvTimeoutError::Disconnected) => {
                let closed = ErrorKind::UnexpectedEof.into();
                Err(self.explain(closed, within))
            }
        }
    }

    /// Returns how it ended, instead of `error`, if it did.
    pub(super) fn explain(&mut self, error: io::Error, within: Duration) -> io::Error {
        match self.ended_within(within) {
            Some(how) => io::Error::other(format!("it ended ({how}): {}", self.last_words())),
            None => error,
        }
    }

    /// Waits for its end; returns how it ended.
    pub(super) fn ended_within(&mut self, within: Duration) -> Option<String> {
        let until = Instant::now() + within;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    self.read_to_end();
                    return Some(status.to_string());
                }
                Ok(None) if Instant::now() < until => thread::sleep(END_PAUSE),
                Ok(None) => return None,
                Err(error) => return Some(error.to_string()),
            }
        }
    }

    /// Waits until all output of an ended process has been read.
    fn read_to_end(&self) {
        let until = Instant::now() + WORDS_WAIT;
        while !self.keeper.is_finished() && Instant::now() < until {
            thread::sleep(END_PAUSE);
        }
    }

    /// Ends it, if it has not ended.
    pub(super) fn kill(&mut self) {
        // Both fail only if it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// The last lines of its output; after an abort, only the reason.
    pub(super) fn last_words(&self) -> String {
        Vec::from(lock(&self.words).clone()).join("; ")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts the process and reads its output until it ends.
fn keep(
    command: &mut Command,
    started: &Sender<io::Result<Child>>,
    port: &Sender<String>,
    words: &Words,
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
        let words = Arc::clone(words);
        thread::spawn(move || read_lines(stderr, |line| remember(&words, line)))
    });
    if let Err(unwanted) = started.send(Ok(child)) {
        // Its owner is gone: end it here.
        if let Ok(mut child) = unwanted.0 {
            drop(child.kill());
            drop(child.wait());
        }
    }
    if let Some(stdout) = stdout {
        read_lines(stdout, |line| match serial_port(&line) {
            Some(path) => drop(port.send(path.to_owned())),
            None => remember(words, line),
        });
    }
    if let Some(listener) = listener {
        drop(listener.join());
    }
}

fn serial_port(line: &str) -> Option<&str> {
    line.strip_prefix(PORT_BEFORE)?.strip_suffix(PORT_AFTER)
}

fn remember(words: &Words, line: String) {
    let mut words = lock(words);
    if words.front().is_some_and(|first| first.starts_with(FATAL)) {
        return;
    }
    if line.starts_with(FATAL) {
        words.clear();
    }
    if words.len() == LINES_KEPT {
        words.pop_front();
    }
    words.push_back(line);
}

fn read_lines(from: impl Read, mut each: impl FnMut(String)) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        line.clear();
        match from.by_ref().take(LINE_MAX).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => each(String::from_utf8_lossy(&line).trim_end().to_owned()),
        }
    }
}

fn lock(words: &Words) -> MutexGuard<'_, VecDeque<String>> {
    words.lock().unwrap_or_else(PoisonError::into_inner)
}
