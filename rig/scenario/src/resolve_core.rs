//! What breaks in the pump's core, its memory and its power.

use super::choices::EFFECTS;
use super::file_fault::{
    BitFlipFile, BrownOutFile, ClockJumpFile, FaultFile, LostWritesFile, NvmDamageFile,
    PowerCutFile, RamFlipFile, RegisterFlipFile,
};
use super::mistake::ScenarioMistake;
use super::mistake_fault::FaultMistake;
use super::reader::Reader;
use miette::SourceSpan;
use thecal_plan::{ANSWERED, CutPlace, Fault, FaultKind, HeldValue, Lasts, Place, REGISTERS};
use thecal_text::correction::Correction;
use thecal_text::quantity_mistake::QuantityMistake;
use thecal_text::reader::Text;
use thecal_text::unit::Kind;
use thecal_text::{number_reading, quantity};
use thecal_units::{Millis, SimTime};
use toml::Spanned;

/// Whether the fault has a duration as its kind wants it; `None` where it has not.
pub(super) fn duration(
    kind: &FaultKind,
    lasts: Option<&Text>,
    place: SourceSpan,
    reader: &mut Reader<'_>,
) -> Option<()> {
    let row = kind.row();
    match (row.lasts, lasts) {
        (Lasts::Required, _) => {
            let table = format!("a `[[fault]]` with `{}`", row.name);
            reader.required::<FaultFile, _>(lasts, ("duration", &table), place)?;
            Some(())
        }
        (Lasts::Never, Some(text)) => {
            reader.report(ScenarioMistake::NoDuration {
                kind: row.name,
                at: text.span().into(),
            });
            None
        }
        (Lasts::Never, None) | (Lasts::Optional | Lasts::AtOnce, _) => Some(()),
    }
}

/// Bytes past the end of the memory do not exist: the damage ends there.
pub(super) fn nvm_damage(file: &Spanned<NvmDamageFile>) -> Option<FaultKind> {
    let table = file.get_ref();
    Some(FaultKind::NvmDamage {
        from: u16::try_from(*table.from.as_ref()?.get_ref()).ok()?,
        length: u16::try_from(*table.length.as_ref()?.get_ref()).ok()?,
        erased: table
            .erased
            .as_ref()
            .is_some_and(|erased| *erased.get_ref()),
    })
}

pub(super) fn lost_writes(
    file: &Spanned<LostWritesFile>,
    reader: &mut Reader<'_>,
) -> Option<FaultKind> {
    let table = file.get_ref();
    let asked = match &table.during {
        Some(during) => Some(reader.choice("packet", during, &answered())?),
        None => None,
    };
    Some(FaultKind::LostWrites {
        done: table.done.as_ref().map_or(0, |done| *done.get_ref()),
        asked,
    })
}

/// What an exchange may answer while the power fails.
fn answered() -> [(&'static str, &'static str); ANSWERED.len()] {
    ANSWERED.map(|key| (key, key))
}

pub(super) fn power_cut(
    file: &Spanned<PowerCutFile>,
    reader: &mut Reader<'_>,
) -> Option<FaultKind> {
    let (table, at) = (file.get_ref(), SourceSpan::from(file.span()));
    let places = [
        ("at-write", table.at_write.as_ref().map(Spanned::span)),
        ("during", table.during.as_ref().map(Text::span)),
        ("before", table.before.as_ref().map(Text::span)),
    ];
    let written = places.into_iter();
    let written: Vec<_> = written.filter_map(|(key, at)| Some((key, at?))).collect();
    if let [(first, one), (second, other), ..] = written.as_slice() {
        reader.report(ScenarioMistake::Several {
            table: "`power-cut`",
            first,
            second,
            one: one.clone().into(),
            other: other.clone().into(),
        });
        return None;
    }
    let bytes = table.after_bytes.as_ref().map(|bytes| *bytes.get_ref());
    let after_bytes = bytes.unwrap_or(0);
    let nth = table.write.as_ref().map(|write| *write.get_ref());
    if nth.is_some() {
        let key = ("during", "`power-cut`");
        reader.required::<PowerCutFile, _>(table.during.as_ref(), key, at)?;
    }
    let place = match (&table.at_write, &table.during, &table.before) {
        (None, Some(during), _) => CutPlace::Answering {
            asked: reader.choice("packet", during, &answered())?,
            write: nth.unwrap_or(1),
            after_bytes,
        },
        (None, None, None) if bytes.is_none() => CutPlace::Start,
        (None, None, Some(before)) if bytes.is_none() => {
            CutPlace::Before(reader.choice("effect", before, &EFFECTS)?)
        }
        (write, ..) => {
            let key = ("at-write", "`power-cut`");
            let write = reader.required::<PowerCutFile, _>(write.as_ref(), key, at);
            CutPlace::Write {
                write: *write?.get_ref(),
                after_bytes,
            }
        }
    };
    Some(FaultKind::PowerCut { place })
}

