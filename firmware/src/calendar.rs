//! Week schedule of a flex infusion: which step is in force, and until when.
//!
//! The time of the week is set with each Commit and advances in monotonic time. It has no daylight
//! saving and no leap seconds; the clinician adjusts it (REQ-THE-008).

use thecal_telemetry::{Schedule, ScheduleStep};
use thecal_units::{DoseRate, Millis, PumpTime};

/// A week. Unit: millisecond.
pub(crate) const WEEK: u64 = 7 * Millis::DAY.as_millis();
const MINUTES_A_DAY: u64 = 24 * 60;

/// The time of the week at monotonic time zero. Unit: millisecond.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Calendar {
    pub(crate) week_start: u32,
}

impl Calendar {
    /// Sets the time of the week.
    pub(crate) fn set(&mut self, monotonic: PumpTime, time_of_week: u32) {
        let passed = monotonic.as_millis() % WEEK;
        let start = (u64::from(time_of_week) + WEEK - passed) % WEEK;
        self.week_start = u32::try_from(start).unwrap_or(0);
    }

    /// The time of the week now. Unit: millisecond.
    pub(crate) const fn time_of_week(self, monotonic: PumpTime) -> u64 {
        (monotonic.as_millis() % WEEK + self.week_start as u64) % WEEK
    }
}

/// The dose in force at a time of the week, and how long it stays in force.
///
/// The latest step before now is in force; before the first of the week, the last one of the week.
pub(crate) fn in_force(schedule: &Schedule, time_of_week: u64) -> (DoseRate, Millis) {
    let mut now = (WEEK, DoseRate::ZERO);
    let mut next = WEEK;
    for (begins, step) in occurrences(schedule) {
        // Both between 1 and a week: time since the step began, time until it begins.
        let ago = (time_of_week + WEEK - begins) % WEEK;
        let ahead = WEEK - ago;
        if ago < now.0 {
            now = (ago, step.dose);
        }
        next = next.min(ahead);
    }
    (now.1, Millis::from_millis(next))
}

/// The mean dose of the week, rounded down.
pub(crate) fn mean_dose(schedule: &Schedule) -> DoseRate {
    let spans = occurrences(schedule).map(|(begins, step)| {
        let (_, lasts) = in_force(schedule, begins);
        u64::from(step.dose.as_ng_per_day()).saturating_mul(lasts.as_millis())
    });
    let mean = spans.fold(0, u64::saturating_add) / WEEK;
    DoseRate::from_ng_per_day(u32::try_from(mean).unwrap_or(u32::MAX))
}

/// Every start of every step in the week. Unit: millisecond.
pub(crate) fn occurrences(schedule: &Schedule) -> impl Iterator<Item = (u64, ScheduleStep)> {
    schedule.steps().iter().flat_map(|&step| {
        (0..7_u64)
            .filter(move |day| step.days & (1 << day) != 0)
            .map(move |day| {
                let minute = day * MINUTES_A_DAY + u64::from(step.minute);
                (minute * Millis::MINUTE.as_millis(), step)
            })
    })
}

