//! What the pump promises by its profile, and how much of the specification was judged.

use serde::{Deserialize, Serialize};
use thecal_engine::verdict::Judgement;
use thecal_plan::Unclaimed;

/// The profile by which the pump was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileRecord {
    /// Its name.
    pub name: String,
    /// How many rules of the specification had something to judge in this run.
    pub rules_judged: usize,
    /// The rules that it does not claim.
    pub unclaimed: Vec<UnclaimedRecord>,
}

/// A rule that a profile does not claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnclaimedRecord {
    /// The rule.
    pub rule: String,
    /// Why not.
    pub why: String,
}

impl ProfileRecord {
    /// That of a judged run.
    pub(super) fn of(judgement: &Judgement) -> Self {
        let unclaimed = |unclaimed: &Unclaimed| UnclaimedRecord {
            rule: unclaimed.rule.clone(),
            why: unclaimed.why.clone(),
        };
        Self {
            name: judgement.profile.name.clone(),
            rules_judged: judgement.rules_judged,
            unclaimed: judgement.profile.unclaimed.iter().map(unclaimed).collect(),
        }
    }
}
