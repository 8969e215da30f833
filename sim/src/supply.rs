//! The battery and its supply line.
//!
//! Terms: *rest* is the voltage between pulses, *droop* what a pulse takes off it for a moment.
//! Charge is counted in whole nanocoulombs, so it does not depend on how a span was cut.
//!
//! Equations:
//! ```text
//! drawn = pulses * energy / 3.0 V + 5 uA * t            V_rest = OCV(drawn / capacity)
//! V_pulse = V_rest - R * q / period - q / C_supply      q = energy / 3.0 V
//! ```
//! While something pulls the supply down, `V_rest` is no more than that level.
//!
//! Source: pump.md 4.6: OCV about 3.2 V, plateau 2.8 V, below 2.6 V in the last tenth (mem M);
//! 10 uC a step, 100 uF, 30 to 100 ohm (design). Quiescent current and capacity are ours (design):
//! 0.71 Ah for the motor and 0.31 Ah at rest make seven years at 0.5 mL/day.

use crate::motor::Train;
use thecal_units::SimTime;

/// Capacity. Unit: nC. 1.1 Ah (design).
const CAPACITY_NC: f64 = 3.96e12;
/// Quiescent drain. Unit: nC/ms, that is uA (design).
const QUIESCENT_NC_PER_MS: u64 = 5;
/// Drawn at 3.0 V, so a third of a microcoulomb a microjoule (design).
const NC_PER_3_UJ: u64 = 1_000;
/// Internal resistance. Unit: ohm (design).
const RESISTANCE_OHM: f64 = 100.0;
/// Supply capacitor. Unit: uF (design).
const CAPACITOR_UF: f64 = 100.0;
/// Open-circuit voltage over depth of discharge: (fraction, V), see the head of this file.
const OCV: [(f64, f64); 5] = [
    (0.0, 3.2),
    (0.2, 2.85),
    (0.85, 2.75),
    (0.9, 2.6),
    (1.0, 2.0),
];

/// Below this supply a pump is held in reset.
///
/// Unit: mV. Source: pump.md 4.6, BOR 2.0 V (design).
pub const BROWN_OUT_MV: u16 = 2_000;

/// What the battery has given to pulses, and what pulls it down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Supply {
    pulse_charge_nc: u64,
    /// The most that the supply can be. Unit: V.
    ceiling_volts: f64,
}

impl Default for Supply {
    fn default() -> Self {
        Self {
            pulse_charge_nc: 0,
            ceiling_volts: f64::INFINITY,
        }
    }
}

impl Supply {
    /// Counts the charge of `pulses`.
    pub(crate) fn draw(&mut self, pulses: u32, energy_uj: u16) {
        self.pulse_charge_nc += u64::from(pulses) * pulse_charge_nc(energy_uj);
    }

    /// The supply is at most this from now on; infinity: nothing pulls it down. Unit: V.
    pub(crate) const fn pull_down(&mut self, ceiling_volts: f64) {
        self.ceiling_volts = ceiling_volts;
    }

    /// The voltage between pulses at `at`, after `more_nc` have gone to pulses to come. Unit: V.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a battery holds far less than 2^53 nC"
    )]
    pub(crate) fn rest_volts(&self, at: SimTime, more_nc: u64) -> f64 {
        let idle_nc = at.as_millis().saturating_mul(QUIESCENT_NC_PER_MS);
        let drawn = self
            .pulse_charge_nc
            .saturating_add(more_nc)
            .saturating_add(idle_nc);
        open_circuit_volts(drawn as f64 / CAPACITY_NC).min(self.ceiling_volts)
    }

    /// The voltage at the bottom of a pulse of `train` at `at`, as `rest_volts`. Unit: V.
    pub(crate) fn pulse_volts(&self, train: &Train, at: SimTime, more_nc: u64) -> f64 {
        (self.rest_volts(at, more_nc) - droop_volts(train)).max(0.0)
    }
}

/// The charge of one pulse. Unit: nC.
pub(crate) fn pulse_charge_nc(energy_uj: u16) -> u64 {
    u64::from(energy_uj) * NC_PER_3_UJ / 3
}

#[expect(clippy::cast_precision_loss, reason = "a pulse is at most 22 mC")]
fn droop_volts(train: &Train) -> f64 {
    let charge_uc = pulse_charge_nc(train.energy_uj) as f64 / 1e3;
    // Many pulses share a period; a single one, or none between, leaves the mean at zero.
    let mean_amperes = if train.pulses > 1 && train.period_us > 0 {
        charge_uc / f64::from(train.period_us)
    } else {
        0.0
    };
    RESISTANCE_OHM * mean_amperes + charge_uc / CAPACITOR_UF
}

/// Below the last point the battery is flat. Unit: V.
fn open_circuit_volts(depth: f64) -> f64 {
    for pair in OCV.windows(2) {
        if let [(from, high), (to, low)] = pair
            && depth < *to
        {
            return high + (low - high) * (depth - from) / (to - from);
        }
    }
    0.0
}

/// A voltage as the pump's converter shows it, rounded down. Unit: mV.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 3200 by OCV"
)]
pub(crate) fn as_millivolts(volts: f64) -> u16 {
    // The small addition keeps 2.8 V from reading 2799 mV.
    (volts * 1e3 + 1e-6) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_battery_rests_at_3_2_volts_and_a_pulse_takes_a_tenth() {
        let supply = Supply::default();
        let fast = Train {
            start: SimTime::ZERO,
            pulses: 100,
            first_delay_us: 0,
            period_us: 18_000,
            energy_uj: 30,
            fired: 0,
        };
        assert_eq!(as_millivolts(supply.rest_volts(SimTime::ZERO, 0)), 3_200);
        // 10 uC over 18 ms is 0.56 mA: 56 mV in 100 ohm, and 100 mV in 100 uF.
        assert_eq!(
            as_millivolts(supply.pulse_volts(&fast, SimTime::ZERO, 0)),
            3_044
        );
    }

    #[test]
    fn the_voltage_never_rises_as_charge_is_drawn() {
        let mut last = f64::INFINITY;
        for step in 0..=120 {
            let volts = open_circuit_volts(f64::from(step) / 100.0);
            assert!(volts <= last);
            last = volts;
        }
        assert!(open_circuit_volts(0.95) < 2.6);
    }
}
