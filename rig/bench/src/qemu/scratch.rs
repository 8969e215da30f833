//! Scratch directories for sockets: removed with their owner, swept up later if it was killed.

use std::fs;
use std::io;
use std::path::Path;
use tempfile::TempDir;

const PREFIX: &str = "thecal-qemu-";

/// A new directory whose name contains this process's id.
pub(super) fn new_dir() -> io::Result<TempDir> {
    sweep(&std::env::temp_dir());
    tempfile::Builder::new()
        .prefix(&format!("{PREFIX}{}-", std::process::id()))
        .tempdir()
}

/// Removes directories of killed processes. Failure does not matter.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_str().and_then(owner).is_some_and(is_gone) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

fn owner(name: &str) -> Option<u32> {
    let (process, _) = name.strip_prefix(PREFIX)?.split_once('-')?;
    process.parse().ok()
}

fn is_gone(process: u32) -> bool {
    !Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dirs_of_dead_processes_are_swept() {
        let parent = tempfile::tempdir().unwrap();
        let live = parent
            .path()
            .join(format!("{PREFIX}{}-a", std::process::id()));
        // Above the highest process id of Linux.
        let stale = parent.path().join(format!("{PREFIX}4194305-b"));
        let other = parent.path().join("thecal-qemu-notes");
        for dir in [&live, &stale, &other] {
            fs::create_dir(dir).unwrap();
        }
        sweep(parent.path());
        assert!(live.exists());
        assert!(!stale.exists());
        assert!(other.exists());
    }
}
