//! A served board from a terminal: the program, its output, its input.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Generous: a test that does not hang ends long before.
pub(crate) const NEVER_HANGS: Duration = Duration::from_secs(60);

/// The program, started as by a terminal: a test may run under nohup.
pub(crate) fn thecal() -> Command {
    let mut command = Command::new("env");
    command
        .arg("--default-signal=HUP,QUIT")
        .arg(env!("CARGO_BIN_EXE_thecal"))
        .env_remove("THECAL_ELF");
    command
}

/// The emulators that run a file, except zombies.
pub(crate) fn emulators(elf: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap();
    let names = processes.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|process| process.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|process| {
            // It may end meanwhile.
            let command = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command);
            command.contains("qemu") && command.split('\0').any(|argument| argument == elf)
        })
        .collect()
}

/// A board that is being served.
pub(crate) struct Served {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    /// A copy of the image used by no other test, so that its emulator can be identified.
    pub(crate) elf: PathBuf,
    _folder: tempfile::TempDir,
}

impl Served {
    /// Starts the program with the image and these arguments.
    pub(crate) fn start(image: &PathBuf, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let elf = folder.path().join("pump.elf");
        fs::copy(image, &elf).unwrap();
        let mut child = thecal()
            .arg("serve")
            .arg("--elf")
            .arg(&elf)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stdout = child.stdout.take().unwrap();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            seen: Vec::new(),
            elf,
            _folder: folder,
        }
    }

    /// Waits for a line that contains a text.
    pub(crate) fn line_with(&mut self, text: &str) -> String {
        let until = Instant::now() + NEVER_HANGS;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no line with {text:?} after:\n{}", self.seen.join("\n"));
            };
            self.seen.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// The serial port, and the selector of the probe for probe-rs.
    pub(crate) fn where_it_is(&mut self) -> (String, String) {
        let serial = self.line_with("Serial ");
        let port = serial.split_whitespace().nth(1).unwrap();
        let probe = self.line_with("Probe ");
        let selector = probe.split(" --probe ").nth(1).unwrap();
        let selector = selector.split_whitespace().next().unwrap();
        self.line_with("End with Ctrl-C");
        (port.trim_end_matches(',').to_owned(), selector.to_owned())
    }

    pub(crate) fn type_in(&mut self, line: &str) {
        let keyboard = self.child.stdin.as_mut().unwrap();
        writeln!(keyboard, "{line}").unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).unwrap();
        kill(Pid::from_raw(pid), signal).unwrap();
    }

    pub(crate) fn emulators(&self) -> usize {
        emulators(self.elf.to_str().unwrap()).len()
    }

    /// Waits for the end; returns the exit code, `None` after a signal, and all output.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let until = Instant::now() + NEVER_HANGS;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < until, "it goes on");
            thread::sleep(Duration::from_millis(10));
        };
        while let Ok(line) = self.lines.recv() {
            self.seen.push(line);
        }
        let mut errors = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        while self.emulators() > 0 {
            assert!(Instant::now() < until, "an emulator is left");
            thread::sleep(Duration::from_millis(10));
        }
        (status.code(), format!("{}\n{errors}", self.seen.join("\n")))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Also if a test fails; it may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
