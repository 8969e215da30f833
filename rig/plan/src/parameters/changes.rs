//! What a parameter file changes.

use super::set::{Kind, Set};

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
    #[must_use]
    pub fn set(&self, kind: Kind, drug: Option<&str>) -> Option<&Set> {
        let mut sets = self.sets.iter();
        sets.find(|set| set.kind == kind && drug.is_none_or(|drug| set.name == drug))
    }
}
