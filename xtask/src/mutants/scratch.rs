//! The scratch copy: the sources, and what is compiled already.
//!
//! Cargo names what it builds by the path below the workspace, so the copy's crates have the names of
//! the workspace's own. An untouched crate therefore need not be compiled again: its outputs are
//! linked, its sources keep their times, and cargo finds it fresh. Only the firmware and the crates
//! above it are built.

use crate::shell::{Outcome, file_error, workspace};
use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};

/// What the build needs.
const FILES: [&str; 3] = ["Cargo.toml", "Cargo.lock", "clippy.toml"];
const FOLDERS: [&str; 10] = [
    "units",
    "link",
    "telemetry",
    "sim",
    "firmware",
    "rig",
    "xtask",
    "scenarios",
    "reports",
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

/// Gives a new scratch copy what the workspace has compiled.
pub(super) fn seed(from: &Path, to: &Path) -> Outcome<()> {
    if to.exists() {
        return Ok(());
    }
    BUILT
        .iter()
        .try_for_each(|name| share(&from.join(name), &to.join(name)))
}

/// Shares outputs by hard links. Cargo writes into its notes (fingerprints, dependencies, what build
/// scripts said), so those are copied: the workspace keeps its own.
fn share(from: &Path, to: &Path) -> Outcome<()> {
    if from.is_dir() {
        fs::create_dir_all(to).map_err(|error| file_error(to, &error))?;
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

/// A copy of what the build needs, with the changes since the last. Files that are deleted are deleted
/// from the copy too.
pub(super) fn copy(to: &Path) -> Outcome<()> {
    let root = workspace()?;
    for name in FILES {
        copy_file(&root.join(name), &to.join(name))?;
    }
    FOLDERS
        .iter()
        .try_for_each(|name| copy_folder(&root.join(name), &to.join(name)))
}

fn copy_folder(from: &Path, to: &Path) -> Outcome<()> {
    remove_what_is_gone(from, to)?;
    each(from, |path, name| {
        let target: PathBuf = to.join(name);
        if path.is_dir() {
            copy_folder(path, &target)
        } else {
            copy_file(path, &target)
        }
    })
}

/// Does it with the path and the name of each entry of a folder.
fn each(folder: &Path, mut act: impl FnMut(&Path, &Path) -> Outcome<()>) -> Outcome<()> {
    let entries = fs::read_dir(folder).map_err(|error| file_error(folder, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| file_error(folder, &error))?;
        act(&entry.path(), Path::new(&entry.file_name()))?;
    }
    Ok(())
}

fn remove_what_is_gone(from: &Path, to: &Path) -> Outcome<()> {
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
        removed.map_err(|error| file_error(&path, &error))?;
    }
    Ok(())
}

/// A new file has the time of the original, with which cargo compares what is compiled. One that
/// differs from an earlier copy is new now: it may have changed while that copy was compiled.
fn copy_file(from: &Path, to: &Path) -> Outcome<()> {
    let bytes = fs::read(from).map_err(|error| file_error(from, &error))?;
    match fs::read(to) {
        Ok(present) if present == bytes => Ok(()),
        Ok(_) => fs::write(to, bytes).map_err(|error| file_error(to, &error)),
        Err(_) => {
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder).map_err(|error| file_error(folder, &error))?;
            }
            copy_with_its_time(from, to)
        }
    }
}

fn copy_with_its_time(from: &Path, to: &Path) -> Outcome<()> {
    let copied = || {
        fs::copy(from, to)?;
        let time = fs::metadata(from)?.modified()?;
        let file = File::options().write(true).open(to)?;
        file.set_times(FileTimes::new().set_modified(time))
    };
    copied().map_err(|error| file_error(from, &error))
}
