//! Rows that no parameter was chosen for: pk.md 3a without 3b, and pk.md 4.
//!
//! They show how far the model can be trusted beyond the data it was fitted to. If the study's
//! protocol is not known, the row says what was done instead.

use super::observation::{Kind, Observation, Published, Tolerance};
use super::subject::{Course, Subject};
use thecal_sim::{Drug, Species};

/// Where a lumbar dose given by hand is sampled. Unit: cm.
const LUMBAR: f64 = 12.0;
/// A catheter tip at T12-L1. Unit: cm.
const TIP: f64 = 21.0;
/// T2, ten segments above it. Unit: cm. Source: landmarks of pk.md 1c (assume).
const TEN_SEGMENTS_UP: f64 = 42.0;

/// Baclofen 50 ug by hand, as in row B1 of pk.md 3d.
fn baclofen_bolus(hours: f64) -> Course {
    Subject::on(Drug::Baclofen)
        .bolus(50.0, LUMBAR, 5.0)
        .course_at(hours, LUMBAR)
}

/// A constant daily dose, in steady state.
fn steady(drug: Drug, ug_per_day: f64) -> Subject {
    Subject::on(drug).infused(120.0, ug_per_day / 24.0, TIP)
}

/// Drug content of a pig's cord, integrated over a day after a dose. Unit: ug h.
fn cord_exposure(drug: Drug) -> f64 {
    let pig = Species::Pig.anatomy().values;
    let pig = Subject::with(&pig, &drug.kinetics(), &drug.plasma());
    let mut pig = pig.bolus(50.0, LUMBAR, 3.0);
    pig.course(24.0, Subject::in_tissue).area()
}

