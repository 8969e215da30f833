//! Volumes, flows and mixing of the spinal fluid, and the transfer rates between nodes.
//!
//! Terms: the *axis* runs from the end of the dural sac to the foramen magnum. It has 60 parts,
//! whatever its length: 22 lumbar, 25 thoracic, 13 cervical, by the landmarks of an adult with an
//! axis of 60 cm. A body with another axis has the same shape, scaled along it.
//!
//! The axis is cut into as many cells as it has parts, or into four or eight times as many where
//! fluid mixes so little that levels change within a part:
//! ```text
//! D / part^2     at least 5e-3 /s    at least 1.25e-3 /s    less
//! cells          60                  240                    480
//! ```
//! Drug reaches sqrt(D / k), so an eighth of the mixing is a third of the reach. Levels at the tip are
//! then no farther from those of endlessly fine cells than in an adult with 60 cells: 1 to 3 % too
//! low, fentanyl's 4 to 6 % (`tests/val_grid.rs`).
//! Source: pk.md 1d: cells of 0.25 to 0.5 cm below 5e-3 cm2/s.
//!
//! Equations: see the head of [`csf`](crate::csf). Source: pk.md 1b and 1c.

use crate::drug::Kinetics;
use crate::parameter::{Sourced, parameters, sourced};
use alloc::vec;
use alloc::vec::Vec;
use thecal_units::real::Length;

/// Cells along a spine whose fluid mixes as that of people.
pub const CELLS: usize = 60;
/// The axis in which landmarks are given; a part of it is 1 cm long. Unit: cm.
const ADULT_AXIS_CM: f64 = 60.0;
/// Where the lumbar part ends. Unit: parts. Source: pk.md 1c: 22 of 60 cm.
const LUMBAR_END: f64 = 22.0;
/// Where the thoracic part ends. Unit: parts. Source: pk.md 1c: 47 of 60 cm.
const THORACIC_END: f64 = 47.0;
/// Mixing over the square of a part below which a part has four cells, and below which it has eight.
/// Unit: 1/s. Source: pk.md 1d for the first; the second is a quarter of it, for half the reach.
const FINER: [f64; 2] = [5e-3, 1.25e-3];

/// Mixing of the fluid along the spine; the presets bracket patients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mixing {
    /// 0.02 cm2/s.
    Low,
    /// 0.04 cm2/s: the best fit.
    Typical,
    /// 0.08 cm2/s.
    High,
}

impl Mixing {
    /// Every mixing, from low to high.
    pub const ALL: [Self; 3] = [Self::Low, Self::Typical, Self::High];

    /// The effective diffusivity along the spine of an adult.
    ///
    /// Unit: cm2/s. Source: pk.md 2a and 3b: 0.04 fits best, 0.02 to 0.09 acceptably (proto).
    #[must_use]
    pub const fn diffusivity_cm2_per_s(self) -> f64 {
        match self {
            Self::Low => 0.02,
            Self::Typical => 0.04,
            Self::High => 0.08,
        }
    }
}

parameters! {
    /// Volumes, flows and mixing of one body's cerebrospinal fluid.
    pub struct Anatomy {
        axis_cm: "axis-length", "cm", 5.0..=100.0, "From the end of the dural sac to the foramen magnum.";
        lumbar_ml: "lumbar-volume", "mL", 0.1..=200.0, "Fluid along the first 22 sixtieths of the axis.";
        thoracic_ml: "thoracic-volume", "mL", 0.1..=200.0, "Fluid along the next 25 sixtieths.";
        cervical_ml: "cervical-volume", "mL", 0.1..=200.0, "Fluid along the last 13 sixtieths.";
        cisterna_ml: "cisterna-volume", "mL", 0.1..=200.0, "The cisterna node.";
        cranial_ml: "cranial-volume", "mL", 0.1..=1000.0, "The cranial node.";
        production_ml_per_min: "production", "mL/min", 0.0..=2.0, "Production of fluid.";
        spinal_share: "spinal-share", "1", 0.0..=1.0, "Share of the fluid produced that is absorbed along the spine.";
        cranial_exchange_ml_per_min: "cranial-exchange", "mL/min", 0.0..=50.0, "Exchange between cisterna and cranial node.";
        diffusivity_cm2_per_s: "diffusivity", "cm2/s", 1e-5..=1.0, "Effective diffusivity along the spine.";
        jet_cm: "jet", "cm", 0.0..=60.0, "How far up and down a dose given by hand mixes at once.";
    }
}

