//! Three clocks derived from one clock pin.
//!
//! | clock | is | for |
//! | --- | --- | --- |
//! | the pump's clock | what the pin shows | the status |
//! | monotonic time | without jumps seen while running; never behind over a reset | log, calendar, battery |
//! | therapy time | also without the time the pump was off | lockout, windows, intervals, metering |
//!
//! So neither a clock jump nor a reset, nor both together, gives a catch-up dose or a free bolus
//! (REQ-CLK-001, REQ-CLK-002, REQ-CLK-005). After a reset, therapy time continues from the last
//! record: how long the pump was off is known only from the clock that may have jumped, so that
//! time does not count.
//!
//! A jump is detected where the clock shows less than before, much more than the requested wake
//! time, or more time than the driven pulses account for: the motor's train runs independently, so
//! it is a second time source (REQ-CLK-003). Not detected: a forward jump of a pump that does not
//! infuse, shorter than its sleep of two minutes.
//!
//! The pin counts in 64 bits, and any of its readings may come: the pump uses nothing but the
//! difference of two, in wrapping arithmetic, so that no reading saturates and none lets time run
//! free. A reading beyond a century cannot be true. It is still good for differences, and an alarm
//! says that the clock needs attention; over a reset no difference beyond a century is believed
//! (REQ-CLK-006).

use thecal_units::{Millis, PumpTime};

/// A wake later than requested by more than this is a clock jump, not a delay.
pub(crate) const LATE_MAX: Millis = Millis::from_secs(1);
/// No pump is in service for longer: a clock that shows more is wrong (design).
const CENTURY: Millis = Millis::DAY.times(36_525);
/// How far the train may lag behind the clock: a pulse that falls on the instant of the wake.
const LAG_US: u64 = 2_000;

/// A clock jump that was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Jump {
    pub(crate) by: Millis,
    pub(crate) back: bool,
}

/// Result of reading the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tick {
    /// Therapy time now.
    pub(crate) now: PumpTime,
    /// Therapy time since the last reading.
    pub(crate) span: Millis,
    pub(crate) jump: Option<Jump>,
}

/// The train running since the last reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Train {
    pub(crate) pulses: u32,
    pub(crate) first_us: u32,
    pub(crate) period_us: u32,
}

impl Train {
    const NONE: Self = Self {
        pulses: 0,
        first_us: 0,
        period_us: 0,
    };

    /// The longest time that `driven` pulses can have taken; `None` if the train is over.
    fn longest_us(self, driven: u32) -> Option<u64> {
        (driven < self.pulses)
            .then(|| u64::from(self.first_us) + u64::from(self.period_us) * u64::from(driven))
    }
}

/// The clocks.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// The pump's clock less monotonic time, modulo 2^64. Unit: millisecond.
    correction: u64,
    /// What the clock shows cannot be true.
    implausible: bool,
    /// Monotonic time less therapy time.
    off: Millis,
    /// Monotonic time of the last reading.
    last: PumpTime,
    /// Monotonic time of the requested wake.
    expected: PumpTime,
    train: Train,
}

impl Clock {
    pub(crate) const fn new() -> Self {
        Self {
            correction: 0,
            implausible: false,
            off: Millis::ZERO,
            last: PumpTime::ZERO,
            expected: PumpTime::ZERO,
            train: Train::NONE,
        }
    }

    /// Starts after a reset: monotonic time is at least `monotonic`, therapy time continues from
    /// `therapy`. Returns the jump that this removes, if any: one backwards, or one that no pump can
    /// have spent without power.
    pub(crate) fn start(
        &mut self,
        raw: PumpTime,
        correction: u64,
        monotonic: PumpTime,
        therapy: PumpTime,
    ) -> Option<Jump> {
        self.correction = correction;
        self.last = monotonic;
        self.implausible = is_implausible(raw);
        let (by, back) = self.passed(raw);
        let believed = !back && by <= CENTURY;
        let now = if believed { monotonic + by } else { monotonic };
        self.correction = difference(raw, now);
        self.off = now.since(therapy);
        self.last = now;
        self.expected = now;
        self.train = Train::NONE;
        (!believed && by > Millis::ZERO).then_some(Jump { by, back })
    }

