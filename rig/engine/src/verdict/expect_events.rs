//! Expectations about events: a reaction to each trigger, and counts in sliding windows.

use super::figure::Observed;
use super::judged::{Judged, nothing};
use super::opening::Opening;
use super::outcome::Verdict;
use crate::run::Series;
use thecal_plan::{Comparison, Dimension, Predicate, Signal};
use thecal_units::{Millis, SimTime};

/// `when` → `then`: each trigger has its reaction in time.
#[derive(Clone, Debug)]
pub(super) struct Response {
    when: Predicate,
    then: Predicate,
    within: Millis,
    /// Fewer triggers make it inconclusive.
    at_least: u32,
    /// The gates of `when` and `then`.
    openings: [Opening; 2],
    cause: Triggers,
    /// Where `then` is an event, its signal; else whether it holds: 0 or 1.
    effect: Series,
}

impl Response {
    pub(super) fn new(when: Predicate, then: Predicate, within: Millis, at_least: u32) -> Self {
        Self {
            openings: [&when, &then].map(Opening::of_goal),
            when,
            then,
            within,
            at_least,
            cause: Triggers::default(),
            effect: Series::default(),
        }
    }

    pub(super) const fn signals(&self) -> [Signal; 2] {
        [self.when.signal, self.then.signal]
    }

    pub(super) fn push(&mut self, signal: Signal, at: SimTime, value: f64) {
        if signal == self.when.signal {
            for (at, value) in self.openings[0].push(&self.when, at, value) {
                self.cause.push(&self.when, at, value);
            }
        }
        if signal == self.then.signal {
            for (at, value) in self.openings[1].push(&self.then, at, value) {
                self.take_effect(at, value);
            }
        }
    }

    fn take_effect(&mut self, at: SimTime, value: f64) {
        let seen = if is_event(&self.then) {
            value
        } else {
            f64::from(u8::from(self.then.holds(value)))
        };
        self.effect.push(at, seen);
    }

    /// Takes what still counts at the end of the run.
    fn take_rest(&mut self, end: SimTime) {
        if let Some((at, value)) = self.openings[0].rest(end) {
            self.cause.push(&self.when, at, value);
        }
        if let Some((at, value)) = self.openings[1].rest(end) {
            self.take_effect(at, value);
        }
    }

    pub(super) fn judge(mut self, end: SimTime) -> Judged {
        let (within, at_least) = (self.within, self.at_least);
        let full = self.openings.each_ref().map(Opening::full);
        self.take_rest(end);
        let (Some(cause_begins), Some(effect_begins)) = (self.cause.begins, self.effect.begins())
        else {
            return nothing();
        };
        if cause_begins > full[0] || effect_begins > full[1] {
            return Judged {
                note: Some("the signal is not known from the start".into()),
                ..nothing()
            };
        }
        let edges = &self.cause.edges;
        let mut slowest = (Millis::ZERO, None);
        let (mut missing, mut open) = (None, None);
        for &edge in edges {
            let deadline = edge + within;
            match self.reaction(edge, deadline.min(end)) {
                Some(at) if at.since(edge) >= slowest.0 => slowest = (at.since(edge), Some(edge)),
                Some(_) => {}
                None if deadline > end || deadline < full[1] => open = open.or(Some(edge)),
                None => missing = missing.or(Some(edge)),
            }
        }
        let limit = Observed::Span(within);
        let few = u32::try_from(edges.len()).unwrap_or(u32::MAX) < at_least;
        let (verdict, note) = match (missing, open) {
            (Some(edge), _) => (
                Verdict::Fail,
                Some(format!("no reaction to the trigger at {}", edge.spelled())),
            ),
            (None, Some(edge)) => {
                let comes_first = if edge + within > end {
                    "the run ends before the reaction"
                } else {
                    "no window is full before the reaction"
                };
                let note = format!("{comes_first} to {} is due", edge.spelled());
                (Verdict::Inconclusive, Some(note))
            }
            (None, None) if few => {
                let note = format!("triggers: {}, at least {at_least} needed", edges.len());
                (Verdict::Inconclusive, Some(note))
            }
            (None, None) => {
                let already = edges.iter().filter(|edge| self.was_true_before(**edge));
                let already = match already.count() {
                    0 => String::new(),
                    count => format!(", already true before {count} of them"),
                };
                let note = format!("triggers: {}{already}", edges.len());
                (Verdict::Pass, Some(note))
            }
        };
        let passed = verdict == Verdict::Pass && slowest.1.is_some();
        Judged {
            verdict,
            observed: match (passed, missing.or(open)) {
                (true, _) => Observed::Span(slowest.0),
                (false, Some(_)) => Observed::Never,
                (false, None) => Observed::Nothing,
            },
            at: if passed { slowest.1 } else { missing.or(open) },
            limit,
            margin: passed.then(|| Observed::Span(within.saturating_sub(slowest.0))),
            note,
        }
    }

    /// Whether what is to follow, a state, held before the trigger.
    fn was_true_before(&self, edge: SimTime) -> bool {
        let earlier = edge.as_millis().checked_sub(1).map(SimTime::from_millis);
        let held = |earlier| counted(&self.effect, earlier) > 0.0;
        !is_event(&self.then) && earlier.is_some_and(held)
    }

