//! Mechanics of the pump: from the motor command to the fluid that enters the catheter.
//!
//! Motor, head, reservoir, supply and the compliant node change only at pulses (counted in
//! integers) and at plant ticks. Between two ticks the pressures, supply and severities used by
//! pulses are constant, so the state at an instant does not depend on where the span before it was
//! cut.
//!
//! Terms: the *anchor* is the step up to which displaced volume has been booked. Volume since then
//! is always one difference of the head's cumulative function. *Pending* fluid has left the
//! reservoir and enters the node at the next tick. The node is well mixed.
//!
//! Equations:
//! ```text
//! V_reservoir = V_anchor - min(V_anchor, V(step) - V(anchor))     an empty reservoir gives nothing
//! peristaltic:  V = V_head (1 + k_in (P_res - P_ref) - k_out P_out) (1 - worn) / (1 + k_in q R)
//! both:         limited by a filter R:  q <= (P_res + P_amb - P_boil) / R
//! valve-gated:  V = V_step min(1, (P_res - P_out) / P_stroke) (1 - worn)
//! constant:     V = 0; the restrictor is a branch of the node
//! ```
//! A flow-activated valve passes its volume under free flow, then stays shut until it is reset by
//! hand; a shut valve passes nothing.
//!
//! Source: pump.md 4.1, 4.2; flow-activated valve pump.md 2 (S28b).

use crate::ambient::Surroundings;
use crate::clock::PumpClock;
use crate::conditions::{BUBBLE_ENTRY_KPA, Conditions};
use crate::config::PlantConfig;
use crate::fault::Faults;
use crate::hydraulics::{Hydraulics, NODE_ML};
use crate::motor::{Load, MotorCommand, Shaft, Train, motor_torque};
use crate::plant_fault::PlantFault;
use crate::pump::{CatheterModel, Drive, PumpModel};
use crate::reservoir::Reservoir;
use crate::supply::{Supply, as_millivolts};
use crate::{TICK, head};
use thecal_units::SimTime;
use thecal_units::real::Volume;

mod held;
mod node;

/// Fluid and the drugs in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Fluid {
    pub(crate) ml: f64,
    pub(crate) ug: [f64; 2],
}

/// Fluid that leaves the node in a tick: ug of each drug, and gas.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Leaving {
    pub(crate) to_fluid: [f64; 2],
    pub(crate) to_pocket: [f64; 2],
    /// What leaked through the septum.
    pub(crate) at_septum: Fluid,
    /// Extra volume displaced by a bubble that expands as it leaves the catheter. Unit: mL.
    pub(crate) gas_ml: f64,
}

/// The mechanical part of the plant. It is small, so a forecast can run on a copy.
#[derive(Clone, Debug)]
pub(crate) struct Mechanics {
    pub(crate) clock: PumpClock,
    pub(crate) shaft: Shaft,
    pub(crate) train: Train,
    pub(crate) supply: Supply,
    pub(crate) hydraulics: Hydraulics,
    pub(crate) reservoir: Reservoir,
    pub(crate) faults: Faults,
    pub(crate) surroundings: Surroundings,
    pub(crate) conditions: Conditions,
    drive: Drive,
    pump: PumpModel,
    catheter: CatheterModel,
    /// Conditions must be recomputed at the next tick.
    stale: bool,
    /// The instant after which nothing changes without an action, and whether the conditions are
    /// from after it.
    settled_at: SimTime,
    is_settled: bool,
    /// When a rotor held by a field is released.
    recovers_at: Option<SimTime>,
    /// When the last pulse of the trains before fired, if one ever did.
    last_pulse_at: Option<SimTime>,
    anchor: u64,
    /// Volume swept by the head up to the anchor; the part of it in this tick, and that at
    /// reference.
    swept_ml: f64,
    tick_swept_ml: f64,
    tick_ml: f64,
    /// Fluid that has left the reservoir up to the anchor.
    drawn: Fluid,
    pending: Fluid,
    node_ug: [f64; 2],
    /// Drug that has decayed in the reservoir.
    pub(crate) decayed_ug: [f64; 2],
    /// Volume pushed back by a kick of the rotor since the last tick.
    kicked_ml: f64,
    gas_in_line_ml: f64,
    gas_pushed_ml: f64,
    free_flow_ml: f64,
    valve_shut: bool,
    held_volts: f64,
    held_factor: f64,
    /// `held_factor` with a clean filter.
    clean_factor: f64,
    /// The most that the filter passes in a tick.
    held_most_ml: f64,
    load: Load,
}

