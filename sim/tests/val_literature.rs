//! The model against published observations: pk.md 3b with the protocol of 3d.
//!
//! Policy, as in pk.md 3: T1 within 1.5, T2 within 2, T3 within 3 times the published value.
//!
//! What this proves: that the code computes the model that was fitted. What it does not: that the
//! model predicts. The nine free numbers were fitted to just these 18 rows (pk.md 0 and 3b), so
//! every row is named `fitted`, also those that pk.md 3b would rather keep as checks; none is held
//! out. A `known_miss` is asserted as a miss: if it ever hits, this file is out of date.
//!
//! The sources (S..) are those of pk.md. Run with `--nocapture` to see the table.
#![expect(
    clippy::print_stdout,
    reason = "a table for whoever runs the validation by hand"
)]

use thecal_sim::csf::{Anatomy, Neuraxis};
use thecal_sim::drug::{Kinetics, PlasmaKinetics};
use thecal_sim::drugs::dtpa;
use thecal_sim::plasma::Plasma;
use thecal_sim::{Drug, TICK};
use thecal_units::real::{Length, Mass};

/// Levels over time: (hour, level).
type Course = Vec<(f64, f64)>;

/// Fluid and plasma after a dose, seen minute by minute.
struct Patient {
    fluid: Neuraxis,
    plasma: Plasma,
    minutes: u32,
}

const fn cm(value: f64) -> Length {
    Length::from_centimeters(value)
}

const fn ug(value: f64) -> Mass {
    Mass::from_micrograms(value)
}

impl Patient {
    fn new(kinetics: &Kinetics, plasma: &PlasmaKinetics) -> Self {
        let fluid = Neuraxis::new(&Anatomy::ADULT, kinetics, TICK);
        Self {
            fluid,
            plasma: Plasma::new(plasma, TICK),
            minutes: 0,
        }
    }

    fn on(drug: Drug) -> Self {
        Self::new(&drug.kinetics(), &drug.plasma())
    }

    fn bolus(mut self, dose_ug: f64, center_cm: f64, half_length_cm: f64) -> Self {
        self.fluid
            .inject(ug(dose_ug), cm(center_cm), cm(half_length_cm));
        self
    }

    /// Infuses `ug_per_h` at `tip_cm` until `hours`, calling `see` with the hour.
    fn until(&mut self, hours: f64, ug_per_h: f64, tip_cm: f64, mut see: impl FnMut(f64, &Self)) {
        while f64::from(self.minutes) < hours * 60.0 {
            let absorbed = self.fluid.step(ug(ug_per_h / 60.0), cm(tip_cm));
            self.plasma.step(absorbed);
            self.minutes += 1;
            see(f64::from(self.minutes) / 60.0, self);
        }
    }

    fn at(&self, x_cm: f64) -> f64 {
        self.fluid.concentration(cm(x_cm)).as_ug_per_ml()
    }

    /// The course at `x_cm` up to `hours`, without infusion: (hour, ug/mL).
    fn course(&mut self, hours: f64, x_cm: f64) -> Course {
        let mut course = Vec::new();
        self.until(hours, 0.0, x_cm, |hour, patient| {
            course.push((hour, patient.at(x_cm)));
        });
        course
    }
}

/// Half-life by log-linear regression over a window of hours.
fn half_life(course: &[(f64, f64)], from: f64, to: f64) -> f64 {
    let inside: Vec<(f64, f64)> = course
        .iter()
        .filter(|(hour, _)| (from - 1e-9..=to + 1e-9).contains(hour))
        .map(|(hour, level)| (*hour, level.ln()))
        .collect();
    let count = f64::from(u32::try_from(inside.len()).expect("a short course"));
    let mean_x = inside.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = inside.iter().map(|(_, y)| y).sum::<f64>() / count;
    let sxy: f64 = inside
        .iter()
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum();
    let sxx: f64 = inside
        .iter()
        .map(|(x, _)| (x - mean_x) * (x - mean_x))
        .sum();
    -std::f64::consts::LN_2 * sxx / sxy
}

fn level_at(course: &[(f64, f64)], hour: f64) -> f64 {
    course
        .iter()
        .find(|(at, _)| *at >= hour - 1e-9)
        .expect("inside the course")
        .1
}

fn time_of_peak(course: &[(f64, f64)]) -> f64 {
    course
        .iter()
        .fold(
            (0.0, 0.0),
            |best, &now| if now.1 > best.1 { now } else { best },
        )
        .0
}

