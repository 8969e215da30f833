//! Drug transport through pump tubing and catheter: a line of cells in volume.
//!
//! It models volumes, not pressures (see [`hydraulics`](crate::hydraulics)).
//!
//! Terms: *dead volume* is what has to be displaced before drug at the pump reaches the tip.
//! *nu* is the share of a cell displaced in a sub-step, *delta* the share mixed with a neighbor.
//!
//! Equations, flux through the face after cell i, with superbee-limited slope `s_i`:
//! ```text
//! V_dead = 0.140 mL + length * 0.0022 mL/cm       5 uL of it are the node of hydraulics; at least
//!                                                 5 uL are line, whatever the catheter
//! g_i    = nu (c_i + (1 - nu)/2 s_i) - delta (c_{i+1} - c_i)        c_i += g_{i-1} - g_i
//! D_eff  = D (1 + Pe^2 / 192),  Pe = U d / D                        Taylor
//! delta  = D_eff A^2 dt / v^2                                       v: volume of a cell
//! ```
//! Sub-steps keep nu <= 0.5 and delta <= 0.12, for which c stays within its neighbors' bounds.
//!
//! Numerical dispersion: superbee keeps a front about four cells wide, 6 % of the dead volume from
//! 10 to 90 %, at any speed (MC: 9 %). Taylor spreading at 1 mL/h (priming) is `D_eff` = 0.03
//! cm2/s: a standard deviation of 9 cm of 164 cm on arrival, reproduced within 1 %. At 0.5 mL/day
//! it is 2e-5 cm2/s: 1.6 cm, less than the scheme's own 3.9 cm. The pump's tubing counts as tube of
//! the catheter's bore (assume). Drug does not diffuse out of the tip.
//!
//! A leak at the connector or half-way to the tip divides the flow there; the access port is at the
//! connector (assume). Nothing diffuses past such a place in a step in which it divides the flow.
//!
//! Source: pump.md 1.1: 0.140 mL (S14), 0.0022 mL/cm (mem H), 4.3: Taylor mixing (S13).

use crate::hydraulics::NODE_ML;
use crate::pump::{CatheterModel, PumpModel};
use core::ops::Range;
use thecal_units::Millis;
use thecal_units::real::{Concentration, Mass, Volume};

const CELLS: usize = 64;
const CELLS_F64: f64 = 64.0;
const NU_MAX: f64 = 0.5;
const DELTA_MAX: f64 = 0.12;
/// Displacing this many dead volumes in a step flushes the line completely.
const FLUSHED: f64 = 3.0;

/// The line's state, for one drug.
#[derive(Clone, Debug)]
pub struct Line {
    concentration: [f64; CELLS],
    /// The drug in all cells, counted as it enters and leaves. Unit: ug.
    held_ug: f64,
    cell_ml: f64,
    /// The first cell after the connector of pump and catheter, where the access port is. Range: 1 to
    /// one less than all.
    connector: usize,
    /// delta of a whole step at rest, and its increase per mL2 displaced in the step.
    delta_rest: f64,
    delta_per_ml2: f64,
}

impl Line {
    /// A line of pump tubing and catheter, filled with `content`, stepping by `step`.
    #[must_use]
    pub fn new(
        pump: &PumpModel,
        catheter: &CatheterModel,
        content: Concentration,
        step: Millis,
    ) -> Self {
        let whole_ml = dead_volume(pump, catheter).as_milliliters() - NODE_ML;
        let cell_ml = whole_ml.max(NODE_ML) / CELLS_F64;
        let dt = step.as_secs_f64();
        let (area, diffusivity) = (catheter.ml_per_cm, catheter.mixing_cm2_per_s);
        let before = (pump.tubing_ml - NODE_ML).max(0.0) / (cell_ml * CELLS_F64);
        let mix = |diffusivity: f64| diffusivity * area * area * dt / (cell_ml * cell_ml);
        let peclet_per_ml = catheter.bore_cm / (area * dt * diffusivity);
        Self {
            concentration: [content.as_ug_per_ml(); CELLS],
            held_ug: content.as_ug_per_ml() * cell_ml * CELLS_F64,
            cell_ml,
            connector: connector(before),
            delta_rest: mix(diffusivity),
            delta_per_ml2: mix(diffusivity * peclet_per_ml * peclet_per_ml / 192.0),
        }
    }

    /// Displaces `volume` containing `drug` over one step; returns the drug that leaves the tip.
    pub fn step(&mut self, volume: Volume, drug: Mass) -> Mass {
        self.displace(0..CELLS, volume, drug)
    }

