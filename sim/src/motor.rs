//! The stepper motor: a train of pulses, and whether each one turns the shaft.
//!
//! Terms: a *pulse* is one drive of the coil; it is *moved* when the rotor follows and *missed*
//! when it does not. *Margin* is motor torque over load torque. Torques are relative to the
//! largest load of a new pump at rest pressure, which is 1.
//!
//! Equations:
//! ```text
//! T_motor = 2.0 * (energy / 30 uJ) * (V / 2.8 V)^2
//! T_load  = T_f + T_roll * lift(angle) + c * (P_out - P_ref)      missed if T_load > T_motor
//! ```
//! `lift` is a raised cosine, once a roller passage. A missed pulse leaves the shaft where it
//! was, so within one plant tick, over which pressure and supply are held, every later pulse
//! misses as well. That is why a span of pulses costs the same as one.
//!
//! Source: pump.md 4.1 for the form and the margin of 2.0 (design). The split of the load and the
//! coefficient of pressure are ours (design): with them a new motor stalls at 150 kPa, between
//! the trip pressures of a cassette pump, 124 +/- 62 kPa (S46).

use crate::clock::PumpClock;
use crate::head::{STEPS_PER_PASSAGE, STEPS_PER_REVOLUTION};
use thecal_units::SimTime;

/// The pulse energy at which a new motor has a margin of 2.0.
///
/// Unit: uJ. Source: pump.md 4.1 and 4.6: 10 uC a step near 3 V (design).
pub const NOMINAL_PULSE_ENERGY_UJ: u16 = 30;

/// Motor torque at nominal energy and 2.8 V. Source: pump.md 4.1, margin 2.0 new (design).
const NOMINAL_TORQUE: f64 = 2.0;
/// The supply at which the torque is nominal. Unit: V. Source: pump.md 4.6, the plateau (mem M).
const NOMINAL_SUPPLY: f64 = 2.8;
/// Friction of gear and tube. Source: ours (design).
const FRICTION: f64 = 0.7;
/// What lifting a roller adds at most. Source: ours (design).
const ROLLER_LIFT: f64 = 0.3;
/// Load per outlet pressure above the rest. Unit: 1/kPa. Source: ours (design), see above.
const LOAD_PER_KPA: f64 = 1.0 / 150.0;
/// How far ahead of the shaft a particle lies when it jams the gear. Unit: steps. Source: ours.
const JAM_AHEAD: u64 = 40;

/// What a pump tells its motor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MotorCommand {
    /// Run a train of pulses by itself, as a hardware timer does. It replaces a running train.
    ///
    /// Pulse `i`, from 0, fires at the first whole millisecond not earlier than
    /// `first_delay_us + i * period_us` after the command, as the pump's crystal counts.
    Train {
        /// How many pulses. Zero stops the motor.
        pulses: u32,
        /// From the command to the first pulse. Unit: us of the pump's crystal.
        first_delay_us: u32,
        /// From one pulse to the next. Unit: us of the pump's crystal.
        period_us: u32,
        /// Unit: uJ. Nominal: [`NOMINAL_PULSE_ENERGY_UJ`].
        pulse_energy_uj: u16,
    },
    /// Cut the train at once.
    StopNow,
    /// Let the pulse in progress finish, then cut the train. A pulse takes no time at the
    /// resolution of a millisecond, so the plant does the same as for [`Self::StopNow`].
    StopAfterStroke,
}

/// A running train.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Train {
    pub(crate) start: SimTime,
    pub(crate) pulses: u32,
    pub(crate) first_delay_us: u32,
    pub(crate) period_us: u32,
    pub(crate) energy_uj: u16,
    /// How many pulses have fired.
    pub(crate) fired: u32,
}

impl Train {
    /// How many pulses of the whole train are due by `at`.
    pub(crate) fn due(&self, clock: &PumpClock, at: SimTime) -> u32 {
        let elapsed = clock.elapsed_us(at.since(self.start));
        let Some(after_first) = elapsed.checked_sub(u64::from(self.first_delay_us)) else {
            return 0;
        };
        let Some(periods) = after_first.checked_div(u64::from(self.period_us)) else {
            return self.pulses;
        };
        u32::try_from(periods.saturating_add(1))
            .unwrap_or(u32::MAX)
            .min(self.pulses)
    }

    /// When pulse `index` fires.
    pub(crate) fn instant(&self, clock: &PumpClock, index: u32) -> SimTime {
        let us = u64::from(self.first_delay_us) + u64::from(index) * u64::from(self.period_us);
        self.start + clock.span_of_us(us)
    }
}

/// The torque that a pulse of this energy makes at this supply, relative.
pub(crate) fn motor_torque(energy_uj: u16, supply_volts: f64) -> f64 {
    let relative = supply_volts / NOMINAL_SUPPLY;
    NOMINAL_TORQUE * f64::from(energy_uj) / f64::from(NOMINAL_PULSE_ENERGY_UJ) * relative * relative
}

/// The load at rest angle for an outlet pressure above the rest, relative.
fn base_load(pressure_above_rest_kpa: f64) -> f64 {
    (FRICTION + LOAD_PER_KPA * pressure_above_rest_kpa).max(0.0)
}

/// The largest load of a revolution at that pressure, relative.
pub(crate) fn peak_load(pressure_above_rest_kpa: f64) -> f64 {
    base_load(pressure_above_rest_kpa) + ROLLER_LIFT
}

