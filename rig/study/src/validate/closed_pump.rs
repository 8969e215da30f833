//! Closed forms of motor, head, reservoir and supply: pump.md 4.1, 4.2, 4.5 to 4.7.

use super::driven::{Driven, PLAIN, config, period_s, with};
use super::observation::{Observation, Published, Tolerance, closed};
use thecal_sim::pump::PumpModel;
use thecal_sim::{ClockModel, PlantConfig, PlantFault, SEA_LEVEL_KPA, ambient_kpa_at};
use thecal_units::Millis;
use thecal_units::real::Length;

/// A leak past the rollers of a stopped pump. Unit of its resistance: Pa s/m3.
fn leaking(resistance: f64) -> Driven {
    Driven::plain().with_fault(PlantFault::RollerLeak, resistance)
}

/// Its flow. Unit: mL/day.
fn leak(resistance: f64) -> f64 {
    leaking(resistance).infused_over(Millis::DAY)
}

/// Free flow out of 20 mL. Unit: mL/s.
fn free_flow() -> f64 {
    leaking(0.0).infused_over(Millis::MINUTE) / 60.0
}

/// Ambient pressure at an altitude. Unit: kPa.
fn ambient(meters: f64) -> f64 {
    ambient_kpa_at(Length::from_centimeters(meters * 100.0))
}

fn gauge_kpa(driven: &Driven) -> f64 {
    driven.truth().reservoir_pressure.as_kilopascals()
}

/// Volume displaced by the head per day at a rate, over one day. Unit: mL/day.
fn swept(ml_per_day: f64) -> f64 {
    let driven = Driven::plain().infuse(ml_per_day).run(Millis::HOUR);
    let before = driven.truth().displaced;
    let swept = driven.run(Millis::DAY).truth().displaced - before;
    swept.as_milliliters()
}

/// Time from a stall until 16 pulses were missed. Unit: s.
fn latency(ml_per_day: f64) -> f64 {
    let driven = Driven::new(&config()).infuse(ml_per_day).run(Millis::HOUR);
    driven
        .with_fault(PlantFault::MotorStall, 1.0)
        .seconds_until_missed(16)
        + 120.0
}

/// Effect of a film of 1500 ohm at a rate. pump.md counts the film alone.
fn film(ml_per_day: f64, see: impl Fn(&mut Driven) -> f64) -> f64 {
    let battery = PumpModel {
        battery_ohm: 0.0,
        ..PLAIN
    };
    let driven = Driven::new(&with(battery)).with_fault(PlantFault::BatteryFilm, 1_500.0);
    let mut driven = driven.infuse(ml_per_day).run(Millis::MINUTE.times(2));
    see(&mut driven)
}

fn film_mv(driven: &mut Driven) -> f64 {
    driven.effect(PlantFault::BatteryFilm)
}

const ACROSS: &str = "the table takes 29 kPa across, the plant's 27.2 are less by 6 %";
const DESIGN: &str = "arithmetic on values of the design";

