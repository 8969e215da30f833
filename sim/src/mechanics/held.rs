//! Values that the mechanics hold constant between ticks, computed at each tick from the
//! conditions: pressures, loads, the volume of a step, the supply.

use super::Mechanics;
use crate::TICK;
use crate::ambient::LYING_KPA;
use crate::conditions::{BOILING_KPA, Conditions};
use crate::motor::Load;
use crate::plant_fault::PlantFault;
use crate::pump::Drive;
use crate::reservoir::reference_gauge_kpa;
use thecal_units::SimTime;

impl Mechanics {
    /// Computes the values held until the next tick.
    pub(super) fn hold(&mut self, at: SimTime) {
        self.held_volts = self.supply.rest_volts(at, 0);
        if self
            .recovers_at
            .is_some_and(|recovers_at| recovers_at <= at)
        {
            self.recovers_at = None;
            self.shaft.held = false;
        }
        if self.stale || !self.is_settled {
            self.stale = false;
            self.is_settled = at >= self.settled_at;
            self.refresh(at);
            return;
        }
        let gauge_kpa = self.gauge_kpa();
        if self.conditions.from_reservoir > 0.0 || self.gas_in_line_ml > 0.0 {
            self.join(gauge_kpa);
        }
        self.hold_volume(gauge_kpa);
    }

    /// Marks the conditions for recomputing; they may change until `until`.
    pub(crate) fn unsettle(&mut self) {
        self.stale = true;
        self.settled_at = self.faults.settled_at().max(self.surroundings.settled_at());
    }

    pub(super) fn refresh(&mut self, at: SimTime) {
        self.conditions = Conditions::at(
            at,
            &self.faults,
            &self.surroundings,
            self.drive,
            &self.pump,
            &self.catheter,
        );
        self.reservoir.warm(&self.pump, self.conditions.celsius);
        self.supply.film_ohm = self.conditions.film_ohm;
        self.supply.shunt_ohm = self.conditions.shunt_ohm;
        self.load = Load::new(
            &self.pump,
            self.conditions.friction,
            self.conditions.lost_steps,
        );
        if self.drive != Drive::Peristaltic {
            self.load = self.load.of_a_valve();
        }
        let gauge_kpa = self.gauge_kpa();
        let (conditions, pump) = (&self.conditions, &self.pump);
        let sound_kpa = |capacity_ml, lost| {
            self.reservoir
                .gauge_kpa(pump, capacity_ml, conditions.ambient_kpa, lost)
        };
        if conditions.lost > 0.0 {
            let lost_pa = (sound_kpa(self.capacity_ml(), 0.0) - gauge_kpa) * 1e3;
            self.faults.peak(PlantFault::PropellantLoss, lost_pa);
        }
        if conditions.capacity_lost > 0.0 {
            let added_pa = (gauge_kpa - sound_kpa(pump.capacity_ml, conditions.lost)) * 1e3;
            self.faults.peak(PlantFault::CapacityLoss, added_pa);
        }
        self.join(gauge_kpa);
        self.hold_volume(gauge_kpa);
    }

    fn join(&mut self, gauge_kpa: f64) {
        let gas_ml = self.gas_in_line_ml;
        let compliance =
            self.conditions
                .compliance(&self.pump, &self.catheter, gas_ml, self.stored_ml());
        let branches = self.conditions.branches(gauge_kpa, self.valve_shut, gas_ml);
        self.hydraulics.join(compliance, branches);
    }

    /// The reservoir's pressure above ambient. Unit: kPa.
    pub(crate) fn gauge_kpa(&self) -> f64 {
        let (conditions, capacity_ml) = (&self.conditions, self.capacity_ml());
        let ambient_kpa = conditions.ambient_kpa;
        self.reservoir
            .gauge_kpa(&self.pump, capacity_ml, ambient_kpa, conditions.lost)
    }

    /// What the reservoir can hold. Unit: mL.
    pub(crate) fn capacity_ml(&self) -> f64 {
        // A reservoir without any capacity would have no pressure.
        self.pump.capacity_ml * (1.0 - self.conditions.capacity_lost).max(1e-3)
    }

    /// Volume stored by compliance. Unit: mL.
    pub(super) fn stored_ml(&self) -> f64 {
        self.hydraulics.stored().as_milliliters()
    }

    /// Computes the volume of a step until the next tick, and what the filter passes.
    fn hold_volume(&mut self, gauge_kpa: f64) {
        let (pump, conditions) = (&self.pump, &self.conditions);
        let excess_kpa = self.hydraulics.excess().as_kilopascals();
        let flow = self.tick_ml / TICK.as_secs_f64();
        (self.tick_ml, self.tick_swept_ml) = (0.0, 0.0);
        let kept = (1.0 - conditions.worn) * self.reservoir.fade(pump);
        (self.held_factor, self.clean_factor) = match self.drive {
            Drive::ConstantFlow => (0.0, 0.0),
            Drive::ValveGated if self.valve_shut => (0.0, 0.0),
            Drive::ValveGated => {
                let across = gauge_kpa - excess_kpa - LYING_KPA;
                let factor = (across / pump.stroke_kpa).clamp(0.0, 1.0) * kept;
                (factor, factor)
            }
            Drive::Peristaltic => {
                let above = gauge_kpa - reference_gauge_kpa(pump);
                let elastic = 1.0 + pump.fill_per_kpa * above - pump.back_per_kpa * excess_kpa;
                let starved = 1.0 + pump.fill_per_kpa * flow * conditions.filter;
                let clean = conditions.filter / conditions.clog;
                let starved_if_clean = 1.0 + pump.fill_per_kpa * flow * clean;
                let full = elastic.clamp(0.0, 1.5) * kept;
                (full / starved, full / starved_if_clean)
            }
        };
        let drop_kpa = (gauge_kpa + conditions.ambient_kpa - BOILING_KPA).max(0.0);
        self.held_most_ml = if conditions.filter > 0.0 {
            drop_kpa / conditions.filter * TICK.as_secs_f64()
        } else {
            f64::INFINITY
        };
    }

    /// Holds the supply at its value at `now` until the next tick.
    pub(crate) fn hold_supply(&mut self, now: SimTime) {
        self.held_volts = self.supply.rest_volts(now, 0);
    }
}