/// Whether each step starts on at least one day, at a valid minute, and no two start together.
pub(crate) fn is_valid(schedule: &Schedule) -> bool {
    let steps = schedule.steps();
    let sound = |step: &ScheduleStep| {
        step.days != 0 && step.days < 1 << 7 && u64::from(step.minute) < MINUTES_A_DAY
    };
    let apart = |(index, step): (usize, &ScheduleStep)| {
        steps
            .iter()
            .skip(index + 1)
            .all(|other| other.minute != step.minute || other.days & step.days == 0)
    };
    !steps.is_empty() && steps.iter().all(sound) && steps.iter().enumerate().all(apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;
    const DAY: u64 = 24 * HOUR;

    fn schedule(steps: &[(u8, u16, u32)]) -> Schedule {
        let mut schedule = Schedule::EMPTY;
        for &(days, minute, dose) in steps {
            assert!(schedule.push(ScheduleStep {
                days,
                minute,
                dose: DoseRate::from_ng_per_day(dose),
            }));
        }
        schedule
    }

    fn at(schedule: &Schedule, time_of_week: u64) -> (u32, u64) {
        let (dose, left) = in_force(schedule, time_of_week);
        (dose.as_ng_per_day(), left.as_millis())
    }

    /// Verifies REQ-LOG-009.
    #[test]
    fn the_mean_of_the_week_counts_each_step_for_as_long_as_it_lasts() {
        let mean = |steps: &[_]| mean_dose(&schedule(steps)).as_ng_per_day();
        assert_eq!(mean(&[(1, 600, 7)]), 7, "one step lasts a week");
        // A quarter of each day 8, the rest 4.
        assert_eq!(mean(&[(0x7f, 0, 8), (0x7f, 360, 4)]), 5);
        // Sunday 12 hours of 14, then 0 for six days and a half.
        assert_eq!(mean(&[(1 << 6, 0, 14), (1 << 6, 720, 0)]), 1);
        assert_eq!(mean(&[(1, 0, u32::MAX), (2, 0, u32::MAX)]), u32::MAX);
    }

    /// Verifies REQ-THE-007, REQ-THE-031.
    #[test]
    fn the_latest_step_is_in_force_to_the_millisecond_and_the_week_wraps() {
        // Workdays 1 from 7:00 and 2 from 22:00; at the weekend 3 from 9:00.
        let week = schedule(&[
            (0b001_1111, 7 * 60, 1),
            (0b001_1111, 22 * 60, 2),
            (0b110_0000, 9 * 60, 3),
        ]);
        assert!(is_valid(&week));
        assert_eq!(
            at(&week, 0),
            (3, 7 * HOUR),
            "Monday 0:00: since Sunday 9:00"
        );
        assert_eq!(at(&week, 7 * HOUR - 1), (3, 1));
        assert_eq!(at(&week, 7 * HOUR), (1, 15 * HOUR));
        assert_eq!(at(&week, 22 * HOUR), (2, 9 * HOUR));
        assert_eq!(
            at(&week, 4 * DAY + 23 * HOUR),
            (2, 10 * HOUR),
            "Friday night to Saturday 9:00"
        );
        assert_eq!(
            at(&week, 5 * DAY + 9 * HOUR),
            (3, DAY),
            "Saturday to Sunday"
        );
        assert_eq!(at(&week, WEEK - 1), (3, 7 * HOUR + 1));
    }

    /// Verifies REQ-THE-007.
    #[test]
    fn a_single_step_holds_for_ever() {
        let one = schedule(&[(1, 0, 9)]);
        assert_eq!(at(&one, 0), (9, WEEK));
        assert_eq!(at(&one, 1), (9, WEEK - 1));
    }

    /// Verifies REQ-THE-030.
    #[test]
    fn steps_that_never_begin_or_begin_together_are_refused() {
        for (steps, valid) in [
            (&[][..], false),
            (&[(0, 0, 1)][..], false),
            (&[(0x80, 0, 1)][..], false),
            (&[(0x7f, 1439, 1)][..], true),
            (&[(0x7f, 1440, 1)][..], false),
            (&[(1, 60, 1), (3, 60, 2)][..], false),
            (&[(1, 60, 1), (2, 60, 2)][..], true),
            (&[(1, 60, 1), (1, 61, 2)][..], true),
        ] {
            assert_eq!(is_valid(&schedule(steps)), valid, "{steps:?}");
        }
    }

    /// Verifies REQ-THE-008.
    #[test]
    fn the_time_of_the_week_goes_on_from_what_was_set() {
        let mut calendar = Calendar::default();
        let now = PumpTime::from_millis(3 * WEEK + 5 * DAY);
        for time_of_week in [0, 1, 2 * DAY, WEEK - 1] {
            calendar.set(now, u32::try_from(time_of_week).unwrap());
            assert_eq!(calendar.time_of_week(now), time_of_week);
            let later = now + Millis::HOUR;
            assert_eq!(calendar.time_of_week(later), (time_of_week + HOUR) % WEEK);
        }
    }
}
