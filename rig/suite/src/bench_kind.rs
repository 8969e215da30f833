//! Which bench a scenario is run on: one that every rig has, or a board of the inventory.

use super::pool::BoardBench;
use std::path::{Path, PathBuf};
use thecal_bench::inventory::LinkBy;
use thecal_bench::link::Deadlines;
use thecal_engine::bench::{Bench, BenchError, Benches, BuiltIn, Opening};
use thecal_plan::Capability;

/// Which bench the pump runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BenchKind {
    /// One that every rig has.
    BuiltIn {
        /// Which.
        row: &'static BuiltIn,
        /// The firmware image, where it runs one.
        elf: PathBuf,
    },
    /// A board of the inventory.
    Board(BoardBench),
}

impl BenchKind {
    /// The bench of this name that every rig has; `None` if there is none.
    #[must_use]
    pub fn named(name: &str, elf: &Path, benches: Benches) -> Option<Self> {
        let elf = elf.to_owned();
        benches.named(name).map(|row| Self::BuiltIn { row, elf })
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::BuiltIn { row, .. } => row.name,
            Self::Board(board) => &board.spec.name,
        }
    }

    /// How a board of the inventory is reached, such as `/dev/ttyACM0`; `None` for other benches.
    #[must_use]
    pub fn reached_by(&self) -> Option<String> {
        match self {
            Self::BuiltIn { .. } => None,
            Self::Board(board) => Some(board.spec.link.to_string()),
        }
    }

    /// Folder for what its runs leave: one for all boards of a call.
    #[must_use]
    pub fn folder(&self) -> &str {
        match self {
            Self::BuiltIn { row, .. } => row.name,
            Self::Board(board) => &board.folder,
        }
    }

    /// What it can do beyond showing pins.
    #[must_use]
    pub fn capabilities(&self) -> &'static [Capability] {
        match self {
            Self::BuiltIn { row, .. } => row.capabilities,
            Self::Board(board) => board.capabilities(),
        }
    }

    /// What limits its speed, for people.
    #[must_use]
    pub fn limited_by(&self) -> &'static str {
        match self {
            Self::BuiltIn { row, .. } => row.limited_by,
            Self::Board(_) => "limited by the boards and their lines",
        }
    }

    /// Whether a pump that hangs hangs the thread of its run.
    #[must_use]
    pub(super) const fn is_in_process(&self) -> bool {
        match self {
            Self::BuiltIn { row, .. } => row.in_process,
            Self::Board(_) => false,
        }
    }

    /// The processor for worker number `worker` and its bench, where they are quickest on one.
    pub(super) fn core_of(&self, worker: usize) -> Option<usize> {
        let pinned = match self {
            Self::BuiltIn { row, .. } => row.pinned,
            Self::Board(board) => {
                matches!(board.spec.link, LinkBy::Emulated(row) if row.pinned)
            }
        };
        pinned.then(|| {
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            worker % cores
        })
    }

    /// Opens it; `hang_at` names exchanges that are known to hang, counted from 1.
    pub(super) fn open(
        &self,
        core: Option<usize>,
        hang_at: &[u64],
    ) -> Result<Box<dyn Bench>, BenchError> {
        match self {
            Self::BuiltIn { row, elf } => (row.open)(&Opening { elf, core, hang_at }),
            Self::Board(board) => Ok(board.open(core, Deadlines::default())?.0),
        }
    }
}
