//! A value that goes from one level to another in a span of time.
//!
//! Equations, `s` the share of the span that has passed:
//! ```text
//! linear:       from + (to - from) s          logarithmic:  from (to / from)^s
//! ```

use thecal_units::{Millis, SimTime};

/// A value on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// When it leaves `from`.
    pub start: SimTime,
    /// How long it takes; zero is a step.
    pub over: Millis,
    /// The value before.
    pub from: f64,
    /// The value after.
    pub to: f64,
    /// Whether equal times are equal factors.
    pub logarithmic: bool,
}

impl Ramp {
    /// A value that stays.
    #[must_use]
    pub const fn constant(value: f64) -> Self {
        Self::step(SimTime::ZERO, value)
    }

    /// A value that is there at once.
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

    /// When it has arrived.
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
        let share = passed as f64 / self.over.as_millis() as f64;
        if self.logarithmic {
            self.from * libm::pow(self.to / self.from, share)
        } else {
            self.from + (self.to - self.from) * share
        }
    }
}
