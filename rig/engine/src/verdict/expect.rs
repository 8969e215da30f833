//! Expectations: bounded temporal logic over stepwise signals, with the margin of each answer.
//!
//! A signal keeps its value until its next change, intervals include both ends, and the answer is
//! three-valued: where the story ends before a window does, or a signal begins after it (the event
//! log, whose oldest entries are overwritten), it is `inconclusive`, never a guess.
//! The margin is the robustness of signal temporal logic: how far the worst instant was from
//! turning the answer over, in the signal's unit or in time.

use super::expect_events::{count, response};
use super::outcome::{Finding, Observed, Verdict};
use crate::run::Series;
use std::collections::BTreeMap;
use thecal_plan::{Expectation, Form, Predicate, Scenario, Signal};
use thecal_units::{Millis, SimTime};

/// The signals that a scenario's expectations name, each once.
#[must_use]
pub fn wanted_signals(scenario: &Scenario) -> Vec<Signal> {
    let mut wanted: Vec<Signal> = scenario
        .expectations
        .iter()
        .flat_map(|expectation| match &expectation.form {
            Form::Always { that, .. }
            | Form::Never { that, .. }
            | Form::Eventually { that, .. } => {
                vec![that.signal]
            }
            Form::Until { hold, goal, .. } => vec![hold.signal, goal.signal],
            Form::Response { when, then, .. } => vec![when.signal, then.signal],
            Form::Count { of, .. } => vec![*of],
        })
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// What an expectation looks at.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    signals: &'a BTreeMap<Signal, Series>,
    /// The end of the story.
    pub(super) end: SimTime,
}

impl Seen<'_> {
    pub(super) fn series(&self, signal: Signal) -> Option<&Series> {
        self.signals
            .get(&signal)
            .filter(|series| series.begins().is_some())
    }

    /// Whether the value is known at every instant of `from..=until`.
    fn knows(&self, series: &Series, from: SimTime, until: SimTime) -> bool {
        until <= self.end && series.begins().is_some_and(|begins| begins <= from)
    }
}

/// Judges one expectation by the signals of a story of this length.
#[must_use]
pub fn judge_expectation(
    expectation: &Expectation,
    signals: &BTreeMap<Signal, Series>,
    length: Millis,
) -> Finding {
    let story = &Seen {
        signals,
        end: SimTime::ZERO + length,
    };
    let judged = match &expectation.form {
        Form::Always { that, from, until } => always(story, that, *from, *until, false),
        Form::Never { that, from, until } => always(story, that, *from, *until, true),
        Form::Eventually { that, from, until } => eventually(story, that, *from, *until),
        Form::Until {
            hold,
            goal,
            from,
            until,
        } => holds_until(story, hold, goal, *from, *until),
        Form::Response {
            when,
            then,
            within,
            at_least,
        } => response(story, when, then, *within, *at_least),
        Form::Count {
            of,
            window,
            at_least,
            at_most,
        } => count(story, *of, *window, *at_least, *at_most),
    };
    let Judged {
        rule,
        verdict,
        observed,
        at,
        limit,
        margin,
        note,
    } = judged;
    Finding {
        name: expectation.name.clone(),
        requirement: None,
        rule,
        verdict,
        observed,
        at,
        limit,
        margin,
        note,
    }
}

/// A finding that has no name yet.
pub(super) struct Judged {
    pub(super) rule: String,
    pub(super) verdict: Verdict,
    pub(super) observed: Observed,
    pub(super) at: Option<SimTime>,
    pub(super) limit: Observed,
    pub(super) margin: Option<Observed>,
    pub(super) note: Option<String>,
}

pub(super) fn nothing(rule: String) -> Judged {
    Judged {
        rule,
        verdict: Verdict::Inconclusive,
        observed: Observed::Nothing,
        at: None,
        limit: Observed::Nothing,
        margin: None,
        note: Some("the signal has no values in this story".into()),
    }
}

const UNKNOWN: &str = "the signal is not known at every instant of the interval";

