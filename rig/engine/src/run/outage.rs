//! Power and core faults: how they suspend the pump, and how it comes back.
//!
//! A power cut may occur between any two effects of a Reaction or after any byte of a write
//! (docs/wire.md). What precedes it has happened, the rest has not: people get no answer, the motor
//! stops. The pump's clock keeps running (assume): it is a counter with its own supply.

use super::fault_state::{Outage, Stop};
use super::history::Subject;
use super::hooks::Attached;
use super::outcome::RunError;
use super::pump_side::PumpSide;
use super::state::Run;
use thecal_link::ResetCause;
use thecal_plan::{Disturbance, Effect};
use thecal_sim::{BROWN_OUT_MV, PlantFault};
use thecal_spec::Hurt;
use thecal_units::real::Potential;
use thecal_units::{Millis, SimTime};

/// How long a pump is held in reset after a brown-out of its own supply. Source: ours, as the
/// supervisors of small supplies do.
const RESET_HOLD: Millis = Millis::SECOND;

const HELD_IN_RESET: &str = "held in reset by low supply";

impl Run {
    /// Counts an effect of the halt: the core does not take a packet, or has to be reset.
    pub(super) fn count_halt(&mut self) -> Result<(), RunError> {
        match self.fault_state.halt() {
            Some(index) => self.faults.count(index, true),
            None => Ok(()),
        }
    }

