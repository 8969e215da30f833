//! What a rule reads, and what it finds.

use std::fmt;

/// One place that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    /// Path below the workspace.
    pub(super) file: String,
    /// From 1.
    pub(super) line: usize,
    pub(super) found: String,
    pub(super) expected: String,
    pub(super) fix: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            found,
            expected,
            fix,
        } = self;
        write!(
            f,
            "{file}:{line}: {found}\n    expected: {expected}\n    fix: {fix}"
        )
    }
}

/// A text file of the workspace.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Path below the workspace, with slashes.
    pub(super) file: String,
    pub(super) text: String,
}

/// Where the tables of a rule are, for rows that excuse nothing.
pub(super) fn stale(table: &str, row: &str) -> Violation {
    let (file, name) = table.split_once('#').unwrap_or((table, ""));
    Violation {
        file: format!("xtask/src/tidy/{file}"),
        line: 1,
        found: format!("the row `{row}` of {name} excuses nothing"),
        expected: "only exceptions that are needed".to_owned(),
        fix: format!("remove the row from {name}"),
    }
}
