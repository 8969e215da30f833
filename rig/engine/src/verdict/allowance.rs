//! The highest commanded dose allowed in sliding windows.
//!
//! There are thousands of windows, but what is allowed changes a few times a day: at grants, at
//! changes of the prescription, and when these leave the window. So it is computed at a change,
//! with the last window end for which it holds. Only a scheduled dose is computed for every window.

use super::bolus_windows::{ClinicianBolus, Granted, bolus_allowance_ug, loose_steps_ug};
use crate::run::{Prescribed, RunHistory};
use thecal_plan::BasalPlace;
use thecal_plan::{Infusion, PatientBolus};
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
    pub(super) granted: &'s Granted,
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
    pub(super) const fn new(history: &'s RunHistory, granted: &'s Granted, window: Millis) -> Self {
        let clinician = ClinicianWindow { window, over: 0 };
        Self {
            history,
            granted,
            window,
            clinician,
        }
    }

    /// What is in force in the window that ends at `end`; window ends must not decrease.
    pub(super) fn in_force(&mut self, end: SimTime) -> InForce<'s> {
        let (history, start) = (self.history, end.before(self.window));
        let begun = history.prescribed.partition_point(|next| next.from <= end);
        // An entry is over if the next one began before the window.
        let first = history.prescribed.partition_point(|next| next.from < start);
        let first = first.saturating_sub(1);
        let entries = history.prescribed.iter().enumerate();
        let entries = entries.take(begun).skip(first);
        let entries = entries.map(|(index, prescribed)| Entry { index, prescribed });
        let from = |index: usize| history.prescribed.get(index).map(|next| next.from);
        let begins = from(begun).map(|next| next.before(Millis::from_millis(1)));
        let leaves = from(first + 1).map(|next| next + self.window);
        let (clinician_ug, ends) = self.clinician.ug(&self.granted.clinician, start, end);
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
        let basal = self.granted.basals.get(entry.index);
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

/// The highest commanded dose allowed in sliding windows of one length.
///
/// Where the prescription changed within the window, the most generous one counts for all of it: a
/// monitor must not raise a false alarm. Loose steps are allowed on top, see [`loose_steps_ug`].
pub(super) struct Allowance<'s> {
    sliding: Sliding<'s>,
    now: Allowed<'s>,
}

/// What is allowed in windows that end up to some instant.
struct Allowed<'s> {
    until: SimTime,
    /// What each entry in force allows, without schedules.
    entries: Vec<Part<'s>>,
    clinician_ug: f64,
    /// The sum; `None` if a schedule is in force, because it changes at every instant.
    all_ug: Option<f64>,
}

/// What one entry allows. Unit: ug.
struct Part<'s> {
    entry: Entry<'s>,
    edges: Edges,
    boluses: f64,
    steps: f64,
}

impl<'s> Allowance<'s> {
    pub(super) fn new(history: &'s RunHistory, granted: &'s Granted, window: Millis) -> Self {
        let mut sliding = Sliding::new(history, granted, window);
        let now = sliding.allowed(SimTime::ZERO);
        Self { sliding, now }
    }

    /// The highest dose in the window that ends at `end`; window ends must not decrease. Unit: ug.
    pub(super) fn up_to(&mut self, end: SimTime) -> f64 {
        if self.now.until < end {
            self.now = self.sliding.allowed(end);
        }
        match self.now.all_ug {
            Some(all) => all,
            None => self.sliding.sum_ug(&mut self.now, end),
        }
    }
}

impl<'s> Sliding<'s> {
    fn allowed(&mut self, end: SimTime) -> Allowed<'s> {
        let in_force = self.in_force(end);
        let start = end.before(self.window);
        let (granted_ug, until) = self.granted.within_ug(start, end, self.window);
        let part = |entry: Entry<'s>| {
            let boluses = entry.prescribed.patient_bolus().map_or(0.0, |bolus| {
                let lockout = bolus.lockout.saturating_sub(self.granted.slack);
                bolus_allowance_ug(&PatientBolus { lockout, ..bolus }, self.window)
            });
            Part {
                entry,
                edges: Edges::default(),
                boluses: boluses.min(granted_ug),
                steps: loose_steps_ug(entry.prescribed, self.history),
            }
        };
        let mut allowed = Allowed {
            until: until.min(in_force.until),
            entries: in_force.entries.iter().copied().map(part).collect(),
            clinician_ug: in_force.clinician_ug,
            all_ug: None,
        };
        let changes = |entry: &Entry<'_>| entry.prescribed.running && entry.has_schedule();
        if !in_force.entries.iter().any(changes) {
            allowed.all_ug = Some(self.sum_ug(&mut allowed, end));
        }
        allowed
    }

    fn sum_ug(&self, allowed: &mut Allowed<'_>, end: SimTime) -> f64 {
        let parts = allowed.entries.iter_mut().map(|part| {
            if !part.entry.prescribed.running {
                return part.steps;
            }
            self.basal_ug(part.entry, end, &mut part.edges) + part.boluses + part.steps
        });
        parts.fold(0.0, f64::max) + allowed.clinician_ug
    }
}

#[cfg(test)]
mod tests;
