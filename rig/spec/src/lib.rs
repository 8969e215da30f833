//! The specification pump: what a pump must show at its boundary at every instant, and where a run
//! differs from that.
//!
//! It hears what the pump hears (sessions, orders, presses, resets, time, stalls and supply as the pins
//! show them) and says what is allowed: the commanded dose from below and from above, which requests
//! must be granted and which denied, which alarm must sound, what the log and every answer must say.
//!
//! It is written from `docs/requirements.toml` and what that cites, never from a pump's source, and asks
//! questions of a history where a pump keeps state and counters: so that the same mistake is not made
//! twice. This crate sees no firmware, no telemetry, no link.
//!
//! [`Boundary`] is what is judged, [`Profile`] (of the crate `plan`) what one product promises beyond what every pump must
//! do, [`judge`] the only entry, [`Opinion`] its result.

mod alarms;
mod boundary;
mod clock;
mod dose;
mod losses;
mod motor;
mod number;
#[cfg(test)]
mod page_tests;
mod read_alarms;
mod record;
mod requests;
mod rule;
#[cfg(test)]
mod testing;
mod told;
mod tried;

pub use boundary::{
    Absence, AlarmAge, Answer, Boot, Boundary, Cause, Crystal, Drive, Entry, Health, Hurt, Injury,
    Log, Packet, Pulses, Sender, Status, Steps, Tone,
};
pub use rule::{Band, Difference, Judged, Opinion, Rule};

use thecal_plan::Profile;

/// All rules, in the order in which they are reported.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let groups: [&[&Rule]; 5] = [
        &dose::RULES,
        requests::RULES,
        &alarms::RULES,
        &record::RULES,
        &motor::RULES,
    ];
    groups.into_iter().flatten().copied()
}

/// Whether a rule is about a request or an order: granted or not, obeyed or not.
#[must_use]
pub fn is_of_requests(rule: &Rule) -> bool {
    requests::RULES.contains(&rule)
}

/// The rule of this name.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.name == name)
}

/// Judges a run by all rules that the profile claims.
#[must_use]
pub fn judge(boundary: &Boundary<'_>, profile: &Profile) -> Opinion {
    let mut opinion = Opinion::default();
    let told = told::Told::of(boundary, profile);
    for judge in [
        dose::judge,
        requests::judge,
        alarms::judge,
        record::judge,
        motor::judge,
    ] {
        judge(boundary, &told, profile, &mut opinion);
    }
    opinion.leave_out(|rule| !profile.claims(rule.name));
    opinion.differences.sort_by_key(|difference| difference.at);
    opinion
}
