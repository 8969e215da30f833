//! Why an exam cannot be held.

use std::io;
use std::path::Path;

/// Why an exam cannot be held. What a broken pump does is a result, never an error.
#[derive(Debug, thiserror::Error)]
pub enum ExamError {
    /// A bug cannot be used; names it and, for an edit, its file.
    #[error("bug `{name}`: {why}")]
    Bug {
        /// The bug.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// What the exam needs is missing, or cannot be read or written.
    #[error("{0}")]
    Unusable(String),
    /// The pump fails without any bug, so that nothing could be told from a fail.
    #[error("{scenario} is {verdict} without any bug: the exam needs a library that passes")]
    Unsound {
        /// The scenario.
        scenario: String,
        /// Its verdict, or why it has none.
        verdict: String,
    },
}

impl ExamError {
    pub(crate) fn bug(name: &str, why: &str) -> Self {
        Self::Bug {
            name: name.to_owned(),
            why: why.to_owned(),
        }
    }

    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        Self::Unusable(format!("{}: {error}", path.display()))
    }
}
