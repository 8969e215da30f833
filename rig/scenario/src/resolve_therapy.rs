//! What is programmed: `[therapy]`, and `program` and `stage` in the timeline.

use super::choices::DURING_BOLUS;
use super::file_therapy::{LimitsFile, PatientBolusFile, ScheduleStepFile, TherapyFile};
use super::mistake::ScenarioMistake;
use super::reader::Reader;
use super::resolve_patient::PumpParts;
use super::resolve_week::{days, time_of_day};
use miette::SourceSpan;
use thecal_plan::{
    DoseLimits, DuringBolus, Infusion, PatientBolus, ScheduleStep, Therapy, WeekSchedule, starts,
    week_in_words,
};
use thecal_sim::pump::GENERIC_CATHETER;
use thecal_text::quantity_reading::Context;
use thecal_text::range::Limits;
use thecal_text::reader::Text;
use thecal_text::wording::{any_of, decimal};
use thecal_units::{Concentration, DoseRate, FlowRate, Mass, Millis, Volume, real};
use toml::Spanned;

/// Default of the low-reservoir alarm. Source: pump.md, S54.
const LOW_RESERVOIR: Volume = Volume::from_nanoliters(2_000_000);
const CRITICAL_INTERVAL: Millis = Millis::MINUTE.times(10);
const NON_CRITICAL_INTERVAL: Millis = Millis::HOUR;
/// The end of a day, at which nothing of that day can begin.
const END_OF_DAY: &str = "24:00";
const MINUTES_A_DAY: u16 = 24 * 60;

/// The therapy of this table. Where it names none, the concentration is that entered last, and the catheter
/// that of the pump.
pub(super) fn therapy(
    file: &TherapyFile,
    table: &str,
    at: SourceSpan,
    pump: Option<PumpParts>,
    reader: &mut Reader<'_>,
) -> Option<Therapy> {
    let concentration = match &file.concentration {
        Some(text) => reader.quantity(text),
        None => pump.and_then(|pump| pump.entered.or(pump.concentration)),
    };
    let infusion = infusion(file, (table, at), concentration, reader);
    let patient_bolus = file
        .patient_bolus
        .as_ref()
        .map(|bolus| patient_bolus(bolus, concentration, reader));
    let during_bolus = match &file.during_bolus {
        Some(name) => reader.choice("way of giving a bolus", name, &DURING_BOLUS),
        None => Some(DuringBolus::Add),
    };
    let limits = match &file.limits {
        Some(table) => limits(table, concentration, reader),
        None => Some(DoseLimits::NONE),
    };
    let length = match &file.programmed_catheter {
        Some(text) => reader.quantity(text),
        None => pump.and_then(|pump| pump.catheter),
    };
    let low_reservoir = match &file.low_reservoir {
        Some(text) => reader.quantity(text),
        None => Some(LOW_RESERVOIR),
    };
    let critical = interval(file.critical_interval.as_ref(), CRITICAL_INTERVAL, reader);
    let written = file.non_critical_interval.as_ref();
    let non_critical = interval(written, NON_CRITICAL_INTERVAL, reader);
    Some(Therapy {
        concentration: concentration?,
        infusion: infusion?,
        patient_bolus: match patient_bolus {
            None => None,
            Some(read) => Some(read?),
        },
        during_bolus: during_bolus?,
        limits: limits?,
        catheter: volume_of(length?),
        low_reservoir: low_reservoir?,
        critical_interval: critical?,
        non_critical_interval: non_critical?,
    })
}

