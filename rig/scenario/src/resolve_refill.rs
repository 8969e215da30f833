//! A refill: what is entered, and what actually happens.

use super::file_timeline::{ALL, RefillFile};
use super::mistake::ScenarioMistake;
use super::mistake_syringe::SyringeMistake;
use super::reader::Reader;
use super::resolve_patient::{PumpParts, drug_of};
use thecal_plan::{Action, Drug, Refill};
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
    let as_before = pump.map_or(Concentration::ZERO, |pump| pump.second_strength());
    let second = second_concentration(
        file.true_second_concentration.as_ref(),
        as_before,
        pump,
        reader,
    );
    let true_drug = match &file.true_drug {
        Some(text) => other_drug(text, pump, reader)?,
        None => None,
    };
    let withdrawn = match &file.withdrawn {
        Some(text) => amount(text, reader),
        None => Some(None),
    };
    let pocket = beside("pocket", file.pocket.as_ref(), file, true_volume, reader);
    let left = match (true_volume, pocket) {
        (Some(volume), Some(pocket)) => Some(volume.saturating_sub(pocket)),
        _ => None,
    };
    let port = file.catheter_port.as_ref();
    let catheter_port = beside("catheter-port", port, file, left, reader);
    Some(Action::Refill(Refill {
        volume: volume?,
        concentration: entered?,
        true_volume: true_volume?,
        true_concentration: filled?,
        true_second: second?,
        withdrawn: withdrawn?,
        true_drug,
        pocket: pocket?,
        catheter_port: catheter_port?,
        bridge: file.bridge.as_ref().is_some_and(|yes| *yes.get_ref()),
    }))
}

/// A drug that is not the pump's, unless it would be a third.
fn other_drug(
    text: &Text,
    pump: Option<PumpParts>,
    reader: &mut Reader<'_>,
) -> Option<Option<Drug>> {
    let drug = drug_of(text, reader)?;
    let Some(pump) = pump else {
        return Some(Some(drug));
    };
    let second = pump.second.flatten().map(|second| second.drug);
    if second.is_some_and(|second| second != drug) && pump.drug != Some(drug) {
        let at = text.span().into();
        reader.report(SyringeMistake::ThirdDrug { at });
        return None;
    }
    Some(Some(drug).filter(|drug| pump.drug != Some(*drug)))
}

/// The concentration of the second drug in a syringe; without a key, `otherwise`.
pub(super) fn second_concentration(
    text: Option<&Text>,
    otherwise: Concentration,
    pump: Option<PumpParts>,
    reader: &mut Reader<'_>,
) -> Option<Concentration> {
    let Some(text) = text else {
        return Some(otherwise);
    };
    // `None`: unreadable, so it is unknown whether there is one.
    if let Some(None) = pump.and_then(|pump| pump.second) {
        reader.report(SyringeMistake::NoSecondDrug {
            key: text.row().name,
            at: text.span().into(),
        });
        return None;
    }
    reader.quantity(text)
}

/// A volume above zero; `Some(None)`: all of it.
pub(super) fn amount(text: &Text, reader: &mut Reader<'_>) -> Option<Option<Volume>> {
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

/// What goes beside the reservoir: all, or a volume no larger than what is injected.
fn beside(
    key: &'static str,
    text: Option<&Text>,
    file: &RefillFile,
    injected: Option<Volume>,
    reader: &mut Reader<'_>,
) -> Option<Volume> {
    let Some(text) = text else {
        return Some(Volume::ZERO);
    };
    let Some(beside) = amount(text, reader)? else {
        return injected;
    };
    let whole = file.true_volume.as_ref().or(file.volume.as_ref())?;
    if injected.is_some_and(|injected| beside > injected) {
        reader.report(SyringeMistake::MoreThanInjected {
            key,
            at: text.span().into(),
            whole: whole.span().into(),
        });
        return None;
    }
    Some(beside)
}