/// The rows.
pub(super) static ROWS: &[Observation] = &[
    closed(
        ("step-slow", "one step of 5 nL each 9 s"),
        "mL/day",
        "pump.md 4.1: V_step per period (calc)",
        (0.048, 0.02),
        DESIGN,
        || swept(0.048) * 9.0 / period_s(0.048),
    ),
    closed(
        ("step-fast", "55.6 steps of 5 nL a second"),
        "mL/day",
        "pump.md 4.1: V_step times rate (calc)",
        (24.0, 0.02),
        "three digits of the rate; the reservoir empties meanwhile",
        || swept(24.0) * 55.6 * period_s(24.0),
    ),
    closed(
        ("latency-slow", "16 missed steps at 0.048 mL/day"),
        "s",
        "pump.md 4.1: n over step rate (calc)",
        (144.0, 0.07),
        "a period either way: the stall comes between two steps",
        || latency(0.048),
    ),
    closed(
        ("latency-least", "16 missed steps at 0.006 mL/day"),
        "min",
        "pump.md 4.1: n over step rate (calc)",
        (19.0, 0.07),
        "a period either way: the stall comes between two steps",
        || latency(0.006) / 60.0,
    ),
    closed(
        ("leak-1e17", "a leak of 1e17 Pa s/m3"),
        "mL/day",
        "pump.md 4.2: dP / R (calc)",
        (0.025, 0.08),
        ACROSS,
        || leak(1e17),
    ),
    closed(
        ("leak-3e16", "a leak of 3e16 Pa s/m3"),
        "mL/day",
        "pump.md 4.2: dP / R (calc)",
        (0.084, 0.08),
        ACROSS,
        || leak(3e16),
    ),
    closed(
        ("leak-1e16", "a leak of 1e16 Pa s/m3"),
        "mL/day",
        "pump.md 4.2: dP / R (calc)",
        (0.25, 0.08),
        ACROSS,
        || leak(1e16),
    ),
    closed(
        ("leak-1e15", "a leak of 1e15 Pa s/m3"),
        "mL/day",
        "pump.md 4.2: dP / R (calc)",
        (2.5, 0.08),
        ACROSS,
        || leak(1e15),
    ),
    closed(
        ("free-flow", "rollers open: flow through 1 m of 0.53 mm"),
        "uL/s",
        "pump.md 4.2: dP / R of the catheter alone (calc)",
        (80.0, 0.08),
        ACROSS,
        || free_flow() * 1e3,
    ),
    closed(
        ("free-flow-time", "rollers open: 20 mL at that flow"),
        "min",
        "pump.md 4.2: V / Q (calc)",
        (4.2, 0.08),
        ACROSS,
        || 20.0 / free_flow() / 60.0,
    ),
    closed(
        ("altitude-gauge", "gauge pressure at 2438 m"),
        "kPa",
        "pump.md 4.2: 29 to 55 kPa (calc)",
        (55.0, 0.03),
        "printed with two digits",
        || gauge_kpa(&Driven::plain().at_ambient(ambient(2_438.0))),
    ),
    closed(
        (
            "altitude-leak",
            "the same leak at 2438 m over that at sea level",
        ),
        "1",
        "pump.md 4.2: 55 over 29, nearly doubles (calc)",
        (55.0 / 29.0, 0.05),
        ACROSS,
        || {
            let high = leaking(1e16).at_ambient(ambient(2_438.0));
            high.infused_over(Millis::DAY) / leak(1e16)
        },
    ),
    closed(
        ("hyperbaric-gauge", "gauge pressure at 2 ATA"),
        "kPa",
        "pump.md 4.2: about -72 kPa (calc)",
        (-72.0, 0.03),
        "printed with two digits",
        || gauge_kpa(&Driven::plain().at_ambient(2.0 * SEA_LEVEL_KPA)),
    ),
    Observation {
        published: Published::AtMost(0.0),
        tolerance: Tolerance::Order,
        ..closed(
            ("hyperbaric-leak", "flow through a leak at 2 ATA"),
            "mL/day",
            "pump.md 4.2: reverses or stops (calc, agrees with S27)",
            (0.0, 0.0),
            "Q: the sign",
            || {
                let deep = leaking(1e16).at_ambient(2.0 * SEA_LEVEL_KPA);
                deep.infused_over(Millis::DAY)
            },
        )
    },
    closed(
        ("film-basal", "a film of 1500 ohm at 0.5 mL/day"),
        "mV",
        "pump.md 4.6: 12 uA across it (calc)",
        (17.0, 0.04),
        DESIGN,
        || film(0.5, film_mv),
    ),
    closed(
        ("film-bolus", "a film of 1500 ohm at 24 mL/day"),
        "mV",
        "pump.md 4.6: 0.56 mA across it (calc)",
        (830.0, 0.02),
        DESIGN,
        || film(24.0, film_mv),
    ),
    closed(
        (
            "film-droop",
            "what a pulse takes off the supply capacitor besides",
        ),
        "mV",
        "pump.md 4.6: 10 uC from 100 uF (calc)",
        (100.0, 0.03),
        DESIGN,
        || film(24.0, |driven| driven.droop_mv() - film_mv(driven)),
    ),
    closed(
        ("crystal", "a crystal that is off by 20 ppm"),
        "s/day",
        "pump.md 4.7: 20 ppm of a day (calc)",
        (1.7, 0.02),
        "printed with two digits",
        || {
            let driven = Driven::new(&PlantConfig {
                clock: ClockModel { ppm: 20 },
                ..config()
            });
            driven.run(Millis::DAY).clock_error_s()
        },
    ),
];
