//! The answer of a form of expectation, before it has a name.

use super::figure::Observed;
use super::outcome::Verdict;
use thecal_units::SimTime;

/// A finding that has neither name nor words yet.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) observed: Observed,
    pub(super) at: Option<SimTime>,
    pub(super) limit: Observed,
    pub(super) margin: Option<Observed>,
    pub(super) note: Option<String>,
}

pub(super) fn nothing() -> Judged {
    Judged {
        verdict: Verdict::Inconclusive,
        observed: Observed::Nothing,
        at: None,
        limit: Observed::Nothing,
        margin: None,
        note: Some("the signal has no values in this run".into()),
    }
}
