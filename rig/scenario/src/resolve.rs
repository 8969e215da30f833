//! From tables with spans to the plan: the head of the file, and the order in which the rest is read.
//! Only a file without any mistake becomes a plan.

use super::choices::CAPABILITIES;
use super::file::ScenarioFile;
use super::reader::Reader;
use super::resolve_verifies::claims;
use super::{
    resolve_expect, resolve_fault, resolve_patient, resolve_therapy, resolve_timeline, resolve_week,
};
use thecal_plan::{Ability, Action, Capability, Entry, Pump, Scenario, SecondDrug};
use thecal_text::mistake::Mistake;
use thecal_text::reader::{Document, Text};
use thecal_units::{Concentration, Millis};

/// The plan that the file means, if nothing of it is missing, and every mistake in its meaning.
pub(super) fn resolve(
    id: &str,
    text: &str,
    document: &Document<ScenarioFile>,
) -> (Option<Scenario>, Vec<Mistake>) {
    let mut reader = Reader::new(text, &document.unread);
    let plan = read(id, &document.file, &mut reader);
    (plan, reader.into_mistakes())
}

fn read(id: &str, file: &ScenarioFile, reader: &mut Reader<'_>) -> Option<Scenario> {
    let title = file.title.as_ref();
    let title = title.and_then(|text| reader.line_of_text("title", "A stuck button", text));
    let span = file.duration.as_ref();
    reader.end = span.and_then(|text| reader.quantity(text));
    let midnight = Some(Millis::ZERO);
    let starts = file.starts.as_ref();
    let starts = starts.map_or(midnight, |text| resolve_week::time_of_week(text, reader));
    reader.starts = starts;
    let verifies = claims(file, reader);
    let reenacts = optional_line(
        file.reenacts.as_ref(),
        ("reenacts", "pump.md fault 43"),
        reader,
    );
    let known_anomaly = optional_line(
        file.known_anomaly.as_ref(),
        ("known-anomaly", "ANOM-12"),
        reader,
    );
    let mut needs = needs(file, reader);
    let needs_of_pump = needs_of_pump(file, reader);
    let patient = resolve_patient::patient(file.patient.as_ref(), reader);
    let source = resolve_patient::source(file.patient.as_ref(), reader);
    let pump = file.pump.as_ref();
    let mut pump = pump.map(|table| resolve_patient::pump(table, reader));
    let drive = pump.and_then(|pump| pump.drive);
    let therapy = file.therapy.as_ref().map(|table| {
        resolve_therapy::therapy(
            table.get_ref(),
            "`[therapy]`",
            table.span().into(),
            pump,
            reader,
        )
    });
    if let (Some(pump), Some(Some(therapy))) = (&mut pump, &therapy) {
        pump.entered = Some(therapy.concentration);
    }
    let seed = file.seed.as_ref().map(|seed| *seed.get_ref());
    let timeline = resolve_timeline::timeline(
        file.timeline.as_deref().unwrap_or_default(),
        pump,
        seed,
        reader,
    );
    let faults = resolve_fault::faults(file.fault.as_deref().unwrap_or_default(), drive, reader);
    needs.extend(faults.iter().filter_map(|fault| fault.kind.needs()));
    needs.sort_unstable();
    needs.dedup();
    let expectations =
        resolve_expect::expectations(file.expect.as_deref().unwrap_or_default(), reader);
    Some(Scenario {
        id: id.to_owned(),
        title: title?,
        verifies,
        reenacts,
        known_anomaly,
        seed: seed?,
        duration: reader.end?,
        starts: starts?,
        needs,
        needs_of_pump,
        patient: patient?,
        source,
        pump: with_other_drug(pump?.complete()?, &timeline),
        therapy: all_or_none(therapy)?,
        timeline,
        faults,
        expectations,
    })
}

/// What may be left out: `None` where it is written and could not be read.
#[expect(
    clippy::option_option,
    reason = "left out, unreadable and read are three cases"
)]
fn all_or_none<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

fn optional_line(
    text: Option<&Text>,
    (key, example): (&'static str, &'static str),
    reader: &mut Reader<'_>,
) -> Option<String> {
    text.and_then(|text| reader.line_of_text(key, example, text))
}

fn needs(file: &ScenarioFile, reader: &mut Reader<'_>) -> Vec<Capability> {
    let written = file.needs.as_deref().unwrap_or_default();
    written
        .iter()
        .filter_map(|name| reader.choice("capability", name, &CAPABILITIES))
        .collect()
}

fn needs_of_pump(file: &ScenarioFile, reader: &mut Reader<'_>) -> Vec<Ability> {
    let written = file.needs_of_pump.as_deref().unwrap_or_default();
    written
        .iter()
        .filter_map(|name| reader.choice("ability", name, Ability::ALL))
        .collect()
}

/// The pump, which also holds the drug of a mixed-up bottle: none of it at the start.
fn with_other_drug(pump: Pump, timeline: &[Entry]) -> Pump {
    let other = timeline.iter().find_map(|entry| match &entry.action {
        Action::Refill(refill) => refill.true_drug,
        _ => None,
    });
    let other = other.map(|drug| SecondDrug {
        drug,
        concentration: Concentration::ZERO,
    });
    Pump {
        second: pump.second.or(other),
        ..pump
    }
}
