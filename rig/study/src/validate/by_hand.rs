//! Doses given by hand, with the whole plant: the jet of a hand, and what a heavy solution does.
//!
//! The jet is one number, a compromise between the first two rows and the third; in view of all.

use super::driven::{Driven, config};
use super::observation::{Kind, Observation, Published, Tolerance};
use super::subject::Course;
use thecal_sim::{Agent, Drug, Injection, Person, PlantConfig, Posture, Tolerance as Used};
use thecal_units::Millis;
use thecal_units::real::{Concentration, Length, Mass};

/// A naive adult who gets an injection; the pump is stopped, its tip at `seen_cm`.
fn injected(drug: Drug, injection: &Injection, seen_cm: f64, posture: Posture) -> Driven {
    let config = config();
    let strength = Concentration::from_ug_per_ml(1_000.0);
    let driven = Driven::new(&PlantConfig {
        agent: Agent::new(drug, Used::Naive, strength),
        primed: false,
        person: Person {
            tip: Length::from_centimeters(seen_cm),
            ..config.person
        },
        ..config
    });
    driven.holds(posture).by_hand(injection)
}

/// Minutes until the effect of an injection at L3/4 falls below half.
fn acts(drug: Drug, dose_ug: f64) -> f64 {
    let mut driven = injected(drug, &plain(12.0, dose_ug), 27.0, Posture::Lying);
    let mut last = 0;
    for minute in 1..=720_u32 {
        driven = driven.run(Millis::MINUTE);
        if driven.truth().effect > 0.5 {
            last = minute;
        }
    }
    f64::from(last)
}

/// The effect 12 h after an injection at L3/4.
fn after_half_a_day(drug: Drug, dose_ug: f64) -> f64 {
    let given = injected(drug, &plain(12.0, dose_ug), 27.0, Posture::Lying);
    given.run(Millis::HOUR.times(12)).truth().effect
}

/// Levels of morphine at `seen_cm` each minute of 6 h after an injection. Unit: ug/mL.
fn course(injection: &Injection, seen_cm: f64) -> Course {
    seen(injected(Drug::Morphine, injection, seen_cm, Posture::Lying))
}

fn seen(mut driven: Driven) -> Course {
    let mut course = Course(Vec::new());
    for minute in 1..=360_u32 {
        driven = driven.run(Millis::MINUTE);
        let level = driven.truth().tip.as_ug_per_ml();
        course.0.push((f64::from(minute) / 60.0, level));
    }
    course
}

/// Isobaric, the patient lying.
fn plain(at_cm: f64, dose_ug: f64) -> Injection {
    Injection::plain(
        Length::from_centimeters(at_cm),
        Mass::from_micrograms(dose_ug),
    )
}

/// 2 mg at L5-S1, seen at T10.
fn two_milligrams() -> Course {
    course(&plain(5.0, 2_000.0), 27.0)
}

/// The highest level from 5 to 15 min.
fn early(course: &Course) -> f64 {
    let window = course
        .0
        .iter()
        .filter(|(hour, _)| (0.08..0.26).contains(hour));
    window.map(|(_, level)| *level).fold(0.0, f64::max)
}

/// The same with glucose in somebody upright.
fn heavy() -> Course {
    let mut injection = plain(5.0, 2_000.0);
    injection.baricity = 1.02;
    seen(injected(Drug::Morphine, &injection, 27.0, Posture::Sitting))
}

const CAUTE: &str = "Caute 1988, n = 2 of 5 (S45)";

