//! The spinal fluid's volumes, flows and mixing, and the rates between nodes that follow.
//!
//! Equations: see the head of [`csf`](crate::csf). Source: pk.md 1b and 1c.

use crate::drug::{Kinetics, Mixing};

/// Cells of 1 cm along the spine.
pub const CELLS: usize = 60;
/// Cells, cisterna, cranial node.
pub(crate) const NODES: usize = CELLS + 2;
pub(crate) const CISTERNA: usize = CELLS;
pub(crate) const CRANIAL: usize = CELLS + 1;
/// Width of a cell. Unit: cm.
pub(crate) const DX: f64 = 1.0;

/// Volumes, flows and mixing of one person's cerebrospinal fluid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anatomy {
    /// Cross-section below x = 22 cm. Unit: cm2. Source: pk.md 1c: 36 mL lumbosacral (S18).
    pub lumbar_cm2: f64,
    /// Cross-section from 22 to 47 cm. Unit: cm2. Source: pk.md 1c: 38 mL (mem M).
    pub thoracic_cm2: f64,
    /// Cross-section from 47 to 60 cm. Unit: cm2. Source: pk.md 1c: 20 mL (mem M).
    pub cervical_cm2: f64,
    /// Volume of the cisterna node. Unit: mL. Source: pk.md 1c (assume).
    pub cisterna_ml: f64,
    /// Volume of the cranial node. Unit: mL. Source: pk.md 1c (assume).
    pub cranial_ml: f64,
    /// Production of fluid. Unit: mL/min. Range: 0 and up. Source: pk.md 1b: 0.3 to 0.4 (S14).
    pub production_ml_per_min: f64,
    /// Share of it absorbed along the spine. Range: 0 to 1. Source: pk.md 1c, (proto) fit.
    pub spinal_share: f64,
    /// Exchange between cisterna and cranial node. Unit: mL/min. Source: pk.md 1c, (proto) fit.
    pub cranial_exchange_ml_per_min: f64,
    /// Effective diffusivity along the spine. Unit: cm2/s. Range: 1e-5 to 1.
    /// Source: pk.md 2: fitted to people, 0.02 to 0.09 acceptable, (proto) fit.
    pub diffusivity_cm2_per_s: f64,
}

impl Anatomy {
    /// The adult of pk.md 1c with typical mixing.
    pub const ADULT: Self = Self {
        lumbar_cm2: 36.0 / 22.0,
        thoracic_cm2: 38.0 / 25.0,
        cervical_cm2: 20.0 / 13.0,
        cisterna_ml: 25.0,
        cranial_ml: 120.0,
        production_ml_per_min: 0.35,
        spinal_share: 0.18,
        cranial_exchange_ml_per_min: 0.75,
        diffusivity_cm2_per_s: 0.04,
    };

    /// The same person with this mixing.
    #[must_use]
    pub const fn with(self, mixing: Mixing) -> Self {
        Self {
            diffusivity_cm2_per_s: mixing.diffusivity_cm2_per_s(),
            ..self
        }
    }

    /// The cross-section at `x` cm.
    fn area_cm2(&self, x: f64) -> f64 {
        if x < 22.0 {
            self.lumbar_cm2
        } else if x < 47.0 {
            self.thoracic_cm2
        } else {
            self.cervical_cm2
        }
    }
}

/// First-order rates between the nodes of the chain. Unit: 1/h.
pub(crate) struct Rates {
    pub(crate) volume: [f64; NODES],
    /// From node i to node i + 1.
    pub(crate) up: [f64; NODES],
    /// From node i to node i - 1.
    pub(crate) down: [f64; NODES],
    pub(crate) loss: [f64; NODES],
}

impl Rates {
    #[expect(clippy::cast_precision_loss, reason = "a cell's number is below 62")]
    pub(crate) fn new(anatomy: &Anatomy, kinetics: &Kinetics) -> Self {
        let mut volume = [0.0; NODES];
        for (cell, volume) in volume.iter_mut().take(CELLS).enumerate() {
            *volume = anatomy.area_cm2(cell as f64 + 0.5) * DX;
        }
        let spinal_ml: f64 = volume.iter().sum();
        volume[CISTERNA] = anatomy.cisterna_ml;
        volume[CRANIAL] = anatomy.cranial_ml;
        let production = anatomy.production_ml_per_min * 60.0;
        let spinal_flow = anatomy.spinal_share * production;
        let cranial_flow = production - spinal_flow;
        let exchange = anatomy.cranial_exchange_ml_per_min * 60.0;
        let diffusivity = anatomy.diffusivity_cm2_per_s * 3_600.0;

        let (mut up, mut down, mut loss) = ([0.0; NODES], [0.0; NODES], [0.0; NODES]);
        let mut below_ml = 0.0;
        for cell in 0..CELLS {
            below_ml += volume[cell];
            // The top face has the cervical area.
            let area = anatomy.area_cm2((cell + 1) as f64 * DX);
            let peclet = -spinal_flow * below_ml / spinal_ml / area * DX / diffusivity;
            let conductance = area * diffusivity / DX;
            up[cell] = conductance * bernoulli(-peclet) / volume[cell];
            down[cell + 1] = conductance * bernoulli(peclet) / volume[cell + 1];
            loss[cell] = spinal_flow / spinal_ml + kinetics.loss_per_h;
        }
        up[CISTERNA] = (exchange + cranial_flow) / volume[CISTERNA];
        down[CRANIAL] = exchange / volume[CRANIAL];
        loss[CISTERNA] = kinetics.remote_loss_per_h;
        loss[CRANIAL] = kinetics.remote_loss_per_h + cranial_flow / volume[CRANIAL];
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

    #[test]
    fn the_bernoulli_function_is_smooth_at_its_series() {
        let (series, closed) = (bernoulli(0.999e-3), bernoulli(1.001e-3));
        assert!((series - closed - 1e-6).abs() < 1e-9, "{series} {closed}");
        assert!((bernoulli(-2.0) - bernoulli(2.0) - 2.0).abs() < 1e-12);
    }
}
