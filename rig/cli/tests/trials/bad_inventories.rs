//! One trial per file in `bad_inventories/`: each must be refused with the approved message beside
//! it. The examples must be valid.

use crate::bad_files;
use libtest_mimic::{Failed, Trial};
use miette::Diagnostic;
use std::io;
use std::path::Path;
use thecal_bench::inventory;
use thecal_cli::registry::BENCHES;

pub(crate) fn trials() -> io::Result<Vec<Trial>> {
    let examples = vec![Trial::test("the example is good", example)];
    bad_files::trials(("tests/bad_inventories", "toml"), refuse, &[], examples)
}

fn refuse(path: &Path) -> Option<Box<dyn Diagnostic>> {
    Some(Box::new(inventory::load(path, BENCHES).err()?))
}

fn example() -> Result<(), Failed> {
    for (file, boards) in [("../../bench.example.toml", 5), ("../../bench.toml", 0)] {
        let inventory =
            inventory::load(Path::new(file), BENCHES).map_err(|error| format!("{error:?}"))?;
        if inventory.boards.len() != boards {
            return Err(format!("{file} has {} boards", inventory.boards.len()).into());
        }
    }
    Ok(())
}
