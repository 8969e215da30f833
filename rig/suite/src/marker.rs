//! Marks of wedged boards: a board on which two runs in a row failed is refused at once, until a
//! health check clears it. So an overnight queue does not wait for it at every scenario.

use super::clock;
use super::lock::{path_of, read};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use thecal_bench::inventory::BoardSpec;
use thecal_report::write_whole;

/// Failed runs in a row after which a board is refused.
pub(crate) const BROKEN_MAX: u32 = 2;

/// The last failures on a board.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// How many in a row.
    pub broken: u32,
    /// Time of the last one.
    pub since: String,
    /// Cause of the last one.
    pub cause: String,
}

impl Marker {
    /// The mark of a board; `None` if its last run did not fail.
    #[must_use]
    pub(crate) fn of(board: &BoardSpec) -> Option<Self> {
        read(&path_of(board, "broken"))
    }

    /// The mark, if the board is wedged.
    #[must_use]
    pub fn wedged(board: &BoardSpec) -> Option<Self> {
        Self::of(board).filter(|marker| marker.broken >= BROKEN_MAX)
    }

    /// Counts a failed run.
    ///
    /// # Errors
    ///
    /// File system errors.
    pub(crate) fn broke(board: &BoardSpec, cause: &str) -> io::Result<()> {
        let before = Self::of(board).map_or(0, |marker| marker.broken);
        let marker = Self {
            broken: before.saturating_add(1),
            since: clock::now(),
            cause: cause.to_owned(),
        };
        write_whole(&path_of(board, "broken"), &serde_json::to_vec(&marker)?)
    }

    /// Clears the mark after a good run or health check.
    ///
    /// # Errors
    ///
    /// File system errors.
    pub fn clear(board: &BoardSpec) -> io::Result<()> {
        match fs::remove_file(path_of(board, "broken")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
