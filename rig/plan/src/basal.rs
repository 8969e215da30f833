//! The continuous dose that a therapy asks for, over any span of time: exact, step by step of its
//! schedule.
//!
//! Terms: *slack* is how far the pump's calendar may be off. With slack it is the most that a pump
//! may give that is no further off than that: each instant counts with the highest rate that is in
//! force within the slack of it.

use crate::{Infusion, MINIMUM_RATE, Therapy, WEEK, starts};
use thecal_units::{Concentration, DoseRate, Millis, SimTime, real};

/// The continuous dose of a therapy from the first power-on on.
#[derive(Clone, Debug)]
pub struct Basal {
    /// From each instant of the week on: the rate, in order, the first at 0. Unit: ug/ms.
    rates: Vec<(u64, f64)>,
    /// Time of the week at the first power-on. Unit: ms.
    starts: u64,
}

impl Basal {
    /// Of this therapy, for a pump whose first power-on was at `power_on` of the week.
    #[must_use]
    pub fn of(therapy: &Therapy, power_on: Millis, slack: Millis) -> Self {
        let rates = match &therapy.infusion {
            Infusion::Simple(dose) => vec![(0, ug_per_ms(*dose))],
            Infusion::MinimumRate => vec![(0, least_ug_per_ms(therapy.concentration))],
            Infusion::Flex(schedule) => {
                let changes: Vec<u64> = starts(schedule)
                    .iter()
                    .map(|(from, _)| from.as_millis())
                    .collect();
                flexible(therapy, &changes, slack.as_millis())
            }
        };
        Self {
            rates,
            starts: power_on.as_millis() % WEEK.as_millis(),
        }
    }

    /// From one instant to another; nothing where they are in the wrong order. Unit: ug.
    #[must_use]
    pub fn dose_ug(&self, from: SimTime, until: SimTime) -> f64 {
        if until <= from {
            return 0.0;
        }
        if let [(_, rate)] = self.rates.as_slice() {
            return rate * as_f64(until.since(from).as_millis());
        }
        self.since_monday_ug(until) - self.since_monday_ug(from)
    }

    fn since_monday_ug(&self, at: SimTime) -> f64 {
        let passed = self.starts + at.as_millis();
        let week = WEEK.as_millis();
        as_f64(passed / week) * self.in_week_ug(week) + self.in_week_ug(passed % week)
    }

    fn in_week_ug(&self, until: u64) -> f64 {
        let ends = self.rates.iter().skip(1).map(|&(from, _)| from);
        let ends = ends.chain([WEEK.as_millis()]);
        self.rates
            .iter()
            .zip(ends)
            .map(|(&(from, rate), end)| rate * as_f64(end.min(until).saturating_sub(from)))
            .sum()
    }
}

/// The highest rate within the slack of each instant of the week.
fn flexible(therapy: &Therapy, changes: &[u64], slack: u64) -> Vec<(u64, f64)> {
    let week = WEEK.as_millis();
    let around = |at: u64| [(at + week - slack % week) % week, (at + slack) % week];
    let mut edges: Vec<u64> = changes.iter().flat_map(|&change| around(change)).collect();
    edges.push(0);
    edges.sort_unstable();
    edges.dedup();
    let highest = |&at: &u64| {
        // Between two edges nothing comes into the slack and nothing leaves it.
        let [earliest, latest] = around(at);
        let within = |change: &&u64| (**change + week - earliest) % week <= 2 * slack;
        let changes = changes.iter().filter(within);
        let rates = changes.copied().chain([earliest, latest]);
        let rates = rates.map(|at| ug_per_ms(therapy.rate_at(Millis::from_millis(at))));
        (at, rates.fold(0.0, f64::max))
    };
    edges.iter().map(highest).collect()
}

fn ug_per_ms(dose: DoseRate) -> f64 {
    f64::from(dose.as_ng_per_day()) / 1e3 / as_f64(Millis::DAY.as_millis())
}

/// [`MINIMUM_RATE`] of this concentration, not rounded to whole nanograms a day.
fn least_ug_per_ms(concentration: Concentration) -> f64 {
    let ug_per_ml = real::Concentration::from(concentration).as_ug_per_ml();
    let ml_per_day = f64::from(MINIMUM_RATE.as_nl_per_day()) / 1e6;
    ml_per_day * ug_per_ml / as_f64(Millis::DAY.as_millis())
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of years fit")]
const fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DoseLimits, DuringBolus, ScheduleStep, WeekSchedule};
    use thecal_units::{Concentration, DoseRate, Volume};

    /// From Monday 8:00 on: 1 mg/day by day, 3 mg/day from 22:00 to 6:00.
    fn nights() -> (Therapy, Millis) {
        let mut week = WeekSchedule::EMPTY;
        for (hour, mg_per_day) in [(6, 1), (22, 3)] {
            let dose = DoseRate::from_ng_per_day(mg_per_day * 1_000_000);
            let days = 0b111_1111;
            assert!(week.push(ScheduleStep {
                days,
                minute: hour * 60,
                dose
            }));
        }
        let therapy = Therapy {
            concentration: Concentration::from_ng_per_ml(2_000_000),
            infusion: Infusion::Flex(week),
            patient_bolus: None,
            during_bolus: DuringBolus::Add,
            limits: DoseLimits::NONE,
            catheter: Volume::ZERO,
            low_reservoir: Volume::ZERO,
            critical_interval: Millis::HOUR,
            non_critical_interval: Millis::HOUR,
        };
        (therapy, Millis::HOUR.times(8))
    }

    const fn hours(hours: u64) -> SimTime {
        SimTime::from_millis(hours * 3_600_000)
    }

    #[test]
    fn the_integral_follows_the_schedule_over_midnight_and_over_the_week() {
        let (therapy, starts) = nights();
        let basal = Basal::of(&therapy, starts, Millis::ZERO);
        let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-6, "{found}");
        near(basal.dose_ug(hours(0), hours(14)), 1_000.0 * 14.0 / 24.0);
        // From 21:00 to 7:00: one hour, eight hours of night, one hour.
        near(
            basal.dose_ug(hours(13), hours(23)),
            2_000.0 / 24.0 + 1_000.0,
        );
        let day = 1_000.0 * 16.0 / 24.0 + 1_000.0;
        near(basal.dose_ug(hours(5), hours(5 + 24)), day);
        near(basal.dose_ug(hours(3), hours(3 + 24 * 30)), day * 30.0);
    }

    #[test]
    fn with_slack_the_higher_dose_lasts_longer_at_both_ends() {
        let (therapy, starts) = nights();
        let minute = Millis::MINUTE;
        let exact = Basal::of(&therapy, starts, Millis::ZERO);
        let slack = Basal::of(&therapy, starts, minute);
        let more = slack.dose_ug(hours(0), hours(24)) - exact.dose_ug(hours(0), hours(24));
        // Two minutes of 3 instead of 1 mg/day.
        assert!((more - 2.0 * 2_000.0 / 1_440.0).abs() < 1e-6, "{more}");
    }
}
