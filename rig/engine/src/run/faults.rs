//! The faults of a scenario: each begins and ends in one place, and proves that it fired.
//!
//! Faults are named by their number in the scenario.

use super::history::Subject;
use super::hooks::Attached;
use super::outcome::RunError;
use super::state::Run;
use std::sync::Arc;
use thecal_link::ResetCause;
use thecal_plan::Disturbance;
use thecal_plan::{CutPlace, Fault, FaultKind, Scenario};
use thecal_spec::Hurt;
use thecal_units::{Millis, SimTime};

/// The fault as the scenario plans it.
fn planned(scenario: &Scenario, index: usize) -> Result<&Fault, RunError> {
    let fault = scenario.faults.get(index);
    fault.ok_or_else(|| RunError::missing("fault of the scenario", index))
}

impl Run {
    /// A fault begins.
    pub(super) fn begin_fault(
        &mut self,
        now: SimTime,
        index: usize,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        let scenario = Arc::clone(&self.scenario);
        let fault = planned(&scenario, index)?;
        if !self.comes(now, index, fault)? {
            return Ok(());
        }
        let kind = &fault.kind;
        let begins = format!("{} begins", kind.name());
        match kind {
            FaultKind::Plant(plant_fault) => {
                let what = begins + &kind.details();
                self.events.note(now, Subject::Fault, what);
                if let Some(hidden) = plant_fault.hidden_as() {
                    self.events.hide(hidden);
                }
                let this = plant_fault.fault;
                self.faults.begin_work(index, this, &self.plant)?;
                self.plant
                    .begin_fault(plant_fault.fault, plant_fault.ramp(now));
            }
            // Its presses are acts of their own.
            FaultKind::StuckButton { .. } => self.events.note(now, Subject::Fault, begins),
            FaultKind::Reset => {
                self.events.note(now, Subject::Fault, begins);
                self.pull_reset_line(index, fault, attached)?;
            }
            &FaultKind::ClockJump { by_ms } => {
                let fault = self.faults.get_mut(index)?;
                fault.effect = 1;
                fault.until = Some(now);
                let what = format!("{}{}", kind.name(), kind.details());
                self.events.note(now, Subject::Fault, what);
                let pump_runs = self.fault_state.can_react() && !self.pump.hung;
                self.clock.jump(&mut self.plant, by_ms, pump_runs);
                self.pins.crystal.jumps.push((now, by_ms));
            }
            FaultKind::PowerCut {
                place: CutPlace::Start,
            } => self.cut_power(index, attached)?,
            &FaultKind::PowerCut { place } => self.fault_state.arm_cut(index, place),
            &FaultKind::BrownOut { level } => {
                let what = format!("supply held at {:.3} V", level.as_volts());
                self.events.note(now, Subject::Fault, what);
                self.dip_supply(index, level)?;
            }
            FaultKind::CoreHalt => {
                self.events.note(now, Subject::Fault, begins);
                self.halt_core(now, index, attached)?;
            }
            FaultKind::RamFlip { .. } | FaultKind::RegisterFlip { .. } => {
                self.flip(index, kind, false, attached)?;
            }
            FaultKind::FlashFlip { .. } => self.flip(index, kind, true, attached)?,
            &FaultKind::NvmDamage {
                from,
                length,
                erased,
            } => {
                self.damage_memory(index, kind, (from, length), erased)?;
            }
            &FaultKind::LostWrites { done, asked } => {
                let what = begins + &kind.details();
                self.events.note(now, Subject::Fault, what);
                self.fault_state.lose_writes(index, done, asked);
            }
        }
        Ok(())
    }

    /// The reset line is pulled, and held if the fault has a duration.
    fn pull_reset_line(
        &mut self,
        index: usize,
        fault: &Fault,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        if let Some(lasts) = fault.duration {
            return self.hold_reset_line(index, self.plant.now() + lasts);
        }
        // A reset line means nothing to a pump that has no power.
        if self.fault_state.is_dark() {
            return Ok(());
        }
        self.faults.count(index, true)?;
        self.end_halt()?;
        self.reset(ResetCause::Pin, Some(fault.kind.name()), attached)
    }

    /// Bytes of the memory are erased or inverted.
    fn damage_memory(
        &mut self,
        index: usize,
        kind: &FaultKind,
        (from, length): (u16, u16),
        erased: bool,
    ) -> Result<(), RunError> {
        let now = self.plant.now();
        let what = format!("{}{}", kind.name(), kind.details());
        self.events.note(now, Subject::Fault, what);
        let changed = self.memory.damage(from, length, erased)?;
        self.pins.hurt(now, Hurt::Memory);
        self.pins.damaged(now, changed);
        let fault = self.faults.get_mut(index)?;
        fault.effect = changed;
        fault.until = Some(now);
        Ok(())
    }

    /// Whether the fault begins now; one that is bound to a posture begins when the patient takes it.
    fn comes(&mut self, now: SimTime, index: usize, fault: &Fault) -> Result<bool, RunError> {
        if fault
            .posture
            .is_some_and(|posture| posture != self.stays.posture())
        {
            return Ok(false);
        }
        if fault.repeats.is_some() || fault.posture.is_some() {
            self.faults.get_mut(index)?.begin_again(now);
        }
        Ok(true)
    }

