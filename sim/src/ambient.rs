//! Surroundings of the patient: ambient pressure, body temperature, posture.
//!
//! Equations:
//! ```text
//! P_amb(h) = 101.325 (1 - 2.25577e-5 h)^5.25588 kPa      h: altitude in m
//! mu(T)    = 0.70 mPa s * 1.29^((37 - T) / 12)           water, through 37 C and 25 C
//! ```
//!
//! Source: pump.md 4.5 (altitude), 4.3: 0.70 mPa s at 37 C, 25 C x1.29 (calc); spinal fluid 1 to 2
//! kPa lying, 3 to 5 kPa lumbar sitting (mem M); standing as sitting (assume).

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

/// Posture of the patient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Posture {
    /// On back or side.
    #[default]
    Lying,
    /// Upright, lumbar catheter.
    Sitting,
    /// As sitting.
    Standing,
}

impl Posture {
    /// Pressure of the spinal fluid at a lumbar tip, above ambient.
    #[must_use]
    pub const fn fluid_pressure(self) -> Pressure {
        Pressure::from_kilopascals(match self {
            Self::Lying => LYING_KPA,
            Self::Sitting | Self::Standing => 4.0,
        })
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
