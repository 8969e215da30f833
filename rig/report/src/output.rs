//! Outputs: the files that a run and a call leave, each as one row.
//!
//! The rows stand beside their formats; the command line lists those that it has. An output takes the rows of
//! a run while it lasts, or the record of a run that has ended, or the records of all runs of a
//! call. The suite writes what they give, whole or not at all.

use super::record::Record;
use std::io::{self, BufWriter};
use std::time::Duration;
use tempfile::NamedTempFile;
use thecal_engine::run::{RunHistory, Trace};
use thecal_plan::Scenario;
use thecal_text::wording::closest;

/// A kind of file that a run or a call leaves.
pub struct Output {
    /// The file's name.
    pub file: &'static str,
    /// What it is made from.
    pub made: Made,
}

/// What an output is made from.
pub enum Made {
    /// The rows of a run, while it lasts.
    Rows(fn(PartFile) -> Box<dyn Rows>),
    /// A run that has ended; `None`: this run leaves no such file.
    Run(fn(&Ended<'_>) -> io::Result<Option<Vec<u8>>>),
    /// All runs of a call.
    Call(fn(&Call<'_>) -> io::Result<Vec<u8>>),
}

/// A file that has no name yet.
pub type PartFile = BufWriter<NamedTempFile>;

/// An output that takes the rows of a run.
pub trait Rows: Trace + Send {
    /// The run has ended: gives the file back, complete.
    ///
    /// # Errors
    ///
    /// The first error while it was written.
    fn finish(self: Box<Self>) -> io::Result<PartFile>;
}

/// A run that has ended, or was not run.
#[derive(Clone, Copy)]
pub struct Ended<'a> {
    /// The plan.
    pub scenario: &'a Scenario,
    /// The record.
    pub record: &'a Record,
    /// The report's body; `None` where the run did not reach its end.
    pub body: Option<&'a str>,
    /// Curves and the event log, which are too long for the record; `None` as above.
    pub history: Option<&'a RunHistory>,
}

/// All runs of a call.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The bench, or the choice of boards.
    pub bench: &'a str,
    /// Wall time of all together.
    pub wall: Duration,
    /// How many scenarios were selected; some may not have run.
    pub selected: usize,
    /// What is to be said of boards.
    pub notes: &'a [String],
    /// Each run, in order of their ids.
    pub runs: Vec<Line<'a>>,
}

/// One run of a call.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Its record.
    pub record: &'a Record,
    /// Least and greatest concentration at the catheter's tip, in equal parts of the run; empty
    /// where it did not reach its end. Unit: ug/mL.
    pub tip: &'a [(f64, f64)],
}

/// An output that there is not.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("there is no file `{written}` that a run leaves")]
#[diagnostic(code(files::unknown), help("{hint}"))]
pub struct UnknownOutput {
    written: String,
    hint: String,
}

impl Output {
    /// The output of this list with this file name.
    ///
    /// # Errors
    ///
    /// [`UnknownOutput`] with the nearest name and all of them.
    pub fn named(file: &str, outputs: &[&'static Self]) -> Result<&'static Self, UnknownOutput> {
        let found = outputs.iter().find(|output| output.file == file);
        found.copied().ok_or_else(|| {
            let names: Vec<&str> = outputs.iter().map(|output| output.file).collect();
            let guess = closest(file, &names);
            let guess = guess.map_or_else(String::new, |name| format!("did you mean `{name}`? "));
            UnknownOutput {
                written: file.to_owned(),
                hint: format!("{guess}Files: {}.", names.join(", ")),
            }
        })
    }
}
