//! Figures of real pumps, compared with the generic one: pump.md 1.1, 1.2 and 2.
//!
//! The generic pump is none of these products, and no parameter of it was fitted to them. The rows
//! check that it is plausible among them.

use super::driven::{Driven, config, with};
use super::observation::{Kind, Observation, Published, Tolerance};
use thecal_sim::pump::{GENERIC_PUMP, PumpModel};
use thecal_sim::{Drive, PlantConfig, PlantFault, SEA_LEVEL_KPA};
use thecal_units::Millis;
use thecal_units::real::Volume;

/// Delivered volume of a full pump until 2 mL are left, relative to the programmed one. Unit: %.
fn delivered(drive: Drive) -> f64 {
    let driven = Driven::new(&PlantConfig {
        drive,
        fill: Volume::from_milliliters(40.0),
        ..config()
    });
    let days = 76;
    let infused = driven.infuse(0.5).infused_over(Millis::DAY.times(days));
    infused / 38.0 * 100.0
}

/// A day's flow under some conditions divided by that at reference.
fn relative(change: impl Fn(Driven) -> Driven) -> f64 {
    let day = |driven: Driven| driven.infused_over(Millis::DAY);
    day(change(Driven::new(&config()).infuse(0.5)).run(Millis::HOUR))
        / day(Driven::new(&config())
            .infuse(0.5)
            .run(Millis::HOUR.times(2)))
}

const LABEL: &str = "within the label's 14.5 % of it (S10, S11)";

const fn accuracy(
    id: &'static str,
    what: &'static str,
    source: &'static str,
    share: f64,
    simulate: fn() -> f64,
) -> Observation {
    Observation {
        id,
        what,
        unit: "%",
        source,
        published: Published::Value(share),
        spread: "",
        kind: Kind::Clinical,
        tolerance: Tolerance::Share(0.145),
        why: LABEL,
        known_miss: None,
        simulate,
    }
}

const fn sign(
    id: &'static str,
    what: &'static str,
    source: &'static str,
    published: Published,
    simulate: fn() -> f64,
) -> Observation {
    Observation {
        id,
        what,
        unit: "1",
        source,
        published,
        spread: "",
        kind: Kind::Clinical,
        tolerance: Tolerance::Order,
        why: "Q: the direction",
        known_miss: None,
        simulate,
    }
}

const DELIVERED: &str = "delivered of what was programmed, full to 2 mL";

/// The rows.
pub(super) static ROWS: &[Observation] = &[
    accuracy(
        "accuracy-subject",
        DELIVERED,
        "pump.md 1.1: peristaltic, by subject (S26)",
        101.0,
        || delivered(Drive::Peristaltic),
    ),
    accuracy(
        "accuracy-refill",
        DELIVERED,
        "pump.md 1.1: peristaltic, by refill (S26)",
        102.5,
        || delivered(Drive::Peristaltic),
    ),
    accuracy(
        "accuracy-laboratory",
        DELIVERED,
        "pump.md 1.1: peristaltic, in the laboratory (S26)",
        97.6,
        || delivered(Drive::Peristaltic),
    ),
    Observation {
        spread: "90 % CI 95.5 to 97.7, n = 110",
        ..accuracy(
            "accuracy-valves",
            DELIVERED,
            "pump.md 1.1: valve-gated, 6 months (S28d)",
            96.8,
            || delivered(Drive::ValveGated),
        )
    },
    accuracy(
        "accuracy-valves-late",
        DELIVERED,
        "pump.md 1.1: valve-gated, 2.5 years (S29)",
        97.9,
        || delivered(Drive::ValveGated),
    ),
    sign(
        "sign-temperature",
        "flow at 40 C over that at 37 C",
        "pump.md 1.2: rises with temperature (S60; mem M)",
        Published::AtLeast(1.0),
        || relative(|driven| driven.at_celsius(40.0)),
    ),
    sign(
        "sign-altitude",
        "flow at 75 kPa over that at sea level",
        "pump.md 1.2: rises with altitude (S60; mem M)",
        Published::AtLeast(1.0),
        || relative(|driven| driven.at_ambient(75.0)),
    ),
    sign(
        "sign-hyperbaric",
        "flow at 2 ATA over that at sea level",
        "pump.md 1.2: decreases as pressure rises (S27)",
        Published::AtMost(1.0),
        || relative(|driven| driven.at_ambient(2.0 * SEA_LEVEL_KPA)),
    ),
    sign(
        "sign-fill",
        "flow of the last tenth over that of the first",
        "pump.md 1.2: falls as the reservoir empties (S60; mem M)",
        Published::AtMost(1.0),
        || {
            let day = |ml| {
                let fill = Volume::from_milliliters(ml);
                let driven = Driven::new(&PlantConfig { fill, ..config() }).infuse(0.5);
                driven.run(Millis::HOUR).infused_over(Millis::DAY)
            };
            day(4.0) / day(40.0)
        },
    ),
    Observation {
        id: "flow-valve",
        what: "valve-gated pump in a field: what its flow valve lets through",
        unit: "uL",
        source: "pump.md 2: at most 10 uL (S28b)",
        published: Published::AtMost(10.0),
        spread: "",
        kind: Kind::Clinical,
        tolerance: Tolerance::AsPublished,
        why: "a bound; the generic pump has this valve",
        known_miss: None,
        simulate: || {
            let driven = Driven::new(&PlantConfig {
                drive: Drive::ValveGated,
                ..config()
            });
            let before = driven.truth().infused_volume;
            let after = driven.in_field(Millis::HOUR).truth().infused_volume;
            // Rounded to the picoliter, a millionth of the bound.
            ((after - before).as_milliliters() * 1e9).round() / 1e6
        },
    },
    Observation {
        id: "stall-pressure",
        what: "closed tip: pressure at which a new motor on the battery's plateau stalls",
        unit: "kPa",
        source: "pump.md 4.3: cassette pumps trip at 124 +/- 62 kPa (S46)",
        published: Published::Range(62.0, 186.0),
        spread: "external pumps",
        kind: Kind::Clinical,
        tolerance: Tolerance::AsPublished,
        why: "beside external pumps; on a fresh battery it is 206 to 219 kPa, torque goes with the square of the supply",
        known_miss: None,
        simulate: || {
            // Most of a pump's life: a day at rest takes two fifths of this charge.
            let pump = PumpModel {
                battery_ah: 0.01,
                quiescent_ua: 160.0,
                ..GENERIC_PUMP.values
            };
            let driven = Driven::new(&with(pump)).run(Millis::DAY);
            let mut stalled = driven
                .with_fault(PlantFault::TipOcclusion, f64::INFINITY)
                .infuse(24.0);
            while stalled.truth().steps_missed == 0 && stalled.excess_kpa() < 1_000.0 {
                stalled = stalled.run(Millis::MINUTE);
            }
            stalled.excess_kpa()
        },
    },
];
