//! What happens: the lines of the timeline, each with one time and one action.

use super::file_timeline::{EntryFile, JitterFile, TIMES};
use super::mistake::ScenarioMistake;
use super::one_of::only_one;
use super::reader::Reader;
use super::resolve_packets::{forge, replay};
use super::resolve_patient::PumpParts;
use super::resolve_place;
use super::resolve_refill::refill;
use super::resolve_syringe::{access_port, access_reservoir, lumbar_injection};
use super::resolve_therapy::therapy;
use miette::SourceSpan;
use std::collections::{BTreeMap, BTreeSet};
use thecal_plan::{Action, CatheterWork, Entry, Jitter, MAX_EVENTS, Request, Schedule, schedule};
use thecal_text::reader::{Record, Text};
use thecal_text::wording::any_of;
use thecal_units::{Millis, SimTime};
use toml::Spanned;

const TABLE: &str = "`[[timeline]]`";

/// Every action, in the order of the documentation.
fn actions() -> Vec<&'static str> {
    let keys = EntryFile::TABLE.keys.iter().map(|row| row.name);
    keys.filter(|key| !TIMES.contains(key)).collect()
}

/// The entries that could be read, after checks of the timeline as a whole.
pub(super) fn timeline(
    files: &[Spanned<EntryFile>],
    mut pump: Option<PumpParts>,
    seed: Option<u64>,
    reader: &mut Reader<'_>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut places = Vec::new();
    for file in files {
        let schedule = schedule(file, reader);
        let action = action(file, pump, reader);
        let control = reader.control(file.get_ref().control.as_ref());
        match (&action, &mut pump) {
            (Some((Action::Refill(refill), _)), Some(pump)) => {
                pump.now_holds(refill.true_drug);
                pump.entered = Some(refill.concentration);
            }
            (Some((Action::Ask(Request::Program(therapy)), _)), Some(pump)) => {
                pump.entered = Some(therapy.concentration);
            }
            _ => {}
        }
        if let (Some(schedule), Some((action, place)), Some(control)) = (schedule, action, control)
        {
            let line = reader.line(file.span().start);
            places.push((place, repetition(file.get_ref()).unwrap_or(place)));
            entries.push(Entry {
                schedule,
                action,
                control,
                line,
            });
        }
    }
    // Without an end there is no telling how much to expand.
    let Some(end) = reader.end else {
        return entries;
    };
    match schedule::events(&entries, seed.unwrap_or_default(), end, MAX_EVENTS) {
        Ok(events) => {
            contradictions(&entries, &places, end, reader);
            resolve_place::overlaps(&entries, &places, &events, reader);
        }
        Err(passed) => {
            let at = places[passed.entry].1;
            reader.report(ScenarioMistake::TooManyEvents {
                limit: MAX_EVENTS,
                at,
            });
        }
    }
    entries
}

fn repetition(file: &EntryFile) -> Option<SourceSpan> {
    file.every.as_ref().map(|every| every.span().into())
}

fn schedule(file: &Spanned<EntryFile>, reader: &mut Reader<'_>) -> Option<Schedule> {
    let entry = file.get_ref();
    match (&entry.at, &entry.every) {
        (None, None) => {
            let at = file.span().into();
            reader.lacks(at, ScenarioMistake::NoTime { at });
            None
        }
        (Some(at), Some(every)) => {
            let (at, every) = (at.span().into(), every.span().into());
            reader.report(ScenarioMistake::TwoTimes { at, every });
            None
        }
        (Some(at), None) => {
            let jitter = entry.jitter.as_ref().map(Spanned::span);
            let times = [("from", &entry.from), ("until", &entry.until)];
            let times = times.map(|(key, text)| (key, text.as_ref().map(Text::span)));
            for (key, span) in times.into_iter().chain([("jitter", jitter)]) {
                if let Some(span) = span {
                    let at = span.into();
                    reader.lacks(file.span().into(), ScenarioMistake::NeedsEvery { key, at });
                }
            }
            Some(Schedule::Once(reader.instant(at)?))
        }
        (None, Some(every)) => repeated(entry, every, reader),
    }
}

