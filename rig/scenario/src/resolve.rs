//! From tables with spans to the plan: the head of the file, and the reader that collects mistakes.
//!
//! A reader never stops at a mistake: it notes it, gives `None`, and the caller goes on with what
//! is left. Only a file without any mistake becomes a plan.

use super::error::Mistake;
use super::file::{ScenarioFile, Text};
use super::mistake::StoryMistake;
use super::{
    resolve_expect, resolve_fault, resolve_patient, resolve_therapy, resolve_timeline,
    resolve_week, same_names,
};
use miette::SourceSpan;
use std::ops::RangeInclusive;
use thecal_plan::{Capability, Scenario};
use thecal_text::lines::LineStarts;
use thecal_text::quantity;
use thecal_text::quantity::Quantity;
use thecal_text::quantity_reading::Context;
use thecal_text::wording::duration;
use thecal_units::{Millis, SimTime};
use toml::Spanned;

/// Longest run: five years, with two leap days.
const MAX_DURATION: Millis = Millis::DAY.times(1_827);

const CAPABILITIES: [(&str, Capability); 5] = [
    ("memory", Capability::Memory),
    ("power", Capability::Power),
    ("halt", Capability::Halt),
    ("flash", Capability::Flash),
    ("registers", Capability::Registers),
];

/// Collects mistakes while the tables are read.
pub(super) struct Reader<'a> {
    text: &'a str,
    lines: LineStarts,
    /// The end of the run, once it is known.
    pub(super) end: Option<Millis>,
    /// Time of the week at the first power-on, once it is known.
    starts: Option<Millis>,
    mistakes: Vec<Mistake>,
}

/// The plan that the file means, or every mistake in it, in the order of the file.
pub(super) fn resolve(id: &str, text: &str, file: &ScenarioFile) -> Result<Scenario, Vec<Mistake>> {
    let mut reader = Reader {
        text,
        lines: LineStarts::of(text),
        end: None,
        starts: None,
        mistakes: Vec::new(),
    };
    let plan = read(id, file, &mut reader);
    match plan {
        Some(scenario) if reader.mistakes.is_empty() => Ok(scenario),
        _ => {
            reader.mistakes.sort_by_key(Mistake::offset);
            Err(reader.mistakes)
        }
    }
}

fn read(id: &str, file: &ScenarioFile, reader: &mut Reader<'_>) -> Option<Scenario> {
    let top = reader.top();
    let head = "the head of the file";
    let title = reader.required(file.title.as_ref(), ("title", head), "title = \"…\"", top);
    let title = title.and_then(|text| reader.line_of_text("title", "A stuck button", text));
    let seed = reader.required(file.seed.as_ref(), ("seed", head), "seed = 7", top);
    let example = "duration = \"24 h\"";
    let span = reader.required(file.duration.as_ref(), ("duration", head), example, top);
    reader.end = span.and_then(|text| run_duration(text, reader));
    let midnight = Some(Millis::ZERO);
    let starts = file.starts.as_ref();
    let starts = starts.map_or(midnight, |text| resolve_week::time_of_week(text, reader));
    reader.starts = starts;
    let verifies = identifiers(file, reader);
    let reenacts = optional_line(
        file.reenacts.as_ref(),
        ("reenacts", "pump.md fault 43"),
        reader,
    );
    let known_anomaly = optional_line(
        file.known_anomaly.as_ref(),
        ("known-anomaly", "ANOM-12"),
        reader,
    );
    let mut needs = needs(file, reader);
    let patient = resolve_patient::patient(file.patient.as_ref(), reader);
    let source = resolve_patient::source(file.patient.as_ref(), reader);
    let example = "[pump]` with `drug`, `concentration` and `reservoir";
    let pump = reader.required(file.pump.as_ref(), ("[pump]", "the file"), example, top);
    let pump = pump.map(|table| resolve_patient::pump(table, reader));
    let drive = pump.and_then(|pump| pump.drive);
    let therapy = file.therapy.as_ref().map(|table| {
        resolve_therapy::therapy(
            table.get_ref(),
            "`[therapy]`",
            table.span().into(),
            pump,
            reader,
        )
    });
    let seed = seed.map(|seed| *seed.get_ref());
    let timeline = resolve_timeline::timeline(
        file.timeline.as_deref().unwrap_or_default(),
        pump,
        seed,
        reader,
    );
    let faults = resolve_fault::faults(file.fault.as_deref().unwrap_or_default(), drive, reader);
    needs.extend(faults.iter().filter_map(|fault| fault.kind.needs()));
    needs.sort_unstable();
    needs.dedup();
    let expectations =
        resolve_expect::expectations(file.expect.as_deref().unwrap_or_default(), reader);
    Some(Scenario {
        id: id.to_owned(),
        title: title?,
        verifies,
        reenacts,
        known_anomaly,
        seed: seed?,
        duration: reader.end?,
        starts: starts?,
        needs,
        patient: patient?,
        source,
        pump: pump?.complete()?,
        therapy: all_or_none(therapy)?,
        timeline,
        faults,
        expectations,
    })
}

