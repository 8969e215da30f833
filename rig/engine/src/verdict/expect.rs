//! Expectations: bounded temporal logic over stepwise signals, with the margin of each answer.
//!
//! A signal keeps its value until its next change, intervals include both ends, and the answer is
//! three-valued: where the run ends before a window does, or a signal begins after it (the event
//! log, whose oldest entries are overwritten), it is `inconclusive`, never a guess.
//! The margin is the robustness of signal temporal logic: how far the worst instant was from
//! turning the answer over, in the signal's unit or in time.
//!
//! An expectation sees its signals change while the run goes on (`expect_interval.rs`,
//! `expect_events.rs`) and keeps what its answer needs, not the signals. In which order changes of
//! different signals come makes no difference: those of the event log come at the end.

use super::expect_events::{Count, Response};
use super::expect_interval::{Always, Eventually, HoldsUntil};
use super::judged::Judged;
use super::outcome::Finding;
use crate::run::Series;
use std::collections::BTreeMap;
use thecal_plan::Signal;
use thecal_plan::{Expectation, Form, Scenario};
use thecal_units::{Millis, SimTime};

/// The expectations of a run, and the signals that they name.
#[derive(Clone, Debug, Default)]
pub struct Watches {
    signals: Vec<Seen>,
    watches: Vec<Watch>,
}

/// A signal as it was last.
#[derive(Clone, Debug)]
struct Seen {
    signal: Signal,
    /// Since when it has which value: another at the same instant takes its place.
    last: Option<(SimTime, f64)>,
}

impl Seen {
    /// Takes a value; gives the one before once nothing replaces it any more.
    fn push(&mut self, at: SimTime, value: f64) -> Option<(SimTime, f64)> {
        match &mut self.last {
            Some((_, last)) if last.to_bits() == value.to_bits() => None,
            Some((time, last)) if *time == at => {
                *last = value;
                None
            }
            last => last.replace((at, value)),
        }
    }
}

impl Watches {
    /// Those of a scenario.
    pub(crate) fn of(scenario: &Scenario) -> Self {
        let end = SimTime::ZERO + scenario.duration;
        let watch = |expectation| Watch::new(expectation, end);
        Self::new(scenario.expectations.iter().map(watch).collect())
    }

    fn new(watches: Vec<Watch>) -> Self {
        let mut signals: Vec<Signal> = watches.iter().flat_map(Watch::signals).collect();
        signals.sort_unstable();
        signals.dedup();
        let seen = |signal| Seen { signal, last: None };
        Self {
            signals: signals.into_iter().map(seen).collect(),
            watches,
        }
    }

    /// Whether one of them names this signal.
    pub(crate) fn want(&self, signal: Signal) -> bool {
        self.signals.iter().any(|seen| seen.signal == signal)
    }

    /// The values of all signals at this instant; `None`: not known now.
    pub(crate) fn sample(&mut self, now: SimTime, value: impl Fn(Signal) -> Option<f64>) {
        for seen in &mut self.signals {
            if let Some(value) = value(seen.signal)
                && let Some(settled) = seen.push(now, value)
            {
                update(&mut self.watches, seen.signal, settled);
            }
        }
    }

    /// The value of one signal from this instant on.
    pub(crate) fn push(&mut self, signal: Signal, at: SimTime, value: f64) {
        let seen = self.signals.iter_mut().find(|seen| seen.signal == signal);
        if let Some(settled) = seen.and_then(|seen| seen.push(at, value)) {
            update(&mut self.watches, signal, settled);
        }
    }

    /// Whether each rests on what the patient truly got, in the order of the scenario.
    pub(super) fn rest_on_truth(&self) -> Vec<bool> {
        let signals = self.watches.iter().map(Watch::signals);
        let true_ones = signals.map(|signals| signals.into_iter().any(Signal::is_true));
        true_ones.collect()
    }

    /// What was found, at the end, in the order of the scenario.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut watches = self.watches.clone();
        for seen in &self.signals {
            if let Some(last) = seen.last {
                update(&mut watches, seen.signal, last);
            }
        }
        watches.into_iter().map(Watch::finding).collect()
    }
}

fn update(watches: &mut [Watch], signal: Signal, (at, value): (SimTime, f64)) {
    for watch in watches {
        watch.push(signal, at, value);
    }
}

/// Judges one expectation by the signals of a run of this length.
#[must_use]
pub fn judge_expectation(
    expectation: &Expectation,
    signals: &BTreeMap<Signal, Series>,
    length: Millis,
) -> Finding {
    let mut watch = Watch::new(expectation, SimTime::ZERO + length);
    for (&signal, series) in signals {
        for &(at, value) in series.points() {
            watch.push(signal, at, value);
        }
    }
    watch.finding()
}

/// One expectation at work.
#[derive(Clone, Debug)]
struct Watch {
    /// The name of the expectation.
    name: String,
    /// Why its limit is what it is.
    why: Option<String>,
    /// The end of the run.
    end: SimTime,
    form: FormAtWork,
}

#[derive(Clone, Debug)]
enum FormAtWork {
    Always(Always),
    Eventually(Eventually),
    HoldsUntil(HoldsUntil),
    Response(Response),
    Count(Count),
}