    /// Reads the clock; `driven` pulses of the train were driven since the last reading.
    pub(crate) fn observe(&mut self, raw: PumpTime, driven: u32) -> Tick {
        self.implausible = is_implausible(raw);
        let (passed, back) = self.passed(raw);
        let shown = self.last + passed;
        let late = self.expected.max(self.last) + LATE_MAX;
        let witness = self
            .train
            .longest_us(driven)
            .map(|longest| self.last + Millis::from_millis((longest + LAG_US).div_ceil(1_000)));
        let now = if back {
            self.last
        } else if let Some(witness) = witness
            && shown > witness
        {
            witness
        } else if shown > late {
            self.expected.max(self.last)
        } else {
            shown
        };
        let by = if back { passed } else { shown.since(now) };
        let jump = (by > Millis::ZERO).then_some(Jump { by, back });
        if jump.is_some() {
            self.correction = difference(raw, now);
        }
        let span = now.since(self.last);
        self.last = now;
        self.train = Train::NONE;
        Tick {
            now: self.therapy(),
            span,
            jump,
        }
    }

    /// Records the requested wake and the train until then; returns the wake on the pump's clock.
    pub(crate) fn expect(&mut self, wake_at: PumpTime, train: Option<Train>) -> PumpTime {
        let monotonic = wake_at + self.off;
        self.expected = monotonic;
        self.train = train.unwrap_or(Train::NONE);
        PumpTime::from_millis(monotonic.as_millis().wrapping_add(self.correction))
    }

    /// Whether what the clock shows cannot be true (REQ-CLK-006).
    pub(crate) const fn is_implausible(&self) -> bool {
        self.implausible
    }

    /// Monotonic time at the last reading.
    pub(crate) const fn monotonic(&self) -> PumpTime {
        self.last
    }

    /// Therapy time at the last reading.
    pub(crate) fn therapy(&self) -> PumpTime {
        self.last - self.off
    }

    /// The pump's clock less monotonic time, stored across resets.
    pub(crate) const fn correction(&self) -> u64 {
        self.correction
    }

    /// By how much the clock has changed since the last reading, and whether backwards: what
    /// differs by more than 2^63 ms counts as the shorter way round.
    const fn passed(&self, raw: PumpTime) -> (Millis, bool) {
        let shown = raw.as_millis().wrapping_sub(self.correction);
        let passed = shown.wrapping_sub(self.last.as_millis()).cast_signed();
        (Millis::from_millis(passed.unsigned_abs()), passed < 0)
    }
}

fn is_implausible(raw: PumpTime) -> bool {
    raw.since_origin() > CENTURY
}

