//! The agenda: all acts of people and faults, in an order that depends only on the scenario.

use super::outcome::RunError;
use std::collections::VecDeque;
use thecal_plan::{Action, FaultKind, Scenario, expand};
use thecal_units::SimTime;

/// One act. At one instant faults come before people, both in file order; a fault ends before
/// another of the same kind begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// A fault ends.
    FaultOff(usize),
    /// The patient returns from a stay.
    StayOff(usize),
    /// A fault begins.
    FaultOn(usize),
    /// A stuck button repeats its press.
    StuckPress(usize),
    /// A line of the timeline.
    Timeline(usize),
    /// An act given from outside during the run.
    Given(usize),
}

/// The acts to come, in order.
#[derive(Clone, Debug)]
pub(super) struct Agenda {
    acts: VecDeque<(SimTime, Act)>,
    /// The actions that [`Act::Given`] indexes.
    given: Vec<Action>,
}

impl Agenda {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let end = SimTime::ZERO + scenario.duration;
        let mut acts: Vec<(SimTime, Act)> = expand(scenario)
            .into_iter()
            .map(|(at, entry)| (at, Act::Timeline(entry)))
            .collect();
        for (index, fault) in scenario.faults.iter().enumerate() {
            let until = fault
                .duration
                .map_or(end, |duration| fault.start + duration);
            // A power cut may come later than its start; it ends when power returns.
            let is_cut = matches!(fault.kind, FaultKind::PowerCut { .. });
            let lasts = fault.duration.filter(|_| !is_cut);
            for start in fault.starts().take_while(|start| *start <= end) {
                acts.push((start, Act::FaultOn(index)));
                acts.extend(lasts.map(|lasts| (start + lasts, Act::FaultOff(index))));
            }
            if let &FaultKind::StuckButton { every, .. } = &fault.kind {
                let mut at = fault.start;
                while at < until && at <= end {
                    acts.push((at, Act::StuckPress(index)));
                    at = at + every;
                }
            }
        }
        acts.sort_unstable();
        Self {
            acts: acts.into(),
            given: Vec::new(),
        }
    }

    /// Adds an act; it must not be earlier than the acts already taken.
    pub(super) fn add(&mut self, at: SimTime, act: Act) {
        let place = self.acts.partition_point(|entry| *entry <= (at, act));
        self.acts.insert(place, (at, act));
    }

    /// Adds an act from outside, as one more line at the end of the timeline.
    pub(super) fn give(&mut self, at: SimTime, action: Action) {
        self.add(at, Act::Given(self.given.len()));
        self.given.push(action);
    }

    /// The action of [`Act::Given`].
    pub(super) fn given(&self, index: usize) -> Result<&Action, RunError> {
        let action = self.given.get(index);
        action.ok_or_else(|| RunError::missing("act given from outside", index))
    }

    /// When the next act is due.
    pub(super) fn next_at(&self) -> SimTime {
        self.acts.front().map_or(SimTime::NEVER, |&(at, _)| at)
    }

    /// Takes the next act if it is due by `now`.
    pub(super) fn take_due(&mut self, now: SimTime) -> Option<Act> {
        let (_, act) = self.acts.pop_front_if(|&mut (at, _)| at <= now)?;
        Some(act)
    }
}