pub(super) fn brown_out(
    file: &Spanned<BrownOutFile>,
    reader: &mut Reader<'_>,
) -> Option<FaultKind> {
    let level = file.get_ref().level.as_ref()?;
    Some(FaultKind::BrownOut {
        level: reader.quantity(level)?,
    })
}

/// How far the clock jumps: a duration, with a minus where it jumps back.
pub(super) fn clock_jump(
    file: &Spanned<ClockJumpFile>,
    reader: &mut Reader<'_>,
) -> Option<FaultKind> {
    let text = file.get_ref().by.as_ref()?;
    let written = text.get_ref().trim_start();
    let unsigned = written.strip_prefix(['-', '\u{2212}']);
    let place = text.span();
    let span = match quantity::parse::<Millis>(unsigned.unwrap_or(written).trim(), at_of(text)) {
        Ok(span) => span,
        Err(mistake) => {
            reader.report(signed(mistake, written, text));
            return None;
        }
    };
    let by_ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    if by_ms == 0 {
        let (key, at) = ("by", place.into());
        reader.report(ScenarioMistake::Zero { key, at });
        return None;
    }
    Some(FaultKind::ClockJump {
        by_ms: if unsigned.is_some() { -by_ms } else { by_ms },
    })
}

fn at_of(text: &Text) -> SourceSpan {
    text.span().into()
}

/// The mistake in a duration that may have a minus, which its correction keeps.
fn signed(mistake: QuantityMistake, written: &str, text: &Text) -> QuantityMistake {
    let plain = number_reading::plain(written);
    let Some(unsigned) = plain.strip_prefix('-') else {
        return mistake;
    };
    // Other dashes are a minus here, and stand before what may be a mistake or none.
    let read = quantity::parse::<Millis>(unsigned.trim(), at_of(text));
    let correction = match read {
        Ok(_) => Correction::of_quantity(Kind::Duration).or(unsigned.trim()),
        Err(mut inner) => match inner.correction_mut() {
            Some(correction) => std::mem::take(correction),
            None => return mistake,
        },
    };
    mistake.with_correction(written, correction.between("-", ""))
}

/// A clock that would show less than nothing: the pump's begins at zero with the run.
pub(super) fn clocks_below_zero(faults: &[(Fault, SourceSpan)], reader: &mut Reader<'_>) {
    let mut jumps: Vec<(SimTime, i64, SourceSpan)> = faults
        .iter()
        .filter_map(|(fault, place)| match fault.kind {
            FaultKind::ClockJump { by_ms } => Some((fault.start, by_ms, *place)),
            _ => None,
        })
        .collect();
    jumps.sort_by_key(|&(start, ..)| start);
    let mut jumped = 0_i64;
    for (start, by_ms, at) in jumps {
        jumped = jumped.saturating_add(by_ms);
        let shown = i64::try_from(start.as_millis()).unwrap_or(i64::MAX);
        if shown.saturating_add(jumped) < 0 {
            let start = start.spelled().to_string();
            reader.report(ScenarioMistake::ClockBelowZero { start, at });
        }
    }
}