fn difference(raw: PumpTime, monotonic: PumpTime) -> u64 {
    raw.as_millis().wrapping_sub(monotonic.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> PumpTime {
        PumpTime::from_millis(millis)
    }

    fn started(raw: u64) -> Clock {
        let mut clock = Clock::new();
        clock.start(at(raw), 0, PumpTime::ZERO, at(raw));
        clock
    }

    /// Verifies REQ-CLK-001, REQ-CLK-009.
    #[test]
    fn a_jump_forward_adds_no_therapy_time() {
        let mut clock = started(1_000);
        assert_eq!(clock.expect(at(61_000), None), at(61_000));
        let tick = clock.observe(at(86_461_000), 0);
        let by = Millis::from_millis(86_400_000);
        assert_eq!(tick.jump, Some(Jump { by, back: false }));
        assert_eq!(tick.span, Millis::MINUTE);
        assert_eq!(
            clock.expect(tick.now + Millis::MINUTE, None),
            at(86_521_000)
        );
        assert_eq!(clock.observe(at(86_521_000), 0).jump, None);
    }

    /// Verifies REQ-CLK-001, REQ-CLK-009.
    #[test]
    fn a_jump_back_stops_therapy_time_for_a_moment_only() {
        let mut clock = started(100_000);
        let tick = clock.observe(at(40_000), 0);
        let by = Millis::from_millis(60_000);
        assert_eq!(tick.jump, Some(Jump { by, back: true }));
        assert_eq!(tick.span, Millis::ZERO);
        assert_eq!(clock.observe(at(41_000), 0).span, Millis::SECOND);
    }

    /// Verifies REQ-CLK-004, REQ-CLK-007, REQ-CLK-008, REQ-CLK-015.
    #[test]
    fn what_the_pump_was_off_counts_for_the_log_but_not_for_lockouts() {
        let mut clock = Clock::new();
        let jump = clock.start(at(9_000_000), 0, at(5_000_000), at(4_000_000));
        assert_eq!(jump, None);
        assert_eq!(clock.monotonic(), at(9_000_000));
        assert_eq!(clock.therapy(), at(4_000_000));
        assert_eq!(clock.observe(at(9_000_010), 0).now, at(4_000_010));
        assert_eq!(clock.expect(at(4_060_010), None), at(9_060_010));
    }

    /// Verifies REQ-CLK-005, REQ-CLK-011, REQ-CLK-015.
    #[test]
    fn a_clock_that_starts_anew_turns_neither_time_back() {
        let mut clock = Clock::new();
        let jump = clock.start(at(0), 0, at(5_000_000), at(4_000_000));
        let by = Millis::from_millis(5_000_000);
        assert_eq!(jump, Some(Jump { by, back: true }));
        assert_eq!(clock.observe(at(10), 0).now, at(4_000_010));
        assert_eq!(clock.monotonic(), at(5_000_010));
        assert_eq!(clock.correction(), 5_000_000_u64.wrapping_neg());
    }

    /// Verifies REQ-CLK-003, REQ-CLK-009.
    #[test]
    fn a_jump_within_the_sleep_shows_in_the_pulses_that_were_not_driven() {
        let train = Train {
            pulses: 60,
            first_us: 500_000,
            period_us: 1_000_000,
        };
        let mut clock = started(0);
        clock.expect(at(60_000), Some(train));
        // Ten seconds have passed; the clock shows one minute, the requested wake.
        let tick = clock.observe(at(60_000), 10);
        assert_eq!(tick.now, at(10_502));
        assert!(tick.jump.is_some_and(|jump| !jump.back));
        // A train driven in step with the clock is no jump.
        let mut clock = started(0);
        clock.expect(at(60_000), Some(train));
        assert_eq!(clock.observe(at(30_000), 30).jump, None);
        assert_eq!(
            clock.expect(
                at(60_000),
                Some(Train {
                    pulses: 30,
                    ..train
                })
            ),
            at(60_000)
        );
        assert_eq!(clock.observe(at(60_000), 30).jump, None);
    }

    /// Readings around every power of two, and the ends of the range.
    fn edges() -> impl Iterator<Item = u64> {
        let powers = (0..64).map(|bit| 1_u64 << bit);
        powers
            .flat_map(|power| [power.wrapping_sub(1), power, power + 1])
            .chain([0, u64::MAX - 1, u64::MAX])
    }

    /// Verifies REQ-CLK-001, REQ-CLK-006.
    #[test]
    fn no_reading_lets_time_run_free_and_after_each_the_clock_is_good_again() {
        for from in edges() {
            for to in edges() {
                let mut clock = Clock::new();
                clock.start(at(from), 0, at(1_000), at(1_000));
                assert!(clock.monotonic() <= at(1_000) + CENTURY);
                let start = clock.therapy();
                clock.expect(start + Millis::MINUTE, None);
                let jumped = clock.observe(at(to), 0);
                let most = Millis::MINUTE + LATE_MAX;
                assert!(jumped.span <= most, "{from} to {to}: {:?}", jumped.span);
                // From then on each second is a second, and the wake is asked for in the pin's time.
                for second in 1..=3_u64 {
                    let wake = clock.expect(clock.therapy() + Millis::MINUTE, None);
                    let shown = to.wrapping_add((second - 1) * 1_000);
                    assert_eq!(wake.as_millis(), shown.wrapping_add(60_000));
                    let tick = clock.observe(at(to.wrapping_add(second * 1_000)), 0);
                    assert_eq!((tick.span, tick.jump), (Millis::SECOND, None));
                }
                // A reset at any reading turns no time back and adds none that cannot be.
                let (correction, monotonic) = (clock.correction(), clock.monotonic());
                let therapy = clock.therapy();
                clock.start(at(from), correction, monotonic, therapy);
                assert!(clock.monotonic() >= monotonic);
                assert!(clock.monotonic() <= monotonic + CENTURY);
                assert_eq!(clock.therapy(), therapy);
            }
        }
    }

    /// Verifies REQ-CLK-013, REQ-CLK-011.
    #[test]
    fn a_century_is_the_most_that_a_clock_can_show() {
        let century = CENTURY.as_millis();
        let mut clock = Clock::new();
        for (raw, implausible) in [(century, false), (century + 1, true), (1 << 63, true)] {
            clock.start(at(raw), 0, at(0), at(0));
            assert_eq!(clock.is_implausible(), implausible, "{raw}");
            let expected = if implausible { 0 } else { raw };
            assert_eq!(clock.monotonic(), at(expected));
        }
        clock.observe(at(7), 0);
        assert!(!clock.is_implausible());
    }

    /// Verifies REQ-CLK-001, REQ-CLK-003.
    #[test]
    fn a_wake_that_is_a_little_late_is_no_jump() {
        let mut clock = started(0);
        clock.expect(at(60_000), None);
        assert_eq!(clock.observe(at(61_000), 0).jump, None);
        clock.expect(at(62_000), None);
        assert_eq!(clock.observe(at(63_001), 0).now, at(62_000));
    }
}