fn repeated(entry: &EntryFile, every: &Text, reader: &mut Reader<'_>) -> Option<Schedule> {
    let every: Option<Millis> = reader.quantity(every);
    let from = match &entry.from {
        Some(text) => reader.instant(text),
        None => Some(SimTime::ZERO),
    };
    let until = match &entry.until {
        Some(text) => reader.instant(text),
        None => Some(SimTime::ZERO + reader.end.unwrap_or_default()),
    };
    let jitter = match &entry.jitter {
        Some(table) => jitter(table, reader),
        None => Some(Jitter::None),
    };
    let (from, until) = (from?, until?);
    match (&entry.from, &entry.until) {
        (Some(start), Some(end)) if from >= until => {
            let (start, end) = (start.span().into(), end.span().into());
            let (first, last) = ("from", "until");
            reader.report(ScenarioMistake::Backwards {
                first,
                last,
                start,
                end,
            });
            return None;
        }
        (None, Some(text)) if until == SimTime::ZERO => {
            let (key, at) = ("until", text.span().into());
            reader.report(ScenarioMistake::Zero { key, at });
            return None;
        }
        _ => {}
    }
    Some(Schedule::Repeated {
        from,
        every: every?,
        until,
        jitter: jitter?,
    })
}

fn jitter(table: &Spanned<JitterFile>, reader: &mut Reader<'_>) -> Option<Jitter> {
    match table.get_ref() {
        JitterFile {
            uniform: Some(text),
            normal: None,
            exponential: None,
        } => reader.quantity(text).map(Jitter::Uniform),
        JitterFile {
            uniform: None,
            normal: Some(text),
            exponential: None,
        } => reader.quantity(text).map(Jitter::Normal),
        JitterFile {
            uniform: None,
            normal: None,
            exponential: Some(yes),
        } if *yes.get_ref() => Some(Jitter::Exponential),
        _ => {
            let at = table.span().into();
            reader.lacks(at, ScenarioMistake::Jitter { at });
            None
        }
    }
}

/// The one action of an entry, and its place.
fn action(
    file: &Spanned<EntryFile>,
    pump: Option<PumpParts>,
    reader: &mut Reader<'_>,
) -> Option<(Action, SourceSpan)> {
    let entry = file.get_ref();
    let key = one_key(file, reader)?;
    let place = key.1;
    let action = match key.0 {
        "program" => {
            let table = entry.program.as_ref()?.get_ref();
            Action::Ask(Request::Program(therapy(
                table,
                "`program`",
                place,
                pump,
                reader,
            )?))
        }
        "open-update" => {
            let hold = entry.open_update.as_ref()?.get_ref().hold.as_ref();
            let hold = hold.is_some_and(|hold| *hold.get_ref());
            Action::Ask(Request::OpenUpdate { hold })
        }
        "stage" => {
            let table = entry.stage.as_ref()?.get_ref();
            Action::Ask(Request::Stage(therapy(
                table, "`stage`", place, pump, reader,
            )?))
        }
        "catheter-work" => {
            let written = entry.catheter_work.as_ref()?;
            let work = reader.choice("catheter-work", written, &CatheterWork::ALL)?;
            Action::Ask(Request::DeclareWork(work))
        }
        "clinician-bolus" => clinician_bolus(entry, reader)?,
        "press" => {
            let remote = entry.press.as_ref()?.get_ref().remote.as_ref()?;
            Action::Press {
                remote: *remote.get_ref(),
            }
        }
        "refill" => refill(entry.refill.as_ref()?, pump, reader)?,
        "access-port" => access_port(entry.access_port.as_ref()?, pump, reader)?,
        "access-reservoir" => access_reservoir(entry.access_reservoir.as_ref()?, pump, reader)?,
        "lumbar-injection" => lumbar_injection(entry.lumbar_injection.as_ref()?, pump, reader)?,
        "read-log" => {
            let first = entry.read_log.as_ref()?.get_ref().first.as_ref();
            let first = first.map_or(0, |first| *first.get_ref());
            Action::Ask(Request::ReadLog { first })
        }
        "replay" => replay(entry.replay.as_ref()?, reader)?,
        "forge" => forge(entry.forge.as_ref()?, reader)?,
        key => match Request::plain(key) {
            Some(request) => Action::Ask(request),
            None => {
                let drive = pump.and_then(|pump| pump.drive);
                resolve_place::action(entry, (key, place), drive, reader)?
            }
        },
    };
    Some((action, place))
}

