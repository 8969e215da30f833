//! The rows of a trace: one per instant, passed to the trace writer.
//!
//! A second sample at the same instant replaces the row, so a row is kept until time has passed.
//! The writer is not kept: it may differ at the next call.

use super::hooks::Attached;
use super::recorder::Recorder;
use super::shown::{Shown, TraceRow};
use thecal_sim::{Observer, Truth};
use thecal_units::SimTime;

/// The row of the current instant.
#[derive(Clone, Debug, Default)]
pub(super) struct TraceRows {
    waiting: Option<(Truth, Shown)>,
}

impl TraceRows {
    fn sample(&mut self, truth: &Truth, shown: &Shown, attached: &mut Attached<'_>) {
        if attached.trace.is_none() {
            return;
        }
        if self
            .waiting
            .as_ref()
            .is_some_and(|(before, _)| before.at < truth.at)
        {
            self.hand_over(attached);
        }
        self.waiting = Some((*truth, *shown));
    }

    /// Passes the pending row to the writer.
    pub(super) fn hand_over(&mut self, attached: &mut Attached<'_>) {
        if let (Some(trace), Some((truth, shown))) = (&mut attached.trace, &self.waiting) {
            trace.row(&TraceRow { truth, shown });
        }
        self.waiting = None;
    }
}

/// Records the plant at its ticks.
pub(super) struct Sampling<'r, 'a> {
    pub(super) recorder: &'r mut Recorder,
    pub(super) rows: &'r mut TraceRows,
    pub(super) attached: &'r mut Attached<'a>,
}

impl Observer for Sampling<'_, '_> {
    fn tick(&mut self, _at: SimTime, truth: &Truth) {
        self.recorder.sample(truth);
        self.rows.sample(truth, &self.recorder.shown, self.attached);
    }
}
