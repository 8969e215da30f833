//! The motor driver: what it is told to do, and when.
//!
//! The other rules judge what the motor moved; these judge the commands. `tries.rs` judges what a pump
//! does about a motor that stalled, `proofs.rs` when it may take it as turning again, `checks.rs` the quick
//! trains that load the battery, `battery.rs` what follows from them.

mod armed;
mod battery;
mod checks;
mod proofs;
mod records;
mod run;
#[cfg(test)]
mod tests;
mod tries;

use crate::boundary::Boundary;
use crate::dose::ended;
use crate::rule::{Opinion, Rule};
use crate::told::Told;
use run::Motor;
use thecal_plan::{Ability, Profile};

/// The rules of this folder.
pub(crate) static RULES: [&Rule; 17] = [
    &run::WAKE,
    &armed::ARMED,
    &armed::COMMANDED,
    &records::WAITS,
    &records::RECORDS,
    &records::SELDOM,
    &tries::CUT,
    &tries::TRY,
    &tries::AGAIN,
    &tries::REST,
    &tries::WEAK,
    &proofs::PROOF,
    &proofs::RECOVERS,
    &checks::LOADS,
    &checks::DUE,
    &battery::FOUND,
    &battery::ENDED,
];

/// Judges a run by them.
pub(crate) fn judge(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    opinion: &mut Opinion,
) {
    let [ended, _] = ended(boundary, told, profile);
    let motor = Motor {
        boundary,
        told,
        ended,
    };
    motor.wakes(opinion);
    motor.arms(profile, opinion);
    motor.commanded_at_boots(opinion);
    motor.waits(opinion);
    motor.records(profile, opinion);
    motor.seldom(profile, opinion);
    if profile.can(Ability::StallRetry) {
        motor.judge_cuts(profile, opinion);
        let tries = motor.tries();
        motor.judge_tries(&tries, opinion);
        motor.judge_boots(profile, opinion);
        motor.judge_proofs(&tries, profile, opinion);
    }
    if profile.can(Ability::Battery) {
        let loads = motor.loads();
        motor.judge_checks(&loads, opinion);
        motor.judge_battery(&loads, opinion);
    }
}
