//! What noticed a bug last: asked first in the next exam.

/// What noticed a bug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Killer {
    pub(crate) stage: String,
    /// The run: the scenario's id, with its overlay.
    pub(crate) run: String,
}
