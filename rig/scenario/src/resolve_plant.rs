//! What breaks in the plant: the severity of each fault in its unit, and how it comes.

use super::file::{FaultFile, OcclusionFile, Text};
use super::mistake::StoryMistake;
use super::resolve::Reader;
use super::resolve_place::either;
use miette::SourceSpan;
use thecal_plan::plant::{harmless, name, only_drive, spans_decades};
use thecal_plan::{FaultKind, PlantTrouble};
use thecal_sim::{Drive, PlantFault};
use thecal_text::quantity::{Factor, FlowResistance, Fraction, Resistance, Scalar};
use thecal_units::{Millis, Volume, real};
use toml::Spanned;

/// The key of a severity, a line that would do, and the range that its fault accepts.
type Words = (&'static str, &'static str, &'static str);

const SHARE: Words = ("share", "share = \"10 %\"", "0 % to 100 %");
const FRICTION: Words = ("times", "times = \"2\"", "1 to 100");
const CLOG: Words = ("times", "times = \"1000\"", "1 to 1e9");
const SHUNT: Words = (
    "resistance",
    "resistance = \"500 ohm\"",
    "1 ohm to 1000000 kohm",
);
const FILM: Words = (
    "resistance",
    "resistance = \"1200 ohm\"",
    "0 ohm to 100 kohm",
);
const LEAK: Words = (
    "resistance",
    "resistance = \"3e16 Pa s/m3\"",
    "0 Pa s/m3, which is free flow, to 1e20 Pa s/m3",
);
const BORE: Words = ("open-bore", "open-bore = \"2 %\"", "0 % to 100 %");
const BLOCK: Words = (
    "resistance-times",
    "resistance-times = \"1000\"",
    "1 to 1e12; closed is `complete = true`",
);
const BUBBLE: Words = ("volume", "volume = \"20 µL\"", "0.001 µL to 1 mL");

/// The names of the faults of the plant that the file writes, with their places.
pub(super) fn written(table: &FaultFile) -> Vec<(&'static str, SourceSpan)> {
    PlantFault::ALL
        .into_iter()
        .filter_map(|fault| Some((name(fault), span(table, fault)?.into())))
        .collect()
}

fn span(table: &FaultFile, fault: PlantFault) -> Option<std::ops::Range<usize>> {
    match fault {
        PlantFault::MotorStall => table.motor_stall.as_ref().map(Spanned::span),
        PlantFault::MotorJam => table.motor_jam.as_ref().map(Spanned::span),
        PlantFault::MissedSteps => table.missed_steps.as_ref().map(Spanned::span),
        PlantFault::GearFriction => table.gear_friction.as_ref().map(Spanned::span),
        PlantFault::CoilShunt => table.coil_shunt.as_ref().map(Spanned::span),
        PlantFault::RollerLeak => table.roller_leak.as_ref().map(Spanned::span),
        PlantFault::TubeWear => table.tube_wear.as_ref().map(Spanned::span),
        PlantFault::OpenValves => table.open_valves.as_ref().map(Spanned::span),
        PlantFault::PropellantLoss => table.propellant_loss.as_ref().map(Spanned::span),
        PlantFault::FilterClog => table.filter_clog.as_ref().map(Spanned::span),
        PlantFault::BatteryFilm => table.battery_film.as_ref().map(Spanned::span),
        PlantFault::TipOcclusion => table.tip_occlusion.as_ref().map(Spanned::span),
        PlantFault::ConnectorOcclusion => table.connector_occlusion.as_ref().map(Spanned::span),
        PlantFault::CatheterKink => table.catheter_kink.as_ref().map(Spanned::span),
        PlantFault::CatheterLeak => table.catheter_leak.as_ref().map(Spanned::span),
        PlantFault::AirBubble => table.air_bubble.as_ref().map(Spanned::span),
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
        PlantFault::GearFriction => ramped!(table.gear_friction, times, Factor, FRICTION),
        PlantFault::FilterClog => ramped!(table.filter_clog, times, Factor, CLOG),
        PlantFault::CoilShunt => ramped!(table.coil_shunt, resistance, Resistance, SHUNT),
        PlantFault::BatteryFilm => ramped!(table.battery_film, resistance, Resistance, FILM),
        PlantFault::RollerLeak => ramped!(table.roller_leak, resistance, FlowResistance, LEAK),
        PlantFault::CatheterKink => ramped!(table.catheter_kink, open_bore, Fraction, BORE),
        PlantFault::TipOcclusion => occlusion(table.tip_occlusion.as_ref()?, fault, at, reader),
        PlantFault::ConnectorOcclusion => {
            occlusion(table.connector_occlusion.as_ref()?, fault, at, reader)
        }
        PlantFault::AirBubble => bubble(
            table.air_bubble.as_ref()?.get_ref().volume.as_ref(),
            at,
            reader,
        ),
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
    fn read<S: Scalar>(
        &self,
        (key, example, range): Words,
        reader: &mut Reader<'_>,
    ) -> Option<PlantTrouble> {
        let table = format!("`{}`", name(self.fault));
        let value = reader.required(self.value, (key, &table), example, self.at);
        let severity = value.and_then(|text| self.in_range::<S>(key, text, range, reader));
        let over = match self.over {
            None => Some(Millis::ZERO),
            Some(text) => reader.positive("over", text),
        };
        let from = match self.from {
            None => Some(harmless(self.fault)),
            Some(text) if self.over.is_none() => {
                let at = text.span().into();
                reader.report(StoryMistake::NeedsOver { at });
                None
            }
            Some(text) => self.in_range::<S>("from", text, range, reader),
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

    fn in_range<S: Scalar>(
        &self,
        key: &'static str,
        text: &Text,
        range: &'static str,
        reader: &mut Reader<'_>,
    ) -> Option<f64> {
        let value = reader.quantity::<S>(text)?.value();
        let (least, most) = self.fault.range();
        let inside = (least..=most).contains(&value);
        if !inside {
            reader.report(StoryMistake::OutOfRange {
                key,
                written: text.get_ref().clone(),
                range,
                at: text.span().into(),
            });
        }
        inside.then_some(value)
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

fn bubble(volume: Option<&Text>, at: SourceSpan, reader: &mut Reader<'_>) -> Option<PlantTrouble> {
    let (key, example, range) = BUBBLE;
    let text = reader.required(volume, (key, "`air-bubble`"), example, at)?;
    let volume: Volume = reader.positive(key, text)?;
    let microliters = real::Volume::from(volume).as_milliliters() * 1e3;
    let (_, most) = PlantFault::AirBubble.range();
    if microliters > most {
        reader.report(StoryMistake::OutOfRange {
            key,
            written: text.get_ref().clone(),
            range,
            at: text.span().into(),
        });
        return None;
    }
    Some(PlantTrouble {
        severity: microliters,
        words: text.get_ref().trim().to_owned(),
        ..PlantTrouble::plain(PlantFault::AirBubble)
    })
}
