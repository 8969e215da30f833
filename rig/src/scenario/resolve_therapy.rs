//! What is programmed: `[therapy]`, and `program` in the timeline.

use super::file::{PatientBolusFile, Text, TherapyFile};
use super::mistake::StoryMistake;
use super::plan::{PatientBolus, Therapy};
use super::resolve::Reader;
use super::wording::{decimal, duration};
use miette::SourceSpan;
use thecal_units::{Concentration, DoseRate, Millis, Volume};
use toml::Spanned;

/// What the pump can give, apart from nothing. Source: pump.md 1.1 (rate range, minimum rate).
const FLOW_NL_PER_DAY: std::ops::RangeInclusive<u128> = 6_000..=24_000_000;
/// Default of the low-reservoir alarm. Source: pump.md, S54.
const LOW_RESERVOIR: Volume = Volume::from_nanoliters(2_000_000);
const CRITICAL_INTERVAL: Millis = Millis::MINUTE.times(10);
const NON_CRITICAL_INTERVAL: Millis = Millis::HOUR;

/// The therapy of this table; `filled` is the concentration that holds where it names none.
pub(super) fn therapy(
    file: &TherapyFile,
    table: &str,
    at: SourceSpan,
    filled: Option<Concentration>,
    reader: &mut Reader<'_>,
) -> Option<Therapy> {
    let concentration = match &file.concentration {
        Some(text) => reader.positive(("concentration", "concentration = \"10 mg/mL\""), text),
        None => filled,
    };
    let dose = reader.required(
        file.dose.as_ref(),
        ("dose", table),
        "dose = \"1 mg/day\"",
        at,
    );
    let dose = dose.and_then(|text| possible_dose(text, concentration, reader));
    let patient_bolus = file
        .patient_bolus
        .as_ref()
        .map(|bolus| patient_bolus(bolus, reader));
    let low_reservoir = match &file.low_reservoir {
        Some(text) => super::resolve_patient::volume_in_pump("low-reservoir", text, reader),
        None => Some(LOW_RESERVOIR),
    };
    let key = ("critical-interval", "critical-interval = \"10 min\"");
    let critical = interval(
        key,
        file.critical_interval.as_ref(),
        CRITICAL_INTERVAL,
        reader,
    );
    let key = ("non-critical-interval", "non-critical-interval = \"1 h\"");
    let written = file.non_critical_interval.as_ref();
    let non_critical = interval(key, written, NON_CRITICAL_INTERVAL, reader);
    Some(Therapy {
        concentration: concentration?,
        dose: dose?,
        patient_bolus: match patient_bolus {
            None => None,
            Some(read) => Some(read?),
        },
        low_reservoir: low_reservoir?,
        critical_interval: critical?,
        non_critical_interval: non_critical?,
    })
}

fn interval(
    key: (&'static str, &'static str),
    text: Option<&Text>,
    usual: Millis,
    reader: &mut Reader<'_>,
) -> Option<Millis> {
    text.map_or(Some(usual), |text| reader.positive(key, text))
}

/// A dose rate whose flow the pump can give.
fn possible_dose(
    text: &Text,
    concentration: Option<Concentration>,
    reader: &mut Reader<'_>,
) -> Option<DoseRate> {
    let dose: DoseRate = reader.quantity(text)?;
    let concentration = concentration?;
    // ng/day divided by ng/mL is mL/day.
    let strength = u128::from(concentration.as_ng_per_ml());
    let flow = u128::from(dose.as_ng_per_day()) * 1_000_000 / strength;
    if dose == DoseRate::ZERO || FLOW_NL_PER_DAY.contains(&flow) {
        return Some(dose);
    }
    let least = (FLOW_NL_PER_DAY.start() * strength).div_ceil(1_000_000);
    let most = FLOW_NL_PER_DAY.end() * strength / 1_000_000;
    reader.report(StoryMistake::FlowOutOfRange {
        dose: text.get_ref().trim().to_owned(),
        concentration: format!("{}/mL", mass(strength)),
        flow: decimal(flow, 6),
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
    reader: &mut Reader<'_>,
) -> Option<PatientBolus> {
    let file = table.get_ref();
    let at = table.span().into();
    let here = "`patient-bolus`";
    let example = "dose = \"50 µg\"";
    let dose = reader.required(file.dose.as_ref(), ("dose", here), example, at);
    let dose = dose.and_then(|text| reader.positive(("dose", example), text));
    let example = "duration = \"2 min\"";
    let written_duration = reader.required(file.duration.as_ref(), ("duration", here), example, at);
    let lasts: Option<Millis> =
        written_duration.and_then(|text| reader.positive(("duration", example), text));
    let example = "lockout = \"1 h\"";
    let written_lockout = reader.required(file.lockout.as_ref(), ("lockout", here), example, at);
    let lockout: Option<Millis> = written_lockout.and_then(|text| reader.quantity(text));
    let example = "daily-maximum = 6";
    let maximum = reader.required(
        file.daily_maximum.as_ref(),
        ("daily-maximum", here),
        example,
        at,
    );
    let daily_maximum =
        maximum.and_then(|number| reader.integer("daily-maximum", number, (0..=50, "0 to 50")));
    let (lasts, lockout) = (lasts?, lockout?);
    if lasts > lockout {
        reader.report(StoryMistake::LockoutTooShort {
            least: duration(lasts),
            bolus: written_duration?.span().into(),
            lockout: written_lockout?.span().into(),
        });
        return None;
    }
    Some(PatientBolus {
        dose: dose?,
        duration: lasts,
        lockout,
        daily_maximum: daily_maximum?,
    })
}
