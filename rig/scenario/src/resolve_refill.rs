//! A refill: what is entered, and what actually happens.

use super::file_timeline::{ALL, RefillFile};
use super::mistake::ScenarioMistake;
use super::reader::Reader;
use super::resolve_patient::PumpParts;
use thecal_plan::{Action, Refill};
use thecal_text::correction::Correction;
use thecal_text::reader::Text;
use thecal_text::unit::Kind;
use thecal_units::{Concentration, Volume};
use toml::Spanned;

/// The action, if its parts fit together.
pub(super) fn refill(
    table: &Spanned<RefillFile>,
    pump: Option<PumpParts>,
    reader: &mut Reader<'_>,
) -> Option<Action> {
    let file = table.get_ref();
    let volume = file.volume.as_ref();
    let volume = volume.and_then(|text| reader.quantity(text));
    let entered = file.concentration.as_ref();
    let entered: Option<Concentration> = entered.and_then(|text| reader.quantity(text));
    let true_volume = match &file.true_volume {
        Some(text) => reader.quantity(text),
        None => volume,
    };
    let filled = match &file.true_concentration {
        Some(text) => reader.quantity(text),
        None => entered,
    };
    // `None`: unreadable, so it is unknown whether there is one.
    let beside = pump.and_then(|pump| pump.second);
    if let (Some(text), Some(None)) = (&file.true_second_concentration, beside) {
        reader.report(ScenarioMistake::NoSecondDrug {
            at: text.span().into(),
        });
        return None;
    }
    let as_before = beside.flatten();
    let second = match &file.true_second_concentration {
        Some(text) => reader.quantity(text),
        None => Some(as_before.map_or(Concentration::ZERO, |second| second.concentration)),
    };
    let withdrawn = match &file.withdrawn {
        Some(text) => amount(text, reader),
        None => Some(None),
    };
    let pocket = match &file.pocket {
        None => Some(Volume::ZERO),
        Some(text) => pocket(text, file, true_volume, reader),
    };
    Some(Action::Refill(Refill {
        volume: volume?,
        concentration: entered?,
        true_volume: true_volume?,
        true_concentration: filled?,
        true_second: second?,
        withdrawn: withdrawn?,
        pocket: pocket?,
        bridge: file.bridge.as_ref().is_some_and(|yes| *yes.get_ref()),
    }))
}

/// A volume above zero; `Some(None)`: all of it.
fn amount(text: &Text, reader: &mut Reader<'_>) -> Option<Option<Volume>> {
    let written = text.get_ref();
    if written == ALL {
        return Some(None);
    }
    if written.starts_with(|c: char| c.is_ascii_alphabetic()) {
        reader.report(ScenarioMistake::UnknownChoice {
            what: "amount",
            written: written.clone(),
            correction: all_meant(written),
            at: text.span().into(),
        });
        return None;
    }
    reader.quantity(text).map(Some)
}

/// What a word for an amount means.
fn all_meant(written: &str) -> Correction {
    let none = Correction::said(format!(
        "write `{ALL}`, or a volume; {}",
        Kind::Volume.choice()
    ));
    match written.trim().to_lowercase().as_str() {
        ALL | "everything" | "whole" | "the whole" | "all of it" => none.or(ALL),
        _ => none,
    }
}

/// What goes into the tissue: all, or a volume no larger than what is injected.
fn pocket(
    text: &Text,
    file: &RefillFile,
    injected: Option<Volume>,
    reader: &mut Reader<'_>,
) -> Option<Volume> {
    let Some(pocket) = amount(text, reader)? else {
        return injected;
    };
    let whole = file.true_volume.as_ref().or(file.volume.as_ref())?;
    if injected.is_some_and(|injected| pocket > injected) {
        reader.report(ScenarioMistake::MoreThanInjected {
            key: "pocket",
            at: text.span().into(),
            whole: whole.span().into(),
        });
        return None;
    }
    Some(pocket)
}