/// The one of three kinds of continuous infusion that is written.
fn infusion(
    file: &TherapyFile,
    (table, at): (&str, SourceSpan),
    concentration: Option<Concentration>,
    reader: &mut Reader<'_>,
) -> Option<Infusion> {
    let minimum = file.minimum_rate.as_ref().filter(|yes| *yes.get_ref());
    let kinds = [
        ("dose", file.dose.as_ref().map(Text::span)),
        ("minimum-rate", minimum.map(Spanned::span)),
        ("schedule", file.schedule.as_ref().map(Spanned::span)),
    ];
    let written: Vec<(&str, SourceSpan)> = kinds
        .into_iter()
        .filter_map(|(key, span)| Some((key, span?.into())))
        .collect();
    if let [(first, one), (second, other), ..] = *written.as_slice() {
        reader.report(ScenarioMistake::EitherOr {
            first,
            second,
            one,
            other,
        });
        return None;
    }
    if let Some(steps) = &file.schedule {
        let unchecked = file.unchecked.as_ref().is_some_and(|yes| *yes.get_ref());
        return schedule(steps, unchecked, concentration, reader).map(Infusion::Flex);
    }
    if minimum.is_some() {
        return Some(Infusion::MinimumRate);
    }
    let is_unread = |key| reader.is_unread(Some(at), table, key);
    if is_unread("minimum-rate") || is_unread("schedule") {
        return None;
    }
    let dose = reader.required::<TherapyFile, _>(file.dose.as_ref(), ("dose", table), at)?;
    possible_dose(dose, concentration, reader).map(Infusion::Simple)
}

/// The steps of a week: one at least, no two at one instant.
fn schedule(
    written: &Spanned<Vec<Spanned<ScheduleStepFile>>>,
    unchecked: bool,
    concentration: Option<Concentration>,
    reader: &mut Reader<'_>,
) -> Option<WeekSchedule> {
    let at = SourceSpan::from(written.span());
    let files = written.get_ref();
    let count = files.len();
    if !(1..=WeekSchedule::STEPS_MAX).contains(&count) {
        let most = WeekSchedule::STEPS_MAX;
        reader.report(ScenarioMistake::StepsOfSchedule { count, most, at });
        return None;
    }
    let steps: Vec<Option<ScheduleStep>> = files
        .iter()
        .map(|file| step(file, unchecked, concentration, reader))
        .collect();
    let mut schedule = WeekSchedule::EMPTY;
    for step in steps {
        schedule.push(step?);
    }
    if unchecked {
        return Some(schedule);
    }
    let begin = starts(&schedule);
    let twice = begin.windows(2).find(|pair| pair[0].0 == pair[1].0);
    if let Some([(when, _), _]) = twice {
        let when = week_in_words(*when);
        reader.report(ScenarioMistake::StepTwice { when, at });
        return None;
    }
    Some(schedule)
}

fn step(
    file: &Spanned<ScheduleStepFile>,
    unchecked: bool,
    concentration: Option<Concentration>,
    reader: &mut Reader<'_>,
) -> Option<ScheduleStep> {
    let table = file.get_ref();
    let on = table.days.as_ref().and_then(|text| days(text, reader));
    let minute = table.at.as_ref();
    let minute = minute.and_then(|text| match text.get_ref().trim() {
        END_OF_DAY if unchecked => Some(MINUTES_A_DAY),
        _ => time_of_day(text, reader),
    });
    let dose = table.dose.as_ref();
    let dose = dose.and_then(|text| possible_dose(text, concentration, reader));
    Some(ScheduleStep {
        days: on?,
        minute: minute?,
        dose: dose?,
    })
}

/// One limit at least: none at all is written by leaving the table out.
fn limits(
    table: &Spanned<LimitsFile>,
    concentration: Option<Concentration>,
    reader: &mut Reader<'_>,
) -> Option<DoseLimits> {
    let file = table.get_ref();
    let written = [
        ("hour", &file.hour),
        ("four-hours", &file.four_hours),
        ("day", &file.day),
    ];
    if written.iter().all(|(.., text)| text.is_none()) {
        let at = table.span().into();
        let mistake = ScenarioMistake::Nothing {
            table: "`limits`",
            choice: any_of(&["hour", "four-hours", "day"]),
            at,
            what: "limit",
        };
        reader.lacks(at, mistake);
        return None;
    }
    let context = at_concentration(concentration);
    let [hour, four_hours, day] = written.map(|(_, text)| match text {
        Some(text) => reader.quantity_in::<Mass>(text, &context),
        None => Some(Mass::ZERO),
    });
    Some(DoseLimits {
        hour: hour?,
        four_hours: four_hours?,
        day: day?,
    })
}

