//! The reasons against a request, one by one in their order: what may be answered.

use super::reason::Reason;
use crate::told::Known;

/// Reasons that may be given, up to the first that applies for certain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Course {
    reasons: Vec<Reason>,
    refused: Option<Reason>,
}

impl Course {
    /// The next reason in the order.
    pub(super) fn unless(mut self, reason: Reason, applies: Known) -> Self {
        if self.refused.is_none() && applies != Known::No {
            self.reasons.push(reason);
            self.refused = (applies == Known::Yes).then_some(reason);
        }
        self
    }

    /// The next reasons in the order, those of another course.
    pub(super) fn then(mut self, next: Self) -> Self {
        if self.refused.is_none() {
            self.reasons.extend(next.reasons);
            self.refused = next.refused;
        }
        self
    }

    /// What may be answered if it is not known which of two is true.
    pub(super) fn or(mut self, other: Self) -> Self {
        for reason in other.reasons {
            if !self.reasons.contains(&reason) {
                self.reasons.push(reason);
            }
        }
        self.refused = self.refused.filter(|_| other.refused.is_some());
        self
    }

    /// The reason for which it must be refused; `None`: it may be obeyed.
    pub(super) const fn refused(&self) -> Option<Reason> {
        self.refused
    }

    /// The reasons that may be given.
    pub(super) fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// Whether it must be obeyed.
    pub(super) fn must_obey(&self) -> bool {
        self.reasons.is_empty()
    }

    /// What may be answered, in words; `obeyed` is what the pump says that it obeys.
    pub(super) fn in_words(&self, obeyed: &str, words: fn(Reason) -> &'static str) -> String {
        let reasons = self.reasons.iter().map(|&reason| words(reason));
        let obeyed = self.refused.is_none().then_some(obeyed);
        let all: Vec<&str> = obeyed.into_iter().chain(reasons).collect();
        all.join(" or ")
    }
}
