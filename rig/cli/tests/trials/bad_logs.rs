//! One trial per file in `bad_logs/`: each event log must be refused with the approved message beside it.

use crate::bad_files;
use libtest_mimic::Trial;
use miette::Diagnostic;
use std::io;
use std::path::Path;
use thecal_reference::field_log;

pub(crate) fn trials() -> io::Result<Vec<Trial>> {
    bad_files::trials(("tests/bad_logs", "csv"), refuse, &[], Vec::new())
}

fn refuse(path: &Path) -> Option<Box<dyn Diagnostic>> {
    Some(Box::new(field_log::load(path).err()?))
}
