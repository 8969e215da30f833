//! One trial per file in `bad_parameters/`: each must be refused with the approved message beside
//! it. And the examples must be good, each with something that it changes.
//!
//! `THECAL_ACCEPT=1` writes the messages as they are now; read them before they are committed.

use libtest_mimic::{Arguments, Failed, Trial};
use miette::{GraphicalReportHandler, GraphicalTheme};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};
use thecal_rig::parameters;

const FOLDER: &str = "tests/bad_parameters";

fn main() -> io::Result<ExitCode> {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        Trial::test("the examples are good", examples),
        Trial::test("approved messages all have a file", no_orphans),
    ];
    let mut files: Vec<PathBuf> = fs::read_dir(FOLDER)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    files.sort();
    trials.extend(files.into_iter().map(trial));
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn trial(path: PathBuf) -> Trial {
    let stem = path.file_stem().unwrap_or_default();
    let name = stem.to_string_lossy().into_owned();
    Trial::test(name, move || compare(&message(&path)?, &path))
}

/// What a person sees: 100 columns, no colors.
fn message(path: &Path) -> Result<String, Failed> {
    let Err(error) = parameters::load(path) else {
        return Err("a bad file of parameters was accepted".into());
    };
    let mut text = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .render_report(&mut text, &error)?;
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_matches('\n').to_owned() + "\n")
}

fn compare(message: &str, beside: &Path) -> Result<(), Failed> {
    let approved = beside.with_extension("stderr");
    if env::var_os("THECAL_ACCEPT").is_some_and(|value| value == "1") {
        return Ok(fs::write(&approved, message)?);
    }
    match fs::read_to_string(&approved) {
        Ok(text) if text == message => Ok(()),
        Ok(text) => Err(format!("approved:\n{text}\nnow:\n{message}").into()),
        Err(error) => Err(format!("{}: {error}; now:\n{message}", approved.display()).into()),
    }
}

fn examples() -> Result<(), Failed> {
    let mut found = 0;
    for entry in fs::read_dir("../scenarios/people")? {
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

fn no_orphans() -> Result<(), Failed> {
    for entry in fs::read_dir(FOLDER)? {
        let path = entry?.path();
        if !path.with_extension("toml").exists() {
            return Err(format!("{} has no file of parameters beside it", path.display()).into());
        }
    }
    Ok(())
}
