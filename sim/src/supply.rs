//! The battery and its supply line.
//!
//! Terms: *rest* is the voltage between pulses, *droop* the momentary drop at a pulse, *film* a
//! resistive layer that grows in the battery, *shunt* a current path past the motor. Charge is
//! counted in whole nanocoulombs, so it does not depend on where a span was cut.
//!
//! Equations:
//! ```text
//! drawn = sum of q + I_rest t + sum of leakage
//! V_rest = min(OCV(drawn / capacity), aged(t / life))      a battery ages whatever it gives
//! q = energy / 3.0 V * (1 + R_coil / R_shunt)
//! V_pulse = V_rest - (R + R_film) * q / period - q / C_supply
//! ```
//! While the supply is pulled down, `V_rest` is at most that level.
//!
//! Source: pump.md 4.6: OCV about 3.2 V, plateau 2.8 V, below 2.6 V in the last tenth (mem M);
//! 10 uC a step, 100 uF, 30 to 100 ohm (design), film 500 to 1500 ohm. Coil: ours (design).

use crate::motor::Train;
use crate::pump::PumpModel;
use thecal_units::SimTime;

/// Charge per 3 uJ at 3.0 V (design). Unit: nC.
const NC_PER_3_UJ: u64 = 1_000;
/// Resistance of the motor's coil. Unit: ohm. Source: ours (design).
const COIL_OHM: f64 = 1_000.0;
/// The least resting voltage from which the trains of a pump do not reset it: 2.0 V and the droop of a
/// train (pump.md 4.6, design). Unit: V.
const FEEDS_V: f64 = 2.4;
/// A year of 365.25 days. Unit: ms.
const MS_PER_YEAR: f64 = 365.25 * 86_400_000.0;
/// Open-circuit voltage over depth of discharge: (fraction, V), see the head of this file.
const OCV: [(f64, f64); 5] = [
    (0.0, 3.2),
    (0.2, 2.85),
    (0.85, 2.75),
    (0.9, 2.6),
    (1.0, 2.0),
];

/// The most that an aged battery has, over its share of life: (fraction, V). Its last fifth falls as
/// that of a discharged one. Source: ours (assume); before that age shows in nothing.
const AGED: [(f64, f64); 4] = [(0.8, 3.2), (0.85, 2.75), (0.9, 2.6), (1.0, 2.0)];

/// Below this supply a pump is held in reset.
///
/// Unit: mV. Source: pump.md 4.6, BOR 2.0 V (design).
pub const BROWN_OUT_MV: u16 = 2_000;

/// Charge drawn by pulses, and the limit of a pull-down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Supply {
    pulse_charge_nc: u64,
    /// Upper limit of the supply. Unit: V.
    ceiling_volts: f64,
    capacity_nc: f64,
    /// nC per millisecond is uA.
    quiescent_ua: f64,
    /// Charge lost to leakage currents up to an instant, and the current since then.
    leaked_nc: f64,
    leaks_since: SimTime,
    leakage_ua: f64,
    life_ms: f64,
    resistance_ohm: f64,
    capacitor_uf: f64,
    pub(crate) film_ohm: f64,
    pub(crate) shunt_ohm: f64,
}

impl Supply {
    pub(crate) fn new(pump: &PumpModel) -> Self {
        Self {
            pulse_charge_nc: 0,
            ceiling_volts: f64::INFINITY,
            capacity_nc: pump.battery_ah * 3_600e9,
            quiescent_ua: pump.quiescent_ua,
            leaked_nc: 0.0,
            leaks_since: SimTime::ZERO,
            leakage_ua: 0.0,
            life_ms: pump.battery_years * MS_PER_YEAR,
            resistance_ohm: pump.battery_ohm,
            capacitor_uf: pump.capacitor_uf,
            film_ohm: 0.0,
            shunt_ohm: f64::INFINITY,
        }
    }

