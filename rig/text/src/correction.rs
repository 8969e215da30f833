//! Corrections: what to write instead of a mistake.
//!
//! A correction means the same as what was written, or it asks. Nothing is proposed only because it
//! is spelled alike, and nothing that would be refused: [`super::trial`] tries each in place first.

use super::unit::Kind;
use super::wording::any_of;
use miette::SourceSpan;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// Possible replacements of a mistake, or why there are none. It is as small as a pointer, because
/// every mistake has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction(Box<Proposal>);

/// The parts of a [`Correction`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The meaning, in each possible reading.
    pub readings: Vec<Reading>,
    /// A question for the writer. If set, no reading is applied automatically.
    pub ask: Option<String>,
    /// Text shown after the only reading.
    pub(crate) note: &'static str,
    /// Why there is no reading.
    pub(crate) why: Option<String>,
    choice: Choice,
    /// Whether the place of the mistake includes quotes.
    pub(crate) quoted: bool,
    /// Whether the number is wrong, rather than its unit.
    pub(crate) number: bool,
}

/// One text with the probable meaning of what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// In the notation of the language, without quotes.
    pub text: String,
    /// Why it would be refused in its place.
    pub refused: Option<String>,
}

/// A text that can replace a mistake and means the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// What it replaces.
    pub at: SourceSpan,
    /// The new text, with its quotes.
    pub text: String,
}

/// What else could be written there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Choice {
    /// Not known.
    #[default]
    Open,
    /// Quantities of this kind.
    Units(Kind),
    /// One of these names.
    Names(Vec<String>),
    /// As this sentence says.
    Said(String),
}

impl Correction {
    /// A correction without readings for a quantity of this kind; it lists the units.
    #[must_use]
    pub fn of_quantity(kind: Kind) -> Self {
        Self::none(Choice::Units(kind))
    }

    fn none(choice: Choice) -> Self {
        Self(Box::new(Proposal {
            choice,
            quoted: true,
            ..Proposal::default()
        }))
    }

    /// A correction without readings that lists these names.
    #[must_use]
    pub fn of_names(names: &[&str]) -> Self {
        let names = names.iter().map(|name| (*name).to_owned());
        Self::none(Choice::Names(names.collect()))
    }

    /// A correction without readings; the sentence says what to write.
    pub fn said(sentence: impl Into<String>) -> Self {
        Self::none(Choice::Said(sentence.into()))
    }

    /// Adds this sentence, used if there is no reading.
    #[must_use]
    pub(crate) fn or_said(mut self, sentence: impl Into<String>) -> Self {
        self.choice = Choice::Said(sentence.into());
        self
    }

    /// Adds a reading with the same meaning.
    #[must_use]
    pub fn or(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        let is_new = self.readings.iter().all(|known| known.text != text);
        // A text that needs an escape cannot be put between quotes unchanged.
        if is_new && !text.contains(['"', '\\']) && !text.contains(char::is_control) {
            self.readings.push(Reading {
                text,
                refused: None,
            });
        }
        self
    }

    /// Adds a question that only the writer can answer.
    #[must_use]
    pub fn asking(mut self, question: impl Into<String>) -> Self {
        self.ask = Some(question.into());
        self
    }

    /// Adds a reason why nothing is proposed.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Adds text after the only reading.
    #[must_use]
    pub(crate) fn noting(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// Sets whether the number is wrong, rather than its unit.
    #[must_use]
    pub(crate) fn of_the_number(mut self, number: bool) -> Self {
        self.number = number;
        self
    }

    /// For a place without quotes.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.quoted = false;
        self
    }

    /// Surrounds every reading with these two texts.
    #[must_use]
    pub fn between(mut self, before: &str, after: &str) -> Self {
        for reading in &mut self.readings {
            reading.text = format!("{before}{}{after}", reading.text);
        }
        self
    }

    /// Removes the readings that `accepts` refuses.
    pub(crate) fn keep(&mut self, accepts: impl Fn(&str) -> bool) {
        self.readings.retain(|reading| accepts(&reading.text));
    }

