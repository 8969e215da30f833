//! QEMU under supervision: started with the image, checked for liveness, never left behind.
//!
//! It always ends with the rig: dropping it kills and reaps it; if the rig is killed, the kernel
//! kills it. That is bound to the *thread* that started it, so a thread is kept for this, which
//! also reads its output.

mod child;
mod qmp;
mod scratch;

use super::link::{Liveness, Owner};
use child::Process;
use nix::fcntl::OFlag;
use qmp::Qmp;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use thecal_engine::bench::BenchError;

/// The program's name.
pub(crate) const PROGRAM: &str = "qemu-system-arm";

/// Environment variable that names another program to use instead.
pub(crate) const PROGRAM_VARIABLE: &str = "THECAL_QEMU";

const INSTALL: &str = "on Debian and Ubuntu `sudo apt-get install qemu-system-arm`, \
                       or name the program in THECAL_QEMU";

/// The machine whose memory map is that of the STM32F405.
const MACHINE: &str = "netduinoplus2";

/// Names of the sockets in their directory.
const QMP: &str = "qmp";
const GDB: &str = "gdb";
const QTEST: &str = "qtest";

/// Time from the start of the process to its port and socket.
const START_WAIT: Duration = Duration::from_secs(10);

/// Timeout for an answer over QMP.
const QMP_WAIT: Duration = Duration::from_secs(2);

/// Time from a closed port or socket until the process is known to have ended.
const END_WAIT: Duration = Duration::from_secs(1);

/// QEMU's word for a fault in a fault handler.
const LOCKUP: &str = "Lockup";

/// A running QEMU.
#[derive(Debug)]
pub struct Qemu {
    process: Process,
    qmp: Qmp,
    port: String,
    paused: bool,
    _held_port: File,
    sockets: TempDir,
}

impl Qemu {
    /// Starts an image.
    ///
    /// # Errors
    ///
    /// [`BenchError::MissingProgram`], [`BenchError::Start`] with its output.
    pub fn start(elf: &Path) -> Result<Self, BenchError> {
        Self::start_with(elf, |_| Vec::new())
    }

    /// Starts an image with its core stopped before the first instruction, and with the sockets
    /// that a debugger needs: [`Qemu::gdb_socket`] and [`Qemu::qtest_socket`].
    pub(crate) fn start_stopped(elf: &Path) -> Result<Self, BenchError> {
        Self::start_with(elf, |sockets| {
            vec![
                "-S".into(),
                "-gdb".into(),
                socket_argument(&sockets.join(GDB)),
                "-qtest".into(),
                socket_argument(&sockets.join(QTEST)),
                // Otherwise it prints each question and answer.
                "-qtest-log".into(),
                "none".into(),
            ]
        })
    }

    fn start_with(
        elf: &Path,
        more: impl FnOnce(&Path) -> Vec<OsString>,
    ) -> Result<Self, BenchError> {
        let program = find_program()?;
        let sockets = scratch::new_dir().map_err(cannot_start)?;
        let socket = sockets.path().join(QMP);
        let mut arguments = vec![
            "-M".into(),
            MACHINE.into(),
            "-display".into(),
            "none".into(),
            "-monitor".into(),
            "none".into(),
            // No network: its timers cost a tenth of an emulated serial port's time.
            "-nic".into(),
            "none".into(),
            "-kernel".into(),
            elf.as_os_str().to_owned(),
            "-serial".into(),
            "pty".into(),
            "-qmp".into(),
            socket_argument(&socket),
        ];
        arguments.extend(more(sockets.path()));
        let mut process = Process::start(&program, &arguments).map_err(cannot_start)?;
        let port = process.await_port(START_WAIT).map_err(cannot_start)?;
        let held_port = hold(&port).map_err(cannot_start)?;
        let qmp = Qmp::connect(&socket, START_WAIT)
            .map_err(|error| cannot_start(process.explain(error, END_WAIT)))?;
        Ok(Self {
            process,
            qmp,
            port,
            paused: false,
            _held_port: held_port,
            sockets,
        })
    }

    /// Path of the gdb stub's socket, if it was started stopped.
    pub(crate) fn gdb_socket(&self) -> PathBuf {
        self.sockets.path().join(GDB)
    }

    /// Path of the test interface's socket, if it was started stopped.
    pub(crate) fn qtest_socket(&self) -> PathBuf {
        self.sockets.path().join(QTEST)
    }

    /// Address in the process's own address space of the memory at a guest address.
    pub(crate) fn host_address(&mut self, guest: u32) -> Result<usize, BenchError> {
        const ASKED: &str = "gpa2hva";
        let answer = self
            .qmp
            .monitor(&format!("{ASKED} {guest:#x}"), QMP_WAIT)
            .map_err(|error| self.why(ASKED, error))?;
        answer
            .trim()
            .rsplit_once(" is 0x")
            .and_then(|(_, address)| usize::from_str_radix(address, 16).ok())
            .ok_or_else(|| cannot_start(io::Error::other(answer)))
    }

