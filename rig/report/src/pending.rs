//! Reports that wait for review: the text beside the approved one, and the record that it was made
//! from, which decides whether it may be approved.

use super::approval::{NotApprovable, may_be_approved};
use super::record::Record;
use super::snapshot::{SnapshotError, body_of, remove, same, write_whole};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How a pending report's name ends; insta's tests use the same.
const TEXT: &str = "snap.new";
/// How the name of the file beside it ends.
const DATA: &str = "pending.json";

/// A report that waits for review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    approved: PathBuf,
}

/// What lies beside a pending report: which text it is, and the record of its run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sidecar {
    report: String,
    record: Record,
}

/// Why a pending report cannot be approved.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// Its run does not allow it.
    #[error(transparent)]
    Rule(#[from] NotApprovable),
    /// Nothing says what its verdict is.
    #[error("no record of its run lies beside it; run the scenario again with `thecal run`")]
    NoRecord,
    /// What lies beside it cannot be read.
    #[error("the record beside it cannot be read ({0}); run the scenario again with `thecal run`")]
    BadRecord(serde_json::Error),
    /// What lies beside it is of another text.
    #[error("the record beside it is of another report; run the scenario again with `thecal run`")]
    OtherReport,
}

impl Pending {
    /// The pending report of an approved one, whether it is there or not.
    #[must_use]
    pub fn of(approved: &Path) -> Self {
        Self {
            approved: approved.to_owned(),
        }
    }

    /// Every pending report below a folder, in order of their names.
    ///
    /// # Errors
    ///
    /// What the file system says, and of which folder.
    pub fn below(folder: &Path) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        find(folder, &mut found)?;
        found.sort();
        let pending = found.iter().map(|text| Self::of(&text.with_extension("")));
        Ok(pending.collect())
    }

    /// The approved report, which need not be there yet.
    #[must_use]
    pub fn approved(&self) -> &Path {
        &self.approved
    }

    /// The pending text.
    #[must_use]
    pub fn text(&self) -> PathBuf {
        self.approved.with_extension(TEXT)
    }

    fn data(&self) -> PathBuf {
        self.approved.with_extension(DATA)
    }

    /// Leaves the record of the run that the pending text was made from.
    pub(super) fn write_record(&self, body: &str, record: &Record) -> Result<(), SnapshotError> {
        let path = self.data();
        let beside = Sidecar {
            report: body.to_owned(),
            record: record.clone(),
        };
        serde_json::to_vec(&beside)
            .map_err(io::Error::from)
            .and_then(|text| write_whole(&path, &text))
            .map_err(|source| SnapshotError::new("write", &path, source))
    }

    /// Takes the pending report away, if it is there.
    pub(super) fn remove(&self) -> Result<(), SnapshotError> {
        remove(&self.text())?;
        remove(&self.data())
    }

    /// Whether the pending report may be approved.
    ///
    /// # Errors
    ///
    /// What the file system says of the text; otherwise [`NotReady`] is the answer.
    pub fn check(&self) -> io::Result<Result<(), NotReady>> {
        let text = fs::read_to_string(self.text())?;
        let data = match fs::read(self.data()) {
            Ok(data) => data,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Err(NotReady::NoRecord));
            }
            Err(error) => return Err(error),
        };
        Ok(match serde_json::from_slice::<Sidecar>(&data) {
            Err(error) => Err(NotReady::BadRecord(error)),
            Ok(beside) if !same(&body_of(&text), &beside.report) => Err(NotReady::OtherReport),
            Ok(beside) => may_be_approved(&beside.record).map_err(NotReady::Rule),
        })
    }

    /// Puts the pending report in the place of the approved one.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn approve(&self) -> io::Result<()> {
        fs::rename(self.text(), &self.approved)?;
        match fs::remove_file(self.data()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let unreadable = |error: io::Error| {
        let what = format!("cannot look for reports in {}: {error}", folder.display());
        io::Error::new(error.kind(), what)
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, found)?;
        } else if path.to_string_lossy().ends_with(&format!(".{TEXT}")) {
            found.push(path);
        }
    }
    Ok(())
}
