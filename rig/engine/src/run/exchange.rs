//! One exchange: pins to the pump, its effects to the plant, in the contract's order; and resets.

use super::history::{ResetRecord, Subject};
use super::hooks::Attached;
use super::outcome::RunError;
use super::pump_side::PumpSide;
use super::state::Run;
use crate::bench::{BenchError, Exchange};
use thecal_link::frame::checksum;
use thecal_link::limits::CONTRACT_VERSION;
use thecal_link::{Boot, Hello, MotorCommand, ResetCause, Tone, WakeReasons};
use thecal_sim::Armed;
use thecal_spec::Hurt;
use thecal_units::{Millis, SimTime};

/// Limit on hangs. After this many hangs and watchdog resets another adds no information, and each
/// costs seconds of wall time on every bench.
const HANGS_MAX: usize = 3;
/// A pump is told of writes that were lost at its next exchange, and has written them again by the one behind:
/// from then on what its memory lacks is its own fault (REQ-MEM-005). Source: twice the sleep of REQ-WDG-004, and
/// the 10 s of REQ-LOG-003.
const OWED: Millis = Millis::from_secs(250);

impl Run {
    /// One exchange: pins to the pump, its effects to the plant, in the contract's order.
    pub(super) fn exchange(
        &mut self,
        wake: WakeReasons,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        let pins = self.plant.take_pins();
        self.recorder.supply_fell_to(pins.supply_min_mv);
        let now = self.plant.now();
        self.pins.see(now, &pins);
        self.pins.count_missed(now, self.plant.steps_missed());
        self.exchanges.show(&pins, wake, self.pump.durable);
        self.pump.woken_at = Some(now);
        match attached.exchange(&mut self.exchanges)? {
            Exchange::Reacted => self.apply(attached),
            Exchange::Hung => {
                self.hangs();
                Ok(())
            }
        }
    }

    /// A missing Reaction: the pump hangs until its watchdog resets it; beyond [`HANGS_MAX`], for
    /// good.
    fn hangs(&mut self) {
        let now = self.plant.now();
        let fault = self.fault_state.corrupted_by();
        self.disruptions.hang(now, fault);
        self.pins.goes(now, fault.is_some(), false);
        self.pump.hung = true;
        self.pump.wake_at = SimTime::NEVER;
        let what = "hangs: no reaction";
        self.events.note(now, Subject::Pump, what);
        if self.disruptions.hangs() > HANGS_MAX {
            self.pump.watchdog_at = SimTime::NEVER;
            let what = "hangs repeatedly: the rig no longer lets its watchdog reset it";
            self.events.note(now, Subject::Pump, what);
        }
    }

    /// Applies a Reaction's effects: memory writes one by one, then motor, sounder, telemetry.
    fn apply(&mut self, attached: &mut Attached<'_>) -> Result<(), RunError> {
        let answers = self.people.asked.as_ref();
        let cut = self.fault_state.take_cut(&self.exchanges.reaction, answers);
        if let Some((fault, stop)) = cut {
            return self.apply_until(fault, stop, attached);
        }
        let now = self.plant.now();
        let reaction = &self.exchanges.reaction;
        attached.takes_effect(now, reaction);
        let lost = self.fault_state.done_of(reaction, answers);
        let done = lost.map_or(usize::MAX, |(done, _)| done);
        self.pump.durable = self.memory.write(reaction, done)?;
        if let Some((done, fault)) = lost {
            let lost = self.exchanges.reaction.nvm.iter().skip(done).count();
            self.faults.get_mut(fault)?.effect += lost as u64;
            self.pins.lost_writes.push(now);
        }
        self.drive_motor();
        self.sound(now);
        let reaction = &self.exchanges.reaction;
        if reaction.watchdog > Millis::ZERO {
            let deadline = self.exchanges.stimulus.clock + reaction.watchdog;
            self.pump.watchdog_at = self.plant.sim_time_of(deadline);
        }
        let arm = reaction.arm;
        self.plant.arm(Armed {
            missed_pulse: arm.missed_pulse,
            magnet: arm.magnet,
            supply_below_mv: (arm.supply_below_mv > 0).then_some(arm.supply_below_mv),
        });
        self.pump.receiver_on = arm.telemetry;
        self.pins.writes(now, reaction);
        self.pins.arms(now, reaction);
        self.pins
            .asks_to_wake(now, self.exchanges.stimulus.clock, reaction);
        let wake_at = self.plant.sim_time_of(reaction.wake_at);
        self.pump.wake_at = wake_at.max(now + Millis::from_millis(1));
        Ok(())
    }