/// What a catheter of this length holds, in whole nanoliters.
fn volume_of(length: real::Length) -> Volume {
    let milliliters = length.as_centimeters() * GENERIC_CATHETER.values.ml_per_cm;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a length in its range: 22 000 to 308 000 nL"
    )]
    let nanoliters = (milliliters * 1e6).round() as u64;
    Volume::from_nanoliters(nanoliters)
}

fn interval(text: Option<&Text>, usual: Millis, reader: &mut Reader<'_>) -> Option<Millis> {
    text.map_or(Some(usual), |text| reader.quantity(text))
}

/// What is known where a dose stands.
fn at_concentration(concentration: Option<Concentration>) -> Context {
    Context {
        concentration,
        ..Context::default()
    }
}

/// A dose rate whose flow the pump can give.
fn possible_dose(
    text: &Text,
    concentration: Option<Concentration>,
    reader: &mut Reader<'_>,
) -> Option<DoseRate> {
    let dose: DoseRate = reader.quantity_in(text, &at_concentration(concentration))?;
    let concentration = concentration?;
    let Limits::Flow(range) = text.row().value.limits() else {
        return Some(dose);
    };
    let [low, high] = range.ends::<FlowRate>()?;
    let [low, high] = [low, high].map(|flow| u128::from(flow.as_nl_per_day()));
    // ng/day divided by ng/mL is mL/day.
    let strength = u128::from(concentration.as_ng_per_ml());
    let flow = u128::from(dose.as_ng_per_day()) * 1_000_000 / strength;
    if dose == DoseRate::ZERO || (low..=high).contains(&flow) {
        return Some(dose);
    }
    let least = (low * strength).div_ceil(1_000_000);
    let most = high * strength / 1_000_000;
    reader.report(ScenarioMistake::FlowOutOfRange {
        dose: text.get_ref().trim().to_owned(),
        concentration: format!("{}/mL", mass(strength)),
        flow: decimal(flow, 6),
        flows: [low, high].map(|flow| decimal(flow, 6)),
        range: format!("{} to {} a day", mass(least), mass(most)),
        at: text.span().into(),
    });
    None
}

/// Nanograms in the unit that reads best.
fn mass(nanograms: u128) -> String {
    match nanograms {
        1_000_000.. => format!("{} mg", decimal(nanograms, 6)),
        1_000.. => format!("{} µg", decimal(nanograms, 3)),
        _ => format!("{nanograms} ng"),
    }
}

fn patient_bolus(
    table: &Spanned<PatientBolusFile>,
    concentration: Option<Concentration>,
    reader: &mut Reader<'_>,
) -> Option<PatientBolus> {
    let file = table.get_ref();
    let dose = file.dose.as_ref();
    let context = at_concentration(concentration);
    let dose = dose.and_then(|text| reader.quantity_in(text, &context));
    let written_duration = file.duration.as_ref();
    let lasts: Option<Millis> = written_duration.and_then(|text| reader.quantity(text));
    let written_lockout = file.lockout.as_ref();
    let lockout: Option<Millis> = written_lockout.and_then(|text| reader.quantity(text));
    let (lasts, lockout) = (lasts?, lockout?);
    if lasts > lockout {
        reader.report(ScenarioMistake::LockoutTooShort {
            least: lasts.spelled().to_string(),
            bolus: written_duration?.span().into(),
            lockout: written_lockout?.span().into(),
        });
        return None;
    }
    Some(PatientBolus {
        dose: dose?,
        duration: lasts,
        lockout,
        daily_maximum: *file.daily_maximum.as_ref()?.get_ref(),
    })
}
