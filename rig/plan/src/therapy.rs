//! The checked plan of a therapy: what the clinician programs, and what it asks for when.
//!
//! Neutral: each pump's programmer translates it into that pump's own messages.

use thecal_units::{Concentration, DoseRate, FlowRate, Mass, Millis, Volume};

/// A week, after which a schedule begins anew.
pub const WEEK: Millis = Millis::DAY.times(7);
/// The flow of a minimum-rate infusion. Source: pump.md 1.1, 0.006 mL/day (mem H).
pub(crate) const MINIMUM_RATE: FlowRate = FlowRate::from_nl_per_day(6_000);

/// What a clinician programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Therapy {
    /// Programmed concentration of the drug.
    pub concentration: Concentration,
    /// The continuous infusion.
    pub infusion: Infusion,
    /// The patient's remote; absent: disabled.
    pub patient_bolus: Option<PatientBolus>,
    /// What becomes of the continuous infusion during a bolus.
    pub during_bolus: DuringBolus,
    /// The most drug in a window of time.
    pub limits: DoseLimits,
    /// Volume of the catheter as programmed, in whole nanoliters.
    pub catheter: Volume,
    /// Counted volume at which the low-reservoir alarm sounds.
    pub low_reservoir: Volume,
    /// Repeat interval of the critical alarm.
    pub critical_interval: Millis,
    /// Repeat interval of the non-critical alarm.
    pub non_critical_interval: Millis,
}

/// The continuous infusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Infusion {
    /// One dose, day and night.
    Simple(DoseRate),
    /// A flow of 0.006 mL/day, whatever is in the reservoir. Source: pump.md 1.1 (mem H).
    MinimumRate,
    /// Steps by time of day and day of the week.
    Flex(WeekSchedule),
}

/// The limits of the patient's remote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatientBolus {
    /// Dose per bolus.
    pub dose: Mass,
    /// Time over which it is given.
    pub duration: Millis,
    /// Least time from the start of one bolus to the start of the next.
    pub lockout: Millis,
    /// Most boluses in any 24 hours.
    pub daily_maximum: u8,
}

/// What becomes of the continuous infusion during a bolus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuringBolus {
    /// It continues: the bolus is given on top.
    Add,
    /// It pauses: the bolus is given instead.
    Replace,
}

/// From its instant in the week on, this dose is infused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScheduleStep {
    /// Days on which it begins: bit 0 is Monday, bit 6 is Sunday.
    pub days: u8,
    /// Minute of the day at which it begins, from 0 to 1439.
    pub minute: u16,
    /// Dose from then on.
    pub dose: DoseRate,
}

/// The steps of a flex infusion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeekSchedule {
    len: u8,
    steps: [ScheduleStep; Self::STEPS_MAX],
}

impl WeekSchedule {
    /// Most steps.
    pub const STEPS_MAX: usize = 8;

    /// A schedule without steps.
    pub const EMPTY: Self = Self {
        len: 0,
        steps: [ScheduleStep {
            days: 0,
            minute: 0,
            dose: DoseRate::ZERO,
        }; Self::STEPS_MAX],
    };

    /// Appends a step; false where there is no room.
    pub fn push(&mut self, step: ScheduleStep) -> bool {
        match self.steps.get_mut(usize::from(self.len)) {
            Some(room) => {
                *room = step;
                self.len += 1;
                true
            }
            None => false,
        }
    }

    /// The steps in the order in which they were programmed.
    #[must_use]
    pub fn steps(&self) -> &[ScheduleStep] {
        self.steps.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

/// The most drug that the patient may get in a window of time, boluses and infusion together; zero
/// is no limit. In whole nanograms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoseLimits {
    /// In any hour.
    pub hour: Mass,
    /// In any 4 hours.
    pub four_hours: Mass,
    /// In any 24 hours.
    pub day: Mass,
}

/// Length of a window, and its limit in a prescription.
pub type DoseWindow = (Millis, fn(&DoseLimits) -> Mass);

impl DoseLimits {
    /// No limits.
    pub const NONE: Self = Self {
        hour: Mass::ZERO,
        four_hours: Mass::ZERO,
        day: Mass::ZERO,
    };

    /// The windows in which the dose is limited and judged, from short to long. Source: pump.md 3.3.
    pub const WINDOWS: [DoseWindow; 3] = [
        (Millis::HOUR, |limits| limits.hour),
        (Millis::HOUR.times(4), |limits| limits.four_hours),
        (Millis::DAY, |limits| limits.day),
    ];

    /// Each window with its limit, where it has one.
    pub fn windows(&self) -> impl Iterator<Item = (Millis, Mass)> {
        Self::WINDOWS
            .into_iter()
            .map(|(window, limit)| (window, limit(self)))
            .filter(|&(_, limit)| limit != Mass::ZERO)
    }
}

impl Therapy {
    /// The continuous dose at this time of the week, as a share of [`WEEK`] that has passed since
    /// Monday 0:00.
    pub(crate) fn rate_at(&self, time_of_week: Millis) -> DoseRate {
        match &self.infusion {
            Infusion::Simple(dose) => *dose,
            Infusion::MinimumRate => least_rate(self.concentration),
            Infusion::Flex(schedule) => {
                let at = time_of_week.as_millis() % WEEK.as_millis();
                // The latest step that has begun, or the last one of the week before.
                let begun = |&(from, _): &(Millis, DoseRate)| from.as_millis() <= at;
                let week = starts(schedule);
                let step = week.iter().rfind(|step| begun(step)).or(week.last());
                step.map_or(DoseRate::ZERO, |&(_, dose)| dose)
            }
        }
    }

