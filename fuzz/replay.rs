//! Runs a fuzzer's body on files, for the tests that replay its corpus on the stable toolchain.

use std::fs;
use std::path::{Path, PathBuf};

/// What a fuzzer does with bytes; gives how much of them was what it looks for.
pub(crate) type Body = fn(&[u8]) -> usize;

/// The folder of this file, from the folder of the crate whose test includes it.
pub(crate) fn fuzz(crate_folder: &str) -> PathBuf {
    let mut folders = Path::new(crate_folder).ancestors().skip(1);
    let with_fuzz = folders.find(|folder| folder.join("fuzz/replay.rs").is_file());
    with_fuzz.expect("a folder above has it").join("fuzz")
}

/// Runs `body` on every file in a folder; gives how many files there are, and the sum of what it gives.
pub(crate) fn replay(folder: &Path, body: Body) -> (usize, usize) {
    let (mut files, mut sum) = (0, 0);
    let shown = folder.display();
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{shown}: {error}"));
    for entry in entries {
        let path = entry.expect("a listed file").path();
        if path.is_dir() {
            continue;
        }
        let bytes = fs::read(&path).expect("a file that can be read");
        let found = std::panic::catch_unwind(|| body(&bytes));
        sum += found.unwrap_or_else(|_| panic!("{} breaks the rule above", path.display()));
        files += 1;
    }
    (files, sum)
}
