//! Where the patient goes: scanner, magnet, cabin, chamber, fever, posture.

use super::choices::POSTURES;
use super::file_timeline::{DiveFile, EntryFile, FeverFile, FlightFile, MagnetFile, MriFile};
use super::mistake::ScenarioMistake;
use super::one_of::either;
use super::reader::Reader;
use super::resolve_plant::can_happen;
use miette::SourceSpan;
use std::collections::BTreeSet;
use thecal_plan::{Action, Drive, Entry, Stay, StayPlace};
use thecal_sim::SEA_LEVEL_KPA;
use thecal_text::reader::Text;
use thecal_units::real::{Length, Pressure};
use thecal_units::{Millis, SimTime};
use toml::Spanned;

/// What a meter of sea water adds. Unit: kPa. Source: 1025 kg/m3 (mem H) times 9.80665 m/s2.
const KPA_PER_METER: f64 = 10.052;

/// The action with this key.
pub(super) fn action(
    entry: &EntryFile,
    (key, at): (&'static str, SourceSpan),
    drive: Option<Drive>,
    reader: &mut Reader<'_>,
) -> Option<Action> {
    match key {
        "mri" => mri(entry.mri.as_ref()?, reader),
        "magnet" => magnet(entry.magnet.as_ref()?, reader),
        "flight" => flight(entry.flight.as_ref()?, reader),
        "dive" => dive(entry.dive.as_ref()?, reader),
        "fever" => fever(entry.fever.as_ref()?, reader),
        "posture" => {
            let posture = reader.choice("posture", entry.posture.as_ref()?, &POSTURES)?;
            Some(Action::Posture(posture))
        }
        _ => {
            can_happen(key, Some(Drive::ValveGated), drive, at, reader)?;
            Some(Action::ResetFlowValve)
        }
    }
}

fn mri(table: &Spanned<MriFile>, reader: &mut Reader<'_>) -> Option<Action> {
    let file = table.get_ref();
    let lasts = span(file.duration.as_ref(), reader);
    let recovery = file.recovery.as_ref();
    let recovery = recovery.and_then(|text| reader.quantity(text));
    Some(Action::Stay(Stay {
        place: StayPlace::Scanner {
            recovery: recovery?,
        },
        duration: lasts?,
        way: Millis::ZERO,
    }))
}

fn magnet(table: &Spanned<MagnetFile>, reader: &mut Reader<'_>) -> Option<Action> {
    let file = table.get_ref();
    let lasts = span(file.duration.as_ref(), reader);
    let stalls = file.stalls.as_ref().is_some_and(|stalls| *stalls.get_ref());
    Some(Action::Stay(Stay {
        place: StayPlace::Magnet { stalls },
        duration: lasts?,
        way: Millis::ZERO,
    }))
}

fn flight(table: &Spanned<FlightFile>, reader: &mut Reader<'_>) -> Option<Action> {
    let file = table.get_ref();
    let altitude = file.altitude.as_ref();
    let altitude = altitude.and_then(|text| reader.quantity(text));
    let (duration, way) = times(file.duration.as_ref(), file.climb.as_ref(), reader)?;
    Some(Action::Stay(Stay {
        place: StayPlace::Flight {
            altitude: altitude?,
        },
        duration,
        way,
    }))
}

fn dive(table: &Spanned<DiveFile>, reader: &mut Reader<'_>) -> Option<Action> {
    let (file, at) = (table.get_ref(), SourceSpan::from(table.span()));
    let keys = [
        ("depth", file.depth.as_ref().map(Text::span)),
        ("pressure", file.pressure.as_ref().map(Text::span)),
    ];
    let key = either(keys, "`dive`", at, reader)?;
    let pressure = if key == "depth" {
        let depth = file.depth.as_ref();
        let depth = depth.and_then(|text| reader.quantity(text));
        depth.map(|depth: Length| {
            let meters = depth.as_centimeters() / 100.0;
            Pressure::from_kilopascals(SEA_LEVEL_KPA + KPA_PER_METER * meters)
        })
    } else {
        let pressure = file.pressure.as_ref();
        pressure.and_then(|text| reader.quantity(text))
    };
    let (duration, way) = times(file.duration.as_ref(), file.descent.as_ref(), reader)?;
    Some(Action::Stay(Stay {
        place: StayPlace::Dive {
            pressure: pressure?,
        },
        duration,
        way,
    }))
}

fn fever(table: &Spanned<FeverFile>, reader: &mut Reader<'_>) -> Option<Action> {
    let file = table.get_ref();
    let temperature = file.temperature.as_ref();
    let temperature = temperature.and_then(|text| reader.quantity(text));
    let (duration, way) = times(file.duration.as_ref(), file.onset.as_ref(), reader)?;
    Some(Action::Stay(Stay {
        place: StayPlace::Fever {
            temperature: temperature?,
        },
        duration,
        way,
    }))
}

fn span(text: Option<&Text>, reader: &mut Reader<'_>) -> Option<Millis> {
    reader.quantity(text?)
}

/// How long a stay lasts and how long the way takes, which is no longer than the stay.
fn times(
    lasts: Option<&Text>,
    way: Option<&Text>,
    reader: &mut Reader<'_>,
) -> Option<(Millis, Millis)> {
    let stay = span(lasts, reader);
    let takes = span(way, reader);
    let (stay, takes) = (stay?, takes?);
    if takes > stay {
        let (way, stay) = (way?, lasts?.span().into());
        reader.report(ScenarioMistake::WayTooLong {
            way: way.row().name,
            at: way.span().into(),
            stay,
        });
        return None;
    }
    Some((stay, takes))
}

/// Two stays that set the same surrounding at the same time.
pub(super) fn overlaps(
    entries: &[Entry],
    places: &[(SourceSpan, SourceSpan)],
    events: &[(SimTime, usize)],
    reader: &mut Reader<'_>,
) {
    // The last of each surrounding.
    let mut stays: Vec<(SimTime, usize, Stay)> = Vec::new();
    let mut told = BTreeSet::new();
    for &(start, index) in events {
        let Some(Action::Stay(stay)) = entries.get(index).map(|entry| &entry.action) else {
            continue;
        };
        let same = |other: &(SimTime, usize, Stay)| other.2.surrounding() == stay.surrounding();
        let last = stays.iter().position(same).map(|at| stays.swap_remove(at));
        if let Some((from, before, first)) = last
            && first.over(from) > start
            && told.insert((before, index))
        {
            reader.report(ScenarioMistake::TwoPlaces {
                first: first.name(),
                second: stay.name(),
                until: first.over(from).spelled().to_string(),
                start: start.spelled().to_string(),
                one: places[before].0,
                other: places[index].0,
            });
        }
        stays.push((start, index, *stay));
    }
}
