//! Work with a syringe of which the pump is not told: at the catheter's access port, at the septum, at
//! the spine.

use super::choices::{BARICITIES, PUNCTURES};
use super::file_timeline::{AccessPortFile, AccessReservoirFile, LumbarInjectionFile};
use super::mistake_syringe::SyringeMistake;
use super::reader::Reader;
use super::resolve_patient::PumpParts;
use super::resolve_refill::{amount, second_concentration};
use thecal_plan::{Action, Baricity, LumbarInjection, SyringeWork};
use thecal_text::reader::Text;
use thecal_units::{Concentration, Millis, Volume};
use toml::Spanned;

/// Time that a hand takes if none is written.
const HAND: Millis = Millis::from_secs(10);

/// `access-port`
pub(super) fn access_port(
    table: &Spanned<AccessPortFile>,
    pump: Option<PumpParts>,
    reader: &mut Reader<'_>,
) -> Option<Action> {
    let file = table.get_ref();
    if file.aspirate.is_none() && file.inject.is_none() {
        let at = table.span().into();
        let (draws, puts) = ("aspirate", "inject");
        reader.lacks(at, SyringeMistake::Idle { draws, puts, at });
        return None;
    }
    let drawn = volume(file.aspirate.as_ref(), reader);
    let put_in = volume(file.inject.as_ref(), reader);
    let concentration = match &file.concentration {
        Some(text) => reader.quantity(text),
        None => Some(Concentration::ZERO),
    };
    let text = file.second_concentration.as_ref();
    let second = second_concentration(text, Concentration::ZERO, pump, reader);
    Some(Action::AccessPort(SyringeWork {
        drawn: Some(drawn?),
        put_in: put_in?,
        concentration: concentration?,
        second: second?,
    }))
}

/// `access-reservoir`
pub(super) fn access_reservoir(
    table: &Spanned<AccessReservoirFile>,
    pump: Option<PumpParts>,
    reader: &mut Reader<'_>,
) -> Option<Action> {
    let file = table.get_ref();
    if file.withdraw.is_none() && file.fill.is_none() {
        let at = table.span().into();
        let (draws, puts) = ("withdraw", "fill");
        reader.lacks(at, SyringeMistake::Idle { draws, puts, at });
        return None;
    }
    let drawn = match &file.withdraw {
        Some(text) => amount(text, reader),
        None => Some(Some(Volume::ZERO)),
    };
    let put_in = volume(file.fill.as_ref(), reader);
    let concentration = match &file.concentration {
        Some(text) => reader.quantity(text),
        None => pump.and_then(|pump| pump.concentration),
    };
    let as_before = pump.map_or(Concentration::ZERO, |pump| pump.second_strength());
    let text = file.second_concentration.as_ref();
    let second = second_concentration(text, as_before, pump, reader);
    Some(Action::AccessReservoir(SyringeWork {
        drawn: drawn?,
        put_in: put_in?,
        concentration: concentration?,
        second: second?,
    }))
}

/// `lumbar-injection`
pub(super) fn lumbar_injection(
    table: &Spanned<LumbarInjectionFile>,
    pump: Option<PumpParts>,
    reader: &mut Reader<'_>,
) -> Option<Action> {
    let file = table.get_ref();
    let level = file.level.as_ref()?;
    let level = reader.choice("level", level, &PUNCTURES);
    let volume = reader.quantity(file.volume.as_ref()?);
    let concentration = reader.quantity(file.concentration.as_ref()?);
    let over = match &file.over {
        Some(text) => reader.quantity(text),
        None => Some(HAND),
    };
    let baricity = match &file.baricity {
        Some(text) => reader.choice("baricity", text, &BARICITIES),
        None => Some(Baricity::Isobaric),
    };
    let text = file.second_concentration.as_ref();
    let second = second_concentration(text, Concentration::ZERO, pump, reader);
    Some(Action::LumbarInjection(LumbarInjection {
        level: level?,
        volume: volume?,
        concentration: concentration?,
        second: second?,
        over: over?,
        baricity: baricity?,
    }))
}

/// A volume; zero if none is written.
fn volume(text: Option<&Text>, reader: &mut Reader<'_>) -> Option<Volume> {
    text.map_or(Some(Volume::ZERO), |text| reader.quantity(text))
}