    pub(super) fn drive_motor(&mut self) {
        let clock = self.exchanges.stimulus.clock;
        let motor = self.exchanges.reaction.motor;
        self.pins.drives(self.plant.now(), clock, motor);
        match self.exchanges.reaction.motor {
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
        let (interval, what) = match self.exchanges.reaction.tone {
            Tone::Silent => return,
            Tone::Single => (therapy.non_critical_interval, "non-critical alarm sounds"),
            Tone::TwoTone => (therapy.critical_interval, "critical alarm sounds"),
        };
        self.pins.sounds(now, self.exchanges.reaction.tone);
        // An alarm tone that is late starts a new alarm: the silence before it must be recorded.
        self.recorder.end_alarms(now);
        let fresh = match self.exchanges.reaction.tone {
            Tone::TwoTone => !self.recorder.shown.critical,
            Tone::Silent | Tone::Single => !self.recorder.shown.non_critical,
        };
        self.recorder
            .tone(now, self.exchanges.reaction.tone, interval);
        if fresh {
            self.events.note(now, Subject::Pump, what);
        }
    }

    /// Resets the pump and boots it on the memory as it is.
    ///
    /// `because` names the fault of the scenario that caused it, or the age of the battery, if any.
    pub(super) fn reset(
        &mut self,
        cause: ResetCause,
        because: Option<&'static str>,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        let now = self.plant.now();
        self.recorder.shown.resets += 1;
        let what = match cause {
            ResetCause::PowerOn => "powers on",
            ResetCause::Pin => "reset by its reset line",
            ResetCause::Watchdog => "reset by its watchdog",
            ResetCause::BrownOut => "restarts after brown-out",
        };
        self.events.note(now, Subject::Pump, what);
        self.plant.reset_pins();
        match self.boot(cause, attached) {
            Ok(_) => {}
            // It has booted before: what does not start again is the pump, not the rig.
            Err(RunError::Bench(error)) if error.blames_the_pump() => {
                self.events.note(now, Subject::Pump, "does not start again");
                self.hangs();
            }
            Err(error) => return Err(error),
        }
        self.disruptions.resets.push(ResetRecord {
            at: now,
            cause,
            because,
            cut_short: self.fault_state.is_dark(),
            commands: self.people.commands.len(),
        });
        Ok(())
    }

    pub(super) fn boot(
        &mut self,
        cause: ResetCause,
        attached: &mut Attached<'_>,
    ) -> Result<Hello, RunError> {
        self.pump = PumpSide::RESET;
        let now = self.plant.now();
        let last = self.pins.lost_writes.last();
        let is_new = last.is_some_and(|last| now <= *last + OWED);
        if self.fault_state.owes_writes() && is_new {
            for hurt in [Hurt::Memory, Hurt::Owed] {
                self.pins.hurt(self.plant.now(), hurt);
            }
        }
        self.fault_state.booted();
        self.prescription.session_ends(&mut self.plant);
        self.pins.is_back(self.plant.now());
        self.recorder.end_priming(&self.plant.truth());
        let image = self.memory.image();
        let boot = Boot {
            contract: CONTRACT_VERSION,
            cause,
            clock: self.plant.pump_clock(),
            image_crc: checksum(&image),
        };
        let hello = attached.bench.boot(&boot, &image)?;
        if hello.contract != CONTRACT_VERSION {
            return Err(BenchError::OtherContract {
                found: hello.contract,
            }
            .into());
        }
        self.recorder.set_step_volume(hello.step_volume);
        self.exchange(WakeReasons::BOOT, attached)?;
        self.sample(attached);
        Ok(hello)
    }
}
