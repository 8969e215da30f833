//! Closed forms of the catheter and its dead space: pump.md 4.3, 1.2 and 2.

use super::driven::{Driven, METER, PLAIN, STRENGTH, config, with};
use super::observation::{Kind, Observation, Published, Tolerance, closed};
use thecal_sim::hydraulics::catheter_resistance;
use thecal_sim::pump::{CatheterModel, GENERIC_CATHETER, PumpModel};
use thecal_sim::{PlantConfig, PlantFault};
use thecal_units::Millis;

const TWO_DIGITS: &str = "printed with two digits";

/// Pa s/m3 of a meter with this bore.
fn resistance(bore_cm: f64) -> f64 {
    let catheter = CatheterModel { bore_cm, ..METER };
    catheter_resistance(&catheter, 1.0) * 1e9
}

/// Mean pressure over the rollers' passages at a rate. Unit: Pa.
fn drop_pa(ml_per_day: f64, span: Millis) -> f64 {
    let driven = Driven::plain().infuse(ml_per_day).run(Millis::HOUR);
    driven.mean_excess_kpa(span) * 1e3
}

/// Volume to displace before drug arrives: volume infused minus volume of the drug delivered. Unit:
/// mL.
fn dead_ml(tubing_ml: f64) -> f64 {
    let driven = Driven::new(&PlantConfig {
        primed: false,
        ..with(PumpModel { tubing_ml, ..PLAIN })
    });
    let truth = driven.infuse(0.5).run(Millis::DAY.times(2)).truth();
    truth.infused_volume.as_milliliters() - truth.dose_infused.as_micrograms() / STRENGTH
}

/// Excess dose of a prime that assumes 0.199 mL of tubing. Unit: ug.
fn excess_prime_ug() -> f64 {
    let driven = Driven::new(&PlantConfig {
        primed: false,
        ..config()
    });
    let volume = 0.199 + METER.length_cm * METER.ml_per_cm;
    let truth = driven.give(volume, 24.0).truth();
    truth.dose_infused.as_micrograms()
}

fn closed_tip() -> Driven {
    Driven::plain().with_fault(PlantFault::TipOcclusion, f64::INFINITY)
}

/// The bolus when a closed tip opens, with the tip closed for 0.05 mL, scaled to 100 kPa.
fn released(see: impl Fn(&Driven) -> f64) -> f64 {
    let driven = closed_tip().give(0.05, 0.5);
    let (held, before) = (driven.excess_kpa(), see(&driven));
    let driven = driven.without_fault(PlantFault::TipOcclusion);
    let after = see(&driven.run(Millis::MINUTE.times(3)));
    (after - before) * 100.0 / held
}

/// Pressure at a kink at 0.5 mL/day. Unit: kPa.
fn kink(open_bore: f64) -> f64 {
    let driven = Driven::plain().infuse(0.5);
    let driven = driven.with_fault(PlantFault::CatheterKink, open_bore);
    driven.run(Millis::DAY).mean_excess_kpa(Millis::DAY)
}

