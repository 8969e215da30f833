//! The benches built into every rig, one row each: name, capabilities, how to open it.
//!
//! Each row is defined next to its bench; the command line lists them. Code elsewhere never matches
//! on a bench's name, so an unlisted name opens nothing.

use super::{Bench, BenchError};
use std::fmt;
use std::path::Path;
use thecal_plan::Capability;

/// A bench built into every rig.
pub struct BuiltIn {
    /// Its name, for `--on` and, if it may replace a board, for `emulated`.
    pub name: &'static str,
    /// Its capabilities beyond showing pins.
    pub capabilities: &'static [Capability],
    /// Whether a board of the inventory may use it: `emulated = "…"`.
    pub stands_in_for_a_board: bool,
    /// Whether bench and rig run fastest when they share one processor, one processor per pair.
    pub pinned: bool,
    /// Whether the pump runs on the run's own thread, so that a hanging pump also hangs the run.
    pub in_process: bool,
    /// What limits its speed, as text for the user.
    pub limited_by: &'static str,
    /// Opens the bench.
    pub open: fn(&Opening<'_>) -> Result<Box<dyn Bench>, BenchError>,
}

/// What is needed to open a bench.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// The firmware image, for a bench that runs one.
    pub elf: &'a Path,
    /// The processor to share with the calling thread, for a bench that is [`BuiltIn::pinned`].
    pub core: Option<usize>,
    /// Exchanges known to hang, numbered from 1, for a bench that is [`BuiltIn::in_process`].
    pub hang_at: &'a [u64],
}

/// The benches of this rig, in the order in which they are listed.
#[derive(Clone, Copy, Debug)]
pub struct Benches(pub &'static [&'static BuiltIn]);

impl Benches {
    /// The bench of this name; `None` if there is none.
    #[must_use]
    pub fn named(self, name: &str) -> Option<&'static BuiltIn> {
        self.0.iter().copied().find(|row| row.name == name)
    }

    /// All names.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        self.0.iter().map(|row| row.name).collect()
    }

    /// The benches that may replace a board, with their names.
    #[must_use]
    pub fn emulators(self) -> Vec<(&'static str, &'static BuiltIn)> {
        let rows = self.0.iter().copied();
        rows.filter(|row| row.stands_in_for_a_board)
            .map(|row| (row.name, row))
            .collect()
    }
}

/// Rows are compared by name: names are unique.
impl PartialEq for BuiltIn {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for BuiltIn {}

impl fmt::Debug for BuiltIn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "BuiltIn({})", self.name)
    }
}
