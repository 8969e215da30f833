//! The current effect of faults on the pump's core, memory and power.

use thecal_link::{MotorCommand, Reaction, ResetCause, Tone};
use thecal_plan::{CutPlace, Effect, Request};
use thecal_units::SimTime;
use thecal_units::real::Potential;

/// A power cut waiting for its place.
#[derive(Clone, Copy, Debug)]
struct ArmedCut {
    fault: usize,
    place: CutPlace,
    /// Memory writes since it was armed.
    seen: u32,
}

impl ArmedCut {
    /// Where the cut occurs in a Reaction that answers this request, if it does.
    fn stop_in(&self, reaction: &Reaction, answers: Option<&Request>) -> Option<Stop> {
        match self.place {
            CutPlace::Start => None,
            CutPlace::Write { write, after_bytes } => {
                within(reaction, write.checked_sub(self.seen)?, after_bytes)
            }
            CutPlace::Answering {
                asked,
                write,
                after_bytes,
            } => {
                answers.filter(|request| request.is_asked_as(asked))?;
                within(reaction, write, after_bytes)
            }
            CutPlace::Before(effect) => {
                let comes = match effect {
                    Effect::Motor => reaction.motor != MotorCommand::Keep,
                    Effect::Sounder => reaction.tone != Tone::Silent,
                    Effect::Telemetry => !reaction.telemetry.is_empty(),
                };
                comes.then_some(Stop::Before(effect))
            }
        }
    }
}

/// The place after these bytes of this write of a Reaction, counted from 1. A shorter write does not
/// have this byte: the cut does not occur.
fn within(reaction: &Reaction, write: u32, after_bytes: u8) -> Option<Stop> {
    let index = usize::try_from(write.checked_sub(1)?).ok()?;
    let bytes = usize::from(after_bytes);
    let (_, written) = reaction.nvm.iter().nth(index)?;
    (bytes <= written.len()).then_some(Stop::Write { index, bytes })
}

/// Where a Reaction is cut; everything before it takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop {
    /// Within this write, numbered from 0 in the Reaction.
    Write { index: usize, bytes: usize },
    /// Before this effect.
    Before(Effect),
}

/// The pump cannot run: supply absent or below the brown-out level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outage {
    pub(super) until: SimTime,
    pub(super) cause: ResetCause,
    /// The fault that caused it; `None`: the battery alone.
    pub(super) fault: Option<usize>,
}

/// Faults that have flipped bits. Until these are cleared, the pump is not blamed for a reset or a hang.
#[derive(Clone, Copy, Debug, Default)]
struct Corruption {
    /// The last one that survives a reset.
    lasting: Option<&'static str>,
    /// One that a reset clears, and that came after it.
    passing: Option<&'static str>,
}

/// Current effect of the faults on core, memory and power. Faults are identified by their index in
/// the scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct PumpFaultState {
    cuts: Vec<ArmedCut>,
    outage: Option<Outage>,
    /// The fault that currently halts the core.
    halt: Option<usize>,
    /// The fault that currently pulls down the supply, and to which level.
    dip: Option<(usize, Potential)>,
    corruption: Corruption,
    losing: Option<Losing>,
    /// The fault that held the reset line last, and until when.
    reset_line: Option<(usize, SimTime)>,
    /// Whether writes were lost that the pump may not have made again.
    owes_writes: bool,
}

/// The fault with which the memory loses writes.
#[derive(Clone, Copy, Debug)]
struct Losing {
    fault: usize,
    done: usize,
    asked: Option<&'static str>,
}

impl PumpFaultState {
    /// Whether the pump has power and its core is not halted.
    pub(super) const fn can_react(&self) -> bool {
        self.outage.is_none() && self.halt.is_none()
    }

    pub(super) const fn is_dark(&self) -> bool {
        self.outage.is_some()
    }

    pub(super) const fn outage(&self) -> Option<Outage> {
        self.outage
    }

    pub(super) const fn set_outage(&mut self, outage: Outage) {
        self.outage = Some(outage);
    }

    pub(super) const fn take_outage(&mut self) -> Option<Outage> {
        self.outage.take()
    }

    pub(super) fn power_back_at(&self) -> SimTime {
        self.outage.map_or(SimTime::NEVER, |outage| outage.until)
    }

    /// The fault that currently halts the core.
    pub(super) const fn halt(&self) -> Option<usize> {
        self.halt
    }

    pub(super) const fn set_halt(&mut self, fault: usize) {
        self.halt = Some(fault);
    }

    pub(super) const fn take_halt(&mut self) -> Option<usize> {
        self.halt.take()
    }