    /// As [`Self::step`], of a line that loses `lost` of the volume at the connector and half-way to
    /// the tip; returns the drug that leaves the tip and the drug that is lost.
    pub(crate) fn step_leaking(
        &mut self,
        volume: Volume,
        drug: Mass,
        lost: [Volume; 2],
    ) -> (Mass, Mass) {
        let holes = [self.connector, usize::midpoint(self.connector, CELLS)];
        let (mut volume, mut drug, mut leaked, mut from) = (volume, drug, Mass::ZERO, 0);
        for (hole, lost) in holes.into_iter().zip(lost) {
            drug = self.displace(from..hole, volume, drug);
            let share = if volume > Volume::ZERO {
                (lost.as_milliliters() / volume.as_milliliters()).min(1.0)
            } else {
                0.0
            };
            let gone = Mass::from_micrograms(drug.as_micrograms() * share);
            // Rounding must not leave a negative volume.
            (volume, drug) = (volume.saturating_sub(lost), drug - gone);
            leaked += gone;
            from = hole;
        }
        (self.displace(from..CELLS, volume, drug), leaked)
    }

    /// Injects `volume` containing `drug` at the connector, of which `lost` leaves half-way to the tip;
    /// returns the drug that leaves the tip and the drug that is lost.
    pub(crate) fn inject(&mut self, volume: Volume, drug: Mass, lost: Volume) -> (Mass, Mass) {
        let half_way = usize::midpoint(self.connector, CELLS);
        if lost <= Volume::ZERO {
            return (
                self.displace(self.connector..CELLS, volume, drug),
                Mass::ZERO,
            );
        }
        let arrives = self.displace(self.connector..half_way, volume, drug);
        let share = (lost.as_milliliters() / volume.as_milliliters()).min(1.0);
        let gone = Mass::from_micrograms(arrives.as_micrograms() * share);
        let left = volume.saturating_sub(lost);
        (self.displace(half_way..CELLS, left, arrives - gone), gone)
    }

    /// Aspirates `volume` at the connector, while fluid containing `drug` enters at the tip; returns
    /// the drug aspirated.
    pub(crate) fn aspirate(&mut self, volume: Volume, drug: Mass) -> Mass {
        self.concentration[self.connector..].reverse();
        let out = self.displace(self.connector..CELLS, volume, drug);
        self.concentration[self.connector..].reverse();
        out
    }

    /// Displaces `volume` containing `drug` through some cells; returns the drug that leaves them.
    #[inline]
    fn displace(&mut self, cells: Range<usize>, volume: Volume, drug: Mass) -> Mass {
        let volume_ml = volume.as_milliliters();
        let inlet = if volume_ml > 0.0 {
            drug.as_micrograms() / volume_ml
        } else {
            0.0
        };
        let nu = volume_ml / self.cell_ml;
        if nu > FLUSHED * CELLS_F64 {
            let flushed = &mut self.concentration[cells];
            let before = flushed.iter().sum::<f64>() * self.cell_ml;
            flushed.fill(inlet);
            let after = flushed.iter().sum::<f64>() * self.cell_ml;
            let left = (before + drug.as_micrograms() - after).max(0.0);
            self.held_ug += drug.as_micrograms() - left;
            return Mass::from_micrograms(left);
        }
        let delta = self.delta_rest + self.delta_per_ml2 * volume_ml * volume_ml;
        let parts = libm::ceil((nu / NU_MAX).max(delta / DELTA_MAX)).max(1.0);
        let (nu, delta) = (nu / parts, delta / parts);
        let mut left = 0.0;
        let mut part = 0.0;
        while part < parts {
            left += part_step(&mut self.concentration[cells.clone()], inlet, nu, delta);
            part += 1.0;
        }
        let left = left * self.cell_ml;
        self.held_ug += drug.as_micrograms() - left;
        Mass::from_micrograms(left)
    }

    /// Fluid enters at the tip containing `drug`; returns the drug that leaves towards the pump.
    pub(crate) fn step_back(&mut self, volume: Volume, drug: Mass) -> Mass {
        self.concentration.reverse();
        let left = self.step(volume, drug);
        self.concentration.reverse();
        left
    }

    /// The drug in the line.
    #[must_use]
    pub fn drug(&self) -> Mass {
        Mass::from_micrograms(self.held_ug.max(0.0))
    }

    /// The part of it past the connector, in the catheter.
    pub(crate) fn drug_in_catheter(&self) -> Mass {
        let cells = self.concentration.iter().skip(self.connector);
        Mass::from_micrograms(cells.sum::<f64>() * self.cell_ml)
    }
}

/// The first cell after this share of the line, which leaves at least one cell on either side.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the cells"
)]
fn connector(share: f64) -> usize {
    libm::round(share * CELLS_F64).clamp(1.0, CELLS_F64 - 2.0) as usize
}

