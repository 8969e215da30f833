//! The ranges of a prescription, in the order in which the first that does not hold is named.
//!
//! Comparisons are exact, in products instead of quotients. A pump may round a flow down to a nanoliter
//! a day and a continuous dose up to a nanogram: closer to a limit than that it may do either.

use super::bolus::at_the_highest_rate;
use super::course::Course;
use super::reason::Reason;
use crate::told::Known;
use thecal_plan::{DoseLimits, Infusion, Profile, Ranges, Therapy, WeekSchedule, starts};
use thecal_units::{Concentration, DoseRate, FlowRate, Mass, Millis, Volume};

/// Flow of an infusion at the minimum rate. Unit: nL/day. Source: pump.md 1.1 (mem H).
const MINIMUM: u32 = 6_000;

/// The ranges of a prescription, as the profile has them.
pub(super) fn prescription(therapy: &Therapy, step: Volume, profile: &Profile) -> Course {
    use Reason as R;
    let is = |out: bool| Known::sure(out);
    let ranges = &profile.ranges;
    let outside = |span: Millis, [least, most]: [Millis; 2]| is(span < least || span > most);
    let [weakest, strongest] = ranges.concentration;
    let concentration = therapy.concentration;
    let mut course = Course::default()
        .unless(
            R::ConcentrationRange,
            is(concentration < weakest || concentration > strongest),
        )
        .unless(
            R::CriticalIntervalRange,
            outside(therapy.critical_interval, ranges.alarm_interval),
        )
        .unless(
            R::NonCriticalIntervalRange,
            outside(therapy.non_critical_interval, ranges.alarm_interval),
        )
        .unless(
            R::LowReservoirRange,
            is(therapy.low_reservoir >= ranges.reservoir),
        )
        .unless(R::CatheterRange, is(therapy.catheter > ranges.catheter));
    if let Infusion::Flex(week) = &therapy.infusion {
        course = course.unless(R::ScheduleRange, is(!is_a_week(week)));
    }
    let doses = doses(therapy).into_iter();
    let out = doses.fold(Known::No, |out, dose| {
        out.or(flow_out(dose, concentration, ranges))
    });
    course = course.unless(R::DoseRange, out);
    if let Some(bolus) = therapy
        .patient_bolus
        .filter(|bolus| bolus.dose > Mass::ZERO)
    {
        let given = (bolus.dose, bolus.duration);
        course = course
            .unless(
                R::BolusDurationRange,
                outside(bolus.duration, ranges.bolus_duration),
            )
            .unless(R::BolusDoseRange, no_dose(therapy, given, step, profile))
            .unless(
                R::LockoutRange,
                outside(bolus.lockout, ranges.lockout).or(longer(
                    therapy,
                    given,
                    bolus.lockout,
                    step,
                    profile,
                )),
            )
            .unless(
                R::DailyMaximumRange,
                is(bolus.daily_maximum > ranges.daily_maximum),
            );
    }
    let names = [R::HourLimit, R::FourHoursLimit, R::DayLimit];
    for ((window, limit), name) in DoseLimits::WINDOWS.into_iter().zip(names) {
        let limit = limit(&therapy.limits);
        if limit > Mass::ZERO {
            course = course.unless(name, no_room(therapy, window, limit));
        }
    }
    course
}

/// Whether a dose cannot be that of a bolus: less than one motor step, or so much that it takes longer
/// than any bolus may.
pub(super) fn no_dose(
    therapy: &Therapy,
    given: (Mass, Millis),
    step: Volume,
    profile: &Profile,
) -> Known {
    let is_a_step = given.0.volume_round_down(therapy.concentration) >= step;
    Known::sure(!is_a_step).or(longer(
        therapy,
        given,
        profile.ranges.bolus_duration[1],
        step,
        profile,
    ))
}

/// Whether a bolus takes longer than this, extended for the highest flow.
fn longer(
    therapy: &Therapy,
    given: (Mass, Millis),
    than: Millis,
    step: Volume,
    profile: &Profile,
) -> Known {
    let (least, most) = at_the_highest_rate(therapy, given, step, profile);
    match (least > than, most > than) {
        (true, _) => Known::Yes,
        (false, true) => Known::Either,
        (false, false) => Known::No,
    }
}

