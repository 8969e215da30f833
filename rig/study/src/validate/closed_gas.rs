//! Closed forms of propellants: pump.md 4.5, by a pump paced by a restrictor.
//!
//! pump.md 4.5 was computed with a library of fluid properties. Here a gas is its pressure at 37 C
//! and one heat of vaporization (near 37 C, from memory with high confidence), by
//! Clausius-Clapeyron; no heat was tuned to a row.

use super::driven::Driven;
use super::observation::{Observation, closed};
use thecal_sim::ambient_kpa_at;
use thecal_sim::pump::GENERIC_PUMP;
use thecal_sim::reservoir::propellant_kpa;
use thecal_units::Millis;
use thecal_units::real::Length;

/// A propellant: pressure at 37 C in kPa, heat of vaporization in kJ/mol.
#[derive(Clone, Copy)]
struct Gas(f64, f64);

const R11: Gas = Gas(158.6, 24.8);
const R114: Gas = Gas(310.0, 22.9);
const BUTANE: Gas = Gas(348.0, 20.6);
const R123: Gas = Gas(139.7, 26.2);

impl Gas {
    fn pump(self) -> Driven {
        Driven::restrictor(self.0, self.1)
    }

    /// Increase of flow per degree at 37 C. Unit: %.
    fn per_degree(self) -> f64 {
        let flow = |celsius| self.pump().at_celsius(celsius).infused_over(Millis::DAY);
        (flow(37.5) / flow(36.5) - 1.0) * 100.0
    }

    /// The flow at an altitude divided by that at sea level. `meters`: m.
    fn at(self, meters: f64) -> f64 {
        let flow = |meters: f64| {
            let ambient = ambient_kpa_at(Length::from_centimeters(meters * 100.0));
            self.pump().at_ambient(ambient).infused_over(Millis::DAY)
        };
        flow(meters) / flow(0.0)
    }
}

const SOURCE: &str = "pump.md 4.5: Q ~ dP / mu (calc, CoolProp)";
const ONE_HEAT: &str = "one heat of vaporization for a library of fluid properties";
const ALTITUDE: &str = "the gauge counts the fluid's 1.5 kPa too";
const WARMTH: &str = "n-perfluoropentane's vapor pressure";

/// The three rows of a gas.
macro_rules! gas {
    ($gas:ident, $name:literal, $id:literal, $per_degree:literal, $at_1500:literal, $at_2438:literal) => {
        [
            closed(
                (
                    concat!($id, "-degree"),
                    concat!($name, ": what a degree adds to the flow"),
                ),
                "%",
                SOURCE,
                ($per_degree, 0.15),
                ONE_HEAT,
                || $gas.per_degree(),
            ),
            closed(
                (
                    concat!($id, "-1500-m"),
                    concat!($name, ": flow at 1500 m over sea level"),
                ),
                "1",
                SOURCE,
                ($at_1500, 0.03),
                ALTITUDE,
                || $gas.at(1_500.0),
            ),
            closed(
                (
                    concat!($id, "-2438-m"),
                    concat!($name, ": flow at 2438 m over sea level"),
                ),
                "1",
                SOURCE,
                ($at_2438, 0.03),
                ALTITUDE,
                || $gas.at(2_438.0),
            ),
        ]
    };
}

/// The rows of each gas.
pub(super) static GASES: [[Observation; 3]; 4] = [
    gas!(R11, "R-11", "gas-r11", 11.0, 1.29, 1.46),
    gas!(R114, "R-114", "gas-r114", 6.5, 1.08, 1.13),
    gas!(BUTANE, "n-butane", "gas-butane", 6.0, 1.07, 1.11),
    gas!(R123, "R-123", "gas-r123", 15.0, 1.44, 1.68),
];

/// The generic pump's own propellant.
pub(super) static ROWS: &[Observation] = &[
    closed(
        ("gas-pentane-35", WARMTH_35),
        "kPa",
        "pump.md 4.5: Clausius-Clapeyron (mem M, calc)",
        (122.0, 0.01),
        WARMTH,
        || propellant_kpa(&GENERIC_PUMP.values, 35.0),
    ),
    closed(
        ("gas-pentane-39", WARMTH_39),
        "kPa",
        "pump.md 4.5: Clausius-Clapeyron (mem M, calc)",
        (139.0, 0.01),
        WARMTH,
        || propellant_kpa(&GENERIC_PUMP.values, 39.0),
    ),
];
const WARMTH_35: &str = "n-perfluoropentane: vapor pressure at 35 C";
const WARMTH_39: &str = "n-perfluoropentane: vapor pressure at 39 C";
