//! Sums over a sliding window before the run has lasted as long as the window.
//!
//! Until then such a signal is the sum since the start, which is less than a full window may hold.
//! What this says of a bound depends on what the bound is for. One that must always hold from above
//! is judged by the sum so far. A bound from below is met as soon as that sum meets it, and otherwise
//! not known; to be above a bound that shall be kept says nothing yet, because every sum begins at
//! zero, and so does being below one that shall be reached.

use thecal_plan::Predicate;
use thecal_units::SimTime;

/// What is taken of a signal before its first window is full.
#[derive(Clone, Copy, Debug)]
enum Before {
    Everything,
    /// What makes the comparison true.
    WhatHolds,
    Nothing,
}

/// The gate through which an expectation sees a signal.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    /// When the first window is full; zero for a signal without one.
    full: SimTime,
    before: Before,
    /// The last value that was not taken.
    held: Option<f64>,
}

impl Opening {
    /// Of what must hold, or must not if `negated`.
    pub(super) fn of_bound(that: &Predicate, negated: bool) -> Self {
        if that.is_upper() == negated {
            Self::of(that, Before::Nothing)
        } else {
            Self::of(that, Before::Everything)
        }
    }

    /// Of what is to become true.
    pub(super) fn of_goal(that: &Predicate) -> Self {
        if that.is_upper() {
            Self::of(that, Before::Nothing)
        } else {
            Self::of(that, Before::WhatHolds)
        }
    }

    fn of(that: &Predicate, before: Before) -> Self {
        let window = that.signal.window();
        Self {
            full: window.map_or(SimTime::ZERO, |window| SimTime::ZERO + window),
            before,
            held: None,
        }
    }

    /// When the first window is full; zero for a signal without one.
    pub(super) const fn full(&self) -> SimTime {
        self.full
    }

    /// Takes a change; gives those that count.
    pub(super) fn push(
        &mut self,
        that: &Predicate,
        at: SimTime,
        value: f64,
    ) -> impl Iterator<Item = (SimTime, f64)> + use<> {
        let counts = at >= self.full
            || match self.before {
                Before::Everything => true,
                Before::WhatHolds => that.holds(value),
                Before::Nothing => false,
            };
        let held = self.held.take().filter(|_| at > self.full);
        if !counts {
            self.held = Some(value);
        }
        let opened = held.map(|value| (self.full, value));
        opened.into_iter().chain(counts.then_some((at, value)))
    }

    /// What still counts at the end of a run.
    pub(super) fn rest(&mut self, end: SimTime) -> Option<(SimTime, f64)> {
        let value = self.held.take()?;
        (self.full <= end).then_some((self.full, value))
    }

    /// A remark on an interval that ends before a window is full.
    pub(super) fn sum_so_far(&self, until: SimTime) -> Option<String> {
        let window = self.full.spelled();
        (until < self.full)
            .then(|| format!("the sum since the start: no window of {window} is full"))
    }
}

#[cfg(test)]
mod tests;