/// The key and place of the only action, or a note that there is none or more.
fn one_key(
    file: &Spanned<EntryFile>,
    reader: &mut Reader<'_>,
) -> Option<(&'static str, SourceSpan)> {
    let mut written = file.get_ref().written();
    written.retain(|(key, _)| !TIMES.contains(key));
    only_one(
        &written,
        (TABLE, "action"),
        any_of(&actions()),
        file.span().into(),
        reader,
    )
}

fn clinician_bolus(entry: &EntryFile, reader: &mut Reader<'_>) -> Option<Action> {
    let file = entry.clinician_bolus.as_ref()?.get_ref();
    let dose = file.dose.as_ref();
    let dose = dose.and_then(|text| reader.quantity(text));
    let span = file.duration.as_ref();
    let span = span.and_then(|text| reader.quantity(text));
    Some(Action::Ask(Request::ClinicianBolus {
        dose: dose?,
        duration: span?,
    }))
}

/// Orders at one instant that exclude each other; jittered repetitions meet by chance, so not them.
fn contradictions(
    entries: &[Entry],
    places: &[(SourceSpan, SourceSpan)],
    end: Millis,
    reader: &mut Reader<'_>,
) {
    let mut orders: BTreeMap<SimTime, Vec<usize>> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let planned = !matches!(
            entry.schedule,
            Schedule::Repeated {
                jitter: Jitter::Uniform(_) | Jitter::Normal(_) | Jitter::Exponential,
                ..
            }
        );
        if planned && order(&entry.action).is_some() {
            for (time, _) in schedule::events(std::slice::from_ref(entry), 0, end, MAX_EVENTS)
                .unwrap_or_default()
            {
                orders.entry(time).or_default().push(index);
            }
        }
    }
    let mut told = BTreeSet::new();
    for (time, indices) in orders {
        // The first entry of each order: what contradicts several is reported against the first of them.
        let mut firsts: Vec<(&str, usize)> = Vec::new();
        for other in indices {
            let Some(second) = order(&entries[other].action) else {
                continue;
            };
            let first = firsts.iter().find(|(first, _)| excludes(first, second));
            if let Some(&(first, one)) = first
                && told.insert((one, other))
            {
                reader.report(ScenarioMistake::Contradiction {
                    first,
                    second,
                    time: time.spelled().to_string(),
                    one: places[one].0,
                    other: places[other].0,
                });
            }
            if firsts.iter().all(|(known, _)| *known != second) {
                firsts.push((second, other));
            }
        }
    }
}

/// Actions that set a state of the pump.
const ORDERS: [&str; 5] = ["program", "start", "stop", "refill", "commit"];

/// The name of an action that sets a state of the pump.
fn order(action: &Action) -> Option<&'static str> {
    let key = action.asks()?.row().key;
    ORDERS.contains(&key).then_some(key)
}

