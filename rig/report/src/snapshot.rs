//! Approved reports: `reports/<family>/<name>.snap`, in the format of the insta crate, so that
//! `cargo test`, `cargo insta review` and `thecal` share the same files.
//!
//! insta itself approves in the tests. The shipped binary reads and writes the format here: the
//! macro would panic, run cargo and read the environment.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The header's `source` line; the tests use the same.
const SOURCE: &str = "rig/cli/tests/scenarios.rs";

/// Around the names of files that are not whole yet: first the process that writes them.
const PART_BEFORE: &str = ".thecal-";
const PART_AFTER: &str = ".part";

/// Where a scenario's report is approved, and what it holds.
#[derive(Clone, Debug)]
pub struct Snapshot {
    path: PathBuf,
    id: String,
}

/// How a body compares with the approved one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// The same.
    Approved,
    /// Another; with the approved body.
    Differs(String),
    /// No report has been approved yet.
    Missing,
}

/// An approved report that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct SnapshotError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl Snapshot {
    /// The report of scenario `id` below the folder `reports`.
    #[must_use]
    pub fn new(reports: &Path, id: &str) -> Self {
        Self {
            path: reports.join(format!("{id}.snap")),
            id: id.into(),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Compares `body` with the approved one: line endings and space at the end do not count.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if the file is there but cannot be read.
    pub fn compare(&self, body: &str) -> Result<Approval, SnapshotError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Approval::Missing),
            Err(source) => {
                return Err(SnapshotError {
                    action: "read",
                    path: self.path.clone(),
                    source,
                });
            }
        };
        let approved = contents(&text);
        if normal(&approved) == normal(body) {
            Ok(Approval::Approved)
        } else {
            Ok(Approval::Differs(approved))
        }
    }

    /// Approves `body`. The file is replaced in one step: never half of it.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if it cannot be written.
    pub fn accept(&self, body: &str) -> Result<(), SnapshotError> {
        self.write(&self.path, body)
    }

    /// The pending report beside the approved one.
    #[must_use]
    pub fn pending_path(&self) -> PathBuf {
        self.path.with_extension("snap.new")
    }

    /// Leaves `body` for review, or takes an earlier pending report away.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if the file cannot be written or removed.
    pub fn set_pending(&self, body: &str, pending: bool) -> Result<(), SnapshotError> {
        let path = self.pending_path();
        if pending {
            return self.write(&path, body);
        }
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(SnapshotError {
                action: "remove",
                path,
                source,
            }),
            _ => Ok(()),
        }
    }

    fn write(&self, path: &Path, body: &str) -> Result<(), SnapshotError> {
        let text = format!(
            "---\nsource: {SOURCE}\ninput_file: scenarios/{}.toml\n---\n{}\n",
            self.id,
            body.trim_end()
        );
        write_whole(path, text.as_bytes()).map_err(|source| SnapshotError {
            action: "write",
            path: path.into(),
            source,
        })
    }
}

/// Writes a file so that it is there whole or not at all.
///
/// # Errors
///
/// What the file system says.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = part_file(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Writes a file that somebody asked for by name, as [`write_whole`] does.
///
/// # Errors
///
/// What the file system says, and of which file.
pub fn write_named(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_whole(path, bytes).map_err(|error| {
        let what = format!("cannot write `{}`: {error}", path.display());
        io::Error::new(error.kind(), what)
    })
}

/// A file that has no name yet, of its own for each run that writes into `folder`; `persist` gives
/// it one, and what is dropped before is gone. Others may read it, as any report.
///
/// # Errors
///
/// What the file system says.
pub fn part_file(folder: &Path) -> io::Result<NamedTempFile> {
    fs::create_dir_all(folder)?;
    sweep(folder);
    tempfile::Builder::new()
        .prefix(&format!("{PART_BEFORE}{}-", std::process::id()))
        .suffix(PART_AFTER)
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
}

/// Removes what killed processes left half-written. That is tidiness: failure is no matter.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().and_then(writer_of).is_some_and(is_gone) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// The process that writes, or wrote, a file without a name.
fn writer_of(name: &str) -> Option<u32> {
    let rest = name.strip_prefix(PART_BEFORE)?.strip_suffix(PART_AFTER)?;
    rest.split_once('-')?.0.parse().ok()
}

fn is_gone(process: u32) -> bool {
    !Path::new("/proc").join(process.to_string()).exists()
}

/// The body below the header.
fn contents(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let body = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .map_or(text.as_str(), |(_, body)| body);
    body.into()
}

fn normal(body: &str) -> String {
    body.replace("\r\n", "\n").trim_end().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "thecal-report 1\nverdict     PASS\n---\nstill the body\n";

    fn snapshot(folder: &Path) -> Snapshot {
        Snapshot::new(folder, "family/name")
    }

    #[test]
    fn keeps_a_body_with_dashes_and_other_line_endings() {
        let folder = tempfile::tempdir().expect("a folder");
        let snapshot = snapshot(folder.path());
        assert_eq!(snapshot.compare(BODY).expect("read"), Approval::Missing);
        snapshot.accept(BODY).expect("written");
        assert_eq!(snapshot.compare(BODY).expect("read"), Approval::Approved);
        let text = fs::read_to_string(snapshot.path()).expect("read");
        fs::write(snapshot.path(), text.replace('\n', "\r\n")).expect("written");
        assert_eq!(snapshot.compare(BODY).expect("read"), Approval::Approved);
        let other = snapshot.compare("another\n").expect("read");
        assert!(
            matches!(other, Approval::Differs(approved) if approved.contains("still the body"))
        );
    }

    #[test]
    fn only_parts_of_dead_processes_are_swept() {
        let folder = tempfile::tempdir().expect("a folder");
        let live = part_file(folder.path()).expect("a part");
        // Above the highest process id that Linux gives.
        let stale = folder.path().join(".thecal-4194305-x.part");
        let other = folder.path().join(".thecal-notes.part");
        for file in [&stale, &other] {
            fs::write(file, "").expect("written");
        }
        drop(part_file(folder.path()).expect("a part"));
        assert!(live.path().exists() && other.exists() && !stale.exists());
    }

    #[test]
    fn takes_a_file_without_a_header_as_a_body() {
        let folder = tempfile::tempdir().expect("a folder");
        let snapshot = snapshot(folder.path());
        write_whole(snapshot.path(), BODY.as_bytes()).expect("written");
        assert_eq!(snapshot.compare(BODY).expect("read"), Approval::Approved);
    }

    #[test]
    fn rejects_a_file_that_is_no_text() {
        let folder = tempfile::tempdir().expect("a folder");
        let snapshot = snapshot(folder.path());
        write_whole(snapshot.path(), &[0xff, 0xfe]).expect("written");
        assert!(snapshot.compare(BODY).is_err());
    }

    #[test]
    fn leaves_and_takes_away_a_pending_report_and_others_may_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let snapshot = snapshot(folder.path());
        snapshot.set_pending(BODY, true).expect("written");
        let pending = fs::metadata(snapshot.pending_path()).expect("there");
        let own = fs::File::create(folder.path().join("any")).expect("a file");
        let usual = own.metadata().expect("there").permissions();
        assert_eq!(pending.permissions(), usual);
        snapshot.set_pending(BODY, false).expect("removed");
        snapshot
            .set_pending(BODY, false)
            .expect("nothing to remove");
        assert!(!snapshot.pending_path().exists());
    }
}
