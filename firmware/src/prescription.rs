//! Ranges of what a clinician may program, and the conversion of a prescription into motor steps.
//!
//! Checked after authentication and again after each reset (REQ-TEL-006).

use crate::calendar;
use crate::metering::{RATE_MAX, Rate, STEP, STEP_VOLUME};
use core::ops::RangeInclusive;
use thecal_telemetry::{DuringBolus, Infusion, Prescription, Rejection, Schedule};
use thecal_units::{Concentration, DoseRate, FlowRate, Mass, Millis, Volume};

/// Unit: ng/mL, 1 ug/mL to 50 mg/mL. Source: ziconotide 25 ug/mL to morphine 50 mg/mL, with room.
const CONCENTRATION: RangeInclusive<u32> = 1_000..=50_000_000;
/// Unit: nL/day. Source: pump.md 1.1, 0.006 to 24 mL/day.
const FLOW: RangeInclusive<u32> = 6_000..=24_000_000;
/// Minimum rate (REQ-THE-006). Unit: nL/day. Source: pump.md 1.1, 0.006 mL/day (mem H).
const MINIMUM_FLOW: u32 = 6_000;
/// Alarm intervals, lockout, bolus durations. Unit: millisecond, 1 min to 24 h.
const SPAN: RangeInclusive<u64> = Millis::MINUTE.as_millis()..=Millis::DAY.as_millis();
/// Most patient boluses a day that can be programmed.
const DAILY_MAXIMUM: u8 = 50;
/// Largest reservoir. Source: pump.md 1.1, 40 mL.
pub(crate) const CAPACITY: Volume = Volume::from_nanoliters(40_000_000);
/// Largest catheter (design): 140 cm of 0.0022 mL/cm, pump.md 1.1, with room for others.
const CATHETER_MAX: Volume = Volume::from_nanoliters(1_000_000);
/// Volume of the pump's own tubing (REQ-THE-016). Source: pump.md 1.1, 0.140 mL (S14); 0.199 was
/// wrong.
pub(crate) const TUBING: Volume = Volume::from_nanoliters(140_000);

/// A bolus in motor steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BolusPlan {
    pub(crate) steps: u64,
    /// Extended if the total rate would exceed 24 mL/day.
    pub(crate) duration: Millis,
}

/// Whether every field is in its range and the fields are consistent.
pub(crate) fn is_valid(prescription: &Prescription) -> bool {
    check(prescription).is_ok()
}

/// Checks every field in the order in which a refusal names them (REQ-TEL-015).
pub(crate) fn check(prescription: &Prescription) -> Result<(), Rejection> {
    let in_span = |span: Millis| SPAN.contains(&span.as_millis());
    let concentration = prescription.concentration.as_ng_per_ml();
    let catheter = prescription.catheter_volume;
    for (is_so, otherwise) in [
        (
            CONCENTRATION.contains(&concentration),
            Rejection::ConcentrationRange,
        ),
        (
            in_span(prescription.critical_interval),
            Rejection::CriticalIntervalRange,
        ),
        (
            in_span(prescription.non_critical_interval),
            Rejection::NonCriticalIntervalRange,
        ),
        (
            prescription.low_reservoir < CAPACITY,
            Rejection::LowReservoirRange,
        ),
        (catheter <= CATHETER_MAX, Rejection::CatheterRange),
    ] {
        if !is_so {
            return Err(otherwise);
        }
    }
    check_infusion(prescription)?;
    check_bolus(prescription)?;
    check_limits(prescription)
}

/// Whether the infusion stays within the motor's largest rate at this concentration, for example
/// that of the old drug of a bridge (REQ-MET-005).
pub(crate) fn is_slow_enough(prescription: &Prescription, concentration: Concentration) -> bool {
    let flow = highest_dose(prescription).flow_round_down(concentration);
    prescription.infusion == Infusion::MinimumRate || flow.as_nl_per_day() <= *FLOW.end()
}

fn check_infusion(prescription: &Prescription) -> Result<(), Rejection> {
    let flows = |dose: DoseRate| {
        let flow = dose.flow_round_down(prescription.concentration);
        flow == FlowRate::ZERO || FLOW.contains(&flow.as_nl_per_day())
    };
    let schedule = &prescription.schedule;
    let (is_dose, is_schedule) = match prescription.infusion {
        Infusion::Simple => (flows(prescription.dose), *schedule == Schedule::EMPTY),
        Infusion::MinimumRate => (
            prescription.dose == DoseRate::ZERO,
            *schedule == Schedule::EMPTY,
        ),
        Infusion::Flex => (
            prescription.dose == DoseRate::ZERO
                && schedule.steps().iter().all(|step| flows(step.dose)),
            calendar::is_valid(schedule),
        ),
    };
    match (is_schedule, is_dose) {
        (false, _) => Err(Rejection::ScheduleRange),
        (true, false) => Err(Rejection::DoseRange),
        (true, true) => Ok(()),
    }
}

