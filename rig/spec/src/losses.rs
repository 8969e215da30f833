//! Writes that the pump's memory did not take: until when it is told, and until when it may not have made
//! them again.

use crate::boundary::Boundary;
use crate::clock::SLEEP;
use crate::told::Told;
use thecal_units::{Millis, SimTime};

/// To the exchange that tells of the loss, and to the one that finds all written again.
pub(crate) const MADE_UP: Millis = SLEEP.times(2);

/// An exchange of which writes were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    pub(crate) at: SimTime,
    /// When the pump certainly knows; `None`: a reset may have come before.
    pub(crate) told: Option<SimTime>,
    /// Whether the loss before may not have been made up: it tells of nothing new.
    pub(crate) goes_on: bool,
}

/// Each loss, in order.
pub(crate) fn losses(boundary: &Boundary<'_>) -> Vec<Loss> {
    let mut before: Option<SimTime> = None;
    let losses = boundary.lost_writes.iter().map(|&at| {
        let goes_on = before.replace(at).is_some_and(|last| at <= last + MADE_UP);
        let told = at + SLEEP;
        let mut boots = boundary.boots.iter();
        let mut absences = boundary.absences.iter();
        let is_cut = boots.any(|boot| at <= boot.at && boot.at <= told && boot.at > SimTime::ZERO)
            || absences.any(|it| it.from <= told && at <= it.until);
        Loss {
            at,
            told: (!is_cut && told <= boundary.end).then_some(told),
            goes_on,
        }
    });
    losses.collect()
}

impl Loss {
    /// Whether a memory alarm of before has certainly been cleared, so that this loss raises a new one: a
    /// clinician has silenced what was raised, and nothing else may have raised it.
    pub(crate) fn is_new(&self, boundary: &Boundary<'_>, told: &Told) -> bool {
        let last = boundary.lost_writes.iter().rfind(|at| **at < self.at);
        let cleared = last.is_none_or(|last| {
            let mut silenced = told.silenced.iter();
            silenced.any(|&(at, certain)| certain && *last + SLEEP < at && at < self.at)
        });
        let hurt = boundary.injuries.iter().any(|it| it.at <= self.at);
        !self.goes_on && cleared && !hurt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::Cause;
    use crate::testing::{Case, boot, minutes, reference};
    use thecal_plan::Request;

    fn case() -> Case {
        let mut case = Case::hours(24);
        case.lost_writes = vec![minutes(60), minutes(62), minutes(600)];
        case
    }

    fn is_new(case: &Case) -> Vec<bool> {
        let mut new = Vec::new();
        case.with_boundary(|boundary| {
            let told = Told::of(boundary, &reference());
            new = losses(boundary)
                .iter()
                .map(|loss| loss.is_new(boundary, &told))
                .collect();
        });
        new
    }

    #[test]
    fn a_loss_raises_a_new_alarm_once_the_one_before_is_cleared() {
        assert_eq!(is_new(&case()), [true, false, false]);
        let mut silenced = case();
        silenced.asks(61, Request::Silence);
        // The second loss may have been told behind it.
        assert_eq!(is_new(&silenced), [true, false, false]);
        silenced.asks(300, Request::Silence);
        assert_eq!(is_new(&silenced), [true, false, true]);
    }

    #[test]
    fn a_pump_that_is_reset_at_once_may_not_be_told() {
        let mut case = case();
        case.boots.push(boot(minutes(61), Cause::Pin));
        case.with_boundary(|boundary| {
            let told: Vec<_> = losses(boundary).iter().map(|loss| loss.told).collect();
            assert_eq!(told, [None, Some(minutes(64)), Some(minutes(602))]);
        });
    }
}
