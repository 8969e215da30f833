//! A reading under way: the text, where in it the reading is, and what was found so far.

use super::schema::{FileKind, Key, Value};
use super::shape::ShapeMistake;
use super::unread::Unread;
use crate::mistake::Mistake;
use miette::SourceSpan;
use std::ops::Range;

/// Which table is read.
#[derive(Clone, Debug)]
pub(super) enum Here<'k> {
    /// The head of the file.
    Head,
    /// One with a header, which is here.
    Header(Range<usize>),
    /// One in braces, or without a header of its own: its key, and where it is.
    Key(&'k str, Range<usize>),
    /// An element of a list: how messages call it, and where it is.
    Item(&'static str, Range<usize>),
}

impl Here<'_> {
    /// Where it begins; `None` for the head.
    pub(super) fn start(&self) -> Option<usize> {
        match self {
            Self::Head => None,
            Self::Header(at) | Self::Key(_, at) | Self::Item(_, at) => Some(at.start),
        }
    }
}

/// The key whose value is read, and what it should be.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'k> {
    pub(super) key: &'k str,
    pub(super) value: &'k Value,
    /// The row of the key.
    pub(super) row: &'static Key,
    /// Whether the value is an element of the key's list.
    pub(super) is_item: bool,
}

/// A reading under way.
#[derive(Debug)]
pub struct Walk<'t> {
    pub(super) text: &'t str,
    pub(super) kind: &'static FileKind,
    pub(super) bare: Vec<Range<usize>>,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) missing: Vec<Missing>,
    pub(super) unread: Unread,
}

/// A required key that is not there, unless the rest of the text has it where it does not belong.
#[derive(Debug)]
pub(super) struct Missing {
    pub(super) key: &'static str,
    /// Its table; `None` is the head.
    pub(super) of: Option<SourceSpan>,
    pub(super) called: String,
    pub(super) mistake: ShapeMistake,
}

impl<'t> Walk<'t> {
    pub(super) fn report(&mut self, mistake: ShapeMistake) {
        self.mistakes.push(Mistake::new(self.kind.area, mistake));
    }

    /// The text at this place.
    pub(super) fn written(&self, at: Range<usize>) -> &'t str {
        self.text.get(at).unwrap_or_default()
    }

    /// What is written here, if it is a value without quotes.
    pub(super) fn bare(&self, at: &Range<usize>) -> Option<&'t str> {
        self.bare.contains(at).then(|| self.written(at.clone()))
    }

    /// Whether this is a header, not a value in brackets.
    pub(super) fn is_header(&self, at: &Range<usize>) -> bool {
        let line = self.text.get(..at.start).unwrap_or_default();
        let before = line.rsplit('\n').next().unwrap_or_default();
        before.trim().is_empty() && self.written(at.clone()).starts_with('[')
    }

    /// How a person calls the table.
    pub(super) fn called(&self, here: &Here<'_>) -> String {
        match here {
            Here::Head => "the head of the file".to_owned(),
            Here::Header(at) => format!("`{}`", self.written(at.clone())),
            Here::Key(key, _) => format!("`{key}`"),
            Here::Item(called, _) => (*called).to_owned(),
        }
    }

    /// The place of what a table lacks: of the head, the first line that says something.
    pub(super) fn place_of(&self, here: &Here<'_>) -> SourceSpan {
        match here {
            Here::Header(at) | Here::Key(_, at) | Here::Item(_, at) => at.clone().into(),
            Here::Head => {
                let mut offset = 0;
                for line in self.text.split_inclusive('\n') {
                    let content = line.trim();
                    if !content.is_empty() && !content.starts_with('#') {
                        let indent = line.len() - line.trim_start().len();
                        return (offset + indent, content.len()).into();
                    }
                    offset += line.len();
                }
                (0, 0).into()
            }
        }
    }
}
