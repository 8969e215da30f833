//! Expectations: bounded temporal logic over stepwise signals, with the margin of each answer.
//!
//! A signal keeps its value until its next change, intervals include both ends, and the answer is
//! three-valued: where the story ends before a window does, it is `inconclusive`, never a guess.
//! The margin is the robustness of signal temporal logic: how far the worst instant was from
//! turning the answer over, in the signal's unit or in time.

use super::outcome::{Finding, Observed, Verdict};
use crate::run::{Series, Story};
use crate::scenario::plan::{Comparison, Expectation, Form, Predicate, Scenario};
use crate::signal::{Dimension, Signal};
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

/// Judges one expectation.
pub(super) fn judge(expectation: &Expectation, story: &Story) -> Finding {
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
struct Judged {
    rule: String,
    verdict: Verdict,
    observed: Observed,
    at: Option<SimTime>,
    limit: Observed,
    margin: Option<Observed>,
    note: Option<String>,
}

impl Predicate {
    /// How far `value` is on the good side of the limit; negative: on the bad side.
    fn margin(&self, value: f64) -> f64 {
        match self.comparison {
            Comparison::AtMost | Comparison::Below => self.limit - value,
            Comparison::AtLeast | Comparison::Above => value - self.limit,
            Comparison::Equal => -(value - self.limit).abs(),
        }
    }

    fn holds(&self, value: f64) -> bool {
        let margin = self.margin(value);
        match self.comparison {
            Comparison::AtMost | Comparison::AtLeast | Comparison::Equal => margin >= 0.0,
            Comparison::Below | Comparison::Above => margin > 0.0,
        }
    }

    const fn dimension(&self) -> Dimension {
        self.signal.dimension()
    }
}

fn series(story: &Story, signal: Signal) -> Option<&Series> {
    story
        .signals
        .get(&signal)
        .filter(|series| !series.points().is_empty())
}

fn nothing(rule: String) -> Judged {
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

fn end(story: &Story) -> SimTime {
    SimTime::ZERO + story.simulated
}

fn always(story: &Story, that: &Predicate, from: SimTime, until: SimTime, negated: bool) -> Judged {
    let word = if negated { "never" } else { "always" };
    let rule = format!("{word} {} from {from} to {until}", that.text);
    let Some(series) = series(story, that.signal) else {
        return nothing(rule);
    };
    let sign = if negated { -1.0 } else { 1.0 };
    let (mut worst, mut holds) = (None::<(f64, f64, SimTime)>, true);
    for (at, value) in series.stretches(from, until) {
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
        verdict: if holds { Verdict::Pass } else { Verdict::Fail },
        observed: Observed::Value(value, that.dimension()),
        at: Some(at),
        limit: Observed::Value(that.limit, that.dimension()),
        margin: Some(Observed::Value(margin, that.dimension())),
        note: None,
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

fn eventually(story: &Story, that: &Predicate, from: SimTime, until: SimTime) -> Judged {
    let rule = format!("eventually {} from {from} to {until}", that.text);
    let Some(series) = series(story, that.signal) else {
        return nothing(rule);
    };
    let limit = Observed::At(until);
    if let Some(at) = first(series, that, from, until.min(end(story))) {
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
    let verdict = if until > end(story) {
        Verdict::Inconclusive
    } else {
        Verdict::Fail
    };
    let note = nearest(series, that, from, until).map(|(at, value)| {
        let value = crate::report::format_value(value, that.dimension());
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
    story: &Story,
    hold: &Predicate,
    goal: &Predicate,
    from: SimTime,
    until: SimTime,
) -> Judged {
    let rule = format!("{} until {}, from {from} to {until}", hold.text, goal.text);
    let (Some(held), Some(aim)) = (series(story, hold.signal), series(story, goal.signal)) else {
        return nothing(rule);
    };
    let reached = first(aim, goal, from, until.min(end(story)));
    let last = reached.unwrap_or(until.min(end(story)));
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
            verdict: if until > end(story) {
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

fn response(
    story: &Story,
    when: &Predicate,
    then: &Predicate,
    within: Millis,
    at_least: u32,
) -> Judged {
    let rule = format!("each time {}, {} within {within}", when.text, then.text);
    let (Some(cause), Some(effect)) = (series(story, when.signal), series(story, then.signal))
    else {
        return nothing(rule);
    };
    let edges = rising_edges(cause, when);
    let mut slowest = (Millis::ZERO, None);
    let (mut missing, mut open) = (None, None);
    for &edge in &edges {
        let deadline = edge + within;
        match first(effect, then, edge, deadline.min(end(story))) {
            Some(at) if at.since(edge) >= slowest.0 => slowest = (at.since(edge), Some(edge)),
            Some(_) => {}
            None if deadline > end(story) => open = open.or(Some(edge)),
            None => missing = missing.or(Some(edge)),
        }
    }
    let limit = Observed::Span(within);
    let few = u32::try_from(edges.len()).unwrap_or(u32::MAX) < at_least;
    let (verdict, note) = match (missing, open) {
        (Some(edge), _) => (
            Verdict::Fail,
            Some(format!("no reaction to the trigger at {edge}")),
        ),
        (None, Some(edge)) => {
            let note = format!("the story ends before the reaction to {edge} is due");
            (Verdict::Inconclusive, Some(note))
        }
        (None, None) if few => {
            let note = format!("{} triggers, at least {at_least} needed", edges.len());
            (Verdict::Inconclusive, Some(note))
        }
        (None, None) => (Verdict::Pass, Some(format!("{} trigger(s)", edges.len()))),
    };
    let passed = verdict == Verdict::Pass && slowest.1.is_some();
    Judged {
        rule,
        verdict,
        observed: if passed {
            Observed::Span(slowest.0)
        } else {
            Observed::Never
        },
        at: if passed { slowest.1 } else { missing.or(open) },
        limit,
        margin: passed.then(|| Observed::Span(within.saturating_sub(slowest.0))),
        note,
    }
}

/// When the predicate becomes true; true from the start counts as an edge. For counting signals
/// (`log.*`, `bolus.*`) compared with `>= 1`, each further count is an edge of its own.
fn rising_edges(series: &Series, when: &Predicate) -> Vec<SimTime> {
    let counting = when.signal.counts_up() && when.comparison == Comparison::AtLeast;
    let (mut edges, mut was, mut last) = (Vec::new(), false, f64::NEG_INFINITY);
    for &(at, value) in series.points() {
        let is = when.holds(value);
        if is && (!was || (counting && value > last)) {
            edges.push(at);
        }
        (was, last) = (is, value);
    }
    edges
}

fn count(
    story: &Story,
    of: Signal,
    window: Option<Millis>,
    at_least: Option<u32>,
    at_most: Option<u32>,
) -> Judged {
    let window_text = window.map_or("the whole run".into(), |window| format!("any {window}"));
    let mut rule = format!("count of {of} in {window_text}");
    for (word, bound) in [(" >= ", at_least), (" <= ", at_most)] {
        if let Some(bound) = bound {
            rule.push_str(word);
            rule.push_str(&bound.to_string());
        }
    }
    let Some(series) = series(story, of) else {
        return nothing(rule);
    };
    let total = series.points().last().map_or(0.0, |&(_, value)| value)
        - series.points().first().map_or(0.0, |&(_, value)| value);
    let (most, at) = match window {
        None => (total, None),
        Some(window) => busiest(series, window),
    };
    let low = at_least.map(|bound| total - f64::from(bound));
    let high = at_most.map(|bound| f64::from(bound) - most);
    let margin = low.into_iter().chain(high).fold(f64::INFINITY, f64::min);
    let limit = match (at_most, at_least) {
        (Some(bound), _) | (None, Some(bound)) => Observed::Value(bound.into(), Dimension::Count),
        (None, None) => Observed::Nothing,
    };
    Judged {
        rule,
        verdict: if margin >= 0.0 {
            Verdict::Pass
        } else {
            Verdict::Fail
        },
        observed: Observed::Value(most, Dimension::Count),
        at,
        limit,
        margin: Some(Observed::Value(margin, Dimension::Count)),
        note: None,
    }
}

/// The most that a counting signal grows within any window `(t - window, t]`, and that `t`.
fn busiest(series: &Series, window: Millis) -> (f64, Option<SimTime>) {
    let mut most = (0.0, None);
    let start = series.points().first().map_or(0.0, |&(_, value)| value);
    for &(at, value) in series.points() {
        let before = if at.since_origin() < window {
            start
        } else {
            series.at(at.before(window)).unwrap_or(start)
        };
        if value - before > most.0 {
            most = (value - before, Some(at));
        }
    }
    most
}
