//! The battery: a check under load, elective replacement, end of service.
//!
//! A rising internal resistance (passivation film) shows only under the load of a bolus; a reading
//! at rest or at a slow infusion misses it. So once a day the pump saves up [`LOAD_STEPS`] due
//! steps and drives them quickly, three times within half an hour, each time twice as fast, the
//! last time as fast as its fastest bolus: the lowest supply then is the *loaded* voltage
//! (REQ-BAT-001). A load that would pull a bad battery into a brown-out is not applied: its voltage
//! is predicted from the two before, as droop = constant + term proportional to the pulse rate
//! (REQ-BAT-007). A low reading at any other time brings the check forward; a low check is repeated
//! after an hour.
//!
//! | what | from what | what follows |
//! | --- | --- | --- |
//! | elective replacement | loaded below 2.5 V, three times in a row | non-critical alarm (REQ-BAT-002) |
//! | end of service | replacement due, and 90 days since or below 2.3 V three times | critical alarm (REQ-BAT-003) |
//! | service ended | end of service, and below 2.2 V three times | the infusion stops (REQ-BAT-004) |
//!
//! No single flag, clock or reading stops a therapy (REQ-BAT-006). Days are of monotonic time and
//! count across resets (REQ-BAT-005). Source: pump.md 4.6, F33, F34, F47, S5, S23; the voltages are
//! ours (design).

use thecal_units::{Millis, PumpTime};

/// Steps of one load: 8 x 18 ms is about one time constant of 1500 ohm and 100 uF (design).
pub(crate) const LOAD_STEPS: u32 = 8;
/// Pulse periods of the three loads: 24 mL/day is 55.6 steps a second. Unit: microsecond.
const LOAD_PERIODS_US: [u32; 3] = [72_000, 36_000, STEADY_PERIOD_US];
const STEADY_PERIOD_US: u32 = 18_000;
/// If the next load is predicted to fall below this (brown-out is at 2.0 V), it is not applied.
/// Unit: millivolt.
const GUARD_MV: u16 = 2_200;

/// Unit: millivolt.
const REPLACEMENT_MV: u16 = 2_500;
const END_MV: u16 = 2_300;
const STOP_MV: u16 = 2_200;
/// Consecutive checks that confirm a low voltage.
const CONFIRMED: u8 = 3;
/// From elective replacement to the end of service. Source: pump.md 1.1, S5.
const RESERVE: Millis = Millis::DAY.times(90);
const CHECK_GAP: Millis = Millis::DAY;
const CONFIRM_GAP: Millis = Millis::HOUR;
/// Gap between loads, and before another attempt where a bolus or a telegram prevented a load.
const AGAIN: Millis = Millis::from_secs(600);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Resting,
    Saving,
    Loaded,
}

/// Finding of the battery control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    /// Elective replacement is due.
    Replacement,
    /// End of service.
    End,
    /// Two sources agree on the end of service: the infusion must stop.
    Stop,
}

/// The battery control.
#[derive(Clone, Debug)]
pub(crate) struct Battery {
    phase: Phase,
    /// Index of the next of the three loads; supply under the first.
    load: usize,
    first_mv: u16,
    next: PumpTime,
    last: PumpTime,
    loaded_mv: u16,
    /// Consecutive checks below each of the three voltages.
    low: [u8; 3],
    /// When replacement became due, in monotonic time.
    replacement: Option<PumpTime>,
    at_end: bool,
}

impl Battery {
    pub(crate) const fn new() -> Self {
        Self {
            phase: Phase::Resting,
            load: 0,
            first_mv: 0,
            next: PumpTime::ZERO,
            last: PumpTime::ZERO,
            loaded_mv: 0,
            low: [0; 3],
            replacement: None,
            at_end: false,
        }
    }

    /// Starts the control; the first check after a reset is an hour later.
    pub(crate) fn start(&mut self, now: PumpTime, replacement: Option<PumpTime>, at_end: bool) {
        self.next = now + CONFIRM_GAP;
        self.last = now;
        self.replacement = replacement;
        self.at_end = at_end;
    }

    /// Supply of the last check; 0 before the first. Unit: millivolt.
    pub(crate) const fn loaded_mv(&self) -> u16 {
        self.loaded_mv
    }

    /// When replacement became due, in monotonic time.
    pub(crate) const fn replacement(&self) -> Option<PumpTime> {
        self.replacement
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.at_end
    }

    /// Days since replacement became due.
    pub(crate) fn days(&self, monotonic: PumpTime) -> u64 {
        let since = self
            .replacement
            .map_or(Millis::ZERO, |at| monotonic.since(at));
        since.as_millis() / Millis::DAY.as_millis()
    }

    /// Resets the counts of low checks but keeps the alarms: a clinician restarts the infusion.
    pub(crate) const fn doubt(&mut self) {
        self.low = [0; 3];
    }

    /// Whether due steps are being saved up for a load.
    pub(crate) fn is_saving(&self) -> bool {
        self.phase == Phase::Saving
    }