/// One sub-step of some cells; returns the drug that leaves the last, in cells.
#[inline]
fn part_step(cells: &mut [f64], inlet: f64, nu: f64, delta: f64) -> f64 {
    let half = 0.5 * (1.0 - nu);
    let through = |left: f64, here: f64, right: f64| {
        let slope = limited_slope(here - left, right - here);
        nu * (here + half * slope) - delta * (right - here)
    };
    // Drug through each face: enters at 0, leaves at the last.
    let mut faces = [0.0; CELLS + 1];
    let flux = &mut faces[..=cells.len()];
    flux[0] = nu * inlet;
    if let [first, second, ..] = *cells {
        flux[1] = through(inlet, first, second);
    }
    // The cells between, without an index: the compiler takes two of them in an instruction.
    let neighbors = cells
        .iter()
        .zip(&cells[1..])
        .zip(cells.get(2..).unwrap_or(&[]));
    for (flux, ((&left, &here), &right)) in flux.iter_mut().skip(2).zip(neighbors) {
        *flux = through(left, here, right);
    }
    let leaves = nu * cells[cells.len() - 1];
    flux[cells.len()] = leaves;
    let faces = flux.iter().zip(&flux[1..]);
    for (concentration, (enters, leaves)) in cells.iter_mut().zip(faces) {
        // Rounding must not leave a negative concentration.
        *concentration = larger(*concentration + (enters - leaves), 0.0);
    }
    leaves
}

/// Volume to be displaced before drug at the head reaches the tip.
#[must_use]
pub const fn dead_volume(pump: &PumpModel, catheter: &CatheterModel) -> Volume {
    Volume::from_milliliters(pump.tubing_ml + catheter.ml_per_cm * catheter.length_cm)
}

/// The superbee slope: the larger side, at most twice the smaller; zero at an extremum.
fn limited_slope(left: f64, right: f64) -> f64 {
    let (small, large) = (
        smaller(left.abs(), right.abs()),
        larger(left.abs(), right.abs()),
    );
    let slope = smaller(large, 2.0 * small);
    if left * right > 0.0 {
        slope.copysign(left)
    } else {
        0.0
    }
}

/// The smaller of two numbers, neither of them NaN: one instruction, `min` takes five.
const fn smaller(one: f64, other: f64) -> f64 {
    if one < other { one } else { other }
}

/// The larger of two numbers, as [`smaller`].
const fn larger(one: f64, other: f64) -> f64 {
    if one > other { one } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TICK;
    use crate::pump::{GENERIC_CATHETER, GENERIC_PUMP};

    fn line(content: Concentration) -> Line {
        Line::new(
            &GENERIC_PUMP.values,
            &GENERIC_CATHETER.values,
            content,
            TICK,
        )
    }

    #[test]
    fn a_line_of_one_meter_holds_0_36_milliliters() {
        let catheter = CatheterModel {
            length_cm: 100.0,
            ..GENERIC_CATHETER.values
        };
        let volume = dead_volume(&GENERIC_PUMP.values, &catheter);
        assert!((volume.as_milliliters() - 0.36).abs() < 1e-12);
    }

    #[test]
    fn the_content_stays_between_what_was_and_what_comes_at_any_speed() {
        let content = Concentration::from_ug_per_ml(10.0);
        for volume_ml in [0.0, 1e-6, 3.5e-4, 5e-3, 0.017, 0.3, 4.0] {
            let mut line = line(content);
            let volume = Volume::from_milliliters(volume_ml);
            let (mut entered, mut left) = (line.drug().as_micrograms(), 0.0);
            for round in 0..200 {
                let drug = Mass::from_micrograms(volume_ml * f64::from(round % 7));
                entered += drug.as_micrograms();
                left += line.step(volume, drug).as_micrograms();
                assert!(
                    line.concentration
                        .iter()
                        .all(|c| (0.0..=10.0 + 1e-9).contains(c))
                );
            }
            let error = (entered - left - line.drug().as_micrograms()).abs() / entered;
            assert!(error < 1e-12, "{volume_ml}: {error}");
        }
    }

    #[test]
    fn aspiration_at_the_connector_empties_the_catheter_alone() {
        let mut line = line(Concentration::from_ug_per_ml(1000.0));
        let tubing_ug = (line.drug() - line.drug_in_catheter()).as_micrograms();
        line.aspirate(Volume::from_milliliters(2.0), Mass::ZERO);
        assert!(line.drug_in_catheter().as_micrograms() < 1e-3);
        assert!((line.drug().as_micrograms() - tubing_ug).abs() < 1e-3);
    }

    #[test]
    fn what_is_drawn_back_came_in_last() {
        let mut line = line(Concentration::ZERO);
        let (volume, drug) = (Volume::from_milliliters(0.05), Mass::from_micrograms(50.0));
        assert!(line.step(volume, drug).as_micrograms().abs() < 1e-12);
        let back = line.step_back(Volume::from_milliliters(0.2), Mass::ZERO);
        assert!((back.as_micrograms() - 50.0).abs() < 0.1, "{back:?}");
    }
}
