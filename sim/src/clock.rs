//! The pump's crystal: rate error and jumps.
//!
//! The pump runs on its own clock: lockouts and step trains are counted on it. Harm is counted on
//! the simulation's.
//!
//! Terms: *reading* is what a real-time counter shows, *elapsed* is what a hardware timer counts.
//! A jump moves the reading and leaves elapsed time alone, as setting a clock does not stretch a
//! running timer.
//!
//! Equations, all in integers:
//! ```text
//! reading(s) = floor(s * (1e6 + ppm) / 1e6) + jump     s: simulation ms
//! elapsed_us = floor(span_ms * (1e6 + ppm) / 1e3)
//! ```
//!
//! Source: pump.md 4.7: 32.768 kHz crystals hold +/-20 ppm, 1.7 s/day (calc).

use thecal_units::{Millis, PumpTime, SimTime};

/// Error of the pump's crystal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockModel {
    /// How much the crystal runs fast (positive) or slow (negative).
    ///
    /// Unit: parts per million. Range: -100 000 to 100 000.
    pub ppm: i32,
}

impl ClockModel {
    /// The largest error of the crystal that a plant accepts, either way.
    ///
    /// Unit: parts per million. Source: ours, far beyond any crystal so that faults fit (design).
    pub(crate) const MAX_PPM: i32 = 100_000;
}

/// The pump's clock: a crystal and an offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PumpClock {
    /// Crystal counts per million true counts.
    rate: u32,
    /// Offset of the reading by jumps. Unit: ms.
    jump: i64,
}

impl PumpClock {
    /// `model.ppm` is within `ClockModel::MAX_PPM`; the configuration has checked it.
    pub(crate) fn new(model: ClockModel) -> Self {
        let rate = 1_000_000_u32.saturating_add_signed(model.ppm);
        Self { rate, jump: 0 }
    }

    /// Sets the reading `by` ms forward or back.
    pub(crate) fn jump(&mut self, by_ms: i64) {
        self.jump = self.jump.saturating_add(by_ms);
    }

    /// What the clock shows at `at`.
    pub(crate) fn reading(&self, at: SimTime) -> PumpTime {
        let course = u128::from(at.as_millis()) * u128::from(self.rate) / 1_000_000;
        PumpTime::from_millis(narrow(course).saturating_add_signed(self.jump))
    }

    /// The earliest instant at which the clock shows at least `reading`, if it does not jump again.
    pub(crate) fn instant_of(&self, reading: PumpTime) -> SimTime {
        if reading == PumpTime::NEVER {
            return SimTime::NEVER;
        }
        // The reading does not go below zero, so zero is shown at once.
        if reading == PumpTime::ZERO {
            return SimTime::ZERO;
        }
        let course = i128::from(reading.as_millis()) - i128::from(self.jump);
        let course = u128::try_from(course).unwrap_or(0);
        SimTime::from_millis(narrow((course * 1_000_000).div_ceil(u128::from(self.rate))))
    }

    /// What a hardware timer has counted after `span`. Unit: us, rounded down.
    pub(crate) fn elapsed_us(&self, span: Millis) -> u64 {
        match span.as_millis().checked_mul(u64::from(self.rate)) {
            Some(counts) => counts / 1_000,
            None => narrow(u128::from(span.as_millis()) * u128::from(self.rate) / 1_000),
        }
    }

    /// The shortest span after which a hardware timer has counted `us`.
    pub(crate) fn span_of_us(&self, us: u64) -> Millis {
        let counts = u128::from(us) * 1_000;
        Millis::from_millis(narrow(counts.div_ceil(u128::from(self.rate))))
    }
}

fn narrow(wide: u128) -> u64 {
    u64::try_from(wide).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_clock_shows_true_time() {
        let clock = PumpClock::new(ClockModel { ppm: 0 });
        assert_eq!(
            clock.reading(SimTime::from_millis(77)),
            PumpTime::from_millis(77)
        );
        assert_eq!(clock.span_of_us(1_001), Millis::from_millis(2));
    }

    #[test]
    fn the_instant_of_a_reading_is_the_first_that_shows_it() {
        for ppm in [-100_000, -37, 0, 20, 99_999] {
            let mut clock = PumpClock::new(ClockModel { ppm });
            clock.jump(-5_000);
            for reading in [0, 1, 999, 86_400_000, 15_552_000_000] {
                let at = clock.instant_of(PumpTime::from_millis(reading));
                assert!(clock.reading(at).as_millis() >= reading, "{ppm} {reading}");
                if at > SimTime::ZERO {
                    let before = SimTime::from_millis(at.as_millis() - 1);
                    assert!(
                        clock.reading(before).as_millis() < reading,
                        "{ppm} {reading}"
                    );
                }
            }
            assert_eq!(clock.instant_of(PumpTime::NEVER), SimTime::NEVER);
        }
    }

    #[test]
    fn twenty_parts_per_million_are_1_7_seconds_a_day() {
        let clock = PumpClock::new(ClockModel { ppm: 20 });
        let shown = clock.reading(SimTime::ZERO + Millis::DAY);
        assert_eq!(shown.as_millis(), 86_400_000 + 1_728);
    }
}