    /// Starts a load if one is due.
    pub(crate) fn begin(&mut self, now: PumpTime) {
        if self.phase == Phase::Resting && now >= self.next {
            self.phase = Phase::Saving;
        }
    }

    /// The saved steps are driven now. Returns the period of their pulses, and the time from the
    /// first pulse to the reading of the supply.
    pub(crate) fn load(&mut self) -> (u32, Millis) {
        self.phase = Phase::Loaded;
        let period_us = LOAD_PERIODS_US.get(self.load).copied();
        let period_us = period_us.unwrap_or(STEADY_PERIOD_US);
        let span_us = u64::from(period_us) * u64::from(LOAD_STEPS);
        (period_us, Millis::from_millis(span_us.div_ceil(1_000)))
    }

    /// Counts the infusion itself as the last load: it is as fast.
    pub(crate) const fn is_loaded_by_infusion(&mut self) {
        self.phase = Phase::Loaded;
        self.load = LOAD_PERIODS_US.len() - 1;
    }

    /// Postpones a load that did not happen.
    pub(crate) fn put_off(&mut self, now: PumpTime) {
        if self.phase != Phase::Resting {
            self.phase = Phase::Resting;
            self.next = now + AGAIN;
        }
    }

    /// Evaluates the lowest supply since the last exchange, in which `driven` pulses were driven.
    pub(crate) fn look(
        &mut self,
        now: PumpTime,
        monotonic: PumpTime,
        lowest_mv: u16,
        driven: u32,
    ) -> Found {
        if self.phase == Phase::Loaded {
            if driven < LOAD_STEPS {
                self.put_off(now);
            } else {
                self.take(now, lowest_mv);
            }
        } else if driven > 0 && lowest_mv < REPLACEMENT_MV {
            self.next = self.next.min((self.last + CONFIRM_GAP).max(now));
        }
        self.find(monotonic)
    }

    /// Evaluates the supply under one load: schedules the next load, or judges the check.
    fn take(&mut self, now: PumpTime, lowest_mv: u16) {
        let predicted_mv = match self.load {
            0 => lowest_mv,
            // droop = a + b / period: the third load adds twice what the second added.
            1 => lowest_mv.saturating_sub(2 * self.first_mv.saturating_sub(lowest_mv)),
            _ => return self.judge(now, lowest_mv),
        };
        if predicted_mv < GUARD_MV {
            return self.judge(now, predicted_mv);
        }
        if self.load == 0 {
            self.first_mv = lowest_mv;
        }
        self.load += 1;
        self.phase = Phase::Resting;
        self.next = now + AGAIN;
    }

    fn judge(&mut self, now: PumpTime, lowest_mv: u16) {
        self.phase = Phase::Resting;
        self.load = 0;
        self.last = now;
        self.loaded_mv = lowest_mv;
        let limits = [REPLACEMENT_MV, END_MV, STOP_MV];
        for (low, limit) in self.low.iter_mut().zip(limits) {
            *low = if lowest_mv < limit {
                low.saturating_add(1)
            } else {
                0
            };
        }
        let gap = if lowest_mv < REPLACEMENT_MV {
            CONFIRM_GAP
        } else {
            CHECK_GAP
        };
        self.next = now + gap;
    }

