//! One trial per file in `bad_logs/`: each event log must be refused with the approved message beside it.

mod bad_files;

use miette::Diagnostic;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use thecal_reference::field_log;

fn main() -> io::Result<ExitCode> {
    bad_files::run(("tests/bad_logs", "csv"), refuse, &[], Vec::new())
}

fn refuse(path: &Path) -> Option<Box<dyn Diagnostic>> {
    Some(Box::new(field_log::load(path).err()?))
}
