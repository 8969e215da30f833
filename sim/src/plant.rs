//! The plant: pump, catheter and patient as one value.
//!
//! Step contract: state changes only at motor pulses (whole milliseconds) and at plant ticks
//! (absolute multiples of [`TICK`]). A pulse at the instant of a tick comes before it.
//! `advance(a); advance(b)` and `advance(b)` leave the same bits. An action (a command, a refill,
//! a magnet, a stall) happens at `now`, after whatever is due at `now`; severities of faults and
//! surroundings act from the first tick after `now`.

use crate::TICK;
use crate::ambient::Posture;
use crate::clock::PumpClock;
use crate::config::{ConfigError, PlantConfig};
use crate::fault::PlantFault;
use crate::forecast;
use crate::harm::Harm;
use crate::ledger::Ledger;
use crate::line::Line;
use crate::mechanics::{Fluid, Mechanics};
use crate::motor::MotorCommand;
use crate::patient::Patient;
use crate::pins::{Armed, PinEvents, PinState, Pins, counter};
use crate::pump::Drive;
use crate::ramp::Ramp;
use crate::supply::{BROWN_OUT_MV, as_millivolts};
use crate::truth::{Observer, Truth};
use thecal_units::real::{Concentration, Mass, Potential, Pressure, Temperature, Volume};
use thecal_units::{Millis, PumpTime, SimTime};

/// The plant.
#[derive(Clone, Debug)]
pub struct Plant {
    now: SimTime,
    next_tick: SimTime,
    mechanics: Mechanics,
    /// One for each drug.
    lines: [Option<Line>; 2],
    patient: Patient,
    pins: PinState,
    infused_ml: f64,
    pocket_ml: f64,
    infused_ug: [f64; 2],
    injected_ug: [f64; 2],
    books: [Ledger; 2],
    drive: Drive,
}

/// What somebody does with syringe and needle at the pump.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refill {
    /// How much is drawn out before; `None`: all there is.
    pub withdrawn: Option<Volume>,
    /// What goes into the reservoir.
    pub volume: Volume,
    /// What goes into the pocket beside it.
    pub pocket: Volume,
    /// The true concentration of each drug in what is given.
    pub concentrations: [Concentration; 2],
}

impl Refill {
    /// All out, then this volume of one drug, all of it into the reservoir.
    #[must_use]
    pub const fn plain(volume: Volume, concentration: Concentration) -> Self {
        Self {
            withdrawn: None,
            volume,
            pocket: Volume::ZERO,
            concentrations: [concentration, Concentration::ZERO],
        }
    }
}

impl Plant {
    /// Builds the plant at time zero, motor stopped, patient free of drug.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if a value lies out of its range.
    pub fn new(config: &PlantConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let agents = [Some(config.agent), config.second];
        let content = agents.map(|agent| match agent {
            Some(agent) if config.primed => agent.concentration,
            _ => Concentration::ZERO,
        });
        let line = |index: usize| {
            agents[index].map(|_| Line::new(&config.pump, &config.catheter, content[index], TICK))
        };
        let clock = PumpClock::new(config.clock);
        let content = content.map(Concentration::as_ug_per_ml);
        let mechanics = Mechanics::new(config, clock, content);
        let mut plant = Self {
            now: SimTime::ZERO,
            next_tick: SimTime::ZERO + TICK,
            mechanics,
            lines: [line(0), line(1)],
            patient: Patient::new(&config.person, config.agent.model),
            pins: PinState::default(),
            infused_ml: 0.0,
            pocket_ml: 0.0,
            infused_ug: [0.0; 2],
            injected_ug: [0.0; 2],
            books: [Ledger::default(); 2],
            drive: config.drive,
        };
        for (index, agent) in agents.into_iter().enumerate() {
            let strength = agent.map_or(Concentration::ZERO, |agent| agent.concentration);
            plant.books[index] = Ledger {
                filled: config.fill.dose(strength),
                filled_volume: config.fill,
                primed: plant.in_catheter(index),
                ..Ledger::default()
            };
        }
        Ok(plant)
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
        self.books[0].settled = self.ledger().in_patient();
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
        let (pulses, before_miss) = self.mechanics.settle(to);
        if pulses == 0 {
            return;
        }
        self.pins.train_fired = true;
        if before_miss < pulses {
            self.pins.see_miss();
        }
        if self.pins.armed.supply_below_mv.is_some()
            && let Some(volts) = self.mechanics.last_pulse_volts()
        {
            self.pins.see_supply(as_millivolts(volts));
        }
    }

