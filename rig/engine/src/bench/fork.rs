//! Forks during a run: a second bench or programmer in the same state as the first, so that one run
//! can be continued in two ways.

/// Why a copy in the same state is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be copied in mid-run: {why}")]
pub struct NotForkable {
    /// What was to be copied.
    pub what: &'static str,
    /// Reason.
    pub why: &'static str,
}