/// `ram-flip`
pub(super) fn ram_flip(file: &Spanned<RamFlipFile>, reader: &mut Reader<'_>) -> Option<FaultKind> {
    let keys = file.get_ref();
    let symbol = keys.symbol.as_ref();
    let symbol = symbol.and_then(|text| reader.line_of_text("symbol", "PUMP", text));
    let field = match &keys.field {
        Some(text) => Some(reader.line_of_text("field", "state.flags", text)?),
        None => None,
    };
    let held = match &keys.held {
        Some(text) => Some(reader.choice("held value", text, &HeldValue::ALL)?),
        None => None,
    };
    let bit = keys.bit.as_ref()?;
    if let (Some(field), Some(offset)) = (&keys.field, &keys.offset) {
        reader.report(FaultMistake::FieldAndOffset {
            field: field.span().into(),
            at: offset.span().into(),
        });
        return None;
    }
    if field.is_none() && *bit.get_ref() > 7 {
        let at = bit.span().into();
        reader.report(FaultMistake::NoSuchBit { at });
        return None;
    }
    let place = Place {
        symbol: symbol?,
        offset: keys.offset.as_ref().map_or(0, |offset| *offset.get_ref()),
        field,
    };
    Some(FaultKind::RamFlip {
        place,
        bit: *bit.get_ref(),
        held,
    })
}

/// The byte of a symbol and the bit in it.
pub(super) fn bit(file: &Spanned<BitFlipFile>, reader: &mut Reader<'_>) -> Option<(Place, u8)> {
    let keys = file.get_ref();
    let symbol = keys.symbol.as_ref();
    let symbol = symbol.and_then(|text| reader.line_of_text("symbol", "PUMP", text));
    let place = Place {
        symbol: symbol?,
        offset: keys.offset.as_ref().map_or(0, |offset| *offset.get_ref()),
        field: None,
    };
    Some((place, *keys.bit.as_ref()?.get_ref()))
}

pub(super) fn register(
    file: &Spanned<RegisterFlipFile>,
    reader: &mut Reader<'_>,
) -> Option<FaultKind> {
    let keys = file.get_ref();
    let choices: Vec<(&str, u8)> = REGISTERS.into_iter().zip(0..).collect();
    let register = keys.register.as_ref();
    let register = register.and_then(|text| reader.choice("register", text, &choices));
    let mask = keys.mask.as_ref().and_then(|text| mask_of(text, reader));
    Some(FaultKind::RegisterFlip {
        register: register?,
        mask: mask?,
    })
}

fn mask_of(text: &Text, reader: &mut Reader<'_>) -> Option<u32> {
    let written = text.get_ref();
    let digits = written.strip_prefix("0x").unwrap_or_default();
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let mask = u32::from_str_radix(digits, 16).ok();
    let mask = mask.filter(|&mask| is_hex && mask > 0);
    if mask.is_none() {
        reader.report(ScenarioMistake::Mask {
            written: written.clone(),
            at: text.span().into(),
            correction: mask_meant(written),
        });
    }
    mask
}

/// What a mask in another notation means. Bare digits are decimal to some and hexadecimal to others.
fn mask_meant(written: &str) -> Correction {
    let none = Correction::said("write the bits that flip in hexadecimal after `0x`, one at least");
    let lower = written.trim().to_lowercase().replace('_', "");
    let number = |digits: &str, base| {
        u32::from_str_radix(digits, base)
            .ok()
            .filter(|&mask| mask > 0)
    };
    let hex = |mask: u32| format!("{mask:#x}");
    let behind = |sign| lower.strip_prefix(sign).map(str::trim);
    if let Some(digits) = behind("0x")
        .or_else(|| behind("$"))
        .or_else(|| lower.strip_suffix('h'))
    {
        return number(digits, 16).map_or(none.clone(), |mask| none.or(hex(mask)));
    }
    if let Some(digits) = behind("0b") {
        return number(digits, 2).map_or(none.clone(), |mask| none.or(hex(mask)));
    }
    if let Some((one, places)) = lower.split_once("<<") {
        let shifted = number(one.trim(), 10).zip(places.trim().parse::<u32>().ok());
        let mask = shifted.and_then(|(one, places)| {
            let mask = u64::from(one).checked_shl(places)?;
            u32::try_from(mask).ok()
        });
        return mask.map_or(none.clone(), |mask| none.or(hex(mask)));
    }
    let readings = [number(&lower, 10), number(&lower, 16)];
    let all = readings.into_iter().flatten();
    let asked = all.fold(none.clone(), |all, mask| all.or(hex(mask)));
    if asked.is_empty() {
        return none;
    }
    asked.asking(format!("`{written}` is decimal or hexadecimal"))
}
