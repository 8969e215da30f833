//! The table of units: spelling, kind and size in the smallest step that a quantity can hold.
//!
//! | kind | smallest step |
//! | --- | --- |
//! | duration | 1 ms |
//! | volume | 1 pL |
//! | mass | 1 fg |
//! | concentration | 1 ng/mL |
//! | dose rate | 1 ng/day |
//! | flow | 1 nL/day |
//! | length | 1 um |
//! | potential | 1 uV |
//! | pressure | 1 uPa |
//! | temperature | 0.001 C |
//! | resistance | 0.001 ohm |
//! | current | 1 nA |
//! | resistance to flow | 1 Pa s/m3 |
//! | factor | 0.000001 |
//! | fraction | 0.000001 |
//! | count | 1 |

use super::wording::any_of;
use std::fmt;

/// What a quantity measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A span of time.
    Duration,
    /// A volume.
    Volume,
    /// A mass of drug.
    Mass,
    /// Drug per volume.
    Concentration,
    /// Drug per time.
    DoseRate,
    /// Volume per time.
    FlowRate,
    /// A length.
    Length,
    /// An electric potential.
    Potential,
    /// A pressure.
    Pressure,
    /// A temperature.
    Temperature,
    /// An electric resistance.
    Resistance,
    /// An electric current.
    Current,
    /// A resistance to flow.
    FlowResistance,
    /// A ratio to a reference.
    Factor,
    /// A fraction from 0 to 1.
    Fraction,
    /// A plain integer.
    Count,
}

/// One spelling of a unit.
#[derive(Debug)]
pub struct Unit {
    /// The spelling, with U+00B5 for micro.
    pub name: &'static str,
    /// What it measures.
    pub kind: Kind,
    /// Its size in smallest steps.
    pub steps: u128,
}

const fn unit(name: &'static str, kind: Kind, steps: u128) -> Unit {
    Unit { name, kind, steps }
}

/// Every unit, each kind from small to large.
pub const UNITS: &[Unit] = &[
    unit("ms", Kind::Duration, 1),
    unit("s", Kind::Duration, 1_000),
    unit("min", Kind::Duration, 60_000),
    unit("h", Kind::Duration, 3_600_000),
    unit("d", Kind::Duration, 86_400_000),
    unit("nL", Kind::Volume, 1_000),
    unit("µL", Kind::Volume, 1_000_000),
    unit("mL", Kind::Volume, 1_000_000_000),
    unit("ng", Kind::Mass, 1_000_000),
    unit("µg", Kind::Mass, 1_000_000_000),
    unit("mg", Kind::Mass, 1_000_000_000_000),
    unit("ng/mL", Kind::Concentration, 1),
    unit("µg/mL", Kind::Concentration, 1_000),
    unit("mg/mL", Kind::Concentration, 1_000_000),
    unit("ng/day", Kind::DoseRate, 1),
    unit("µg/day", Kind::DoseRate, 1_000),
    unit("mg/day", Kind::DoseRate, 1_000_000),
    unit("ng/h", Kind::DoseRate, 24),
    unit("µg/h", Kind::DoseRate, 24_000),
    unit("mg/h", Kind::DoseRate, 24_000_000),
    unit("µL/day", Kind::FlowRate, 1_000),
    unit("mL/day", Kind::FlowRate, 1_000_000),
    unit("µL/h", Kind::FlowRate, 24_000),
    unit("mL/h", Kind::FlowRate, 24_000_000),
    unit("mm", Kind::Length, 1_000),
    unit("cm", Kind::Length, 10_000),
    unit("m", Kind::Length, 1_000_000),
    unit("mV", Kind::Potential, 1_000),
    unit("V", Kind::Potential, 1_000_000),
    unit("Pa", Kind::Pressure, 1_000_000),
    // 133.322387 Pa, conventional.
    unit("mmHg", Kind::Pressure, 133_322_387),
    unit("kPa", Kind::Pressure, 1_000_000_000),
    // The standard atmosphere, absolute.
    unit("ATA", Kind::Pressure, 101_325_000_000),
    unit("C", Kind::Temperature, 1_000),
    unit("ohm", Kind::Resistance, 1_000),
    unit("kohm", Kind::Resistance, 1_000_000),
    unit("nA", Kind::Current, 1),
    unit("µA", Kind::Current, 1_000),
    unit("mA", Kind::Current, 1_000_000),
    unit("Pa s/m3", Kind::FlowResistance, 1),
    unit("", Kind::Factor, 1_000_000),
    unit("%", Kind::Fraction, 10_000),
    unit("", Kind::Fraction, 1_000_000),
    unit("", Kind::Count, 1),
];

