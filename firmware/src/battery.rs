//! The battery: a check under load, elective replacement, end of service.
//!
//! A rising internal resistance (passivation film) shows only under the load of a bolus; a reading
//! at rest or at a slow infusion misses it. So once a day the pump drives [`LOAD_STEPS`] steps quickly,
//! saved up as far as they do not come due meanwhile, three times within half an hour, each time twice
//! as fast, the last time as fast as its fastest bolus: the lowest supply then is the *loaded* voltage
//! (REQ-BAT-001). A load that would pull a bad battery into a brown-out is not applied: its voltage
//! is predicted from the two before, as droop = constant + term proportional to the pulse rate
//! (REQ-BAT-007). A low reading at any other time brings the check forward; a low check is repeated
//! after an hour.
//!
//! | what | from what | what follows |
//! | --- | --- | --- |
//! | elective replacement | loaded below 2.5 V, three times in a row | non-critical alarm (REQ-BAT-002) |
//! | end of service | replacement due, and 90 days since or below 2.3 V three times | critical alarm (REQ-BAT-003) |
//! | service ended | end of service, below 2.2 V three times, and a witness | the infusion stops (REQ-BAT-004) |
//!
//! No single flag, clock or reading stops a therapy (REQ-BAT-006). All checks read the same supply, so
//! a reading confirmed by itself is still one source: what end of service follows from may be the very
//! reading that is to confirm it. The witness is another source: the calendar, once the 90 days have
//! passed, or the comparator that holds the pump in reset at 2.0 V, for a day. A brown-out in a bolus
//! is none: with a film the battery fails in a bolus and carries the infusion for months.
//!
//! Instants are of monotonic time, and days, counts and readings outlast a reset (REQ-BAT-005): a pump
//! that resets again and again would otherwise never finish a check. Source: pump.md 4.6, F33, F34,
//! F47, S5, S23; the voltages are ours (design).

use thecal_units::{Millis, PumpTime};

/// Steps of one load: 8 x 18 ms is about one time constant of 1500 ohm and 100 uF (design).
pub(crate) const LOAD_STEPS: u32 = 8;
/// Pulse periods of the three loads: 24 mL/day is 55.6 steps a second. Unit: microsecond.
const LOAD_PERIODS_US: [u32; 3] = [72_000, 36_000, STEADY_PERIOD_US];
const STEADY_PERIOD_US: u32 = 18_000;
/// Index of the last load.
const LOADS_LAST: u8 = 2;
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
/// A brown-out is a witness for this long.
const WITNESS: Millis = Millis::DAY;
/// A loaded voltage that is older is not reported: two checks have not come (REQ-TEL-008).
const STALE: Millis = Millis::DAY.times(2);

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

/// What the battery control keeps over a reset (REQ-BAT-005).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BatteryKept {
    /// When replacement became due.
    pub(crate) replacement: Option<PumpTime>,
    /// Time that the clock has lost since then, at most.
    pub(crate) lost: Millis,
    pub(crate) at_end: bool,
    /// Consecutive checks below each of the three voltages.
    pub(crate) low: [u8; 3],
    /// The last check: when, and its loaded voltage. Unit: millivolt.
    pub(crate) checked: Option<PumpTime>,
    pub(crate) loaded_mv: u16,
    /// When the next load is due.
    pub(crate) next: Option<PumpTime>,
    /// Index of that load, and the supply under the first. Unit: millivolt.
    pub(crate) load: u8,
    pub(crate) first_mv: u16,
    /// The last brown-out that no bolus explains.
    pub(crate) brown_out: Option<PumpTime>,
}

/// The battery control.
#[derive(Clone, Debug)]
pub(crate) struct Battery {
    phase: Phase,
    next: PumpTime,
    /// No low reading brings a load before this: the last one may have caused the brown-out.
    not_before: PumpTime,
    kept: BatteryKept,
    /// What is kept has changed since it was last taken.
    changed: bool,
}

impl Battery {
    pub(crate) const fn new() -> Self {
        Self {
            phase: Phase::Resting,
            next: PumpTime::ZERO,
            not_before: PumpTime::ZERO,
            kept: BatteryKept {
                replacement: None,
                lost: Millis::ZERO,
                at_end: false,
                low: [0; 3],
                checked: None,
                loaded_mv: 0,
                next: None,
                load: 0,
                first_mv: 0,
                brown_out: None,
            },
            changed: false,
        }
    }

    /// Continues after a reset. The next load is due when it was, at the latest in an hour; after a
    /// brown-out, which the last one may have caused, in an hour. That is kept as well: resets an hour
    /// apart would otherwise put the check off for ever (REQ-BAT-020).
    pub(crate) fn start(&mut self, now: PumpTime, kept: BatteryKept, brown_out: bool) {
        let latest = now + CONFIRM_GAP;
        self.kept = kept;
        self.next = match kept.next {
            Some(next) if !brown_out => next.min(latest),
            _ => latest,
        };
        if brown_out {
            self.not_before = latest;
        }
        self.changed = kept.next.is_some_and(|next| next != self.next);
    }

    /// A brown-out that no bolus explains: a witness for a low supply (REQ-BAT-004).
    pub(crate) const fn brown_out(&mut self, now: PumpTime) {
        self.kept.brown_out = Some(now);
        self.changed = true;
    }

    /// What outlasts a reset.
    pub(crate) fn kept(&self) -> BatteryKept {
        BatteryKept {
            next: Some(self.next),
            ..self.kept
        }
    }