impl Mechanics {
    pub(crate) fn new(config: &PlantConfig, clock: PumpClock, content: [f64; 2]) -> Self {
        let supply = Supply::new(&config.pump);
        let faults = Faults::default();
        let surroundings = Surroundings::default();
        let conditions = Conditions::at(
            SimTime::ZERO,
            &faults,
            &surroundings,
            config.drive,
            &config.pump,
            &config.catheter,
        );
        let second = config
            .second
            .map_or(0.0, |agent| agent.concentration.as_ug_per_ml());
        let strength = [config.agent.concentration.as_ug_per_ml(), second];
        let compliance = conditions.compliance(&config.pump, &config.catheter, 0.0, 0.0);
        let mut mechanics = Self {
            clock,
            shaft: Shaft::new(config.seed),
            train: STOPPED,
            hydraulics: Hydraulics::new(compliance, conditions.branches(0.0, true, 0.0), TICK),
            held_volts: supply.rest_volts(SimTime::ZERO, 0),
            supply,
            reservoir: Reservoir::new(&config.pump, config.fill.as_milliliters(), strength),
            faults,
            surroundings,
            load: Load::new(&config.pump, 1.0, 0.0),
            conditions,
            drive: config.drive,
            pump: config.pump,
            catheter: config.catheter,
            stale: false,
            settled_at: SimTime::ZERO,
            is_settled: true,
            recovers_at: None,
            last_pulse_at: None,
            anchor: 0,
            swept_ml: 0.0,
            tick_swept_ml: 0.0,
            tick_ml: 0.0,
            drawn: Fluid::default(),
            pending: Fluid::default(),
            node_ug: content.map(|concentration| concentration * NODE_ML),
            decayed_ug: [0.0; 2],
            kicked_ml: 0.0,
            gas_in_line_ml: 0.0,
            gas_pushed_ml: 0.0,
            free_flow_ml: 0.0,
            valve_shut: false,
            held_factor: 1.0,
            clean_factor: 1.0,
            held_most_ml: f64::INFINITY,
        };
        mechanics.refresh(SimTime::ZERO);
        mechanics
    }

    /// Executes `command` at `now`. The caller has settled to `now`.
    pub(crate) fn command(&mut self, now: SimTime, command: MotorCommand) {
        match command {
            MotorCommand::Train {
                pulses,
                first_delay_us,
                period_us,
                pulse_energy_uj,
            } => {
                if let Some(last) = self.train.fired.checked_sub(1) {
                    self.last_pulse_at = Some(self.train.instant(&self.clock, last));
                }
                self.train = Train {
                    start: now,
                    pulses,
                    first_delay_us,
                    period_us,
                    energy_uj: pulse_energy_uj,
                    fired: 0,
                };
            }
            MotorCommand::StopNow | MotorCommand::StopAfterStroke => {
                self.train.pulses = self.train.fired;
            }
        }
    }

