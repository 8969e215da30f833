//! Copies in mid-run: a second bench or programmer in the state of the first, so that one run can be
//! continued in two ways.

/// Why a copy in the same state cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be copied in mid-run: {why}; use bench native")]
pub struct NotForkable {
    /// What was to be copied.
    pub what: &'static str,
    /// Why it cannot be.
    pub why: &'static str,
}
