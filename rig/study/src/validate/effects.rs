//! Effects over time, with the whole plant: pk.md 4.
//!
//! The constants of effects and withdrawal are assumed or were chosen to fit clinical experience;
//! each row says which.

use super::driven::{Driven, config};
use super::observation::{Kind, Observation, Published, Tolerance};
use thecal_sim::Truth;
use thecal_units::Millis;

/// Hours of 300 ug/day of baclofen, from none, until the effect is a share of its value after ten
/// days.
fn hours_to(share: f64) -> f64 {
    let begun = || Driven::new(&config()).infuse(0.15);
    let full = begun().run(Millis::DAY.times(10)).truth().effect;
    begun().minutes_until(|driven| driven.truth().effect >= share * full) / 60.0
}

/// Hours after a total stop of 400 ug/day of baclofen until withdrawal is this share of its worst.
fn hours_to_withdrawal(share: f64) -> f64 {
    let stopped = || Driven::new(&config()).on_therapy(400.0);
    let severity = |truth: Truth| truth.withdrawal;
    let (mut course, mut worst) = (stopped(), 0.0_f64);
    for _ in 0..7 * 24 {
        course = course.run(Millis::HOUR);
        worst = worst.max(severity(course.truth()));
    }
    stopped().minutes_until(|driven| severity(driven.truth()) >= share * worst) / 60.0
}

/// The rows.
pub(super) static ROWS: &[Observation] = &[
    Observation {
        id: "B-onset",
        what: "baclofen 300 ug/day begun: until half of the final effect",
        unit: "h",
        source: "pk.md 4: first effect of an infusion at 6 to 8 h (S36)",
        published: Published::Value(7.0),
        spread: "6 to 8",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T2,
        why: "T2: not fitted; a first effect is taken as half of the final one (assume)",
        known_miss: None,
        simulate: || hours_to(0.5),
    },
    Observation {
        id: "B-full",
        what: "baclofen 300 ug/day begun: until 99 % of the final effect",
        unit: "h",
        source: "pk.md 4: greatest effect of an infusion at 24 to 48 h (S36)",
        published: Published::Value(36.0),
        spread: "24 to 48",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T2,
        why: "T2: not fitted; the greatest effect is taken as 99 % (assume)",
        known_miss: None,
        simulate: || hours_to(0.99),
    },
    Observation {
        id: "B-withdrawal",
        what: "baclofen 400 ug/day stopped: until withdrawal is at nine tenths of its worst",
        unit: "h",
        source: "pk.md 4: evolves over 1 to 3 days (S61, S62)",
        published: Published::Range(24.0, 72.0),
        spread: "can be fulminant",
        kind: Kind::InSample,
        tolerance: Tolerance::AsPublished,
        why: "its time constants are assumed with this range in view",
        known_miss: None,
        simulate: || hours_to_withdrawal(0.9),
    },
];
