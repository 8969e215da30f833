//! The pool: the boards of a run, each locked for this process, none of them wedged.

use super::lock::{Lock, LockError};
use super::marker::{BROKEN_MAX, Marker};
use super::on::Choice;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use thecal_bench::Board;
use thecal_bench::elf::Image;
use thecal_bench::inventory::{BoardSpec, LinkBy};
use thecal_bench::link::Deadlines;
use thecal_bench::low_latency::LowLatency;
use thecal_bench::probe::{ProbeBench, Probed};
use thecal_engine::bench::{Bench, BenchError, Opening};
use thecal_plan::Capability;

/// A board as a bench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardBench {
    /// The board.
    pub spec: Arc<BoardSpec>,
    /// The image it runs, or is assumed to run.
    pub elf: PathBuf,
    /// Folder for the files of its runs.
    pub folder: Arc<str>,
}

impl BoardBench {
    /// A board with the image from `--elf`, else from the inventory, else the one built here.
    #[must_use]
    pub fn new(spec: &Arc<BoardSpec>, elf: Option<&Path>, folder: &str) -> Self {
        let elf = elf.map(Path::to_owned).or_else(|| spec.elf.clone());
        Self {
            spec: Arc::clone(spec),
            elf: elf.unwrap_or_else(thecal_bench::elf::default_image),
            folder: folder.into(),
        }
    }

    /// Opens the connection; returns the state of its port's low-latency flag, if it has a port.
    ///
    /// # Errors
    ///
    /// [`BenchError`].
    pub fn open(
        &self,
        core: Option<usize>,
        deadlines: Deadlines,
    ) -> Result<(Box<dyn Bench>, Option<LowLatency>), BenchError> {
        Ok(match &self.spec.link {
            LinkBy::Emulated(bench) => {
                let opening = Opening {
                    elf: &self.elf,
                    core,
                    hang_at: &[],
                };
                ((bench.open)(&opening)?, None)
            }
            LinkBy::Probe(target) => {
                let image = Image::open(&self.elf)?;
                let owner = Probed::with_power(self.spec.power.clone());
                let flashing = self.spec.flashing();
                let bench = ProbeBench::open(image, target, flashing, deadlines, owner)?;
                (Box::new(bench), None)
            }
            LinkBy::Serial(_) | LinkBy::Tcp(_) | LinkBy::Rfc2217(_) => {
                let board = Board::open(&self.spec, &self.elf, deadlines)?;
                let low_latency = board.low_latency();
                (Box::new(board), low_latency)
            }
        })
    }

    /// Its capabilities beyond showing pins.
    #[must_use]
    pub fn capabilities(&self) -> &'static [Capability] {
        use Capability::{Fields, Halt, Memory, Power, Registers};
        match &self.spec.link {
            LinkBy::Emulated(bench) => bench.capabilities,
            _ => match (&self.spec.probe, &self.spec.power) {
                (None, None) => &[],
                (None, Some(_)) => &[Power],
                (Some(_), None) => &[Memory, Fields, Halt, Registers],
                (Some(_), Some(_)) => &[Memory, Fields, Halt, Registers, Power],
            },
        }
    }
}

/// A board held by a run until this is dropped.
#[derive(Debug)]
pub struct Held {
    /// The board.
    pub board: BoardBench,
    /// Dropped last: the board is released only after its bench is closed.
    pub lock: Lock,
}

/// The boards of a run.
#[derive(Debug)]
pub struct Pool {
    /// One per worker.
    pub held: Vec<Held>,
    /// Folder for the files of the run.
    pub folder: String,
    /// Why other selected boards are not included.
    pub refused: Vec<Refusal>,
}

/// Why a board is not available.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is locked.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// It is marked.
    #[error(
        "board {board} is wedged: {broken} consecutive runs failed on it, the last on {since} \
         ({cause}); `thecal boards --check {board}` clears the mark once it is well again",
        broken = marker.broken, since = marker.since, cause = marker.cause
    )]
    Wedged {
        /// Its name.
        board: String,
        /// The mark.
        marker: Marker,
    },
}

/// No board is available.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("no board to run on")]
#[diagnostic(code(boards::none), help("{}", reasons(refused)))]
pub struct NoBoard {
    /// Reasons.
    pub refused: Vec<Refusal>,
}

fn reasons(refused: &[Refusal]) -> String {
    let reasons: Vec<String> = refused.iter().map(ToString::to_string).collect();
    reasons.join("\n")
}

impl Pool {
    /// Locks the boards that are free and not wedged; boards selected by name must all be.
    ///
    /// # Errors
    ///
    /// [`NoBoard`].
    pub fn take(choice: &Choice, elf: Option<&Path>, patience: Duration) -> Result<Self, NoBoard> {
        let (mut held, mut refused, mut needed) = (Vec::new(), Vec::new(), false);
        for spec in &choice.boards {
            let taken = match Marker::wedged(spec) {
                Some(marker) => Err(Refusal::Wedged {
                    board: spec.name.clone(),
                    marker,
                }),
                None => Lock::take(spec, patience).map_err(Refusal::Lock),
            };
            match taken {
                Ok(lock) => held.push(Held {
                    board: BoardBench::new(spec, elf, &choice.folder),
                    lock,
                }),
                Err(refusal) => {
                    needed |= choice.named.contains(&spec.name);
                    refused.push(refusal);
                }
            }
        }
        if held.is_empty() || needed {
            return Err(NoBoard { refused });
        }
        Ok(Self {
            held,
            folder: choice.folder.clone(),
            refused,
        })
    }
}

/// Updates the mark of a board after a run; returns a message if the board is now marked as wedged.
pub(super) fn account(board: &BoardSpec, broke: Option<&str>) -> Option<String> {
    let kept = match broke {
        None => Marker::clear(board),
        Some(cause) => Marker::broke(board, cause),
    };
    let name = &board.name;
    match (kept, Marker::wedged(board)) {
        (Err(error), _) => Some(format!("cannot keep account of board {name}: {error}")),
        (Ok(()), Some(_)) => Some(format!(
            "board {name} is marked as wedged: {BROKEN_MAX} consecutive runs failed on it"
        )),
        (Ok(()), None) => None,
    }
}