    /// Resets the machine and waits until that is done. Its core stays stopped if it was.
    pub(crate) fn reset_and_wait(&mut self) -> Result<(), BenchError> {
        let before = self.resets()?;
        self.system_reset()?;
        self.qmp
            .await_reset(before, QMP_WAIT)
            .map_err(|error| self.why("system_reset", error))
    }

    /// How often the machine has been reset, by any means.
    pub(crate) fn resets(&mut self) -> Result<u64, BenchError> {
        self.qmp
            .resets()
            .map_err(|error| self.why("its events", error))
    }

    /// How it ended, if it did: the error, and whether the core locked up.
    pub(crate) fn end(&mut self, within: Duration) -> Option<(BenchError, bool)> {
        let how = self.process.ended_within(within)?;
        Some((self.gone(how), self.process.last_words().contains(LOCKUP)))
    }

    /// The pseudo-terminal connected to the pump's USART.
    #[must_use]
    pub fn port(&self) -> &str {
        &self.port
    }

    /// Its process id.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Whether it ended because the core locked up.
    pub(crate) fn is_locked_up(&mut self) -> bool {
        matches!(self.look(), Liveness::LockedUp(_))
    }

    /// Resets the machine, whatever its core does.
    ///
    /// # Errors
    ///
    /// [`BenchError::ProcessGone`], [`BenchError::Unresponsive`].
    pub(crate) fn system_reset(&mut self) -> Result<(), BenchError> {
        self.order("system_reset")
    }

    /// Stops the core; a core stopped by the rig does not count as a dead bench.
    ///
    /// # Errors
    ///
    /// [`BenchError::ProcessGone`], [`BenchError::Unresponsive`].
    pub(crate) fn pause(&mut self) -> Result<(), BenchError> {
        self.order("stop")?;
        self.paused = true;
        Ok(())
    }

    /// Resumes the core.
    ///
    /// # Errors
    ///
    /// [`BenchError::ProcessGone`], [`BenchError::Unresponsive`].
    pub fn resume(&mut self) -> Result<(), BenchError> {
        self.order("cont")?;
        self.paused = false;
        Ok(())
    }

    /// Whether the rig has stopped the core.
    #[must_use]
    pub(crate) const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Ends the process at once, like a loss of power.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    fn order(&mut self, name: &'static str) -> Result<(), BenchError> {
        match self.qmp.command(name, QMP_WAIT) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.why(name, error)),
        }
    }

    fn why(&mut self, asked: &'static str, source: io::Error) -> BenchError {
        if matches!(source.kind(), io::ErrorKind::TimedOut) {
            return BenchError::Unresponsive {
                program: PROGRAM,
                asked,
                waited: QMP_WAIT,
                source,
            };
        }
        match self.process.ended_within(END_WAIT) {
            Some(how) => self.gone(how),
            None => BenchError::Unresponsive {
                program: PROGRAM,
                asked,
                waited: END_WAIT,
                source,
            },
        }
    }

    fn gone(&self, how: String) -> BenchError {
        let words = self.process.last_words();
        let detail = match (words.is_empty(), words.contains(LOCKUP)) {
            (true, _) => String::new(),
            (false, true) => format!(": the target locked up, a fault in a fault handler: {words}"),
            (false, false) => format!(": {words}"),
        };
        BenchError::ProcessGone {
            program: PROGRAM,
            how,
            detail,
        }
    }
}

impl<W: ?Sized> Owner<W> for Qemu {
    fn liveness(&mut self, _wire: &mut W) -> Liveness {
        self.look()
    }
}

impl Qemu {
    /// Whether it is alive and its core runs.
    pub(crate) fn look(&mut self) -> Liveness {
        let error = match self.qmp.command("query-status", QMP_WAIT) {
            Ok(status) => {
                let state = status.get("status").and_then(|state| state.as_str());
                match state {
                    Some("running") => return Liveness::Running,
                    Some("paused") if self.paused => return Liveness::Running,
                    other => BenchError::Halted {
                        program: PROGRAM.to_owned(),
                        state: other.unwrap_or("unknown").to_owned(),
                    },
                }
            }
            Err(error) => self.why("query-status", error),
        };
        let gone = matches!(error, BenchError::ProcessGone { .. });
        if gone && self.process.last_words().contains(LOCKUP) {
            return Liveness::LockedUp(error);
        }
        Liveness::Dead(error)
    }
}

/// Opens the pseudo-terminal's other end at once, and keeps it open.
///
/// QEMU checks whether it is open when it connects the USART to it, some milliseconds later, and
/// after that only once a second.
fn hold(port: &str) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OFlag::O_NOCTTY.bits())
        .open(port)
}

fn cannot_start(source: io::Error) -> BenchError {
    BenchError::Start {
        program: PROGRAM,
        source,
    }
}

fn socket_argument(socket: &Path) -> OsString {
    let mut argument = OsString::from("unix:");
    argument.push(socket);
    argument.push(",server=on,wait=off");
    argument
}

fn find_program() -> Result<PathBuf, BenchError> {
    if let Some(named) = std::env::var_os(PROGRAM_VARIABLE) {
        return Ok(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|dir| dir.join(PROGRAM))
        .find(|program| program.is_file())
        .ok_or(BenchError::MissingProgram {
            program: PROGRAM,
            fix: INSTALL,
        })
}
