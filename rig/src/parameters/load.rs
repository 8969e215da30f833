//! From a path to sets that somebody changed.

use super::file::{PARAMETERS, ParametersFile};
use super::mistake::{Mistake, ParametersError};
use super::resolve::resolve;
use super::set::{Kind, Set};
use crate::scenario::elsewhere::Here;
use crate::scenario::shape::parse_as;
use miette::NamedSource;
use std::path::Path;
use std::sync::Arc;

/// The sets of one file, each whole, with what the file changes in them.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// The file's name, without folders.
    pub file: String,
    /// The sets that it names.
    pub sets: Vec<Set>,
}

impl Changes {
    /// The set of this kind, of drugs the one of this name.
    pub(super) fn set(&self, kind: Kind, drug: Option<&str>) -> Option<&Set> {
        let mut sets = self.sets.iter();
        sets.find(|set| set.kind == kind && drug.is_none_or(|drug| set.name == drug))
    }
}

/// Reads a parameter file.
///
/// # Errors
///
/// [`ParametersError`]; it lists every mistake.
pub fn load(path: &Path) -> Result<Changes, ParametersError> {
    let text = std::fs::read_to_string(path).map_err(|cause| ParametersError::Unreadable {
        file: path.display().to_string(),
        cause,
    })?;
    parse(path, &text)
}

/// Checks the text of a parameter file.
///
/// # Errors
///
/// [`ParametersError`]; it lists every mistake.
pub fn parse(path: &Path, text: &str) -> Result<Changes, ParametersError> {
    let name = path.display().to_string();
    let invalid = |mut mistakes: Vec<Mistake>| {
        mistakes.sort_by_key(Mistake::offset);
        ParametersError::Invalid {
            file: name.clone(),
            text: Arc::new(NamedSource::new(&name, text.to_owned())),
            mistakes,
        }
    };
    let file: ParametersFile = parse_as(text, &PARAMETERS)
        .map_err(|mistake| invalid(vec![Mistake::Shape(Here::new("parameters", mistake))]))?;
    let short = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(Changes {
        file: short.into_owned(),
        sets: resolve(file).map_err(invalid)?,
    })
}
