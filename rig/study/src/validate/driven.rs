//! A plant with an ideal driver that runs the motor; there are no other acts.
//!
//! No firmware is involved. Trains are exact, at the rate that follows from the nominal volume of a
//! step; the rows check the response of the plant.

use thecal_sim::pump::{CatheterModel, GENERIC_CATHETER, GENERIC_PUMP, PumpModel};
use thecal_sim::{
    Agent, Drive, Drug, Injection, MotorCommand, Plant, PlantConfig, PlantFault, Posture, Ramp,
    Refill, Tolerance, Truth,
};
use thecal_units::real::{Concentration, Mass, Pressure, Temperature, Volume};
use thecal_units::{Millis, SimTime};

/// Drug concentration. Unit: ug/mL.
pub(super) const STRENGTH: f64 = 2_000.0;

/// One meter of the generic catheter.
pub(super) const METER: CatheterModel = CatheterModel {
    length_cm: 100.0,
    ..GENERIC_CATHETER.values
};

/// The generic pump without what the closed forms of pump.md 4 omit: filter, bellows, and the loss
/// of step volume by back-pressure.
pub(super) const PLAIN: PumpModel = PumpModel {
    bellows_kpa: 0.0,
    filter_kpa_s_per_ml: 0.0,
    back_per_kpa: 0.0,
    ..GENERIC_PUMP.values
};

/// The generic pump half full of baclofen, with one meter of catheter.
pub(super) fn config() -> PlantConfig {
    let strength = Concentration::from_ug_per_ml(STRENGTH);
    PlantConfig {
        catheter: METER,
        ..PlantConfig::new(Agent::new(Drug::Baclofen, Tolerance::Chronic, strength))
    }
}

/// The same with this pump.
pub(super) fn with(pump: PumpModel) -> PlantConfig {
    PlantConfig { pump, ..config() }
}

/// A plant and its driver.
pub(super) struct Driven {
    plant: Plant,
}

impl Driven {
    pub(super) fn new(config: &PlantConfig) -> Self {
        Self {
            plant: Plant::new(config).expect("these configurations are within all ranges"),
        }
    }

    /// The plain pump and one meter of catheter.
    pub(super) fn plain() -> Self {
        Self::new(&with(PLAIN))
    }

    /// A restrictor pump with this propellant; its restrictor is by far the largest resistance.
    pub(super) fn restrictor(propellant_kpa: f64, propellant_kj_per_mol: f64) -> Self {
        Self::new(&PlantConfig {
            drive: Drive::ConstantFlow,
            ..with(PumpModel {
                propellant_kpa,
                propellant_kj_per_mol,
                restrictor_kpa_s_per_ml: 2e7,
                ..PLAIN
            })
        })
    }

    /// A patient after months at this daily dose.
    pub(super) fn on_therapy(mut self, ug_per_day: f64) -> Self {
        self.plant
            .start_on_therapy(Mass::from_micrograms(ug_per_day));
        self
    }

    /// An injection of 10 mL into the pocket instead of the reservoir.
    pub(super) fn into_pocket(mut self, dose_ug: f64) -> Self {
        self.plant.refill(&Refill {
            withdrawn: Some(Volume::ZERO),
            volume: Volume::ZERO,
            pocket: Volume::from_milliliters(10.0),
            concentrations: [
                Concentration::from_ug_per_ml(dose_ug / 10.0),
                Concentration::ZERO,
            ],
        });
        self
    }

    /// The patient holds himself like this.
    pub(super) fn holds(mut self, posture: Posture) -> Self {
        self.plant.set_posture(posture);
        self
    }

    /// A dose given by hand into the spinal fluid.
    pub(super) fn by_hand(mut self, injection: &Injection) -> Self {
        self.plant.inject_by_hand(injection);
        self
    }

    /// Advances time.
    pub(super) fn run(mut self, span: Millis) -> Self {
        self.plant.advance(self.plant.now() + span, &mut ());
        self
    }

    /// Runs the motor without end.
    pub(super) fn infuse(mut self, ml_per_day: f64) -> Self {
        let steps = u32::MAX;
        self.drive(ml_per_day, steps);
        self
    }

    /// Runs the motor for a volume, and some time more.
    pub(super) fn give(mut self, ml: f64, ml_per_day: f64) -> Self {
        let steps = whole(ml * 1e6 / GENERIC_PUMP.values.step_nl);
        self.drive(ml_per_day, steps);
        let hours = ml / ml_per_day * 24.0;
        self.run(Millis::from_secs(u64::from(whole(hours * 3_600.0)) + 180))
    }

