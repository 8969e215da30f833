//! Motor stall: detection from missed sense pulses, bounded retry, patient probing.
//!
//! ```text
//!            8 of 16 missed            moved                      moved
//!   turning ───────────────► retry x3 ───────► turning   probe ──────────► turning
//!                            10 s apart                  every 5 min
//!                               └─ none moved ─► alarm ─►┘  none moved: again
//! ```
//!
//! A stall caused by a magnetic field ends when the field is removed, so probing never ends while
//! the infusion is on (REQ-STL-004). A motor that stalls a third time within ten minutes is not
//! retried: the alarm is raised at once (REQ-STL-006). Source: pump.md 3.2 EC23, 4.1.

use thecal_link::MotorCommand;
use thecal_units::{Millis, PumpTime};

/// Electrical energy of a pulse. Unit: microjoule. Source: pump.md 4.6, 10 uC at 3 V.
pub(crate) const PULSE_ENERGY_UJ: u16 = 30;
/// Electrical energy of a retry's pulse. Unit: microjoule.
const RETRY_ENERGY_UJ: u16 = 45;

/// Missed pulses of the last 16 that count as a stall (REQ-STL-001). Source: pump.md 4.1.
const MISSED_MAX: u32 = 8;
/// Quick retries before the alarm.
const RETRIES: u8 = 3;
/// Gap between quick retries.
const RETRY_GAP: Millis = Millis::from_secs(10);
/// Gap between probes.
const PROBE_GAP: Millis = Millis::from_secs(300);
/// Pulses of a retry; all must move the motor.
pub(crate) const RETRY_PULSES: u32 = 4;
/// Period of a retry's pulses. Unit: microsecond.
const RETRY_PERIOD_US: u32 = 20_000;
/// Time for a retry: its pulses and a margin.
const RETRY_SPAN: Millis = Millis::from_millis(100);
/// Three stalls within this raise the alarm without retries.
const FLAPPING: Millis = Millis::from_secs(600);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Turning,
    Waiting {
        until: PumpTime,
    },
    Trying {
        until: PumpTime,
        driven: u32,
        sensed: u32,
    },
}

/// The train of one retry.
pub(crate) const fn retry_train() -> MotorCommand {
    MotorCommand::Train {
        pulses: RETRY_PULSES,
        first_delay_us: 0,
        period_us: RETRY_PERIOD_US,
        pulse_energy_uj: RETRY_ENERGY_UJ,
    }
}

/// Finding of the stall control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Nothing new.
    Nothing,
    /// The motor has stalled with `missed` missed pulses.
    Stalled { missed: u32, alarm: bool },
    /// The retries failed.
    GaveUp,
    /// The motor moves again after `minutes` minutes.
    Recovered { minutes: u32 },
}

/// The stall control.
#[derive(Clone, Debug)]
pub(crate) struct Stall {
    phase: Phase,
    /// The last 16 pulses, the latest in the lowest bit: 1 is missed.
    window: u32,
    /// Pulses observed since the last reset, at most 16.
    seen: u32,
    tries: u8,
    began: PumpTime,
    earlier: [Option<PumpTime>; 2],
}

impl Stall {
    pub(crate) const fn new() -> Self {
        Self {
            phase: Phase::Turning,
            window: 0,
            seen: 0,
            tries: 0,
            began: PumpTime::ZERO,
            earlier: [None; 2],
        }
    }

    pub(crate) fn is_stalled(&self) -> bool {
        self.phase != Phase::Turning
    }

    /// Whether the last 16 pulses all moved; false until 16 are seen, as a lasting stall is not
    /// detected at once after a reset (REQ-STL-008).
    pub(crate) fn is_sound(&self) -> bool {
        !self.is_stalled() && self.seen >= 16 && self.window == 0
    }

    /// Whether a retry's pulses are under way.
    pub(crate) const fn is_trying(&self) -> bool {
        matches!(self.phase, Phase::Trying { .. })
    }

    /// Evaluates the pulses since the last exchange.
    pub(crate) fn count(&mut self, driven: u32, sensed: u32, now: PumpTime) -> Finding {
        match self.phase {
            Phase::Turning => self.watch(driven, sensed, now),
            Phase::Waiting { .. } => Finding::Nothing,
            Phase::Trying {
                until,
                driven: before,
                sensed: moved,
            } => {
                let driven = before.saturating_add(driven);
                let sensed = moved.saturating_add(sensed);
                self.phase = Phase::Trying {
                    until,
                    driven,
                    sensed,
                };
                if driven >= RETRY_PULSES || now >= until {
                    self.judge(sensed, now)
                } else {
                    Finding::Nothing
                }
            }
        }
    }

