//! One exchange: pins to the pump, its effects to the plant, in the contract's order; and resets.

use super::lockstep::{Lockstep, PumpSide};
use super::outcome::RunError;
use super::story::{ResetRecord, Subject};
use super::sweep::Effects;
use crate::bench::{BenchError, Exchange};
use std::sync::atomic::Ordering;
use thecal_link::frame::checksum;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, Hello, MotorCommand, ResetCause, Tone, WakeReasons};
use thecal_sim::Armed;
use thecal_units::{Millis, SimTime};

/// A pump that hangs once more after as many watchdog resets gives no further insight, and each
/// hang costs seconds of wall time on every bench.
const HANGS_MAX: usize = 3;

impl Lockstep<'_> {
    /// One exchange: pins to the pump, its effects to the plant, in the contract's order.
    pub(super) fn exchange(&mut self, wake: WakeReasons) -> Result<(), RunError> {
        let pins = self.plant.take_pins();
        self.recorder.supply_fell_to(pins.supply_min_mv);
        let stimulus = &mut self.stimulus;
        stimulus.wake = wake;
        for (fired, reason) in [
            (pins.events.missed_pulse, WakeReasons::MISSED_PULSE),
            (pins.events.magnet, WakeReasons::MAGNET),
            (pins.events.supply, WakeReasons::SUPPLY),
        ] {
            if fired {
                stimulus.wake = stimulus.wake.and(reason);
            }
        }
        stimulus.magnet = pins.magnet;
        stimulus.clock = pins.pump_clock;
        stimulus.supply_mv = pins.supply_mv;
        stimulus.supply_min_mv = pins.supply_min_mv;
        stimulus.temperature_centi_c = pins.temperature_centi_c;
        stimulus.steps_driven = pins.steps_driven;
        stimulus.steps_sensed = pins.steps_sensed;
        stimulus.nvm_durable = self.pump.durable;
        self.pump.woken_at = Some(self.plant.now());
        self.exchanges += 1;
        self.progress
            .exchanges
            .store(self.exchanges, Ordering::Relaxed);
        self.progress.in_exchange.store(true, Ordering::Relaxed);
        self.reaction.clear();
        let outcome = self.bench.exchange(&self.stimulus, &mut self.reaction);
        self.progress.in_exchange.store(false, Ordering::Relaxed);
        match outcome? {
            Exchange::Reacted => self.apply(),
            Exchange::Hung => {
                self.hangs();
                Ok(())
            }
        }
    }

    /// No Reaction: from here only the watchdog helps, and after too many hangs nothing does.
    fn hangs(&mut self) {
        let now = self.plant.now();
        match self.troubles.upset_by() {
            None => self.hangs.push(now),
            Some(fault) => self.hangs_by_fault.push((now, fault)),
        }
        self.pump.hung = true;
        self.pump.wake_at = SimTime::NEVER;
        self.note(now, Subject::Pump, "no reaction: the pump hangs".into());
        if self.hangs.len() + self.hangs_by_fault.len() > HANGS_MAX {
            self.pump.watchdog_at = SimTime::NEVER;
            let what = "hangs again and again: the rig gives it up, no watchdog from here on";
            self.note(now, Subject::Pump, what.into());
        }
    }

    /// Applies a Reaction's effects: memory writes one by one, then motor, sounder, telemetry.
    fn apply(&mut self) -> Result<(), RunError> {
        if self.troubles.has_cuts()
            && let Some((fault, stop)) = self.cut_here()
        {
            return self.apply_until(fault, stop);
        }
        let now = self.plant.now();
        if let Some(effects) = &mut self.effects {
            effects.push(Effects::of(now, &self.reaction));
        }
        self.pump.durable = 0;
        for (offset, bytes) in self.reaction.nvm.iter() {
            self.nvm.write(usize::from(offset), bytes)?;
            self.pump.durable += 1;
        }
        self.writes += u64::from(self.pump.durable);
        self.drive_motor();
        self.sound(now);
        if self.reaction.watchdog > Millis::ZERO {
            let deadline = self.stimulus.clock + self.reaction.watchdog;
            self.pump.watchdog_at = self.plant.sim_time_of(deadline);
        }
        let arm = self.reaction.arm;
        self.plant.arm(Armed {
            missed_pulse: arm.missed_pulse,
            magnet: arm.magnet,
            supply_below_mv: (arm.supply_below_mv > 0).then_some(arm.supply_below_mv),
        });
        self.pump.receiver_on = arm.telemetry;
        let wake_at = self.plant.sim_time_of(self.reaction.wake_at);
        self.pump.wake_at = wake_at.max(now + Millis::from_millis(1));
        Ok(())
    }

    pub(super) fn drive_motor(&mut self) {
        match self.reaction.motor {
            MotorCommand::Keep => {}
            MotorCommand::Train {
                pulses,
                first_delay_us,
                period_us,
                pulse_energy_uj,
            } => {
                self.plant.command(thecal_sim::MotorCommand::Train {
                    pulses,
                    first_delay_us,
                    period_us,
                    pulse_energy_uj,
                });
            }
            MotorCommand::StopNow => self.plant.command(thecal_sim::MotorCommand::StopNow),
            MotorCommand::StopAfterStroke => {
                self.plant
                    .command(thecal_sim::MotorCommand::StopAfterStroke);
            }
        }
    }

    pub(super) fn sound(&mut self, now: SimTime) {
        let therapy = self.people.therapy();
        let (interval, what) = match self.reaction.tone {
            Tone::Silent => return,
            Tone::Single => (therapy.non_critical_interval, "non-critical alarm sounds"),
            Tone::TwoTone => (therapy.critical_interval, "critical alarm sounds"),
        };
        // A tone that comes late begins anew: the silence before it must show.
        self.recorder.end_alarms(now);
        let fresh = match self.reaction.tone {
            Tone::TwoTone => !self.recorder.shown.critical,
            Tone::Silent | Tone::Single => !self.recorder.shown.non_critical,
        };
        self.recorder.tone(now, self.reaction.tone, interval);
        if fresh {
            self.note(now, Subject::Pump, what.into());
        }
    }

    /// Resets the pump and lets it start again on the memory as it is.
    ///
    /// `because` names the fault of the story that is behind it, if one is.
    pub(super) fn reset(
        &mut self,
        cause: ResetCause,
        because: Option<&'static str>,
    ) -> Result<(), RunError> {
        let now = self.plant.now();
        self.resets.push(ResetRecord {
            at: now,
            cause,
            because,
            cut_short: false,
        });
        self.recorder.shown.resets += 1;
        let what = match cause {
            ResetCause::PowerOn => "powers on",
            ResetCause::Pin => "is reset by its line",
            ResetCause::Watchdog => "is reset by its watchdog",
            ResetCause::BrownOut => "starts again after low supply",
        };
        self.note(now, Subject::Pump, what.into());
        self.plant.reset_pins();
        self.boot(cause)?;
        if self.troubles.is_dark()
            && let Some(reset) = self.resets.last_mut()
        {
            reset.cut_short = true;
        }
        Ok(())
    }

    pub(super) fn boot(&mut self, cause: ResetCause) -> Result<Hello, RunError> {
        self.pump = PumpSide::RESET;
        self.troubles.booted();
        self.recorder.end_priming(&self.plant.truth());
        let mut image = [0xff; NVM_LEN];
        image.copy_from_slice(self.nvm.image());
        let boot = Boot {
            contract: CONTRACT_VERSION,
            cause,
            clock: self.plant.pump_clock(),
            image_crc: checksum(&image),
        };
        let hello = self.bench.boot(&boot, &image)?;
        if hello.contract != CONTRACT_VERSION {
            return Err(BenchError::OtherContract {
                found: hello.contract,
            }
            .into());
        }
        self.recorder.set_step_volume(hello.step_volume);
        self.exchange(WakeReasons::BOOT)?;
        self.recorder.sample(&self.plant.truth());
        Ok(hello)
    }
}