fn always(
    story: &Seen<'_>,
    that: &Predicate,
    from: SimTime,
    until: SimTime,
    negated: bool,
) -> Judged {
    let word = if negated { "never" } else { "always" };
    let rule = format!("{word} {} from {from} to {until}", that.text);
    let Some(series) = story.series(that.signal) else {
        return nothing(rule);
    };
    let known = story.knows(series, from, until);
    let sign = if negated { -1.0 } else { 1.0 };
    let (mut worst, mut holds) = (None::<(f64, f64, SimTime)>, true);
    for (at, value) in series.stretches(from, until.min(story.end)) {
        let margin = that.margin(value) * sign;
        holds &= that.holds(value) != negated;
        if worst.is_none_or(|(least, ..)| margin < least) {
            worst = Some((margin, value, at));
        }
    }
    let Some((margin, value, at)) = worst else {
        return nothing(rule);
    };
    Judged {
        rule,
        verdict: match (holds, known) {
            (false, _) => Verdict::Fail,
            (true, true) => Verdict::Pass,
            (true, false) => Verdict::Inconclusive,
        },
        observed: Observed::Value(value, that.dimension()),
        at: Some(at),
        limit: Observed::Value(that.limit, that.dimension()),
        margin: Some(Observed::Value(margin, that.dimension())),
        note: (holds && !known).then(|| UNKNOWN.into()),
    }
}

/// The first instant in `from..=until` at which the predicate holds.
fn first(series: &Series, that: &Predicate, from: SimTime, until: SimTime) -> Option<SimTime> {
    series
        .stretches(from, until)
        .find(|&(_, value)| that.holds(value))
        .map(|(at, _)| at)
}

/// The value in `from..=until` that is nearest to making the predicate true, and when.
fn nearest(
    series: &Series,
    that: &Predicate,
    from: SimTime,
    until: SimTime,
) -> Option<(SimTime, f64)> {
    series
        .stretches(from, until)
        .max_by(|(_, one), (_, two)| that.margin(*one).total_cmp(&that.margin(*two)))
}

fn eventually(story: &Seen<'_>, that: &Predicate, from: SimTime, until: SimTime) -> Judged {
    let rule = format!("eventually {} from {from} to {until}", that.text);
    let Some(series) = story.series(that.signal) else {
        return nothing(rule);
    };
    let limit = Observed::At(until);
    if let Some(at) = first(series, that, from, until.min(story.end)) {
        return Judged {
            rule,
            verdict: Verdict::Pass,
            observed: Observed::At(at),
            at: None,
            limit,
            margin: Some(Observed::Span(until.since(at))),
            note: None,
        };
    }
    let verdict = if story.knows(series, from, until) {
        Verdict::Fail
    } else {
        Verdict::Inconclusive
    };
    let note = nearest(series, that, from, until.min(story.end)).map(|(at, value)| {
        let value = thecal_plan::number::format_value(value, that.dimension());
        format!("nearest was {value} at {at}")
    });
    Judged {
        rule,
        verdict,
        observed: Observed::Never,
        at: None,
        limit,
        margin: None,
        note,
    }
}

fn holds_until(
    story: &Seen<'_>,
    hold: &Predicate,
    goal: &Predicate,
    from: SimTime,
    until: SimTime,
) -> Judged {
    let rule = format!("{} until {}, from {from} to {until}", hold.text, goal.text);
    let (Some(held), Some(aim)) = (story.series(hold.signal), story.series(goal.signal)) else {
        return nothing(rule);
    };
    let begun = story.knows(held, from, from) && story.knows(aim, from, from);
    let reached = first(aim, goal, from, until.min(story.end));
    if !begun && reached != Some(from) {
        return Judged {
            note: Some(UNKNOWN.into()),
            ..nothing(rule)
        };
    }
    let last = reached.unwrap_or(until.min(story.end));
    let broken = held
        .stretches(from, last)
        .find(|&(at, value)| !hold.holds(value) && reached.is_none_or(|reached| at < reached));
    let limit = Observed::At(until);
    if let Some((at, value)) = broken {
        return Judged {
            rule,
            verdict: Verdict::Fail,
            observed: Observed::Value(value, hold.dimension()),
            at: Some(at),
            limit: Observed::Value(hold.limit, hold.dimension()),
            margin: Some(Observed::Value(hold.margin(value), hold.dimension())),
            note: Some("broken before the goal".into()),
        };
    }
    match reached {
        Some(at) => Judged {
            rule,
            verdict: Verdict::Pass,
            observed: Observed::At(at),
            at: None,
            limit,
            margin: Some(Observed::Span(until.since(at))),
            note: None,
        },
        None => Judged {
            rule,
            verdict: if until > story.end {
                Verdict::Inconclusive
            } else {
                Verdict::Fail
            },
            observed: Observed::Never,
            at: None,
            limit,
            margin: None,
            note: None,
        },
    }
}
