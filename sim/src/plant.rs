//! The plant: pump, catheter and patient as one value.
//!
//! Step contract: state changes only at motor pulses (whole milliseconds) and at plant ticks
//! (absolute multiples of [`TICK`]). A pulse at the instant of a tick comes before it.
//! `advance(a); advance(b)` and `advance(b)` leave the same bits. An action (a command, a refill,
//! a fault) happens at `now`, after whatever is due at `now`.

use crate::TICK;
use crate::ambient::{Posture, Surroundings};
use crate::clock::PumpClock;
use crate::config::{ConfigError, PlantConfig};
use crate::fault::{Faults, PlantFault};
use crate::forecast;
use crate::harm::Harm;
use crate::hydraulics::Hydraulics;
use crate::ledger::Ledger;
use crate::line::Line;
use crate::mechanics::Mechanics;
use crate::motor::MotorCommand;
use crate::patient::Patient;
use crate::pins::{Armed, PinEvents, PinState, Pins, counter};
use crate::ramp::Ramp;
use crate::supply::as_millivolts;
use crate::truth::{Observer, Truth};
use thecal_units::real::{Concentration, Length, Mass, Potential, Pressure, Temperature, Volume};
use thecal_units::{Millis, PumpTime, SimTime};

/// Body temperature. Unit: 0.01 C. Source: the plant's values are for 37 C, pump.md 4.
const BODY_CENTI_C: i16 = 3_700;

/// The plant.
#[derive(Clone, Debug)]
pub struct Plant {
    now: SimTime,
    next_tick: SimTime,
    mechanics: Mechanics,
    line: Line,
    patient: Patient,
    pins: PinState,
    infused_ml: f64,
    infused_ug: f64,
    filled: Ledger,
    faults: Faults,
    surroundings: Surroundings,
}

impl Plant {
    /// Builds the plant at time zero, motor stopped, patient free of drug.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if a value lies out of its range.
    pub fn new(config: &PlantConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let concentration = config.agent.concentration;
        let content = if config.primed {
            concentration
        } else {
            Concentration::ZERO
        };
        let length = Length::from_centimeters(config.catheter.length_cm);
        let line = Line::new(length, content, TICK);
        let hydraulics = Hydraulics::new(length, TICK);
        let clock = PumpClock::new(config.clock);
        let filled = Ledger {
            filled: config.fill.dose(concentration),
            filled_volume: config.fill,
            primed: line.drug(),
            ..Ledger::default()
        };
        Ok(Self {
            now: SimTime::ZERO,
            next_tick: SimTime::ZERO + TICK,
            mechanics: Mechanics::new(clock, hydraulics, config.fill, concentration),
            line,
            patient: Patient::new(&config.person, config.agent.model),
            pins: PinState::default(),
            infused_ml: 0.0,
            infused_ug: 0.0,
            filled,
            faults: Faults::default(),
            surroundings: Surroundings::default(),
        })
    }

    /// Puts the patient where months of this dose a day would have led: fluid, plasma and effects
    /// in steady state, the body used to it. Pump and catheter stay as they are.
    ///
    /// # Panics
    ///
    /// If the plant has already been advanced: a run starts on a therapy or it does not.
    pub fn start_on_therapy(&mut self, per_day: Mass) {
        assert!(
            self.now == SimTime::ZERO,
            "a therapy that led here ends at time zero"
        );
        self.patient.settle(per_day);
        self.filled.settled = self.ledger().in_patient();
    }

    /// The instant up to which everything has happened.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// Lets time pass to `to`; `observer` sees every tick on the way, the one at `to` included.
    ///
    /// # Panics
    ///
    /// If `to` lies before [`Self::now`]: a caller that goes back in time is wrong.
    pub fn advance(&mut self, to: SimTime, observer: &mut impl Observer) {
        assert!(
            to >= self.now,
            "the plant cannot go back from {} to {to}",
            self.now
        );
        while self.next_tick <= to {
            let at = self.next_tick;
            self.settle(at);
            self.now = at;
            self.tick(at);
            self.next_tick = at + TICK;
            observer.tick(at, &self.truth());
        }
        self.settle(to);
        self.now = to;
    }

