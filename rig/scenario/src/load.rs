//! From paths to text: finding scenario files, naming them, and reading them with limits.
//!
//! A scenario's id is its path below the scenarios folder without `.toml`: `family/name`.

use super::error::{DiscoverError, ScenarioError};
use super::mistake::ScenarioMistake;
use super::resolve;
use crate::file::{SCENARIO, ScenarioFile};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use std::{fs, io};
use thecal_plan::Scenario;
use thecal_plan::parameters::{Set, Used};
use thecal_text::files::{FileWords, named, read_text, says_something};
use thecal_text::mistake::Mistake;
use thecal_text::names::closest;
use thecal_text::reader::{self, Text};
use thecal_text::{trial, wording};

const WORDS: FileWords = FileWords {
    area: SCENARIO.area,
    what: "scenario",
    unreadable: "check that the file exists and may be read",
    huge: "a scenario describes one run; is this a trace, or several scenarios in one file?",
    not_utf8: "save the file as UTF-8; a `µ` from an old editor is the usual cause, and `u` may \
               stand for it",
    empty: Some(
        "begin with `title = \"…\"`, `seed = 1` and `duration = \"24 h\"`; docs/scenarios.md has an \
         example",
    ),
};
/// The folder of parameter files that scenarios name: it holds no scenarios.
const PEOPLE_NAME: &str = "people";
/// The folder whose sub-folders are families.
const ROOT_NAME: &str = "scenarios";

/// Reads and checks one scenario file; `root` is the folder that its id is relative to.
///
/// # Errors
///
/// [`ScenarioError`] if the file cannot be read or is not a scenario; it lists every mistake.
pub fn load(path: &Path, root: &Path) -> Result<Scenario, ScenarioError> {
    let file = slashed(path);
    let text = read_text(path, &file, &WORDS)?;
    parse(&id_of(path, root), &file, &text)
}

/// Checks the text of a scenario; `file_name` is what messages call it.
///
/// # Errors
///
/// [`ScenarioError`] if the text is not a scenario; it lists every mistake.
pub fn parse(id: &str, file_name: &str, text: &str) -> Result<Scenario, ScenarioError> {
    says_something(text, file_name, &WORDS)?;
    let invalid = |mut mistakes: Vec<Mistake>| {
        trial::keep_accepted(text, &mut mistakes, |corrected| read(id, corrected).1);
        ScenarioError::Invalid {
            file: file_name.to_owned(),
            text: named(file_name, text),
            mistakes,
        }
    };
    let (read, mistakes) = read(id, text);
    let Some((mut scenario, changes)) = read.filter(|_| mistakes.is_empty()) else {
        return Err(invalid(mistakes));
    };
    if let Some(named_file) = changes {
        let folder = Path::new(file_name).parent().unwrap_or(Path::new(""));
        let at = named_file.span().into();
        let changes =
            crate::parameters::load(&folder.join(named_file.get_ref())).map_err(|error| {
                ScenarioError::Parameters {
                    file: file_name.to_owned(),
                    text: named(file_name, text),
                    at,
                    mistakes: vec![error],
                }
            })?;
        scenario.source.changes = Some(Arc::new(changes));
        let used = Used::of(&scenario);
        if used.changed().all(|(_, row)| row.was.is_none()) {
            let in_run: Vec<String> = used.sets.iter().map(Set::header).collect();
            let mistake = ScenarioMistake::NothingApplies {
                file: named_file.get_ref().clone(),
                hint: format!(
                    "change a value in it; this scenario uses {}",
                    wording::all_of(&in_run.iter().map(String::as_str).collect::<Vec<_>>()),
                ),
                at,
            };
            return Err(invalid(vec![Mistake::new(SCENARIO.area, mistake)]));
        }
    }
    Ok(scenario)
}

/// The plan that the text means and the file of parameters that it names, if nothing is missing; and
/// every mistake in it, before any correction is tried.
fn read(id: &str, text: &str) -> (Option<(Scenario, Option<Text>)>, Vec<Mistake>) {
    let mut document = reader::read::<ScenarioFile>(text, &SCENARIO);
    let (plan, mistakes) = resolve::resolve(id, text, &document);
    let mistakes = document.take_mistakes(mistakes);
    let patient = document.file.patient.as_ref();
    let changes = patient.and_then(|patient| patient.get_ref().file.clone());
    (plan.map(|plan| (plan, changes)), mistakes)
}

