//! Where the patient goes: scanner, magnet, cabin, chamber, fever, posture.

use super::file::{DiveFile, EntryFile, FeverFile, FlightFile, MagnetFile, MriFile, Text};
use super::mistake::StoryMistake;
use super::resolve::Reader;
use super::resolve_patient::in_range;
use super::resolve_plant::can_happen;
use miette::SourceSpan;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use thecal_plan::{Action, Drive, Entry, Posture, Stay, StayPlace};
use thecal_sim::SEA_LEVEL_KPA;
use thecal_text::quantity::Quantity;
use thecal_text::wording::{any_of, duration};
use thecal_units::real::{Length, Pressure, Temperature};
use thecal_units::{Millis, SimTime};
use toml::Spanned;

const POSTURES: [(&str, Posture); 3] = [
    ("lying", Posture::Lying),
    ("sitting", Posture::Sitting),
    ("standing", Posture::Standing),
];

/// Altitudes of cabins and mountains. Unit: cm. Source: ours; cabins stay below 2438 m (pump.md 4.2).
const ALTITUDE_CM: RangeInclusive<f64> = 100.0..=600_000.0;
/// Depths. Unit: cm. Source: ours, to 3 ATA; a pump's limit is 2 ATA (pump.md 1.2, S27).
const DEPTH_CM: RangeInclusive<f64> = 100.0..=2_000.0;
/// Absolute pressures of dives and chambers. Unit: kPa. Source: as the depths.
const PRESSURE_KPA: RangeInclusive<f64> = SEA_LEVEL_KPA..=3.01 * SEA_LEVEL_KPA;
/// Body temperatures. Unit: C. Source: ours, from mild hypothermia to the highest fever survived.
const BODY_C: RangeInclusive<f64> = 34.0..=42.0;
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
    let (file, at) = (table.get_ref(), table.span().into());
    let example = "duration = \"40 min\"";
    let lasts = span(
        file.duration.as_ref(),
        ("duration", "`mri`"),
        example,
        at,
        reader,
    );
    let example = "recovery = \"3 h\"";
    let recovery = reader.required(file.recovery.as_ref(), ("recovery", "`mri`"), example, at);
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
    let (file, at) = (table.get_ref(), table.span().into());
    let example = "duration = \"10 min\"";
    let keys = ("duration", "`magnet`");
    let lasts = span(file.duration.as_ref(), keys, example, at, reader);
    Some(Action::Stay(Stay {
        place: StayPlace::Magnet,
        duration: lasts?,
        way: Millis::ZERO,
    }))
}

fn flight(table: &Spanned<FlightFile>, reader: &mut Reader<'_>) -> Option<Action> {
    let (file, at) = (table.get_ref(), table.span().into());
    let words = (
        "altitude",
        "`flight`",
        "altitude = \"2438 m\"",
        "1 m to 6000 m",
    );
    let inside = |altitude: &Length| ALTITUDE_CM.contains(&altitude.as_centimeters());
    let altitude = within(file.altitude.as_ref(), words, inside, at, reader);
    let way = ("climb", file.climb.as_ref(), "climb = \"30 min\"");
    let (duration, way) = times(file.duration.as_ref(), way, "`flight`", at, reader)?;
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
        ("depth", file.depth.as_ref().map(Spanned::span)),
        ("pressure", file.pressure.as_ref().map(Spanned::span)),
    ];
    let key = either(keys, "`dive`", at, reader)?;
    let pressure = if key == "depth" {
        let words = ("depth", "`dive`", "depth = \"10 m\"", "1 m to 20 m");
        let inside = |depth: &Length| DEPTH_CM.contains(&depth.as_centimeters());
        let depth = within(file.depth.as_ref(), words, inside, at, reader);
        depth.map(|depth| {
            let meters = depth.as_centimeters() / 100.0;
            Pressure::from_kilopascals(SEA_LEVEL_KPA + KPA_PER_METER * meters)
        })
    } else {
        let words = (
            "pressure",
            "`dive`",
            "pressure = \"2 ATA\"",
            "1 ATA to 3 ATA",
        );
        let inside = |pressure: &Pressure| PRESSURE_KPA.contains(&pressure.as_kilopascals());
        within(file.pressure.as_ref(), words, inside, at, reader)
    };
    let way = ("descent", file.descent.as_ref(), "descent = \"2 min\"");
    let (duration, way) = times(file.duration.as_ref(), way, "`dive`", at, reader)?;
    Some(Action::Stay(Stay {
        place: StayPlace::Dive {
            pressure: pressure?,
        },
        duration,
        way,
    }))
}

