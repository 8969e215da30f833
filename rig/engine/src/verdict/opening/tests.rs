//! Each form with a sum over 24 hours, in runs that are shorter and longer.

use super::super::expect::judge_expectation;
use super::super::outcome::{Finding, Verdict};
use crate::run::Series;
use Comparison::{AtLeast, AtMost};
use Verdict::{Fail, Inconclusive, Pass};
use std::collections::BTreeMap;
use thecal_plan::{Comparison, Expectation, Form, Predicate, Signal};
use thecal_units::{Millis, SimTime};

const DAY: u64 = 24;

fn hours(hours: u64) -> SimTime {
    SimTime::ZERO + Millis::HOUR.times(hours)
}

fn that(comparison: Comparison, limit: f64) -> Predicate {
    Predicate {
        signal: Signal::TrueDose24h,
        comparison,
        limit,
        text: "that".into(),
    }
}

fn bolus() -> Predicate {
    Predicate {
        signal: Signal::BolusGranted,
        comparison: AtLeast,
        limit: 1.0,
        text: "a bolus".into(),
    }
}

/// A dose of 10 an hour, and a bolus granted at 2 h.
fn judged(form: Form, length: u64) -> Finding {
    let mut dose = Series::default();
    for hour in 0..=length {
        #[expect(clippy::cast_precision_loss, reason = "at most 240")]
        dose.push(hours(hour), (hour.min(DAY) * 10) as f64);
    }
    let mut granted = Series::default();
    granted.push(SimTime::ZERO, 0.0);
    granted.push(hours(2), 1.0);
    let signals = BTreeMap::from([(Signal::TrueDose24h, dose), (Signal::BolusGranted, granted)]);
    let expectation = Expectation {
        name: "any".into(),
        why: None,
        form,
    };
    judge_expectation(&expectation, &signals, Millis::HOUR.times(length))
}

fn always(that: Predicate, from: u64, until: u64) -> Form {
    let (from, until) = (hours(from), hours(until));
    Form::Always { that, from, until }
}

fn never(that: Predicate, from: u64, until: u64) -> Form {
    let (from, until) = (hours(from), hours(until));
    Form::Never { that, from, until }
}

fn eventually(that: Predicate, until: u64) -> Form {
    Form::Eventually {
        that,
        from: SimTime::ZERO,
        until: hours(until),
    }
}

fn held(hold: Predicate, goal: Predicate, until: u64) -> Form {
    Form::Until {
        hold,
        goal,
        from: SimTime::ZERO,
        until: hours(until),
    }
}

#[track_caller]
fn is(form: Form, length: u64, verdict: Verdict) {
    let asked = format!("{form:?}");
    let finding = judged(form, length);
    assert_eq!(finding.verdict, verdict, "{asked}: {finding:?}");
}

#[test]
fn a_bound_from_above_is_judged_by_the_sum_so_far() {
    is(always(that(AtMost, 100.0), 0, 6), 6, Pass);
    is(always(that(AtMost, 50.0), 0, 6), 6, Fail);
    is(never(that(AtLeast, 100.0), 0, 6), 6, Pass);
    is(never(that(AtLeast, 50.0), 0, 6), 6, Fail);
    let note = judged(always(that(AtMost, 100.0), 0, 6), 6).note;
    let so_far = "the sum since the start: no window of 24 h is full";
    assert_eq!(note.as_deref(), Some(so_far));
    let full = judged(always(that(AtMost, 300.0), 0, 30), 30);
    assert_eq!((full.verdict, full.note), (Pass, None));
}

#[test]
fn a_bound_from_below_is_not_known_before_a_window_is_full() {
    is(always(that(AtLeast, 200.0), 0, 6), 6, Inconclusive);
    is(never(that(AtMost, 200.0), 0, 6), 6, Inconclusive);
    is(always(that(AtLeast, 200.0), 0, 48), 48, Inconclusive);
    is(always(that(AtLeast, 200.0), 24, 48), 48, Pass);
    is(always(that(AtLeast, 250.0), 24, 48), 48, Fail);
    is(always(that(AtLeast, 250.0), 0, 48), 48, Fail);
    is(never(that(AtMost, 200.0), 24, 48), 48, Pass);
}

#[test]
fn what_is_to_be_reached_from_below_counts_as_soon_as_it_is() {
    is(eventually(that(AtLeast, 50.0), 6), 6, Pass);
    is(eventually(that(AtLeast, 100.0), 6), 6, Inconclusive);
    is(eventually(that(AtLeast, 100.0), 6), 48, Inconclusive);
    is(eventually(that(AtLeast, 230.0), 30), 48, Pass);
    is(eventually(that(AtLeast, 250.0), 30), 48, Fail);
    let reached = judged(eventually(that(AtLeast, 50.0), 30), 48);
    assert!(format!("{:?}", reached.observed).contains(&format!("{:?}", hours(5))));
}

#[test]
fn no_sum_that_begins_at_zero_has_come_down_to_a_bound() {
    is(eventually(that(AtMost, 100.0), 6), 6, Inconclusive);
    is(eventually(that(AtMost, 100.0), 48), 48, Fail);
    is(eventually(that(AtMost, 240.0), 48), 48, Pass);
}

#[test]
fn what_holds_until_a_goal_is_as_bound_and_goal_are() {
    is(held(that(AtMost, 100.0), bolus(), 6), 6, Pass);
    is(held(that(AtMost, 5.0), bolus(), 6), 6, Fail);
    is(held(that(AtLeast, 10.0), bolus(), 6), 6, Inconclusive);
    let none = Predicate {
        limit: 2.0,
        comparison: AtMost,
        ..bolus()
    };
    is(held(none.clone(), that(AtMost, 100.0), 6), 6, Inconclusive);
    is(held(none.clone(), that(AtMost, 100.0), 30), 30, Fail);
    is(held(none.clone(), that(AtMost, 240.0), 30), 30, Pass);
    is(held(none.clone(), that(AtLeast, 50.0), 6), 6, Pass);
    is(held(none, that(AtLeast, 100.0), 6), 6, Inconclusive);
}

#[test]
fn triggers_and_reactions_are_goals() {
    let response = |when, then, within| Form::Response {
        when,
        then,
        within: Millis::HOUR.times(within),
        at_least: 1,
    };
    is(response(bolus(), that(AtMost, 100.0), 1), 48, Inconclusive);
    is(response(bolus(), that(AtMost, 240.0), 30), 48, Pass);
    is(response(bolus(), that(AtLeast, 50.0), 4), 6, Pass);
    is(response(bolus(), that(AtLeast, 100.0), 2), 6, Inconclusive);
    is(response(bolus(), that(AtLeast, 250.0), 30), 48, Fail);
    is(response(that(AtLeast, 10.0), bolus(), 2), 6, Pass);
    is(response(that(AtLeast, 100.0), bolus(), 2), 6, Inconclusive);
    is(response(that(AtMost, 100.0), bolus(), 2), 6, Inconclusive);
    is(response(that(AtMost, 240.0), bolus(), 2), 48, Fail);
}
