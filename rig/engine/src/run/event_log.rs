//! The events of a run as text: acts of people, faults, what the pump showed.

use super::history::{Event, Subject};
use super::outcome::RunError;
use std::borrow::Cow;
use thecal_units::SimTime;

/// Events in order, and the hidden faults: those no pump can sense.
#[derive(Clone, Debug, Default)]
pub(super) struct EventLog {
    events: Vec<Event>,
    /// How many of them a live observer has seen.
    shown: usize,
    hidden: Vec<Cow<'static, str>>,
}

impl EventLog {
    pub(super) fn note(&mut self, at: SimTime, subject: Subject, what: impl Into<String>) {
        let what = what.into();
        self.push(Event { at, subject, what });
    }

    pub(super) fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Notes that a fault is present that no pump can sense.
    pub(super) fn hide(&mut self, what: impl Into<Cow<'static, str>>) {
        let what = what.into();
        if !self.hidden.contains(&what) {
            self.hidden.push(what);
        }
    }

    /// The events since the last call.
    pub(super) fn news(&mut self) -> Result<&[Event], RunError> {
        let shown = std::mem::replace(&mut self.shown, self.events.len());
        let news = self.events.get(shown..);
        news.ok_or_else(|| {
            RunError::inconsistent(format!(
                "{shown} events have been shown, more than there are"
            ))
        })
    }

    /// How many events there are.
    pub(super) const fn len(&self) -> usize {
        self.events.len()
    }

    /// Removes the events after the first `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        self.events.truncate(len);
        self.shown = self.shown.min(len);
    }

    /// The events, and the hidden faults, each once.
    pub(super) fn into_parts(self) -> (Vec<Event>, Vec<Cow<'static, str>>) {
        (self.events, self.hidden)
    }
}
