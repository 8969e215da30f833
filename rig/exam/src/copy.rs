//! The scratch copy: the sources with all bugs in them, and what is compiled already.
//!
//! Cargo names what it builds by the path below the workspace, so the copy's crates have the names of
//! the workspace's own. An untouched crate therefore need not be compiled again: its outputs are
//! linked, its sources keep their times, and cargo finds it fresh. Only the firmware and the crates
//! above it are built.

use crate::ExamError;
use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::io;
use std::path::{Path, PathBuf};

/// What the build needs.
const FILES: [&str; 3] = ["Cargo.toml", "Cargo.lock", "clippy.toml"];
const FOLDERS: [&str; 11] = [
    "units",
    "link",
    "telemetry",
    "sim",
    "firmware",
    "rig",
    "xtask",
    "scenarios",
    "reports",
    "pumps",
    "docs",
];

/// Parts of the build folder that the copy shares.
const BUILT: [&str; 6] = [
    "release/.fingerprint",
    "release/build",
    "release/deps",
    "firmware-build/rustup",
    "firmware-build/debian",
    ".rustc_info.json",
];

/// Extensions of outputs that a compiler replaces and never writes into.
const REPLACED: [&str; 3] = ["rlib", "rmeta", "so"];

/// Texts of files that differ from the workspace's, by path below it.
pub(crate) type Replaced = BTreeMap<PathBuf, String>;

type Done = Result<(), ExamError>;

/// Gives a new scratch copy what the workspace has compiled.
pub(crate) fn seed(from: &Path, to: &Path) -> Done {
    if to.exists() {
        return Ok(());
    }
    BUILT
        .iter()
        .try_for_each(|name| share(&from.join(name), &to.join(name)))
}

/// Shares outputs by hard links. Cargo writes into its notes (fingerprints, dependencies, what build
/// scripts said), so those are copied: the workspace keeps its own.
fn share(from: &Path, to: &Path) -> Done {
    if from.is_dir() {
        fs::create_dir_all(to).map_err(|error| ExamError::file(to, &error))?;
        return each(from, |path, name| share(path, &to.join(name)));
    }
    if !from.is_file() {
        return Ok(());
    }
    let extension = from.extension().unwrap_or_default();
    let is_replaced = REPLACED.iter().any(|replaced| extension == *replaced);
    if is_replaced && fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    // Programs are not shared: those of the copy are linked anew, except build scripts.
    let is_program = extension.is_empty() && from.parent().is_some_and(|it| it.ends_with("deps"));
    if is_program {
        return Ok(());
    }
    copy_with_its_time(from, to)
}

/// A copy of what the build needs, with the changes since the last and these texts. Files that are
/// deleted are deleted from the copy too.
pub(crate) fn copy(workspace: &Path, to: &Path, replaced: &Replaced) -> Done {
    let copier = Copier {
        workspace,
        to,
        replaced,
    };
    FILES
        .iter()
        .try_for_each(|name| copier.file(Path::new(name)))?;
    FOLDERS
        .iter()
        .try_for_each(|name| copier.folder(Path::new(name)))
}

struct Copier<'a> {
    workspace: &'a Path,
    to: &'a Path,
    replaced: &'a Replaced,
}

impl Copier<'_> {
    fn folder(&self, path: &Path) -> Done {
        let from = self.workspace.join(path);
        remove_what_is_gone(&from, &self.to.join(path))?;
        each(&from, |entry, name| {
            let below = path.join(name);
            if entry.is_dir() {
                self.folder(&below)
            } else {
                self.file(&below)
            }
        })
    }

    /// A new file has the time of the original, with which cargo compares what is compiled. One that
    /// differs from an earlier copy is new now: it may have changed while that copy was compiled.
    fn file(&self, path: &Path) -> Done {
        let (from, to) = (self.workspace.join(path), self.to.join(path));
        let text = self.replaced.get(path);
        let bytes = match text {
            Some(text) => text.clone().into_bytes(),
            None => fs::read(&from).map_err(|error| ExamError::file(&from, &error))?,
        };
        let present = fs::read(&to).ok();
        if present.as_ref() == Some(&bytes) {
            return Ok(());
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|error| ExamError::file(folder, &error))?;
        }
        if present.is_none() && text.is_none() {
            return copy_with_its_time(&from, &to);
        }
        fs::write(&to, bytes).map_err(|error| ExamError::file(&to, &error))
    }
}

/// Does it with the path and the name of each entry of a folder.
fn each(folder: &Path, mut act: impl FnMut(&Path, &Path) -> Done) -> Done {
    let entries = fs::read_dir(folder).map_err(|error| ExamError::file(folder, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| ExamError::file(folder, &error))?;
        act(&entry.path(), Path::new(&entry.file_name()))?;
    }
    Ok(())
}

fn remove_what_is_gone(from: &Path, to: &Path) -> Done {
    // If the copy does not exist yet, there is nothing to remove.
    let Ok(entries) = fs::read_dir(to) else {
        return Ok(());
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path
            .file_name()
            .is_some_and(|name| from.join(name).exists())
        {
            continue;
        }
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.map_err(|error| ExamError::file(&path, &error))?;
    }
    Ok(())
}

fn copy_with_its_time(from: &Path, to: &Path) -> Done {
    let copied = || -> io::Result<()> {
        fs::copy(from, to)?;
        let time = fs::metadata(from)?.modified()?;
        let file = File::options().write(true).open(to)?;
        file.set_times(FileTimes::new().set_modified(time))
    };
    copied().map_err(|error| ExamError::file(from, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in FILES {
            fs::write(folder.path().join(name), name).unwrap();
        }
        for name in FOLDERS {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("a.rs"), name).unwrap();
        }
        folder
    }

    #[test]
    fn what_did_not_change_keeps_its_time_and_what_is_gone_goes() {
        let (from, to) = (workspace(), tempfile::tempdir().unwrap());
        let (from, to) = (from.path(), to.path());
        let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        let time_of = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
        for file in ["sim/a.rs", "firmware/a.rs"] {
            let file = File::options().write(true).open(from.join(file)).unwrap();
            file.set_times(FileTimes::new().set_modified(old)).unwrap();
        }
        let broken = Replaced::from([("firmware/a.rs".into(), "broken".to_owned())]);
        copy(from, to, &broken).unwrap();
        assert_eq!(time_of(&to.join("sim/a.rs")), old);
        assert_eq!(
            fs::read_to_string(to.join("firmware/a.rs")).unwrap(),
            "broken"
        );
        let written = time_of(&to.join("firmware/a.rs"));
        assert_ne!(written, old);

        fs::remove_file(from.join("link/a.rs")).unwrap();
        copy(from, to, &broken).unwrap();
        assert!(!to.join("link/a.rs").exists());
        assert_eq!(time_of(&to.join("firmware/a.rs")), written);
        copy(from, to, &Replaced::new()).unwrap();
        assert_eq!(
            fs::read_to_string(to.join("firmware/a.rs")).unwrap(),
            "firmware"
        );
    }
}
