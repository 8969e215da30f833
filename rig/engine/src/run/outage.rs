//! Faults of core, memory and power: a pump that has no power, whose core stands, or whose bits
//! have flipped.
//!
//! A power cut may fall between any two effects of a Reaction or after any byte of a write
//! (docs/wire.md). What comes before it has happened, what comes after has not: people get no
//! answer, the motor stands where it is. The pump's clock goes on meanwhile (assume): it is a
//! counter with a supply of its own.

use super::lockstep::{Lockstep, PumpSide};
use super::outcome::RunError;
use super::story::{FaultRecord, Subject};
use thecal_link::{MotorCommand, ResetCause, Tone};
use thecal_plan::{CutPlace, Disturbance, Effect, FaultKind};
use thecal_sim::{BROWN_OUT_MV, PlantFault};
use thecal_units::real::Potential;
use thecal_units::{Millis, SimTime};

/// How long a pump is held in reset after its supply has fallen by itself. Source: ours, as the
/// supervisors of small supplies do.
const HELD: Millis = Millis::SECOND;
/// A battery at rest at this level or above stays above [`BROWN_OUT_MV`] at every pulse, if no fault
/// weakens it. Source: pump.md 4.6: 0.1 V of droop at full speed; twice that and more, ours.
const WELL_MV: u16 = 2_400;

/// A power cut that waits for its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArmedCut {
    fault: usize,
    place: CutPlace,
    /// Memory writes since it was armed.
    seen: u32,
}

/// The last that happens of a Reaction: everything before it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop {
    /// Within this write, counted from 0 in the Reaction.
    Write { index: usize, bytes: usize },
    /// Before this effect.
    Before(Effect),
}

/// The pump cannot run: it has no power, or too little.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outage {
    until: SimTime,
    cause: ResetCause,
    /// The fault that is behind it; `None`: the battery by itself.
    fault: Option<usize>,
}

/// Bits that a fault has flipped: what the pump does since is not its own doing.
#[derive(Clone, Copy, Debug)]
struct Upset {
    name: &'static str,
    /// Whether it is there after a reset, too.
    lasting: bool,
}

/// What the story does to core, memory and power just now.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    cuts: Vec<ArmedCut>,
    outage: Option<Outage>,
    /// The fault that halts the core.
    halt: Option<usize>,
    dip: Option<(usize, Potential)>,
    upset: Option<Upset>,
}

impl Troubles {
    /// Whether the pump has power and its core is not halted.
    pub(super) const fn can_react(&self) -> bool {
        self.outage.is_none() && self.halt.is_none()
    }

    pub(super) const fn is_dark(&self) -> bool {
        self.outage.is_some()
    }

    /// Whether a cut waits for its place in a Reaction.
    pub(super) const fn has_cuts(&self) -> bool {
        !self.cuts.is_empty()
    }

    /// No cut falls any more: the story is over.
    pub(super) fn disarm(&mut self) {
        self.cuts.clear();
    }

    pub(super) fn power_back_at(&self) -> SimTime {
        self.outage.map_or(SimTime::NEVER, |outage| outage.until)
    }

    /// A reset or a hang by these bits is not held against the pump.
    pub(super) fn upset_by(&self) -> Option<&'static str> {
        self.upset.map(|upset| upset.name)
    }

    /// A boot gives the pump fresh RAM, fresh registers, and a core that runs.
    pub(super) fn booted(&mut self) {
        self.upset = self.upset.filter(|upset| upset.lasting);
    }
}