/// Prints a row; gives how many times it is off, at least 1.
fn row(name: &str, simulated: f64, published: f64) -> f64 {
    let ratio = simulated / published;
    println!("{name:44} sim {simulated:8.3}  published {published:8.3}  ratio {ratio:5.2}");
    ratio.max(1.0 / ratio)
}

#[track_caller]
fn within(factor: f64, name: &str, simulated: f64, published: f64) {
    let off = row(name, simulated, published);
    assert!(
        off <= factor,
        "{name}: {simulated} against {published} is off by more than {factor}"
    );
}

const T1: f64 = 1.5;
const T2: f64 = 2.0;
const T3: f64 = 3.0;

/// Morphine 300 ug by hand, lumbar: rows M1, M2, C(6 h), M6 of pk.md 3d.
fn morphine_300() -> Patient {
    Patient::on(Drug::Morphine).bolus(300.0, 12.0, 6.5)
}

/// M1: Sjostrom 1987, 6 patients (S29).
#[test]
fn val_fitted_m1_morphine_bolus_lumbar() {
    let course = morphine_300().course(12.0, 12.0);
    within(
        T1,
        "M1 morphine C(15 min) ug/mL",
        level_at(&course, 0.25),
        6.41,
    );
    within(
        T1,
        "M1 morphine t1/2 0.25-6 h",
        half_life(&course, 0.25, 6.0),
        1.50,
    );
}

/// M2: Nordberg 1984, 15 patients (S2), scaled to 0.25 mg.
#[test]
fn val_fitted_m2_morphine_bolus_lumbar() {
    let course = morphine_300().course(12.0, 12.0);
    within(
        T1,
        "M2 morphine C(1 h) per 0.25 mg ug/mL",
        level_at(&course, 1.0) / 1.2,
        4.23,
    );
    within(
        T1,
        "M2 morphine t1/2 2-12 h",
        half_life(&course, 2.0, 12.0),
        3.1,
    );
    // Two good studies differ eightfold at 6 h; their geometric mean.
    within(
        T3,
        "M1, M2 morphine C(6 h) ug/mL",
        level_at(&course, 6.0),
        0.63,
    );
}

/// M6: Gourlay 1985 (S46): an epidural dose, compared with a spinal one in the model.
#[test]
fn val_fitted_m6_morphine_arrives_at_c7() {
    let course = morphine_300().course(12.0, 49.0);
    within(T2, "M6 morphine t max at C7 h", time_of_peak(&course), 3.0);
}

/// M5: Eisenach 2003, 8 volunteers (S34): morphine and fentanyl together, sampled 7.5 cm above.
fn m5() -> (Course, Course) {
    let morphine = Patient::on(Drug::Morphine)
        .bolus(50.0, 8.5, 3.0)
        .course(3.0, 16.0);
    let fentanyl = Patient::on(Drug::Fentanyl)
        .bolus(50.0, 8.5, 3.0)
        .course(3.0, 16.0);
    (morphine, fentanyl)
}

#[test]
fn val_fitted_m5_morphine_to_fentanyl() {
    let (morphine, fentanyl) = m5();
    let ratio = |hour| level_at(&morphine, hour) / level_at(&fentanyl, hour);
    within(T1, "M5 morphine : fentanyl at 36 min", ratio(0.6), 2.0);
    within(
        T1,
        "M5 morphine : fentanyl at 103 min",
        ratio(103.0 / 60.0),
        4.0,
    );
}

/// The model brings both drugs upwards three to five times too early. Only the order is right.
#[test]
fn val_known_miss_m5_time_of_peak() {
    let (morphine, fentanyl) = m5();
    let (morphine, fentanyl) = (
        time_of_peak(&morphine) * 60.0,
        time_of_peak(&fentanyl) * 60.0,
    );
    assert!(row("M5 morphine t max min (known miss)", morphine, 57.0) > T2);
    assert!(row("M5 fentanyl t max min (known miss)", fentanyl, 41.0) > T2);
    assert!(
        morphine > fentanyl,
        "published and simulated: fentanyl peaks first"
    );
}

/// B1: the label's bolus (mem H).
#[test]
fn val_fitted_b1_baclofen_bolus() {
    let course = Patient::on(Drug::Baclofen)
        .bolus(50.0, 12.0, 5.0)
        .course(5.0, 12.0);
    within(
        T1,
        "B1 baclofen bolus t1/2 0.1-4 h",
        half_life(&course, 0.1, 4.0),
        1.51,
    );
}

