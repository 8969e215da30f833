//! The gap between two pulses: none follows the one before sooner than at the largest rate, of whatever
//! train (REQ-MET-014).
//!
//! A train is planned anew at each exchange, and a step that is overdue is due at once. Without the gap an
//! exchange right after a pulse would drive the next one a millisecond later, which no motor follows.

use crate::clock::Train;
use crate::metering::PERIOD_MIN_US;
use thecal_units::PumpTime;

/// When the last pulse was driven, in monotonic time.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    /// Unit: microsecond.
    last_us: u64,
    /// The train of the last Reaction and when it began; `None` where the one before goes on.
    train: Option<(PumpTime, Train)>,
}

impl Pace {
    /// After a reset: a pulse may have been driven right before it.
    pub(crate) const fn new(boot: PumpTime) -> Self {
        Self {
            last_us: boot.as_millis() * 1_000,
            train: None,
        }
    }

    /// `driven` pulses were driven since the last exchange. Where it is not known when, the last was now.
    pub(crate) fn observe(&mut self, now: PumpTime, driven: u32) {
        let train = self.train.take();
        let Some(before) = driven.checked_sub(1) else {
            return;
        };
        let now_us = now.as_millis() * 1_000;
        self.last_us = train.map_or(now_us, |(began, train)| {
            let after_us =
                u64::from(train.first_us) + u64::from(train.period_us) * u64::from(before);
            now_us.min(began.as_millis() * 1_000 + after_us)
        });
    }

    /// A train begins.
    pub(crate) const fn begin(&mut self, now: PumpTime, train: Option<Train>) {
        self.train = match train {
            Some(train) => Some((now, train)),
            None => None,
        };
    }

    /// Shortest time until the next pulse. Unit: microsecond.
    pub(crate) fn gap_us(&self, now: PumpTime) -> u32 {
        let since_us = (now.as_millis() * 1_000).saturating_sub(self.last_us);
        u32::try_from(PERIOD_MIN_US.saturating_sub(since_us)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAIN: Train = Train {
        pulses: 100,
        first_us: 500,
        period_us: 40_000,
    };

    fn at(millis: u64) -> PumpTime {
        PumpTime::from_millis(millis)
    }

    /// Verifies REQ-MET-014.
    #[test]
    fn the_gap_runs_from_the_last_pulse_that_was_driven() {
        let mut pace = Pace::new(at(1_000));
        assert_eq!(pace.gap_us(at(1_000)), 17_999, "after a reset");
        assert_eq!(pace.gap_us(at(1_018)), 0);
        pace.begin(at(2_000), Some(TRAIN));
        // At 2 000.5 and 2 040.5 ms.
        pace.observe(at(2_041), 2);
        assert_eq!(pace.gap_us(at(2_041)), 17_499);
        pace.begin(at(2_041), Some(TRAIN));
        pace.observe(at(2_042), 0);
        assert_eq!(pace.gap_us(at(2_042)), 16_499, "none was driven since");
    }

    /// Verifies REQ-MET-014.
    #[test]
    fn a_pulse_of_a_train_that_went_on_counts_as_driven_now() {
        let mut pace = Pace::new(at(0));
        pace.begin(at(1_000), Some(TRAIN));
        pace.observe(at(1_010), 1);
        pace.begin(at(1_010), None);
        pace.observe(at(1_900), 3);
        assert_eq!(pace.gap_us(at(1_900)), 17_999);
    }
}
