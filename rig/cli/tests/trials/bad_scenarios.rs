//! One trial per file in `bad_scenarios/`: each must be refused with the approved message beside it.

use crate::bad_files;
use libtest_mimic::{Failed, Trial};
use miette::Diagnostic;
use std::path::{MAIN_SEPARATOR, Path};
use std::{fs, io};
use thecal_scenario as scenario;

const FOLDER: &str = "tests/bad_scenarios";
/// Too large to be kept as a file.
const HUGE: &str = "huge";

pub(crate) fn trials() -> io::Result<Vec<Trial>> {
    let huge = vec![Trial::test(HUGE, huge)];
    bad_files::trials((FOLDER, "toml"), refuse, &[HUGE], huge)
}

fn refuse(path: &Path) -> Option<Box<dyn Diagnostic>> {
    Some(Box::new(scenario::load(path, Path::new("tests")).err()?))
}

fn huge() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("huge.toml");
    fs::write(&path, "# a trace, not a story\n".repeat(50_000))?;
    let message = bad_files::message(&path, refuse)?;
    let file = path.to_string_lossy().replace(MAIN_SEPARATOR, "/");
    bad_files::compare(
        &message.replace(&file, "huge.toml"),
        &Path::new(FOLDER).join("huge.toml"),
    )
}
