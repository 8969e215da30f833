//! What breaks in the plant: the severity of each fault in its unit, and how it comes.

use super::file_severity::{FROM, SeverityFile};
use super::mistake::ScenarioMistake;
use super::one_of::either;
use super::reader::Reader;
use miette::SourceSpan;
use thecal_plan::{FaultKind, PlantFaultPlan};
use thecal_sim::fault_row::{Measure, Severity};
use thecal_sim::{Drive, PlantFault};
use thecal_text::quantity::{Current, Factor, FlowResistance, Fraction, Resistance, Scalar};
use thecal_text::range::number_in_words;
use thecal_text::reader::Text;
use thecal_units::{Millis, Volume, real};
use toml::Spanned;

/// The fault of the plant, if this pump can have it.
pub(super) fn plant_fault(
    fault: PlantFault,
    (file, at): (&Spanned<SeverityFile>, SourceSpan),
    drive: Option<Drive>,
    reader: &mut Reader<'_>,
) -> Option<FaultKind> {
    let row = fault.row();
    can_happen(row.name, row.only_drive, drive, at, reader)?;
    let Some(severity) = &row.severity else {
        return Some(FaultKind::Plant(PlantFaultPlan::plain(fault)));
    };
    let written = Written {
        fault,
        severity,
        file: file.get_ref(),
        at,
    };
    written.read(reader).map(FaultKind::Plant)
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
        reader.report(ScenarioMistake::OtherDrive {
            kind,
            lacks,
            wants,
            at,
        });
    }
    (only == drive).then_some(())
}

/// The severity of a fault and its course, as written.
struct Written<'a> {
    fault: PlantFault,
    severity: &'static Severity,
    file: &'a SeverityFile,
    at: SourceSpan,
}

impl Written<'_> {
    fn read(&self, reader: &mut Reader<'_>) -> Option<PlantFaultPlan> {
        match self.severity.complete_is {
            Some(what) if self.is_complete(reader)? => self.complete(what, reader),
            _ => self.measured(reader),
        }
    }

    /// Whether it has no limit; a mistake if it also has a value, or neither.
    fn is_complete(&self, reader: &mut Reader<'_>) -> Option<bool> {
        let key = self.severity.key;
        let complete = self.file.complete.as_ref().filter(|yes| *yes.get_ref());
        let keys = [
            ("complete = true", complete.map(Spanned::span)),
            (key, self.file.value.as_ref().map(Text::span)),
        ];
        Some(either(keys, self.fault.row().name, self.at, reader)? != key)
    }

    fn complete(&self, what: &'static str, reader: &mut Reader<'_>) -> Option<PlantFaultPlan> {
        if let Some(text) = self.file.over.as_ref().or(self.file.from.as_ref()) {
            let key = self.severity.key;
            reader.report(ScenarioMistake::NoWayThere {
                what,
                hint: format!("write a large factor in `{key}`, or leave `over` and `from` out"),
                at: text.span().into(),
            });
            return None;
        }
        Some(PlantFaultPlan {
            severity: f64::INFINITY,
            words: "complete".to_owned(),
            ..PlantFaultPlan::plain(self.fault)
        })
    }

    fn measured(&self, reader: &mut Reader<'_>) -> Option<PlantFaultPlan> {
        let (key, file) = (self.severity.key, self.file);
        let value = file.value.as_ref();
        let severity = value.and_then(|text| in_range(self.severity, key, text, reader));
        let over = match &file.over {
            None => Some(Millis::ZERO),
            Some(text) => reader.quantity(text),
        };
        let from = match &file.from {
            None => Some(self.severity.sound),
            Some(text) if file.over.is_none() => {
                let at = text.span().into();
                reader.lacks(self.at, ScenarioMistake::NeedsOver { at });
                None
            }
            Some(text) => in_range(self.severity, FROM, text, reader),
        };
        let (severity, from, over) = (severity?, from?, over?);
        // No factor leads to or from nothing.
        if let (Some(what), Some(text)) = (self.severity.zero_is, &file.over)
            && (severity == 0.0 || from == 0.0)
        {
            reader.report(ScenarioMistake::NoWayThere {
                what,
                hint: format!("write a small {key} instead, or leave `over` out"),
                at: text.span().into(),
            });
            return None;
        }
        Some(PlantFaultPlan {
            fault: self.fault,
            severity,
            from,
            over,
            words: self.words(),
        })
    }

    fn words(&self) -> String {
        let text = |text: &Text| text.get_ref().trim().to_owned();
        let mut words = self.file.value.as_ref().map(text).unwrap_or_default();
        if let Some(over) = self.file.over.as_ref().map(text) {
            let from = self.file.from.as_ref().map(text);
            let from = from.map_or(String::new(), |from| format!(", from {from}"));
            words = format!("{words}{from} within {over}");
        }
        format!("{} {words}", self.severity.said)
            .trim_start()
            .to_owned()
    }
}

/// The value of a severity, if the file may write it; the range of the message is the one that is
/// checked.
fn in_range(
    severity: &Severity,
    key: &'static str,
    text: &Text,
    reader: &mut Reader<'_>,
) -> Option<f64> {
    let value = match severity.measure {
        Measure::Share => reader.quantity::<Fraction>(text)?.value(),
        Measure::Factor => reader.quantity::<Factor>(text)?.value(),
        Measure::Resistance => reader.quantity::<Resistance>(text)?.value(),
        Measure::FlowResistance => reader.quantity::<FlowResistance>(text)?.value(),
        Measure::Current => reader.quantity::<Current>(text)?.value(),
        Measure::Volume => {
            let volume: Volume = reader.quantity(text)?;
            real::Volume::from(volume).as_milliliters() * 1e3
        }
    };
    let (least, most) = severity.writes;
    if (least..=most).contains(&value) {
        return Some(value);
    }
    let note = match (severity.zero_is, severity.complete_is) {
        (Some(zero), _) => format!("; zero is {zero}"),
        (None, Some(_)) => "; closed is `complete = true`".to_owned(),
        (None, None) => String::new(),
    };
    reader.out_of_range(key, text, format!("{}{note}", range_in_words(severity)));
    None
}

/// What a scenario may write, both ends included.
pub(super) fn range_in_words(severity: &Severity) -> String {
    let (least, most) = severity.writes;
    format!(
        "{} to {}",
        in_words(severity, least),
        in_words(severity, most)
    )
}

/// A severity as a scenario writes it.
pub(super) fn in_words(severity: &Severity, value: f64) -> String {
    let units: &[(&str, f64)] = match severity.measure {
        Measure::Share => &[("%", 0.01)],
        Measure::Factor => &[("", 1.0)],
        Measure::Resistance => &[("ohm", 1.0), ("kohm", 1e3)],
        Measure::FlowResistance => &[("Pa s/m3", 1.0)],
        Measure::Current => &[("nA", 1e-3), ("µA", 1.0), ("mA", 1e3)],
        Measure::Volume => &[("nL", 1e-3), ("µL", 1.0), ("mL", 1e3)],
    };
    number_in_words(value, units)
}