    /// Whether what is kept has changed since the last call.
    pub(crate) const fn has_changed(&mut self) -> bool {
        core::mem::replace(&mut self.changed, false)
    }

    /// Supply of the last check; 0 if there was none in the last two days. Unit: millivolt.
    pub(crate) fn loaded_mv(&self, now: PumpTime) -> u16 {
        let is_fresh = |at: PumpTime| now.since(at) <= STALE;
        if self.kept.checked.is_some_and(is_fresh) {
            self.kept.loaded_mv
        } else {
            0
        }
    }

    /// When replacement became due.
    pub(crate) const fn replacement(&self) -> Option<PumpTime> {
        self.kept.replacement
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.kept.at_end
    }

    /// Days since replacement became due.
    pub(crate) fn days(&self, now: PumpTime) -> u64 {
        self.used(now).as_millis() / Millis::DAY.as_millis()
    }

    /// How long replacement has been due.
    fn used(&self, now: PumpTime) -> Millis {
        let since = self.kept.replacement.map(|at| now.since(at));
        since.map_or(Millis::ZERO, |since| since + self.kept.lost)
    }

    /// The clock has lost up to this much at a reset.
    pub(crate) fn lose(&mut self, lost: Millis) {
        if self.kept.replacement.is_some() {
            self.kept.lost += lost;
            self.changed = true;
        }
    }

    /// Resets the counts of low checks but keeps the alarms: a clinician restarts the infusion.
    pub(crate) const fn doubt(&mut self) {
        self.kept.low = [0; 3];
        self.kept.brown_out = None;
        self.changed = true;
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
        let period_us = self.period_us();
        let span_us = u64::from(period_us) * u64::from(LOAD_STEPS);
        (period_us, Millis::from_millis(span_us.div_ceil(1_000)))
    }

    /// Time from the first pulse of the next load to its last, rounded down.
    pub(crate) fn time_to_last_pulse(&self) -> Millis {
        let span_us = u64::from(self.period_us()) * u64::from(LOAD_STEPS - 1);
        Millis::from_millis(span_us / 1_000)
    }

    /// Period of the pulses of the next load. Unit: microsecond.
    fn period_us(&self) -> u32 {
        let period_us = LOAD_PERIODS_US.get(usize::from(self.kept.load)).copied();
        period_us.unwrap_or(STEADY_PERIOD_US)
    }

    /// Counts the infusion itself as the last load: it is as fast.
    pub(crate) const fn is_loaded_by_infusion(&mut self) {
        self.phase = Phase::Loaded;
        self.kept.load = LOADS_LAST;
    }

    /// Postpones a load that did not happen.
    pub(crate) fn put_off(&mut self, now: PumpTime) {
        if self.phase != Phase::Resting {
            self.phase = Phase::Resting;
            self.next = now + AGAIN;
        }
    }

    /// Evaluates the lowest supply since the last exchange, in which `driven` pulses were driven.
    pub(crate) fn look(&mut self, now: PumpTime, lowest_mv: u16, driven: u32) -> Found {
        if self.phase == Phase::Loaded {
            if driven < LOAD_STEPS {
                self.put_off(now);
            } else {
                self.take(now, lowest_mv);
            }
        } else if driven > 0 && lowest_mv < REPLACEMENT_MV {
            let soonest = self
                .kept
                .checked
                .map_or(self.next, |at| (at + CONFIRM_GAP).max(now));
            self.next = self.next.min(soonest.max(self.not_before));
        }
        self.find(now)
    }

    /// Evaluates the supply under one load: schedules the next load, or judges the check.
    fn take(&mut self, now: PumpTime, lowest_mv: u16) {
        let first_mv = self.kept.first_mv;
        let predicted_mv = match self.kept.load {
            0 => lowest_mv,
            // droop = a + b / period: the third load adds twice what the second added.
            1 => lowest_mv.saturating_sub(2 * first_mv.saturating_sub(lowest_mv)),
            _ => return self.judge(now, lowest_mv),
        };
        if predicted_mv < GUARD_MV {
            return self.judge(now, predicted_mv);
        }
        if self.kept.load == 0 {
            self.kept.first_mv = lowest_mv;
        }
        self.kept.load += 1;
        self.phase = Phase::Resting;
        self.next = now + AGAIN;
        self.changed = true;
    }

    fn judge(&mut self, now: PumpTime, lowest_mv: u16) {
        self.phase = Phase::Resting;
        self.kept.load = 0;
        self.kept.checked = Some(now);
        self.kept.loaded_mv = lowest_mv;
        let limits = [REPLACEMENT_MV, END_MV, STOP_MV];
        for (low, limit) in self.kept.low.iter_mut().zip(limits) {
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
        self.changed = true;
    }

    fn find(&mut self, now: PumpTime) -> Found {
        let [replacement, end, stop] = self.kept.low.map(|low| low >= CONFIRMED);
        if self.kept.replacement.is_none() {
            if !replacement {
                return Found::Nothing;
            }
            self.kept.replacement = Some(now);
            return Found::Replacement;
        }
        let is_over = self.used(now) >= RESERVE;
        if !self.kept.at_end {
            if !end && !is_over {
                return Found::Nothing;
            }
            self.kept.at_end = true;
            return Found::End;
        }
        let is_recent = |at: PumpTime| now.since(at) < WITNESS;
        if stop && (is_over || self.kept.brown_out.is_some_and(is_recent)) {
            Found::Stop
        } else {
            Found::Nothing
        }
    }
}

#[cfg(test)]
mod tests;
