//! Approved reports: `reports/<family>/<name>.snap`, in the format of the insta crate, so that
//! `cargo test`, `cargo insta review` and `thecal` share the same files.
//!
//! insta itself approves in the tests. The shipped binary reads and writes the format here: the
//! macro would panic, run cargo and read the environment.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The header's `source` line; the tests use the same.
const SOURCE: &str = "rig/tests/scenarios.rs";

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
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    // A temporary file is for its owner alone; a report is for everybody.
    file.as_file()
        .set_permissions(fs::Permissions::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
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
