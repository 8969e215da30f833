//! Therapy time: the pump's clock with its detected jumps taken out.
//!
//! Doses, lockouts and windows are counted in therapy time, so that a clock that jumps gives
//! neither a catch-up dose nor a free bolus (REQ-CLK-001). The pump is woken at an instant that it
//! asked for; a clock that shows much more has jumped forward, one that shows less than before has
//! jumped back. The event log and the status show the clock itself.

use thecal_units::{Millis, PumpTime};

/// A wake later than asked for by more than this is a jump of the clock, not a delay.
pub(crate) const LATE_MAX: Millis = Millis::from_secs(5);

/// What a look at the clock gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tick {
    /// Therapy time now.
    pub(crate) now: PumpTime,
    /// Therapy time since the last look.
    pub(crate) span: Millis,
    /// The clock has jumped.
    pub(crate) jumped: bool,
}

/// The clock and what is taken out of it.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// The clock less therapy time. Unit: millisecond.
    correction: i64,
    last: PumpTime,
    expected: PumpTime,
}

impl Clock {
    pub(crate) const fn new() -> Self {
        Self {
            correction: 0,
            last: PumpTime::ZERO,
            expected: PumpTime::ZERO,
        }
    }

    /// Starts after a reset. Therapy time never goes back behind `not_before`.
    pub(crate) fn start(&mut self, raw: PumpTime, correction: i64, not_before: PumpTime) {
        self.correction = correction;
        let mut now = self.therapy(raw);
        if now < not_before {
            now = not_before;
            self.correction = difference(raw, now);
        }
        self.last = now;
        self.expected = now;
    }

    /// Looks at the clock.
    pub(crate) fn observe(&mut self, raw: PumpTime) -> Tick {
        let shown = self.therapy(raw);
        let due = self.expected.max(self.last);
        let (now, jumped) = if shown < self.last {
            (self.last, true)
        } else if shown > due + LATE_MAX {
            (due, true)
        } else {
            (shown, false)
        };
        if jumped {
            self.correction = difference(raw, now);
        }
        let span = now.since(self.last);
        self.last = now;
        Tick { now, span, jumped }
    }

    /// Notes when the pump asks to be woken, and gives that instant on the pump's clock.
    pub(crate) fn expect(&mut self, wake_at: PumpTime) -> PumpTime {
        self.expected = wake_at;
        let shift = self.correction.unsigned_abs();
        if self.correction >= 0 {
            wake_at + Millis::from_millis(shift)
        } else {
            wake_at - Millis::from_millis(shift)
        }
    }

    /// The clock less therapy time, to be kept over a reset.
    pub(crate) const fn correction(&self) -> i64 {
        self.correction
    }

    fn therapy(&self, raw: PumpTime) -> PumpTime {
        let shift = Millis::from_millis(self.correction.unsigned_abs());
        if self.correction >= 0 {
            raw - shift
        } else {
            raw + shift
        }
    }
}

fn difference(raw: PumpTime, therapy: PumpTime) -> i64 {
    let narrow = |time: PumpTime| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    narrow(raw).saturating_sub(narrow(therapy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> PumpTime {
        PumpTime::from_millis(millis)
    }

    /// Verifies REQ-CLK-001.
    #[test]
    fn a_jump_forward_adds_no_therapy_time() {
        let mut clock = Clock::new();
        clock.start(at(1_000), 0, PumpTime::ZERO);
        assert_eq!(clock.expect(at(61_000)), at(61_000));
        let tick = clock.observe(at(86_461_000));
        assert!(tick.jumped);
        assert_eq!(tick.span, Millis::MINUTE);
        assert_eq!(clock.expect(tick.now + Millis::MINUTE), at(86_521_000));
        assert!(!clock.observe(at(86_521_000)).jumped);
    }

    /// Verifies REQ-CLK-001.
    #[test]
    fn a_jump_back_stops_therapy_time_for_a_moment_only() {
        let mut clock = Clock::new();
        clock.start(at(100_000), 0, PumpTime::ZERO);
        let tick = clock.observe(at(40_000));
        assert!(tick.jumped);
        assert_eq!(tick.span, Millis::ZERO);
        assert_eq!(clock.observe(at(41_000)).span, Millis::SECOND);
    }

    /// Verifies REQ-CLK-004.
    #[test]
    fn a_clock_that_starts_anew_does_not_turn_therapy_time_back() {
        let mut clock = Clock::new();
        clock.start(at(0), 0, at(5_000_000));
        assert_eq!(clock.observe(at(10)).now, at(5_000_010));
    }
}