    /// Ends a halt by the watchdog; returns the fault that caused the reset, if any.
    pub(super) fn watchdog_because(&mut self) -> Result<Option<&'static str>, RunError> {
        // A pump that would have slept past its watchdog anyway is not excused by a halt.
        let deadline = self.pump.watchdog_at;
        let overslept = self.pump.hung
            || self.pump.wake_at > deadline && self.plant.next_pin_event(deadline).is_none();
        let halt = self.end_halt()?.filter(|_| !overslept);
        Ok(halt.or_else(|| self.fault_state.corrupted_by()))
    }

    /// Ends a halt by a reset or a power cut; returns the fault's name, if there was one.
    pub(super) fn end_halt(&mut self) -> Result<Option<&'static str>, RunError> {
        self.count_halt()?;
        let Some(index) = self.fault_state.take_halt() else {
            return Ok(None);
        };
        let fault = self.faults.get_mut(index)?;
        fault.until = Some(self.plant.now());
        Ok(Some(fault.kind.name()))
    }

    /// Pulls the supply down to this level by a fault.
    pub(super) fn dip_supply(&mut self, index: usize, level: Potential) -> Result<(), RunError> {
        let before = self.plant.supply_mv();
        self.fault_state.set_dip(index, level);
        self.set_supply();
        let after = self.plant.supply_mv();
        self.faults.count(index, after < before)?;
        if after < BROWN_OUT_MV && !self.fault_state.is_dark() {
            self.hold_in_reset(index)?;
        }
        Ok(())
    }

    /// Releases the supply from the fault, unless another fault has pulled it down since.
    pub(super) fn end_dip(&mut self, index: usize) {
        if self.fault_state.dip() == Some(index) {
            self.fault_state.end_dip();
            self.set_supply();
        }
    }

    /// Holds the pump in reset until this dip ends.
    fn hold_in_reset(&mut self, dip: usize) -> Result<(), RunError> {
        self.go_dark(Outage {
            until: self.planned_end(dip)?,
            cause: ResetCause::BrownOut,
            fault: Some(dip),
        })?;
        let now = self.plant.now();
        self.events.note(now, Subject::Pump, HELD_IN_RESET);
        Ok(())
    }

    /// Holds the reset line until then. To a pump without power it means nothing before the power is
    /// back ([`Self::power_up`]).
    pub(super) fn hold_reset_line(&mut self, index: usize, until: SimTime) -> Result<(), RunError> {
        self.fault_state.hold_reset_line(index, until);
        if self.fault_state.is_dark() {
            return Ok(());
        }
        self.hold_by_line((index, until))
    }

    /// The pump has power, and is held in reset by its line.
    fn hold_by_line(&mut self, (index, until): (usize, SimTime)) -> Result<(), RunError> {
        self.faults.count(index, true)?;
        self.go_dark(Outage {
            until,
            cause: ResetCause::Pin,
            fault: Some(index),
        })?;
        let now = self.plant.now();
        let what = "held in reset by its reset line";
        self.events.note(now, Subject::Pump, what);
        Ok(())
    }

    /// Cuts the power.
    pub(super) fn cut_power(
        &mut self,
        index: usize,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        let now = self.plant.now();
        attached.bench.disturb(&Disturbance::CutPower)?;
        let fault = self.faults.get_mut(index)?;
        fault.from = now;
        fault.effect = 1;
        let mut until = now + self.cut_lasts(index)?;
        if let Some(outage) = self.fault_state.outage() {
            // The later end counts; a cut within a cut ends the first one in the record.
            until = until.max(outage.until);
            if let (ResetCause::PowerOn, Some(earlier)) = (outage.cause, outage.fault) {
                self.faults.get_mut(earlier)?.until = Some(now);
            }
        }
        self.events.note(now, Subject::Fault, "power-cut begins");
        let what = "loses power: motor stopped, RAM lost";
        self.events.note(now, Subject::Pump, what);
        self.go_dark(Outage {
            until,
            cause: ResetCause::PowerOn,
            fault: Some(index),
        })?;
        self.set_supply();
        Ok(())
    }

    /// When a pulse will pull the supply below the brown-out level, if that comes before
    /// `scheduled`. A pump that drives its motor too hard pulls down a fresh battery too.
    pub(super) fn next_brown_out(&self, scheduled: SimTime) -> Option<SimTime> {
        if self.fault_state.is_dark() {
            return None;
        }
        self.plant.next_brown_out(scheduled)
    }

    /// A brown-out without a dip: the pump is held in reset until the supply has recovered.
    pub(super) fn brown_out(&mut self) -> Result<(), RunError> {
        let now = self.plant.now();
        let lowest = self.plant.take_pins().supply_min_mv;
        self.recorder.supply_fell_to(lowest);
        self.go_dark(Outage {
            until: now + RESET_HOLD,
            cause: ResetCause::BrownOut,
            fault: self.weakened_by(),
        })?;
        self.events.note(now, Subject::Pump, HELD_IN_RESET);
        Ok(())
    }

    /// The fault that weakens the supply, or has emptied the battery.
    fn weakened_by(&self) -> Option<usize> {
        let dip = self.fault_state.dip();
        let weakened = dip.or_else(|| self.faults.weakening_supply());
        let spent = self.plant.battery_is_spent_by_leakage();
        weakened.or_else(|| {
            self.faults
                .first_of(PlantFault::LeakageCurrent)
                .filter(|_| spent)
        })
    }

    fn go_dark(&mut self, outage: Outage) -> Result<(), RunError> {
        self.end_halt()?;
        let now = self.plant.now();
        self.pins.count_missed(now, self.plant.steps_missed());
        self.pins.goes(now, true, true);
        self.plant.reset_pins();
        self.pump = PumpSide::RESET;
        self.fault_state.set_outage(outage);
        Ok(())
    }

    /// Sets the supply as the faults allow it.
    fn set_supply(&mut self) {
        self.plant.pull_supply(self.fault_state.supply_ceiling());
    }

    /// Restores the power and boots the pump on the memory as it is, unless a dip is still too
    /// deep.
    pub(super) fn power_up(&mut self, attached: &mut Attached<'_>) -> Result<(), RunError> {
        let Some(outage) = self.fault_state.take_outage() else {
            let what = "power comes back to a pump that has it";
            return Err(RunError::inconsistent(what));
        };
        let now = self.plant.now();
        let aged = outage.cause == ResetCause::BrownOut && self.plant.battery_is_spent_by_age();
        let mut because = aged.then_some("the age of the battery");
        if let Some(index) = outage.fault {
            let fault = self.faults.get_mut(index)?;
            because = Some(fault.kind.name());
            if outage.cause == ResetCause::PowerOn {
                fault.until = Some(now);
                if fault.from < now {
                    self.events.note(now, Subject::Fault, "power-cut ends");
                }
            }
        }
        self.set_supply();
        if self.plant.supply_mv() < BROWN_OUT_MV {
            if let Some(dip) = self.fault_state.dip() {
                self.faults.count(dip, true)?;
                return self.hold_in_reset(dip);
            }
            self.fault_state.set_outage(Outage {
                until: now + RESET_HOLD,
                ..outage
            });
            return Ok(());
        }
        if let Some(held) = self.fault_state.held_reset_line(now) {
            return self.hold_by_line(held);
        }
        self.reset(outage.cause, because, attached)
    }

    /// Applies a Reaction up to the point of the power cut.
    pub(super) fn apply_until(
        &mut self,
        fault: usize,
        stop: Stop,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        for (nth, (offset, bytes)) in self.exchanges.reaction.nvm.iter().enumerate() {
            let keep = match stop {
                Stop::Write { index, .. } if nth > index => break,
                Stop::Write { index, bytes } if nth == index => bytes,
                Stop::Write { .. } | Stop::Before(_) => bytes.len(),
            };
            self.memory.write_torn(offset, bytes, keep)?;
        }
        let comes = |effect| stop > Stop::Before(effect);
        if comes(Effect::Motor) {
            self.drive_motor();
        }
        if comes(Effect::Sounder) {
            self.sound(self.plant.now());
        }
        self.exchanges.reaction.telemetry.clear();
        self.pins.hurt(self.plant.now(), Hurt::Exchange);
        self.cut_power(fault, attached)
    }
}
