//! A value that changes from one level to another over a span of time.
//!
//! Equations, `s` the share of the span that has passed:
//! ```text
//! linear:       from + (to - from) s          logarithmic:  from (to / from)^s
//! ```
//! A logarithmic ramp from or to zero, and any ramp from or to infinity, has no intermediate
//! values: it stays at `from` until the end of the span and then is at `to`.

use thecal_units::{Millis, SimTime};

/// A value with a ramp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// When the ramp starts.
    pub start: SimTime,
    /// Duration of the ramp; zero is a step.
    pub over: Millis,
    /// The value before.
    pub from: f64,
    /// The value after.
    pub to: f64,
    /// Whether the ramp is logarithmic.
    pub logarithmic: bool,
}

impl Ramp {
    /// A constant value.
    #[must_use]
    pub const fn constant(value: f64) -> Self {
        Self::step(SimTime::ZERO, value)
    }

    /// A step to `value` at `start`.
    #[must_use]
    pub const fn step(start: SimTime, value: f64) -> Self {
        Self {
            start,
            over: Millis::ZERO,
            from: value,
            to: value,
            logarithmic: false,
        }
    }

    /// When the ramp ends.
    #[must_use]
    pub fn end(&self) -> SimTime {
        self.start + self.over
    }

    /// The value at `at`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a span is far below 2^53 ms")]
    pub fn at(&self, at: SimTime) -> f64 {
        if at < self.start {
            return self.from;
        }
        let passed = at.since(self.start).as_millis();
        if passed >= self.over.as_millis() {
            return self.to;
        }
        if !self.is_passable() {
            return self.from;
        }
        let share = passed as f64 / self.over.as_millis() as f64;
        if self.logarithmic {
            self.from * libm::pow(self.to / self.from, share)
        } else {
            self.from + (self.to - self.from) * share
        }
    }

    /// Whether there are intermediate values.
    fn is_passable(&self) -> bool {
        let ends = [self.from, self.to];
        ends.iter().all(|end| end.is_finite()) && !(self.logarithmic && ends.contains(&0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_that_does_not_exist_is_a_step_at_its_end() {
        let (start, over) = (SimTime::from_millis(500), Millis::from_millis(1_000));
        let ways = [
            (0.0, 1e12, true),
            (1e12, 0.0, true),
            (0.0, 0.0, true),
            (1.0, f64::INFINITY, true),
            (f64::INFINITY, 1.0, true),
            (1.0, f64::INFINITY, false),
            (f64::INFINITY, f64::INFINITY, false),
        ];
        for (from, to, logarithmic) in ways {
            let ramp = Ramp {
                start,
                over,
                from,
                to,
                logarithmic,
            };
            for (at, expected) in [(0, from), (500, from), (1_499, from), (1_500, to)] {
                let seen = ramp.at(SimTime::from_millis(at));
                assert_eq!(seen.to_bits(), expected.to_bits(), "{ramp:?} at {at}");
            }
        }
    }
}