    /// Fires the pulses due by `to` and latches what they armed.
    fn settle(&mut self, to: SimTime) {
        let missed = self.mechanics.shaft.missed();
        if self.mechanics.settle(to) == 0 {
            return;
        }
        self.pins.train_fired = true;
        if self.mechanics.shaft.missed() > missed {
            self.pins.see_miss();
        }
        if self.pins.armed.supply_below_mv.is_some()
            && let Some(volts) = self.mechanics.last_pulse_volts()
        {
            self.pins.see_supply(as_millivolts(volts));
        }
    }

    fn tick(&mut self, at: SimTime) {
        let entering = self.mechanics.tick(at);
        let volume = Volume::from_milliliters(entering.ml);
        let infused = self.line.step(volume, Mass::from_micrograms(entering.ug));
        self.infused_ml += entering.ml;
        self.infused_ug += infused.as_micrograms();
        self.patient.tick(at, infused);
        if self.pins.armed.supply_below_mv.is_some() {
            self.pins
                .see_supply(as_millivolts(self.mechanics.supply.rest_volts(at, 0)));
        }
    }

    /// Gives the motor a command at [`Self::now`].
    pub fn command(&mut self, command: MotorCommand) {
        self.keep_lowest_supply();
        self.mechanics.command(self.now, command);
        // A pulse without delay is due at once.
        self.settle(self.now);
    }

    /// Arms pin events; replaces what was armed. What is pending stays pending.
    pub fn arm(&mut self, armed: Armed) {
        self.pins.armed = armed;
    }

    /// The earliest instant, not after `not_after`, at which an armed event will fire if nobody
    /// acts; [`Self::now`] where one is pending already.
    #[must_use]
    pub fn next_pin_event(&self, not_after: SimTime) -> Option<SimTime> {
        if self.pins.events.any() {
            return Some(self.now);
        }
        let armed = self.pins.armed;
        let miss = armed
            .missed_pulse
            .then(|| forecast::next_miss(&self.mechanics, self.now, not_after))
            .flatten();
        let until = miss.unwrap_or(not_after);
        let supply = armed.supply_below_mv.and_then(|threshold_mv| {
            forecast::next_low_supply(&self.mechanics, self.now, until, threshold_mv)
        });
        supply.or(miss)
    }

    /// What the pins show, and their counts and events since the last take, which start anew.
    pub fn take_pins(&mut self) -> Pins {
        let rest = self.supply_mv();
        self.keep_lowest_supply();
        let (driven, moved) = (self.mechanics.shaft.driven, self.mechanics.shaft.moved);
        let pins = Pins {
            pump_clock: self.pump_clock(),
            supply_mv: rest,
            supply_min_mv: self.pins.lowest_mv.min(rest),
            temperature_centi_c: BODY_CENTI_C,
            steps_driven: counter(driven - self.pins.taken_driven),
            steps_sensed: counter(moved - self.pins.taken_moved),
            magnet: self.pins.magnet,
            events: self.pins.events,
        };
        self.pins.taken_driven = driven;
        self.pins.taken_moved = moved;
        self.pins.lowest_mv = u16::MAX;
        self.pins.events = PinEvents::default();
        pins
    }

    /// Within a train the voltage only falls, so its last pulse is its lowest.
    fn keep_lowest_supply(&mut self) {
        if core::mem::take(&mut self.pins.train_fired)
            && let Some(volts) = self.mechanics.last_pulse_volts()
        {
            self.pins.lowest_mv = self.pins.lowest_mv.min(as_millivolts(volts));
        }
    }

    /// What the pump's clock shows now.
    #[must_use]
    pub fn pump_clock(&self) -> PumpTime {
        self.mechanics.clock.reading(self.now)
    }

