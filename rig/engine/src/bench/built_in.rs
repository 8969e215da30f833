//! The benches that every rig has, each as one row: its name, what it can do, how it opens.
//!
//! The rows stand beside their benches; the command line lists them. Nothing matches on a bench's
//! name elsewhere, so a name that is not listed opens nothing.

use super::{Bench, BenchError};
use std::fmt;
use std::path::Path;
use thecal_plan::Capability;

/// A bench that every rig has.
pub struct BuiltIn {
    /// Its name, for `--on` and, where it may stand in for a board, for `emulated`.
    pub name: &'static str,
    /// What it can do beyond showing pins.
    pub capabilities: &'static [Capability],
    /// Whether a board of the inventory may be this bench: `emulated = "…"`.
    pub stands_in_for_a_board: bool,
    /// Whether bench and rig are quickest together on one processor, each pair on its own.
    pub pinned: bool,
    /// Whether the pump runs on the run's own thread, so that a pump that hangs hangs the run too.
    pub in_process: bool,
    /// What limits its speed, for people.
    pub limited_by: &'static str,
    /// Opens it.
    pub open: fn(&Opening<'_>) -> Result<Box<dyn Bench>, BenchError>,
}

/// What a bench is opened with.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// The firmware image, for a bench that runs one.
    pub elf: &'a Path,
    /// The processor to share with the calling thread, for a bench that is [`BuiltIn::pinned`].
    pub core: Option<usize>,
    /// Exchanges known to hang, counted from 1, for a bench that is [`BuiltIn::in_process`].
    pub hang_at: &'a [u64],
}

/// The benches that this rig has, in the order in which people are told of them.
#[derive(Clone, Copy, Debug)]
pub struct Benches(pub &'static [&'static BuiltIn]);

impl Benches {
    /// The bench of this name; `None` if there is none.
    #[must_use]
    pub fn named(self, name: &str) -> Option<&'static BuiltIn> {
        self.0.iter().copied().find(|row| row.name == name)
    }

    /// Every name.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        self.0.iter().map(|row| row.name).collect()
    }

    /// Those that may stand in for a board, by their names.
    #[must_use]
    pub fn emulators(self) -> Vec<(&'static str, &'static BuiltIn)> {
        let rows = self.0.iter().copied();
        rows.filter(|row| row.stands_in_for_a_board)
            .map(|row| (row.name, row))
            .collect()
    }
}

/// Two rows are the same bench where they have the same name: names are unique.
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
