//! What breaks: faults, each with one kind, a start and perhaps an end.

use super::choices::POSTURES;
use super::file_fault::{FaultFile, KindFile, TIMES, TimesFile};
use super::mistake::ScenarioMistake;
use super::mistake_fault::FaultMistake;
use super::one_of::only_one;
use super::reader::Reader;
use super::{resolve_core, resolve_plant};
use miette::SourceSpan;
use thecal_plan::{Fault, FaultKind, MAX_EVENTS, Posture, Repeats};
use thecal_sim::Drive;
use thecal_text::reader::Record;
use thecal_text::wording::any_of;
use thecal_units::{Millis, SimTime};
use toml::Spanned;

const TABLE: &str = "`[[fault]]`";

/// Every kind, in the order of the documentation.
fn kinds() -> Vec<&'static str> {
    let keys = FaultFile::TABLE.keys.iter().skip(TIMES.len());
    keys.map(|row| row.name).collect()
}

/// The faults that could be read, after a check for overlaps.
///
/// `drive` is the pump's, where it is known.
pub(super) fn faults(
    files: &[Spanned<FaultFile>],
    drive: Option<Drive>,
    reader: &mut Reader<'_>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in files {
        faults.extend(fault(file, drive, reader));
    }
    overlaps(&faults, reader);
    resolve_core::clocks_below_zero(&faults, reader);
    faults.into_iter().map(|(fault, _)| fault).collect()
}

fn fault(
    file: &Spanned<FaultFile>,
    drive: Option<Drive>,
    reader: &mut Reader<'_>,
) -> Option<(Fault, SourceSpan)> {
    let times = &file.get_ref().times;
    let at: SourceSpan = file.span().into();
    let start = times.start.as_ref();
    let start = start.and_then(|text| reader.instant(text));
    let lasts: Option<Option<Millis>> = match &times.duration {
        Some(text) => reader.quantity(text).map(Some),
        None => Some(None),
    };
    if let (Some(start), Some(Some(lasts)), Some(text)) = (start, lasts, &times.duration) {
        let hint = "shorten the fault, or leave `duration` out for a fault that lasts to the end";
        reader.not_past_the_end("duration", start + lasts, text, hint)?;
    }
    let (kind, place) = kind(file, drive, reader)?;
    if times.duration.is_some() || !reader.is_unread(Some(at), TABLE, "duration") {
        resolve_core::duration(&kind, times.duration.as_ref(), place, reader)?;
    }
    let (repeats, posture) = again(times, lasts, &kind, reader)?;
    let (start, lasts) = (start?, lasts?);
    if let FaultKind::StuckButton { every, .. } = kind {
        let end = SimTime::ZERO + reader.end.unwrap_or_default();
        let span = lasts.unwrap_or_else(|| end.since(start));
        if span.as_millis() / every.as_millis() >= MAX_EVENTS as u64 {
            reader.report(ScenarioMistake::TooManyEvents {
                limit: MAX_EVENTS,
                at: place,
            });
        }
    }
    let control = reader.control(times.control.as_ref())?;
    let line = reader.line(file.span().start);
    Some((
        Fault {
            kind,
            start,
            duration: lasts,
            repeats,
            posture,
            control,
            line,
        },
        place,
    ))
}

/// How it comes again, or the posture that it is bound to.
fn again(
    times: &TimesFile,
    lasts: Option<Option<Millis>>,
    kind: &FaultKind,
    reader: &mut Reader<'_>,
) -> Option<(Option<Repeats>, Option<Posture>)> {
    let (name, is_of_plant) = (kind.name(), kind.plant().is_some());
    let once = "write one `[[fault]]` for each time";
    let checks = [
        ("every", &times.every, kind.may_repeat(), once),
        ("posture", &times.posture, is_of_plant, "leave it out"),
    ];
    for (key, text, is_possible, help) in checks {
        if let (Some(text), false) = (text, is_possible) {
            let (kind, at) = (name, text.span().into());
            reader.report(FaultMistake::NotOf {
                kind,
                key,
                help,
                at,
            });
            return None;
        }
    }
    let posture = match &times.posture {
        Some(text) => Some(reader.choice("posture", text, &POSTURES)?),
        None => None,
    };
    let until = match &times.until {
        Some(text) => reader.instant(text)?,
        None => SimTime::ZERO + reader.end.unwrap_or_default(),
    };
    let Some(text) = &times.every else {
        if let Some(until) = &times.until {
            let at = until.span().into();
            reader.report(FaultMistake::NeedsEvery { at });
            return None;
        }
        return Some((None, posture));
    };
    let at: SourceSpan = text.span().into();
    if let Some(posture) = &times.posture {
        let posture = posture.span().into();
        reader.report(FaultMistake::Both { every: at, posture });
        return None;
    }
    let every: Millis = reader.quantity(text)?;
    let lasts = lasts?.or_else(|| kind.is_instant().then_some(Millis::ZERO));
    if lasts.is_none_or(|lasts| lasts >= every) {
        let span = times
            .duration
            .as_ref()
            .map_or(at, |text| text.span().into());
        reader.report(FaultMistake::OverlapsItself { at: span });
        return None;
    }
    let run = reader.end.unwrap_or_default();
    if run.as_millis() / every.as_millis() >= MAX_EVENTS as u64 {
        let limit = MAX_EVENTS;
        reader.report(ScenarioMistake::TooManyEvents { limit, at });
        return None;
    }
    Some((Some(Repeats { every, until }), None))
}

