//! The test stand: a plant under one condition, with an ideal driver and an ideal balance.
//!
//! The driver knows only the rate and the volume of a step at reference. Pulse `k` is due at `k
//! step / rate`, computed from zero for each train, so that rounding does not accumulate. The
//! reservoir is topped up before each train, so that its fill stays constant.

use super::protocol::{Condition, SAMPLE_INTERVAL};
use thecal_sim::motor::NOMINAL_PULSE_ENERGY_UJ;
use thecal_sim::{
    Agent, ConfigError, Drive, Drug, MotorCommand, Plant, PlantConfig, PlantFault, Posture, Ramp,
    Refill, Tolerance,
};
use thecal_units::real::{Concentration, Mass, Pressure, Volume};
use thecal_units::{FlowRate, Millis, SimTime, exact};

/// Drug in the reservoir: morphine, 2 mg/mL. It is only weighed. Source: ours.
pub(super) const CONCENTRATION: Concentration = Concentration::from_ug_per_ml(2_000.0);
const US_PER_DAY: u128 = 86_400_000_000;
/// Duration of one trial of a restrictor for a constant-flow pump. Source: ours.
const TRY_OUT: Millis = Millis::HOUR;
/// Number of trials. At 24 mL/day one percent of the resistance is outside the restrictor, so each
/// trial divides the error by a hundred. Source: ours.
const TRIES: u32 = 4;

/// Time for a pump to adapt to its conditions before it starts. Source: ours.
const REST: Millis = Millis::HOUR;

/// Configuration of the stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Drive of the pump.
    pub drive: Drive,
    /// The set rate. Range: above zero.
    pub rate: FlowRate,
    /// The conditions.
    pub condition: Condition,
}

/// A pump on the stand.
#[derive(Clone, Debug)]
pub(crate) struct Stand {
    plant: Plant,
    drive: Drive,
    rate: FlowRate,
    /// Unit: pL.
    step_pl: u64,
    fill: Volume,
    /// Total compliance between head and tip. Unit: mL/kPa.
    compliance_ml_per_kpa: f64,
    /// Fraction of its volume that a step loses per kPa. Unit: 1/kPa.
    back_per_kpa: f64,
    /// Start of the driver.
    since: SimTime,
    /// Pulses commanded since then.
    commanded: u64,
}

impl Stand {
    /// A primed pump with its motor at rest, after an hour under the condition.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if no such pump is possible: a fill beyond its capacity, or a restrictor
    /// that does not exist for this rate.
    ///
    /// # Panics
    ///
    /// If the rate is zero: there is nothing to measure.
    pub(crate) fn new(setup: &Setup) -> Result<Self, ConfigError> {
        assert!(setup.rate > FlowRate::ZERO, "a set rate of zero");
        let mut config = config(setup.drive, &setup.condition);
        if setup.drive == Drive::ConstantFlow {
            choose_restrictor(&mut config, setup.rate)?;
        }
        Self::with(&config, setup)
    }

    fn with(config: &PlantConfig, setup: &Setup) -> Result<Self, ConfigError> {
        let mut plant = Plant::new(config)?;
        let condition = &setup.condition;
        plant.set_ambient(condition.ambient, Millis::ZERO);
        plant.set_temperature(condition.temperature, Millis::ZERO);
        plant.set_fluid_pressure(fluid_pressure(condition), Millis::ZERO);
        plant.advance(SimTime::ZERO + REST, &mut ());
        Ok(Self {
            plant,
            drive: setup.drive,
            rate: setup.rate,
            step_pl: picoliters(config.pump.step_nl),
            fill: config.fill,
            compliance_ml_per_kpa: config.pump.compliance_ml_per_kpa
                + config.catheter.compliance_ml_per_kpa,
            back_per_kpa: config.pump.back_per_kpa,
            since: SimTime::ZERO + REST,
            commanded: 0,
        })
    }

    /// Runs the pump for `span` at its rate.
    pub(crate) fn run(&mut self, span: Millis) {
        let until = self.plant.now() + span;
        while self.plant.now() < until {
            let next = (self.plant.now() + SAMPLE_INTERVAL).min(until);
            self.top_up();
            if self.drive != Drive::ConstantFlow {
                self.command_until(next);
            }
            self.plant.advance(next, &mut ());
        }
    }

    /// Commands the pulses that are due by `until`.
    fn command_until(&mut self, until: SimTime) {
        let rate_pl = u128::from(self.rate.as_nl_per_day()) * 1_000;
        let cycle = u128::from(self.step_pl) * US_PER_DAY;
        let us = |at: SimTime| u128::from(at.since(self.since).as_millis()) * 1_000;
        let due = us(until) * rate_pl / cycle;
        let pulses = due.saturating_sub(u128::from(self.commanded));
        let first = ((u128::from(self.commanded) + 1) * cycle).div_ceil(rate_pl);
        let delay = first.saturating_sub(us(self.plant.now()));
        // Rounding the period down keeps the last pulse within the span.
        let (Ok(pulses), Ok(delay), Ok(period)) = (
            u32::try_from(pulses),
            u32::try_from(delay),
            u32::try_from(cycle / rate_pl),
        ) else {
            // The first pulse is more than an hour away: nothing is due in this span.
            return;
        };
        if pulses > 0 {
            self.commanded += u64::from(pulses);
            self.command(pulses, delay, period);
        }
    }

