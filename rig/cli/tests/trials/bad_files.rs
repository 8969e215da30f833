//! Files that must be refused, each with the approved message beside it: one trial per file.
//!
//! `THECAL_ACCEPT=1` writes the current messages; read them before committing.

use libtest_mimic::{Failed, Trial};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use std::path::{Path, PathBuf};
use std::{env, fs, io};
use thecal_text::wrapping;

/// Why a file is refused; `None` if it is not.
pub(crate) type Refuse = fn(&Path) -> Option<Box<dyn Diagnostic>>;

/// A trial for each file in `folder` with this extension, one that no approved message lacks its file,
/// and `more`. Files whose stem is in `without_file` are made by a trial of `more`.
pub(crate) fn trials(
    (folder, extension): (&'static str, &'static str),
    refuse: Refuse,
    without_file: &'static [&'static str],
    more: Vec<Trial>,
) -> io::Result<Vec<Trial>> {
    let mut trials = more;
    trials.push(Trial::test(
        "approved messages all have a file",
        move || no_orphans(folder, extension, without_file),
    ));
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    trials.extend(files.into_iter().map(|path| {
        let stem = path.file_stem().unwrap_or_default();
        let name = stem.to_string_lossy().into_owned();
        Trial::test(name, move || compare(&message(&path, refuse)?, &path))
    }));
    Ok(trials)
}

/// The message as displayed: 100 columns, no colors.
pub(crate) fn message(path: &Path, refuse: Refuse) -> Result<String, Failed> {
    let Some(error) = refuse(path) else {
        return Err("a bad file was accepted".into());
    };
    let mut text = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .with_break_words(false)
        .with_word_separator(wrapping::SEPARATOR)
        .with_word_splitter(wrapping::SPLITTER)
        .render_report(&mut text, error.as_ref())?;
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_matches('\n').to_owned() + "\n")
}

/// Compares `message` with the approved one beside a file.
pub(crate) fn compare(message: &str, beside: &Path) -> Result<(), Failed> {
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

fn no_orphans(folder: &str, extension: &str, without_file: &[&str]) -> Result<(), Failed> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_made = without_file.contains(&&*stem);
        if !is_made && !path.with_extension(extension).exists() {
            return Err(format!("{} has no bad file beside it", path.display()).into());
        }
    }
    Ok(())
}
