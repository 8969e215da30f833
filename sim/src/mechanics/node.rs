//! Fluid tick of the pump: adds the displaced volume and the free flow, mixes them in the node, and
//! distributes the result to catheter, pocket and reservoir.

use super::{Fluid, Leaving, Mechanics, add};
use crate::TICK;
use crate::hydraulics::{NODE_ML, Passed};
use crate::line::dead_volume;
use crate::paths::Shares;
use crate::plant_fault::PlantFault;
use crate::pump::Drive;
use thecal_units::{Millis, SimTime};

impl Mechanics {
    /// The tick: pending volume enters the node; returns the volumes that passed its branches.
    pub(crate) fn pass(&mut self) -> Passed {
        self.book();
        let in_ml = self.pending.ml - self.kicked_ml;
        let is_free = self.hydraulics.free_ml_per_s() > self.pump.flow_valve_ml_per_s;
        let available = self.available_ml(is_free);
        let room = (self.capacity_ml() - self.reservoir.ml).max(0.0);
        let passed = self.hydraulics.step(in_ml, available, room);
        if self.conditions.valves_open && is_free {
            self.free_flow_ml += passed.from_reservoir;
            let whole = self.pump.flow_valve_ml;
            self.valve_shut |= self.free_flow_ml >= whole * (1.0 - 1e-9);
            self.stale |= self.valve_shut;
        }
        passed
    }

    /// The most that can flow from the reservoir without the head, gas first. Unit: mL.
    fn available_ml(&self, is_free: bool) -> f64 {
        let there = self.reservoir.ml + self.reservoir.gas_ml;
        if self.conditions.valves_open && is_free {
            let left = self.pump.flow_valve_ml - self.free_flow_ml;
            there.min(left.max(0.0))
        } else {
            there
        }
    }

    /// Mixes the inflow in the node, including `back_ug` from the catheter, and distributes it;
    /// then computes the conditions for the next tick.
    pub(crate) fn mix(&mut self, at: SimTime, passed: &Passed, back_ug: [f64; 2]) -> Leaving {
        let pending = core::mem::take(&mut self.pending);
        let kicked_ml = core::mem::take(&mut self.kicked_ml);
        let run_ml = passed.from_reservoir.max(0.0);
        let run_gas_ml = run_ml.min(self.reservoir.gas_ml);
        let run_fluid_ml = run_ml - run_gas_ml;
        let returned_ml = kicked_ml - passed.from_reservoir.min(0.0);
        let leaves_ml = passed.to_fluid.max(0.0) + passed.to_pocket.max(0.0) + returned_ml;
        let stays_ml = (NODE_ML + self.hydraulics.stored().as_milliliters()).max(0.0);
        let per_ml = 1.0 / (leaves_ml + stays_ml).max(f64::MIN_POSITIVE);
        let mut leaving = Leaving::default();
        let mut returned = [0.0; 2];
        for agent in 0..2 {
            let run_ug = run_fluid_ml * self.reservoir.ug_per_ml[agent];
            let all = self.node_ug[agent] + pending.ug[agent] + run_ug + back_ug[agent];
            leaving.to_fluid[agent] = all * (passed.to_fluid.max(0.0) * per_ml).min(1.0);
            leaving.to_pocket[agent] = all * (passed.to_pocket.max(0.0) * per_ml).min(1.0);
            returned[agent] = all * (returned_ml * per_ml).min(1.0);
            let left = leaving.to_fluid[agent] + leaving.to_pocket[agent] + returned[agent];
            self.node_ug[agent] = (all - left).max(0.0);
            self.drawn.ug[agent] += run_ug - returned[agent];
        }
        self.reservoir.ml = (self.reservoir.ml - run_fluid_ml).max(0.0);
        self.draw_gas(run_gas_ml);
        self.drawn.ml += run_ml - returned_ml;
        if returned_ml > 0.0 {
            self.reservoir.take_back(returned_ml, returned);
        }
        leaving.gas_ml = self.push_gas(passed);
        self.leak_at_septum(&mut leaving);
        self.age();
        self.count_effects(passed);
        self.hold(at);
        self.supply.leak(self.conditions.leakage_ua, at);
        leaving
    }

