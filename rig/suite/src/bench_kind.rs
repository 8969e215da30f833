//! The bench a scenario is run on: a built-in one, or a board of the inventory.

use super::pool::BoardBench;
use std::path::{Path, PathBuf};
use thecal_bench::inventory::LinkBy;
use thecal_bench::link::Deadlines;
use thecal_engine::bench::{Bench, BenchError, Benches, BuiltIn, Opening};
use thecal_plan::Capability;

/// Which bench the pump runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BenchKind {
    /// A built-in bench.
    BuiltIn {
        /// Which.
        row: &'static BuiltIn,
        /// The firmware image, if it runs one.
        elf: PathBuf,
    },
    /// A board of the inventory.
    Board(BoardBench),
}

impl BenchKind {
    /// The built-in bench of this name; `None` if there is none.
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

    /// The port or probe of a board, such as `/dev/ttyACM0`; `None` for other benches.
    #[must_use]
    pub(crate) fn reached_by(&self) -> Option<String> {
        match self {
            Self::BuiltIn { .. } => None,
            Self::Board(board) => Some(board.spec.link.to_string()),
        }
    }

    /// Folder for the files of its runs: one for all boards of a call.
    #[must_use]
    pub(crate) fn folder(&self) -> &str {
        match self {
            Self::BuiltIn { row, .. } => row.name,
            Self::Board(board) => &board.folder,
        }
    }

    /// Its capabilities beyond showing pins.
    #[must_use]
    pub fn capabilities(&self) -> &'static [Capability] {
        match self {
            Self::BuiltIn { row, .. } => row.capabilities,
            Self::Board(board) => board.capabilities(),
        }
    }

    /// What limits its speed, as text for the user.
    #[must_use]
    pub(crate) fn limited_by(&self) -> &'static str {
        match self {
            Self::BuiltIn { row, .. } => row.limited_by,
            Self::Board(_) => "limited by the boards and their lines",
        }
    }

    /// Whether a hanging pump hangs the thread of its run.
    #[must_use]
    pub(super) const fn is_in_process(&self) -> bool {
        match self {
            Self::BuiltIn { row, .. } => row.in_process,
            Self::Board(_) => false,
        }
    }

    /// The processor for worker number `worker` and its bench, if they run fastest on one.
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

    /// Opens it; `hang_at` lists exchanges known to hang, numbered from 1.
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