fn check_bolus(prescription: &Prescription) -> Result<(), Rejection> {
    if prescription.bolus_dose == Mass::ZERO {
        return Ok(());
    }
    let plan = plan_bolus(
        prescription,
        prescription.bolus_dose,
        prescription.bolus_duration,
    )?;
    let is_lockout = SPAN.contains(&prescription.lockout.as_millis());
    if !is_lockout || plan.duration > prescription.lockout {
        return Err(Rejection::LockoutRange);
    }
    if prescription.daily_maximum > DAILY_MAXIMUM {
        return Err(Rejection::DailyMaximumRange);
    }
    Ok(())
}

/// Each limit leaves room for the infusion and one bolus; a limit that cannot be met is a programming
/// error.
fn check_limits(prescription: &Prescription) -> Result<(), Rejection> {
    let highest = highest_dose(prescription);
    for (window, limit) in prescription.limits.windows() {
        let least = infused(highest, window).saturating_add(prescription.bolus_dose);
        if least > limit {
            return Err(if window == Millis::HOUR {
                Rejection::HourLimit
            } else if window == Millis::DAY {
                Rejection::DayLimit
            } else {
                Rejection::FourHoursLimit
            });
        }
    }
    Ok(())
}

/// The largest amount that a continuous dose delivers in a window, rounded up to a nanogram.
pub(crate) fn infused(dose: DoseRate, window: Millis) -> Mass {
    let day = Millis::DAY.as_millis();
    let times_day = u64::from(dose.as_ng_per_day()) * window.as_millis();
    Mass::from_nanograms(times_day.div_ceil(day))
}

/// The continuous dose a day of a prescription: for a schedule the mean of the week, rounded down.
pub(crate) fn mean_dose(prescription: &Prescription) -> DoseRate {
    match prescription.infusion {
        Infusion::Simple | Infusion::MinimumRate => highest_dose(prescription),
        Infusion::Flex => calendar::mean_dose(&prescription.schedule),
    }
}

/// In whole nanoliters, as in the event log.
pub(crate) fn as_nanoliters(volume: Volume) -> u32 {
    u32::try_from(volume.as_nanoliters_round_down()).unwrap_or(u32::MAX)
}

/// The highest continuous dose of a prescription.
pub(crate) fn highest_dose(prescription: &Prescription) -> DoseRate {
    match prescription.infusion {
        Infusion::Simple => prescription.dose,
        Infusion::MinimumRate => {
            let ng_per_ml = u64::from(prescription.concentration.as_ng_per_ml());
            let ng_per_day = (ng_per_ml * u64::from(MINIMUM_FLOW)).div_ceil(1_000_000);
            DoseRate::from_ng_per_day(u32::try_from(ng_per_day).unwrap_or(u32::MAX))
        }
        Infusion::Flex => {
            let doses = prescription.schedule.steps().iter().map(|step| step.dose);
            doses.max().unwrap_or(DoseRate::ZERO)
        }
    }
}

/// The continuous rate at a time of the week at this concentration, and how long it stays in force.
pub(crate) fn rate_at(
    prescription: &Prescription,
    concentration: Concentration,
    time_of_week: u64,
) -> (Rate, Millis) {
    let week = Millis::from_millis(calendar::WEEK);
    match prescription.infusion {
        Infusion::Simple => (Rate::basal(prescription.dose, concentration), week),
        Infusion::MinimumRate => (Rate::flow(FlowRate::from_nl_per_day(MINIMUM_FLOW)), week),
        Infusion::Flex => {
            let (dose, left) = calendar::in_force(&prescription.schedule, time_of_week);
            (Rate::basal(dose, concentration), left)
        }
    }
}

