//! Marks of wedged boards: a board on which runs broke twice in a row is refused at once, until a
//! health check clears it. A night's queue then does not wait for it scenario by scenario.

use super::clock;
use super::lock::{path_of, read};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use thecal_bench::inventory::BoardSpec;
use thecal_report::write_whole;

/// Broken runs in a row after which a board is refused.
pub const BROKEN_MAX: u32 = 2;

/// How the last runs on a board broke.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// How many in a row.
    pub broken: u32,
    /// When the last of them did.
    pub since: String,
    /// Why the last of them did.
    pub cause: String,
}

impl Marker {
    /// The mark of a board, none if its last run did not break.
    #[must_use]
    pub fn of(board: &BoardSpec) -> Option<Self> {
        read(&path_of(board, "broken"))
    }

    /// The mark, if it is one of a wedged board.
    #[must_use]
    pub fn wedged(board: &BoardSpec) -> Option<Self> {
        Self::of(board).filter(|marker| marker.broken >= BROKEN_MAX)
    }

    /// One more run broke.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn broke(board: &BoardSpec, cause: &str) -> io::Result<()> {
        let before = Self::of(board).map_or(0, |marker| marker.broken);
        let marker = Self {
            broken: before.saturating_add(1),
            since: clock::now(),
            cause: cause.to_owned(),
        };
        write_whole(&path_of(board, "broken"), &serde_json::to_vec(&marker)?)
    }

    /// A run or a health check went well.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn clear(board: &BoardSpec) -> io::Result<()> {
        match fs::remove_file(path_of(board, "broken")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