    fn find(&mut self, monotonic: PumpTime) -> Found {
        let [replacement, end, stop] = self.low.map(|low| low >= CONFIRMED);
        let Some(since) = self.replacement else {
            if !replacement {
                return Found::Nothing;
            }
            self.replacement = Some(monotonic);
            return Found::Replacement;
        };
        if !self.at_end {
            if !end && monotonic.since(since) < RESERVE {
                return Found::Nothing;
            }
            self.at_end = true;
            return Found::End;
        }
        if stop { Found::Stop } else { Found::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn at(minutes: u64) -> PumpTime {
        PumpTime::from_millis(minutes * 60_000)
    }

    fn started() -> Battery {
        let mut battery = Battery::new();
        battery.start(at(0), None, false);
        battery
    }

    /// Runs to the end of the next check; each load reads `mv`.
    fn check(battery: &mut Battery, now: &mut u64, mv: u16) -> Found {
        loads(battery, now, &[mv; 3]).0
    }

    /// Runs to the end of the next check; returns the pulse periods of its loads. Unit:
    /// microsecond.
    fn loads(battery: &mut Battery, now: &mut u64, readings: &[u16]) -> (Found, Vec<u32>) {
        let (before, mut periods) = (battery.last, Vec::new());
        let mut readings = readings.iter();
        loop {
            battery.begin(at(*now));
            if battery.is_saving() {
                periods.push(battery.load().0);
                let mv = *readings.next().expect("a reading");
                let found = battery.look(at(*now), at(*now), mv, LOAD_STEPS);
                if battery.last != before {
                    return (found, periods);
                }
            }
            *now += 1;
        }
    }

    /// Verifies REQ-BAT-001.
    #[test]
    fn it_checks_after_an_hour_then_daily_and_hourly_while_low() {
        let (mut battery, mut now) = (started(), 0);
        let (_, periods) = loads(&mut battery, &mut now, &[2_850, 2_840, 2_800]);
        assert_eq!(periods, [72_000, 36_000, 18_000]);
        assert_eq!((now, battery.loaded_mv()), (80, 2_800));
        check(&mut battery, &mut now, 2_500);
        assert_eq!(now, 80 + 24 * 60 + 20);
        check(&mut battery, &mut now, 2_499);
        assert_eq!(now, 80 + 48 * 60 + 40);
        check(&mut battery, &mut now, 2_500);
        assert_eq!(now, 80 + 49 * 60 + 60);
    }

    /// Verifies REQ-BAT-007.
    #[test]
    fn a_load_that_would_brown_out_is_predicted_instead() {
        // 1500 ohm and 10 uC: 0.2 V at 72 ms, 0.4 V at 36 ms, 0.8 V at 18 ms, and 0.1 V each pulse.
        for (readings, expected, count) in [
            (&[2_500, 2_300][..], 1_900, 2),
            (&[2_190][..], 2_190, 1),
            (&[2_500, 2_400, 2_210][..], 2_210, 3),
            (&[2_500, 2_399][..], 2_197, 2),
        ] {
            let (mut battery, mut now) = (started(), 0);
            let (_, periods) = loads(&mut battery, &mut now, readings);
            assert_eq!(periods.len(), count, "{readings:?}");
            assert_eq!(battery.loaded_mv(), expected, "{readings:?}");
        }
    }

    /// Verifies REQ-BAT-001.
    #[test]
    fn a_low_reading_of_a_bolus_brings_the_check_forward_but_not_within_the_hour() {
        let (mut battery, mut now) = (started(), 0);
        check(&mut battery, &mut now, 2_800);
        let rested = battery.look(at(100), at(100), 2_400, 0);
        assert_eq!(rested, Found::Nothing, "at rest");
        assert_eq!(battery.look(at(100), at(100), 2_400, 60), Found::Nothing);
        check(&mut battery, &mut now, 2_800);
        assert_eq!(now, 80 + 60 + 20);
    }

    /// Verifies REQ-BAT-001.
    #[test]
    fn a_load_that_was_cut_short_is_no_check() {
        let mut battery = started();
        battery.begin(at(60));
        battery.load();
        assert_eq!(
            battery.look(at(60), at(60), 1_900, LOAD_STEPS - 1),
            Found::Nothing
        );
        assert_eq!(battery.loaded_mv(), 0);
        battery.begin(at(69));
        assert!(!battery.is_saving());
        battery.begin(at(70));
        assert!(battery.is_saving());
    }

    /// Verifies REQ-BAT-002.
    #[test]
    fn three_low_checks_in_a_row_make_replacement_due_once() {
        let (mut battery, mut now) = (started(), 0);
        for mv in [2_499, 2_499, 2_500, 2_499, 2_499] {
            assert_eq!(check(&mut battery, &mut now, mv), Found::Nothing);
        }
        assert_eq!(check(&mut battery, &mut now, 2_499), Found::Replacement);
        assert_eq!(battery.replacement(), Some(at(now)));
        assert_eq!(check(&mut battery, &mut now, 2_499), Found::Nothing);
    }

    /// Verifies REQ-BAT-003, REQ-BAT-004, REQ-BAT-005, REQ-BAT-006.
    #[test]
    fn ninety_days_end_the_service_but_do_not_stop_it() {
        let mut battery = started();
        let due = at(100);
        battery.start(at(0), Some(due), false);
        let end = due + RESERVE;
        assert_eq!(
            battery.look(at(0), end - Millis::from_millis(1), 2_800, 0),
            Found::Nothing
        );
        assert_eq!(battery.look(at(0), end, 2_800, 0), Found::End);
        assert!(battery.is_at_end());
        assert_eq!(battery.days(end), 90);
        assert_eq!(battery.look(at(0), end + RESERVE, 2_800, 0), Found::Nothing);
    }

    /// Verifies REQ-BAT-003, REQ-BAT-004, REQ-BAT-006.
    #[test]
    fn a_battery_that_fails_early_ends_early_and_stops_on_two_sources() {
        let (mut battery, mut now) = (started(), 0);
        let mut found = Vec::new();
        for _ in 0..5 {
            found.push(check(&mut battery, &mut now, 2_100));
        }
        assert_eq!(
            found,
            [
                Found::Nothing,
                Found::Nothing,
                Found::Replacement,
                Found::End,
                Found::Stop
            ]
        );
        battery.doubt();
        assert_eq!(check(&mut battery, &mut now, 2_100), Found::Nothing);
        // Above the stop voltage nothing stops it, however long ago service ended.
        let (mut battery, mut now) = (started(), 0);
        battery.start(at(0), Some(at(0)), true);
        for _ in 0..10 {
            assert_eq!(check(&mut battery, &mut now, 2_200), Found::Nothing);
        }
    }
}