sourced! {
    /// The adult of pk.md 1c with typical mixing.
    const ADULT: Anatomy {
        axis_cm: 60.0, Assumed, "pk.md 1c: 0 at the end of the dural sac (S2), 60 at the foramen magnum";
        lumbar_ml: 36.0, Published, "pk.md 1b: 35.8 +/- 10.9 mL, 10.6 to 61.3, n = 71 (S18)", cv 0.30, Published, "pk.md 1b: 35.8 +/- 10.9 mL, n = 71 (S18)";
        thoracic_ml: 38.0, MemoryMedium, "pk.md 1b: about 38 mL, Edsbagge 2011", cv 0.30, Assumed, "ours: as the lumbar part";
        cervical_ml: 20.0, MemoryMedium, "pk.md 1b: 19 to 20 mL, Edsbagge 2011", cv 0.30, Assumed, "ours: as the lumbar part";
        cisterna_ml: 25.0, Assumed, "pk.md 1c", cv 0.30, Assumed, "ours: as the lumbar part";
        cranial_ml: 120.0, Assumed, "pk.md 1c", cv 0.30, Assumed, "ours: as the lumbar part";
        production_ml_per_min: 0.35, Published, "pk.md 1b: 0.3 to 0.4 mL/min (S14)", cv 0.09, Assumed, "pk.md 1b: 0.3 to 0.4 (S14), taken to hold 90 % of people";
        spinal_share: 0.18, Fitted, "pk.md 1c, to the rows of pk.md 3b", cv 0.23, Assumed, "pk.md 1b: 0.11 to 0.23 mL/min, Edsbagge 2004 (mem M), taken to hold 90 % of people";
        cranial_exchange_ml_per_min: 0.75, Fitted, "pk.md 1c, to the rows of pk.md 3b", cv 0.50, Assumed, "ours";
        diffusivity_cm2_per_s: 0.04, Fitted, "pk.md 0 and 3b: 0.02 to 0.09 fits acceptably", cv 0.48, Assumed, "ours: the range that fits taken to hold 90 % of people";
        jet_cm: 26.0, Fitted, "ours: the least largest factor of three levels: 2 mg at L5-S1, 30 and 60 ug/mL at T10 within 5 to 15 min (Caute 1988, S45), which wants 30, and those of M1 and M2 (S29, S2), which want 12 or less", cv 0.50, Assumed, "ours: the two patients of S45 differ twofold, V0 22 +/- 8 mL (S29)";
    }
}

sourced! {
    /// A cynomolgus monkey.
    const MONKEY: Anatomy {
        axis_cm: 30.0, Assumed, "ours: not found";
        lumbar_ml: 2.0, Published, "pk.md 1a: a transcription of Monine 2021 (S4)";
        thoracic_ml: 3.0, Published, "pk.md 1a: a transcription of Monine 2021 (S4)";
        cervical_ml: 2.5, Published, "pk.md 1a: a transcription of Monine 2021 (S4)";
        cisterna_ml: 4.5, Published, "pk.md 1a: the lower of two brain compartments (S4)";
        cranial_ml: 3.0, Published, "pk.md 1a: the upper of two brain compartments (S4)";
        production_ml_per_min: 0.04, MemoryMedium, "ours: about 0.04 mL/min in macaques";
        spinal_share: 0.18, Assumed, "ours: as in the adult";
        cranial_exchange_ml_per_min: 0.09, Assumed, "ours: as many times production as in the adult";
        diffusivity_cm2_per_s: 0.02, Assumed, "ours: the rates between segments in pk.md 1a (S4) mean 0.006 to 0.2 along this axis";
        jet_cm: 13.0, Assumed, "ours: the adult's share of the axis";
    }
}

sourced! {
    /// A pig as in the studies of spinal infusion.
    const PIG: Anatomy {
        axis_cm: 60.0, Assumed, "ours: not found";
        lumbar_ml: 8.0, Assumed, "pk.md 1b: not found; ours, a quarter of the adult";
        thoracic_ml: 10.0, Assumed, "pk.md 1b: not found; ours, a quarter of the adult";
        cervical_ml: 5.0, Assumed, "pk.md 1b: not found; ours, a quarter of the adult";
        cisterna_ml: 6.0, Assumed, "pk.md 1b: not found; ours, a quarter of the adult";
        cranial_ml: 30.0, Assumed, "pk.md 1b: not found; ours, a quarter of the adult";
        production_ml_per_min: 0.09, Assumed, "ours: as often renewed as in the adult";
        spinal_share: 0.18, Assumed, "ours: as in the adult";
        cranial_exchange_ml_per_min: 0.19, Assumed, "ours: as many times production as in the adult";
        diffusivity_cm2_per_s: 1e-3, Fitted, "pk.md 0.3: about 1e-3, 40 times below people (S53)";
        jet_cm: 26.0, Assumed, "ours: the adult's share of the axis";
    }
}

