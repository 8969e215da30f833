//! The reader of the tables of a scenario, which collects mistakes.
//!
//! A reader never stops at a mistake: it notes it, gives `None`, and the caller continues with what
//! is left.

use super::file_values::AREA;
use super::mistake::ScenarioMistake;
use super::same_names;
use miette::SourceSpan;
use thecal_text::lines::LineStarts;
use thecal_text::mistake::Mistake;
use thecal_text::quantity;
use thecal_text::quantity::Quantity;
use thecal_text::quantity_reading::Context;
use thecal_text::range::Limits;
use thecal_text::reader::{Record, Text, Unread, missing};
use thecal_text::trial::Corrected;
use thecal_units::{Millis, SimTime};

/// Collects mistakes while the tables are read.
pub(super) struct Reader<'a> {
    text: &'a str,
    lines: LineStarts,
    /// What is written and could not be read.
    unread: &'a Unread,
    /// The end of the run, once it is known.
    pub(super) end: Option<Millis>,
    /// Time of the week at the first power-on, once it is known.
    pub(super) starts: Option<Millis>,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    /// A reader of this text, before its first table.
    pub(super) fn new(text: &'a str, unread: &'a Unread) -> Self {
        Self {
            text,
            lines: LineStarts::of(text),
            unread,
            end: None,
            starts: None,
            mistakes: Vec::new(),
        }
    }

    /// Every mistake that was noted.
    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        self.mistakes
    }

    /// Notes a mistake.
    pub(super) fn report<M: Corrected + Clone + Send + Sync + 'static>(&mut self, mistake: M) {
        self.mistakes.push(Mistake::new(AREA, mistake));
    }

    /// Notes that the table at `of` lacks something, unless it has keys that could not be read.
    pub(super) fn lacks<M: Corrected + Clone + Send + Sync + 'static>(
        &mut self,
        of: SourceSpan,
        mistake: M,
    ) {
        if !self.unread.has_any(of) {
            self.report(mistake);
        }
    }

    /// Whether this key is written but could not be read. A table is given by its place, `None` for
    /// the head of the file, and by what messages call it.
    pub(super) fn is_unread(&self, table: Option<SourceSpan>, called: &str, key: &str) -> bool {
        self.unread.has(table, called, key)
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

    /// The value of a key of table `R` that other keys require, or a note that it is missing.
    pub(super) fn required<'v, R: Record, T>(
        &mut self,
        value: Option<&'v T>,
        (key, table): (&'static str, &str),
        at: SourceSpan,
    ) -> Option<&'v T> {
        if value.is_none() && !self.is_unread(Some(at), table, key) {
            let table = table.to_owned();
            let hint = R::TABLE.key(key).map(missing).unwrap_or_default();
            self.report(ScenarioMistake::MissingKey {
                key,
                table,
                hint,
                at,
            });
        }
        value
    }

    /// A quantity within the limits of its row.
    pub(super) fn quantity<Q: Quantity>(&mut self, text: &Text) -> Option<Q> {
        self.quantity_in(text, &Context::default())
    }

    /// A quantity within the limits of its row, in a place of which something is known.
    pub(super) fn quantity_in<Q: Quantity>(&mut self, text: &Text, context: &Context) -> Option<Q> {
        match quantity::parse_in(text.get_ref(), text.span().into(), context) {
            Ok(value) => self.limited(text, value),
            Err(mistake) => {
                self.report(mistake);
                None
            }
        }
    }

    /// The value, if the row of its key allows it. Instants and flows are checked by who reads them.
    fn limited<Q: Quantity>(&mut self, text: &Text, value: Q) -> Option<Q> {
        let row = text.row();
        match row.value.limits() {
            Limits::AboveZero if Q::from_steps(0).is_some_and(|zero| zero == value) => {
                let (key, at) = (row.name, text.span().into());
                self.report(ScenarioMistake::Zero { key, at });
                None
            }
            Limits::Range(range) if !range.contains(&value) => {
                self.out_of_range(row.name, text, range.to_string());
                None
            }
            Limits::Any
            | Limits::AboveZero
            | Limits::Range(_)
            | Limits::Instant
            | Limits::Flow(_) => Some(value),
        }
    }

    /// An instant from the start of the run, not after its end.
    pub(super) fn instant(&mut self, text: &Text) -> Option<SimTime> {
        let context = Context {
            instant: true,
            starts: self.starts,
            ..Context::default()
        };
        let span: Millis = self.quantity_in(text, &context)?;
        let instant = SimTime::ZERO + span;
        self.not_past_the_end(
            text.row().name,
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
                self.report(ScenarioMistake::PastTheEnd {
                    key,
                    end: end.spelled().to_string(),
                    hint: hint.to_owned(),
                    at: text.span().into(),
                    reached: instant.spelled().to_string(),
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
            self.report(ScenarioMistake::UnknownChoice {
                what,
                written,
                correction,
                at,
            });
        }
        found
    }

    /// Notes a value outside of its range.
    pub(super) fn out_of_range(&mut self, key: &'static str, text: &Text, range: String) {
        self.report(ScenarioMistake::OutOfRange {
            key,
            written: text.get_ref().clone(),
            range,
            at: text.span().into(),
        });
    }

    /// Why a fault or an entry may be left out, if that is said; `None` where it could not be read.
    #[expect(
        clippy::option_option,
        reason = "left out, unreadable and read are three cases"
    )]
    pub(super) fn control(&mut self, text: Option<&Text>) -> Option<Option<String>> {
        let example = "the pump is read out; nothing hangs on the answer";
        match text {
            None => Some(None),
            Some(text) => self.line_of_text("control", example, text).map(Some),
        }
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
            self.report(ScenarioMistake::Blank {
                key,
                example,
                at: text.span().into(),
            });
            return None;
        }
        Some(line.to_owned())
    }
}
