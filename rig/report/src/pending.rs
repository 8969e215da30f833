//! Reports pending review: the text next to the approved one, and the record it was made from,
//! which decides whether it may be approved.

use super::approval::{NotApprovable, may_be_approved};
use super::comparison::same;
use super::record::Record;
use super::snapshot::{Snapshot, SnapshotError, body_of, remove, write_whole};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// File name extension of a pending report; insta's tests use the same.
const TEXT: &str = "snap.new";
/// File name extension of its record.
const DATA: &str = "pending.json";

/// A report pending review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    approved: PathBuf,
}

/// The file next to a pending report: a checksum of its text, and the record of its run.
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
    /// Its verdict is unknown: there is no record.
    #[error("there is no record of its run; run the scenario again with `thecal run`")]
    NoRecord,
    /// Its record cannot be read.
    #[error("its record cannot be read ({0}); run the scenario again with `thecal run`")]
    BadRecord(serde_json::Error),
    /// Its record belongs to another text.
    #[error("its record is of another report; run the scenario again with `thecal run`")]
    OtherReport,
}

impl Pending {
    /// The pending report of an approved one, whether it exists or not.
    pub(crate) fn of(approved: &Path) -> Self {
        Self {
            approved: approved.to_owned(),
        }
    }

    /// All pending reports below a folder, ordered by name.
    ///
    /// # Errors
    ///
    /// File system errors, with the folder.
    pub fn below(folder: &Path) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        find(folder, &mut found)?;
        found.sort();
        let pending = found.iter().map(|text| Self::of(&text.with_extension("")));
        Ok(pending.collect())
    }

    /// The approved report, which need not exist yet.
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

    /// Writes the record of the run that the pending text was made from.
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

    /// Removes the pending report, if it exists.
    pub(super) fn remove(&self) -> Result<(), SnapshotError> {
        remove(&self.text())?;
        remove(&self.data())
    }

    /// Whether the pending report may be approved.
    ///
    /// # Errors
    ///
    /// File system errors of the text; anything else is [`NotReady`].
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

    /// Replaces the approved report with the pending one.
    ///
    /// # Errors
    ///
    /// File system errors.
    pub fn approve(&self) -> io::Result<()> {
        fs::rename(self.text(), &self.approved)?;
        match fs::remove_file(self.data()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Snapshot {
    /// Writes `body` and the record it was made from, pending review.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if a file cannot be written.
    pub fn set_pending(&self, body: &str, record: &Record) -> Result<(), SnapshotError> {
        let pending = Pending::of(self.path());
        pending.write_record(body, record)?;
        self.write(&pending.text(), body)
    }

    /// Removes an earlier pending report.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if it cannot be removed.
    pub fn clear_pending(&self) -> Result<(), SnapshotError> {
        Pending::of(self.path()).remove()
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

#[cfg(test)]
mod tests {
    use super::*;

    const SCENARIO: &str = "title = \"An hour\"\nseed = 1\nduration = \"1 h\"\n\
        [patient]\ntolerance = \"chronic\"\n\
        [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
        [[expect]]\nname = \"any\"\nalways = \"true.reservoir >= 0 mL\"\n";
    const BODY: &str = "thecal-report 1\nverdict     PASS\n---\nstill the body\n";

    #[test]
    fn leaves_and_takes_away_a_pending_report_and_others_may_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let snapshot = Snapshot::new(folder.path(), "family/name");
        let scenario = thecal_scenario::parse("family/name", "name.toml", SCENARIO);
        let record = Record::new(&scenario.expect("a scenario"), "native");
        snapshot.set_pending(BODY, &record).expect("written");
        let found = Pending::below(folder.path()).expect("a folder");
        let [pending] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(pending.approved(), snapshot.path());
        let text = fs::metadata(pending.text()).expect("there");
        let own = fs::File::create(folder.path().join("any")).expect("a file");
        let usual = own.metadata().expect("there").permissions();
        assert_eq!(text.permissions(), usual);
        snapshot.clear_pending().expect("removed");
        snapshot.clear_pending().expect("nothing to remove");
        assert!(!pending.text().exists());
        let left = fs::read_dir(folder.path().join("family")).expect("a folder");
        assert_eq!(left.count(), 0);
    }
}