sourced! {
    /// A dog of the size of a beagle.
    const DOG: Anatomy {
        axis_cm: 45.0, Assumed, "ours: not found";
        lumbar_ml: 2.4, Calculated, "16 mL in all (7.8 to 24; Yaksh 2017, PMC5874330 table 4), divided as in the adult (assume)", cv 0.30, Published, "PMC5874330 table 4: 7.8 to 24 mL";
        thoracic_ml: 2.6, Calculated, "16 mL in all (PMC5874330 table 4), divided as in the adult (assume)", cv 0.30, Assumed, "ours: as the lumbar part";
        cervical_ml: 1.3, Calculated, "16 mL in all (PMC5874330 table 4), divided as in the adult (assume)", cv 0.30, Assumed, "ours: as the lumbar part";
        cisterna_ml: 1.7, Calculated, "16 mL in all (PMC5874330 table 4), divided as in the adult (assume)", cv 0.30, Assumed, "ours: as the lumbar part";
        cranial_ml: 8.0, Calculated, "16 mL in all (PMC5874330 table 4), divided as in the adult (assume)", cv 0.30, Assumed, "ours: as the lumbar part";
        production_ml_per_min: 0.049, Published, "PMC5874330 table 4: 1.9 to 4.0 mL/h", cv 0.23, Published, "PMC5874330 table 4: 1.9 to 4.0 mL/h, taken to hold 90 % of dogs";
        spinal_share: 0.18, Assumed, "ours: as in the adult";
        cranial_exchange_ml_per_min: 0.105, Assumed, "ours: as many times production as in the adult";
        diffusivity_cm2_per_s: 0.01, Assumed, "ours: between pig and monkey, no gradient along the spine was found", cv 0.50, Assumed, "ours";
        jet_cm: 19.5, Assumed, "ours: the adult's share of the axis";
    }
}

/// Species with a preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Species {
    /// An adult.
    Human,
    /// A cynomolgus monkey.
    Monkey,
    /// A pig.
    Pig,
    /// A dog.
    Dog,
}

impl Species {
    /// Every species.
    pub const ALL: [Self; 4] = [Self::Human, Self::Monkey, Self::Pig, Self::Dog];

    /// The name of its preset.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Human => "adult",
            Self::Monkey => "monkey",
            Self::Pig => "pig",
            Self::Dog => "dog",
        }
    }

    /// Its preset.
    #[must_use]
    pub const fn anatomy(self) -> &'static Sourced<Anatomy> {
        match self {
            Self::Human => &ADULT,
            Self::Monkey => &MONKEY,
            Self::Pig => &PIG,
            Self::Dog => &DOG,
        }
    }
}

impl Anatomy {
    /// The adult of pk.md 1c with typical mixing.
    pub const ADULT: Self = ADULT.values;

    /// The same body with this mixing.
    #[must_use]
    pub const fn with(self, mixing: Mixing) -> Self {
        Self {
            diffusivity_cm2_per_s: mixing.diffusivity_cm2_per_s(),
            ..self
        }
    }

    /// Scales a position on the adult's axis of 60 cm to this body's axis.
    pub(crate) fn scaled(&self, in_adult: Length) -> Length {
        Length::from_centimeters(in_adult.as_centimeters() * self.part_cm())
    }

    /// The length of a sixtieth of the axis: 1 cm in the adult.
    const fn part_cm(&self) -> f64 {
        self.axis_cm / ADULT_AXIS_CM
    }

    /// How the axis is cut into cells.
    pub(crate) fn grid(&self) -> Grid {
        let part = self.part_cm();
        let mixing = self.diffusivity_cm2_per_s / (part * part);
        let times: u8 = match FINER {
            [_, eight] if mixing < eight => 8,
            [four, _] if mixing < four => 4,
            _ => 1,
        };
        Grid {
            cells: CELLS * usize::from(times),
            cell_cm: part / f64::from(times),
        }
    }

    /// The cross-section at `x_cm`. Unit: cm2.
    pub(crate) fn area_at(&self, x_cm: f64) -> f64 {
        self.area_cm2(x_cm / self.part_cm())
    }

    /// The cross-section at `x`, in parts.
    fn area_cm2(&self, x: f64) -> f64 {
        let (ml, parts) = if x < LUMBAR_END {
            (self.lumbar_ml, LUMBAR_END)
        } else if x < THORACIC_END {
            (self.thoracic_ml, THORACIC_END - LUMBAR_END)
        } else {
            (self.cervical_ml, ADULT_AXIS_CM - THORACIC_END)
        };
        ml / (parts * self.part_cm())
    }
}

