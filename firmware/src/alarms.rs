//! Alarms: which are active, which are acknowledged, and when the sounder sounds next.
//!
//! A new alarm sounds at once, then at the interval of its priority until it is acknowledged
//! (REQ-ALM-001). While a critical alarm sounds, only the critical tone is heard (REQ-ALM-002).
//! `Silence` acknowledges all active alarms: those whose condition is over are cleared, the others
//! stay active without a tone (REQ-ALM-003).

use thecal_link::Tone;
use thecal_telemetry::{ALARMS_MAX, AlarmReport, Alarms, Prescription};
use thecal_units::{Millis, PumpTime};

/// Alarm interval of a pump without a valid prescription (REQ-ALM-006).
const DEFAULT_INTERVAL: Millis = Millis::from_secs(600);

/// The alarms.
#[derive(Clone, Debug)]
pub(crate) struct AlarmBoard {
    active: Alarms,
    acknowledged: Alarms,
    /// By alarm bit: since when it is active, in monotonic time (REQ-TEL-010).
    since: [Option<PumpTime>; ALARMS_MAX],
    next_critical: PumpTime,
    next_non_critical: PumpTime,
}

impl AlarmBoard {
    pub(crate) const fn new() -> Self {
        Self {
            active: Alarms(0),
            acknowledged: Alarms(0),
            since: [None; ALARMS_MAX],
            next_critical: PumpTime::ZERO,
            next_non_critical: PumpTime::ZERO,
        }
    }

    /// Restores the alarms from memory; unacknowledged ones sound again at once (REQ-ALM-007,
    /// REQ-STL-008).
    pub(crate) const fn restore(&mut self, active: Alarms, acknowledged: Alarms) {
        self.active = active;
        self.acknowledged = acknowledged;
    }

    /// Restores since when they are active; one whose instant is lost, since `monotonic`. One that the boot
    /// itself has raised is no older than that, whatever is kept of an alarm before it (REQ-TEL-010).
    pub(crate) fn restore_ages(
        &mut self,
        since: [Option<PumpTime>; ALARMS_MAX],
        monotonic: PumpTime,
    ) {
        for (bit, (slot, kept)) in self.since.iter_mut().zip(since).enumerate() {
            let is_active = self.active.has(Alarms(1 << bit));
            if slot.is_none() {
                *slot = is_active.then(|| kept.unwrap_or(monotonic));
            }
        }
    }

    /// By alarm bit: since when it is active.
    pub(crate) fn since(&self) -> [Option<PumpTime>; ALARMS_MAX] {
        let of = |bit: usize| self.since.get(bit).copied().flatten();
        core::array::from_fn(|bit| of(bit).filter(|_| self.active.has(Alarms(1 << bit))))
    }

    /// Raises an alarm; true if it was not active before.
    pub(crate) fn raise(&mut self, alarm: Alarms, now: PumpTime, monotonic: PumpTime) -> bool {
        let is_new = !self.active.has(alarm);
        if is_new {
            self.active = self.active.with(alarm);
            self.acknowledged = self.acknowledged.without(alarm);
            for (bit, since) in self.since.iter_mut().enumerate() {
                if alarm.has(Alarms(1 << bit)) {
                    *since = Some(monotonic);
                }
            }
            if alarm.any_critical() {
                self.next_critical = now;
            } else {
                self.next_non_critical = now;
            }
        }
        is_new
    }

    /// Clears an alarm without acknowledgement; true if it was active.
    pub(crate) const fn clear(&mut self, alarm: Alarms) -> bool {
        let was_active = self.active.has(alarm);
        self.active = self.active.without(alarm);
        self.acknowledged = self.acknowledged.without(alarm);
        was_active
    }

    /// The alarm's condition is over: clears it if it was acknowledged, so that a new one sounds
    /// again (REQ-ALM-003). True if it was active.
    pub(crate) fn end(&mut self, alarm: Alarms) -> bool {
        self.acknowledged.has(alarm) && self.clear(alarm)
    }

    /// Acknowledges everything; alarms in `lasting` stay active.
    pub(crate) fn silence(&mut self, lasting: Alarms) {
        self.active = Alarms(self.active.0 & lasting.0);
        self.acknowledged = self.active;
    }

    /// The active alarms with their ages (REQ-TEL-010).
    pub(crate) fn report(&self, monotonic: PumpTime) -> AlarmReport {
        let minutes = self.since().map(|since| {
            let age = monotonic.since(since?).as_millis() / Millis::MINUTE.as_millis();
            Some(u32::try_from(age).unwrap_or(u32::MAX - 1))
        });
        let minutes = minutes.map(|age| age.unwrap_or(u32::MAX));
        AlarmReport {
            active: self.active,
            acknowledged: self.acknowledged,
            minutes,
        }
    }

    pub(crate) const fn active(&self) -> Alarms {
        self.active
    }

    pub(crate) const fn acknowledged(&self) -> Alarms {
        self.acknowledged
    }

