//! A dose given by hand into the spinal fluid: by lumbar puncture, or through a catheter's access
//! port.
//!
//! What a hand injects mixes at once with fluid up and down, by its jet; what a pump gives does not.
//! The fluid that takes it, spread evenly:
//! ```text
//! half  = max(a cell, V / 2A)                      what the volume displaces, either way
//! jet   = jet_cm rate / (rate + 0.02 mL/s)         of a hand nearly all of it, of a pump none
//! w     = (baricity - 1) / 0.002, -1 to 1          upright; lying: 0
//! from  = at - half - jet (1 + w),  to = at + half + jet (1 - w)
//! ```
//! Upright, when it is given, a heavy solution (w = 1) sinks, a light one rises; lying, the curves of the spine decide,
//! which one dimension does not have (assume: neither).
//!
//! Source: form pk.md 1c. The jet's reach: see the adult's `jet_cm`. That the rate hardly matters as
//! long as it is a hand's, and that glucose (baricity 1.02) decides where a dose goes: Hocking and
//! Wildsmith 2004, BJA 93:568. 0.02 mL/s and the linear rise up to 0.002 are ours (assume); spinal
//! fluids differ by about 0.0005 (mem M).

use crate::ambient::Posture;
use crate::anatomy::Anatomy;
use crate::tracks::AGENTS;
use thecal_units::Millis;
use thecal_units::real::{Concentration, Length, Mass, Volume};

/// The rate at which a jet reaches half as far as it may. Unit: mL/s.
const HALF_RATE: f64 = 0.02;
/// The rate of a hand at an access port (assume). Unit: mL/s.
const HAND_RATE: f64 = 0.1;
/// Difference of the baricity from 1 that decides where the dose goes.
const DECISIVE: f64 = 0.002;

/// A dose given by hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Injection {
    /// Where, along this body's own axis; `None`: at the catheter's tip. Range: 0 to the axis' length.
    pub at: Option<Length>,
    /// How much fluid. Range: above 0.
    pub volume: Volume,
    /// Time that the hand takes for it. Range: above 0.
    pub over: Millis,
    /// True concentration of each drug; that of a drug which the plant does not have is ignored.
    pub concentrations: [Concentration; AGENTS],
    /// Density over that of spinal fluid: 1 with saline, 1.02 with glucose. Range: 0.9 to 1.1.
    pub baricity: f64,
}

impl Injection {
    /// 2 mL of saline with one drug in 10 s at a level of the spine.
    #[must_use]
    pub fn plain(at: Length, dose: Mass) -> Self {
        let volume = Volume::from_milliliters(2.0);
        let strength = dose.as_micrograms() / volume.as_milliliters();
        Self {
            at: Some(at),
            volume,
            over: Millis::from_secs(10),
            concentrations: [Concentration::from_ug_per_ml(strength), Concentration::ZERO],
            baricity: 1.0,
        }
    }

    /// This much saline at the catheter's tip, at the rate of a hand.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "milliseconds of a few milliliters"
    )]
    pub(crate) fn at_tip(volume: Volume) -> Self {
        let millis = volume.as_milliliters() / HAND_RATE * 1e3;
        Self {
            at: None,
            volume,
            over: Millis::from_millis(millis.max(1.0) as u64),
            ..Self::plain(Length::ZERO, Mass::ZERO)
        }
    }

    /// Whether every value is in its range.
    pub(crate) fn is_sound(&self, anatomy: &Anatomy) -> bool {
        let axis = Length::from_centimeters(anatomy.axis_cm);
        self.at.is_none_or(|at| (Length::ZERO..=axis).contains(&at))
            && self.volume > Volume::ZERO
            && self.over > Millis::ZERO
            && self
                .concentrations
                .iter()
                .all(|of| *of >= Concentration::ZERO)
            && (0.9..=1.1).contains(&self.baricity)
    }

    /// The fluid that takes it in somebody who holds himself like this: from and to where.
    pub(crate) fn reaches(
        &self,
        anatomy: &Anatomy,
        tip: Length,
        posture: Posture,
    ) -> (Length, Length) {
        let at = self.at.unwrap_or(tip).as_centimeters();
        let ml = self.volume.as_milliliters();
        let displaced = ml / (2.0 * anatomy.area_at(at));
        let half = displaced.max(anatomy.grid().cell_cm);
        let rate = ml / (self.over.as_hours_f64() * 3_600.0);
        let jet = anatomy.jet_cm * rate / (rate + HALF_RATE);
        let sinks = match posture {
            Posture::Lying => 0.0,
            Posture::Sitting | Posture::Standing => {
                ((self.baricity - 1.0) / DECISIVE).clamp(-1.0, 1.0)
            }
        };
        (
            Length::from_centimeters(at - half - jet * (1.0 + sinks)),
            Length::from_centimeters(at + half + jet * (1.0 - sinks)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(change: impl Fn(&mut Injection)) -> (f64, f64) {
        held(Posture::Lying, change)
    }

    fn held(posture: Posture, change: impl Fn(&mut Injection)) -> (f64, f64) {
        let at = Length::from_centimeters(30.0);
        let mut injection = Injection::plain(at, Mass::from_micrograms(100.0));
        change(&mut injection);
        let (from, to) = injection.reaches(&Anatomy::ADULT, Length::ZERO, posture);
        (30.0 - from.as_centimeters(), to.as_centimeters() - 30.0)
    }

    #[test]
    fn a_hand_has_a_jet_and_a_pump_has_none() {
        let (down, up) = reach(|_| ());
        assert!(
            (down - up).abs() < 1e-12 && (20.0..30.0).contains(&up),
            "{up}"
        );
        // 1 mL/h.
        let (_, up) = reach(|it| it.over = Millis::HOUR.times(2));
        assert!(up < 1.5, "{up}");
        let (_, slower) = reach(|it| it.over = Millis::from_secs(20));
        assert!(
            slower / reach(|_| ()).1 > 0.85,
            "the rate of a hand hardly matters"
        );
    }

    #[test]
    fn upright_a_heavy_dose_sinks_and_a_light_one_rises() {
        let upright = |baricity: f64| held(Posture::Sitting, |it| it.baricity = baricity);
        let (isobaric, heavy, light) = (upright(1.0), upright(1.02), upright(0.99));
        assert!(heavy.1 < 2.0 && light.0 < 2.0);
        assert!((heavy.0 - light.1).abs() < 1e-9 && heavy.0 > isobaric.0);
        let lying = reach(|it| it.baricity = 1.02);
        assert!((lying.1 - isobaric.1).abs() < 1e-12);
    }
}
