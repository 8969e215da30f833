//! The plant: pump, catheter and patient as one value.
//!
//! Step contract: state changes only at motor pulses (whole milliseconds) and at plant ticks
//! (absolute multiples of [`TICK`]). A pulse at the instant of a tick comes before it. Cutting a
//! span leaves the same bits: `advance(a); advance(b)` equals `advance(b)`. An action (a command, a
//! refill, a magnet, a stall) takes effect at `now`, after everything due at `now`; severities of
//! faults and surroundings take effect from the first tick after `now`.

use crate::TICK;
use crate::ambient::Posture;
use crate::clock::PumpClock;
use crate::config::{ConfigError, Person, PlantConfig};
use crate::forecast;
use crate::harm::Harm;
use crate::hydraulics::Passed;
use crate::ledger::Ledger;
use crate::line::Line;
use crate::mechanics::{Leaving, Mechanics};
use crate::motor::MotorCommand;
use crate::paths::Shares;
use crate::patient::{Intake, Patient};
use crate::pins::{Armed, PinEvents, PinState, Pins, counter};
use crate::prescribed::Prescribed;
use crate::pump::Drive;
use crate::replay::Infusions;
use crate::supply::{BROWN_OUT_MV, as_millivolts};
use crate::tracks::AGENTS;
use crate::truth::Observer;
use thecal_units::real::{Concentration, Mass, Potential, Volume};
use thecal_units::{Millis, PumpTime, SimTime};

/// The plant.
#[derive(Clone, Debug)]
pub struct Plant {
    pub(crate) now: SimTime,
    next_tick: SimTime,
    pub(crate) mechanics: Mechanics,
    /// One for each drug.
    pub(crate) lines: [Option<Line>; AGENTS],
    pub(crate) patient: Patient,
    prescribed: Prescribed,
    pub(crate) infusions: Infusions,
    pub(crate) pins: PinState,
    pub(crate) infused_ml: f64,
    pub(crate) pocket_ml: f64,
    pub(crate) infused_ug: [f64; AGENTS],
    /// Drug injected into the pocket since the last tick.
    pub(crate) injected: [Mass; AGENTS],
    pub(crate) books: [Ledger; AGENTS],
    pub(crate) drive: Drive,
    pub(crate) person: Person,
    pub(crate) posture: Posture,
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
            patient: Patient::new(
                &config.person,
                agents.map(|agent| agent.map(|agent| agent.model)),
            ),
            prescribed: Prescribed::default(),
            infusions: Infusions::default(),
            pins: PinState::default(),
            infused_ml: 0.0,
            pocket_ml: 0.0,
            infused_ug: [0.0; AGENTS],
            injected: [Mass::ZERO; AGENTS],
            books: [Ledger::default(); AGENTS],
            drive: config.drive,
            person: config.person,
            posture: Posture::Lying,
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

    /// Sets the patient to the steady state of months on `per_day` of the programmed drug and the
    /// second drug in proportion: fluid, plasma, effects and adaptation. Pump and catheter stay as
    /// they are.
    ///
    /// # Panics
    ///
    /// If the plant has already been advanced.
    pub fn start_on_therapy(&mut self, per_day: Mass) {
        let per_day = self.beside(per_day);
        self.patient.settle(per_day);
        self.infusions.settle(per_day, true);
        for index in 0..AGENTS {
            self.books[index].settled = self.ledger_of(index).in_patient();
        }
    }

    /// Makes a patient who is tolerant of the drugs used to `per_day` of the programmed drug and the
    /// second drug in proportion, given elsewhere so far; fluid and plasma stay empty. Nothing
    /// happens to a naive patient.
    ///
    /// # Panics
    ///
    /// If the plant has already been advanced.
    pub fn accustom(&mut self, per_day: Mass) {
        let per_day = self.beside(per_day);
        self.patient.accustom(per_day);
        self.infusions.settle(per_day, false);
    }

    /// A dose of the programmed drug before the start, and the second drug's beside it.
    fn beside(&self, dose: Mass) -> [Mass; AGENTS] {
        assert!(
            self.now == SimTime::ZERO,
            "a therapy that led here ends at time zero"
        );
        let strengths = [self.strength(0), self.strength(1)].map(Concentration::as_ug_per_ml);
        let share = if strengths[0] > 0.0 {
            strengths[1] / strengths[0]
        } else {
            0.0
        };
        [dose, Mass::from_micrograms(dose.as_micrograms() * share)]
    }

