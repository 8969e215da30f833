//! Broken images: each ELF file of a folder is judged by the library on an emulated chip.
//!
//! Their sources are not known, so nothing tells which scenarios come by what is broken: all are run,
//! until one notices.

use crate::ExamError;
use crate::bug::{Bug, Origin};
use crate::event::Event;
use crate::exam::Settings;
use crate::judge::{Candidate, Stage, judge};
use crate::keeper::Keeper;
use crate::result::{ExamResult, Row};
use crate::sitting::{STAGES, sound};
use crate::switch::Number;
use crate::trial::{Kind, Runner, paths};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The least first and the least last bound on the time of a trial.
const BOUNDS: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(60));

/// The file of the result, in the folder of results.
const RESULT: &str = "images.json";

/// Puts each image of a folder through the library on an emulated chip, behind a virtual probe;
/// `thecal` is the program that runs it.
///
/// # Errors
///
/// As `hold`; and if the folder has no ELF file.
pub fn images(
    settings: &Settings,
    folder: &Path,
    thecal: &Path,
    show: &mut dyn FnMut(&Event<'_>),
) -> Result<ExamResult, ExamError> {
    let Settings { out, jobs, .. } = settings;
    let elves = elves(folder)?;
    let bugs: Vec<Bug> = elves.iter().map(|elf| of_image(elf)).collect();
    let files = paths(&settings.workspace, &settings.scenarios)?;
    let folder = settings.workspace.clone();
    show(&Event::Begins(format!(
        "running {} scenarios on native",
        files.len()
    )));
    let native = Runner {
        program: thecal.to_owned(),
        folder: folder.clone(),
        arguments: Vec::new(),
        bounds: BOUNDS,
    };
    let trials = sound(&native, &files, Kind::Alone, None, *jobs, out)?;
    let stage = Stage {
        name: STAGES[0].name,
        trials,
        only_killers: false,
    };
    let runners: Vec<Runner> = elves
        .iter()
        .map(|elf| Runner {
            program: thecal.to_owned(),
            folder: folder.clone(),
            arguments: vec!["--on".into(), "qemu".into(), "--elf".into(), elf.into()],
            bounds: BOUNDS,
        })
        .collect();
    let candidates: Vec<Candidate<'_>> = (1..)
        .zip(bugs.iter().zip(&runners))
        .map(|(number, (bug, runner))| Candidate {
            number,
            row: Row::new(bug),
            killer: None,
            runner,
        })
        .collect();
    let all: BTreeMap<Number, &Bug> = (1..).zip(&bugs).collect();
    let mut keeper = Keeper::new(&out.join(RESULT), String::new(), &bugs, &all, None);
    keeper.begin(bugs.len());
    let keep = |number, row| keeper.keep(number, row, show);
    judge(&candidates, &stage, None, *jobs, out, keep)?;
    Ok(keeper.result())
}

fn elves(folder: &Path) -> Result<Vec<PathBuf>, ExamError> {
    let entries = fs::read_dir(folder).map_err(|error| ExamError::file(folder, &error))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| ExamError::file(folder, &error))?
            .path();
        let begins =
            path.is_file() && fs::read(&path).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"));
        if begins {
            found.push(fs::canonicalize(&path).map_err(|error| ExamError::file(&path, &error))?);
        }
    }
    found.sort();
    if found.is_empty() {
        let why = format!("{} has no ELF file", folder.display());
        return Err(ExamError::Unusable(why));
    }
    Ok(found)
}

fn of_image(elf: &Path) -> Bug {
    let name = elf.file_name().unwrap_or_default().to_string_lossy();
    Bug {
        name: name.into_owned(),
        what: format!("the image {}", elf.display()),
        file: String::new(),
        origin: Origin::Image,
        edits: Vec::new(),
        equivalent: None,
        hangs_in: None,
    }
}