    fn drive(&mut self, ml_per_day: f64, pulses: u32) {
        let period_us = whole(period_s(ml_per_day) * 1e6);
        self.plant.command(MotorCommand::Train {
            pulses,
            first_delay_us: period_us,
            period_us,
            pulse_energy_uj: 30,
        });
    }

    /// Begins a fault and gives it time to act.
    pub(super) fn with_fault(mut self, fault: PlantFault, severity: f64) -> Self {
        self.plant.begin_fault(fault, Ramp::constant(severity));
        self.run(Millis::MINUTE.times(2))
    }

    pub(super) fn without_fault(mut self, fault: PlantFault) -> Self {
        self.plant.end_fault(fault);
        self
    }

    /// Ambient pressure, absolute, in kPa; one hour to settle.
    pub(super) fn at_ambient(mut self, kpa: f64) -> Self {
        let ambient = Pressure::from_kilopascals(kpa);
        self.plant.set_ambient(ambient, Millis::ZERO);
        self.run(Millis::HOUR)
    }

    /// Body temperature in C; one hour to settle.
    pub(super) fn at_celsius(mut self, celsius: f64) -> Self {
        let temperature = Temperature::from_celsius(celsius);
        self.plant.set_temperature(temperature, Millis::ZERO);
        self.run(Millis::HOUR)
    }

    /// A stay in a strong magnetic field.
    pub(super) fn in_field(mut self, span: Millis) -> Self {
        self.plant.enter_field();
        self = self.run(span);
        self.plant.leave_field(Millis::ZERO);
        self
    }

    pub(super) fn truth(&self) -> Truth {
        self.plant.truth()
    }

    /// The effect of the fault, in its unit.
    pub(super) fn effect(&self, fault: PlantFault) -> f64 {
        let effect = u32::try_from(self.plant.fault_effect(fault));
        effect.map_or(f64::NAN, f64::from)
    }

    /// Outlet pressure above its value at rest. Unit: kPa.
    pub(super) fn excess_kpa(&self) -> f64 {
        let rest = Posture::RESTING;
        (self.truth().outlet_pressure - rest).as_kilopascals()
    }

    /// Its mean over a span, which averages out the rollers. Unit: kPa.
    pub(super) fn mean_excess_kpa(mut self, span: Millis) -> f64 {
        let rest = Posture::RESTING;
        let (mut sum, mut ticks) = (0.0, 0.0);
        let until = self.plant.now() + span;
        self.plant.advance(until, &mut |_: SimTime, truth: &Truth| {
            sum += (truth.outlet_pressure - rest).as_kilopascals();
            ticks += 1.0;
        });
        sum / ticks
    }

    /// Volume entering the fluid over a span from now on. Unit: mL.
    pub(super) fn infused_over(self, span: Millis) -> f64 {
        let before = self.truth().infused_volume;
        (self.run(span).truth().infused_volume - before).as_milliliters()
    }

    /// Time until `is_so`, checked each minute. Unit: min; NaN after a week.
    pub(super) fn minutes_until(self, is_so: impl Fn(&Self) -> bool) -> f64 {
        let (mut driven, mut minutes) = (self, 0.0);
        while !is_so(&driven) {
            if minutes > 10_080.0 {
                return f64::NAN;
            }
            driven = driven.run(Millis::MINUTE);
            minutes += 1.0;
        }
        minutes
    }

    /// Time until `count` pulses were missed. Unit: s; NaN after an hour.
    pub(super) fn seconds_until_missed(mut self, count: u64) -> f64 {
        let mut seconds = 0.0;
        while self.truth().steps_missed < count {
            if seconds > 3_600.0 {
                return f64::NAN;
            }
            self = self.run(Millis::from_secs(1));
            seconds += 1.0;
        }
        seconds
    }

    /// Error of the pump's clock against true time. Unit: s.
    pub(super) fn clock_error_s(&self) -> f64 {
        let (pump, truth) = (self.plant.pump_clock(), self.plant.now());
        let (pump, truth) = (pump.since_origin(), truth.since_origin());
        (pump.as_secs_f64() - truth.as_secs_f64()).abs()
    }

    /// Supply droop at the last pulses. Unit: mV.
    pub(super) fn droop_mv(&mut self) -> f64 {
        let pins = self.plant.take_pins();
        f64::from(pins.supply_mv) - f64::from(pins.supply_min_mv)
    }
}

/// Interval between steps at a rate. Unit: s.
pub(super) fn period_s(ml_per_day: f64) -> f64 {
    86_400.0 * GENERIC_PUMP.values.step_nl * 1e-6 / ml_per_day
}

/// The nearest integer; rates here stay within a timer's range.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked"
)]
fn whole(value: f64) -> u32 {
    assert!(
        (0.0..=f64::from(u32::MAX)).contains(&value),
        "{value} is more than a timer counts"
    );
    value.round() as u32
}