    fn tick(&mut self, at: SimTime) {
        let passed = self.mechanics.pass();
        let volume = Volume::from_milliliters(passed.to_fluid.abs());
        let is_back = passed.to_fluid < 0.0;
        let mut back_ug = [0.0; 2];
        if is_back {
            back_ug = self.draw_back(volume);
        }
        let leaving = self.mechanics.mix(at, &passed, back_ug);
        let mut infused = [Mass::ZERO; 2];
        if !is_back {
            for (index, line) in self.lines.iter_mut().enumerate() {
                let Some(line) = line else { continue };
                let entering = Mass::from_micrograms(leaving.to_fluid[index]);
                infused[index] = line.step(volume, entering);
                self.infused_ug[index] += infused[index].as_micrograms();
            }
        }
        self.infused_ml += passed.to_fluid;
        self.pocket_ml += passed.to_pocket;
        self.injected_ug[0] += leaving.to_pocket[0];
        self.injected_ug[1] += leaving.to_pocket[1];
        self.patient.tick(at, infused[0]);
        if self.pins.armed.supply_below_mv.is_some() {
            self.pins
                .see_supply(as_millivolts(self.mechanics.supply.rest_volts(at, 0)));
        }
    }

    /// Fluid comes in at the tip; gives the drug that comes out of the catheter at the pump.
    fn draw_back(&mut self, volume: Volume) -> [f64; 2] {
        let mut back = [0.0; 2];
        for (index, line) in self.lines.iter_mut().enumerate() {
            let Some(line) = line else { continue };
            back[index] = line.step_back(volume, Mass::ZERO).as_micrograms();
        }
        back
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

    /// The earliest instant, not after `not_after`, at which the supply will fall below
    /// [`BROWN_OUT_MV`] if nobody acts: at the bottom of a pulse, or at a tick.
    #[must_use]
    pub fn next_brown_out(&self, not_after: SimTime) -> Option<SimTime> {
        forecast::next_low_supply(&self.mechanics, self.now, not_after, BROWN_OUT_MV)
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
            temperature_centi_c: as_centi_celsius(self.mechanics.conditions.celsius),
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

    /// Draws out of the reservoir and fills it, or the pocket.
    ///
    /// # Panics
    ///
    /// If a volume or a concentration is negative or not a number.
    pub fn refill(&mut self, refill: &Refill) {
        let volumes = [
            refill.withdrawn.unwrap_or_default(),
            refill.volume,
            refill.pocket,
        ];
        assert!(
            volumes.iter().all(|volume| *volume >= Volume::ZERO),
            "a refill with volumes {volumes:?}"
        );
        let strengths = refill.concentrations;
        assert!(
            strengths
                .iter()
                .all(|strength| *strength >= Concentration::ZERO),
            "a refill with concentrations {strengths:?}"
        );
        let filled = Fluid {
            ml: refill.volume.as_milliliters(),
            ug: strengths.map(|strength| refill.volume.dose(strength).as_micrograms()),
        };
        let withdrawn = self.mechanics.refill(refill.withdrawn, filled);
        for (index, books) in self.books.iter_mut().enumerate() {
            books.withdrawn += Mass::from_micrograms(withdrawn.ug[index]);
            books.withdrawn_volume += Volume::from_milliliters(withdrawn.ml);
            books.filled += refill.volume.dose(strengths[index]);
            books.filled_volume += refill.volume;
            let beside = refill.pocket.dose(strengths[index]);
            books.injected += beside;
            self.injected_ug[index] += beside.as_micrograms();
        }
    }

    /// Begins a fault, or changes its severity. Its effect is counted anew when it begins.
    ///
    /// A bubble's volume is taken as it is at the start of its ramp.
    pub fn begin_fault(&mut self, fault: PlantFault, severity: Ramp) {
        let is_new = self.mechanics.faults.begin(fault, severity);
        match fault {
            PlantFault::MotorStall => self.mechanics.shaft.set_stall(true),
            PlantFault::MotorJam => self.mechanics.shaft.set_jam(true),
            PlantFault::MissedSteps if is_new => self.mechanics.shaft.lost = 0,
            PlantFault::AirBubble if is_new => {
                let ml = severity.at(severity.start) * 1e-3;
                self.mechanics.add_gas(ml);
                for books in &mut self.books {
                    books.filled_volume += Volume::from_milliliters(ml);
                }
            }
            _ => {}
        }
        self.mechanics.unsettle();
    }

    /// Ends a fault; what it moved goes back to what it was, where that is possible.
    pub fn end_fault(&mut self, fault: PlantFault) {
        self.mechanics.faults.end(fault);
        match fault {
            PlantFault::MotorStall => self.mechanics.shaft.set_stall(false),
            PlantFault::MotorJam => self.mechanics.shaft.set_jam(false),
            _ => {}
        }
        self.mechanics.unsettle();
    }

    /// How much the fault has moved since it last began, in [`PlantFault::effect_unit`].
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole units of what is never negative"
    )]
    pub fn fault_effect(&self, fault: PlantFault) -> u64 {
        match fault {
            PlantFault::MotorStall => self.mechanics.shaft.stall_effect(),
            PlantFault::MotorJam => self.mechanics.shaft.jam_effect(),
            PlantFault::MissedSteps => self.mechanics.shaft.lost,
            _ => self.mechanics.faults.effect(fault) as u64,
        }
    }

