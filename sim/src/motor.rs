//! The stepper motor: a train of pulses, and whether each one turns the shaft.
//!
//! Terms: a *pulse* is one drive of the coil; it is *moved* when the rotor follows and *missed*
//! when it does not. *Margin* is motor torque over load torque. Torques are relative to the
//! largest load of a new pump at rest pressure, which is 1.
//!
//! Equations:
//! ```text
//! T_motor = 2.0 * (energy / 30 uJ) * (V_pulse / 2.8 V)^2 * coil share
//! T_load  = wear * T_f + T_roll * lift(angle) + c * (P_out - P_ref)   missed if T_load > T_motor
//! ```
//! `lift` is a raised cosine, once per roller passage. A missed pulse leaves the shaft where it
//! was, so within one plant tick, in which pressure, supply and severities are constant, every
//! later pulse misses as well. So a span of pulses costs the same as one. Only if single steps are
//! lost at random is each pulse computed; the random number is a hash of seed and pulse number.
//!
//! Beyond its pull-out speed a stepper loses synchronism and stands still: of pulses closer than that
//! only the first moves it.
//!
//! A strong field aligns the rotor and turns it back a little (S2); how far is ours (design).
//!
//! Source: pump.md 4.1 for the form and the margin of 2.0 (design). The split of the load and the
//! pressure coefficient are ours (design): with them a new motor stalls at 150 kPa at 2.8 V, within the
//! trip pressures of a cassette pump, 124 +/- 62 kPa (S46), and at 206 to 219 kPa on a fresh battery.

use crate::clock::PumpClock;
use crate::head::{STEPS_PER_PASSAGE, STEPS_PER_REVOLUTION};
use crate::pump::PumpModel;
use thecal_units::SimTime;

/// The pulse energy at which a new motor has a margin of 2.0.
///
/// Unit: uJ. Source: pump.md 4.1 and 4.6: 10 uC a step near 3 V (design).
pub const NOMINAL_PULSE_ENERGY_UJ: u16 = 30;

/// The supply at the pulse at which the torque is nominal. Unit: V. Source: pump.md 4.6, the plateau (mem M).
const NOMINAL_SUPPLY: f64 = 2.8;
/// Distance from the shaft to the particle that jams the gear. Unit: steps. Source: ours.
const JAM_AHEAD: u64 = 40;

/// Distance that a field turns the shaft back. Unit: steps. Source: ours (design): four turns of
/// the rotor.
const KICK_STEPS: u64 = 8;

/// Commands to the motor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MotorCommand {
    /// Run a train of pulses autonomously, like a hardware timer. It replaces a running train.
    ///
    /// Pulse `i`, from 0, fires at the first whole millisecond not earlier than
    /// `first_delay_us + i * period_us` after the command, as the pump's crystal counts.
    Train {
        /// Number of pulses. Zero stops the motor.
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
    /// Pulses fired so far.
    pub(crate) fired: u32,
}

impl Train {
    /// Number of pulses of the train due by `at`.
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

/// Load on the shaft over a span with constant pressure and severities.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Friction, roller lift, load per kPa; relative to the largest load of a new pump.
    friction: f64,
    roller_lift: f64,
    per_kpa: f64,
    /// Factor on the friction of a new pump.
    wear: f64,
    /// Share of steps lost at random.
    lost_share: f64,
}

impl Load {
    pub(crate) fn new(pump: &PumpModel, wear: f64, lost_share: f64) -> Self {
        Self {
            friction: pump.friction,
            roller_lift: pump.roller_lift,
            per_kpa: pump.load_per_kpa,
            wear,
            lost_share,
        }
    }

    /// Load of a valve: no rollers, no outlet pressure.
    pub(crate) const fn of_a_valve(self) -> Self {
        Self {
            roller_lift: 0.0,
            per_kpa: 0.0,
            ..self
        }
    }

    /// Whether single steps may be lost at random.
    pub(crate) const fn is_random(&self) -> bool {
        self.lost_share > 0.0
    }

