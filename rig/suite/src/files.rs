//! The files of a run and of a call: one folder per run, each file complete or absent.

use super::bench_kind::BenchKind;
use super::rows::{RowFiles, WholeRows};
use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use thecal_engine::run::RunHistory;
use thecal_engine::verdict::Verdict;
use thecal_plan::Scenario;
use thecal_report::{Call, Ended, Made, Output, Record, part_file, record_json, write_whole};

/// Which files are written, and where.
#[derive(Clone)]
pub struct Files {
    out: PathBuf,
    /// Files to write.
    outputs: Vec<&'static Output>,
    /// All known files: those of an earlier run are removed, whether or not they are written now.
    known: &'static [&'static Output],
    /// Whether a run that passes leaves its files too.
    of_passes: bool,
}

impl Files {
    /// All files of all runs, below this folder.
    #[must_use]
    pub fn all(out: &Path, known: &'static [&'static Output]) -> Self {
        Self {
            out: out.to_owned(),
            outputs: known.to_vec(),
            known,
            of_passes: true,
        }
    }

    /// Only the record of each run.
    #[must_use]
    pub fn records(out: &Path, known: &'static [&'static Output]) -> Self {
        Self {
            outputs: vec![&record_json::OUTPUT],
            ..Self::all(out, known)
        }
    }

    /// All files of each run that does not pass, none of one that passes; the files of the call
    /// list every run.
    #[must_use]
    pub fn of_failures(out: &Path, known: &'static [&'static Output]) -> Self {
        Self {
            of_passes: false,
            ..Self::all(out, known)
        }
    }

    /// The folder for the runs on this bench.
    fn folder(&self, bench: &str) -> PathBuf {
        self.out.join(bench)
    }

    /// The folder of one scenario's run.
    pub(super) fn of_run(&self, bench: &BenchKind, id: &str) -> RunFolder<'_> {
        RunFolder {
            path: self.folder(bench.folder()).join(id),
            outputs: &self.outputs,
            known: self.known,
            of_passes: self.of_passes,
        }
    }

    /// Writes the files of a whole call; returns their paths.
    ///
    /// # Errors
    ///
    /// File system errors, with the path.
    pub(super) fn write_call(&self, call: &Call<'_>) -> io::Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for output in &self.outputs {
            if let Made::Call(make) = output.made {
                let path = self.folder(call.bench).join(output.file);
                make(call)
                    .and_then(|text| write_whole(&path, &text))
                    .map_err(|error| named(&path, &error))?;
                written.push(path);
            }
        }
        Ok(written)
    }
}

/// The folder of one run.
pub(super) struct RunFolder<'a> {
    pub(super) path: PathBuf,
    outputs: &'a [&'static Output],
    known: &'static [&'static Output],
    of_passes: bool,
}

impl RunFolder<'_> {
    /// Removes the files of an earlier run, including kinds that this run does not write: an old
    /// pass must not lie next to a new failure.
    pub(super) fn clear(&self) -> io::Result<()> {
        for output in self.known {
            match fs::remove_file(self.path.join(output.file)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Opens the files that receive the rows of a run; `None` if there are none.
    pub(super) fn open_rows(&self) -> io::Result<Option<RowFiles>> {
        let mut files = Vec::new();
        for output in self.outputs {
            if let Made::Rows(open) = output.made {
                let part = BufWriter::with_capacity(1 << 16, part_file(&self.path)?);
                files.push((output.file, open(part)));
            }
        }
        (!files.is_empty())
            .then(|| RowFiles::start(files))
            .transpose()
    }

    /// Whether a run with this verdict leaves files.
    pub(super) fn keeps(&self, verdict: Verdict) -> bool {
        self.of_passes || verdict != Verdict::Pass
    }

    /// Drops what a run that leaves nothing has written so far.
    pub(super) fn drop_all(&self, rows: Option<WholeRows>) {
        drop(rows);
        // Only an empty folder can be removed this way; another file in it is not ours.
        drop(fs::remove_dir(&self.path));
    }

    /// Writes the files of a run that ended or was not run, and gives the row files their names. A
    /// file that cannot be written makes the run an error; the record is written last and says so.
    pub(super) fn write(
        &self,
        scenario: &Scenario,
        record: &mut Record,
        body: Option<&str>,
        history: Option<&RunHistory>,
        rows: Option<WholeRows>,
    ) {
        let named = rows.map_or(Ok(()), |rows| rows.name(&self.path));
        self.note(record, named);
        for output in self.outputs {
            let Made::Run(make) = output.made else {
                continue;
            };
            let ended = Ended {
                scenario,
                record,
                body,
                history,
            };
            let written = make(&ended).and_then(|text| match text {
                Some(text) => write_whole(&self.path.join(output.file), &text),
                None => Ok(()),
            });
            self.note(record, written);
        }
    }

    /// An error while writing makes the run an error, once for each cause.
    fn note(&self, record: &mut Record, written: io::Result<()>) {
        if let Err(error) = written {
            let why = format!("cannot write to {}: {error}", self.path.display());
            if !record.reasons.contains(&why) {
                record.fail(why);
            }
        }
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    let what = format!("cannot write {}: {error}", path.display());
    io::Error::new(error.kind(), what)
}