    /// The tone to start now.
    pub(crate) fn tone(&mut self, now: PumpTime, prescription: &Prescription) -> Tone {
        let sounding = self.active.without(self.acknowledged);
        if sounding.any_critical() {
            if now < self.next_critical {
                return Tone::Silent;
            }
            self.next_critical = now + interval(prescription.critical_interval);
            return Tone::TwoTone;
        }
        if sounding == Alarms(0) || now < self.next_non_critical {
            return Tone::Silent;
        }
        self.next_non_critical = now + interval(prescription.non_critical_interval);
        Tone::Single
    }

    /// Another prescription is in force: the next tones are due at its intervals after the last ones
    /// (REQ-ALM-008). What is due now stays due.
    pub(crate) fn reprogram(&mut self, now: PumpTime, from: &Prescription, to: &Prescription) {
        let due = |next: PumpTime, from: Millis, to: Millis| {
            if next <= now {
                next
            } else {
                next.before(interval(from)) + interval(to)
            }
        };
        self.next_critical = due(
            self.next_critical,
            from.critical_interval,
            to.critical_interval,
        );
        self.next_non_critical = due(
            self.next_non_critical,
            from.non_critical_interval,
            to.non_critical_interval,
        );
    }

    /// When the sounder next needs a wake.
    pub(crate) const fn next(&self) -> PumpTime {
        let sounding = self.active.without(self.acknowledged);
        if sounding.any_critical() {
            self.next_critical
        } else if sounding.0 != 0 {
            self.next_non_critical
        } else {
            PumpTime::NEVER
        }
    }
}

fn interval(prescribed: Millis) -> Millis {
    if prescribed == Millis::ZERO {
        DEFAULT_INTERVAL
    } else {
        prescribed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> PumpTime {
        PumpTime::from_millis(secs * 1_000)
    }

    /// Verifies REQ-TEL-010.
    #[test]
    fn the_report_gives_each_active_alarm_its_age() {
        let mut board = AlarmBoard::new();
        board.raise(Alarms::MEMORY, at(0), at(0));
        board.raise(Alarms::LOW_RESERVOIR, at(60), at(60));
        let minutes = board.report(at(60 * 62)).minutes;
        assert_eq!((minutes[2], minutes[8]), (62, 61));
        board.silence(Alarms::LOW_RESERVOIR);
        let report = board.report(at(60 * 61));
        assert_eq!(report.active, Alarms::LOW_RESERVOIR);
        assert_eq!(report.acknowledged, Alarms::LOW_RESERVOIR);
        let expected = core::array::from_fn(|bit| if bit == 8 { 60 } else { u32::MAX });
        assert_eq!(report.minutes, expected);
    }

    /// Verifies REQ-ALM-001, REQ-ALM-002, REQ-ALM-003, REQ-ALM-006, REQ-ALM-008, REQ-ALM-009,
    /// REQ-ALM-015.
    #[test]
    fn the_critical_tone_wins_and_silence_lets_a_lasting_alarm_stay() {
        let mut board = AlarmBoard::new();
        let prescription = Prescription::default();
        assert!(board.raise(Alarms::LOW_RESERVOIR, at(0), at(0)));
        assert_eq!(board.tone(at(0), &prescription), Tone::Single);
        assert!(board.raise(Alarms::MOTOR_STALL, at(5), at(5)));
        assert_eq!(board.tone(at(5), &prescription), Tone::TwoTone);
        assert_eq!(board.next(), at(605));
        assert_eq!(board.tone(at(604), &prescription), Tone::Silent);
        assert_eq!(board.tone(at(605), &prescription), Tone::TwoTone);
        board.silence(Alarms::LOW_RESERVOIR);
        assert_eq!(board.active(), Alarms::LOW_RESERVOIR);
        assert_eq!(board.next(), PumpTime::NEVER);
        assert!(board.raise(Alarms::MOTOR_STALL, at(700), at(700)));
        assert_eq!(board.tone(at(700), &prescription), Tone::TwoTone);
    }

    /// Verifies REQ-ALM-008.
    #[test]
    fn another_interval_counts_from_the_last_tone() {
        let of = |secs| Prescription {
            critical_interval: Millis::from_secs(secs),
            ..Prescription::NONE
        };
        let mut board = AlarmBoard::new();
        board.raise(Alarms::MOTOR_STALL, at(0), at(0));
        assert_eq!(board.tone(at(0), &of(3_600)), Tone::TwoTone);
        board.reprogram(at(100), &of(3_600), &of(300));
        assert_eq!(board.next(), at(300));
        board.reprogram(at(200), &of(300), &of(60));
        assert_eq!(board.tone(at(200), &of(60)), Tone::TwoTone);
        board.reprogram(at(210), &of(60), &of(3_600));
        assert_eq!(board.next(), at(3_800));
        // One that is raised in the exchange of the commit sounds in it.
        board.raise(Alarms::MEMORY, at(220), at(220));
        board.reprogram(at(220), &of(3_600), &of(7_200));
        assert_eq!(board.tone(at(220), &of(7_200)), Tone::TwoTone);
    }
}