    /// Its highest continuous dose.
    #[must_use]
    pub fn highest_rate(&self) -> DoseRate {
        match &self.infusion {
            Infusion::Flex(schedule) => {
                let doses = schedule.steps().iter().map(|step| step.dose);
                doses.max().unwrap_or(DoseRate::ZERO)
            }
            Infusion::Simple(_) | Infusion::MinimumRate => self.rate_at(Millis::ZERO),
        }
    }
}

/// The dose rate of [`MINIMUM_RATE`].
fn least_rate(concentration: Concentration) -> DoseRate {
    // nL/day times ng/mL is a millionth of ng/day.
    let product = u64::from(MINIMUM_RATE.as_nl_per_day()) * u64::from(concentration.as_ng_per_ml());
    DoseRate::from_ng_per_day(u32::try_from(product / 1_000_000).unwrap_or(u32::MAX))
}

/// When in the week each step of a schedule begins, in order, and its dose.
#[must_use]
pub fn starts(schedule: &WeekSchedule) -> Vec<(Millis, DoseRate)> {
    let mut starts: Vec<(Millis, DoseRate)> = Vec::new();
    for step in schedule.steps() {
        for day in (0..7_u64).filter(|day| step.days >> day & 1 == 1) {
            let minute = Millis::MINUTE.times(step.minute.into());
            starts.push((Millis::DAY.times(day) + minute, step.dose));
        }
    }
    starts.sort_unstable_by_key(|&(from, _)| from);
    starts
}

/// Days of the week, from Monday.
pub const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// When a step of a schedule begins, such as `Mon Tue from 07:00`.
#[must_use]
pub fn begins_in_words(step: &ScheduleStep) -> String {
    let days = DAYS.iter().enumerate();
    let days = days.filter(|(day, _)| step.days >> day & 1 == 1);
    let days: Vec<&str> = days.map(|(_, name)| *name).collect();
    let days = if days.len() == DAYS.len() {
        "daily".to_owned()
    } else {
        days.join(" ")
    };
    format!(
        "{days} from {:02}:{:02}",
        step.minute / 60,
        step.minute % 60
    )
}

/// A time of the week, such as `Mon 07:00`.
#[must_use]
pub fn week_in_words(time: Millis) -> String {
    let minutes = time.as_millis() / Millis::MINUTE.as_millis();
    let day = usize::try_from(minutes / 1_440 % 7).unwrap_or_default();
    let (hour, minute) = (minutes / 60 % 24, minutes % 60);
    format!("{} {hour:02}:{minute:02}", DAYS[day])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flex(steps: &[(u8, u16, u32)]) -> Therapy {
        let mut schedule = WeekSchedule::EMPTY;
        for &(days, minute, dose) in steps {
            let dose = DoseRate::from_ng_per_day(dose);
            assert!(schedule.push(ScheduleStep { days, minute, dose }));
        }
        Therapy {
            concentration: Concentration::from_ng_per_ml(2_000_000),
            infusion: Infusion::Flex(schedule),
            patient_bolus: None,
            during_bolus: DuringBolus::Add,
            limits: DoseLimits::NONE,
            catheter: Volume::ZERO,
            low_reservoir: Volume::ZERO,
            critical_interval: Millis::HOUR,
            non_critical_interval: Millis::HOUR,
        }
    }

    #[test]
    fn the_latest_step_is_in_force_and_the_week_wraps() {
        // Monday to Friday 7:00, and Saturday 22:30.
        let therapy = flex(&[(0b001_1111, 7 * 60, 100), (0b010_0000, 22 * 60 + 30, 300)]);
        let at = |day: u64, minute: u64| {
            let minute = Millis::MINUTE.times(minute);
            therapy
                .rate_at(Millis::DAY.times(day) + minute)
                .as_ng_per_day()
        };
        assert_eq!(at(0, 0), 300, "Monday before the first step: Saturday's");
        assert_eq!(at(0, 7 * 60), 100);
        assert_eq!(at(5, 22 * 60 + 29), 100);
        assert_eq!(at(5, 22 * 60 + 30), 300);
        assert_eq!(at(7 + 5, 22 * 60 + 30), 300, "the week after");
        assert_eq!(therapy.highest_rate().as_ng_per_day(), 300);
    }

    #[test]
    fn the_minimum_rate_is_a_flow() {
        let therapy = Therapy {
            infusion: Infusion::MinimumRate,
            ..flex(&[])
        };
        // 6 uL a day of 2 mg/mL are 12 ug.
        assert_eq!(therapy.highest_rate().as_ng_per_day(), 12_000);
    }
}
