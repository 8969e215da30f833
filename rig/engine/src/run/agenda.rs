//! The agenda: everything that people and faults will do, in one order that never depends on
//! anything but the scenario.

use thecal_plan::{FaultKind, Scenario, expand};
use thecal_units::SimTime;

/// One thing to do. At one instant faults come before people, and both in file order; a fault that
/// ends makes room for one of the same kind that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// A fault ends.
    FaultOff(usize),
    /// The patient leaves where a stay has led.
    StayOff(usize),
    /// A fault begins.
    FaultOn(usize),
    /// A stuck button repeats its press.
    StuckPress(usize),
    /// A line of the timeline.
    Timeline(usize),
}

/// The acts in order, with the next one marked.
#[derive(Debug)]
pub(super) struct Agenda {
    acts: Vec<(SimTime, Act)>,
    next: usize,
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
            acts.push((fault.start, Act::FaultOn(index)));
            // A power cut may come later than its start; it ends when the power is back.
            if fault.duration.is_some() && !matches!(fault.kind, FaultKind::PowerCut { .. }) {
                acts.push((until, Act::FaultOff(index)));
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
        Self { acts, next: 0 }
    }

    /// One more thing to do, not before what has been taken.
    pub(super) fn add(&mut self, at: SimTime, act: Act) {
        let rest = self.acts.get(self.next..).unwrap_or_default();
        let place = self.next + rest.partition_point(|entry| *entry <= (at, act));
        self.acts.insert(place, (at, act));
    }

    /// When the next act is due.
    pub(super) fn next_at(&self) -> SimTime {
        self.acts
            .get(self.next)
            .map_or(SimTime::NEVER, |&(at, _)| at)
    }

    /// Takes the next act if it is due by `now`.
    pub(super) fn take_due(&mut self, now: SimTime) -> Option<Act> {
        let &(at, act) = self.acts.get(self.next)?;
        if at > now {
            return None;
        }
        self.next += 1;
        Some(act)
    }
}