    /// Fires the pulses due by `to`; returns how many fired, and how many of them before the first
    /// miss.
    pub(crate) fn settle(&mut self, to: SimTime) -> (u32, u32) {
        if self.train.fired == self.train.pulses {
            return (0, 0);
        }
        let due = self.train.due(&self.clock, to);
        let pulses = due - self.train.fired;
        if pulses == 0 {
            return (0, 0);
        }
        let torque = self.torque(self.held_volts);
        let (too_soon, is_first) = self.too_soon(pulses);
        self.train.fired = due;
        let excess = self.hydraulics.excess().as_kilopascals();
        let followed = pulses - too_soon;
        let mut before_miss = self.shaft.drive(followed, torque, &self.load, excess);
        self.shaft.miss(too_soon);
        if is_first {
            before_miss = 0;
        }
        self.supply.draw(pulses, self.train.energy_uj);
        if self.faults.any() {
            self.count_motor_effects();
        }
        (pulses, before_miss)
    }

    /// How many of the next `pulses` come before the rotor can follow, and whether the first of them
    /// does.
    fn too_soon(&self, pulses: u32) -> (u32, bool) {
        let least_us = 1e6 / self.pump.pull_out_per_s;
        let starts = self.train.fired == 0;
        // A train may begin in the middle of the rhythm of the one before.
        let first_is = starts
            && pulses > 0
            && self.last_pulse_at.is_some_and(|last| {
                let gap = self.train.instant(&self.clock, 0).since(last);
                gap.as_secs_f64() * 1e6 < least_us
            });
        let others_are = f64::from(self.train.period_us) < least_us;
        let others = pulses.saturating_sub(u32::from(starts));
        let too_soon = u32::from(first_is) + if others_are { others } else { 0 };
        (too_soon, first_is || (others_are && !starts))
    }

    fn count_motor_effects(&mut self) {
        let added = (self.conditions.friction - 1.0) * self.pump.friction;
        let share = self.supply.coil_share();
        let film_mv = self.supply.film_volts(&self.train) * 1e3;
        self.faults.peak(PlantFault::GearFriction, added * 1e3);
        self.faults.peak(PlantFault::CoilShunt, (1.0 - share) * 1e3);
        self.faults.peak(PlantFault::BatteryFilm, film_mv);
    }

    /// The torque of the train's pulses while the supply rests at `rest_volts`.
    fn torque(&self, rest_volts: f64) -> f64 {
        let volts = (rest_volts - self.supply.droop_volts(&self.train)).max(0.0);
        let coil = self.supply.coil_share();
        motor_torque(self.pump.torque, self.train.energy_uj, volts) * coil
    }