/// How an axis is cut into cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grid {
    /// 60, 240 or 480.
    pub(crate) cells: usize,
    pub(crate) cell_cm: f64,
}

/// First-order rates between the nodes of the chain: the cells, the cisterna, the cranial node.
/// Unit: 1/h.
pub(crate) struct Rates {
    pub(crate) volume: Vec<f64>,
    /// From node i to node i + 1.
    pub(crate) up: Vec<f64>,
    /// From node i to node i - 1.
    pub(crate) down: Vec<f64>,
    pub(crate) loss: Vec<f64>,
}

impl Rates {
    #[expect(clippy::cast_precision_loss, reason = "a cell's number is below 482")]
    pub(crate) fn new(anatomy: &Anatomy, kinetics: &Kinetics) -> Self {
        let Grid { cells, cell_cm: dx } = anatomy.grid();
        let (cisterna, cranial) = (cells, cells + 1);
        let part = anatomy.part_cm();
        let parts_a_cell = dx / part;
        let mut volume = vec![0.0; cells + 2];
        for (cell, volume) in volume.iter_mut().take(cells).enumerate() {
            *volume = anatomy.area_cm2((cell as f64 + 0.5) * parts_a_cell) * dx;
        }
        let spinal_ml: f64 = volume.iter().sum();
        volume[cisterna] = anatomy.cisterna_ml;
        volume[cranial] = anatomy.cranial_ml;
        let production = anatomy.production_ml_per_min * 60.0;
        let spinal_flow = anatomy.spinal_share * production;
        let cranial_flow = production - spinal_flow;
        let exchange = anatomy.cranial_exchange_ml_per_min * 60.0;
        let diffusivity = anatomy.diffusivity_cm2_per_s * 3_600.0;

        let (mut up, mut down) = (vec![0.0; cells + 2], vec![0.0; cells + 2]);
        let mut loss = vec![0.0; cells + 2];
        let mut below_ml = 0.0;
        for cell in 0..cells {
            below_ml += volume[cell];
            // The top face has the cervical area; the cisterna lies half a part beyond it.
            let area = anatomy.area_cm2((cell + 1) as f64 * parts_a_cell);
            let distance = if cell + 1 < cells {
                dx
            } else {
                (dx + part) / 2.0
            };
            let peclet = -spinal_flow * below_ml / spinal_ml / area * distance / diffusivity;
            let conductance = area * diffusivity / distance;
            up[cell] = conductance * bernoulli(-peclet) / volume[cell];
            down[cell + 1] = conductance * bernoulli(peclet) / volume[cell + 1];
            loss[cell] = spinal_flow / spinal_ml + kinetics.loss_per_h;
        }
        up[cisterna] = (exchange + cranial_flow) / volume[cisterna];
        down[cranial] = exchange / volume[cranial];
        loss[cisterna] = kinetics.remote_loss_per_h;
        loss[cranial] = kinetics.remote_loss_per_h + cranial_flow / volume[cranial];
        Self {
            volume,
            up,
            down,
            loss,
        }
    }
}

/// `z / (e^z - 1)`, with its series near zero.
fn bernoulli(z: f64) -> f64 {
    if z.abs() < 1e-3 {
        1.0 - z / 2.0 + z * z / 12.0
    } else {
        z / libm::expm1(z)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drugs::Drug;
    use crate::parameter::Parameters;

    #[test]
    fn every_body_is_within_its_ranges() {
        for species in Species::ALL {
            let out = species.anatomy().values.first_out_of_range();
            assert_eq!(out, None, "{}", species.name());
        }
    }

    #[test]
    fn a_short_axis_holds_the_same_fluid_and_mixes_faster_from_cell_to_cell() {
        let kinetics = Drug::Morphine.kinetics();
        let adult = Rates::new(&Anatomy::ADULT, &kinetics);
        let short = Anatomy {
            axis_cm: 30.0,
            ..Anatomy::ADULT
        };
        let short = Rates::new(&short, &kinetics);
        for cell in 0..CELLS {
            assert!((short.volume[cell] / adult.volume[cell] - 1.0).abs() < 1e-12);
            // Half the distance, so four times the rate, apart from the bulk flow.
            assert!((short.up[cell] / adult.up[cell] / 4.0 - 1.0).abs() < 0.02);
        }
    }

    #[test]
    fn the_bernoulli_function_is_smooth_at_its_series() {
        let (series, closed) = (bernoulli(0.999e-3), bernoulli(1.001e-3));
        assert!((series - closed - 1e-6).abs() < 1e-9, "{series} {closed}");
        assert!((bernoulli(-2.0) - bernoulli(2.0) - 2.0).abs() < 1e-12);
    }
}
