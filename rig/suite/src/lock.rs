//! Locks: a board is used by one process at a time.
//!
//! The lock is the kernel's, on an open file: it ends with the process, however that ends, so a
//! leftover file blocks nothing. The file's content is informative only.

use super::clock;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use thecal_bench::inventory::BoardSpec;
use thecal_report::write_whole;

/// Environment variable that names the folder of locks and marks.
pub(crate) const FOLDER_VARIABLE: &str = "THECAL_LOCKS";

/// Interval between attempts to lock.
const TRY_EVERY: Duration = Duration::from_millis(50);

/// Longest command stored. Unit: character.
const COMMAND_MAX: usize = 200;

/// A board locked by this process.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The process that holds a board.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Start time, in UTC.
    pub since: String,
    /// Its command line.
    pub command: String,
}

/// Why a board cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error(
        "board {board} is in use{}; wait with --wait-lock, or stop that process",
        by(holder.as_ref())
    )]
    InUse {
        /// Its name.
        board: String,
        /// The holder, if it can be read.
        holder: Option<Holder>,
    },
    /// The file system.
    #[error("cannot lock board {board} with {}: {source}", path.display())]
    File {
        /// Its name.
        board: String,
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
}

fn by(holder: Option<&Holder>) -> String {
    holder.map_or(String::new(), |holder| {
        format!(
            " by process {} since {}: `{}`",
            holder.pid, holder.since, holder.command
        )
    })
}

impl Lock {
    /// Locks a board, waiting at most `patience`.
    ///
    /// # Errors
    ///
    /// [`LockError`].
    pub fn take(board: &BoardSpec, patience: Duration) -> Result<Self, LockError> {
        let path = path_of(board, "lock");
        let failed = |source| LockError::File {
            board: board.name.clone(),
            path: path.clone(),
            source,
        };
        let until = Instant::now() + patience;
        let file = open(&path).map_err(failed)?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(TRY_EVERY),
                Err(TryLockError::WouldBlock) => {
                    return Err(LockError::InUse {
                        board: board.name.clone(),
                        holder: read(&holder_path(&path)),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        let holder = Holder {
            pid: std::process::id(),
            since: clock::now(),
            command: command(),
        };
        let text = serde_json::to_vec(&holder).map_err(|error| failed(error.into()))?;
        write_whole(&holder_path(&path), &text).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// Beside the lock, not in it: it is replaced as a whole, and the lock must stay the same file.
fn holder_path(lock: &Path) -> PathBuf {
    lock.with_extension("holder")
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// The command line of this process.
fn command() -> String {
    let words: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.join(" ").chars().take(COMMAND_MAX).collect()
}

pub(super) fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// The file of a board in the folder of locks, named after what two users cannot share.
pub(super) fn path_of(board: &BoardSpec, extension: &str) -> PathBuf {
    let resource = board.resource();
    let readable: String = resource
        .chars()
        .rev()
        .take(60)
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let readable: String = readable.chars().rev().collect();
    let readable = readable.trim_matches('_');
    let sum = thecal_link::frame::checksum(resource.as_bytes());
    folder().join(format!("{readable}-{sum:08x}.{extension}"))
}

/// Private to this user, and deleted at a restart of the machine.
fn folder() -> PathBuf {
    if let Some(named) = std::env::var_os(FOLDER_VARIABLE) {
        return named.into();
    }
    let user = nix::unistd::getuid();
    let run = PathBuf::from(format!("/run/user/{user}"));
    match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(folder) if folder.is_dir() => folder.join("thecal"),
        // Cron jobs and services lack the variable but use the same boards.
        _ if run.is_dir() => run.join("thecal"),
        _ => std::env::temp_dir().join(format!("thecal-{user}")),
    }
}