    /// The load at rest angle for an outlet pressure above rest, relative.
    fn base(&self, pressure_above_rest_kpa: f64) -> f64 {
        // A forecast may pass the pressure of a closed catheter, which is infinite.
        let of_pressure = if self.per_kpa > 0.0 {
            self.per_kpa * pressure_above_rest_kpa
        } else {
            0.0
        };
        (self.wear * self.friction + of_pressure).max(0.0)
    }

    /// The largest load of a revolution at that pressure, relative.
    pub(crate) fn peak(&self, pressure_above_rest_kpa: f64) -> f64 {
        self.base(pressure_above_rest_kpa) + self.roller_lift
    }

    /// Roller load at this step of the shaft, relative.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a step within a passage is below 800"
    )]
    fn of_rollers(&self, step: u64) -> f64 {
        let phase = (step % STEPS_PER_PASSAGE) as f64 / STEPS_PER_PASSAGE as f64;
        self.roller_lift * 0.5 * (1.0 - libm::cos(2.0 * core::f64::consts::PI * phase))
    }
}

/// The torque of a pulse of this energy with this supply at its bottom, relative.
pub(crate) fn motor_torque(nominal: f64, energy_uj: u16, supply_volts: f64) -> f64 {
    let relative = supply_volts / NOMINAL_SUPPLY;
    nominal * f64::from(energy_uj) / f64::from(NOMINAL_PULSE_ENERGY_UJ) * relative * relative
}

/// A number between 0 and 1 that depends only on seed and pulse: splitmix64.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn chance(seed: u64, pulse: u64) -> f64 {
    let mut bits = seed ^ pulse.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A mechanical fault of the motor, and the number of pulses lost to it.
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

/// The shaft: pulses driven, steps moved, and its faults.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shaft {
    pub(crate) driven: u64,
    pub(crate) moved: u64,
    /// Angle of the shaft: steps moved less those turned back by a field. Unit: steps.
    pub(crate) angle: u64,
    /// Steps lost at random.
    pub(crate) lost: u64,
    seed: u64,
    stall: Fault,
    /// A field holds the rotor, or has not released it yet.
    pub(crate) held: bool,
    jam: Fault,
    /// The step that the shaft cannot pass while the jam is active.
    jam_step: u64,
}