    /// Counts the charge of `pulses`.
    pub(crate) fn draw(&mut self, pulses: u32, energy_uj: u16) {
        self.pulse_charge_nc += u64::from(pulses) * self.pulse_charge_nc(energy_uj);
    }

    /// From `at` on this current leaks. Unit: uA. Call at ticks only.
    pub(crate) fn leak(&mut self, microamperes: f64, at: SimTime) {
        self.leaked_nc = self.leaked_nc(at);
        (self.leaks_since, self.leakage_ua) = (at, microamperes);
    }

    fn leaked_nc(&self, at: SimTime) -> f64 {
        let leaks_ms = at.since(self.leaks_since).as_secs_f64() * 1e3;
        self.leaked_nc + self.leakage_ua * leaks_ms
    }

    /// Limits the supply from now on; infinity removes the limit. Unit: V.
    pub(crate) const fn pull_down(&mut self, ceiling_volts: f64) {
        self.ceiling_volts = ceiling_volts;
    }

    /// The charge of one pulse. Unit: nC.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a pulse is at most 22 mC, times 1000 through a shunt"
    )]
    pub(crate) fn pulse_charge_nc(&self, energy_uj: u16) -> u64 {
        let charge = u64::from(energy_uj) * NC_PER_3_UJ / 3;
        if self.shunt_ohm.is_infinite() {
            return charge;
        }
        (charge as f64 * (1.0 + COIL_OHM / self.shunt_ohm)) as u64
    }

    /// The share of a pulse's energy that reaches the coil. Range: 0 to 1.
    pub(crate) fn coil_share(&self) -> f64 {
        if self.shunt_ohm.is_infinite() {
            1.0
        } else {
            self.shunt_ohm / (self.shunt_ohm + COIL_OHM)
        }
    }

    /// The voltage between pulses at `at`, after `more_nc` have been drawn by future pulses. Unit:
    /// V.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a battery holds far less than 2^53 nC"
    )]
    pub(crate) fn rest_volts(&self, at: SimTime, more_nc: u64) -> f64 {
        let in_service_ms = at.as_millis() as f64;
        let drawn = self.own_nc(at, more_nc) + self.leaked_nc(at);
        let charged = open_circuit_volts(drawn / self.capacity_nc);
        let aged = aged_volts(in_service_ms / self.life_ms);
        charged.min(aged).min(self.ceiling_volts)
    }

    /// What the pump itself has drawn. Unit: nC.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a battery holds far less than 2^53 nC"
    )]
    fn own_nc(&self, at: SimTime, more_nc: u64) -> f64 {
        let pulses_nc = self.pulse_charge_nc.saturating_add(more_nc);
        pulses_nc as f64 + at.as_millis() as f64 * self.quiescent_ua
    }

    /// Whether the charge that has leaked makes the difference between a battery that feeds a train of pulses
    /// and one that does not.
    pub(crate) fn is_spent_by_leakage(&self, at: SimTime) -> bool {
        let own = self.own_nc(at, 0);
        let volts = |drawn: f64| open_circuit_volts(drawn / self.capacity_nc);
        volts(own + self.leaked_nc(at)) < FEEDS_V && FEEDS_V <= volts(own)
    }

    /// The most that the battery has at this age, whatever was drawn. Unit: V.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a life is far less than 2^53 ms"
    )]
    pub(crate) fn aged_volts(&self, at: SimTime) -> f64 {
        aged_volts(at.as_millis() as f64 / self.life_ms)
    }

    /// The voltage at the bottom of a pulse of `train` at `at`, as `rest_volts`. Unit: V.
    pub(crate) fn pulse_volts(&self, train: &Train, at: SimTime, more_nc: u64) -> f64 {
        (self.rest_volts(at, more_nc) - self.droop_volts(train)).max(0.0)
    }

    /// How far a pulse pulls the supply down. Unit: V.
    pub(crate) fn droop_volts(&self, train: &Train) -> f64 {
        let charge_uc = self.charge_uc(train);
        let resistance = self.resistance_ohm + self.film_ohm;
        resistance * self.mean_amperes(train) + charge_uc / self.capacitor_uf
    }

    /// Voltage drop of the film alone at a pulse. Unit: V.
    pub(crate) fn film_volts(&self, train: &Train) -> f64 {
        self.film_ohm * self.mean_amperes(train)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a pulse is at most 22 mC, see above"
    )]
    fn charge_uc(&self, train: &Train) -> f64 {
        self.pulse_charge_nc(train.energy_uj) as f64 / 1e3
    }

    /// Mean current of many pulses with one period; zero for a single pulse. Pulses at once count as
    /// one each microsecond.
    fn mean_amperes(&self, train: &Train) -> f64 {
        if train.pulses > 1 {
            self.charge_uc(train) / f64::from(train.period_us.max(1))
        } else {
            0.0
        }
    }
}