/// What the rollers add at this step of the shaft, relative.
#[expect(
    clippy::cast_precision_loss,
    reason = "a step within a passage is below 800"
)]
fn roller_load(step: u64) -> f64 {
    let phase = (step % STEPS_PER_PASSAGE) as f64 / STEPS_PER_PASSAGE as f64;
    ROLLER_LIFT * 0.5 * (1.0 - libm::cos(2.0 * core::f64::consts::PI * phase))
}

/// A mechanical fault of the motor and how many pulses it took.
#[derive(Clone, Copy, Debug, Default)]
struct Fault {
    active: bool,
    effect: u64,
}

impl Fault {
    fn set(&mut self, active: bool) -> bool {
        let started = active && !self.active;
        if started {
            self.effect = 0;
        }
        self.active = active;
        started
    }
}

/// The shaft: what was driven, what followed, and what is wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shaft {
    pub(crate) driven: u64,
    pub(crate) moved: u64,
    stall: Fault,
    jam: Fault,
    /// The step that the shaft cannot pass while the jam is active.
    jam_step: u64,
}

impl Shaft {
    pub(crate) const fn missed(&self) -> u64 {
        self.driven - self.moved
    }

    pub(crate) fn set_stall(&mut self, active: bool) {
        self.stall.set(active);
    }

    /// The particle lies a little ahead of the shaft; while it is there the shaft cannot pass.
    pub(crate) fn set_jam(&mut self, active: bool) {
        if self.jam.set(active) {
            self.jam_step = self.moved + JAM_AHEAD;
        }
    }

    pub(crate) const fn stall_effect(&self) -> u64 {
        self.stall.effect
    }

    pub(crate) const fn jam_effect(&self) -> u64 {
        self.jam.effect
    }

    /// How many steps are free before a fault holds the shaft.
    pub(crate) fn free_steps(&self) -> u64 {
        if self.stall.active {
            0
        } else if self.jam.active {
            self.jam_step.saturating_sub(self.moved)
        } else {
            u64::MAX
        }
    }

    /// Drives `pulses` at this torque and load; gives how many moved before the first miss.
    pub(crate) fn drive(&mut self, pulses: u32, torque: f64, pressure_kpa: f64) -> u32 {
        let wanted = u64::from(pulses);
        let free = self.free_steps().min(wanted);
        let moved = self.steps_before_overload(free, torque, pressure_kpa);
        let missed = wanted - moved;
        self.driven += wanted;
        self.moved += moved;
        if self.stall.active {
            self.stall.effect += missed;
        } else if self.jam.active && moved == free {
            self.jam.effect += missed;
        }
        u32::try_from(moved).unwrap_or(pulses)
    }

    /// How many of `wanted` steps the torque can do; a passage repeats, so it looks at one at most.
    fn steps_before_overload(&self, wanted: u64, torque: f64, pressure_kpa: f64) -> u64 {
        if peak_load(pressure_kpa) <= torque {
            return wanted;
        }
        let base = base_load(pressure_kpa);
        let looked_at = wanted.min(STEPS_PER_REVOLUTION);
        (0..looked_at)
            .find(|ahead| base + roller_load(self.moved + ahead) > torque)
            .unwrap_or(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ClockModel;

    fn train(first_delay_us: u32, period_us: u32) -> Train {
        let start = SimTime::from_millis(1_000);
        Train {
            start,
            pulses: 10,
            first_delay_us,
            period_us,
            energy_uj: 30,
            fired: 0,
        }
    }

    #[test]
    fn a_pulse_fires_at_the_first_millisecond_not_earlier() {
        for ppm in [-250, 0, 20, 31_007] {
            let clock = PumpClock::new(ClockModel { ppm });
            for (first, period) in [(0, 1_500), (1, 333), (999, 860_123), (7, 4_000_000_000)] {
                let train = train(first, period);
                for index in 0..train.pulses {
                    let at = train.instant(&clock, index);
                    let case = (ppm, first, period, index);
                    assert!(train.due(&clock, at) > index, "{case:?}");
                    let before = SimTime::from_millis(at.as_millis() - 1);
                    let early = at > train.start && train.due(&clock, before) > index;
                    assert!(!early, "{case:?}");
                }
            }
        }
    }

    #[test]
    fn a_new_motor_has_a_margin_of_two_at_its_peak_load() {
        let margin = motor_torque(NOMINAL_PULSE_ENERGY_UJ, 2.8) / peak_load(0.0);
        assert!((margin - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_weak_pulse_stops_at_the_roller_and_stays_there() {
        let mut shaft = Shaft::default();
        let weak = motor_torque(12, 2.8);
        let moved = shaft.drive(5_000, weak, 0.0);
        assert!(moved > 0 && u64::from(moved) < STEPS_PER_PASSAGE);
        assert_eq!(shaft.drive(5_000, weak, 0.0), 0);
        assert_eq!(shaft.missed(), 10_000 - u64::from(moved));
    }

    #[test]
    fn a_jam_lets_forty_steps_pass() {
        let mut shaft = Shaft::default();
        shaft.drive(7, 2.0, 0.0);
        shaft.set_jam(true);
        assert_eq!(shaft.drive(100, 2.0, 0.0), 40);
        assert_eq!(shaft.jam_effect(), 60);
        shaft.set_jam(false);
        assert_eq!(shaft.drive(100, 2.0, 0.0), 100);
    }
}