    /// From `from` on, which is not in the past, the reference patient receives this much of each drug
    /// a day. Calls come in order of `from`.
    pub fn prescribe(&mut self, from: SimTime, per_day: [Mass; AGENTS]) {
        self.prescribed.rate(from, per_day);
    }

    /// From now on the reference patient receives this much of each drug within `over`, evenly.
    ///
    /// # Panics
    ///
    /// If `over` is zero.
    pub fn order(&mut self, dose: [Mass; AGENTS], over: Millis) {
        assert!(over > Millis::ZERO, "a dose takes time");
        self.prescribed.order(self.now, dose, over);
    }

    /// From now on the reference patient receives nothing more of the single doses that were ordered.
    pub fn cut_orders(&mut self) {
        self.prescribed.cut(self.now);
    }

    /// What the reference patient was to receive of each drug up to now.
    #[must_use]
    pub fn ordered_so_far(&self) -> [Mass; AGENTS] {
        self.prescribed.so_far(self.now)
    }

    /// The instant up to which the plant has been advanced.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// Advances to `to`; `observer` sees every tick on the way, including one at `to`.
    ///
    /// # Panics
    ///
    /// If `to` lies before [`Self::now`].
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
        if !self.mechanics.is_steady() {
            // The film may shrink: the pulses so far may be the lowest.
            self.keep_lowest_supply();
        }
        let passed = self.mechanics.pass();
        let volume = Volume::from_milliliters(passed.to_fluid.abs());
        let is_back = passed.to_fluid < 0.0;
        let back_ug = if is_back {
            self.draw_back(volume)
        } else {
            [0.0; AGENTS]
        };
        let shares = self.mechanics.conditions.paths.shares;
        let leaving = self.mechanics.mix(at, &passed, back_ug);
        let (infused, mut pocketed) = self.through_catheter(&passed, &leaving, shares);
        self.mechanics.faults.end_tick();
        for (index, pocketed) in pocketed.iter_mut().enumerate() {
            *pocketed += core::mem::take(&mut self.injected[index]);
            *pocketed += Mass::from_micrograms(leaving.at_septum.ug[index]);
        }
        self.pocket_ml += leaving.at_septum.ml;
        let intake = Intake {
            infused,
            pocketed,
            prescribed: self.prescribed.take(at),
        };
        self.patient.tick(at, &intake);
        let strengths = [self.strength(0), self.strength(1)];
        self.infusions.tick(at, &intake, strengths);
        if self.pins.armed.supply_below_mv.is_some() {
            self.pins
                .see_supply(as_millivolts(self.mechanics.supply.rest_volts(at, 0)));
        }
    }

    /// Moves what leaves the node through the catheter; returns the drugs that enter the fluid, and
    /// those that leave into tissue on the way or beside the fluid.
    fn through_catheter(
        &mut self,
        passed: &Passed,
        leaving: &Leaving,
        shares: Shares,
    ) -> ([Mass; AGENTS], [Mass; AGENTS]) {
        let mut infused = [Mass::ZERO; AGENTS];
        let mut pocketed = leaving.to_pocket.map(Mass::from_micrograms);
        let is_back = passed.to_fluid < 0.0;
        let beside_ml = if is_back {
            0.0
        } else {
            (passed.to_fluid + leaving.gas_ml) * shares.beside
        };
        self.infused_ml += passed.to_fluid + leaving.gas_ml - beside_ml;
        self.pocket_ml += passed.to_pocket + beside_ml;
        self.mechanics.count_beside(beside_ml, shares);
        if is_back {
            return (infused, pocketed);
        }
        let volume = Volume::from_milliliters(passed.to_fluid);
        let lost_ml = passed.to_pocket.max(0.0);
        for (index, line) in self.lines.iter_mut().enumerate() {
            let Some(line) = line else { continue };
            let entering = Mass::from_micrograms(leaving.to_fluid[index]);
            let tip = if lost_ml > 0.0 {
                let [at_connector, at_tear] =
                    [1.0 - shares.at_tear, shares.at_tear].map(|share| lost_ml * share);
                let (tip, lost) = line.step_leaking(
                    volume + Volume::from_milliliters(lost_ml),
                    entering + pocketed[index],
                    [at_connector, at_tear].map(Volume::from_milliliters),
                );
                pocketed[index] = lost;
                tip
            } else {
                line.step(volume, entering)
            };
            let beside = Mass::from_micrograms(tip.as_micrograms() * shares.beside);
            infused[index] = tip - beside;
            pocketed[index] += beside;
            self.infused_ug[index] += infused[index].as_micrograms();
        }
        (infused, pocketed)
    }

    /// Fluid enters at the tip; returns the drug that leaves the catheter at the pump.
    fn draw_back(&mut self, volume: Volume) -> [f64; AGENTS] {
        let taken = self.patient.draw_back(volume);
        let mut back = [0.0; AGENTS];
        for (index, line) in self.lines.iter_mut().enumerate() {
            let Some(line) = line else { continue };
            back[index] = line.step_back(volume, taken[index]).as_micrograms();
            self.infused_ug[index] -= taken[index].as_micrograms();
            self.infusions.draw_back(index, taken[index]);
        }
        back
    }

    /// Drug that entered the patient so far, for a replay.
    #[must_use]
    pub const fn infusions(&self) -> &Infusions {
        &self.infusions
    }

    /// Gives the motor a command at [`Self::now`].
    pub fn command(&mut self, command: MotorCommand) {
        self.keep_lowest_supply();
        self.mechanics.command(self.now, command);
        // A pulse without delay is due at once.
        self.settle(self.now);
    }

    /// Arms pin events, replacing those armed before. Pending events stay pending.
    pub fn arm(&mut self, armed: Armed) {
        self.pins.armed = armed;
    }

    /// The earliest instant, not after `not_after`, at which an armed event will fire without
    /// further action; [`Self::now`] if one is pending already.
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
    /// [`BROWN_OUT_MV`] without further action: at the bottom of a pulse, or at a tick; [`Self::now`]
    /// if a pulse has done so since the pins were last taken.
    #[must_use]
    pub fn next_brown_out(&self, not_after: SimTime) -> Option<SimTime> {
        let fired = self
            .pins
            .train_fired
            .then(|| self.mechanics.last_pulse_volts());
        if fired
            .flatten()
            .is_some_and(|volts| as_millivolts(volts) < BROWN_OUT_MV)
        {
            return Some(self.now);
        }
        forecast::next_low_supply(&self.mechanics, self.now, not_after, BROWN_OUT_MV)
    }

    /// Takes the pins: their state, and counts and events since the last take, which are reset.
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

    /// Within a train the voltage only falls, so the last pulse is the lowest.
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

    /// The earliest instant at which the pump's clock shows at least `pump`, if it does not jump
    /// again. It may lie in the past. `NEVER` maps to `NEVER`.
    #[must_use]
    pub fn sim_time_of(&self, pump: PumpTime) -> SimTime {
        self.mechanics.clock.instant_of(pump)
    }

    /// Resets the pins with the pump: cuts the train, disarms everything, clears events and counts.
    pub fn reset_pins(&mut self) {
        self.mechanics.command(self.now, MotorCommand::StopNow);
        self.pins = PinState {
            magnet: self.pins.magnet,
            taken_driven: self.mechanics.shaft.driven,
            taken_moved: self.mechanics.shaft.moved,
            ..PinState::default()
        };
    }

    /// Limits the supply to `level` from now on; `None` removes the limit.
    ///
    /// A fall takes effect at once: for the comparator, the lowest supply and the next pulse.
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

    /// Whether the battery is so old that a pulse may pull the pump down, however little was drawn:
    /// below 2.2 V, from which a single pulse of 10 uC takes 0.1 V (pump.md 4.6).
    #[must_use]
    pub fn battery_is_spent_by_age(&self) -> bool {
        self.mechanics.supply.aged_volts(self.now) < 2.2
    }

    /// Whether leakage currents, of now or before, have emptied the battery so far that a train may pull the
    /// pump down, which one of its own consumption would not.
    #[must_use]
    pub fn battery_is_spent_by_leakage(&self) -> bool {
        self.mechanics.supply.is_spent_by_leakage(self.now)
    }

    /// Opens or closes the magnetic-field switch.
    pub fn set_magnet(&mut self, closed: bool) {
        self.pins.see_magnet(closed);
    }

    /// Moves the pump's clock `by_ms` forward or back, as counted by its crystal.
    pub fn jump_clock(&mut self, by_ms: i64) {
        self.mechanics.clock.jump(by_ms);
    }

    /// The harm so far, as of the last tick.
    #[must_use]
    pub fn harm(&self) -> Harm {
        let [harm] = self.patient.harm();
        harm
    }
}

/// A temperature as the pump's converter shows it. Unit: 0.01 C.
#[expect(clippy::cast_possible_truncation, reason = "a body's temperature fits")]
fn as_centi_celsius(celsius: f64) -> i16 {
    libm::round(celsius * 100.0) as i16
}
