//! Surroundings of the patient: ambient pressure, body temperature, posture.
//!
//! Equations:
//! ```text
//! P_amb(h) = 101.325 (1 - 2.25577e-5 h)^5.25588 kPa      h: altitude in m
//! mu(T)    = 0.70 mPa s * 1.29^((37 - T) / 12)           water, through 37 C and 25 C
//! P_tip    = rho g (z_0 - z_tip)                         upright, above ambient; z along the axis
//! ```
//!
//! Source: pump.md 4.5 (altitude), 4.3: 0.70 mPa s at 37 C, 25 C x1.29 (calc). Spinal fluid: lying 1
//! to 2.2 kPa (Norager 2021, PMC8045192), 1 to 2 (pump.md, mem M); sitting, it is one column of fluid
//! whose pressure is zero in the upper cervical region (Magnaes 1976, J Neurosurg 44:698), taken as
//! C1/2, so 3.8 to 4.7 kPa in the lumbar part, 3 to 5 in pump.md (mem M); standing as sitting
//! (assume).

use crate::anatomy::Anatomy;
use crate::ramp::Ramp;
use thecal_units::real::{Length, Pressure, Temperature};
use thecal_units::{Millis, SimTime};

/// Ambient pressure at sea level, absolute. Unit: kPa.
pub const SEA_LEVEL_KPA: f64 = 101.325;
/// Reference body temperature. Unit: C.
pub const BODY_CELSIUS: f64 = 37.0;
/// Viscosity of drug and spinal fluid at 37 C. Unit: Pa s.
pub(crate) const VISCOSITY_37: f64 = 0.70e-3;
/// Pressure of the spinal fluid of a patient lying down, above ambient. Unit: kPa.
pub(crate) const LYING_KPA: f64 = 1.5;

/// Where the pressure of the spinal fluid is that of the surroundings in somebody upright: C1/2 on the
/// axis of an adult. Unit: cm. Source: the upper cervical region (Magnaes 1976); landmark of pk.md 1c.
const ZERO_LEVEL_CM: f64 = 58.0;
/// Weight of a column of spinal fluid. Unit: kPa/cm. Source: 1.0006 g/mL (mem H) (calc).
const KPA_PER_CM: f64 = 1.0006 * 0.098_066_5;

/// Posture of the patient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Posture {
    /// On back or side.
    #[default]
    Lying,
    /// Upright.
    Sitting,
    /// As sitting.
    Standing,
}

impl Posture {
    /// Pressure of the spinal fluid of somebody who lies, above ambient, the same at every level.
    pub const RESTING: Pressure = Pressure::from_kilopascals(LYING_KPA);

    /// Pressure of the spinal fluid at `tip` in this body, above ambient; below it above the level
    /// of zero pressure.
    #[must_use]
    pub(crate) fn fluid_pressure_at(self, tip: Length, anatomy: &Anatomy) -> Pressure {
        match self {
            Self::Lying => Self::RESTING,
            Self::Sitting | Self::Standing => {
                let zero = anatomy.scaled(Length::from_centimeters(ZERO_LEVEL_CM));
                let column = zero.as_centimeters() - tip.as_centimeters();
                Pressure::from_kilopascals(KPA_PER_CM * column)
            }
        }
    }
}

/// The ambient pressure at an altitude in the standard atmosphere, absolute. Unit: kPa.
#[must_use]
pub fn ambient_kpa_at(altitude: Length) -> f64 {
    let meters = altitude.as_centimeters() / 100.0;
    SEA_LEVEL_KPA * libm::pow(1.0 - 2.255_77e-5 * meters, 5.255_88)
}

/// Viscosity at a temperature relative to that at 37 C.
pub(crate) fn relative_viscosity(celsius: f64) -> f64 {
    libm::pow(1.29, (BODY_CELSIUS - celsius) / 12.0)
}

/// The surroundings, each with its current ramp.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings {
    ambient_kpa: Ramp,
    body_celsius: Ramp,
    fluid_kpa: Ramp,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            ambient_kpa: Ramp::constant(SEA_LEVEL_KPA),
            body_celsius: Ramp::constant(BODY_CELSIUS),
            fluid_kpa: Ramp::constant(LYING_KPA),
        }
    }
}

impl Surroundings {
    pub(crate) fn set_ambient(&mut self, now: SimTime, absolute: Pressure, over: Millis) {
        redirect(&mut self.ambient_kpa, now, absolute.as_kilopascals(), over);
    }

    pub(crate) fn set_temperature(&mut self, now: SimTime, to: Temperature, over: Millis) {
        redirect(&mut self.body_celsius, now, to.as_celsius(), over);
    }

    pub(crate) fn set_fluid(&mut self, now: SimTime, above_ambient: Pressure, over: Millis) {
        redirect(
            &mut self.fluid_kpa,
            now,
            above_ambient.as_kilopascals(),
            over,
        );
    }

    /// The instant after which all ramps have ended.
    pub(crate) fn settled_at(&self) -> SimTime {
        let ends = [self.ambient_kpa, self.body_celsius, self.fluid_kpa].map(|ramp| ramp.end());
        ends.into_iter().max().unwrap_or(SimTime::ZERO)
    }

    pub(crate) fn ambient_kpa(&self, at: SimTime) -> f64 {
        self.ambient_kpa.at(at)
    }

    pub(crate) fn celsius(&self, at: SimTime) -> f64 {
        self.body_celsius.at(at)
    }

    pub(crate) fn fluid_kpa(&self, at: SimTime) -> f64 {
        self.fluid_kpa.at(at)
    }
}

/// Redirects a ramp from its present value to `to`.
fn redirect(ramp: &mut Ramp, now: SimTime, to: f64, over: Millis) {
    *ramp = Ramp {
        start: now,
        over,
        from: ramp.at(now),
        to,
        logarithmic: false,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tip::TipLevel;

    #[test]
    fn upright_the_column_above_the_tip_weighs_on_it() {
        let at = |level: TipLevel| {
            let adult = &Anatomy::ADULT;
            let tip = level.position_in(adult);
            Posture::Sitting
                .fluid_pressure_at(tip, adult)
                .as_kilopascals()
        };
        // pump.md: 3 to 5 kPa lumbar, sitting (mem M).
        assert!((3.0..5.0).contains(&at(TipLevel::L4)) && (3.0..5.0).contains(&at(TipLevel::L1)));
        assert!(
            (at(TipLevel::T10) - 3.042).abs() < 0.01,
            "{}",
            at(TipLevel::T10)
        );
        assert!((0.0..0.5).contains(&at(TipLevel::C3)));
        let lying = Posture::Lying.fluid_pressure_at(Length::ZERO, &Anatomy::ADULT);
        assert_eq!(lying, Posture::RESTING);
    }
}