    fn watch(&mut self, driven: u32, sensed: u32, now: PumpTime) -> Finding {
        if driven == 0 {
            return Finding::Nothing;
        }
        self.seen = self.seen.saturating_add(driven).min(16);
        let moved = sensed.min(driven).min(16);
        let missed = driven.saturating_sub(sensed).min(16);
        self.window = (self.window << moved) & 0xffff;
        self.window = ((self.window << missed) | ((1 << missed) - 1)) & 0xffff;
        let missed = self.window.count_ones();
        if missed < MISSED_MAX {
            return Finding::Nothing;
        }
        self.began = now;
        let [older, newer] = self.earlier;
        let flapping = older.is_some_and(|first| now.since(first) <= FLAPPING);
        self.earlier = [newer, Some(now)];
        self.tries = if flapping { RETRIES } else { 0 };
        self.wait(now);
        Finding::Stalled {
            missed,
            alarm: flapping,
        }
    }

    fn judge(&mut self, sensed: u32, now: PumpTime) -> Finding {
        // Clears the window, so that a single later miss is no new stall (REQ-STL-009).
        if sensed >= RETRY_PULSES {
            self.phase = Phase::Turning;
            self.window = 0;
            let minutes = now.since(self.began).as_millis() / Millis::MINUTE.as_millis();
            return Finding::Recovered {
                minutes: u32::try_from(minutes).unwrap_or(u32::MAX),
            };
        }
        let gave_up = self.tries < RETRIES && self.tries + 1 == RETRIES;
        self.tries = self.tries.saturating_add(1).min(RETRIES);
        self.wait(now);
        if gave_up {
            Finding::GaveUp
        } else {
            Finding::Nothing
        }
    }

    fn wait(&mut self, now: PumpTime) {
        let gap = if self.tries < RETRIES {
            RETRY_GAP
        } else {
            PROBE_GAP
        };
        self.phase = Phase::Waiting { until: now + gap };
    }

    /// Begins a retry if one is due; true if so.
    pub(crate) fn begin_retry(&mut self, now: PumpTime) -> bool {
        match self.phase {
            Phase::Waiting { until } if now >= until => {
                self.phase = Phase::Trying {
                    until: now + RETRY_SPAN,
                    driven: 0,
                    sensed: 0,
                };
                true
            }
            _ => false,
        }
    }

    /// The infusion was stopped: cuts a retry in progress; the next is due when the infusion starts
    /// (REQ-STL-007).
    pub(crate) fn pause(&mut self, now: PumpTime) {
        if let Phase::Trying { .. } = self.phase {
            self.phase = Phase::Waiting { until: now };
        }
    }

    /// When the stall control next needs a wake.
    pub(crate) const fn next(&self) -> PumpTime {
        match self.phase {
            Phase::Turning => PumpTime::NEVER,
            Phase::Waiting { until } | Phase::Trying { until, .. } => until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: PumpTime = PumpTime::from_millis(1_000_000);

    /// Verifies REQ-STL-001.
    #[test]
    fn seven_missed_of_sixteen_are_no_stall_and_eight_are() {
        let mut stall = Stall::new();
        assert_eq!(stall.count(9, 9, NOW), Finding::Nothing);
        for _ in 0..7 {
            assert_eq!(stall.count(1, 0, NOW), Finding::Nothing);
        }
        let found = stall.count(1, 0, NOW);
        assert_eq!(
            found,
            Finding::Stalled {
                missed: 8,
                alarm: false
            }
        );
    }

    /// Verifies REQ-STL-001.
    #[test]
    fn scattered_misses_are_forgotten() {
        let mut stall = Stall::new();
        for _ in 0..1_000 {
            assert_eq!(stall.count(3, 2, NOW), Finding::Nothing);
        }
    }

    /// Verifies REQ-STL-004.
    #[test]
    fn the_alarm_comes_after_three_retries_and_probing_goes_on() {
        let mut stall = Stall::new();
        stall.count(16, 0, NOW);
        for retry in 1..=5 {
            let now = stall.next();
            assert!(stall.begin_retry(now));
            let found = stall.count(RETRY_PULSES, 0, now);
            assert_eq!(found == Finding::GaveUp, retry == 3, "retry {retry}");
        }
        let now = stall.next();
        assert!(stall.begin_retry(now));
        let found = stall.count(RETRY_PULSES, RETRY_PULSES, now);
        assert!(matches!(found, Finding::Recovered { .. }));
        assert!(!stall.is_stalled());
    }
}