/// Steps and duration of a bolus of this dose beside the continuous infusion (REQ-BOL-002). Steps
/// are rounded down.
pub(crate) fn plan_bolus(
    prescription: &Prescription,
    dose: Mass,
    duration: Millis,
) -> Result<BolusPlan, Rejection> {
    if !SPAN.contains(&duration.as_millis()) {
        return Err(Rejection::BolusDurationRange);
    }
    let steps = dose
        .volume_round_down(prescription.concentration)
        .whole_parts(STEP_VOLUME);
    if steps == 0 {
        return Err(Rejection::BolusDoseRange);
    }
    let room = match prescription.during_bolus {
        DuringBolus::Add => {
            let highest = highest_dose(prescription);
            let basal = match prescription.infusion {
                // Its dose is rounded up to a nanogram, its flow is not.
                Infusion::MinimumRate => rate_at(prescription, prescription.concentration, 0).0,
                Infusion::Simple | Infusion::Flex => {
                    Rate::basal(highest, prescription.concentration)
                }
            };
            RATE_MAX.saturating_sub(basal.round_down())
        }
        DuringBolus::Replace => RATE_MAX,
    };
    fastest(steps, duration, room).ok_or(Rejection::BolusDoseRange)
}

/// `steps` steps in the requested time, or at the largest rate that `room` allows.
fn fastest(steps: u64, duration: Millis, room: u64) -> Option<BolusPlan> {
    let least = (u128::from(steps) * u128::from(STEP)).checked_div(u128::from(room))?;
    let least = Millis::from_millis(u64::try_from(least).ok()?) + Millis::from_millis(1);
    let fits = Rate::spread(steps, duration).round_down() < room;
    let duration = if fits { duration } else { least.max(duration) };
    SPAN.contains(&duration.as_millis())
        .then_some(BolusPlan { steps, duration })
}

/// The bolus that fills this volume, at the largest rate (REQ-THE-010).
pub(crate) fn plan_priming(volume: Volume) -> Result<BolusPlan, Rejection> {
    let steps = volume.whole_parts(STEP_VOLUME);
    let plan = fastest(steps, Millis::MINUTE, RATE_MAX);
    plan.filter(|plan| plan.steps > 0)
        .ok_or(Rejection::CatheterRange)
}