/// B1: the label's infusion (mem H): 400 ug/day over a clearance of 30 mL/h.
#[test]
fn val_fitted_b1_baclofen_infusion() {
    let mut patient = Patient::on(Drug::Baclofen);
    patient.until(119.0, 400.0 / 24.0, 21.0, |_, _| ());
    within(
        T2,
        "B1 baclofen lumbar at 400 ug/day ug/mL",
        patient.at(10.0),
        400.0 / 24.0 / 30.0,
    );
    let gradient = patient.at(10.0) / patient.fluid.cisterna().as_ug_per_ml();
    within(T3, "B1 baclofen lumbar : cisternal", gradient, 4.1);
    // Just outside the patients' range: a miss of T2 that pk.md 0 states.
    assert!(gradient / 4.1 > T2, "known miss of T2: {gradient}");
    let plasma_ng_per_ml = patient.plasma.concentration().as_ug_per_ml() * 1e3;
    assert!(
        (0.0..5.0).contains(&plasma_ng_per_ml),
        "label: 0 to 5 ng/mL (mem H)"
    );
}

/// In-111 DTPA: no loss but bulk flow, no tissue.
fn tracer() -> Patient {
    Patient::new(&dtpa::KINETICS.values, &dtpa::PLASMA.values)
}

/// D1: Kroin 1993, 4 patients (S49).
#[test]
fn val_fitted_d1_tracer_gradient() {
    let mut patient = tracer();
    patient.until(71.0, 1.0, 15.0, |_, _| ());
    within(
        T1,
        "D1 tracer T2 : T12",
        patient.at(42.0) / patient.at(22.0),
        0.43,
    );
}

/// D2: Eide 2021, 29 patients (S50).
#[test]
fn val_fitted_d2_tracer_in_plasma() {
    let mut patient = tracer().bolus(1.0, 12.0, 5.0);
    let mut course = Vec::new();
    patient.until(48.0, 0.0, 12.0, |hour, patient| {
        course.push((hour, patient.plasma.concentration().as_ug_per_ml()));
    });
    within(T1, "D2 tracer plasma t max h", time_of_peak(&course), 10.0);
}

/// Z1: the ziconotide label, 23 patients (S1): 1 ug over 1 h.
#[test]
fn val_fitted_z1_ziconotide_over_one_hour() {
    let mut patient = Patient::on(Drug::Ziconotide);
    let mut course = Vec::new();
    let mut see = |hour: f64, patient: &Patient| course.push((hour, patient.at(12.0) * 1e3));
    patient.until(1.0, 1.0, 13.0, &mut see);
    patient.until(48.0, 0.0, 13.0, &mut see);
    let peak = course.iter().map(|(_, level)| *level).fold(0.0, f64::max);
    let area = course.iter().map(|(_, level)| level / 60.0).sum::<f64>();
    within(
        T1,
        "Z1 ziconotide t1/2 2-12 h",
        half_life(&course, 2.0, 12.0),
        4.6,
    );
    within(T2, "Z1 ziconotide peak per ug ng/mL", peak, 14.8);
    within(T1, "Z1 ziconotide AUC per ug ng h/mL", area, 72.0);
}

/// pk.md 3c was computed with a throw-away prototype of the same model: our own answer, no oracle.
/// pk.md 3d gives 4 % for its figures; two digits of print add the rest. The column `tip + 10 cm`
/// is x = 31 cm in all rows: for the tip at T10 (27 cm) its 0.84 is the level there, not at 37 cm.
#[test]
fn regress_prototype_steady_infusions() {
    for (drug, ug_per_day, tip, printed) in [
        (
            Drug::Morphine,
            1_000.0,
            21.0,
            [2.51, 1.98, 1.55, 0.55, 0.21],
        ),
        (Drug::Baclofen, 400.0, 21.0, [1.08, 0.88, 0.68, 0.25, 0.097]),
        (Drug::Baclofen, 400.0, 27.0, [1.01, 0.70, 0.84, 0.31, 0.12]),
    ] {
        let mut patient = Patient::on(drug);
        patient.until(240.0, ug_per_day / 24.0, tip, |_, _| ());
        let cisterna = patient.fluid.cisterna().as_ug_per_ml();
        let seen = [
            patient.at(tip),
            patient.at(8.5),
            patient.at(31.0),
            patient.at(49.0),
            cisterna,
        ];
        let names = ["tip", "L4/5", "x = 31 cm", "C7", "cisterna"];
        for ((name, seen), printed) in names.into_iter().zip(seen).zip(printed) {
            within(
                1.06,
                &format!("3c {drug:?} tip {tip} cm, {name} ug/mL"),
                seen,
                printed,
            );
        }
    }
}
