//! Everything between a motor command and the fluid that enters the catheter.
//!
//! Motor, head, reservoir, supply and the elastic node change only at pulses (counted in
//! integers) and at plant ticks. Between two ticks the pressure and the supply that a pulse meets
//! are held, so the state at an instant does not depend on how the way there was cut.
//!
//! Terms: the *anchor* is the step up to which displaced volume has been booked. Volume since
//! then is always one difference of the head's cumulative function. *Pending* has left the
//! reservoir and enters the catheter at the next tick.
//!
//! Equations: `V_reservoir = V_anchor - min(V_anchor, V(step) - V(anchor))`. An empty reservoir
//! gives nothing, whatever the head sweeps.

use crate::clock::PumpClock;
use crate::hydraulics::Hydraulics;
use crate::motor::{MotorCommand, Shaft, Train, motor_torque, peak_load};
use crate::supply::{Supply, pulse_charge_nc};
use crate::{TICK, head};
use thecal_units::SimTime;
use thecal_units::real::{Concentration, Mass, Volume};

/// Fluid and the drug in it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fluid {
    pub(crate) ml: f64,
    pub(crate) ug: f64,
}

/// The mechanical part of the plant. It is small, so a forecast can run on a copy.
#[derive(Clone, Debug)]
pub(crate) struct Mechanics {
    pub(crate) clock: PumpClock,
    pub(crate) shaft: Shaft,
    pub(crate) train: Train,
    pub(crate) supply: Supply,
    pub(crate) hydraulics: Hydraulics,
    reservoir_ml: f64,
    reservoir_ug_per_ml: f64,
    anchor: u64,
    /// What the head has swept up to the anchor.
    swept_ml: f64,
    /// What has left the reservoir up to the anchor.
    drawn: Fluid,
    pending: Fluid,
    node_ug: f64,
    held_volts: f64,
    held_factor: f64,
}

impl Mechanics {
    pub(crate) fn new(
        clock: PumpClock,
        hydraulics: Hydraulics,
        fill: Volume,
        concentration: Concentration,
    ) -> Self {
        let supply = Supply::default();
        Self {
            clock,
            shaft: Shaft::default(),
            train: STOPPED,
            supply,
            hydraulics,
            reservoir_ml: fill.as_milliliters(),
            reservoir_ug_per_ml: concentration.as_ug_per_ml(),
            anchor: 0,
            swept_ml: 0.0,
            drawn: Fluid::default(),
            pending: Fluid::default(),
            node_ug: 0.0,
            held_volts: supply.rest_volts(SimTime::ZERO, 0),
            held_factor: 1.0,
        }
    }