/// The volume between reservoir and tip.
pub(crate) const fn behind_the_reservoir(prescription: &Prescription) -> Volume {
    TUBING.saturating_add(prescription.catheter_volume)
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_telemetry::{DoseLimits, ScheduleStep};

    fn example() -> Prescription {
        Prescription {
            concentration: Concentration::from_ng_per_ml(10_000_000),
            dose: DoseRate::from_ng_per_day(5_000_000),
            bolus_dose: Mass::from_nanograms(200_000),
            bolus_duration: Millis::from_secs(1_200),
            lockout: Millis::HOUR.times(4),
            daily_maximum: 4,
            low_reservoir: Volume::from_nanoliters(2_000_000),
            critical_interval: Millis::from_secs(600),
            non_critical_interval: Millis::HOUR,
            ..Prescription::NONE
        }
    }

    /// Verifies REQ-TEL-006.
    #[test]
    fn takes_the_ends_of_the_flow_range_and_nothing_beyond() {
        for (ng_per_day, valid) in [
            (0, true),
            (59_999, false),
            (60_000, true),
            (240_000_000, true),
            (240_000_010, false),
        ] {
            let mut prescription = example();
            prescription.bolus_dose = Mass::ZERO;
            prescription.dose = DoseRate::from_ng_per_day(ng_per_day);
            assert_eq!(is_valid(&prescription), valid, "{ng_per_day} ng/day");
        }
    }

    /// Verifies REQ-BOL-021.
    #[test]
    fn beside_the_minimum_rate_a_bolus_is_stretched_by_its_flow() {
        let prescription = Prescription {
            infusion: Infusion::MinimumRate,
            concentration: Concentration::from_ng_per_ml(1_015),
            dose: DoseRate::ZERO,
            ..example()
        };
        let dose = Mass::from_nanograms(5_519);
        let plan = plan_bolus(&prescription, dose, Millis::MINUTE).expect("in range");
        // 5 nL each at 24 mL/day less 6 uL/day, whatever that is in nanograms.
        let shortest = (plan.steps * 5 * 86_400_000).div_ceil(23_994_000);
        let within = shortest..=shortest + 1;
        assert!(within.contains(&plan.duration.as_millis()), "{plan:?}");
    }

    /// Verifies REQ-MET-005, REQ-BOL-021.
    #[test]
    fn a_bolus_that_is_too_fast_is_stretched_to_the_largest_rate() {
        let prescription = example();
        let dose = Mass::from_nanograms(10_000_000);
        let plan = plan_bolus(&prescription, dose, Millis::MINUTE).expect("in range");
        assert_eq!(plan.steps, 200_000);
        // 1 mL at 23.5 mL/day.
        let hours = plan.duration.as_millis() / 3_600_000;
        assert_eq!(hours, 1);
        assert!(Rate::spread(plan.steps, plan.duration).round_down() < RATE_MAX);
    }

    /// Verifies REQ-TEL-006.
    #[test]
    fn a_bolus_longer_than_the_lockout_is_out_of_range() {
        let mut prescription = example();
        prescription.lockout = prescription.bolus_duration;
        assert!(is_valid(&prescription));
        prescription.lockout = Millis::from_secs(1_199);
        assert!(!is_valid(&prescription));
    }

    /// Verifies REQ-THE-006.
    #[test]
    fn the_minimum_rate_is_the_same_flow_whatever_is_in_the_reservoir() {
        let mut prescription = example();
        prescription.infusion = Infusion::MinimumRate;
        assert!(!is_valid(&prescription), "a dose beside the minimum rate");
        prescription.dose = DoseRate::ZERO;
        assert!(is_valid(&prescription));
        for ng_per_ml in [1_000, 10_000_000, 50_000_000] {
            let concentration = Concentration::from_ng_per_ml(ng_per_ml);
            let (rate, _) = rate_at(&prescription, concentration, 0);
            // 0.006 mL/day are 1200 steps of 5 nL a day.
            let expected = Rate::spread(1_200, Millis::DAY);
            assert_eq!(rate.round_down(), expected.round_down());
        }
        assert_eq!(highest_dose(&prescription).as_ng_per_day(), 60_000);
    }

    /// Verifies REQ-THE-030.
    #[test]
    fn each_step_of_a_flex_infusion_lies_in_the_range_of_flow() {
        for (ng_per_day, valid) in [(0, true), (59_999, false), (60_000, true)] {
            let mut prescription = example();
            prescription.bolus_dose = Mass::ZERO;
            prescription.infusion = Infusion::Flex;
            for (minute, dose) in [(0, 5_000_000), (60, ng_per_day)] {
                prescription.schedule.push(ScheduleStep {
                    days: 0x7f,
                    minute,
                    dose: DoseRate::from_ng_per_day(dose),
                });
            }
            assert!(!is_valid(&prescription), "a dose beside the schedule");
            prescription.dose = DoseRate::ZERO;
            assert_eq!(is_valid(&prescription), valid, "{ng_per_day} ng/day");
            assert_eq!(highest_dose(&prescription).as_ng_per_day(), 5_000_000);
            prescription.infusion = Infusion::Simple;
            assert!(
                !is_valid(&prescription),
                "a schedule beside a simple infusion"
            );
        }
    }

    /// Verifies REQ-BOL-044.
    #[test]
    fn a_limit_without_room_for_the_infusion_and_one_bolus_is_out_of_range() {
        // 5 mg/day is 208334 ng in an hour, rounded up, and 4.8 mg/day 200000 ng; the bolus is 200000 ng.
        for (dose, hour, valid) in [
            (5_000_000, 408_333, false),
            (5_000_000, 408_334, true),
            (4_800_000, 399_999, false),
            (4_800_000, 400_000, true),
        ] {
            let mut prescription = example();
            prescription.dose = DoseRate::from_ng_per_day(dose);
            prescription.limits = DoseLimits {
                hour: Mass::from_nanograms(hour),
                ..DoseLimits::NONE
            };
            assert_eq!(is_valid(&prescription), valid, "{hour} ng");
        }
    }

    /// Verifies REQ-THE-010, REQ-THE-016, REQ-THE-036.
    #[test]
    fn priming_fills_tubing_and_catheter_at_the_largest_rate() {
        let mut prescription = example();
        prescription.catheter_volume = Volume::from_nanoliters(198_000);
        let plan = plan_priming(behind_the_reservoir(&prescription)).expect("a plan");
        assert_eq!(plan.steps, (140_000 + 198_000) / 5);
        // 0.338 mL at 24 mL/day takes 1216.8 s.
        assert_eq!(plan.duration.as_millis(), 1_216_801);
    }

    /// Verifies REQ-BOL-021.
    #[test]
    fn a_bolus_instead_of_the_infusion_may_use_all_of_the_rate() {
        let mut prescription = example();
        prescription.dose = DoseRate::from_ng_per_day(120_000_000);
        let dose = Mass::from_nanograms(5_000_000);
        let on_top = plan_bolus(&prescription, dose, Millis::MINUTE).expect("a plan");
        prescription.during_bolus = DuringBolus::Replace;
        let instead = plan_bolus(&prescription, dose, Millis::MINUTE).expect("a plan");
        assert_eq!(on_top.steps, instead.steps);
        let minutes = |plan: BolusPlan| plan.duration.as_millis() / 60_000;
        assert_eq!((minutes(on_top), minutes(instead)), (60, 30));
    }
}