fn kind(
    file: &Spanned<FaultFile>,
    drive: Option<Drive>,
    reader: &mut Reader<'_>,
) -> Option<(FaultKind, SourceSpan)> {
    let table = file.get_ref();
    let written = table.written_kinds();
    let at = file.span().into();
    let only = only_one(&written, (TABLE, "fault"), any_of(&kinds()), at, reader)?;
    let (written, kind) = table.kinds.iter().find(|(written, _)| *written == only)?;
    let place = written.1;
    let kind = match kind {
        KindFile::Plant(fault, file) => {
            resolve_plant::plant_fault(*fault, (file, place), drive, reader)?
        }
        KindFile::StuckButton(file) => {
            let button = file.get_ref();
            let every = button.every.as_ref();
            let every = every.and_then(|text| reader.quantity(text));
            FaultKind::StuckButton {
                remote: *button.remote.as_ref()?.get_ref(),
                every: every?,
            }
        }
        KindFile::Reset => FaultKind::Reset,
        KindFile::ClockJump(file) => resolve_core::clock_jump(file, reader)?,
        KindFile::PowerCut(file) => resolve_core::power_cut(file, reader)?,
        KindFile::BrownOut(file) => resolve_core::brown_out(file, reader)?,
        KindFile::CoreHalt => FaultKind::CoreHalt,
        KindFile::RamFlip(file) => resolve_core::ram_flip(file, reader)?,
        KindFile::FlashFlip(file) => {
            let (at, bit) = resolve_core::bit(file, reader)?;
            FaultKind::FlashFlip { place: at, bit }
        }
        KindFile::RegisterFlip(file) => resolve_core::register(file, reader)?,
        KindFile::NvmDamage(file) => resolve_core::nvm_damage(file)?,
        KindFile::LostWrites(file) => resolve_core::lost_writes(file, reader)?,
    };
    Some((kind, place))
}

/// Two faults of one kind at the same time: the plant could not say which one it feels.
fn overlaps(faults: &[(Fault, SourceSpan)], reader: &mut Reader<'_>) {
    let mut in_time: Vec<&(Fault, SourceSpan)> = faults.iter().collect();
    in_time.sort_by_key(|(fault, _)| fault.start);
    for (nth, (earlier, one)) in in_time.iter().enumerate() {
        let next = in_time[nth + 1..]
            .iter()
            .find(|(later, _)| same(&earlier.kind, &later.kind));
        let Some((later, other)) = next else { continue };
        let end = end(earlier);
        if later.start < end || later.start == earlier.start {
            let until = match earlier.duration {
                Some(_) => end.spelled().to_string(),
                None => "the end of the run".to_owned(),
            };
            reader.report(ScenarioMistake::Overlap {
                kind: earlier.kind.name(),
                one: *one,
                until,
                other: *other,
                start: later.start.spelled().to_string(),
            });
        }
    }
}

/// When a fault is over for good.
fn end(fault: &Fault) -> SimTime {
    match fault.over_at() {
        Some(over) => over,
        None if fault.kind.is_instant() => fault.starts().last().unwrap_or(fault.start),
        None => SimTime::NEVER,
    }
}

fn same(one: &FaultKind, other: &FaultKind) -> bool {
    match (one, other) {
        (FaultKind::StuckButton { remote: a, .. }, FaultKind::StuckButton { remote: b, .. }) => {
            a == b
        }
        _ => one.name() == other.name(),
    }
}