    /// The earliest instant at which the pump's clock shows at least `pump`, if it is not set
    /// again. It may lie in the past. Never stays never.
    #[must_use]
    pub fn sim_time_of(&self, pump: PumpTime) -> SimTime {
        self.mechanics.clock.instant_of(pump)
    }

    /// The pump was reset: its train is cut, nothing is armed or pending, counts start anew.
    pub fn reset_pins(&mut self) {
        self.mechanics.command(self.now, MotorCommand::StopNow);
        self.pins = PinState {
            magnet: self.pins.magnet,
            taken_driven: self.mechanics.shaft.driven,
            taken_moved: self.mechanics.shaft.moved,
            ..PinState::default()
        };
    }

    /// Pulls the supply down to `level` at most, from now on; `None`: nothing pulls it down.
    ///
    /// What falls by it is seen at once: by the comparator, as the lowest supply, by the next pulse.
    pub fn pull_supply(&mut self, level: Option<Potential>) {
        self.keep_lowest_supply();
        let ceiling = level.map_or(f64::INFINITY, |level| level.as_volts().max(0.0));
        self.mechanics.supply.pull_down(ceiling);
        self.mechanics.hold_supply(self.now);
        let rest = self.supply_mv();
        self.pins.lowest_mv = self.pins.lowest_mv.min(rest);
        self.pins.see_supply(rest);
    }

    /// The supply between pulses. Unit: mV.
    #[must_use]
    pub fn supply_mv(&self) -> u16 {
        as_millivolts(self.mechanics.supply.rest_volts(self.now, 0))
    }

    /// Opens or closes the magnetic-field switch.
    pub fn set_magnet(&mut self, closed: bool) {
        self.pins.see_magnet(closed);
    }

    /// Sets the pump's clock `by_ms` forward or back, as seen from its crystal.
    pub fn jump_clock(&mut self, by_ms: i64) {
        self.mechanics.clock.jump(by_ms);
    }

    /// Draws all out of the reservoir and fills it.
    ///
    /// # Panics
    ///
    /// If volume or concentration is negative or not a number.
    pub fn refill(&mut self, volume: Volume, concentration: Concentration) {
        assert!(
            volume >= Volume::ZERO,
            "a fill of {} mL",
            volume.as_milliliters()
        );
        assert!(
            concentration >= Concentration::ZERO,
            "a concentration of {} ug/mL",
            concentration.as_ug_per_ml()
        );
        let withdrawn = self.mechanics.refill(volume, concentration);
        self.filled.withdrawn += Mass::from_micrograms(withdrawn.ug);
        self.filled.withdrawn_volume += Volume::from_milliliters(withdrawn.ml);
        self.filled.filled += volume.dose(concentration);
        self.filled.filled_volume += volume;
    }

    /// Begins a fault, or changes its severity. Its effect is counted anew when it begins.
    pub fn begin_fault(&mut self, fault: PlantFault, severity: Ramp) {
        match fault {
            PlantFault::MotorStall => self.mechanics.shaft.set_stall(true),
            PlantFault::MotorJam => self.mechanics.shaft.set_jam(true),
            _ => {}
        }
        self.faults.active[fault.index()] = Some(severity);
    }

    /// Ends a fault; what it moved goes back to what it was, where that is possible.
    pub fn end_fault(&mut self, fault: PlantFault) {
        match fault {
            PlantFault::MotorStall => self.mechanics.shaft.set_stall(false),
            PlantFault::MotorJam => self.mechanics.shaft.set_jam(false),
            _ => {}
        }
        self.faults.active[fault.index()] = None;
    }

    /// How much the fault has moved since it last began, in [`PlantFault::effect_unit`].
    #[must_use]
    pub const fn fault_effect(&self, fault: PlantFault) -> u64 {
        match fault {
            PlantFault::MotorStall => self.mechanics.shaft.stall_effect(),
            PlantFault::MotorJam => self.mechanics.shaft.jam_effect(),
            _ => 0,
        }
    }

    /// The ambient pressure goes to `absolute` within `over`: a flight, a dive.
    pub fn set_ambient(&mut self, absolute: Pressure, over: Millis) {
        self.surroundings.set_ambient(self.now, absolute, over);
    }