/// What may be left out: `None` where it is written and could not be read.
#[expect(
    clippy::option_option,
    reason = "left out, unreadable and read are three cases"
)]
fn all_or_none<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

fn run_duration(text: &Text, reader: &mut Reader<'_>) -> Option<Millis> {
    let span: Millis = reader.positive("duration", text)?;
    if span > MAX_DURATION {
        reader.report(StoryMistake::OutOfRange {
            key: "duration",
            written: text.get_ref().clone(),
            range: "1 ms to 1827 d (five years)",
            at: text.span().into(),
        });
    }
    Some(span)
}

fn identifiers(file: &ScenarioFile, reader: &mut Reader<'_>) -> Vec<String> {
    let written = file.verifies.as_deref().unwrap_or_default();
    written
        .iter()
        .filter_map(|id| reader.line_of_text("verifies", "REQ-BOL-002", id))
        .collect()
}

fn optional_line(
    text: Option<&Text>,
    (key, example): (&'static str, &'static str),
    reader: &mut Reader<'_>,
) -> Option<String> {
    text.and_then(|text| reader.line_of_text(key, example, text))
}

fn needs(file: &ScenarioFile, reader: &mut Reader<'_>) -> Vec<Capability> {
    let written = file.needs.as_deref().unwrap_or_default();
    written
        .iter()
        .filter_map(|name| reader.choice("capability", name, &CAPABILITIES))
        .collect()
}

