//! From tables with places to sets: names, units, ranges, and where each changed value is from.

use super::file::{NumberFile, PARAMETERS, ParametersFile, SetFile, SpreadFile, Text};
use super::mistake::NumberMistake;
use crate::same_names::correction;
use miette::SourceSpan;
use std::borrow::Cow;
use thecal_plan::parameters::{
    Kind, Row, Set, Spreading, built_in, find, number, range, range_in_words, usual,
};
use thecal_sim::parameter::Basis;
use thecal_text::mistake::Mistake;
use thecal_text::quantity_reading::in_unit;
use thecal_text::reader::{Document, Unread};
use toml::Spanned;

struct Resolver<'a> {
    unread: &'a Unread,
    sets: Vec<Set>,
    mistakes: Vec<Mistake>,
}

/// The sets that could be read, and every mistake in what their keys mean.
pub(super) fn resolve(document: &Document<ParametersFile>) -> (Vec<Set>, Vec<Mistake>) {
    let mut resolver = Resolver {
        unread: &document.unread,
        sets: Vec::new(),
        mistakes: Vec::new(),
    };
    let file = &document.file;
    for (kind, table) in [
        (Kind::Pump, &file.pump),
        (Kind::Catheter, &file.catheter),
        (Kind::Person, &file.person),
    ] {
        if let Some(table) = table {
            resolver.set(kind, table.get_ref());
        }
    }
    let drugs = file.drug.as_ref().map(|drugs| &drugs.get_ref().0);
    for (name, groups) in drugs.into_iter().flatten() {
        let Some(mut set) = resolver.named(Kind::Drug, name) else {
            continue;
        };
        for (group, numbers) in &groups.get_ref().0 {
            resolver.group(&mut set, group, &numbers.get_ref().0);
        }
        resolver.sets.push(set);
    }
    (resolver.sets, resolver.mistakes)
}

/// A number of a set, and how messages call it.
struct Place<'a> {
    path: &'a str,
    row: &'a mut Row,
    /// Its name.
    at: SourceSpan,
    /// Its table.
    table: SourceSpan,
}