    /// Obeys `command` at `now`. The caller has settled to `now`.
    pub(crate) fn command(&mut self, now: SimTime, command: MotorCommand) {
        match command {
            MotorCommand::Train {
                pulses,
                first_delay_us,
                period_us,
                pulse_energy_uj,
            } => {
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

    /// Fires the pulses due by `to`; gives how many.
    pub(crate) fn settle(&mut self, to: SimTime) -> u32 {
        if self.train.fired == self.train.pulses {
            return 0;
        }
        let due = self.train.due(&self.clock, to);
        let pulses = due - self.train.fired;
        if pulses > 0 {
            let torque = motor_torque(self.train.energy_uj, self.held_volts);
            self.train.fired = due;
            self.shaft
                .drive(pulses, torque, self.hydraulics.excess().as_kilopascals());
            self.supply.draw(pulses, self.train.energy_uj);
        }
        pulses
    }

    /// What the head has swept, and what of it left the reservoir, since the anchor. Unit: mL.
    fn since_anchor(&self) -> (f64, f64) {
        let swept = head::displaced_ml(self.anchor, self.shaft.moved) * self.held_factor;
        (swept, swept.min(self.reservoir_ml))
    }

    /// Books what was displaced and moves the anchor to the shaft.
    fn book(&mut self) {
        let (swept_ml, ml) = self.since_anchor();
        let ug = ml * self.reservoir_ug_per_ml;
        self.anchor = self.shaft.moved;
        self.swept_ml += swept_ml;
        self.reservoir_ml -= ml;
        self.drawn.ml += ml;
        self.drawn.ug += ug;
        self.pending.ml += ml;
        self.pending.ug += ug;
    }

    /// The tick at `at`: pending fluid enters the node; gives what leaves it into the catheter.
    pub(crate) fn tick(&mut self, at: SimTime) -> Fluid {
        self.book();
        let entering = core::mem::take(&mut self.pending);
        let mixed_ml = self.hydraulics.stored().as_milliliters() + entering.ml;
        let mixed_ug = self.node_ug + entering.ug;
        let out_ml = self
            .hydraulics
            .step(Volume::from_milliliters(entering.ml))
            .as_milliliters();
        let out_ug = if mixed_ml > 0.0 {
            mixed_ug * (out_ml / mixed_ml).min(1.0)
        } else {
            0.0
        };
        self.node_ug = mixed_ug - out_ug;
        self.held_volts = self.supply.rest_volts(at, 0);
        self.held_factor = head::elastic_factor(self.hydraulics.excess().as_kilopascals());
        Fluid {
            ml: out_ml,
            ug: out_ug,
        }
    }

    /// From now to the next tick pulses meet the supply as it is at `now`.
    pub(crate) fn hold_supply(&mut self, now: SimTime) {
        self.held_volts = self.supply.rest_volts(now, 0);
    }

    /// Draws everything out of the reservoir and fills it; gives what was withdrawn.
    pub(crate) fn refill(&mut self, volume: Volume, concentration: Concentration) -> Fluid {
        self.book();
        let withdrawn = self.reservoir();
        self.reservoir_ml = volume.as_milliliters();
        self.reservoir_ug_per_ml = concentration.as_ug_per_ml();
        withdrawn
    }

    /// What the reservoir holds now.
    pub(crate) fn reservoir(&self) -> Fluid {
        let ml = self.reservoir_ml - self.since_anchor().1;
        Fluid {
            ml,
            ug: ml * self.reservoir_ug_per_ml,
        }
    }

    pub(crate) const fn reservoir_concentration(&self) -> Concentration {
        Concentration::from_ug_per_ml(self.reservoir_ug_per_ml)
    }

    /// What has left the reservoir up to now.
    pub(crate) fn drawn(&self) -> Fluid {
        let ml = self.since_anchor().1;
        Fluid {
            ml: self.drawn.ml + ml,
            ug: self.drawn.ug + ml * self.reservoir_ug_per_ml,
        }
    }

    /// What has left the reservoir and has not yet entered the line.
    pub(crate) fn before_line(&self) -> Fluid {
        let ml = self.since_anchor().1;
        Fluid {
            ml: self.pending.ml + ml + self.hydraulics.stored().as_milliliters(),
            ug: self.pending.ug + ml * self.reservoir_ug_per_ml + self.node_ug,
        }
    }

    /// What the head has swept up to now, fluid or not.
    pub(crate) fn swept(&self) -> Volume {
        Volume::from_milliliters(self.swept_ml + self.since_anchor().0)
    }

    /// The voltage at the bottom of the last pulse of the train that has fired. Unit: V.
    pub(crate) fn last_pulse_volts(&self) -> Option<f64> {
        let last = self.train.fired.checked_sub(1)?;
        let at = self.train.instant(&self.clock, last);
        Some(self.supply.pulse_volts(&self.train, at, 0))
    }

    /// Whether no pulse of the train can miss for lack of torque up to `until`: the largest load
    /// at the highest pressure that the train can build up, against the lowest supply to come.
    pub(crate) fn has_torque_until(&self, until: SimTime) -> bool {
        let train = &self.train;
        let due = train.due(&self.clock, until).max(train.fired);
        let charge_nc = u64::from(due - train.fired) * pulse_charge_nc(train.energy_uj);
        let lowest_volts = self
            .supply
            .rest_volts(until, charge_nc)
            .min(self.held_volts);
        // A fast crystal fits a tenth more into a tick at most.
        let per_tick = TICK.as_millis() * 1_100 / u64::from(train.period_us.max(1)) + 1;
        let per_tick = per_tick.min(u64::from(train.pulses));
        let flow = head::most_displaced_ml(per_tick) / TICK.as_secs_f64();
        let highest_kpa = self
            .hydraulics
            .excess()
            .as_kilopascals()
            .max(flow * self.hydraulics.resistance_kpa_s_per_ml());
        peak_load(highest_kpa) <= motor_torque(train.energy_uj, lowest_volts)
    }

    /// Drug in the elastic node and on the way to it, for the ledger.
    pub(crate) fn drug_before_line(&self) -> Mass {
        Mass::from_micrograms(self.before_line().ug)
    }
}

const STOPPED: Train = Train {
    start: SimTime::ZERO,
    pulses: 0,
    first_delay_us: 0,
    period_us: 0,
    energy_uj: 0,
    fired: 0,
};
