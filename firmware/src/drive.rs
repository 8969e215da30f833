//! The motor command of each exchange.

use crate::battery::LOAD_STEPS;
use crate::clock::Train;
use crate::metering::{Plan, SLEEP_MAX};
use crate::stall::TRY_PULSES;
use crate::state::State;
use thecal_link::Reaction;
use thecal_link::reaction::MotorCommand;
use thecal_units::{Millis, PumpTime};

impl State {
    /// Sets the motor command until the next wake; returns that wake.
    pub(crate) fn drive(&mut self, reaction: &mut Reaction) -> PumpTime {
        if !self.has_to_infuse() {
            self.stall.pause(self.now);
            self.stop(reaction, MotorCommand::StopAfterStroke);
            return self.now + SLEEP_MAX;
        }
        if self.stall.is_held() {
            return self.drive_stalled(reaction);
        }
        let change = self.set_rate();
        self.battery.begin(self.clock.monotonic());
        if self.battery.is_saving() && self.meter.is_fast() {
            // The infusion itself is as fast as a load.
            self.battery.is_loaded_by_infusion();
        } else if self.battery.is_saving() && self.may_check() {
            return self.check_battery(reaction, change);
        }
        if self.meter.due() == 0 {
            self.meter.save_up(0);
        }
        let plan = self.meter.plan(self.now, self.steps_allowed(), change);
        self.run(reaction, plan);
        plan.wake_at
    }

    /// Steps until the reservoir is empty, or until the rate changes because a bridge ends.
    fn steps_allowed(&self) -> u64 {
        let left = self.reservoir.steps_left();
        if self.bridge.is_active() && !self.is_priming() {
            left.min(self.bridge.steps().into())
        } else {
            left
        }
    }

    fn run(&mut self, reaction: &mut Reaction, plan: Plan) {
        self.dirty |= self.reservoir.lease(plan.pulses);
        if plan.pulses > 0 {
            reaction.motor = MotorCommand::Train {
                pulses: plan.pulses,
                first_delay_us: plan.first_delay_us,
                period_us: plan.period_us,
                pulse_energy_uj: self.stall.pulse_energy_uj(),
            };
            reaction.arm.missed_pulse = true;
            self.motor_on = true;
        } else {
            // The rate became zero: steps left of the last train are no longer due.
            self.stop(reaction, MotorCommand::StopAfterStroke);
        }
    }

    /// Sends the stop command `how`, if the motor may have pulses to drive.
    fn stop(&mut self, reaction: &mut Reaction, how: MotorCommand) {
        if core::mem::take(&mut self.motor_on) {
            reaction.motor = how;
        }
    }

    /// Whether a battery check can start or continue: not during a bolus or a stall that is not
    /// over, nor where its steps would take too long or exceed the steps allowed.
    fn may_check(&mut self) -> bool {
        let enough = self.steps_allowed() >= u64::from(LOAD_STEPS) + 2;
        let is_quiet = self.bolus.is_none() && !self.stall.is_open();
        let may = is_quiet && enough && self.meter.steps_in(LOAD_STEPS).is_some();
        if !may {
            self.battery.put_off(self.clock.monotonic());
        }
        may
    }

    /// Saves up due steps, then drives them together: a few steps late, never early, never more of
    /// them (REQ-BAT-001). Those that come due in the course of the train need not be saved up: a fast
    /// infusion would fall behind a slow train by more than it makes up (REQ-BAT-011).
    fn check_battery(&mut self, reaction: &mut Reaction, change: Millis) -> PumpTime {
        self.meter.save_up(LOAD_STEPS);
        let to_last = self.battery.time_to_last_pulse();
        let needed = self.meter.needed_for_train(LOAD_STEPS, to_last);
        if self.meter.due() < needed.into() {
            self.stop(reaction, MotorCommand::StopAfterStroke);
            let left = self.meter.steps_in(needed).unwrap_or(SLEEP_MAX);
            let left = left.min(SLEEP_MAX).min(change);
            return self.now + left.max(Millis::from_millis(1));
        }
        let (period_us, span) = self.battery.load();
        let wake_at = self.now + span;
        let burst = Plan {
            pulses: LOAD_STEPS,
            first_delay_us: 0,
            period_us,
            wake_at,
        };
        self.run(reaction, burst);
        wake_at
    }

    fn drive_stalled(&mut self, reaction: &mut Reaction) -> PumpTime {
        if let Some(train) = self.stall.begin_try(self.now) {
            self.dirty |= self.reservoir.lease(TRY_PULSES);
            reaction.motor = train;
            self.motor_on = true;
        } else if !self.stall.is_trying() {
            // A stall is cut within the stroke (REQ-STL-002).
            self.stop(reaction, MotorCommand::StopNow);
        }
        // A try is cut at its first missed pulse.
        reaction.arm.missed_pulse = self.stall.is_trying();
        self.stall.next().min(self.now + SLEEP_MAX)
    }
}

/// Delays a train until its first pulse is far enough from the last one of the train before
/// (REQ-MET-014).
pub(crate) fn space(reaction: &mut Reaction, gap_us: u32) {
    if let MotorCommand::Train { first_delay_us, .. } = &mut reaction.motor {
        *first_delay_us = gap_us.max(*first_delay_us);
    }
}

/// Cuts a train to the sleep that is planned: another module may need an earlier wake, and the
/// driver must have no pulses left after it, even if the pump hangs (REQ-MET-002, REQ-WDG-002). The
/// train is planned anew at the next wake anyway.
pub(crate) fn fit(reaction: &mut Reaction, sleep: Millis) {
    if sleep == Millis::ZERO {
        return;
    }
    if let MotorCommand::Train {
        pulses,
        first_delay_us,
        period_us,
        ..
    } = &mut reaction.motor
    {
        let after_first = (sleep.as_millis() * 1_000).checked_sub(u64::from(*first_delay_us));
        let fitting = after_first.map_or(0, |span| match span.checked_div(u64::from(*period_us)) {
            Some(more) => more + 1,
            None => u64::from(*pulses),
        });
        *pulses = u32::try_from(fitting).unwrap_or(u32::MAX).min(*pulses);
    }
}

/// The train that a reaction starts, as the clock's second time source.
pub(crate) const fn train(reaction: &Reaction) -> Option<Train> {
    match reaction.motor {
        MotorCommand::Train {
            pulses,
            first_delay_us,
            period_us,
            ..
        } => Some(Train {
            pulses,
            first_us: first_delay_us,
            period_us,
        }),
        _ => None,
    }
}
