//! What a run borrows for one call and does not keep: its bench and its observers.

use super::live::Live;
use super::outcome::{Progress, RunError};
use super::pump_side::Exchanges;
use super::reaction_effects::Effects;
use super::shown::Trace;
use crate::bench::{Bench, BenchError, Exchange};
use std::sync::atomic::Ordering;
use thecal_link::Reaction;
use thecal_units::SimTime;

/// The observers of a run for one call. Other calls may have others, or none.
#[derive(Default)]
pub struct RunHooks<'a> {
    /// Receives the rows of a trace. A row is delivered when the next instant begins, the last one
    /// at the end of the run.
    pub trace: Option<&'a mut dyn Trace>,
    /// Shows the progress of the run, and can cancel it.
    pub progress: Option<&'a Progress>,
    /// Paces the run by wall time; people act through it.
    pub live: Option<&'a mut dyn Live>,
    /// Receives the effects of each Reaction, except those of the read-out at the end.
    pub effects: Option<&'a mut Vec<Effects>>,
}

impl RunHooks<'_> {
    /// These observers and a bench, for one call.
    pub(super) fn attach<'s>(&'s mut self, bench: &'s mut dyn Bench) -> Attached<'s> {
        Attached {
            bench,
            trace: match &mut self.trace {
                Some(trace) => Some(&mut **trace),
                None => None,
            },
            progress: self.progress,
            live: match &mut self.live {
                Some(live) => Some(&mut **live),
                None => None,
            },
            effects: self.effects.as_deref_mut(),
        }
    }
}

/// The bench and the observers of one call.
pub(super) struct Attached<'a> {
    pub(super) bench: &'a mut dyn Bench,
    pub(super) trace: Option<&'a mut dyn Trace>,
    pub(super) progress: Option<&'a Progress>,
    pub(super) live: Option<&'a mut dyn Live>,
    effects: Option<&'a mut Vec<Effects>>,
}

impl Attached<'_> {
    /// Reports that the run has reached this instant; an error if the run was cancelled.
    pub(super) fn reached(&self, now: SimTime) -> Result<(), RunError> {
        if let Some(progress) = self.progress {
            progress
                .sim_millis
                .store(now.as_millis(), Ordering::Relaxed);
        }
        go_on(self.progress)
    }

    /// Makes one exchange with what is in the buffers.
    pub(super) fn exchange(&mut self, buffers: &mut Exchanges) -> Result<Exchange, BenchError> {
        buffers.count += 1;
        buffers.reaction.clear();
        if let Some(progress) = self.progress {
            progress.exchanges.store(buffers.count, Ordering::Relaxed);
            progress.in_exchange.store(true, Ordering::Relaxed);
        }
        let outcome = self
            .bench
            .exchange(&buffers.stimulus, &mut buffers.reaction);
        if let Some(progress) = self.progress {
            progress.in_exchange.store(false, Ordering::Relaxed);
        }
        outcome
    }

    /// A Reaction takes effect at this instant.
    pub(super) fn takes_effect(&mut self, now: SimTime, reaction: &Reaction) {
        if let Some(effects) = &mut self.effects {
            effects.push(Effects::of(now, reaction));
        }
    }

    /// From here on the clinician reads out the pump; its effects are not recorded.
    pub(super) fn read_out(&mut self) {
        self.effects = None;
    }
}

/// An error if the run was cancelled.
pub(super) fn go_on(progress: Option<&Progress>) -> Result<(), RunError> {
    match progress {
        Some(progress) if progress.cancelled.load(Ordering::Relaxed) => Err(RunError::Cancelled),
        Some(_) | None => Ok(()),
    }
}