/// The rows.
pub(super) static ROWS: &[Observation] = &[
    Observation {
        id: "H1-level",
        what: "morphine 0.3 mg injected at L3/4: lumbar CSF at 15 min",
        unit: "ug/mL",
        source: "pk.md 3a M1: Sjostrom 1987, n = 6 (S29)",
        published: Published::Value(6.41),
        spread: "+/- 1.29 SEM",
        kind: Kind::InSample,
        tolerance: Tolerance::T2,
        why: "T2: the jet was chosen with it in view; as M1-level, with the plant's injection",
        known_miss: None,
        simulate: || course(&plain(12.0, 300.0), 12.0).at(0.25),
    },
    Observation {
        id: "H2-level",
        what: "morphine 0.25 mg injected at L3/4: lumbar CSF at 1 h",
        unit: "ug/mL",
        source: "pk.md 3a M2: Nordberg 1984, n = 15 (S2)",
        published: Published::Value(4.23),
        spread: "+/- 0.36",
        kind: Kind::InSample,
        tolerance: Tolerance::T2,
        why: "T2: the jet was chosen with it in view; as M2-level, with the plant's injection",
        known_miss: None,
        simulate: || course(&plain(12.0, 250.0), 12.0).at(1.0),
    },
    Observation {
        id: "H3-peak",
        what: "morphine 2 mg injected at L5-S1: highest level at T10, 5 to 15 min",
        unit: "ug/mL",
        source: CAUTE,
        published: Published::Value(42.4),
        spread: "30 and 60 in two patients",
        kind: Kind::InSample,
        tolerance: Tolerance::T2,
        why: "T2: the jet was chosen with it in view",
        known_miss: None,
        simulate: || early(&two_milligrams()),
    },
    Observation {
        id: "H3-hour",
        what: "morphine 2 mg injected at L5-S1: level at T10 after an hour",
        unit: "ug/mL",
        source: CAUTE,
        published: Published::Value(8.8),
        spread: "7 and 11 in two patients",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T3,
        why: "T3: single patients; not fitted",
        known_miss: None,
        simulate: || two_milligrams().at(1.0),
    },
    Observation {
        id: "H3-half-life",
        what: "morphine 2 mg injected at L5-S1: later half-life at T10, 2 to 6 h",
        unit: "min",
        source: CAUTE,
        published: Published::Value(123.0),
        spread: "108 and 140 in two patients",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T2,
        why: "T2: not fitted",
        known_miss: None,
        simulate: || two_milligrams().half_life(2.0, 6.0) * 60.0,
    },
    Observation {
        id: "H3-heavy",
        what: "the same with glucose, upright: highest level at T10, 5 to 15 min, over isobaric",
        unit: "1",
        source: "Caute 1988, n = 3 of 5: 0.8 to 3.3 ug/mL, after 4 to 5 h (S45)",
        published: Published::AtMost(0.2),
        spread: "",
        kind: Kind::HoldOut,
        tolerance: Tolerance::Order,
        why: "Q: little comes early; the model's peak is after an hour or two and higher, as nothing in it keeps layers apart",
        known_miss: None,
        simulate: || early(&heavy()) / early(&two_milligrams()),
    },
    Observation {
        id: "H4-potency",
        what: "hydromorphone 75 ug injected: effect at 12 h over that of morphine 150 ug",
        unit: "1",
        source: "Sviggum 2016, n = 80: equal doses for 90 %; Sharpe 2020, n = 138: equal pain (PMC8754417)",
        published: Published::Value(1.0),
        spread: "75 (46 to 93) against 150 (145 to 185) ug",
        kind: Kind::Fitted,
        tolerance: Tolerance::T1,
        why: "T1: the potency was chosen for it",
        known_miss: None,
        simulate: || {
            let hydromorphone = after_half_a_day(Drug::Hydromorphone, 75.0);
            hydromorphone / after_half_a_day(Drug::Morphine, 150.0)
        },
    },
    Observation {
        id: "K1-labor",
        what: "clonidine 100 ug injected: time above half the effect",
        unit: "min",
        source: "Chiari 1999, Anesthesiology 91:388, labor, n = 36",
        published: Published::Value(118.0),
        spread: "60 to 180; 45 (25 to 150) at 50 ug, 143 (75 to 210) at 200 ug",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T3,
        why: "T3: not fitted; labor hurts more than what the least effective level (S60) was found for",
        known_miss: None,
        simulate: || acts(Drug::Clonidine, 100.0),
    },
    Observation {
        id: "K2-cesarean",
        what: "clonidine 75 ug injected: time above half the effect",
        unit: "min",
        source: "PMC3932201, after cesarean section, n = 90: first request at 519 min, 235 with placebo",
        published: Published::Value(284.0),
        spread: "519 +/- 86, with bupivacaine",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T2,
        why: "T2: not fitted; what clonidine adds to bupivacaine",
        known_miss: None,
        simulate: || acts(Drug::Clonidine, 75.0),
    },
];
