//! What breaks in the plant: the severity of each fault in its unit, and how it comes.

use super::file::Text;
use super::file_fault::{BubbleFile, FaultFile, OcclusionFile};
use super::mistake::StoryMistake;
use super::resolve::Reader;
use super::resolve_place::either;
use miette::SourceSpan;
use thecal_plan::plant::{harmless, name, only_drive, spans_decades};
use thecal_plan::{FaultKind, PlantTrouble};
use thecal_sim::{Drive, PlantFault};
use thecal_text::quantity::{Factor, FlowResistance, Fraction, Resistance, Scalar};
use thecal_text::range::number_in_words;
use thecal_units::{Millis, Volume, real};
use toml::Spanned;

/// How a severity is written.
#[derive(Clone, Copy)]
struct Words {
    key: &'static str,
    /// The units that a range is printed in, from small to large, each with its size in the plant's.
    units: &'static [(&'static str, f64)],
    /// What the range does not tell.
    note: &'static str,
}

const fn words(key: &'static str, units: &'static [(&'static str, f64)]) -> Words {
    Words {
        key,
        units,
        note: "",
    }
}

const PERCENT: &[(&str, f64)] = &[("%", 0.01)];
const PLAIN: &[(&str, f64)] = &[("", 1.0)];
const OHMS: &[(&str, f64)] = &[("ohm", 1.0), ("kohm", 1e3)];
const PASCAL_SECONDS: &[(&str, f64)] = &[("Pa s/m3", 1.0)];
const MICROLITERS: &[(&str, f64)] = &[("nL", 1e-3), ("µL", 1.0), ("mL", 1e3)];

const SHARE: Words = words("share", PERCENT);
const TIMES: Words = words("times", PLAIN);
const OHMIC: Words = words("resistance", OHMS);
const LEAK: Words = Words {
    note: "; zero is free flow",
    ..words("resistance", PASCAL_SECONDS)
};
const BORE: Words = words("open-bore", PERCENT);
const BLOCK: Words = Words {
    note: "; closed is `complete = true`",
    ..words("resistance-times", PLAIN)
};
const BUBBLE: Words = words("volume", MICROLITERS);

/// Above this factor a catheter is as good as closed, which is written `complete = true`.
const BLOCKED_MOST: f64 = 1e12;
/// The smallest bubble: 1 nL. Unit: uL.
const BUBBLE_LEAST: f64 = 1e-3;

/// The severities that a file may write, both ends included: those of the plant, where it has ends.
fn limits(fault: PlantFault) -> (f64, f64) {
    let (least, most) = fault.range();
    match fault {
        PlantFault::TipOcclusion | PlantFault::ConnectorOcclusion => (least, BLOCKED_MOST),
        PlantFault::AirBubble => (BUBBLE_LEAST, most),
        _ => (least, most),
    }
}

/// The fault of the plant with this name, if it is one and this pump can have it.
pub(super) fn trouble(
    table: &FaultFile,
    (key, at): (&'static str, SourceSpan),
    drive: Option<Drive>,
    reader: &mut Reader<'_>,
) -> Option<FaultKind> {
    let fault = PlantFault::ALL
        .into_iter()
        .find(|fault| name(*fault) == key)?;
    can_happen(key, only_drive(fault), drive, at, reader)?;
    severity(table, fault, at, reader).map(FaultKind::Plant)
}

/// Whether a pump with this drive can have what only that drive has.
pub(super) fn can_happen(
    kind: &'static str,
    only: Option<Drive>,
    drive: Option<Drive>,
    at: SourceSpan,
    reader: &mut Reader<'_>,
) -> Option<()> {
    let (Some(only), Some(drive)) = (only, drive) else {
        return Some(());
    };
    if only != drive {
        let (lacks, wants) = match only {
            Drive::Peristaltic => ("a motor that turns rollers", "peristaltic"),
            Drive::ValveGated => ("valves", "valve-gated"),
            Drive::ConstantFlow => ("a restrictor", "constant-flow"),
        };
        reader.report(StoryMistake::OtherDrive {
            kind,
            lacks,
            wants,
            at,
        });
    }
    (only == drive).then_some(())
}

fn severity(
    table: &FaultFile,
    fault: PlantFault,
    at: SourceSpan,
    reader: &mut Reader<'_>,
) -> Option<PlantTrouble> {
    let ramp = |value, from, over| Written {
        fault,
        value,
        from,
        over,
        at,
    };
    macro_rules! ramped {
        ($file:expr, $key:ident, $kind:ty, $words:expr) => {{
            let file = $file.as_ref()?.get_ref();
            let (value, from, over) = (file.$key.as_ref(), file.from.as_ref(), file.over.as_ref());
            ramp(value, from, over).read::<$kind>($words, reader)
        }};
    }
    match fault {
        PlantFault::MotorStall | PlantFault::MotorJam | PlantFault::OpenValves => {
            Some(PlantTrouble::plain(fault))
        }
        PlantFault::MissedSteps => ramped!(table.missed_steps, share, Fraction, SHARE),
        PlantFault::TubeWear => ramped!(table.tube_wear, share, Fraction, SHARE),
        PlantFault::PropellantLoss => ramped!(table.propellant_loss, share, Fraction, SHARE),
        PlantFault::CatheterLeak => ramped!(table.catheter_leak, share, Fraction, SHARE),
        PlantFault::GearFriction => ramped!(table.gear_friction, times, Factor, TIMES),
        PlantFault::FilterClog => ramped!(table.filter_clog, times, Factor, TIMES),
        PlantFault::CoilShunt => ramped!(table.coil_shunt, resistance, Resistance, OHMIC),
        PlantFault::BatteryFilm => ramped!(table.battery_film, resistance, Resistance, OHMIC),
        PlantFault::RollerLeak => ramped!(table.roller_leak, resistance, FlowResistance, LEAK),
        PlantFault::CatheterKink => ramped!(table.catheter_kink, open_bore, Fraction, BORE),
        PlantFault::TipOcclusion => occlusion(table.tip_occlusion.as_ref()?, fault, at, reader),
        PlantFault::ConnectorOcclusion => {
            occlusion(table.connector_occlusion.as_ref()?, fault, at, reader)
        }
        PlantFault::AirBubble => bubble(table.air_bubble.as_ref()?.get_ref(), reader),
    }
}

/// The severity of a fault and its course, as written.
struct Written<'a> {
    fault: PlantFault,
    value: Option<&'a Text>,
    from: Option<&'a Text>,
    over: Option<&'a Text>,
    at: SourceSpan,
}

impl Written<'_> {
    fn read<S: Scalar>(&self, words: Words, reader: &mut Reader<'_>) -> Option<PlantTrouble> {
        let value = self.value;
        let severity =
            value.and_then(|text| in_range::<S>(self.fault, words.key, (text, words), reader));
        let over = match self.over {
            None => Some(Millis::ZERO),
            Some(text) => reader.positive("over", text),
        };
        let from = match self.from {
            None => Some(harmless(self.fault)),
            Some(text) if self.over.is_none() => {
                let at = text.span().into();
                reader.lacks(self.at, StoryMistake::NeedsOver { at });
                None
            }
            Some(text) => in_range::<S>(self.fault, "from", (text, words), reader),
        };
        let (severity, from, over) = (severity?, from?, over?);
        // No factor leads to or from nothing.
        let is_cut = spans_decades(self.fault) && (severity == 0.0 || from == 0.0);
        if let Some(text) = self.over.filter(|_| is_cut) {
            reader.report(StoryMistake::NoWayThere {
                what: "free flow",
                hint: "write a small resistance instead, or leave `over` out",
                at: text.span().into(),
            });
            return None;
        }
        Some(PlantTrouble {
            fault: self.fault,
            severity,
            from,
            over,
            words: self.words(),
        })
    }

    fn words(&self) -> String {
        let text = |text: &Text| text.get_ref().trim().to_owned();
        let mut words = self.value.map(text).unwrap_or_default();
        if let Some(over) = self.over.map(text) {
            let from = self.from.map(text);
            let from = from.map_or(String::new(), |from| format!(", from {from}"));
            words = format!("{words}{from} within {over}");
        }
        // A bare number or a share of a bore would leave a reader guessing.
        match self.fault {
            PlantFault::GearFriction | PlantFault::FilterClog => format!("times {words}"),
            PlantFault::TipOcclusion | PlantFault::ConnectorOcclusion => {
                format!("resistance times {words}")
            }
            PlantFault::CatheterKink => format!("open bore {words}"),
            _ => words,
        }
    }
}

fn occlusion(
    file: &Spanned<OcclusionFile>,
    fault: PlantFault,
    at: SourceSpan,
    reader: &mut Reader<'_>,
) -> Option<PlantTrouble> {
    let table = file.get_ref();
    let complete = table.complete.as_ref().filter(|yes| *yes.get_ref());
    let keys = [
        ("complete = true", complete.map(Spanned::span)),
        (
            "resistance-times",
            table.resistance_times.as_ref().map(Spanned::span),
        ),
    ];
    let key = either(keys, "occlusion", at, reader)?;
    if key == "resistance-times" {
        let written = Written {
            fault,
            value: table.resistance_times.as_ref(),
            from: table.from.as_ref(),
            over: table.over.as_ref(),
            at,
        };
        return written.read::<Factor>(BLOCK, reader);
    }
    if let Some(text) = table.over.as_ref().or(table.from.as_ref()) {
        reader.report(StoryMistake::NoWayThere {
            what: "a closed catheter",
            hint: "write a large factor in `resistance-times`, or leave `over` and `from` out",
            at: text.span().into(),
        });
        return None;
    }
    Some(PlantTrouble {
        severity: f64::INFINITY,
        words: "complete".to_owned(),
        ..PlantTrouble::plain(fault)
    })
}

/// The value of a severity, if the file may write it.
fn in_range<S: Scalar>(
    fault: PlantFault,
    key: &'static str,
    (text, words): (&Text, Words),
    reader: &mut Reader<'_>,
) -> Option<f64> {
    let value = reader.quantity::<S>(text)?.value();
    limited(fault, key, (text, words), value, reader)
}

/// The value, if the file may write it; the range of the message is the one that is checked.
fn limited(
    fault: PlantFault,
    key: &'static str,
    (text, words): (&Text, Words),
    value: f64,
    reader: &mut Reader<'_>,
) -> Option<f64> {
    let (least, most) = limits(fault);
    if (least..=most).contains(&value) {
        return Some(value);
    }
    let [least, most] = [least, most].map(|end| number_in_words(end, words.units));
    reader.out_of_range(key, text, format!("{least} to {most}{}", words.note));
    None
}

fn bubble(file: &BubbleFile, reader: &mut Reader<'_>) -> Option<PlantTrouble> {
    let text = file.volume.as_ref()?;
    let volume: Volume = reader.positive(BUBBLE.key, text)?;
    let microliters = real::Volume::from(volume).as_milliliters() * 1e3;
    let fault = PlantFault::AirBubble;
    Some(PlantTrouble {
        severity: limited(fault, BUBBLE.key, (text, BUBBLE), microliters, reader)?,
        words: text.get_ref().trim().to_owned(),
        ..PlantTrouble::plain(fault)
    })
}
