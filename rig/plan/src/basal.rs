//! The continuous dose that a therapy asks for, over any span of time: exact, step by step of its
//! schedule.
//!
//! Terms: *slack* is how far the pump's calendar may be off. With slack it is the most that a pump
//! may give that is no further off than that: each instant counts with the highest rate that is in
//! force within the slack of it.

use crate::therapy::MINIMUM_RATE;
use crate::{Infusion, Therapy, WEEK, starts};
use thecal_units::{Concentration, DoseRate, Millis, SimTime, real};

/// The continuous dose of a therapy from the first power-on on.
#[derive(Clone, Debug)]
pub struct Basal {
    /// The rates of the week, in order, the first from 0 on.
    rates: Vec<Stretch>,
    /// Time of the week at the first power-on. Unit: ms.
    starts: u64,
}

/// A stretch of the week with one rate.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    /// Time of the week from which on it holds. Unit: ms.
    from: u64,
    /// Unit: ug/ms.
    rate: f64,
    /// The dose of the week before it. Unit: ug.
    before_ug: f64,
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
            rates: stretches(&rates),
            starts: power_on.as_millis() % WEEK.as_millis(),
        }
    }

    /// From one instant to another; nothing where they are in the wrong order. Unit: ug.
    #[must_use]
    pub fn dose_ug(&self, from: SimTime, until: SimTime) -> f64 {
        self.sliding_ug(from, until, &mut [BasalPlace::default(); 2])
    }

    /// As [`Basal::dose_ug`], for spans that slide on: `edges` remembers the stretches in which their
    /// edges were last.
    pub fn sliding_ug(&self, from: SimTime, until: SimTime, edges: &mut [BasalPlace; 2]) -> f64 {
        if until <= from {
            return 0.0;
        }
        if let [Stretch { rate, .. }] = self.rates.as_slice() {
            return rate * as_f64(until.since(from).as_millis());
        }
        let [start, end] = edges;
        self.since_monday_ug(until, end) - self.since_monday_ug(from, start)
    }

    /// The rate at this instant, and until when it holds. Unit: ug/ms.
    #[must_use]
    pub fn rate_at(&self, at: SimTime) -> (f64, SimTime) {
        if let [Stretch { rate, .. }] = self.rates.as_slice() {
            return (*rate, SimTime::NEVER);
        }
        let place = self.place(self.starts + at.as_millis());
        let until = SimTime::from_millis(place.until - self.starts);
        (place.stretch.rate, until)
    }

    fn since_monday_ug(&self, at: SimTime, place: &mut BasalPlace) -> f64 {
        let passed = self.starts + at.as_millis();
        if !(place.from..place.until).contains(&passed) {
            *place = self.place(passed);
        }
        place.weeks_ug + place.stretch.dose_ug(passed - place.from)
    }

    /// The stretch in which the pump is after this much time since Monday 0:00. Unit: ms.
    fn place(&self, passed: u64) -> BasalPlace {
        let week = WEEK.as_millis();
        let in_week = passed % week;
        let (_, stretch) = self.stretch(week);
        let whole_ug = stretch.dose_ug(week - stretch.from);
        let (nth, stretch) = self.stretch(in_week);
        let until = self.rates.get(nth + 1).map_or(week, |next| next.from);
        BasalPlace {
            from: passed - in_week + stretch.from,
            until: passed - in_week + until,
            weeks_ug: as_f64(passed / week) * whole_ug,
            stretch,
        }
    }

    /// The stretch at this time of the week, and its number.
    fn stretch(&self, at: u64) -> (usize, Stretch) {
        let begun = self.rates.partition_point(|stretch| stretch.from <= at);
        let nth = begun.saturating_sub(1);
        (nth, self.rates.get(nth).copied().unwrap_or_default())
    }
}

impl Stretch {
    /// The dose of the week after this much of the stretch. Unit: ug.
    fn dose_ug(&self, millis: u64) -> f64 {
        self.before_ug + self.rate * as_f64(millis)
    }
}

/// A stretch of one rate in time since the Monday before the first power-on. Unit: ms.
#[derive(Clone, Copy, Debug, Default)]
pub struct BasalPlace {
    from: u64,
    until: u64,
    /// The dose of the whole weeks before.
    weeks_ug: f64,
    stretch: Stretch,
}

/// The rates, each with the dose of the week before it.
fn stretches(rates: &[(u64, f64)]) -> Vec<Stretch> {
    let ends = rates.iter().skip(1).map(|&(from, _)| from);
    let ends = ends.chain([WEEK.as_millis()]);
    let mut before_ug = 0.0;
    let stretch = |(&(from, rate), end): (&(u64, f64), u64)| {
        let stretch = Stretch {
            from,
            rate,
            before_ug,
        };
        before_ug += rate * as_f64(end - from);
        stretch
    };
    rates.iter().zip(ends).map(stretch).collect()
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

    const fn at(millis: u64) -> SimTime {
        SimTime::from_millis(millis)
    }

    const fn hours(hours: u64) -> SimTime {
        at(hours * 3_600_000)
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
    fn the_dose_of_the_week_so_far_is_the_sum_over_all_of_its_stretches() {
        let (therapy, starts) = nights();
        let basal = Basal::of(&therapy, starts, Millis::MINUTE.times(7));
        let ends = basal.rates.iter().skip(1).map(|stretch| stretch.from);
        let ends: Vec<u64> = ends.chain([WEEK.as_millis()]).collect();
        for until in (0..=WEEK.as_millis())
            .step_by(1_234_567)
            .chain(ends.clone())
        {
            let stretches = basal.rates.iter().zip(&ends);
            let parts = stretches.map(|(&Stretch { from, rate, .. }, &end)| {
                rate * as_f64(end.min(until).saturating_sub(from))
            });
            let plain: f64 = parts.sum();
            let (_, stretch) = basal.stretch(until);
            let found = stretch.dose_ug(until - stretch.from);
            assert_eq!(found.to_bits(), plain.to_bits());
        }
    }

    #[test]
    fn spans_that_slide_on_have_the_dose_of_any_other() {
        let (therapy, starts) = nights();
        let basal = Basal::of(&therapy, starts, Millis::MINUTE);
        let mut edges = [BasalPlace::default(); 2];
        for millis in (0..20 * 86_400_000).step_by(3_456_789) {
            let (from, until) = (at(millis), at(millis + 86_400_000));
            let found = basal.sliding_ug(from, until, &mut edges);
            assert_eq!(found.to_bits(), basal.dose_ug(from, until).to_bits());
        }
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
