//! Approved reports: `reports/<family>/<name>.snap`, in the format of the insta crate, so that
//! `cargo test`, `cargo insta review` and `thecal` share the same files.
//!
//! The tests use insta itself. The shipped binary reads and writes the format here: the macro would
//! panic, run cargo and read the environment.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The header's `source` line; the tests use the same.
const SOURCE: &str = "rig/cli/tests/scenarios.rs";

/// Prefix of temporary file names, followed by the id of the writing process.
const PART_BEFORE: &str = ".thecal-";
const PART_AFTER: &str = ".part";

/// The approved report of a scenario, and its location.
#[derive(Clone, Debug)]
pub struct Snapshot {
    path: PathBuf,
    id: String,
}

/// An approved report that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct SnapshotError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl SnapshotError {
    pub(super) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self {
            action,
            path: path.to_owned(),
            source,
        }
    }
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

    /// The approved body; `None` if none is approved yet.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if the file exists but cannot be read.
    pub fn approved(&self) -> Result<Option<String>, SnapshotError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(body_of(&text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SnapshotError::new("read", &self.path, source)),
        }
    }

    /// Approves `body`. The file is replaced atomically.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if it cannot be written.
    pub fn accept(&self, body: &str) -> Result<(), SnapshotError> {
        self.write(&self.path, body)
    }

    pub(super) fn write(&self, path: &Path, body: &str) -> Result<(), SnapshotError> {
        let text = format!(
            "---\nsource: {SOURCE}\ninput_file: scenarios/{}.toml\n---\n{}\n",
            self.id,
            body.trim_end()
        );
        write_whole(path, text.as_bytes())
            .map_err(|source| SnapshotError::new("write", path, source))
    }
}

/// Writes a file completely or not at all.
///
/// # Errors
///
/// File system errors.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = part_file(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Writes a file named by the user, as [`write_whole`] does.
///
/// # Errors
///
/// File system errors, with the path.
pub fn write_named(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_whole(path, bytes).map_err(|error| {
        let what = format!("cannot write `{}`: {error}", path.display());
        io::Error::new(error.kind(), what)
    })
}

/// A temporary file for one writer into `folder`; `persist` gives it its name, dropping it deletes
/// it. Others may read it, like any report.
///
/// # Errors
///
/// File system errors.
pub fn part_file(folder: &Path) -> io::Result<NamedTempFile> {
    fs::create_dir_all(folder)?;
    sweep(folder);
    tempfile::Builder::new()
        .prefix(&format!("{PART_BEFORE}{}-", std::process::id()))
        .suffix(PART_AFTER)
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
}

/// Removes temporary files of killed processes. Failure does not matter.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().and_then(writer_of).is_some_and(is_gone) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// The process that writes, or wrote, a temporary file.
fn writer_of(name: &str) -> Option<u32> {
    let rest = name.strip_prefix(PART_BEFORE)?.strip_suffix(PART_AFTER)?;
    rest.split_once('-')?.0.parse().ok()
}

fn is_gone(process: u32) -> bool {
    !Path::new("/proc").join(process.to_string()).exists()
}

/// Removes a file, if it exists.
pub(super) fn remove(path: &Path) -> Result<(), SnapshotError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(SnapshotError::new("remove", path, source))
        }
        _ => Ok(()),
    }
}

/// The body below a file's header.
pub(super) fn body_of(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let body = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .map_or(text.as_str(), |(_, body)| body);
    body.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Approval;

    const BODY: &str = "thecal-report 1\nverdict     PASS\n---\nstill the body\n";

    fn compare(snapshot: &Snapshot, body: &str) -> Approval {
        let approved = snapshot.approved().expect("read");
        Approval::of(body, approved.as_deref())
    }

    fn snapshot(folder: &Path) -> Snapshot {
        Snapshot::new(folder, "family/name")
    }

    #[test]
    fn keeps_a_body_with_dashes_and_other_line_endings() {
        let folder = tempfile::tempdir().expect("a folder");
        let snapshot = snapshot(folder.path());
        assert_eq!(compare(&snapshot, BODY), Approval::Missing);
        snapshot.accept(BODY).expect("written");
        assert_eq!(compare(&snapshot, BODY), Approval::Approved);
        let text = fs::read_to_string(snapshot.path()).expect("read");
        fs::write(snapshot.path(), text.replace('\n', "\r\n")).expect("written");
        assert_eq!(compare(&snapshot, BODY), Approval::Approved);
        assert_eq!(compare(&snapshot, "another\n"), Approval::Differs);
        let approved = snapshot.approved().expect("read");
        assert!(approved.expect("a body").contains("still the body"));
    }

    #[test]
    fn only_parts_of_dead_processes_are_swept() {
        let folder = tempfile::tempdir().expect("a folder");
        let live = part_file(folder.path()).expect("a part");
        // Above the highest process id of Linux.
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
        assert_eq!(compare(&snapshot, BODY), Approval::Approved);
    }

    #[test]
    fn rejects_a_file_that_is_no_text() {
        let folder = tempfile::tempdir().expect("a folder");
        let snapshot = snapshot(folder.path());
        write_whole(snapshot.path(), &[0xff, 0xfe]).expect("written");
        assert!(snapshot.approved().is_err());
    }
}
