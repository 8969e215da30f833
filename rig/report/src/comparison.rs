//! How the body of a report compares with the approved one.

use serde::{Deserialize, Serialize};

/// Comparison of a body with the approved one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// Equal.
    Approved,
    /// Different.
    Differs,
    /// No report has been approved yet.
    Missing,
}

impl Approval {
    /// Compares `body` with the approved one; line endings and trailing space are ignored.
    #[must_use]
    pub fn of(body: &str, approved: Option<&str>) -> Self {
        match approved {
            None => Self::Missing,
            Some(approved) if same(approved, body) => Self::Approved,
            Some(_) => Self::Differs,
        }
    }
}

/// Whether two bodies are equal.
pub(super) fn same(one: &str, two: &str) -> bool {
    normal(one) == normal(two)
}

fn normal(body: &str) -> String {
    body.replace("\r\n", "\n").trim_end().into()
}
