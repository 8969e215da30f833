//! One trial per file in `bad_profiles/`: each must be refused with the approved message beside it. The
//! profiles of this repository must be valid.

use crate::bad_files;
use libtest_mimic::{Failed, Trial};
use miette::Diagnostic;
use std::io;
use std::path::Path;
use thecal_cli::registry::pump_of;

pub(crate) fn trials() -> io::Result<Vec<Trial>> {
    let examples = vec![Trial::test("the profiles are good", profiles)];
    bad_files::trials(("tests/bad_profiles", "toml"), refuse, &[], examples)
}

fn refuse(path: &Path) -> Option<Box<dyn Diagnostic>> {
    Some(Box::new(pump_of(path).err()?))
}

fn profiles() -> Result<(), Failed> {
    for name in ["reference", "pump-in-c", "template"] {
        let file = Path::new("../../pumps").join(name).with_extension("toml");
        pump_of(&file).map_err(|error| format!("{name}: {error:?}"))?;
    }
    Ok(())
}