fn fever(table: &Spanned<FeverFile>, reader: &mut Reader<'_>) -> Option<Action> {
    let (file, at) = (table.get_ref(), table.span().into());
    let words = (
        "temperature",
        "`fever`",
        "temperature = \"40 C\"",
        "34 C to 42 C",
    );
    let inside = |body: &Temperature| BODY_C.contains(&body.as_celsius());
    let temperature = within(file.temperature.as_ref(), words, inside, at, reader);
    let way = ("onset", file.onset.as_ref(), "onset = \"2 h\"");
    let (duration, way) = times(file.duration.as_ref(), way, "`fever`", at, reader)?;
    Some(Action::Stay(Stay {
        place: StayPlace::Fever {
            temperature: temperature?,
        },
        duration,
        way,
    }))
}

/// The one of two keys that is written, or a note that there is none or both.
pub(super) fn either(
    keys: [(&'static str, Option<Range<usize>>); 2],
    table: &'static str,
    at: SourceSpan,
    reader: &mut Reader<'_>,
) -> Option<&'static str> {
    match keys {
        [(first, Some(_)), (_, None)] => Some(first),
        [(_, None), (second, Some(_))] => Some(second),
        [(first, Some(one)), (second, Some(other))] => {
            let (one, other) = (one.into(), other.into());
            reader.report(StoryMistake::EitherOr {
                first,
                second,
                one,
                other,
            });
            None
        }
        [(first, None), (second, None)] => {
            reader.report(StoryMistake::Nothing {
                table,
                choice: any_of(&[first, second]),
                at,
                what: "of the two",
            });
            None
        }
    }
}

fn span(
    text: Option<&Text>,
    (key, table): (&'static str, &str),
    example: &'static str,
    at: SourceSpan,
    reader: &mut Reader<'_>,
) -> Option<Millis> {
    let text = reader.required(text, (key, table), example, at)?;
    reader.positive(key, text)
}

/// How long a stay lasts and how long the way takes, which is no longer than the stay.
fn times(
    lasts: Option<&Text>,
    (key, way, example): (&'static str, Option<&Text>, &'static str),
    table: &str,
    at: SourceSpan,
    reader: &mut Reader<'_>,
) -> Option<(Millis, Millis)> {
    let stay = span(lasts, ("duration", table), "duration = \"6 h\"", at, reader);
    let takes = span(way, (key, table), example, at, reader);
    let (stay, takes) = (stay?, takes?);
    if takes > stay {
        let (at, stay) = (way?.span().into(), lasts?.span().into());
        reader.report(StoryMistake::WayTooLong { way: key, at, stay });
        return None;
    }
    Some((stay, takes))
}

/// A required quantity in its range.
fn within<Q: Quantity>(
    text: Option<&Text>,
    (key, table, example, range): (&'static str, &str, &'static str, &'static str),
    inside: impl Fn(&Q) -> bool,
    at: SourceSpan,
    reader: &mut Reader<'_>,
) -> Option<Q> {
    let text = reader.required(text, (key, table), example, at)?;
    let value: Q = reader.quantity(text)?;
    in_range(key, text, inside(&value), range, reader)?;
    Some(value)
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
            reader.report(StoryMistake::TwoPlaces {
                first: first.name(),
                second: stay.name(),
                until: duration(first.over(from).since_origin()),
                start: duration(start.since_origin()),
                one: places[before].0,
                other: places[index].0,
            });
        }
        stays.push((start, index, *stay));
    }
}
