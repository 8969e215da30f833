//! Path of the reference pump's image. Never skipped: if it is missing the test fails.

use std::path::PathBuf;

/// The image named by `THECAL_ELF`, or the one built by `cargo xtask firmware`.
pub(crate) fn image() -> PathBuf {
    let path =
        std::env::var_os("THECAL_ELF").map_or_else(thecal_bench::elf::default_image, PathBuf::from);
    assert!(
        path.is_file(),
        "no firmware image at {}: build it with `cargo xtask firmware`, or name one in THECAL_ELF",
        path.display()
    );
    path.canonicalize().unwrap()
}
