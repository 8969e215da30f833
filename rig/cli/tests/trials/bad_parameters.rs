//! One trial per file in `bad_parameters/`: each must be refused with the approved message beside
//! it. The examples must be valid, and each must change something.

use crate::bad_files;
use libtest_mimic::{Failed, Trial};
use miette::Diagnostic;
use std::path::Path;
use std::{fs, io};
use thecal_scenario::parameters;

pub(crate) fn trials() -> io::Result<Vec<Trial>> {
    let examples = vec![Trial::test("the examples are good", examples)];
    bad_files::trials(("tests/bad_parameters", "toml"), refuse, &[], examples)
}

fn refuse(path: &Path) -> Option<Box<dyn Diagnostic>> {
    Some(Box::new(parameters::load(path).err()?))
}

fn examples() -> Result<(), Failed> {
    let mut found = 0;
    for entry in fs::read_dir("../../scenarios/people")? {
        let path = entry?.path();
        let changes = parameters::load(&path).map_err(|error| format!("{error:?}"))?;
        let mut rows = changes.sets.iter().flat_map(|set| set.rows());
        if !rows.any(|(_, row)| row.was.is_some()) {
            return Err(format!("{} changes nothing", path.display()).into());
        }
        found += 1;
    }
    if found == 0 {
        return Err("there is no example".into());
    }
    Ok(())
}