    /// The fault that currently pulls down the supply.
    pub(super) fn dip(&self) -> Option<usize> {
        self.dip.map(|(fault, _)| fault)
    }

    pub(super) const fn set_dip(&mut self, fault: usize, level: Potential) {
        self.dip = Some((fault, level));
    }

    pub(super) const fn end_dip(&mut self) {
        self.dip = None;
    }

    /// The reset line is held until then.
    pub(super) const fn hold_reset_line(&mut self, fault: usize, until: SimTime) {
        self.reset_line = Some((fault, until));
    }

    /// The fault that still holds the reset line after this instant, and until when.
    pub(super) fn held_reset_line(&self, now: SimTime) -> Option<(usize, SimTime)> {
        self.reset_line.filter(|&(_, until)| until > now)
    }

    /// The highest supply level that the faults allow; `None`: no limit.
    pub(super) fn supply_ceiling(&self) -> Option<Potential> {
        match self.outage {
            Some(Outage {
                cause: ResetCause::PowerOn,
                ..
            }) => Some(Potential::ZERO),
            Some(_) | None => self.dip.map(|(_, level)| level),
        }
    }

    /// Notes that a fault has flipped bits: what follows is put down to the last that did.
    pub(super) const fn corrupt(&mut self, name: &'static str, lasting: bool) {
        if lasting {
            self.corruption.lasting = Some(name);
            self.corruption.passing = None;
        } else {
            self.corruption.passing = Some(name);
        }
    }

    /// The fault that has flipped bits; the pump is not blamed for a reset or a hang after it.
    pub(super) fn corrupted_by(&self) -> Option<&'static str> {
        self.corruption.passing.or(self.corruption.lasting)
    }

    /// A boot clears RAM and registers: only lasting corruption remains.
    pub(super) const fn booted(&mut self) {
        self.corruption.passing = None;
        self.owes_writes = false;
    }

    /// Arms a power cut, which then waits for its place.
    pub(super) fn arm_cut(&mut self, fault: usize, place: CutPlace) {
        self.cuts.push(ArmedCut {
            fault,
            place,
            seen: 0,
        });
    }

    /// Removes all armed cuts, and memory takes writes: the run is over.
    pub(super) fn disarm(&mut self) {
        self.cuts.clear();
        self.losing = None;
    }

    /// From now on the memory loses writes, but for the first `done` of an exchange.
    pub(super) const fn lose_writes(
        &mut self,
        fault: usize,
        done: u8,
        asked: Option<&'static str>,
    ) {
        self.losing = Some(Losing {
            fault,
            done: done as usize,
            asked,
        });
    }

    /// The memory takes writes again.
    pub(super) const fn take_writes(&mut self) {
        self.losing = None;
    }

    /// How many writes of this Reaction are done, and the fault that loses the others, if it has more.
    pub(super) fn done_of(
        &mut self,
        reaction: &Reaction,
        answers: Option<&Request>,
    ) -> Option<(usize, usize)> {
        if self.losing.is_none() && !self.owes_writes {
            return None;
        }
        let writes = reaction.nvm.iter().count();
        let lost = self.losing.filter(|losing| {
            let meant = losing
                .asked
                .is_none_or(|asked| answers.is_some_and(|request| request.is_asked_as(asked)));
            meant && losing.done < writes
        });
        // A pump that writes nothing has made up for all that was lost.
        self.owes_writes = lost.is_some() || self.owes_writes && writes > 0;
        lost.map(|losing| (losing.done, losing.fault))
    }

    /// Whether a pump that is reset now may miss what it wrote.
    pub(super) const fn owes_writes(&self) -> bool {
        self.owes_writes
    }

    /// The first place at which a cut occurs in this Reaction, and the fault that causes it. That
    /// cut is removed; the others count the writes made.
    pub(super) fn take_cut(
        &mut self,
        reaction: &Reaction,
        answers: Option<&Request>,
    ) -> Option<(usize, Stop)> {
        if self.cuts.is_empty() {
            return None;
        }
        let stops = self.cuts.iter().enumerate();
        let stops = stops.filter_map(|(nth, cut)| Some((cut.stop_in(reaction, answers)?, nth)));
        let first = stops.min();
        let made = match first {
            Some((Stop::Write { index, .. }, _)) => index + 1,
            Some((Stop::Before(_), _)) | None => reaction.nvm.iter().count(),
        };
        let fault = first.map(|(stop, nth)| (self.cuts.remove(nth).fault, stop));
        let made = u32::try_from(made).unwrap_or(u32::MAX);
        for cut in &mut self.cuts {
            cut.seen = cut.seen.saturating_add(made);
        }
        fault
    }
}