impl Reader<'_> {
    /// Notes a mistake.
    pub(super) fn report(&mut self, mistake: impl Into<Mistake>) {
        self.mistakes.push(mistake.into());
    }

    /// The first line that says something: the place of what the head lacks.
    fn top(&self) -> SourceSpan {
        let mut offset = 0;
        for line in self.text.split_inclusive('\n') {
            let content = line.trim();
            if !content.is_empty() && !content.starts_with('#') {
                return (offset, content.len()).into();
            }
            offset += line.len();
        }
        (0, 0).into()
    }

    /// The last line of the file.
    pub(super) fn bottom(&self) -> SourceSpan {
        let text = self.text.trim_end();
        let start = text.rfind('\n').map_or(0, |end| end + 1);
        (start..text.len()).into()
    }

    /// The line of this offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.lines.line(offset)
    }

    /// The value, or a note that it is missing.
    pub(super) fn required<'v, T>(
        &mut self,
        value: Option<&'v T>,
        (key, table): (&'static str, &str),
        example: &'static str,
        at: SourceSpan,
    ) -> Option<&'v T> {
        if value.is_none() {
            let table = table.to_owned();
            self.report(StoryMistake::MissingKey {
                key,
                table,
                example,
                at,
            });
        }
        value
    }

    /// A quantity.
    pub(super) fn quantity<Q: Quantity>(&mut self, text: &Text) -> Option<Q> {
        self.quantity_in(text, &Context::default())
    }

    /// A quantity in a place of which something is known.
    pub(super) fn quantity_in<Q: Quantity>(&mut self, text: &Text, context: &Context) -> Option<Q> {
        match quantity::parse_in(text.get_ref(), text.span().into(), context) {
            Ok(value) => Some(value),
            Err(mistake) => {
                self.report(mistake);
                None
            }
        }
    }

    /// A quantity above zero.
    pub(super) fn positive<Q: Quantity + Default + PartialEq>(
        &mut self,
        key: &'static str,
        text: &Text,
    ) -> Option<Q> {
        self.positive_in(key, text, &Context::default())
    }

    /// A quantity above zero in a place of which something is known.
    pub(super) fn positive_in<Q: Quantity + Default + PartialEq>(
        &mut self,
        key: &'static str,
        text: &Text,
        context: &Context,
    ) -> Option<Q> {
        let value: Q = self.quantity_in(text, context)?;
        if value == Q::default() {
            self.report(StoryMistake::Zero {
                key,
                at: text.span().into(),
            });
            return None;
        }
        Some(value)
    }

    /// An instant from the start of the run, not after its end.
    pub(super) fn instant(&mut self, key: &'static str, text: &Text) -> Option<SimTime> {
        let context = Context {
            instant: true,
            starts: self.starts,
            ..Context::default()
        };
        let span: Millis = self.quantity_in(text, &context)?;
        let instant = SimTime::ZERO + span;
        self.not_past_the_end(
            key,
            instant,
            text,
            "write an earlier time, or a longer `duration`",
        )
    }

    /// The instant, if the run lasts that long or its duration is not known.
    pub(super) fn not_past_the_end(
        &mut self,
        key: &'static str,
        instant: SimTime,
        text: &Text,
        hint: &str,
    ) -> Option<SimTime> {
        match self.end {
            Some(end) if instant.since_origin() > end => {
                self.report(StoryMistake::PastTheEnd {
                    key,
                    end: duration(end),
                    hint: hint.to_owned(),
                    at: text.span().into(),
                    reached: duration(instant.since_origin()),
                });
                None
            }
            _ => Some(instant),
        }
    }

    /// The value that a name of this list stands for.
    pub(super) fn choice<T: Copy>(
        &mut self,
        what: &'static str,
        text: &Text,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let written = text.get_ref();
        let found = choices
            .iter()
            .find(|(name, _)| name == written)
            .map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let correction = same_names::correction(what, written, &names);
            let written = written.clone();
            let at = text.span().into();
            self.report(StoryMistake::UnknownChoice {
                what,
                written,
                correction,
                at,
            });
        }
        found
    }

    /// A whole number in a range.
    pub(super) fn integer<N: TryFrom<i64>>(
        &mut self,
        key: &'static str,
        number: &Spanned<i64>,
        (range, text): (RangeInclusive<i64>, &'static str),
    ) -> Option<N> {
        let value = *number.get_ref();
        let narrow = N::try_from(value).ok().filter(|_| range.contains(&value));
        if narrow.is_none() {
            let at = number.span().into();
            let written = value.to_string();
            self.report(StoryMistake::OutOfRange {
                key,
                written,
                range: text,
                at,
            });
        }
        narrow
    }

    /// One line of text with something in it.
    pub(super) fn line_of_text(
        &mut self,
        key: &'static str,
        example: &'static str,
        text: &Text,
    ) -> Option<String> {
        let line = text.get_ref().trim();
        if line.is_empty() || line.contains(char::is_control) {
            self.report(StoryMistake::Blank {
                key,
                example,
                at: text.span().into(),
            });
            return None;
        }
        Some(line.to_owned())
    }
}