    /// The ambient pressure goes to `absolute` within `over`: a flight, a dive.
    pub fn set_ambient(&mut self, absolute: Pressure, over: Millis) {
        self.mechanics
            .surroundings
            .set_ambient(self.now, absolute, over);
        self.mechanics.unsettle();
    }

    /// The body's temperature goes to `to` within `over`.
    pub fn set_temperature(&mut self, to: Temperature, over: Millis) {
        self.mechanics
            .surroundings
            .set_temperature(self.now, to, over);
        self.mechanics.unsettle();
    }

    /// The patient lies down, sits up, stands up.
    pub fn set_posture(&mut self, posture: Posture) {
        self.set_fluid_pressure(posture.fluid_pressure(), Millis::ZERO);
    }

    /// The fluid's pressure at the tip goes to `above_ambient` within `over`.
    pub fn set_fluid_pressure(&mut self, above_ambient: Pressure, over: Millis) {
        self.mechanics
            .surroundings
            .set_fluid(self.now, above_ambient, over);
        self.mechanics.unsettle();
    }

    /// The patient enters a strong magnetic field: the magnet switch closes; a rotor turns back and
    /// is held, valves stand open.
    pub fn enter_field(&mut self) {
        self.set_magnet(true);
        match self.drive {
            Drive::Peristaltic => self.mechanics.seize(),
            Drive::ValveGated => {
                self.begin_fault(PlantFault::OpenValves, Ramp::constant(1.0));
            }
            Drive::ConstantFlow => {}
        }
    }

    /// The patient leaves the field; a rotor stays held for `recovery`.
    pub fn leave_field(&mut self, recovery: Millis) {
        self.set_magnet(false);
        match self.drive {
            Drive::Peristaltic => self.mechanics.recover(self.now + recovery),
            Drive::ValveGated => self.end_fault(PlantFault::OpenValves),
            Drive::ConstantFlow => {}
        }
    }

    /// Somebody opens the flow-activated valve of a valve-gated pump by hand.
    pub fn reset_flow_valve(&mut self) {
        self.mechanics.reset_flow_valve();
    }