    /// Volume between two angles at reference pressure. Unit: mL.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a run has far fewer than 2^53 steps"
    )]
    fn nominal_ml(&self, from: u64, to: u64) -> f64 {
        match self.drive {
            Drive::Peristaltic => {
                head::displaced(from, to, self.pump.dip_depth) * self.pump.step_nl * 1e-6
            }
            Drive::ValveGated => (to - from) as f64 * self.pump.step_nl * 1e-6,
            Drive::ConstantFlow => 0.0,
        }
    }

    /// Volume swept by the head since the anchor, and its gas and fluid parts. Unit: mL.
    fn since_anchor(&self) -> (f64, f64, f64) {
        if self.anchor == self.shaft.angle {
            return (0.0, 0.0, 0.0);
        }
        let open = self.nominal_ml(self.anchor, self.shaft.angle) * self.held_factor;
        let swept = open.min(self.held_most_ml - self.tick_swept_ml);
        let gas = swept.min(self.reservoir.gas_ml);
        (swept, gas, (swept - gas).min(self.reservoir.ml))
    }

    /// Books the displaced volume and moves the anchor to the shaft.
    fn book(&mut self) {
        let (swept_ml, gas_ml, ml) = self.since_anchor();
        let ug = self.reservoir.drugs_in(ml);
        self.tick_ml += self.nominal_ml(self.anchor, self.shaft.angle);
        self.anchor = self.shaft.angle;
        self.swept_ml += swept_ml;
        self.tick_swept_ml += swept_ml;
        self.reservoir.ml -= ml;
        self.drawn.ml += ml + gas_ml;
        self.pending.ml += ml + gas_ml;
        add(&mut self.drawn.ug, ug);
        add(&mut self.pending.ug, ug);
        self.draw_gas(gas_ml);
    }

    /// Moves gas from the reservoir into the line.
    fn draw_gas(&mut self, gas_ml: f64) {
        if gas_ml > 0.0 {
            self.reservoir.gas_ml -= gas_ml;
            self.gas_in_line_ml += gas_ml;
            self.gas_pushed_ml = 0.0;
            self.stale = true;
            self.faults.add(PlantFault::AirBubble, gas_ml * 1e6);
        }
    }

    /// A field turns the rotor back and holds it until [`Self::recover`].
    pub(crate) fn seize(&mut self) {
        self.book();
        let (to, from) = self.shaft.kick_back();
        self.kicked_ml += self.nominal_ml(to, from) * self.held_factor;
        self.anchor = to;
        self.shaft.held = true;
        self.recovers_at = None;
    }

    /// Releases the rotor at the first tick from `at` on.
    pub(crate) fn recover(&mut self, at: SimTime) {
        if self.shaft.held {
            self.recovers_at = Some(at);
        }
    }

    /// Withdraws `withdrawn` (`None`: all) from the reservoir and fills it; returns the fluid
    /// withdrawn.
    pub(crate) fn refill(&mut self, withdrawn: Option<Volume>, filled: Fluid) -> Fluid {
        self.book();
        let reservoir = &mut self.reservoir;
        let out_ml = withdrawn.map_or(reservoir.ml, |volume| {
            volume.as_milliliters().min(reservoir.ml)
        });
        let out = Fluid {
            ml: out_ml,
            ug: reservoir.drugs_in(out_ml),
        };
        reservoir.ml -= out_ml;
        reservoir.take_back(filled.ml, filled.ug);
        // If the reservoir is open to the node, its new pressure applies from the next tick on.
        self.stale = true;
        out
    }

    /// Adds a bubble before the head.
    pub(crate) fn add_gas(&mut self, ml: f64) {
        self.book();
        self.reservoir.gas_ml += ml;
    }

    /// Opens the flow-activated valve.
    pub(crate) fn reset_flow_valve(&mut self) {
        self.valve_shut = false;
        self.free_flow_ml = 0.0;
        self.stale = true;
    }

    /// Content of the reservoir now, without gas.
    pub(crate) fn content(&self) -> Fluid {
        let ml = self.reservoir.ml - self.since_anchor().2;
        Fluid {
            ml,
            ug: self.reservoir.drugs_in(ml),
        }
    }

    /// Gas before the head now. Unit: mL.
    pub(crate) fn gas_ml(&self) -> f64 {
        self.reservoir.gas_ml - self.since_anchor().1
    }

    /// Fluid that has left the reservoir up to now, including gas.
    pub(crate) fn drawn(&self) -> Fluid {
        let (_, gas_ml, ml) = self.since_anchor();
        let mut drawn = self.drawn;
        drawn.ml += ml + gas_ml;
        add(&mut drawn.ug, self.reservoir.drugs_in(ml));
        drawn
    }

    /// Fluid that has left the reservoir and not yet entered the line; stored fluid counts from
    /// rest.
    pub(crate) fn before_line(&self) -> Fluid {
        let (_, gas_ml, ml) = self.since_anchor();
        let stored_ml = self.stored_ml();
        let mut waiting = self.pending;
        waiting.ml += ml + gas_ml + stored_ml;
        add(&mut waiting.ug, self.reservoir.drugs_in(ml));
        add(&mut waiting.ug, self.node_ug);
        waiting
    }

    /// Volume swept by the head up to now, fluid or not.
    pub(crate) fn swept(&self) -> Volume {
        Volume::from_milliliters(self.swept_ml + self.since_anchor().0)
    }

    /// Whether a flow-activated valve has shut.
    pub(crate) const fn is_valve_shut(&self) -> bool {
        self.valve_shut
    }

    /// The voltage at the bottom of the train's last fired pulse. Unit: V.
    pub(crate) fn last_pulse_volts(&self) -> Option<f64> {
        let last = self.train.fired.checked_sub(1)?;
        let at = self.train.instant(&self.clock, last);
        Some(self.supply.pulse_volts(&self.train, at, 0))
    }

    /// Whether the supply surely stays at or above this level up to `until`, pulses included.
    pub(crate) fn keeps_supply_until(&self, until: SimTime, threshold_mv: u16) -> bool {
        let weakened = [
            PlantFault::BatteryFilm,
            PlantFault::CoilShunt,
            PlantFault::LeakageCurrent,
        ];
        if weakened.iter().any(|fault| self.faults.is_active(*fault)) {
            return false;
        }
        let train = &self.train;
        let due = train.due(&self.clock, until).max(train.fired);
        let charge_nc = u64::from(due - train.fired) * self.supply.pulse_charge_nc(train.energy_uj);
        as_millivolts(self.supply.pulse_volts(train, until, charge_nc)) >= threshold_mv
    }

    /// Whether the held values stay constant until the next action from outside.
    pub(crate) const fn is_steady(&self) -> bool {
        !self.stale && self.is_settled && self.recovers_at.is_none()
    }

    /// Whether no steps are lost at random.
    pub(crate) const fn misses_by_no_chance(&self) -> bool {
        !self.load.is_random()
    }

    /// Whether no pulse of the train can miss for lack of torque, or by coming too soon, up to `until`.
    /// Compares the
    /// largest load at the highest pressure that the train can build up with the lowest supply
    /// until then.
    pub(crate) fn has_torque_until(&self, until: SimTime) -> bool {
        let train = &self.train;
        let due = train.due(&self.clock, until).max(train.fired);
        if self.too_soon(due - train.fired).0 > 0 {
            return false;
        }
        let charge_nc = u64::from(due - train.fired) * self.supply.pulse_charge_nc(train.energy_uj);
        let lowest_volts = self
            .supply
            .rest_volts(until, charge_nc)
            .min(self.held_volts);
        // A fast crystal fits at most a tenth more pulses into a tick.
        let per_tick = TICK.as_millis() * 1_100 / u64::from(train.period_us.max(1)) + 1;
        let per_tick = per_tick.min(u64::from(train.pulses));
        let most_ml =
            head::most_displaced(per_tick, self.pump.dip_depth) * self.pump.step_nl * 1e-6;
        // A step moves at most 1.5 times its nominal volume. Volume pending for the next tick may
        // come from a faster train.
        let waits_ml = self.pending.ml + self.since_anchor().0;
        let flow = (1.5 * most_ml + waits_ml) / TICK.as_secs_f64();
        // A bubble drawn later will need pressure to move. While there is one, its compliance is that of
        // the pressure before: a tick may overshoot by what the walls take up of its volume.
        let has_gas = self.reservoir.gas_ml > 0.0 || self.gas_in_line_ml > 0.0;
        let bubble_kpa = if has_gas {
            BUBBLE_ENTRY_KPA + flow * TICK.as_secs_f64() / self.pump.compliance_ml_per_kpa
        } else {
            0.0
        };
        let highest_kpa = self
            .hydraulics
            .excess()
            .as_kilopascals()
            .max(self.hydraulics.settled_kpa(flow) + bubble_kpa);
        self.load.peak(highest_kpa) <= self.torque(lowest_volts)
    }
}

fn add(to: &mut [f64; 2], more: [f64; 2]) {
    to[0] += more[0];
    to[1] += more[1];
}

const STOPPED: Train = Train {
    start: SimTime::ZERO,
    pulses: 0,
    first_delay_us: 0,
    period_us: 0,
    energy_uj: 0,
    fired: 0,
};
