//! Configuration of a plant: pump, catheter, drugs and patient, with range checks.

use crate::anatomy::Anatomy;
use crate::clock::ClockModel;
use crate::drug::{DrugModel, Tolerance};
use crate::drugs::Drug;
use crate::parameter::{OutOfRange, Parameters};
use crate::pump::{CatheterModel, Drive, GENERIC_CATHETER, GENERIC_PUMP, PumpModel};
use crate::tip::TipLevel;
use core::fmt;
use thecal_units::real;

/// A drug in the reservoir.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agent {
    /// The drug.
    pub drug: Drug,
    /// Its kinetics and effects in the patient.
    pub model: DrugModel,
    /// Its true concentration. Range: 0 to 100 000 ug/mL (ours); morphine is supplied at 10 000 and
    /// 25 000 (S40), baclofen at 50 to 2 000 (S44).
    pub concentration: real::Concentration,
}

impl Agent {
    /// A drug with its model for a patient of this tolerance.
    #[must_use]
    pub const fn new(drug: Drug, tolerance: Tolerance, concentration: real::Concentration) -> Self {
        Self {
            drug,
            model: drug.model(tolerance),
            concentration,
        }
    }
}

/// The patient's body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Person {
    /// Volumes, flows and mixing of the spinal fluid.
    pub anatomy: Anatomy,
    /// Position of the catheter's tip, from the end of the dural sac along this body's own axis.
    /// Range: 0 to the axis' length.
    pub tip: real::Length,
}

/// A pump, its catheter and the patient at the start of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlantConfig {
    /// Drive of the pump.
    pub drive: Drive,
    /// The pump.
    pub pump: PumpModel,
    /// The catheter.
    pub catheter: CatheterModel,
    /// The patient.
    pub person: Person,
    /// The programmed drug.
    pub agent: Agent,
    /// A second drug in the same reservoir.
    pub second: Option<Agent>,
    /// The true volume in the reservoir. Range: 0 to the pump's capacity.
    pub fill: real::Volume,
    /// Whether tubing and catheter are filled with drug at the start, otherwise with drug-free
    /// fluid.
    pub primed: bool,
    /// The pump's crystal.
    pub clock: ClockModel,
    /// Seed of random events: single lost steps.
    pub seed: u64,
}

impl PlantConfig {
    /// The largest concentration accepted. Source: ours, wide on purpose.
    const MAX_CONCENTRATION: real::Concentration = real::Concentration::from_ug_per_ml(100_000.0);

    /// The generic peristaltic pump with 20 mL, its catheter full, tip at T10, in an adult with
    /// typical mixing.
    #[must_use]
    pub const fn new(agent: Agent) -> Self {
        Self {
            drive: Drive::Peristaltic,
            pump: GENERIC_PUMP.values,
            catheter: GENERIC_CATHETER.values,
            person: Person {
                anatomy: Anatomy::ADULT,
                tip: TipLevel::T10.position(),
            },
            agent,
            second: None,
            fill: real::Volume::from_milliliters(20.0),
            primed: true,
            clock: ClockModel { ppm: 0 },
            seed: 0,
        }
    }

    /// Checks every range.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the first value out of its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let out = self.pump.first_out_of_range();
        let out = out
            .or_else(|| self.catheter.first_out_of_range())
            .or_else(|| self.person.anatomy.first_out_of_range())
            .or_else(|| self.agent.model.first_out_of_range())
            .or_else(|| {
                self.second
                    .and_then(|agent| agent.model.first_out_of_range())
            });
        if let Some(out) = out {
            return Err(ConfigError::Parameter(out));
        }
        let (tip, max) = (
            self.person.tip,
            real::Length::from_centimeters(self.person.anatomy.axis_cm),
        );
        if !(real::Length::ZERO..=max).contains(&tip) {
            return Err(ConfigError::Tip { tip, max });
        }
        let max = real::Volume::from_milliliters(self.pump.capacity_ml);
        if !(real::Volume::ZERO..=max).contains(&self.fill) {
            return Err(ConfigError::Fill {
                fill: self.fill,
                max,
            });
        }
        for agent in [Some(self.agent), self.second].into_iter().flatten() {
            let (concentration, max) = (agent.concentration, Self::MAX_CONCENTRATION);
            if !(real::Concentration::ZERO..=max).contains(&concentration) {
                return Err(ConfigError::Concentration { concentration, max });
            }
        }
        let (ppm, max) = (self.clock.ppm, ClockModel::MAX_PPM);
        if !(-max..=max).contains(&ppm) {
            return Err(ConfigError::ClockPpm { ppm, max });
        }
        Ok(())
    }
}

/// Why a plant cannot be built, with the value that is out of range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConfigError {
    /// A parameter of pump, catheter, drug or patient.
    Parameter(OutOfRange),
    /// The tip is beyond the axis, or not a number.
    Tip {
        /// The position requested.
        tip: real::Length,
        /// The end of the axis.
        max: real::Length,
    },
    /// The fill exceeds the reservoir, or is not a number.
    Fill {
        /// The volume requested.
        fill: real::Volume,
        /// The largest volume.
        max: real::Volume,
    },
    /// The concentration is too large, or not a number.
    Concentration {
        /// The concentration requested.
        concentration: real::Concentration,
        /// The largest concentration.
        max: real::Concentration,
    },
    /// The crystal's error is too large.
    ClockPpm {
        /// The error requested. Unit: parts per million.
        ppm: i32,
        /// The largest error, either way. Unit: parts per million.
        max: i32,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(parameter) => parameter.fmt(out),
            Self::Tip { tip, max } => {
                let (tip, max) = (tip.as_centimeters(), max.as_centimeters());
                write!(out, "a tip at {tip} cm is not within 0 to {max} cm")
            }
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