impl Resolver<'_> {
    fn wrong(&mut self, mistake: NumberMistake) {
        self.mistakes.push(Mistake::new(PARAMETERS.area, mistake));
    }

    fn set(&mut self, kind: Kind, table: &SetFile) {
        let set = match &table.based_on {
            Some(name) => self.named(kind, name),
            None => find(kind, usual(kind)),
        };
        let Some(mut set) = set else { return };
        self.numbers(&mut set, "", &table.numbers);
        self.sets.push(set);
    }

    fn named(&mut self, kind: Kind, name: &Text) -> Option<Set> {
        let found = find(kind, name.get_ref());
        if found.is_none() {
            let sets = built_in();
            let of_kind = sets.iter().filter(|set| set.kind == kind);
            let names: Vec<&str> = of_kind.map(|set| set.name).collect();
            self.unknown((kind.word(), ""), name, &names);
        }
        found
    }

    fn group(&mut self, set: &mut Set, name: &Text, numbers: &[(Text, Spanned<NumberFile>)]) {
        let names: Vec<&'static str> = set.groups.iter().map(|group| group.name).collect();
        match names.iter().find(|known| *known == name.get_ref()) {
            Some(group) => self.numbers(set, group, numbers),
            None => self.unknown(("part", &set.header()), name, &names),
        }
    }

    fn numbers(
        &mut self,
        set: &mut Set,
        group: &'static str,
        numbers: &[(Text, Spanned<NumberFile>)],
    ) {
        let header = match group {
            "" => set.header(),
            group => format!("{}.{group}", set.header()),
        };
        let Some(group) = set.groups.iter_mut().find(|known| known.name == group) else {
            return;
        };
        for (name, number) in numbers {
            let Some(row) = group.row_mut(name.get_ref()) else {
                let names: Vec<&str> = group.rows.iter().map(|row| row.field.name).collect();
                self.unknown(("parameter", &header), name, &names);
                continue;
            };
            let place = Place {
                path: &format!("{header}.{}", name.get_ref()),
                row,
                at: name.span().into(),
                table: number.span().into(),
            };
            self.number(place, number.get_ref());
        }
    }

    fn unknown(&mut self, (what, of): (&'static str, &str), written: &Text, names: &[&str]) {
        self.wrong(NumberMistake::Unknown {
            what,
            written: written.get_ref().clone(),
            place: match of {
                "" => String::new(),
                of => format!(" of `{of}`"),
            },
            hint: correction(what, written.get_ref(), names).to_string(),
            at: written.span().into(),
        });
    }

    /// Whether unit and range are the model's, and nothing is missing that is needed.
    fn keys(&mut self, place: &Place<'_>, file: &NumberFile) {
        let Place {
            path,
            row,
            at,
            table,
        } = place;
        let field = row.field;
        if let Some(unit) = &file.unit
            && unit.get_ref() != field.unit
        {
            self.wrong(NumberMistake::Unit {
                path: (*path).to_owned(),
                written: unit.get_ref().clone(),
                unit: field.unit,
                hint: in_model_unit(file, unit.get_ref(), field.unit),
                at: unit.span().into(),
            });
        }
        if let Some(written) = &file.range
            && written.get_ref().map(f64::to_bits) != [field.low, field.high].map(f64::to_bits)
        {
            self.wrong(NumberMistake::Range {
                path: (*path).to_owned(),
                range: range(&field),
                at: written.span().into(),
            });
        }
        for (key, missing, example) in [
            ("value", file.value.is_none(), number(row.value)),
            ("unit", file.unit.is_none(), format!("\"{}\"", field.unit)),
        ] {
            if missing && !self.unread.has(Some(*table), "", key) {
                self.wrong(NumberMistake::MissingKey {
                    key,
                    path: (*path).to_owned(),
                    example: format!("{key} = {example}"),
                    at: *at,
                });
            }
        }
    }

    fn number(&mut self, place: Place<'_>, file: &NumberFile) {
        self.keys(&place, file);
        let Place {
            path, row, table, ..
        } = place;
        let field = row.field;
        let Some(value) = &file.value else { return };
        let (written, at) = (*value.get_ref(), value.span().into());
        if !(field.low..=field.high).contains(&written) {
            self.wrong(NumberMistake::OutOfRange {
                path: path.to_owned(),
                written: number(written),
                range: range_in_words(&field),
                at,
            });
            return;
        }
        let changed = written.to_bits() != row.value.to_bits();
        let old = Old {
            path,
            unit: field.unit,
            value: row.value,
            source: &row.source,
            written,
            at,
            table,
        };
        let origin = self.origin(&old, changed, file.basis.as_ref(), file.source.as_ref());
        let spread = match &file.spread {
            None => Some(row.spread.clone()),
            Some(table) => self.spread(path, row.spread.as_ref(), table).map(Some),
        };
        let (Some((basis, source)), Some(spread)) = (origin, spread) else {
            return;
        };
        row.basis = basis.unwrap_or(row.basis);
        if let Some(source) = source {
            row.source = Cow::Owned(source);
        }
        row.spread = spread;
        if changed {
            row.was = Some(row.value);
            row.value = written;
        }
    }

    /// Basis and source as written; a value that is not the built-in one needs both.
    fn origin(
        &mut self,
        old: &Old<'_>,
        changed: bool,
        basis: Option<&Text>,
        source: Option<&Text>,
    ) -> Option<(Option<Basis>, Option<String>)> {
        let before = self.mistakes.len();
        let choice = basis.and_then(|written| self.basis(written));
        if let Some(source) = source {
            let text = source.get_ref().trim();
            if text.is_empty() || text.contains(char::is_control) {
                self.wrong(NumberMistake::Blank {
                    path: old.path.to_owned(),
                    at: source.span().into(),
                });
            } else if changed && text == old.source {
                self.wrong(NumberMistake::OldSource {
                    path: old.path.to_owned(),
                    written: with_unit(old.written, old.unit),
                    at: old.at,
                    source_at: source.span().into(),
                    built_in: with_unit(old.value, old.unit),
                });
            }
        }
        for (key, missing, example, why) in [
            (
                "basis",
                basis.is_none(),
                "basis = \"published\"",
                "; or `calculated`, `memory-high`, `memory-medium`, `memory-low`, `fitted`, `design`, `assumed`",
            ),
            (
                "source",
                source.is_none(),
                "source = \"Edsbagge 2011, table 2\"",
                "; a measurement or your own assumption is a source too",
            ),
        ] {
            if changed && missing && !self.unread.has(Some(old.table), "", key) {
                self.wrong(NumberMistake::NoOrigin {
                    path: old.path.to_owned(),
                    key,
                    example,
                    why,
                    at: old.at,
                    built_in: with_unit(old.value, old.unit),
                });
            }
        }
        let source = source.map(|source| source.get_ref().trim().to_owned());
        (self.mistakes.len() == before).then_some((choice, source))
    }

    fn basis(&mut self, written: &Text) -> Option<Basis> {
        let found = Basis::ALL
            .into_iter()
            .find(|basis| basis.word() == written.get_ref());
        if found.is_none() {
            let words = Basis::ALL.map(Basis::word);
            self.unknown(("basis", ""), written, &words);
        }
        found
    }

    fn spread(
        &mut self,
        path: &str,
        built_in: Option<&Spreading>,
        table: &Spanned<SpreadFile>,
    ) -> Option<Spreading> {
        let file = table.get_ref();
        let path = format!("{path}.spread");
        let Some(cv) = &file.cv else {
            let at = table.span().into();
            if !self.unread.has(Some(at), "", "cv") {
                self.wrong(NumberMistake::MissingKey {
                    key: "cv",
                    path,
                    example: "cv = 0.3".to_owned(),
                    at,
                });
            }
            return None;
        };
        let (written, at) = (*cv.get_ref(), cv.span().into());
        if !(0.0..=Spreading::CV_MAX).contains(&written) {
            self.wrong(NumberMistake::OutOfRange {
                path,
                written: number(written),
                range: format!("0 to {}", Spreading::CV_MAX),
                at,
            });
            return None;
        }
        let old = Old {
            path: &path,
            unit: "1",
            value: built_in.map_or(0.0, |spread| spread.cv),
            source: built_in.map_or("", |spread| &spread.source),
            written,
            at,
            table: table.span().into(),
        };
        let changed = built_in.is_none_or(|spread| spread.cv.to_bits() != written.to_bits());
        let (basis, source) =
            self.origin(&old, changed, file.basis.as_ref(), file.source.as_ref())?;
        Some(Spreading {
            cv: written,
            basis: basis.or(built_in.map(|spread| spread.basis))?,
            source: match (source, built_in) {
                (Some(source), _) => Cow::Owned(source),
                (None, Some(spread)) => spread.source.clone(),
                (None, None) => return None,
            },
        })
    }
}

/// How a value in another unit is written: both keys together, because the unit alone would make
/// another value of it.
fn in_model_unit(file: &NumberFile, written: &str, unit: &str) -> String {
    let value = file.value.as_ref().map(|value| *value.get_ref());
    let converted = value.and_then(|value| {
        let converted = in_unit(&number(value), written, unit)?;
        let with_point = converted.contains('.');
        Some(if with_point {
            converted
        } else {
            format!("{converted}.0")
        })
    });
    match converted {
        Some(value) => {
            format!(
                "in {unit} that is {value}: write both `value = {value}` and `unit = \"{unit}\"`"
            )
        }
        None if unit == "1" => {
            "this number has no unit: convert the value, and change `unit` with it".to_owned()
        }
        None => format!("the value has to be in {unit}: convert it, and change `unit` with it"),
    }
}

/// The number before the file, and what the file makes of it.
struct Old<'a> {
    path: &'a str,
    unit: &'a str,
    value: f64,
    source: &'a str,
    written: f64,
    at: SourceSpan,
    /// Its table.
    table: SourceSpan,
}

fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "1" => number(value),
        unit => format!("{} {unit}", number(value)),
    }
}