/// The rows.
pub(super) static ROWS: &[Observation] = &[
    Observation {
        id: "M1-plasma",
        what: "morphine 0.3 mg by hand: peak in plasma",
        unit: "ng/mL",
        source: "pk.md 3a M1: Sjostrom 1987, n = 6 (S29)",
        published: Published::Value(4.5),
        spread: "+/- 1.1, at 5 to 10 min",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T2,
        why: "T2: not fitted; Nordberg saw less than 1, see M2-plasma",
        known_miss: Some(
            "nothing in the model reaches blood within minutes; two studies differ fourfold",
        ),
        simulate: || {
            let mut patient = Subject::on(Drug::Morphine).bolus(300.0, LUMBAR, 6.5);
            patient.course(12.0, Subject::in_plasma).peak().1
        },
    },
    Observation {
        id: "M2-plasma",
        what: "morphine 0.25 mg by hand: peak in plasma",
        unit: "ng/mL",
        source: "pk.md 3a M2: Nordberg 1984, n = 15 (S2)",
        published: Published::AtMost(1.0),
        spread: "",
        kind: Kind::HoldOut,
        tolerance: Tolerance::AsPublished,
        why: "a bound",
        known_miss: None,
        simulate: || {
            let mut patient = Subject::on(Drug::Morphine).bolus(250.0, LUMBAR, 6.5);
            patient.course(12.0, Subject::in_plasma).peak().1
        },
    },
    Observation {
        id: "M2-duration",
        what: "morphine 0.25 mg by hand: hours above 0.15 ug/mL at T6",
        unit: "h",
        source: "pk.md 3a M2, 4: analgesia about 12 h, Nordberg 1984, n = 15 (S2)",
        published: Published::Value(12.0),
        spread: "",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T2,
        why: "T2: not fitted; least effective level of the label (mem H), T6 at 36 cm (assume)",
        known_miss: None,
        simulate: || {
            let mut patient = Subject::on(Drug::Morphine).bolus(250.0, LUMBAR, 6.5);
            patient.course_at(36.0, 36.0).last_at_least(0.15)
        },
    },
    Observation {
        id: "M7-dose",
        what: "morphine infused: CSF at 25 over that at 1.6 mg/day",
        unit: "1",
        source: "pk.md 3a M7: Wallace and Yaksh 2012, n = 13 (S41)",
        published: Published::AtLeast(1.0),
        spread: "no slope in the abstract",
        kind: Kind::HoldOut,
        tolerance: Tolerance::Order,
        why: "Q: rises with the dose",
        known_miss: None,
        simulate: || {
            steady(Drug::Morphine, 25_000.0).at(LUMBAR) / steady(Drug::Morphine, 1_600.0).at(LUMBAR)
        },
    },
    Observation {
        id: "M7-distance",
        what: "morphine infused: CSF ten segments from the tip over that at the tip",
        unit: "1",
        source: "pk.md 3a M7: Wallace and Yaksh 2012, n = 13 (S41)",
        published: Published::AtMost(1.0),
        spread: "no slope in the abstract",
        kind: Kind::HoldOut,
        tolerance: Tolerance::Order,
        why: "Q: falls with segments from the tip",
        known_miss: None,
        simulate: || {
            let patient = steady(Drug::Morphine, 1_000.0);
            patient.at(TEN_SEGMENTS_UP) / patient.at(TIP)
        },
    },
    Observation {
        id: "B1-plasma",
        what: "baclofen 400 ug/day: plasma",
        unit: "ng/mL",
        source: "pk.md 2b: label (mem H)",
        published: Published::Range(0.0, 5.0),
        spread: "",
        kind: Kind::HoldOut,
        tolerance: Tolerance::AsPublished,
        why: "within the label's range",
        known_miss: None,
        simulate: || steady(Drug::Baclofen, 400.0).in_plasma(),
    },
    Observation {
        id: "B2-half-life",
        what: "baclofen by hand: lumbar half-life, 0.1 to 4 h",
        unit: "h",
        source: "pk.md 3a B2: Sallerin-Caute 1991, n = 4 (S37)",
        published: Published::Range(0.9, 5.0),
        spread: "four patients",
        kind: Kind::HoldOut,
        tolerance: Tolerance::AsPublished,
        why: "within the patients' range",
        known_miss: None,
        simulate: || baclofen_bolus(4.0).half_life(0.1, 4.0),
    },
    Observation {
        id: "B2-clearance",
        what: "baclofen by hand: clearance, dose over lumbar area to infinity",
        unit: "mL/h",
        source: "pk.md 3a B2: Sallerin-Caute 1991, n = 4 (S37)",
        published: Published::Range(13.0, 80.0),
        spread: "four patients",
        kind: Kind::HoldOut,
        tolerance: Tolerance::AsPublished,
        why: "within the patients' range",
        known_miss: None,
        simulate: || {
            // After 48 h less than a thousandth of the area remains.
            50.0 / baclofen_bolus(48.0).area()
        },
    },
    Observation {
        id: "B2-infusion",
        what: "baclofen infused: lumbar CSF at 1200 ug/day",
        unit: "ug/mL",
        source: "pk.md 2b: 50 to 1200 ug/day, 0.13 to 1.24 ug/mL, SmPC (mem M)",
        published: Published::Value(1.24),
        spread: "0.13 at 50 ug/day",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T3,
        why: "T3: single patients, from memory; the upper end of the range to the upper dose",
        known_miss: None,
        simulate: || steady(Drug::Baclofen, 1_200.0).at(10.0),
    },
    Observation {
        id: "B4-aspirate",
        what: "baclofen 1395 ug/day: CSF at the tip",
        unit: "ug/mL",
        source: "pk.md 3a B4: Albright 2007, n = 43 (S48)",
        published: Published::AtMost(20.0),
        spread: "0.2 to 20, mean 4.64, no correlation with dose",
        kind: Kind::HoldOut,
        tolerance: Tolerance::AsPublished,
        why: "a bound only: aspirated at the tip, so what the catheter holds is in it",
        known_miss: None,
        simulate: || steady(Drug::Baclofen, 1_395.0).at(TIP),
    },
    Observation {
        id: "D2-cisterns",
        what: "tracer by hand: cisterna at 3 h over its own peak",
        unit: "1",
        source: "pk.md 3a D2: basal cisterns visible at 1 to 3 h (S51)",
        published: Published::AtLeast(0.1),
        spread: "",
        kind: Kind::HoldOut,
        tolerance: Tolerance::Order,
        why: "Q: visible is taken as a tenth of the peak (assume)",
        known_miss: None,
        simulate: || {
            let mut patient = super::fitted::tracer().bolus(1.0, LUMBAR, 5.0);
            let course = patient.course(48.0, Subject::at_cisterna);
            course.at(3.0) / course.peak().1
        },
    },
    Observation {
        id: "U1-level",
        what: "bupivacaine 17.5 mg by hand: mean lumbar CSF, 5 to 45 min",
        unit: "ug/mL",
        source: "pk.md 3a U1: Ruppen 2009, 17.5 to 20 mg (S39)",
        published: Published::Value(215.0),
        spread: "medians 188 and 242, range 26 to 781",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T2,
        why: "T2: not fitted; spread as a morphine dose by hand, baricity left out",
        known_miss: None,
        simulate: || {
            let mut patient = Subject::on(Drug::Bupivacaine).bolus(17_500.0, LUMBAR, 6.5);
            let course = patient.course_at(1.0, LUMBAR);
            course.mean(5.0 / 60.0, 45.0 / 60.0)
        },
    },
    Observation {
        id: "F1-plasma",
        what: "fentanyl 0.81 ug/kg/h infused for 48 h, 70 kg: plasma",
        unit: "ng/mL",
        source: "Guinard 1993 (mem M)",
        published: Published::Range(0.49, 0.72),
        spread: "",
        kind: Kind::InSample,
        tolerance: Tolerance::AsPublished,
        why: "the share held by epidural fat was chosen with it in view",
        known_miss: None,
        simulate: || {
            let rate = 0.81 * 70.0;
            Subject::on(Drug::Fentanyl)
                .infused(48.0, rate, LUMBAR)
                .in_plasma()
        },
    },
    Observation {
        id: "DOG-half-life",
        what: "dog, morphine by hand: lumbar half-life, 1 to 6 h",
        unit: "min",
        source: "Anesth Analg 1984: 2 mg epidural, n = 8 (scilit d97f5b96632b)",
        published: Published::Value(106.0),
        spread: "+/- 45",
        kind: Kind::HoldOut,
        tolerance: Tolerance::T2,
        why: "T2: not fitted; published after an epidural dose, simulated after a spinal one",
        known_miss: None,
        simulate: || {
            let dog = Species::Dog.anatomy().values;
            let drug = Drug::Morphine;
            let dog = Subject::with(&dog, &drug.kinetics(), &drug.plasma());
            // L3/4 of an adult, on a dog's axis.
            let mut dog = dog.bolus(100.0, 9.0, 3.0);
            dog.course_at(6.0, 9.0).half_life(1.0, 6.0) * 60.0
        },
    },
    Observation {
        id: "P3-fentanyl",
        what: "pig, equal doses: exposure of the cord, morphine over fentanyl",
        unit: "1",
        source: "pk.md 3a P3: Ummenhofer 2000 (S3)",
        published: Published::AtLeast(1.0),
        spread: "",
        kind: Kind::HoldOut,
        tolerance: Tolerance::Order,
        why: "Q: the order; drug held by the cord over 24 h",
        known_miss: None,
        simulate: || cord_exposure(Drug::Morphine) / cord_exposure(Drug::Fentanyl),
    },
    Observation {
        id: "P3-sufentanil",
        what: "pig, equal doses: exposure of the cord, morphine over sufentanil",
        unit: "1",
        source: "pk.md 3a P3: Ummenhofer 2000 (S3)",
        published: Published::AtLeast(1.0),
        spread: "",
        kind: Kind::HoldOut,
        tolerance: Tolerance::Order,
        why: "Q: the order; drug held by the cord over 24 h",
        known_miss: None,
        simulate: || cord_exposure(Drug::Morphine) / cord_exposure(Drug::Sufentanil),
    },
];