    /// Whether it has nothing to propose.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.readings.is_empty()
    }

    /// The text with the same meaning, if there is one and the writer need not be asked.
    #[must_use]
    pub fn certain(&self) -> Option<&str> {
        match self.readings.as_slice() {
            [
                Reading {
                    text,
                    refused: None,
                },
            ] if self.ask.is_none() => Some(text),
            _ => None,
        }
    }

    /// A reading as it would be written in a file.
    #[must_use]
    pub(crate) fn in_place(&self, text: &str) -> String {
        if self.quoted {
            format!("\"{text}\"")
        } else {
            text.to_owned()
        }
    }

    /// The replacement at this place that needs no question.
    #[must_use]
    pub fn replacement(&self, at: SourceSpan) -> Option<Replacement> {
        let text = self.in_place(self.certain()?);
        Some(Replacement { at, text })
    }
}

impl Deref for Correction {
    type Target = Proposal;

    fn deref(&self) -> &Proposal {
        &self.0
    }
}

impl DerefMut for Correction {
    fn deref_mut(&mut self) -> &mut Proposal {
        &mut self.0
    }
}

impl fmt::Display for Correction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = self.readings.iter().filter(|one| one.refused.is_none());
        let taken: Vec<&str> = taken.map(|reading| reading.text.as_str()).collect();
        match (&self.ask, taken.as_slice()) {
            (Some(ask), []) => write!(out, "{ask}")?,
            (Some(ask), texts) => write!(out, "{ask}: write {}", any_of(texts))?,
            (None, [text]) => write!(out, "did you mean `{text}`?{}", self.note)?,
            (None, _) => {
                if let Some(why) = &self.why {
                    write!(out, "{why}")?;
                }
            }
        }
        for reading in &self.readings {
            if let Some(why) = &reading.refused {
                let Reading { text, .. } = reading;
                let edge = if taken.is_empty() && self.ask.is_none() && self.why.is_none() {
                    ""
                } else {
                    "; "
                };
                write!(out, "{edge}written as {text} it would be refused: {why}")?;
            }
        }
        let edge = if self.readings.is_empty() && self.ask.is_none() && self.why.is_none() {
            ""
        } else {
            "; "
        };
        // Units are not helpful if one was understood.
        let nothing = taken.is_empty() && self.readings.is_empty();
        let refused = self.readings.len() > taken.len();
        self.choice
            .write(out, edge, nothing, self.ask.is_some(), refused)
    }
}

impl Choice {
    /// Writes what else is possible; units only if nothing is proposed.
    fn write(
        &self,
        out: &mut fmt::Formatter<'_>,
        edge: &str,
        nothing: bool,
        asked: bool,
        refused: bool,
    ) -> fmt::Result {
        match self {
            Self::Units(kind) if nothing => write!(out, "{edge}{}", kind.choice()),
            Self::Said(sentence) if nothing => write!(out, "{edge}{sentence}"),
            Self::Names(names) if nothing => write!(out, "{edge}write {}", any_of(names)),
            Self::Names(names) if names.len() > 1 && (asked || refused) => {
                write!(out, "; all names: {}", any_of(names))
            }
            Self::Names(names) if names.len() > 1 => {
                write!(out, " Possible: {}", any_of(names))
            }
            Self::Open | Self::Units(_) | Self::Said(_) | Self::Names(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reading_is_put_in_place() {
        let correction = Correction::of_quantity(Kind::Duration).or("10 s");
        assert_eq!(correction.to_string(), "did you mean `10 s`?");
        let replacement = correction.replacement((4, 8).into()).unwrap();
        assert_eq!(replacement.text, "\"10 s\"");
    }

    #[test]
    fn two_readings_are_a_question() {
        let correction = Correction::of_quantity(Kind::Mass)
            .or("1500 µg")
            .or("1.5 µg")
            .asking("a comma groups digits or is a decimal point");
        assert_eq!(correction.certain(), None);
        assert_eq!(
            correction.to_string(),
            "a comma groups digits or is a decimal point: write `1500 µg` or `1.5 µg`"
        );
    }

    #[test]
    fn without_a_reading_the_units_are_listed() {
        let correction = Correction::of_quantity(Kind::Volume).because("a drop has no exact size");
        assert_eq!(
            correction.to_string(),
            "a drop has no exact size; units of a volume: `nL`, `µL` or `mL`"
        );
    }

    #[test]
    fn what_would_be_refused_is_not_proposed() {
        let mut correction = Correction::of_names(&["low", "high"]).or("low");
        correction.readings[0].refused = Some("`low` is taken".to_owned());
        assert_eq!(correction.certain(), None);
        assert_eq!(
            correction.to_string(),
            "written as low it would be refused: `low` is taken; all names: `low` or `high`"
        );
    }
}
