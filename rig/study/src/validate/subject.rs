//! A subject of a study: concentrations in fluid and plasma after a dose, sampled every minute.
//!
//! Protocol: pk.md 3d. Fluid steps at the plant's tick. A bolus is spread evenly over its center
//! plus and minus its half-length; half-lives come from log-linear regression over a window.

use thecal_sim::csf::{Anatomy, Neuraxis};
use thecal_sim::drug::{Kinetics, PlasmaKinetics};
use thecal_sim::plasma::Plasma;
use thecal_sim::{Drug, TICK};
use thecal_units::real::{Length, Mass};

/// A subject of a study.
pub(super) struct Subject {
    fluid: Neuraxis,
    plasma: Plasma,
    minutes: u32,
}

pub(super) const fn cm(value: f64) -> Length {
    Length::from_centimeters(value)
}

impl Subject {
    /// An adult without drug.
    pub(super) fn new(kinetics: &Kinetics, plasma: &PlasmaKinetics) -> Self {
        Self::with(&Anatomy::ADULT, kinetics, plasma)
    }

    /// A subject with this spine, without drug.
    pub(super) fn with(anatomy: &Anatomy, kinetics: &Kinetics, plasma: &PlasmaKinetics) -> Self {
        Self {
            fluid: Neuraxis::new(anatomy, kinetics, TICK),
            plasma: Plasma::new(plasma, TICK),
            minutes: 0,
        }
    }

    /// An adult who gets this drug.
    pub(super) fn on(drug: Drug) -> Self {
        Self::new(&drug.kinetics(), &drug.plasma())
    }

    /// Gives `dose_ug` by hand.
    pub(super) fn bolus(mut self, dose_ug: f64, center_cm: f64, half_length_cm: f64) -> Self {
        let dose = Mass::from_micrograms(dose_ug);
        self.fluid.inject(dose, cm(center_cm), cm(half_length_cm));
        self
    }

    /// Infuses `ug_per_h` at `tip_cm` until `hours`, calling `see` each minute.
    pub(super) fn until(
        &mut self,
        hours: f64,
        ug_per_h: f64,
        tip_cm: f64,
        mut see: impl FnMut(f64, &Self),
    ) {
        let dose = Mass::from_micrograms(ug_per_h / 60.0);
        while f64::from(self.minutes) < hours * 60.0 {
            let absorbed = self.fluid.step(dose, cm(tip_cm));
            self.plasma.step(absorbed, Mass::ZERO);
            self.minutes += 1;
            see(f64::from(self.minutes) / 60.0, self);
        }
    }

    /// Infuses until `hours`.
    pub(super) fn infused(mut self, hours: f64, ug_per_h: f64, tip_cm: f64) -> Self {
        self.until(hours, ug_per_h, tip_cm, |_, _| ());
        self
    }

    /// Concentration in the fluid at a place. Unit: ug/mL.
    pub(super) fn at(&self, x_cm: f64) -> f64 {
        self.fluid.concentration(cm(x_cm)).as_ug_per_ml()
    }

    /// Concentration in the cisterna. Unit: ug/mL.
    pub(super) fn at_cisterna(&self) -> f64 {
        self.fluid.cisterna().as_ug_per_ml()
    }

    /// Concentration in plasma. Unit: ng/mL.
    pub(super) fn in_plasma(&self) -> f64 {
        self.plasma.concentration().as_ug_per_ml() * 1e3
    }

    /// Amount in the tissue of the cord. Unit: ug.
    pub(super) fn in_tissue(&self) -> f64 {
        self.fluid.in_tissue().as_micrograms()
    }

    /// The value of `see` until `hours`, without further drug.
    pub(super) fn course(&mut self, hours: f64, see: impl Fn(&Self) -> f64) -> Course {
        let mut course = Course(Vec::new());
        self.until(hours, 0.0, 0.0, |hour, subject| {
            course.0.push((hour, see(subject)));
        });
        course
    }

    /// The concentration in the fluid at a place until `hours`. Unit: ug/mL.
    pub(super) fn course_at(&mut self, hours: f64, x_cm: f64) -> Course {
        self.course(hours, |subject| subject.at(x_cm))
    }
}

/// Levels over time: (hour, level), one per minute.
pub(super) struct Course(pub(super) Vec<(f64, f64)>);

impl Course {
    /// The level at an hour; NaN after the end of the course.
    pub(super) fn at(&self, hour: f64) -> f64 {
        let found = self.0.iter().find(|(at, _)| *at >= hour - 1e-9);
        found.map_or(f64::NAN, |(_, level)| *level)
    }

    /// The hour and the level of the peak.
    pub(super) fn peak(&self) -> (f64, f64) {
        let higher = |best: (f64, f64), &now: &(f64, f64)| if now.1 > best.1 { now } else { best };
        self.0.iter().fold((0.0, 0.0), higher)
    }

    /// The area under the curve. Unit: that of the level times hour.
    pub(super) fn area(&self) -> f64 {
        self.0.iter().map(|(_, level)| level / 60.0).sum()
    }

    /// The mean over a window of hours.
    pub(super) fn mean(&self, from: f64, to: f64) -> f64 {
        let inside = self.window(from, to);
        inside.iter().map(|(_, level)| level).sum::<f64>() / count(&inside)
    }

    /// The last hour at which it is at least `level`.
    pub(super) fn last_at_least(&self, level: f64) -> f64 {
        let found = self.0.iter().rev().find(|(_, seen)| *seen >= level);
        found.map_or(f64::NAN, |(hour, _)| *hour)
    }

    /// Half-life by log-linear regression over a window of hours. Unit: h.
    pub(super) fn half_life(&self, from: f64, to: f64) -> f64 {
        let mut inside = self.window(from, to);
        for (_, level) in &mut inside {
            *level = level.ln();
        }
        let count = count(&inside);
        let mean_x = inside.iter().map(|(x, _)| x).sum::<f64>() / count;
        let mean_y = inside.iter().map(|(_, y)| y).sum::<f64>() / count;
        let (mut sxy, mut sxx) = (0.0, 0.0);
        for (x, y) in inside {
            sxy += (x - mean_x) * (y - mean_y);
            sxx += (x - mean_x) * (x - mean_x);
        }
        -std::f64::consts::LN_2 * sxx / sxy
    }

    fn window(&self, from: f64, to: f64) -> Vec<(f64, f64)> {
        let window = from - 1e-9..=to + 1e-9;
        let inside = self.0.iter().filter(|(hour, _)| window.contains(hour));
        inside.copied().collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "minutes of a few days")]
fn count(points: &[(f64, f64)]) -> f64 {
    points.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_life_is_found_in_its_own_decay() {
        let decay = (1_u32..=600).map(|minute| {
            let hour = f64::from(minute) / 60.0;
            (hour, 8.0 * (-hour * std::f64::consts::LN_2 / 1.5).exp())
        });
        let course = Course(decay.collect());
        assert!((course.half_life(1.0, 9.0) - 1.5).abs() < 1e-9);
        assert!((course.at(3.0) - 2.0).abs() < 1e-9);
        assert!((course.last_at_least(2.0) - 3.0).abs() < 1.0 / 59.0);
        assert!(course.at(11.0).is_nan());
    }
}