/// Of a discharged battery. Unit: V.
fn open_circuit_volts(depth: f64) -> f64 {
    falling(&OCV, depth)
}

/// The most that a battery of this age has. Unit: V.
fn aged_volts(share: f64) -> f64 {
    if share < AGED[0].0 {
        f64::INFINITY
    } else {
        falling(&AGED, share)
    }
}

/// The voltage along a curve; beyond its last point the battery is empty. Unit: V.
fn falling(curve: &[(f64, f64)], at: f64) -> f64 {
    for pair in curve.windows(2) {
        if let [(from, high), (to, low)] = pair
            && at < *to
        {
            return high + (low - high) * (at - from) / (to - from);
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
    // The small offset keeps 2.8 V from reading 2799 mV.
    (volts * 1e3 + 1e-6) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pump::GENERIC_PUMP;

    fn fast() -> Train {
        Train {
            start: SimTime::ZERO,
            pulses: 100,
            first_delay_us: 0,
            period_us: 18_000,
            energy_uj: 30,
            fired: 0,
        }
    }

    #[test]
    fn a_fresh_battery_rests_at_3_2_volts_and_a_pulse_takes_a_tenth() {
        let supply = Supply::new(&GENERIC_PUMP.values);
        assert_eq!(as_millivolts(supply.rest_volts(SimTime::ZERO, 0)), 3_200);
        // 10 uC over 18 ms is 0.56 mA: 56 mV in 100 ohm, and 100 mV in 100 uF.
        assert_eq!(
            as_millivolts(supply.pulse_volts(&fast(), SimTime::ZERO, 0)),
            3_044
        );
    }

    #[test]
    fn a_shunt_takes_the_coils_energy_and_the_batterys_charge() {
        let mut supply = Supply::new(&GENERIC_PUMP.values);
        supply.shunt_ohm = 1_000.0;
        assert_eq!(supply.pulse_charge_nc(30), 20_000);
        assert!((supply.coil_share() - 0.5).abs() < 1e-15);
        supply.shunt_ohm = 50.0;
        // 210 uC out of 100 uF is 2.1 V: every pump browns out.
        assert!(supply.pulse_volts(&fast(), SimTime::ZERO, 0) < 1.1);
    }

    #[test]
    fn a_battery_is_spent_by_leakage_only_where_its_own_charge_would_do() {
        let mut supply = Supply::new(&GENERIC_PUMP.values);
        let day = SimTime::from_millis(86_400_000);
        assert!(!supply.is_spent_by_leakage(day), "nothing has leaked");
        // What is left of the battery, but 1 %.
        let left = supply.capacity_nc * 0.99 - supply.own_nc(day, 0);
        supply.leak(left / 86_400_000.0, SimTime::ZERO);
        supply.leak(0.0, day);
        let later = SimTime::from_millis(2 * 86_400_000);
        assert!(supply.is_spent_by_leakage(later), "also after the current");
        supply.pulse_charge_nc = 1 << 52;
        assert!(!supply.is_spent_by_leakage(later), "the pump did it too");
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