/// Finds the scenario files that `paths` name: files as they are, folders with all below.
///
/// Gives each file once with the root of its id, in the order of ids.
///
/// # Errors
///
/// [`DiscoverError`] if a path does not exist, cannot be listed, or has no family.
pub fn discover(paths: &[PathBuf]) -> Result<Vec<(PathBuf, PathBuf)>, DiscoverError> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let root = root_above(path).unwrap_or_else(|| path.clone());
            walk(path, &root, &mut found)?;
        } else if path.exists() {
            let beside = path
                .parent()
                .and_then(Path::parent)
                .unwrap_or(Path::new(""));
            let root = root_above(path).unwrap_or_else(|| beside.to_owned());
            found.push((path.clone(), root));
        } else {
            return Err(DiscoverError::Missing {
                path: path.clone(),
                hint: sibling_hint(path),
            });
        }
    }
    found.sort_by_cached_key(|(file, root)| (id_of(file, root), file.clone()));
    let mut seen = BTreeSet::new();
    found.retain(|(file, _)| seen.insert(absolute(file).unwrap_or_else(|_| file.clone())));
    Ok(found)
}

fn walk(
    folder: &Path,
    root: &Path,
    found: &mut Vec<(PathBuf, PathBuf)>,
) -> Result<(), DiscoverError> {
    let unreadable = |cause| DiscoverError::Unreadable {
        path: folder.to_owned(),
        cause,
    };
    let listed: io::Result<Vec<fs::DirEntry>> = fs::read_dir(folder).map_err(unreadable)?.collect();
    for entry in listed.map_err(unreadable)? {
        let path = entry.path();
        // The type of the entry itself: a link to a folder could lead round in a circle.
        if entry.file_type().map_err(unreadable)?.is_dir() {
            if entry.file_name() != PEOPLE_NAME {
                walk(&path, root, found)?;
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            if !id_of(&path, root).contains('/') {
                return Err(DiscoverError::NoFamily { path });
            }
            found.push((path, root.to_owned()));
        }
    }
    Ok(())
}

/// The nearest folder named `scenarios` at or above this path.
fn root_above(path: &Path) -> Option<PathBuf> {
    let named = |folder: &&Path| folder.file_name().is_some_and(|name| name == ROOT_NAME);
    if let Some(root) = path.ancestors().find(named) {
        return Some(root.to_owned());
    }
    absolute(path)
        .ok()?
        .ancestors()
        .find(named)
        .map(Path::to_owned)
}

fn id_of(path: &Path, root: &Path) -> String {
    let without = path.with_extension("");
    let below = match without.strip_prefix(root) {
        Ok(below) => below.to_owned(),
        Err(_) => match (absolute(&without), absolute(root)) {
            (Ok(file), Ok(root)) => file.strip_prefix(root).unwrap_or(&without).to_owned(),
            _ => without.clone(),
        },
    };
    slashed(&below)
}

/// The path with `/` on every system, so that ids and messages are the same everywhere.
fn slashed(path: &Path) -> String {
    path.to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR, "/")
}

/// The nearest name beside a path that does not exist.
fn sibling_hint(path: &Path) -> String {
    let missing = path
        .ancestors()
        .find(|above| above.parent().is_some_and(is_folder));
    let Some((missing, folder)) = missing.and_then(|path| Some((path, path.parent()?))) else {
        return "check the path".to_owned();
    };
    let listed = fs::read_dir(if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    });
    let mut names: Vec<String> = listed
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let wanted = missing
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let usual = Path::new("scenarios").join(path);
    if usual.exists() {
        return format!("did you mean `{}`?", slashed(&usual));
    }
    match wanted.and_then(|wanted| closest(&wanted, &names)) {
        Some(name) => format!("did you mean `{}`?", slashed(&folder.join(name))),
        None if folder.as_os_str().is_empty() => "nothing here has a similar name".into(),
        None => format!("`{}` has nothing with a similar name", slashed(folder)),
    }
}

fn is_folder(path: &Path) -> bool {
    path.as_os_str().is_empty() || path.is_dir()
}

#[cfg(test)]
mod tests;
