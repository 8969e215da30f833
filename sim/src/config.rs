//! What a plant is made of: pump, catheter and patient, checked.

use crate::clock::ClockModel;
use crate::drug::{Drug, Mixing, TipLevel, Tolerance};
use core::fmt;
use thecal_units::real;

/// A pump, its catheter and the patient at the start of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlantConfig {
    /// The drug in the reservoir.
    pub drug: Drug,
    /// How well the patient's spinal fluid mixes.
    pub mixing: Mixing,
    /// Whether the patient is used to the drug.
    pub tolerance: Tolerance,
    /// Where the catheter's tip lies.
    pub tip: TipLevel,
    /// What is truly in the reservoir. Range: 0 to 40 mL. Source: pump.md 1.1, 20 and 40 mL (S8).
    pub fill: real::Volume,
    /// The drug's true concentration there. Range: 0 to 100 000 ug/mL, ours and wide; morphine is
    /// supplied at 10 000 and 25 000 (S40), baclofen at 50 to 2 000 (S44).
    pub concentration: real::Concentration,
    /// The catheter from pump to tip. Range: 10 to 150 cm. Source: pump.md 1.1, 114 to 140 cm
    /// before trimming (mem H).
    pub catheter_length: real::Length,
    /// Whether tubing and catheter hold drug at the start, else fluid without drug.
    pub primed: bool,
    /// The pump's crystal.
    pub clock: ClockModel,
}

impl PlantConfig {
    /// The largest fill. Source: pump.md 1.1 (the larger reservoir) (S8).
    pub const MAX_FILL: real::Volume = real::Volume::from_milliliters(40.0);
    /// The largest concentration. Source: ours, wide on purpose.
    pub const MAX_CONCENTRATION: real::Concentration =
        real::Concentration::from_ug_per_ml(100_000.0);
    /// The shortest catheter. Source: ours, wide on purpose.
    pub const MIN_CATHETER: real::Length = real::Length::from_centimeters(10.0);
    /// The longest catheter. Source: ours, a little above 140 cm untrimmed (mem H).
    pub const MAX_CATHETER: real::Length = real::Length::from_centimeters(150.0);

    /// Checks every range.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the first value out of its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !(real::Volume::ZERO..=Self::MAX_FILL).contains(&self.fill) {
            return Err(ConfigError::Fill {
                fill: self.fill,
                max: Self::MAX_FILL,
            });
        }
        if !(real::Concentration::ZERO..=Self::MAX_CONCENTRATION).contains(&self.concentration) {
            let (concentration, max) = (self.concentration, Self::MAX_CONCENTRATION);
            return Err(ConfigError::Concentration { concentration, max });
        }
        let (min, max) = (Self::MIN_CATHETER, Self::MAX_CATHETER);
        if !(min..=max).contains(&self.catheter_length) {
            return Err(ConfigError::CatheterLength {
                length: self.catheter_length,
                min,
                max,
            });
        }
        let (ppm, max) = (self.clock.ppm, ClockModel::MAX_PPM);
        if !(-max..=max).contains(&ppm) {
            return Err(ConfigError::ClockPpm { ppm, max });
        }
        Ok(())
    }
}

/// A plant that cannot be built, with the value that is out of range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConfigError {
    /// The reservoir does not hold this much, or it is not a volume.
    Fill {
        /// What was asked for.
        fill: real::Volume,
        /// The most.
        max: real::Volume,
    },
    /// No solution is this strong, or it is not a concentration.
    Concentration {
        /// What was asked for.
        concentration: real::Concentration,
        /// The most.
        max: real::Concentration,
    },
    /// No catheter has this length.
    CatheterLength {
        /// What was asked for.
        length: real::Length,
        /// The least.
        min: real::Length,
        /// The most.
        max: real::Length,
    },
    /// No crystal is this wrong.
    ClockPpm {
        /// What was asked for. Unit: parts per million.
        ppm: i32,
        /// The most, either way. Unit: parts per million.
        max: i32,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fill { fill, max } => {
                let (fill, max) = (fill.as_milliliters(), max.as_milliliters());
                write!(out, "a fill of {fill} mL is not within 0 to {max} mL")
            }
            Self::Concentration { concentration, max } => {
                let (value, max) = (concentration.as_ug_per_ml(), max.as_ug_per_ml());
                write!(
                    out,
                    "a concentration of {value} ug/mL is not within 0 to {max} ug/mL"
                )
            }
            Self::CatheterLength { length, min, max } => {
                let (min, max) = (min.as_centimeters(), max.as_centimeters());
                let length = length.as_centimeters();
                write!(
                    out,
                    "a catheter of {length} cm is not within {min} to {max} cm"
                )
            }
            Self::ClockPpm { ppm, max } => {
                write!(
                    out,
                    "a crystal off by {ppm} ppm is not within {max} ppm either way"
                )
            }
        }
    }
}

impl core::error::Error for ConfigError {}