impl Kind {
    /// Names of its units.
    #[must_use]
    pub fn units(self) -> Vec<&'static str> {
        UNITS
            .iter()
            .filter(|unit| unit.kind == self && !unit.name.is_empty())
            .map(|u| u.name)
            .collect()
    }

    /// The unit used in examples.
    #[must_use]
    pub const fn usual_unit(self) -> &'static str {
        match self {
            Self::Duration => "h",
            Self::Volume => "mL",
            Self::Mass => "µg",
            Self::Concentration => "mg/mL",
            Self::DoseRate => "mg/day",
            Self::FlowRate => "mL/day",
            Self::Length => "cm",
            Self::Potential => "V",
            Self::Pressure => "kPa",
            Self::Temperature => "C",
            Self::Resistance => "ohm",
            Self::Current => "µA",
            Self::FlowResistance => "Pa s/m3",
            Self::Fraction | Self::Factor | Self::Count => "",
        }
    }

    /// The smallest step of a value.
    #[must_use]
    pub const fn smallest(self) -> &'static str {
        match self {
            Self::Duration => "1 ms",
            Self::Volume => "1 pL (0.001 nL)",
            Self::Mass => "1 fg (0.000001 ng)",
            Self::Concentration => "1 ng/mL",
            Self::DoseRate => "1 ng/day",
            Self::FlowRate => "1 nL/day (0.001 µL/day)",
            Self::Length => "1 µm (0.001 mm)",
            Self::Potential => "1 µV (0.001 mV)",
            Self::Pressure => "1 µPa (0.000001 Pa)",
            Self::Temperature => "0.001 C",
            Self::Resistance => "0.001 ohm",
            Self::Current => "1 nA (0.001 µA)",
            Self::FlowResistance => "1 Pa s/m3",
            Self::Fraction | Self::Factor => "0.000001",
            Self::Count => "1",
        }
    }

    /// Steps per base unit of signals of this kind.
    #[must_use]
    pub(crate) const fn steps_per_base_unit(self) -> f64 {
        match self {
            Self::Volume | Self::Mass | Self::Pressure => 1e9,
            Self::Duration
            | Self::Concentration
            | Self::Temperature
            | Self::Resistance
            | Self::Current => 1e3,
            Self::Length => 1e4,
            Self::DoseRate | Self::FlowRate | Self::Potential | Self::Fraction | Self::Factor => {
                1e6
            }
            Self::Count | Self::FlowResistance => 1.0,
        }
    }

    /// How it may be written, as text.
    #[must_use]
    pub fn choice(self) -> String {
        match self {
            Self::Fraction => "write a number from 0 to 1, or a percentage with `%`".to_owned(),
            Self::Factor => "write a number without a unit".to_owned(),
            Self::Count => "write a whole number without a unit".to_owned(),
            _ => format!("units of {self}: {}", any_of(&self.units())),
        }
    }

    /// Whether several parts of different units may be added: `1 mg 500 µg`.
    pub(crate) const fn adds_up(self) -> bool {
        matches!(
            self,
            Self::Duration | Self::Volume | Self::Mass | Self::Length
        )
    }

    /// Whether its values span so many decades that a power of ten is allowed: `3e16`.
    #[must_use]
    pub(crate) const fn takes_power_of_ten(self) -> bool {
        matches!(self, Self::FlowResistance | Self::Factor)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Duration => "a duration",
            Self::Volume => "a volume",
            Self::Mass => "a mass",
            Self::Concentration => "a concentration",
            Self::DoseRate => "a dose rate",
            Self::FlowRate => "a flow",
            Self::Length => "a length",
            Self::Potential => "an electric potential",
            Self::Pressure => "a pressure",
            Self::Temperature => "a temperature",
            Self::Resistance => "an electric resistance",
            Self::Current => "a current",
            Self::FlowResistance => "a resistance to flow",
            Self::Factor => "a factor",
            Self::Fraction => "a fraction",
            Self::Count => "a count",
        })
    }
}

/// Normalizes a spelling: `ug` and the like, and Greek mu become U+00B5, blanks around `/` are removed.
#[must_use]
pub(crate) fn normalize(written: &str) -> String {
    let plain: String = written.chars().filter(|c| !c.is_whitespace()).collect();
    let micro = plain.replace('\u{3bc}', "µ");
    match micro.strip_prefix('u') {
        Some(rest) if rest.starts_with(['g', 'L', 'A']) => format!("µ{rest}"),
        _ => micro,
    }
}

/// The unit of this kind, or else of any kind, with this normalized spelling.
#[must_use]
pub(crate) fn find(name: &str, wanted: Kind) -> Option<&'static Unit> {
    let same = |unit: &&Unit| normalize(unit.name) == name;
    let of_kind = UNITS.iter().filter(same).find(|unit| unit.kind == wanted);
    of_kind.or_else(|| UNITS.iter().find(same))
}

/// The length of a leading `e16`, if the kind allows it.
pub(crate) fn power_of_ten(rest: &str, kind: Kind) -> usize {
    let Some(power) = rest.strip_prefix('e').filter(|_| kind.takes_power_of_ten()) else {
        return 0;
    };
    let digits = power.find(|c: char| !c.is_ascii_digit());
    match digits.unwrap_or(power.len()) {
        0 => 0,
        digits => 1 + digits,
    }
}