    /// A fault ends. A power cut ends when the power is back ([`Self::power_up`]).
    pub(super) fn end_fault(
        &mut self,
        now: SimTime,
        index: usize,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        let scenario = Arc::clone(&self.scenario);
        let planned = planned(&scenario, index)?;
        let kind = &planned.kind;
        if planned.posture.is_some() && !self.faults.is_at_work(index)? {
            return Ok(());
        }
        let fault = self.faults.get_mut(index)?;
        let ends = format!("{} ends", kind.name());
        match kind {
            FaultKind::Plant(plant_fault) => {
                fault.until = Some(now);
                self.plant.end_fault(plant_fault.fault);
                self.faults.end_work(index)?;
                self.events.note(now, Subject::Fault, ends);
            }
            FaultKind::StuckButton { .. } | FaultKind::Reset => {
                fault.until = Some(now);
                self.events.note(now, Subject::Fault, ends);
            }
            FaultKind::LostWrites { .. } => {
                fault.until = Some(now);
                self.events.note(now, Subject::Fault, ends);
                self.fault_state.take_writes();
            }
            FaultKind::BrownOut { .. } => {
                fault.until = Some(now);
                self.events
                    .note(now, Subject::Fault, "supply no longer held");
                self.end_dip(index);
            }
            FaultKind::CoreHalt => {
                // A reset may have ended it already.
                if fault.until.is_none() {
                    fault.until = Some(now);
                    self.events.note(now, Subject::Fault, ends);
                    self.resume_core(now, index, attached)?;
                }
            }
            FaultKind::ClockJump { .. }
            | FaultKind::PowerCut { .. }
            | FaultKind::RamFlip { .. }
            | FaultKind::FlashFlip { .. }
            | FaultKind::RegisterFlip { .. }
            | FaultKind::NvmDamage { .. } => {
                return Err(RunError::inconsistent(format!(
                    "a {} has no end that could be planned",
                    kind.name()
                )));
            }
        }
        Ok(())
    }

    /// The patient has taken another posture: faults bound to one begin or end.
    pub(super) fn posture_taken(
        &mut self,
        now: SimTime,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        let scenario = Arc::clone(&self.scenario);
        for (index, fault) in scenario.faults.iter().enumerate() {
            let Some(posture) = fault.posture else {
                continue;
            };
            let is_due = fault.start <= now && fault.over_at().is_none_or(|over| now < over);
            let is_at_work = self.faults.is_at_work(index)?;
            if is_due && posture == self.stays.posture() && !is_at_work {
                self.begin_fault(now, index, attached)?;
            } else if is_at_work && posture != self.stays.posture() {
                self.end_fault(now, index, attached)?;
            }
        }
        Ok(())
    }

    /// A stuck button repeats its press.
    pub(super) fn press_again(&mut self, index: usize) -> Result<(), RunError> {
        let fault = self.faults.get_mut(index)?;
        let FaultKind::StuckButton { remote, .. } = fault.kind else {
            let what = format!("a {} presses no button", fault.kind.name());
            return Err(RunError::inconsistent(what));
        };
        fault.effect += 1;
        let first = fault.effect == 1;
        self.recorder.shown.requested += 1;
        self.people.press(remote, !first);
        Ok(())
    }

    /// When a fault of the supply ends that began as planned.
    pub(super) fn planned_end(&self, index: usize) -> Result<SimTime, RunError> {
        let fault = planned(&self.scenario, index)?;
        let lasts = fault.duration.ok_or_else(|| {
            RunError::inconsistent(format!("a {} without a duration", fault.kind.name()))
        })?;
        Ok(fault.start + lasts)
    }

    /// How long the power is gone; without a duration it is back at once.
    pub(super) fn cut_lasts(&self, index: usize) -> Result<Millis, RunError> {
        Ok(planned(&self.scenario, index)?
            .duration
            .unwrap_or(Millis::ZERO))
    }

    /// Bits flip, at once and for good; `lasting`: a reset does not heal them.
    fn flip(
        &mut self,
        index: usize,
        kind: &FaultKind,
        lasting: bool,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        let now = self.plant.now();
        let what = format!("{}{}", kind.name(), kind.details());
        self.events.note(now, Subject::Fault, what);
        let fault = self.faults.get_mut(index)?;
        fault.until = Some(now);
        if self.fault_state.is_dark() {
            return Ok(());
        }
        let disturbance = kind.disturbance().ok_or_else(|| {
            RunError::inconsistent(format!("a {} asks nothing of the bench", kind.name()))
        })?;
        let changed = attached.bench.disturb(&disturbance)?;
        fault.effect = u64::from(changed.before != changed.after);
        fault.changed = Some(changed);
        if let FaultKind::RamFlip {
            held: Some(held), ..
        } = kind
        {
            self.pins.flips(now, *held);
            return Ok(());
        }
        self.fault_state.corrupt(kind.name(), lasting);
        let hurt = if lasting { Hurt::Image } else { Hurt::Volatile };
        self.pins.hurt(now, hurt);
        Ok(())
    }

    /// The core stops, if it runs.
    fn halt_core(
        &mut self,
        now: SimTime,
        index: usize,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        if self.fault_state.can_react() {
            attached.bench.disturb(&Disturbance::Halt)?;
            self.fault_state.set_halt(index);
            self.pins.goes(now, true, false);
            let what = "core halted";
            self.events.note(now, Subject::Pump, what);
        }
        Ok(())
    }

    /// Resumes the core, if this fault has halted it.
    fn resume_core(
        &mut self,
        now: SimTime,
        index: usize,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        if self.fault_state.halt() == Some(index) {
            attached.bench.disturb(&Disturbance::Resume)?;
            self.fault_state.take_halt();
            self.pins.is_back(now);
            let is_late = self.pump.wake_at < now || self.plant.next_pin_event(now).is_some();
            self.faults.count(index, is_late)?;
            if self.pump.wake_at < now {
                let by = now.since(self.pump.wake_at);
                self.clock.was_late(now, by);
                self.pins.was_late(now, by);
            }
            self.events.note(now, Subject::Pump, "core resumed");
        }
        Ok(())
    }
}
