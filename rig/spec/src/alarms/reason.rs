//! Why an alarm is raised, from when to when.

use thecal_units::SimTime;

/// An alarm's cause.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reason {
    pub(super) early: SimTime,
    pub(super) late: Option<SimTime>,
    pub(super) ends: (SimTime, SimTime),
}

impl Reason {
    /// Something that happens and is over.
    pub(super) fn event(at: SimTime) -> Self {
        Self {
            early: at,
            late: Some(at),
            ends: (at, at),
        }
    }

    /// Something that may have happened, and may still be.
    pub(super) const fn perhaps(from: SimTime, until: SimTime) -> Self {
        Self {
            early: from,
            late: None,
            ends: (from, until),
        }
    }
}