impl Shaft {
    /// A shaft at rest; `seed` determines the steps lost at random.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    pub(crate) const fn missed(&self) -> u64 {
        self.driven - self.moved
    }

    pub(crate) fn set_stall(&mut self, active: bool) {
        self.stall.set(active);
    }

    /// Places a particle a little ahead of the shaft, or removes it; the shaft cannot pass it.
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

    /// Steps that are free before a fault holds the shaft.
    pub(crate) fn free_steps(&self) -> u64 {
        if self.stall.active || self.held {
            0
        } else if self.jam.active {
            self.jam_step.saturating_sub(self.moved)
        } else {
            u64::MAX
        }
    }

    /// Drives `pulses` at this torque and load; returns how many moved before the first miss.
    pub(crate) fn drive(
        &mut self,
        pulses: u32,
        torque: f64,
        load: &Load,
        pressure_kpa: f64,
    ) -> u32 {
        if load.is_random() {
            return self.drive_by_chance(pulses, torque, load, pressure_kpa);
        }
        let wanted = u64::from(pulses);
        let free = self.free_steps().min(wanted);
        let moved = self.steps_before_overload(free, torque, load, pressure_kpa);
        let missed = wanted - moved;
        self.driven += wanted;
        self.advance(moved);
        if self.stall.active {
            self.stall.effect += missed;
        } else if self.jam.active && moved == free {
            self.jam.effect += missed;
        }
        u32::try_from(moved).unwrap_or(pulses)
    }

    /// As [`Self::drive`], pulse by pulse.
    fn drive_by_chance(&mut self, pulses: u32, torque: f64, load: &Load, pressure_kpa: f64) -> u32 {
        let (mut before_miss, mut missed) = (0, false);
        let certain = Load {
            lost_share: 0.0,
            ..*load
        };
        for _ in 0..pulses {
            let moved = if chance(self.seed, self.driven) < load.lost_share {
                self.driven += 1;
                self.lost += 1;
                0
            } else {
                self.drive(1, torque, &certain, pressure_kpa)
            };
            missed |= moved == 0;
            if !missed {
                before_miss += 1;
            }
        }
        before_miss
    }

    /// Drives pulses that the rotor does not follow.
    pub(crate) fn miss(&mut self, pulses: u32) {
        self.driven += u64::from(pulses);
    }

    fn advance(&mut self, steps: u64) {
        self.moved += steps;
        self.angle += steps;
    }

    /// A field turns the shaft back; returns the angles after and before.
    pub(crate) fn kick_back(&mut self) -> (u64, u64) {
        let from = self.angle;
        self.angle = from.saturating_sub(KICK_STEPS);
        (self.angle, from)
    }

    /// How many of `wanted` steps the torque can drive; checks one passage at most, as passages
    /// repeat.
    fn steps_before_overload(
        &self,
        wanted: u64,
        torque: f64,
        load: &Load,
        pressure_kpa: f64,
    ) -> u64 {
        if load.peak(pressure_kpa) <= torque {
            return wanted;
        }
        let base = load.base(pressure_kpa);
        let looked_at = wanted.min(STEPS_PER_REVOLUTION);
        (0..looked_at)
            .find(|ahead| base + load.of_rollers(self.angle + ahead) > torque)
            .unwrap_or(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ClockModel;
    use crate::pump::GENERIC_PUMP;

    fn new() -> Load {
        Load::new(&GENERIC_PUMP.values, 1.0, 0.0)
    }

    #[test]
    fn steps_are_lost_at_the_rate_asked_for_however_the_span_is_cut() {
        let load = Load::new(&GENERIC_PUMP.values, 1.0, 0.05);
        let mut whole = Shaft::new(7);
        let mut parts = whole;
        whole.drive(100_000, 2.0, &load, 0.0);
        for _ in 0..1_000 {
            parts.drive(100, 2.0, &load, 0.0);
        }
        assert_eq!(whole.lost, parts.lost);
        // 5000 expected, standard deviation 69.
        assert!((4_700..5_300).contains(&whole.lost), "{}", whole.lost);
        assert_eq!(whole.moved + whole.lost, 100_000);
    }

    #[test]
    fn a_gear_with_twice_the_friction_still_turns_and_with_three_times_not() {
        let at = |wear| Load::new(&GENERIC_PUMP.values, wear, 0.0);
        let mut shaft = Shaft::default();
        assert_eq!(shaft.drive(1_600, 2.0, &at(2.0), 0.0), 1_600);
        assert!(shaft.drive(1_600, 2.0, &at(3.0), 0.0) < 800);
    }

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
        let margin = motor_torque(2.0, NOMINAL_PULSE_ENERGY_UJ, 2.8) / new().peak(0.0);
        assert!((margin - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_weak_pulse_stops_at_the_roller_and_stays_there() {
        let mut shaft = Shaft::default();
        let weak = motor_torque(2.0, 12, 2.8);
        let moved = shaft.drive(5_000, weak, &new(), 0.0);
        assert!(moved > 0 && u64::from(moved) < STEPS_PER_PASSAGE);
        assert_eq!(shaft.drive(5_000, weak, &new(), 0.0), 0);
        assert_eq!(shaft.missed(), 10_000 - u64::from(moved));
    }

    #[test]
    fn a_jam_lets_forty_steps_pass() {
        let mut shaft = Shaft::default();
        shaft.drive(7, 2.0, &new(), 0.0);
        shaft.set_jam(true);
        assert_eq!(shaft.drive(100, 2.0, &new(), 0.0), 40);
        assert_eq!(shaft.jam_effect(), 60);
        shaft.set_jam(false);
        assert_eq!(shaft.drive(100, 2.0, &new(), 0.0), 100);
    }
}