    /// What leaks through the septum into the pocket in the tick.
    fn leak_at_septum(&mut self, leaving: &mut Leaving) {
        if self.conditions.from_septum <= 0.0 {
            return;
        }
        // The pocket has ambient pressure (assume); it does not flow back through a septum.
        let flow = self.conditions.from_septum * self.gauge_kpa().max(0.0);
        let ml = (flow * TICK.as_secs_f64()).min(self.reservoir.ml);
        let ug = self.reservoir.drugs_in(ml);
        self.reservoir.ml -= ml;
        self.drawn.ml += ml;
        add(&mut self.drawn.ug, ug);
        leaving.at_septum = Fluid { ml, ug };
        self.faults.add(PlantFault::SeptumLeak, ml * 1e6);
    }

    /// Drug has decayed over the tick that ends now, and current leaked.
    fn age(&mut self) {
        let (decay, leakage_ua) = (self.conditions.decay, self.conditions.leakage_ua);
        if decay > 0.0 {
            let ticks = Millis::DAY.as_secs_f64() / TICK.as_secs_f64();
            let share = -libm::expm1(libm::log1p(-decay) / ticks);
            let lost = self.reservoir.decay(share);
            add(&mut self.decayed_ug, lost);
            self.faults
                .add(PlantFault::DrugDecay, (lost[0] + lost[1]) * 1e3);
        }
        if leakage_ua > 0.0 {
            let lost_uc = leakage_ua * TICK.as_secs_f64();
            self.faults.add(PlantFault::LeakageCurrent, lost_uc);
        }
    }

    /// Counts what left the tip beside the fluid. Unit: mL.
    pub(crate) fn count_beside(&mut self, ml: f64, shares: Shares) {
        if ml > 0.0 {
            let nl = ml * 1e6;
            let kept = nl * shares.by_granuloma;
            self.faults.add(PlantFault::Granuloma, kept);
            self.faults.add(PlantFault::TipDisplaced, nl - kept);
        }
    }

    /// Advances a bubble in the line; returns its expansion when it leaves.
    fn push_gas(&mut self, passed: &Passed) -> f64 {
        if self.gas_in_line_ml > 0.0 {
            self.gas_pushed_ml += passed.to_fluid;
            let whole = dead_volume(&self.pump, &self.catheter).as_milliliters();
            if self.gas_pushed_ml >= whole {
                self.gas_in_line_ml = 0.0;
                self.stale = true;
                let without = self
                    .conditions
                    .compliance(&self.pump, &self.catheter, 0.0, 0.0);
                return self.hydraulics.let_go(without);
            }
        }
        0.0
    }

    fn count_effects(&mut self, passed: &Passed) {
        if !self.faults.any() {
            return;
        }
        let (conditions, faults) = (&self.conditions, &mut self.faults);
        let past_nl = passed.from_reservoir * 1e6;
        match self.drive {
            Drive::Peristaltic => faults.add_either_way(PlantFault::RollerLeak, past_nl),
            Drive::ValveGated => faults.add_either_way(PlantFault::OpenValves, past_nl),
            // Its volume is the passed flow.
            Drive::ConstantFlow => {}
        }
        let lost_nl = passed.to_pocket.max(0.0) * 1e6;
        let at_tear = conditions.paths.shares.at_tear;
        faults.add(PlantFault::CatheterLeak, lost_nl * (1.0 - at_tear));
        faults.add(PlantFault::CatheterTear, lost_nl * at_tear);
        faults.add(PlantFault::TubeWear, self.tick_ml * conditions.worn * 1e6);
        let not_moved = if self.drive == Drive::ConstantFlow {
            passed.from_reservoir.max(0.0) * (conditions.clog - 1.0)
        } else {
            let clean_ml = self.tick_ml * self.clean_factor;
            let clean_ml = clean_ml.min(self.held_most_ml * conditions.clog);
            (clean_ml - self.tick_swept_ml).max(0.0)
        };
        faults.add(PlantFault::FilterClog, not_moved * 1e6);
        let across_kpa = self.hydraulics.across_kpa();
        for (fault, share) in conditions.paths.narrowed {
            faults.peak(fault, across_kpa * share * 1e3);
        }
    }
}
