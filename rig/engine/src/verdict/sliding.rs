//! What is in force in sliding windows.
//!
//! There are thousands of windows, but what is in force changes a few times a day: at changes of the
//! prescription, at clinicians' boluses, and when these leave the window. So it is computed at a
//! change, with the last window end for which it holds. Only a scheduled dose is computed for every window.

use super::beyond_limits::{BeyondLimits, ClinicianBolus};
use crate::run::{Prescribed, RunHistory};
use thecal_plan::{BasalPlace, Infusion};
use thecal_units::{Millis, SimTime};

/// What clinicians' boluses may add to sliding windows.
struct ClinicianWindow {
    window: Millis,
    /// How many of the first boluses lie before all further windows.
    over: usize,
}

impl ClinicianWindow {
    /// What they may add to the window from `start` to `end`, and the last end for which that holds
    /// as long as none begins. Unit: ug.
    fn ug(&mut self, all: &[ClinicianBolus], start: SimTime, end: SimTime) -> (f64, SimTime) {
        while all.get(self.over).is_some_and(|bolus| bolus.until < start) {
            self.over += 1;
        }
        let begun = all.iter().skip(self.over);
        let begun = begun.take_while(|bolus| bolus.from <= end);
        let given = || begun.clone().filter(|bolus| bolus.until >= start);
        let ends = given().map(|bolus| bolus.until + self.window).min();
        let ug = given().map(|bolus| bolus.ug).sum();
        (ug, ends.unwrap_or(SimTime::NEVER))
    }
}

/// What one entry of [`RunHistory::prescribed`] allows in a window.
#[derive(Clone, Copy)]
pub(super) struct Entry<'s> {
    index: usize,
    pub(super) prescribed: &'s Prescribed,
}

/// Positions in the schedule of an entry at both edges of a window.
pub(super) type Edges = [BasalPlace; 2];

/// The sliding windows of one length, and what is in force in them.
pub(super) struct Sliding<'s> {
    pub(super) history: &'s RunHistory,
    pub(super) beyond: &'s BeyondLimits,
    pub(super) window: Millis,
    clinician: ClinicianWindow,
}

/// What is in force in a window.
pub(super) struct InForce<'s> {
    /// The entries of [`RunHistory::prescribed`] in force at any instant of it.
    pub(super) entries: Vec<Entry<'s>>,
    /// What clinicians' boluses may add to it. Unit: ug.
    pub(super) clinician_ug: f64,
    /// The last end of a window of this length for which that holds.
    pub(super) until: SimTime,
}

impl<'s> Sliding<'s> {
    pub(super) const fn new(
        history: &'s RunHistory,
        beyond: &'s BeyondLimits,
        window: Millis,
    ) -> Self {
        let clinician = ClinicianWindow { window, over: 0 };
        Self {
            history,
            beyond,
            window,
            clinician,
        }
    }

    /// What is in force in the window that ends at `end`; window ends must not decrease.
    pub(super) fn in_force(&mut self, end: SimTime) -> InForce<'s> {
        let (history, start) = (self.history, end.before(self.window));
        // What is seen at its begin may have been driven under the entry before.
        let late = self.beyond.late;
        let begun = history.prescribed.partition_point(|next| next.from <= end);
        // An entry is over if the next one began before the window.
        let first = history
            .prescribed
            .partition_point(|next| next.from < start.before(late));
        let first = first.saturating_sub(1);
        let entries = history.prescribed.iter().enumerate();
        let entries = entries.take(begun).skip(first);
        let entries = entries.map(|(index, prescribed)| Entry { index, prescribed });
        let from = |index: usize| history.prescribed.get(index).map(|next| next.from);
        let begins = from(begun).map(|next| next.before(Millis::from_millis(1)));
        let leaves = from(first + 1).map(|next| next + self.window + late);
        let (clinician_ug, ends) = self.clinician.ug(&self.beyond.clinician, start, end);
        let until = [begins, leaves]
            .into_iter()
            .flatten()
            .fold(ends, SimTime::min);
        InForce {
            entries: entries.collect(),
            clinician_ug,
            until,
        }
    }

    /// The highest continuous dose of this entry in the window that ends at `end`. Unit: ug.
    pub(super) fn basal_ug(&self, entry: Entry<'_>, end: SimTime, edges: &mut Edges) -> f64 {
        let (start, end) = if entry.has_schedule() {
            (end.before(self.window), end)
        } else {
            // A constant dose is the same in any window of this length.
            (SimTime::ZERO, SimTime::ZERO + self.window)
        };
        let basal = self.beyond.basals.get(entry.index);
        basal.map_or(0.0, |basal| basal.sliding_ug(start, end, edges))
    }
}

impl Entry<'_> {
    /// Whether its continuous dose depends on the time of the window.
    pub(super) const fn has_schedule(self) -> bool {
        match self.prescribed.therapy.infusion {
            Infusion::Simple(_) | Infusion::MinimumRate => false,
            Infusion::Flex(_) => true,
        }
    }
}
