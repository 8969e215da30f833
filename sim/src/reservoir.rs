//! The reservoir: true content, and its pressure from propellant and bellows.
//!
//! Equations, T in kelvin, `V / V_max` the filled share:
//! ```text
//! P_sat(T) = P_37 exp(-dH / R (1 / T - 1 / 310.15))                 Clausius and Clapeyron
//! P_gauge  = P_sat + P_bellows (V / V_max - 1/2) - P_amb            times 1 - lost, where positive
//! ```
//! Negative gauge pressure: a design whose propellant boils below ambient pressure at 37 C.
//!
//! Source: pump.md 4.2 and 4.5; the form of the bellows' term is ours (design).

use crate::ambient::{BODY_CELSIUS, SEA_LEVEL_KPA};
use crate::pump::PumpModel;

/// Unit: kJ/(mol K).
const GAS_CONSTANT: f64 = 8.314_462_618e-3;
const ZERO_CELSIUS_KELVIN: f64 = 273.15;

/// Vapor pressure of a pump's propellant, absolute. Unit: kPa.
#[must_use]
pub fn propellant_kpa(pump: &PumpModel, celsius: f64) -> f64 {
    let per_kelvin =
        1.0 / (celsius + ZERO_CELSIUS_KELVIN) - 1.0 / (BODY_CELSIUS + ZERO_CELSIUS_KELVIN);
    pump.propellant_kpa * libm::exp(-pump.propellant_kj_per_mol / GAS_CONSTANT * per_kelvin)
}

/// Gauge pressure at which a step moves its nominal volume. Unit: kPa.
pub(crate) fn reference_gauge_kpa(pump: &PumpModel) -> f64 {
    pump.propellant_kpa - SEA_LEVEL_KPA
}

/// Content and pressure of the reservoir.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reservoir {
    pub(crate) ml: f64,
    pub(crate) ug_per_ml: [f64; 2],
    /// Gas that the head draws before fluid. Unit: mL.
    pub(crate) gas_ml: f64,
    celsius: f64,
    propellant_kpa: f64,
}

impl Reservoir {
    pub(crate) fn new(pump: &PumpModel, ml: f64, ug_per_ml: [f64; 2]) -> Self {
        Self {
            ml,
            ug_per_ml,
            gas_ml: 0.0,
            celsius: BODY_CELSIUS,
            propellant_kpa: propellant_kpa(pump, BODY_CELSIUS),
        }
    }

    /// The pressure above ambient, with share `lost` of it lost, in a reservoir of this capacity. Unit:
    /// kPa.
    pub(crate) fn gauge_kpa(
        &self,
        pump: &PumpModel,
        capacity_ml: f64,
        ambient_kpa: f64,
        lost: f64,
    ) -> f64 {
        let filled = self.ml / capacity_ml;
        let gauge = self.propellant_kpa + pump.bellows_kpa * (filled - 0.5) - ambient_kpa;
        if gauge > 0.0 {
            gauge * (1.0 - lost)
        } else {
            gauge
        }
    }

    /// Sets the propellant's temperature.
    pub(crate) fn warm(&mut self, pump: &PumpModel, celsius: f64) {
        if celsius.to_bits() != self.celsius.to_bits() {
            self.celsius = celsius;
            self.propellant_kpa = propellant_kpa(pump, celsius);
        }
    }

    /// The drugs in `ml` of the content. Unit: ug.
    pub(crate) fn drugs_in(&self, ml: f64) -> [f64; 2] {
        self.ug_per_ml.map(|strength| ml * strength)
    }

    /// The share of full flow that the content still gives.
    pub(crate) fn fade(&self, pump: &PumpModel) -> f64 {
        // As steep as this: ours (assume).
        let zone_ml = 0.1 * pump.residual_ml;
        if self.ml < pump.residual_ml + zone_ml {
            ((self.ml - pump.residual_ml) / zone_ml).max(0.0)
        } else {
            1.0
        }
    }

    /// This share of the drugs decays; returns what is lost. Unit: ug.
    pub(crate) fn decay(&mut self, share: f64) -> [f64; 2] {
        let lost = self.ug_per_ml.map(|strength| self.ml * strength * share);
        for strength in &mut self.ug_per_ml {
            *strength *= 1.0 - share;
        }
        lost
    }

    /// Adds fluid that flows back.
    pub(crate) fn take_back(&mut self, ml: f64, ug: [f64; 2]) {
        let after = self.ml + ml;
        if after <= 0.0 {
            return;
        }
        for (concentration, ug) in self.ug_per_ml.iter_mut().zip(ug) {
            *concentration = (*concentration * self.ml + ug) / after;
        }
        self.ml = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pump::GENERIC_PUMP;

    #[test]
    fn perfluoropentane_has_122_and_139_kilopascals_at_35_and_39_degrees() {
        let pump = &GENERIC_PUMP.values;
        // pump.md 4.5: 35 C 122, 39 C 139 (calc).
        assert!((propellant_kpa(pump, 35.0) - 122.0).abs() < 1.0);
        assert!((propellant_kpa(pump, 39.0) - 139.0).abs() < 1.0);
    }
}