    /// The body's temperature goes to `to` within `over`.
    pub fn set_temperature(&mut self, to: Temperature, over: Millis) {
        self.surroundings.set_temperature(self.now, to, over);
    }

    /// The patient lies down, sits up, stands up.
    pub fn set_posture(&mut self, posture: Posture) {
        let pressure = posture.fluid_pressure();
        self.surroundings
            .set_fluid(self.now, pressure, Millis::ZERO);
    }

    /// The pressure of the fluid at the tip, above ambient, goes to `above_ambient` within `over`.
    pub fn set_fluid_pressure(&mut self, above_ambient: Pressure, over: Millis) {
        self.surroundings.set_fluid(self.now, above_ambient, over);
    }

    /// The patient enters a strong magnetic field: the rotor turns back and is held, the magnet
    /// switch closes, valves open.
    pub fn enter_field(&mut self) {
        self.set_magnet(true);
        self.begin_fault(PlantFault::MotorStall, Ramp::constant(1.0));
    }

    /// The patient leaves the field; the rotor stays held for `recovery`.
    pub fn leave_field(&mut self, recovery: Millis) {
        let _ = recovery;
        self.set_magnet(false);
        self.end_fault(PlantFault::MotorStall);
    }

    /// Somebody resets the flow-activated valve of a valve-gated pump by hand.
    pub fn reset_flow_valve(&mut self) {}

    /// What is true now.
    #[must_use]
    pub fn truth(&self) -> Truth {
        let (mechanics, patient) = (&self.mechanics, &self.patient);
        Truth {
            at: self.now,
            steps_driven: mechanics.shaft.driven,
            steps_moved: mechanics.shaft.moved,
            steps_missed: mechanics.shaft.missed(),
            displaced: mechanics.swept(),
            reservoir: Volume::from_milliliters(mechanics.reservoir().ml),
            reservoir_concentration: mechanics.reservoir_concentration(),
            infused_volume: Volume::from_milliliters(self.infused_ml),
            dose_from_reservoir: Mass::from_micrograms(mechanics.drawn().ug),
            dose_in_catheter: mechanics.drug_before_line() + self.line.drug(),
            dose_infused: Mass::from_micrograms(self.infused_ug),
            tip: patient.at_tip(),
            lumbar: patient.at_lumbar(),
            cervical: patient.at_cervical(),
            cisterna: patient.neuraxis.cisterna(),
            plasma: patient.plasma.concentration(),
            effect: patient.effect,
            toxicity: patient.toxicity,
            withdrawal: patient.withdrawal,
            outlet_pressure: mechanics.hydraulics.outlet(),
            supply: Potential::from_volts(mechanics.supply.rest_volts(self.now, 0)),
        }
    }

    /// The books now.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        let (mechanics, patient) = (&self.mechanics, &self.patient);
        let (reservoir, drawn) = (mechanics.reservoir(), mechanics.drawn());
        Ledger {
            in_reservoir: Mass::from_micrograms(reservoir.ug),
            from_reservoir: Mass::from_micrograms(drawn.ug),
            in_catheter: mechanics.drug_before_line() + self.line.drug(),
            in_spine: patient.neuraxis.in_spine(),
            in_tissue: patient.neuraxis.in_tissue(),
            in_cisterna: patient.neuraxis.in_cisterna(),
            in_cranial: patient.neuraxis.in_cranial(),
            in_plasma: patient.plasma.amount(),
            eliminated: patient.plasma.eliminated(),
            reservoir_volume: Volume::from_milliliters(reservoir.ml),
            drawn_volume: Volume::from_milliliters(drawn.ml),
            waiting_volume: Volume::from_milliliters(mechanics.before_line().ml),
            infused_volume: Volume::from_milliliters(self.infused_ml),
            ..self.filled
        }
    }

    /// The harm so far, as of the last tick.
    #[must_use]
    pub fn harm(&self) -> Harm {
        self.patient.harm.harm()
    }
}
