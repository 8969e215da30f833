//! The record: what the log must hold and may not hold, what every count and every answer must say, and what
//! of it a reset may cost.
//!
//! Each thing that must be logged is an event with a time and what its entry says (`wanted.rs`): orders,
//! people, pins, boluses and the reservoir know theirs. `matching.rs` finds an entry for each event and an
//! event for each entry. What only the pump can time is judged the other way round, entry by entry, beside
//! its causes (`causes.rs`). `order.rs` judges the log as a whole, `counts.rs` and `shown.rs` what was read.

mod boluses;
mod causes;
mod commits;
mod counts;
mod damaged_log;
mod found_again;
mod made_up;
mod matching;
mod obeyed;
mod order;
mod orders;
mod people;
mod pins;
mod refusals;
mod reservoir;
mod rules;
mod shown;
mod since_damage;
mod store;
#[cfg(test)]
mod tests;
pub(crate) mod time;
mod wanted;

pub(crate) use rules::RULES;

use crate::boundary::Boundary;
use crate::requests::Questions;
use crate::rule::Opinion;
use crate::told::Told;
use boluses::Boluses;
use causes::Causes;
use counts::Counts;
use made_up::made_up;
use matching::Matching;
use orders::Orders;
use refusals::Refusals;
use reservoir::{Reservoir, bridge_ends};
use shown::Shows;
use thecal_plan::Profile;
use time::{LogTime, is_torn};
use wanted::Wanted;

/// Judges a run by them. Power that fails within an exchange may leave any part of what it wrote (REQ-LOG-007):
/// what the record says of that instant may be either.
pub(crate) fn judge(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    opinion: &mut Opinion,
) {
    let first = opinion.differences.len();
    judge_all(boundary, told, profile, opinion);
    opinion.excuse(first, |at| is_torn(boundary, (at, at)));
}

fn judge_all(boundary: &Boundary<'_>, told: &Told, profile: &Profile, opinion: &mut Opinion) {
    let asked = Questions::of(boundary, profile);
    let reservoir = Reservoir::of(boundary, told, profile);
    let time = LogTime::of(boundary, profile);
    Counts {
        boundary,
        profile,
        time: &time,
        reservoir: &reservoir,
    }
    .judge(opinion);
    Shows {
        boundary,
        profile,
        told,
        time: &time,
        asked: &asked,
        reservoir: &reservoir,
    }
    .judge(opinion);
    since_damage::judge(boundary, profile, opinion);
    // A log that nobody could read says nothing.
    if boundary.status.is_none() {
        return opinion.either(&rules::HOLDS);
    }
    let mut wanted = wanted((boundary, told, profile), &asked, &reservoir);
    let refusals = Refusals {
        boundary,
        time: &time,
        asked: &asked,
    };
    wanted.extend(refusals.wanted());
    wanted.retain(|event| profile.record.kinds.contains(&event.kind));
    Matching {
        boundary,
        profile,
        time: &time,
        asked: &asked,
    }
    .judge(wanted, opinion);
    Causes {
        boundary,
        profile,
        told,
        time: &time,
        asked: &asked,
    }
    .judge(opinion);
    order::judge(boundary, profile, &asked, opinion);
    damaged_log::judge(boundary, told, opinion);
    found_again::judge(boundary, opinion);
    commits::judge(boundary, profile, (&time, &asked), opinion);
}

/// All events that have a place of their own in the run.
fn wanted(
    (boundary, told, profile): (&Boundary<'_>, &Told, &Profile),
    asked: &Questions<'_>,
    reservoir: &Reservoir<'_>,
) -> Vec<Wanted> {
    let mut wanted = Orders {
        boundary,
        profile,
        asked,
        reservoir,
    }
    .wanted();
    wanted.extend(made_up(boundary, asked, &wanted));
    wanted.extend(bridge_ends(&wanted, boundary, reservoir));
    let boluses = Boluses {
        boundary,
        profile,
        asked,
        reservoir,
    };
    wanted.extend(boluses.wanted());
    wanted.extend(reservoir.wanted());
    wanted.extend(people::denials(boundary));
    wanted.extend(people::silences(boundary, profile));
    wanted.extend(people::dropped(boundary, profile));
    wanted.extend(people::stuck(boundary, profile));
    wanted.extend(people::abandoned(boundary, told));
    wanted.extend(pins::boots(boundary));
    wanted.extend(pins::magnets(boundary));
    wanted.extend(pins::jumps(boundary, profile));
    wanted.extend(pins::flips(boundary));
    wanted
}
