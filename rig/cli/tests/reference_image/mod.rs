//! Where the reference pump's image is. Never skipped: where it is missing the test fails.

use std::path::PathBuf;

/// The image that `THECAL_ELF` names, or the one that `cargo xtask firmware` leaves.
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