/// Whether the state after both depends on which comes last.
fn excludes(first: &str, second: &str) -> bool {
    matches!(
        (first, second),
        ("program" | "commit", "program" | "commit")
            | ("refill", "refill")
            | ("stop", "start" | "program")
            | ("start" | "program", "stop")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use thecal_plan::StayPlace;

    /// The key of an action that asks nothing of the pump.
    const fn key_of_a_deed(action: &Action) -> &'static str {
        match action {
            Action::Press { .. } => "press",
            Action::AccessPort(_) => "access-port",
            Action::AccessReservoir(_) => "access-reservoir",
            Action::LumbarInjection(_) => "lumbar-injection",
            Action::Replay(_) => "replay",
            Action::Forge(_) => "forge",
            Action::Posture(_) => "posture",
            Action::ResetFlowValve => "reset-flow-valve",
            Action::Stay(stay) => match stay.place {
                StayPlace::Scanner { .. } => "mri",
                StayPlace::Magnet { .. } => "magnet",
                StayPlace::Flight { .. } => "flight",
                StayPlace::Dive { .. } => "dive",
                StayPlace::Fever { .. } => "fever",
            },
            Action::Ask(_) | Action::Refill(_) => "an action that asks",
        }
    }

    /// The clinic's programmer shows what is in force; nobody types in the strength of the first fill again.
    #[test]
    fn a_program_goes_on_with_the_concentration_entered_last() {
        let text = "title = \"a\"\nseed = 1\nduration = \"30 h\"\n\
             pump = { drug = \"morphine\", concentration = \"10 mg/mL\", reservoir = \"18 mL\" }\n\
             therapy = { dose = \"1 mg/day\", concentration = \"9 mg/mL\" }\n\
             expect = [{ name = \"quiet\", never = \"alarm.critical\" }]\n\
             [[timeline]]\nat = \"1 h\"\nprogram = { dose = \"1 mg/day\" }\n\
             [[timeline]]\nat = \"2 h\"\nrefill = { volume = \"18 mL\", concentration = \"20 mg/mL\" }\n\
             [[timeline]]\nat = \"3 h\"\nprogram = { dose = \"1 mg/day\" }\n\
             [[timeline]]\nat = \"4 h\"\nprogram = { dose = \"1 mg/day\", concentration = \"5 mg/mL\" }\n\
             [[timeline]]\nat = \"5 h\"\nstage = { dose = \"1 mg/day\" }\n";
        let scenario = parse("a/b", "b.toml", text).expect("sound");
        let entered = scenario.timeline.iter().filter_map(|entry| {
            let request = entry.action.asks()?;
            match request {
                Request::Stage(therapy) => Some(therapy.concentration),
                _ => Some(request.row().change.therapy()?.concentration),
            }
        });
        let entered: Vec<u64> = entered
            .map(|of| u64::from(of.as_ng_per_ml()) / 1_000_000)
            .collect();
        assert_eq!(entered, [9, 20, 5, 5]);
    }

    #[test]
    fn the_example_of_every_action_is_the_action_of_its_key() {
        for row in EntryFile::TABLE.keys {
            let (key, example) = (row.name, row.example);
            if TIMES.contains(&key) {
                continue;
            }
            let drive = if key == "reset-flow-valve" {
                "valve-gated"
            } else {
                "peristaltic"
            };
            let text = format!(
                "title = \"a\"\nseed = 1\nduration = \"30 h\"\n\
                 pump = {{ drug = \"morphine\", concentration = \"10 mg/mL\", \
                 reservoir = \"18 mL\", drive = \"{drive}\" }}\n\
                 expect = [{{ name = \"quiet\", never = \"alarm.critical\" }}]\n\
                 [[timeline]]\nat = \"1 h\"\n{key} = {example}\n"
            );
            let scenario = parse("a/b", "b.toml", &text);
            let scenario = scenario.unwrap_or_else(|error| panic!("{key}: {error:?}"));
            let action = &scenario.timeline[0].action;
            let found = action
                .asks()
                .map_or_else(|| key_of_a_deed(action), |request| request.row().key);
            assert_eq!(found, key, "{action:?}");
        }
    }
}