/// Whether a duration is that of a bolus.
pub(super) fn is_a_duration(duration: Millis, ranges: &Ranges) -> bool {
    let [least, most] = ranges.bolus_duration;
    (least..=most).contains(&duration)
}

/// Whether a dose needs more than the largest flow of a concentration.
pub(super) fn too_fast(dose: DoseRate, concentration: Concentration, ranges: &Ranges) -> Known {
    let fastest = u64::from(ranges.flow[1].as_nl_per_day());
    let (dose, flow) = (needed(dose), u64::from(concentration.as_ng_per_ml()));
    if dose <= flow * fastest {
        Known::No
    } else if dose >= flow * (fastest + 1) {
        Known::Yes
    } else {
        Known::Either
    }
}

/// Whether the flow of a dose is neither zero nor within its range.
fn flow_out(dose: DoseRate, concentration: Concentration, ranges: &Ranges) -> Known {
    let slowest = u64::from(ranges.flow[0].as_nl_per_day());
    let (needed, flow) = (needed(dose), u64::from(concentration.as_ng_per_ml()));
    match needed {
        0 => Known::No,
        // What rounds to no flow at all.
        _ if needed < flow => Known::Either,
        _ if needed < flow * slowest => Known::Yes,
        _ => too_fast(dose, concentration, ranges),
    }
}

/// A dose as its flow in nL/day times the concentration in ng/mL.
fn needed(dose: DoseRate) -> u64 {
    u64::from(dose.as_ng_per_day()) * 1_000_000
}

/// The doses of an infusion that state one.
fn doses(therapy: &Therapy) -> Vec<DoseRate> {
    match &therapy.infusion {
        Infusion::Simple(dose) => vec![*dose],
        Infusion::MinimumRate => Vec::new(),
        Infusion::Flex(week) => week.steps().iter().map(|step| step.dose).collect(),
    }
}

/// Whether the steps of a schedule are some, begin on days and at minutes that exist, and no two of them
/// at the same instant.
fn is_a_week(week: &WeekSchedule) -> bool {
    let steps = week.steps();
    let exist = steps.iter().all(|step| {
        let days = step.days;
        days != 0 && days < 1 << 7 && step.minute < 1_440
    });
    let begins = starts(week);
    let apart = begins.windows(2).all(|pair| pair[0].0 < pair[1].0);
    !steps.is_empty() && exist && apart
}

/// Whether a limit is too low for the highest continuous dose over its window and one bolus.
fn no_room(therapy: &Therapy, window: Millis, limit: Mass) -> Known {
    let bolus = therapy.patient_bolus.map_or(Mass::ZERO, |bolus| bolus.dose);
    let (least, most) = highest_over(therapy, window);
    let passes = |continuous: Mass| Known::sure(bolus.saturating_add(continuous) > limit);
    passes(least).same(passes(most))
}

/// The highest continuous dose of a prescription over a window, rounded up to a nanogram: at least, and
/// at most, where a pump goes to the next nanogram in any case.
pub(super) fn highest_over(therapy: &Therapy, window: Millis) -> (Mass, Mass) {
    let rate = therapy.highest_rate();
    let (exact, rate_up) = match therapy.infusion {
        // Its dose a day need not be a whole number of nanograms.
        Infusion::MinimumRate => {
            let flow = FlowRate::from_nl_per_day(MINIMUM);
            let volume = flow.volume_round_down(window);
            let next = DoseRate::from_ng_per_day(rate.as_ng_per_day().saturating_add(1));
            (volume.dose_round_down(therapy.concentration), next)
        }
        Infusion::Simple(_) | Infusion::Flex(_) => (rate.dose_round_down(window), rate),
    };
    let up = |dose: Mass| Mass::from_nanograms(dose.as_nanograms_round_down() + 1);
    let whole = Mass::from_nanograms(exact.as_nanograms_round_down());
    let least = if whole == exact { whole } else { up(exact) };
    (least, up(rate_up.dose_round_down(window)))
}