/// The rows.
pub(super) static ROWS: &[Observation] = &[
    closed(
        ("catheter-resistance", "resistance of 1 m of 0.53 mm"),
        "Pa s/m3",
        "pump.md 4.3: 128 mu L / (pi d^4), Poiseuille (calc)",
        (3.6e11, 0.02),
        TWO_DIGITS,
        || resistance(0.053),
    ),
    closed(
        ("catheter-resistance-wide", "resistance of 1 m of 0.575 mm"),
        "Pa s/m3",
        "pump.md 4.3: Poiseuille (calc)",
        (2.6e11, 0.02),
        TWO_DIGITS,
        || resistance(0.0575),
    ),
    closed(
        (
            "catheter-drop-basal",
            "mean pressure before 1 m at 0.5 mL/day",
        ),
        "Pa",
        "pump.md 4.3: P = Q R (calc)",
        (2.1, 0.03),
        TWO_DIGITS,
        || drop_pa(0.5, Millis::DAY),
    ),
    closed(
        (
            "catheter-drop-bolus",
            "mean pressure before 1 m at 24 mL/day",
        ),
        "Pa",
        "pump.md 4.3: P = Q R (calc)",
        (100.0, 0.03),
        TWO_DIGITS,
        || drop_pa(24.0, Millis::HOUR),
    ),
    closed(
        ("transit", "0.22 mL of catheter at 0.5 mL/day"),
        "h",
        "pump.md 4.3: V / Q (calc)",
        (10.6, 0.03),
        "printed with three digits; the tick is a minute",
        || dead_ml(0.0) / 0.5 * 24.0,
    ),
    closed(
        ("bridge", "drug of before in tubing and 100 cm of catheter"),
        "mL",
        "pump.md 1.2: 100 cm x 0.0022 mL/cm + 0.140 mL (calc)",
        (0.36, 0.02),
        TWO_DIGITS,
        || dead_ml(0.140),
    ),
    closed(
        (
            "prime-excess",
            "a prime for 0.199 mL of tubing that is 0.140 mL",
        ),
        "ug",
        "pump.md 2: 0.059 mL of 2000 ug/mL (S14, calc)",
        (118.0, 0.15),
        "plug flow is published; mixing at 1 mL/h spreads the front (S13)",
        excess_prime_ug,
    ),
    Observation {
        id: "catheter-compliance",
        what: "compliance of the generic catheter",
        unit: "uL/kPa",
        source: "pump.md 4.3: thick wall, 10 to 3 MPa (calc)",
        published: Published::Range(0.082, 0.27),
        spread: "",
        kind: Kind::ClosedForm,
        tolerance: Tolerance::AsPublished,
        why: "between the stiff and the soft wall",
        known_miss: None,
        simulate: || GENERIC_CATHETER.values.compliance_ml_per_kpa * 1e3,
    },
    closed(
        (
            "occlusion-rise",
            "closed tip at 0.5 mL/day: mean rise of pressure",
        ),
        "kPa/min",
        "pump.md 4.3: dP/dt = Q / C, 0.5 uL/kPa (calc)",
        (0.69, 0.02),
        "printed with two digits; back-pressure left out",
        || {
            let driven = closed_tip().infuse(0.5).run(Millis::MINUTE.times(120));
            driven.excess_kpa() / 120.0
        },
    ),
    closed(
        ("occlusion-time", "closed tip at 0.5 mL/day: until 100 kPa"),
        "h",
        "pump.md 4.3: dP/dt = Q / C (calc)",
        (2.4, 0.03),
        "printed with two digits; the rollers give in portions",
        || {
            let driven = closed_tip().infuse(0.5);
            driven.minutes_until(|driven| driven.excess_kpa() >= 100.0) / 60.0
        },
    ),
    closed(
        (
            "occlusion-bolus-rate",
            "closed tip at 24 mL/day: pressure after 3 min",
        ),
        "kPa",
        "pump.md 4.3: dP/dt = Q / C (calc)",
        (100.0, 0.03),
        "the rollers give in portions",
        || {
            let driven = closed_tip().infuse(24.0).run(Millis::MINUTE.times(3));
            driven.excess_kpa()
        },
    ),
    closed(
        (
            "post-occlusion-volume",
            "bolus when a closed tip opens, for 100 kPa",
        ),
        "uL",
        "pump.md 4.3: C (P - P_fluid) (calc)",
        (50.0, 0.02),
        "what was stored comes out",
        || released(|driven| driven.truth().infused_volume.as_milliliters() * 1e3),
    ),
    closed(
        ("post-occlusion-dose", "the same in drug of 2000 ug/mL"),
        "ug",
        "pump.md 4.3: C (P - P_fluid) times the concentration (calc)",
        (100.0, 0.03),
        "what was stored comes out",
        || released(|driven| driven.truth().dose_infused.as_micrograms()),
    ),
    closed(
        ("kink-5", "a kink over 5 mm to 5 % of the bore, 0.5 mL/day"),
        "kPa",
        "pump.md 4.3: 128 mu l (1/d_eff^4 - 1/d^4) / pi (calc)",
        (1.7, 0.06),
        TWO_DIGITS,
        || kink(0.05),
    ),
    closed(
        ("kink-2", "a kink over 5 mm to 2 % of the bore, 0.5 mL/day"),
        "kPa",
        "pump.md 4.3: 128 mu l (1/d_eff^4 - 1/d^4) / pi (calc)",
        (66.0, 0.06),
        TWO_DIGITS,
        || kink(0.02),
    ),
];