impl Lockstep<'_> {
    /// A fault of core, memory or power begins.
    pub(super) fn begin_trouble(&mut self, index: usize) -> Result<(), RunError> {
        let Some(kind) = self.faults.get(index).map(|fault| fault.kind.clone()) else {
            return Ok(());
        };
        let now = self.plant.now();
        match kind {
            FaultKind::PowerCut {
                place: CutPlace::Start,
            } => self.cut_power(index)?,
            FaultKind::PowerCut { place } => self.troubles.cuts.push(ArmedCut {
                fault: index,
                place,
                seen: 0,
            }),
            FaultKind::BrownOut { level } => {
                self.note(now, Subject::Fault, "brown-out begins".into());
                self.dip_supply(index, level);
            }
            FaultKind::CoreHalt => {
                self.note(now, Subject::Fault, "core-halt begins".into());
                if self.troubles.can_react() {
                    self.bench.disturb(&Disturbance::Halt)?;
                    self.troubles.halt = Some(index);
                    self.note(now, Subject::Pump, "its core stands still".into());
                }
            }
            FaultKind::RamFlip { .. }
            | FaultKind::FlashFlip { .. }
            | FaultKind::RegisterFlip { .. } => self.flip(index, &kind)?,
            FaultKind::Plant(_)
            | FaultKind::StuckButton { .. }
            | FaultKind::Reset
            | FaultKind::ClockJump { .. } => {}
        }
        Ok(())
    }

    /// A fault of core or supply ends; a power cut ends with [`Self::power_up`].
    pub(super) fn end_trouble(&mut self, index: usize) -> Result<(), RunError> {
        let now = self.plant.now();
        if self.troubles.dip.is_some_and(|(fault, _)| fault == index) {
            self.troubles.dip = None;
            self.set_supply();
        }
        if self.troubles.halt == Some(index) {
            self.bench.disturb(&Disturbance::Resume)?;
            self.troubles.halt = None;
            let is_late = self.pump.wake_at < now || self.plant.next_pin_event(now).is_some();
            self.count(index, is_late);
            if self.pump.wake_at < now {
                self.was_late(now, now.since(self.pump.wake_at));
            }
            self.note(now, Subject::Pump, "its core goes on".into());
        }
        Ok(())
    }

    /// A packet for a pump that cannot take it, or a reset, shows that the core stands.
    pub(super) fn count_halt(&mut self) {
        if let Some(index) = self.troubles.halt {
            self.count(index, true);
        }
    }

    /// The watchdog ends a halt; gives the fault that is behind its reset, if one is.
    pub(super) fn watchdog_because(&mut self) -> Option<&'static str> {
        // A halt explains nothing to a pump that would have slept past its watchdog anyway.
        let deadline = self.pump.watchdog_at;
        let overslept = self.pump.hung
            || self.pump.wake_at > deadline && self.plant.next_pin_event(deadline).is_none();
        let halt = self.end_halt().filter(|_| !overslept);
        halt.or_else(|| self.troubles.upset_by())
    }

    /// A reset or a cut ends a halt; gives its name, if there was one.
    pub(super) fn end_halt(&mut self) -> Option<&'static str> {
        self.count_halt();
        let fault = self.faults.get_mut(self.troubles.halt.take()?)?;
        fault.until = Some(self.plant.now());
        Some(fault.kind.name())
    }

    fn count(&mut self, index: usize, took_effect: bool) {
        if let Some(fault) = self.faults.get_mut(index) {
            fault.effect += u64::from(took_effect);
        }
    }

    fn flip(&mut self, index: usize, kind: &FaultKind) -> Result<(), RunError> {
        let now = self.plant.now();
        let (name, details) = (kind.name(), kind.details());
        self.note(now, Subject::Fault, format!("{name}{details}"));
        if let Some(fault) = self.faults.get_mut(index) {
            fault.until = Some(now);
        }
        if self.troubles.is_dark() {
            return Ok(());
        }
        if let Some(disturbance) = kind.disturbance() {
            let changed = self.bench.disturb(&disturbance)?;
            if let Some(fault) = self.faults.get_mut(index) {
                fault.effect = u64::from(changed.before != changed.after);
                fault.changed = Some(changed);
            }
            let lasting = matches!(kind, FaultKind::FlashFlip { .. });
            let lasts = self.troubles.upset.is_some_and(|upset| upset.lasting);
            if lasting || !lasts {
                self.troubles.upset = Some(Upset { name, lasting });
            }
        }
        Ok(())
    }

    fn dip_supply(&mut self, index: usize, level: Potential) {
        let before = self.plant.supply_mv();
        self.troubles.dip = Some((index, level));
        self.set_supply();
        let after = self.plant.supply_mv();
        self.count(index, after < before);
        if after < BROWN_OUT_MV && !self.troubles.is_dark() {
            self.hold_in_reset(index);
        }
    }

    /// The supply is too low, until this dip ends.
    fn hold_in_reset(&mut self, dip: usize) {
        let start = self.scenario.faults.get(dip).map(|fault| fault.start);
        let until = start.unwrap_or_default() + self.lasts(dip);
        self.go_dark(Outage {
            until,
            cause: ResetCause::BrownOut,
            fault: Some(dip),
        });
        let now = self.plant.now();
        self.note(now, Subject::Pump, "is held in reset by low supply".into());
    }

    fn cut_power(&mut self, index: usize) -> Result<(), RunError> {
        let now = self.plant.now();
        self.bench.disturb(&Disturbance::CutPower)?;
        if let Some(fault) = self.faults.get_mut(index) {
            fault.from = now;
            fault.effect = 1;
        }
        let mut until = now + self.lasts(index);
        if let Some(outage) = self.troubles.outage {
            // The later end counts; a cut within a cut ends the first in the books.
            until = until.max(outage.until);
            if outage.cause == ResetCause::PowerOn
                && let Some(earlier) = self.fault_behind(&outage)
            {
                earlier.until = Some(now);
            }
        }
        self.note(now, Subject::Fault, "power-cut begins".into());
        let what = "has no power: its motor stands, what it had in mind is lost";
        self.note(now, Subject::Pump, what.into());
        self.go_dark(Outage {
            until,
            cause: ResetCause::PowerOn,
            fault: Some(index),
        });
        self.set_supply();
        Ok(())
    }

    /// When a pulse will pull the supply below what the pump can run on, if that comes before
    /// `scheduled`. A battery that is well needs no look ahead.
    pub(super) fn next_brown_out(&self, scheduled: SimTime) -> Option<SimTime> {
        let is_weak = self.weakened_by().is_some() || self.plant.supply_mv() < WELL_MV;
        if !is_weak || self.troubles.is_dark() {
            return None;
        }
        self.plant.next_brown_out(scheduled)
    }

    /// The supply has fallen by itself: the pump is held in reset until it has recovered.
    pub(super) fn brown_out(&mut self) {
        let now = self.plant.now();
        let lowest = self.plant.take_pins().supply_min_mv;
        self.recorder.supply_fell_to(lowest);
        self.go_dark(Outage {
            until: now + HELD,
            cause: ResetCause::BrownOut,
            fault: self.weakened_by(),
        });
        self.note(now, Subject::Pump, "is held in reset by low supply".into());
    }

    /// The fault that weakens the supply just now.
    fn weakened_by(&self) -> Option<usize> {
        let dip = self.troubles.dip.map(|(fault, _)| fault);
        dip.or_else(|| {
            let now = self.plant.now();
            self.faults.iter().position(|fault| {
                let FaultKind::Plant(trouble) = &fault.kind else {
                    return false;
                };
                let weakens = matches!(
                    trouble.fault,
                    PlantFault::BatteryFilm | PlantFault::CoilShunt
                );
                weakens && fault.from <= now && fault.until.is_none()
            })
        })
    }

    fn fault_behind(&mut self, outage: &Outage) -> Option<&mut FaultRecord> {
        self.faults.get_mut(outage.fault?)
    }

    fn go_dark(&mut self, outage: Outage) {
        self.end_halt();
        self.plant.reset_pins();
        self.pump = PumpSide::RESET;
        self.troubles.outage = Some(outage);
    }

    /// The supply as the faults leave it.
    fn set_supply(&mut self) {
        let cut = |outage: &Outage| outage.cause == ResetCause::PowerOn;
        let level = if self.troubles.outage.as_ref().is_some_and(cut) {
            Some(Potential::ZERO)
        } else {
            self.troubles.dip.map(|(_, level)| level)
        };
        self.plant.pull_supply(level);
    }

    fn lasts(&self, index: usize) -> Millis {
        let fault = self.scenario.faults.get(index);
        fault.and_then(|fault| fault.duration).unwrap_or_default()
    }

    /// Power comes back, and the pump boots on the memory as it is, unless a dip is still too deep.
    pub(super) fn power_up(&mut self) -> Result<(), RunError> {
        let Some(outage) = self.troubles.outage.take() else {
            return Ok(());
        };
        let now = self.plant.now();
        let mut because = None;
        if let Some(fault) = self.fault_behind(&outage) {
            because = Some(fault.kind.name());
            let lasted = fault.from < now;
            if outage.cause == ResetCause::PowerOn {
                fault.until = Some(now);
                if lasted {
                    self.note(now, Subject::Fault, "power-cut ends".into());
                }
            }
        }
        self.set_supply();
        if let Some((dip, _)) = self.troubles.dip
            && self.plant.supply_mv() < BROWN_OUT_MV
        {
            self.count(dip, true);
            self.hold_in_reset(dip);
            return Ok(());
        }
        if self.plant.supply_mv() < BROWN_OUT_MV {
            self.troubles.outage = Some(Outage {
                until: now + HELD,
                ..outage
            });
            return Ok(());
        }
        self.reset(outage.cause, because)
    }

    /// The first place at which a cut falls in the Reaction at hand.
    pub(super) fn cut_here(&mut self) -> Option<(usize, Stop)> {
        let reaction = &self.reaction;
        let lengths = || reaction.nvm.iter().map(|(_, bytes)| bytes.len());
        let stop_of = |cut: &ArmedCut| match cut.place {
            CutPlace::Start => None,
            CutPlace::Write { write, after_bytes } => {
                let index = usize::try_from(write.checked_sub(cut.seen + 1)?).ok()?;
                let bytes = usize::from(after_bytes);
                // A write that is shorter has no such byte: the cut never falls.
                let fits = lengths().nth(index).is_some_and(|len| bytes <= len);
                fits.then_some(Stop::Write { index, bytes })
            }
            CutPlace::Before(effect) => {
                let comes = match effect {
                    Effect::Motor => reaction.motor != MotorCommand::Keep,
                    Effect::Sounder => reaction.tone != Tone::Silent,
                    Effect::Telemetry => !reaction.telemetry.is_empty(),
                };
                comes.then_some(Stop::Before(effect))
            }
        };
        let stops = self.troubles.cuts.iter().enumerate();
        let stops = stops.filter_map(|(nth, cut)| Some((stop_of(cut)?, nth)));
        let first = stops.min();
        let count = lengths().count();
        let happened = match first {
            Some((Stop::Write { index, .. }, _)) => index + 1,
            _ => count,
        };
        let fault = first.map(|(stop, nth)| (self.troubles.cuts.remove(nth).fault, stop));
        for cut in &mut self.troubles.cuts {
            cut.seen = cut
                .seen
                .saturating_add(u32::try_from(happened).unwrap_or(u32::MAX));
        }
        fault
    }

    /// Applies a Reaction up to where the power goes.
    pub(super) fn apply_until(&mut self, fault: usize, stop: Stop) -> Result<(), RunError> {
        for (nth, (offset, bytes)) in self.reaction.nvm.iter().enumerate() {
            let keep = match stop {
                Stop::Write { index, .. } if nth > index => break,
                Stop::Write { index, bytes } if nth == index => bytes,
                Stop::Write { .. } | Stop::Before(_) => bytes.len(),
            };
            self.nvm.write_torn(usize::from(offset), bytes, keep)?;
            self.writes += 1;
        }
        let comes = |effect| stop > Stop::Before(effect);
        if comes(Effect::Motor) {
            self.drive_motor();
        }
        if comes(Effect::Sounder) {
            self.sound(self.plant.now());
        }
        self.reaction.telemetry.clear();
        self.cut_power(fault)
    }
}
