//! An independent oracle for the expectation evaluator: it checks every millisecond of a tiny run,
//! without series or change points, and must agree in verdict and margin.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use thecal_engine::run::Series;
use thecal_engine::verdict::{Finding, Observed, Verdict, judge_expectation};
use thecal_plan::{Comparison, Expectation, Form, Predicate, Signal};
use thecal_units::{Millis, SimTime};

const LEVELS: [Signal; 2] = [Signal::TrueReservoir, Signal::TrueEffect];
const COUNTS: [Signal; 2] = [Signal::BolusGranted, Signal::LogReset];
const LAST: u64 = 40;

/// One value for each millisecond; `None`: unknown.
type Grid = Vec<Option<f64>>;

fn at(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

fn value(grid: &Grid, t: u64) -> Option<f64> {
    grid.get(usize::try_from(t).expect("small"))
        .copied()
        .flatten()
}

fn holds(that: &Predicate, value: f64) -> bool {
    match that.comparison {
        Comparison::AtMost => value <= that.limit,
        Comparison::Below => value < that.limit,
        Comparison::AtLeast => value >= that.limit,
        Comparison::Above => value > that.limit,
        Comparison::Equal => (value - that.limit).abs() < 1e-9,
    }
}

fn distance(that: &Predicate, value: f64) -> f64 {
    match that.comparison {
        Comparison::AtMost | Comparison::Below => that.limit - value,
        Comparison::AtLeast | Comparison::Above => value - that.limit,
        Comparison::Equal => -(value - that.limit).abs(),
    }
}

fn series(grid: &Grid) -> Series {
    let mut series = Series::default();
    for (t, value) in (0..).zip(grid) {
        if let Some(value) = value {
            series.push(at(t), *value);
        }
    }
    series
}

fn finding(form: Form, signals: &[(Signal, &Grid)], end: u64) -> Finding {
    let signals: BTreeMap<Signal, Series> = signals
        .iter()
        .map(|&(signal, grid)| (signal, series(grid)))
        .collect();
    let expectation = Expectation {
        name: "oracle".into(),
        why: None,
        form,
    };
    judge_expectation(&expectation, &signals, Millis::from_millis(end))
}

fn value_margin(finding: &Finding) -> Option<f64> {
    match finding.margin {
        Some(Observed::Value(margin, _)) => Some(margin),
        _ => None,
    }
}

fn span_margin(finding: &Finding) -> Option<u64> {
    match finding.margin {
        Some(Observed::Span(margin)) => Some(margin.as_millis()),
        _ => None,
    }
}

/// Values that are constant for a while, from `begin` to the end of the run.
fn grid(values: RangeInclusive<i8>, late: bool) -> impl Strategy<Value = (u64, Grid)> {
    let changes = prop::collection::vec((1_usize..8, values), 1..12);
    let begin = if late { 0_usize..12 } else { 0..1 };
    (1_u64..=30, begin, changes).prop_map(|(end, begin, changes)| {
        let length = usize::try_from(end).expect("small") + 1;
        let begin = begin.min(length - 1);
        let mut grid: Grid = vec![None; begin];
        for (span, value) in &changes {
            grid.extend(std::iter::repeat_n(Some(f64::from(*value) / 2.0), *span));
        }
        let last = grid.last().copied().flatten();
        grid.resize(length, last);
        (end, grid)
    })
}

/// A counter, from zero; it may count at the very first instant.
fn counter(late: bool) -> impl Strategy<Value = (u64, Grid)> {
    grid(0..=3, late).prop_map(|(end, steps)| {
        let (mut total, mut before) = (0.0, None);
        let grid = steps
            .into_iter()
            .map(|step| {
                let step = step?;
                if before != Some(step) {
                    total += (step * 2.0 - 1.0).max(0.0);
                }
                before = Some(step);
                Some(total)
            })
            .collect();
        (end, grid)
    })
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop::sample::select(vec![
        Comparison::AtMost,
        Comparison::Below,
        Comparison::AtLeast,
        Comparison::Above,
        Comparison::Equal,
    ])
}

fn predicate(signal: Signal) -> impl Strategy<Value = Predicate> {
    (comparison(), -2_i8..=6).prop_map(move |(comparison, limit)| Predicate {
        signal,
        comparison,
        limit: f64::from(limit) / 2.0,
        text: "that".into(),
    })
}

fn interval() -> impl Strategy<Value = (u64, u64)> {
    (0_u64..30, 0_u64..LAST).prop_map(|(from, span)| (from, from + span))
}

/// The second grid, stretched or cut to the length of the first.
fn fit((end, one): (u64, Grid), (_, mut two): (u64, Grid)) -> (u64, Grid, Grid) {
    let last = two.last().copied().flatten();
    two.resize(one.len(), last);
    (end, one, two)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn always_and_never_agree(
        (end, grid) in grid(-4..=6, true),
        that in predicate(LEVELS[0]),
        (from, until) in interval(),
        never: bool,
    ) {
        let form = if never {
            Form::Never { that: that.clone(), from: at(from), until: at(until) }
        } else {
            Form::Always { that: that.clone(), from: at(from), until: at(until) }
        };
        let found = finding(form, &[(LEVELS[0], &grid)], end);
        let sign = if never { -1.0 } else { 1.0 };
        let (mut broken, mut unknown, mut worst) = (false, false, None::<f64>);
        for t in from..=until {
            match value(&grid, t) {
                None => unknown = true,
                Some(value) => {
                    broken |= holds(&that, value) == never;
                    let margin = sign * distance(&that, value);
                    worst = Some(worst.map_or(margin, |least| least.min(margin)));
                }
            }
        }
        let expected = match (broken, unknown) {
            (true, _) => Verdict::Fail,
            (false, true) => Verdict::Inconclusive,
            (false, false) => Verdict::Pass,
        };
        prop_assert_eq!(found.verdict, expected);
        prop_assert_eq!(value_margin(&found), worst);
    }

    #[test]
    fn eventually_agrees(
        (end, grid) in grid(-4..=6, true),
        that in predicate(LEVELS[0]),
        (from, until) in interval(),
    ) {
        let form = Form::Eventually { that: that.clone(), from: at(from), until: at(until) };
        let found = finding(form, &[(LEVELS[0], &grid)], end);
        let reached = (from..=until).find(|&t| value(&grid, t).is_some_and(|v| holds(&that, v)));
        let unknown = (from..=until).any(|t| value(&grid, t).is_none());
        let expected = match (reached, unknown) {
            (Some(_), _) => Verdict::Pass,
            (None, true) => Verdict::Inconclusive,
            (None, false) => Verdict::Fail,
        };
        prop_assert_eq!(found.verdict, expected);
        if from == until {
            // At one instant there is no time to spare, but a value.
            let margin = reached.and_then(|t| value(&grid, t)).map(|v| distance(&that, v));
            prop_assert_eq!(value_margin(&found), margin);
        } else {
            prop_assert_eq!(span_margin(&found), reached.map(|t| until - t));
        }
    }

    /// Against Kleene's three values; the evaluator may say less than is known, never more, and
    /// exactly what is known if both signals are known from the start.
    #[test]
    fn until_agrees(
        (end, held, aim) in (grid(-4..=6, true), grid(-4..=6, true)).prop_map(|(a, b)| fit(a, b)),
        hold in predicate(LEVELS[0]),
        goal in predicate(LEVELS[1]),
        (from, until) in interval(),
    ) {
        let form = Form::Until {
            hold: hold.clone(), goal: goal.clone(), from: at(from), until: at(until),
        };
        let found = finding(form, &[(LEVELS[0], &held), (LEVELS[1], &aim)], end);
        // The best known value of any goal, and the worst of the condition before it.
        let (mut whole, mut before) = (Some(false), Some(true));
        let mut reached = None;
        for t in from..=until {
            let here = value(&aim, t).map(|v| holds(&goal, v));
            let good = and(here, before);
            if good == Some(true) && reached.is_none() {
                reached = Some(t);
            }
            whole = or(whole, good);
            before = and(before, value(&held, t).map(|v| holds(&hold, v)));
        }
        let expected = match whole {
            Some(true) => Verdict::Pass,
            Some(false) => Verdict::Fail,
            None => Verdict::Inconclusive,
        };
        let begun = value(&held, 0).is_some() && value(&aim, 0).is_some();
        if begun || found.verdict != Verdict::Inconclusive {
            prop_assert_eq!(found.verdict, expected);
        }
        if found.verdict == Verdict::Pass {
            prop_assert_eq!(span_margin(&found), reached.map(|t| until - t));
        }
    }

    #[test]
    fn response_agrees(
        counted: bool,
        (end, cause, effect) in (counter(false), counter(false)).prop_map(|(a, b)| fit(a, b)),
        (_, level_cause, level_effect) in
            (grid(-4..=6, false), grid(-4..=6, false)).prop_map(|(a, b)| fit(a, b)),
        when in predicate(COUNTS[0]),
        then in predicate(COUNTS[1]),
        within in 0_u64..20,
        at_least in 1_u32..3,
    ) {
        let (mut when, mut then, mut cause, mut effect) = (when, then, cause, effect);
        if !counted {
            (when.signal, then.signal) = (LEVELS[0], LEVELS[1]);
            (cause, effect) = (level_cause, level_effect);
            let length = usize::try_from(end).expect("small") + 1;
            let (one, two) = (cause.last().copied().flatten(), effect.last().copied().flatten());
            cause.resize(length, one);
            effect.resize(length, two);
        }
        let form = Form::Response {
            when: when.clone(), then: then.clone(),
            within: Millis::from_millis(within), at_least,
        };
        let found = finding(form, &[(when.signal, &cause), (then.signal, &effect)], end);
        let is_event = |that: &Predicate| {
            counted && matches!(that.comparison, Comparison::AtLeast | Comparison::Above)
        };
        let known = |grid: &Grid, t: u64| value(grid, t).expect("known");
        let (mut triggers, mut slowest, mut missing, mut open) = (0, 0, false, false);
        for t in 0..=end {
            let earlier = t.checked_sub(1);
            let rises = holds(&when, known(&cause, t)) && earlier.is_none_or(|earlier| {
                !holds(&when, known(&cause, earlier))
                    || (is_event(&when) && known(&cause, t) > known(&cause, earlier))
            });
            if !rises {
                continue;
            }
            triggers += 1;
            let base = earlier.map_or(0.0, |earlier| known(&effect, earlier));
            let reaction = (t..=(t + within).min(end)).find(|&r| {
                let value = known(&effect, r);
                holds(&then, value) && (!is_event(&then) || value > base)
            });
            match reaction {
                Some(r) => slowest = slowest.max(r - t),
                None if t + within > end => open = true,
                None => missing = true,
            }
        }
        let expected = if missing {
            Verdict::Fail
        } else if open || triggers < at_least {
            Verdict::Inconclusive
        } else {
            Verdict::Pass
        };
        prop_assert_eq!(found.verdict, expected);
        if expected == Verdict::Pass {
            prop_assert_eq!(span_margin(&found), Some(within - slowest));
        }
    }

    #[test]
    fn count_agrees(
        (end, grid) in counter(true),
        window in prop::option::of(1_u64..20),
        least in prop::option::of(0_u32..8),
        most in prop::option::of(0_u32..8),
    ) {
        let at_least = least.filter(|_| window.is_none());
        let form = Form::Count {
            of: COUNTS[0], window: window.map(Millis::from_millis), at_least, at_most: most,
        };
        let found = finding(form, &[(COUNTS[0], &grid)], end);
        // It starts at zero, the first instant included; a window includes both its ends.
        let before = |t: Option<u64>| t.and_then(|t| value(&grid, t)).unwrap_or(0.0);
        let total = before(Some(end));
        let busiest = (0..=end)
            .map(|t| before(Some(t)) - window.map_or(0.0, |w| before(t.checked_sub(w + 1))))
            .fold(0.0, f64::max);
        let late = value(&grid, 0).is_none();
        let low = at_least.map(|bound| total - f64::from(bound));
        let high = most.map(|bound| f64::from(bound) - busiest);
        let bad = |margin: Option<f64>| margin.is_some_and(|margin| margin < 0.0);
        let expected = if bad(high) || (bad(low) && !late) {
            Verdict::Fail
        } else if late && (bad(low) || high.is_some()) {
            Verdict::Inconclusive
        } else {
            Verdict::Pass
        };
        prop_assert_eq!(found.verdict, expected);
        prop_assert_eq!(value_margin(&found), low.into_iter().chain(high).reduce(f64::min));
    }
}

fn and(one: Option<bool>, two: Option<bool>) -> Option<bool> {
    match (one, two) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(one: Option<bool>, two: Option<bool>) -> Option<bool> {
    match (one, two) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}
