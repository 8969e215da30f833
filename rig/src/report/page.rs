//! `report.html`: one self-contained page a run. Under construction.

use crate::run::Story;
use crate::scenario::plan::Scenario;
use crate::verdict::Judgement;
use std::io;
use std::path::Path;

/// Writes the page.
///
/// # Errors
///
/// What the file system says.
pub fn write(
    _folder: &Path,
    _scenario: &Scenario,
    _story: &Story,
    _judgement: &Judgement,
    _body: &str,
) -> io::Result<()> {
    Ok(())
}