impl Watch {
    fn new(expectation: &Expectation, end: SimTime) -> Self {
        let form = match expectation.form.clone() {
            Form::Always { that, from, until } => {
                FormAtWork::Always(Always::new(that, (from, until), end, false))
            }
            Form::Never { that, from, until } => {
                FormAtWork::Always(Always::new(that, (from, until), end, true))
            }
            Form::Eventually { that, from, until } => {
                FormAtWork::Eventually(Eventually::new(that, (from, until), end))
            }
            Form::Until {
                hold,
                goal,
                from,
                until,
            } => FormAtWork::HoldsUntil(HoldsUntil::new(hold, goal, (from, until), end)),
            Form::Response {
                when,
                then,
                within,
                at_least,
            } => FormAtWork::Response(Response::new(when, then, within, at_least)),
            Form::Count {
                of,
                window,
                at_least,
                at_most,
            } => FormAtWork::Count(Count::new(of, window, at_least, at_most)),
        };
        Self {
            name: expectation.name.clone(),
            why: expectation.why.clone(),
            end,
            form,
        }
    }

    fn signals(&self) -> Vec<Signal> {
        match &self.form {
            FormAtWork::Always(form) => vec![form.signal()],
            FormAtWork::Eventually(form) => vec![form.signal()],
            FormAtWork::HoldsUntil(form) => form.signals().to_vec(),
            FormAtWork::Response(form) => form.signals().to_vec(),
            FormAtWork::Count(form) => vec![form.signal()],
        }
    }

    /// A signal has this value from this instant on. Changes of one signal come in order.
    fn push(&mut self, signal: Signal, at: SimTime, value: f64) {
        match &mut self.form {
            FormAtWork::Always(form) if form.signal() == signal => form.push(at, value),
            FormAtWork::Eventually(form) if form.signal() == signal => form.push(at, value),
            FormAtWork::Count(form) if form.signal() == signal => form.push(at, value),
            FormAtWork::HoldsUntil(form) => form.push(signal, at, value),
            FormAtWork::Response(form) => form.push(signal, at, value),
            FormAtWork::Always(_) | FormAtWork::Eventually(_) | FormAtWork::Count(_) => {}
        }
    }

    fn finding(self) -> Finding {
        let judged = match self.form {
            FormAtWork::Always(form) => form.judge(self.end),
            FormAtWork::Eventually(form) => form.judge(self.end),
            FormAtWork::HoldsUntil(form) => form.judge(self.end),
            FormAtWork::Response(form) => form.judge(self.end),
            FormAtWork::Count(form) => form.judge(self.end),
        };
        let Judged {
            verdict,
            observed,
            at,
            limit,
            margin,
            note,
        } = judged;
        Finding {
            requirement: None,
            name: self.name,
            rule: String::new(),
            verdict,
            observed,
            at,
            limit,
            margin,
            note,
            why: self.why,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use thecal_plan::{Comparison, Predicate};

    fn predicate(signal: Signal) -> Predicate {
        Predicate {
            signal,
            comparison: Comparison::AtLeast,
            limit: 2.0,
            text: "that".into(),
        }
    }

    /// One expectation of each form about two signals.
    fn expectations() -> Vec<Expectation> {
        let (level, other, counter) = (
            Signal::TrueReservoir,
            Signal::TrueEffect,
            Signal::BolusGranted,
        );
        let (from, until) = (SimTime::from_millis(5), SimTime::from_millis(25));
        let that = predicate(level);
        let within = Millis::from_millis(7);
        let forms = [
            Form::Always {
                that: that.clone(),
                from,
                until,
            },
            Form::Eventually {
                that: that.clone(),
                from,
                until,
            },
            Form::Until {
                hold: that.clone(),
                goal: predicate(other),
                from,
                until,
            },
            Form::Response {
                when: that,
                then: predicate(counter),
                within,
                at_least: 1,
            },
            Form::Count {
                of: counter,
                window: Some(within),
                at_least: None,
                at_most: Some(2),
            },
        ];
        let expectation = |form| Expectation {
            name: "any".into(),
            why: None,
            form,
        };
        forms.into_iter().map(expectation).collect()
    }

    proptest! {
        /// Values that are sampled again, at one instant or without a change, one signal after the
        /// other or all at once.
        #[test]
        fn what_is_seen_as_it_comes_is_judged_as_the_whole_series(
            samples in prop::collection::vec((0_u64..4, 0_usize..3, 0_u8..4), 0..40),
            end in 10_u64..40,
        ) {
            let names = [Signal::TrueReservoir, Signal::TrueEffect, Signal::BolusGranted];
            let (expectations, end) = (expectations(), SimTime::from_millis(end));
            let watch = |expectation| Watch::new(expectation, end);
            let mut watches = Watches::new(expectations.iter().map(watch).collect());
            let mut signals: BTreeMap<Signal, Series> = BTreeMap::new();
            let mut now = SimTime::ZERO;
            for (later, nth, value) in samples {
                now = now + Millis::from_millis(later);
                let (signal, value) = (names[nth], f64::from(value));
                watches.push(signal, now, value);
                signals.entry(signal).or_default().push(now, value);
            }
            let length = end.since_origin();
            let whole = expectations.iter().map(|one| judge_expectation(one, &signals, length));
            prop_assert_eq!(watches.findings(), whole.collect::<Vec<_>>());
        }
    }
}