    /// Fills the reservoir to the fill of the condition.
    pub(crate) fn top_up(&mut self) {
        let whole = Refill::plain(self.fill, CONCENTRATION);
        self.plant.refill(&whole);
    }

    fn command(&mut self, pulses: u32, first_delay_us: u32, period_us: u32) {
        self.plant.command(MotorCommand::Train {
            pulses,
            first_delay_us,
            period_us,
            pulse_energy_uj: NOMINAL_PULSE_ENERGY_UJ,
        });
    }

    /// Delivers `volume` at the set rate, then rests until `span` has passed.
    pub(crate) fn give(&mut self, volume: exact::Volume, span: Millis) {
        let pulses = volume.as_picoliters() / self.step_pl;
        let rate_pl = u128::from(self.rate.as_nl_per_day()) * 1_000;
        let period = u128::from(self.step_pl) * US_PER_DAY / rate_pl;
        let pulses = u32::try_from(pulses).unwrap_or(u32::MAX);
        let period = u32::try_from(period).unwrap_or(u32::MAX);
        self.top_up();
        self.command(pulses, period, period);
        self.rest(span);
    }

    /// Lets time pass without a command.
    pub(crate) fn rest(&mut self, span: Millis) {
        self.plant.advance(self.plant.now() + span, &mut ());
    }

    /// Stops the drive at once.
    pub(crate) fn stop(&mut self) {
        self.plant.command(MotorCommand::StopNow);
        (self.since, self.commanded) = (self.plant.now(), 0);
    }

    /// Closes the catheter at its tip.
    pub(crate) fn close_tip(&mut self) {
        let closed = Ramp::constant(f64::INFINITY);
        self.plant.begin_fault(PlantFault::TipOcclusion, closed);
    }

    /// Opens the catheter tip.
    pub(crate) fn open_tip(&mut self) {
        self.plant.end_fault(PlantFault::TipOcclusion);
    }

    /// Reading of the balance: volume that has left the tip.
    pub(crate) fn weight(&self) -> Volume {
        self.plant.truth().infused_volume
    }

    /// Drug that has left the tip.
    pub(crate) fn dose(&self) -> Mass {
        self.plant.truth().dose_infused
    }

    /// At the pump's outlet, above ambient.
    pub(crate) fn outlet_pressure(&self) -> Pressure {
        self.plant.truth().outlet_pressure
    }

    /// Pulses without movement.
    pub(crate) fn missed(&self) -> u64 {
        self.plant.truth().steps_missed
    }

    /// Total compliance between head and tip. Unit: mL/kPa.
    pub(crate) const fn compliance_ml_per_kpa(&self) -> f64 {
        self.compliance_ml_per_kpa
    }

    /// Fraction of its volume that a step loses per kPa of outlet pressure. Unit: 1/kPa.
    pub(crate) const fn back_per_kpa(&self) -> f64 {
        self.back_per_kpa
    }
}

/// The pressure at the tip, above ambient.
#[must_use]
pub(super) fn fluid_pressure(condition: &Condition) -> Pressure {
    Posture::RESTING + condition.back_pressure
}

/// The generic pump, filled as the condition requires.
pub(super) fn config(drive: Drive, condition: &Condition) -> PlantConfig {
    let agent = Agent::new(Drug::Morphine, Tolerance::Chronic, CONCENTRATION);
    let mut config = PlantConfig::new(agent);
    config.drive = drive;
    config.fill = Volume::from_milliliters(condition.fill * config.pump.capacity_ml);
    config
}

/// Finds the restrictor for a rate: a constant-flow pump has no setting (pump.md 1.1, S30). It is
/// run at reference and the resistance scaled in proportion, until the other resistances no longer
/// matter.
fn choose_restrictor(config: &mut PlantConfig, rate: FlowRate) -> Result<(), ConfigError> {
    let mut reference = *config;
    let condition = Condition::REFERENCE;
    reference.fill = Volume::from_milliliters(condition.fill * config.pump.capacity_ml);
    let setup = Setup {
        drive: config.drive,
        rate,
        condition,
    };
    let set_ml = f64::from(rate.as_nl_per_day()) / 1e6 * TRY_OUT.as_hours_f64() / 24.0;
    for _ in 0..TRIES {
        let mut stand = Stand::with(&reference, &setup)?;
        stand.run(TRY_OUT);
        let before = stand.weight();
        stand.run(TRY_OUT);
        let given = stand.weight() - before;
        reference.pump.restrictor_kpa_s_per_ml *= given.as_milliliters() / set_ml;
    }
    config.pump.restrictor_kpa_s_per_ml = reference.pump.restrictor_kpa_s_per_ml;
    config.check()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a step is 0.5 to 100 nL"
)]
fn picoliters(nanoliters: f64) -> u64 {
    (nanoliters * 1_000.0).round() as u64
}