    /// What is true now.
    #[must_use]
    pub fn truth(&self) -> Truth {
        let (mechanics, patient) = (&self.mechanics, &self.patient);
        let conditions = &mechanics.conditions;
        Truth {
            at: self.now,
            steps_driven: mechanics.shaft.driven,
            steps_moved: mechanics.shaft.moved,
            steps_missed: mechanics.shaft.missed(),
            displaced: mechanics.swept(),
            reservoir: Volume::from_milliliters(mechanics.content().ml),
            reservoir_concentration: self.strength(0),
            infused_volume: Volume::from_milliliters(self.infused_ml),
            pocket_volume: Volume::from_milliliters(self.pocket_ml),
            dose_from_reservoir: Mass::from_micrograms(mechanics.drawn().ug[0]),
            dose_in_catheter: self.in_catheter(0),
            dose_infused: Mass::from_micrograms(self.infused_ug[0]),
            tip: patient.at_tip(),
            lumbar: patient.at_lumbar(),
            cervical: patient.at_cervical(),
            cisterna: patient.neuraxis.cisterna(),
            plasma: patient.plasma.concentration(),
            effect: patient.effect,
            toxicity: patient.toxicity,
            withdrawal: patient.withdrawal,
            outlet_pressure: self.outlet_pressure(),
            reservoir_pressure: Pressure::from_kilopascals(mechanics.gauge_kpa()),
            ambient_pressure: Pressure::from_kilopascals(conditions.ambient_kpa),
            temperature: Temperature::from_celsius(conditions.celsius),
            valve_shut: mechanics.is_valve_shut(),
            supply: Potential::from_volts(mechanics.supply.rest_volts(self.now, 0)),
        }
    }

    fn outlet_pressure(&self) -> Pressure {
        self.mechanics.hydraulics.excess() + Posture::Lying.fluid_pressure()
    }

    /// The true concentration of a drug in the reservoir.
    fn strength(&self, index: usize) -> Concentration {
        Concentration::from_ug_per_ml(self.mechanics.reservoir.ug_per_ml[index])
    }

    /// A drug between reservoir and tip.
    fn in_catheter(&self, index: usize) -> Mass {
        let line = self.lines[index].as_ref().map_or(Mass::ZERO, Line::drug);
        Mass::from_micrograms(self.mechanics.before_line().ug[index]) + line
    }

    /// The books of the programmed drug now.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        let (mechanics, patient) = (&self.mechanics, &self.patient);
        let (content, drawn) = (mechanics.content(), mechanics.drawn());
        let index = 0;
        Ledger {
            in_reservoir: Mass::from_micrograms(content.ug[index]),
            from_reservoir: Mass::from_micrograms(drawn.ug[index]),
            in_catheter: self.in_catheter(index),
            in_pocket: Mass::from_micrograms(self.injected_ug[index]),
            in_spine: patient.neuraxis.in_spine(),
            in_tissue: patient.neuraxis.in_tissue(),
            in_cisterna: patient.neuraxis.in_cisterna(),
            in_cranial: patient.neuraxis.in_cranial(),
            in_plasma: patient.plasma.amount(),
            eliminated: patient.plasma.eliminated(),
            reservoir_volume: Volume::from_milliliters(content.ml + mechanics.gas_ml()),
            drawn_volume: Volume::from_milliliters(drawn.ml),
            waiting_volume: Volume::from_milliliters(mechanics.before_line().ml),
            pocket_volume: Volume::from_milliliters(self.pocket_ml),
            infused_volume: Volume::from_milliliters(self.infused_ml),
            ..self.books[index]
        }
    }

    /// The harm so far, as of the last tick.
    #[must_use]
    pub fn harm(&self) -> Harm {
        self.patient.harm.harm()
    }
}

/// A temperature as the pump's converter shows it. Unit: 0.01 C.
#[expect(clippy::cast_possible_truncation, reason = "a body's temperature fits")]
fn as_centi_celsius(celsius: f64) -> i16 {
    libm::round(celsius * 100.0) as i16
}
