//! Outputs: the files written for a run or a call, one row each.
//!
//! Each row is defined next to its format; the command line lists those it supports. An output is
//! made from the rows of a run while it lasts, from the record of a finished run, or from the
//! records of all runs of a call. The suite writes the files, each completely or not at all.

use super::record::Record;
use std::io::{self, BufWriter};
use std::time::Duration;
use tempfile::NamedTempFile;
use thecal_engine::run::{RunHistory, Trace};
use thecal_plan::Scenario;

/// A kind of file written for a run or a call.
pub struct Output {
    /// File name.
    pub file: &'static str,
    /// Its source.
    pub made: Made,
}

/// The source of an output.
pub enum Made {
    /// The rows of a run, during the run.
    Rows(fn(PartFile) -> Box<dyn Rows>),
    /// A finished run; `None`: no such file for this run.
    Run(fn(&Ended<'_>) -> io::Result<Option<Vec<u8>>>),
    /// All runs of a call.
    Call(fn(&Call<'_>) -> io::Result<Vec<u8>>),
}

/// A temporary file without its final name.
pub type PartFile = BufWriter<NamedTempFile>;

/// An output made from the rows of a run.
pub trait Rows: Trace + Send {
    /// Completes the file at the end of the run and returns it.
    ///
    /// # Errors
    ///
    /// The first error while writing.
    fn finish(self: Box<Self>) -> io::Result<PartFile>;
}

/// A run that ended, or was not run.
#[derive(Clone, Copy)]
pub struct Ended<'a> {
    /// The plan.
    pub scenario: &'a Scenario,
    /// The record.
    pub record: &'a Record,
    /// The report's body; `None` if the run did not reach its end.
    pub body: Option<&'a str>,
    /// Curves and event log, which are too long for the record; `None` as above.
    pub history: Option<&'a RunHistory>,
}

/// All runs of a call.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The bench, or the choice of boards.
    pub bench: &'a str,
    /// Wall time of the call.
    pub wall: Duration,
    /// Number of scenarios selected; some may not have run.
    pub selected: usize,
    /// Remarks about boards.
    pub notes: &'a [String],
    /// All runs, ordered by id.
    pub runs: Vec<Line<'a>>,
}

/// One run of a call.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Its record.
    pub record: &'a Record,
    /// Minimum and maximum concentration at the catheter tip, in equal parts of the run; empty if
    /// it did not reach its end. Unit: ug/mL.
    pub tip: &'a [(f64, f64)],
    /// Whether the run left files.
    pub files: bool,
}