    /// The first instant in `edge..=until` at which `then` is true. For counting signals with a
    /// least count, a count from before the trigger is no reaction to it.
    fn reaction(&self, edge: SimTime, until: SimTime) -> Option<SimTime> {
        let effect = &self.effect;
        let mut stretches = effect.stretches(edge, until);
        let found = if is_event(&self.then) {
            let earlier = edge.as_millis().checked_sub(1).map(SimTime::from_millis);
            let before = earlier.map_or(0.0, |earlier| counted(effect, earlier));
            stretches.find(|&(_, value)| self.then.holds(value) && value > before)
        } else {
            stretches.find(|&(_, holds)| holds > 0.0)
        };
        found.map(|(at, _)| at)
    }
}

/// When a predicate becomes true; true from the start counts too. For counting signals with a least
/// count, each further count is a trigger of its own.
#[derive(Clone, Debug, Default)]
struct Triggers {
    /// When the signal begins.
    begins: Option<SimTime>,
    edges: Vec<SimTime>,
    /// The last value, and whether it made the predicate true.
    last: Option<(f64, bool)>,
}

impl Triggers {
    fn push(&mut self, when: &Predicate, at: SimTime, value: f64) {
        self.begins.get_or_insert(at);
        let (last, was) = self.last.unwrap_or((f64::NEG_INFINITY, false));
        let is = when.holds(value);
        if is && (!was || (is_event(when) && value > last)) {
            self.edges.push(at);
        }
        self.last = Some((value, is));
    }
}

/// Counts since the start of a signal whose first entries are lost say too little.
fn begins_late(series: &Series) -> bool {
    series.begins().is_some_and(|begins| begins > SimTime::ZERO)
}

/// Whether each further count is an event of its own: `log.motor-stall >= 1` is not a state that
/// lasts for ever after the first stall.
fn is_event(that: &Predicate) -> bool {
    that.signal.counts_up() && matches!(that.comparison, Comparison::AtLeast | Comparison::Above)
}

/// What a counting signal had counted at `at`: it starts at zero.
fn counted(series: &Series, at: SimTime) -> f64 {
    match series.begins() {
        Some(begins) if begins <= at => series.at(at).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// How much a counting signal grows, in all or within any window.
#[derive(Clone, Debug)]
pub(super) struct Count {
    of: Signal,
    window: Option<Millis>,
    at_least: Option<u32>,
    at_most: Option<u32>,
    counts: Series,
}

impl Count {
    pub(super) fn new(
        of: Signal,
        window: Option<Millis>,
        at_least: Option<u32>,
        at_most: Option<u32>,
    ) -> Self {
        Self {
            of,
            window,
            at_least,
            at_most,
            counts: Series::default(),
        }
    }

    pub(super) const fn signal(&self) -> Signal {
        self.of
    }

    pub(super) fn push(&mut self, at: SimTime, count: f64) {
        self.counts.push(at, count);
    }

    pub(super) fn judge(self, end: SimTime) -> Judged {
        let Self {
            window,
            at_least,
            at_most,
            counts: series,
            ..
        } = &self;
        if series.begins().is_none() {
            return nothing();
        }
        // What happens at the very first instant is counted too, so zero is the base.
        let total = counted(series, end);
        let (most, at) = match window {
            None => (total, None),
            Some(window) => busiest(series, *window),
        };
        let low = at_least.map(|bound| total - f64::from(bound));
        let high = at_most.map(|bound| f64::from(bound) - most);
        let margin = low.into_iter().chain(high).reduce(f64::min);
        let is_bad = |margin: Option<f64>| margin.is_some_and(|margin| margin < 0.0);
        // Lost entries can only add: too many stay too many, enough stay enough.
        let verdict = match (is_bad(low), is_bad(high), begins_late(series)) {
            (_, true, _) | (true, _, false) => Verdict::Fail,
            (true, _, true) => Verdict::Inconclusive,
            (false, false, true) if high.is_some() => Verdict::Inconclusive,
            (false, false, _) => Verdict::Pass,
        };
        let limit = match (at_most, at_least) {
            (Some(bound), _) | (None, Some(bound)) => {
                Observed::Value((*bound).into(), Dimension::Count)
            }
            (None, None) => Observed::Nothing,
        };
        Judged {
            verdict,
            observed: Observed::Value(most, Dimension::Count),
            at,
            limit,
            margin: margin.map(|margin| Observed::Value(margin, Dimension::Count)),
            note: begins_late(series).then(|| "the oldest entries are overwritten".into()),
        }
    }
}

/// The most that a counting signal grows within any window, both ends included, and its end.
fn busiest(series: &Series, window: Millis) -> (f64, Option<SimTime>) {
    let mut most = (0.0, None);
    for &(at, value) in series.points() {
        // What was counted just before the window begins.
        let start = at.as_millis().checked_sub(window.as_millis() + 1);
        let before = start.map_or(0.0, |start| counted(series, SimTime::from_millis(start)));
        if value - before > most.0 {
            most = (value - before, Some(at));
        }
    }
    most
}
