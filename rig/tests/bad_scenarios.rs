//! One trial per file in `bad_scenarios/`: each must be refused with the approved message beside it.
//!
//! `THECAL_ACCEPT=1` writes the messages as they are now; read them before they are committed.

use libtest_mimic::{Arguments, Failed, Trial};
use miette::{GraphicalReportHandler, GraphicalTheme};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};
use thecal_rig::scenario;

const FOLDER: &str = "tests/bad_scenarios";
/// Too large to be kept as a file.
const HUGE: &str = "huge";

fn main() -> io::Result<ExitCode> {
    let arguments = Arguments::from_args();
    let mut files = Vec::new();
    for entry in fs::read_dir(FOLDER)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
    files.sort();
    let mut trials: Vec<Trial> = files.into_iter().map(trial).collect();
    trials.push(Trial::test(HUGE, huge));
    trials.push(Trial::test("approved messages all have a file", no_orphans));
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn trial(path: PathBuf) -> Trial {
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Trial::test(name, move || {
        compare(&message(&path, Path::new("tests"))?, &path)
    })
}

/// What a person sees: 100 columns, no colors.
fn message(path: &Path, root: &Path) -> Result<String, Failed> {
    let Err(error) = scenario::load(path, root) else {
        return Err("a bad scenario was accepted".into());
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

fn huge() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("huge.toml");
    fs::write(&path, "# a trace, not a story\n".repeat(50_000))?;
    let message = message(&path, folder.path())?;
    let file = path
        .to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR, "/");
    compare(
        &message.replace(&file, "huge.toml"),
        &Path::new(FOLDER).join("huge.toml"),
    )
}

fn no_orphans() -> Result<(), Failed> {
    for entry in fs::read_dir(FOLDER)? {
        let path = entry?.path();
        let known = path.file_stem().is_some_and(|stem| stem == HUGE);
        if !known && !path.with_extension("toml").exists() {
            return Err(format!("{} has no scenario beside it", path.display()).into());
        }
    }
    Ok(())
}
