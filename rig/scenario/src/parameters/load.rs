//! From a path to changed parameter sets.

use super::file::{PARAMETERS, ParametersFile};
use super::mistake::ParametersError;
use super::resolve::resolve;
use std::path::Path;
use thecal_plan::parameters::Changes;
use thecal_text::files::{FileWords, named, read_text, says_something};
use thecal_text::reader;

const WORDS: FileWords = FileWords {
    area: PARAMETERS.area,
    what: "parameter file",
    unreadable: "check the path; `thecal parameters copy adult > my.toml` makes a file to begin with",
    huge: "a parameter file is a table for each number that is changed; is this another file?",
    not_utf8: "save the file as UTF-8",
    empty: Some("`thecal parameters copy adult > my.toml` makes a file to begin with"),
};

/// Reads a parameter file.
///
/// # Errors
///
/// [`ParametersError`]; it lists every mistake.
pub fn load(path: &Path) -> Result<Changes, ParametersError> {
    let text = read_text(path, &path.display().to_string(), &WORDS)?;
    parse(path, &text)
}

/// Checks the text of a parameter file.
///
/// # Errors
///
/// [`ParametersError`]; it lists every mistake.
pub fn parse(path: &Path, text: &str) -> Result<Changes, ParametersError> {
    let name = path.display().to_string();
    says_something(text, &name, &WORDS)?;
    let mut document = reader::read::<ParametersFile>(text, &PARAMETERS);
    let (sets, mistakes) = resolve(&document);
    let mistakes = document.take_mistakes(mistakes);
    if !mistakes.is_empty() {
        return Err(ParametersError::Invalid {
            text: named(&name, text),
            file: name,
            mistakes,
        });
    }
    let short = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(Changes {
        file: short.into_owned(),
        sets,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_plan::parameters::{built_in, to_toml};

    #[test]
    fn every_example_is_read() {
        let wrong = reader::examples::wrong_example::<ParametersFile>(&PARAMETERS);
        assert!(wrong.is_none(), "{wrong:#?}");
    }

    #[test]
    fn what_is_copied_reads_back_as_it_was() {
        for set in built_in() {
            let text = to_toml(&set);
            let changes = parse(Path::new("copy.toml"), &text);
            let changes = changes.unwrap_or_else(|error| panic!("{}: {error:?}", set.name));
            assert_eq!(changes.sets, [set]);
        }
    }
}
