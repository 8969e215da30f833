//! Expectations about an interval: what is always true in it, never, at some instant, or until
//! something else is.

use super::figure::Observed;
use super::judged::{Judged, nothing};
use super::opening::Opening;
use super::outcome::Verdict;
use thecal_plan::Predicate;
use thecal_plan::Signal;
use thecal_units::SimTime;

/// The remark that what an expectation waits for was true before its window opened.
pub const ALREADY_TRUE: &str = "already true when the window opens";
const UNKNOWN: &str = "the signal is not known at every instant of the interval";

/// The stretches of constant value of one signal that touch an interval, as they come.
#[derive(Clone, Debug)]
struct Interval {
    from: SimTime,
    /// Its end, or that of the run if that comes first.
    until: SimTime,
    /// When the signal begins at the latest, if it is known at every instant that counts.
    known_by: SimTime,
    /// When the signal begins.
    begins: Option<SimTime>,
    /// The value that the interval begins with, until it is handed out.
    first: Option<f64>,
    /// The value before the interval begins.
    before: Option<f64>,
}

impl Interval {
    fn new((from, until): (SimTime, SimTime), end: SimTime) -> Self {
        Self {
            from,
            until: until.min(end),
            known_by: from,
            begins: None,
            first: None,
            before: None,
        }
    }

    /// The same for a goal: it counts from the first full window on.
    fn since_opening(self, opening: &Opening) -> Self {
        let known_by = self.from.max(opening.full());
        Self { known_by, ..self }
    }

    /// Takes a change; gives the stretches that are known now, with when each begins in the
    /// interval.
    fn push(&mut self, at: SimTime, value: f64) -> impl Iterator<Item = (SimTime, f64)> + use<> {
        self.begins.get_or_insert(at);
        if at < self.from {
            self.before = Some(value);
        }
        let (first, next) = if at <= self.from {
            self.first = Some(value);
            (None, None)
        } else {
            let next = (at <= self.until).then_some((at, value));
            (self.first(), next)
        };
        first.into_iter().chain(next)
    }

    /// The stretch that the interval begins with, unless it was handed out.
    fn first(&mut self) -> Option<(SimTime, f64)> {
        let value = self.first.take()?;
        (self.from <= self.until).then_some((self.from, value))
    }

    /// A remark, if what was first true at `reached` had been true before the interval began.
    fn already(&self, that: &Predicate, reached: SimTime) -> Option<String> {
        let was_true = self.before.is_some_and(|value| that.holds(value));
        (reached == self.from && was_true).then(|| ALREADY_TRUE.into())
    }

    /// Whether the value is known from the first instant on that counts; what is `reached` before is
    /// known by itself.
    fn is_known_from_the_start(&self, reached: bool) -> bool {
        let begins_in_time = self.begins.is_some_and(|begins| begins <= self.known_by);
        begins_in_time && (reached || self.known_by <= self.until)
    }
}

/// True at every instant of an interval, or false at every instant.
#[derive(Clone, Debug)]
pub(super) struct Always {
    that: Predicate,
    until: SimTime,
    negated: bool,
    opening: Opening,
    interval: Interval,
    holds: bool,
    /// The least margin, the value, and when.
    worst: Option<(f64, f64, SimTime)>,
}

impl Always {
    pub(super) fn new(
        that: Predicate,
        interval: (SimTime, SimTime),
        end: SimTime,
        negated: bool,
    ) -> Self {
        Self {
            opening: Opening::of_bound(&that, negated),
            that,
            until: interval.1,
            negated,
            interval: Interval::new(interval, end),
            holds: true,
            worst: None,
        }
    }

    pub(super) const fn signal(&self) -> Signal {
        self.that.signal
    }

    pub(super) fn push(&mut self, at: SimTime, value: f64) {
        for (at, value) in self.opening.push(&self.that, at, value) {
            self.take(at, value);
        }
    }

    fn take(&mut self, at: SimTime, value: f64) {
        for stretch in self.interval.push(at, value) {
            self.see(stretch);
        }
    }

    fn see(&mut self, (at, value): (SimTime, f64)) {
        let sign = if self.negated { -1.0 } else { 1.0 };
        let margin = self.that.margin(value) * sign;
        self.holds &= self.that.holds(value) != self.negated;
        if self.worst.is_none_or(|(least, ..)| margin < least) {
            self.worst = Some((margin, value, at));
        }
    }

    pub(super) fn judge(mut self, end: SimTime) -> Judged {
        let until = self.until;
        if let Some((at, value)) = self.opening.rest(end) {
            self.take(at, value);
        }
        if let Some(first) = self.interval.first() {
            self.see(first);
        }
        let known = until <= end && self.interval.is_known_from_the_start(false);
        let Some((margin, value, at)) = self.worst else {
            return nothing();
        };
        let dimension = self.that.dimension();
        Judged {
            verdict: match (self.holds, known) {
                (false, _) => Verdict::Fail,
                (true, true) => Verdict::Pass,
                (true, false) => Verdict::Inconclusive,
            },
            observed: Observed::Value(value, dimension),
            at: Some(at),
            limit: Observed::Value(self.that.limit, dimension),
            margin: Some(Observed::Value(margin, dimension)),
            note: match (self.holds, known) {
                (false, _) => None,
                (true, true) => self.opening.sum_so_far(until),
                (true, false) => Some(UNKNOWN.into()),
            },
        }
    }
}

/// True at some instant of an interval.
#[derive(Clone, Debug)]
pub(super) struct Eventually {
    that: Predicate,
    until: SimTime,
    opening: Opening,
    interval: Interval,
    /// The first instant at which it holds, and the value.
    reached: Option<(SimTime, f64)>,
    /// The value that is nearest to making it true, and when: the last of equals.
    nearest: Option<(SimTime, f64)>,
}

impl Eventually {
    pub(super) fn new(that: Predicate, interval: (SimTime, SimTime), end: SimTime) -> Self {
        let opening = Opening::of_goal(&that);
        Self {
            that,
            until: interval.1,
            interval: Interval::new(interval, end).since_opening(&opening),
            opening,
            reached: None,
            nearest: None,
        }
    }

    pub(super) const fn signal(&self) -> Signal {
        self.that.signal
    }

    pub(super) fn push(&mut self, at: SimTime, value: f64) {
        for (at, value) in self.opening.push(&self.that, at, value) {
            self.take(at, value);
        }
    }

    fn take(&mut self, at: SimTime, value: f64) {
        for stretch in self.interval.push(at, value) {
            self.see(stretch);
        }
    }

    fn see(&mut self, (at, value): (SimTime, f64)) {
        if self.reached.is_some() {
            return;
        }
        if self.that.holds(value) {
            self.reached = Some((at, value));
            return;
        }
        let margin = self.that.margin(value);
        let nearer =
            |(_, other): (SimTime, f64)| margin.total_cmp(&self.that.margin(other)).is_ge();
        if self.nearest.is_none_or(nearer) {
            self.nearest = Some((at, value));
        }
    }

    pub(super) fn judge(mut self, end: SimTime) -> Judged {
        let until = self.until;
        if let Some((at, value)) = self.opening.rest(end) {
            self.take(at, value);
        }
        if self.interval.begins.is_none() {
            return nothing();
        }
        if let Some(first) = self.interval.first() {
            self.see(first);
        }
        let limit = Observed::At(until);
        if let Some((at, value)) = self.reached {
            if self.interval.from == until {
                // At one instant the value says how near it was, the time nothing.
                let dimension = self.that.dimension();
                return Judged {
                    verdict: Verdict::Pass,
                    observed: Observed::Value(value, dimension),
                    at: None,
                    limit: Observed::Value(self.that.limit, dimension),
                    margin: Some(Observed::Value(self.that.margin(value), dimension)),
                    note: None,
                };
            }
            return Judged {
                verdict: Verdict::Pass,
                observed: Observed::At(at),
                at: None,
                limit,
                margin: Some(Observed::Span(until.since(at))),
                note: self.interval.already(&self.that, at),
            };
        }
        let known = until <= end && self.interval.is_known_from_the_start(false);
        let note = self.nearest.map(|(at, value)| {
            let value = thecal_plan::number::format_checked(value, self.that.dimension());
            format!("nearest was {value} at {}", at.spelled())
        });
        Judged {
            verdict: if known {
                Verdict::Fail
            } else {
                Verdict::Inconclusive
            },
            observed: Observed::Never,
            at: None,
            limit,
            margin: None,
            note,
        }
    }
}

/// One predicate holds until another does, which is not later than the interval's end.
#[derive(Clone, Debug)]
pub(super) struct HoldsUntil {
    hold: Predicate,
    goal: Predicate,
    until: SimTime,
    held: Interval,
    aim: Interval,
    /// The gates of these two.
    openings: [Opening; 2],
    /// The first instant at which `hold` does not hold, and the value.
    broken: Option<(SimTime, f64)>,
    /// The first instant at which `goal` holds.
    reached: Option<SimTime>,
}

impl HoldsUntil {
    pub(super) fn new(
        hold: Predicate,
        goal: Predicate,
        interval: (SimTime, SimTime),
        end: SimTime,
    ) -> Self {
        let openings = [Opening::of_bound(&hold, false), Opening::of_goal(&goal)];
        Self {
            hold,
            goal,
            until: interval.1,
            held: Interval::new(interval, end),
            aim: Interval::new(interval, end).since_opening(&openings[1]),
            openings,
            broken: None,
            reached: None,
        }
    }

    pub(super) const fn signals(&self) -> [Signal; 2] {
        [self.hold.signal, self.goal.signal]
    }

    pub(super) fn push(&mut self, signal: Signal, at: SimTime, value: f64) {
        if signal == self.hold.signal {
            for (at, value) in self.openings[0].push(&self.hold, at, value) {
                self.take_held(at, value);
            }
        }
        if signal == self.goal.signal {
            for (at, value) in self.openings[1].push(&self.goal, at, value) {
                self.take_aim(at, value);
            }
        }
    }

    fn take_held(&mut self, at: SimTime, value: f64) {
        for stretch in self.held.push(at, value) {
            self.see_held(stretch);
        }
    }

    fn take_aim(&mut self, at: SimTime, value: f64) {
        for stretch in self.aim.push(at, value) {
            self.see_aim(stretch);
        }
    }

    fn see_held(&mut self, (at, value): (SimTime, f64)) {
        if self.broken.is_none() && !self.hold.holds(value) {
            self.broken = Some((at, value));
        }
    }

    fn see_aim(&mut self, (at, value): (SimTime, f64)) {
        if self.reached.is_none() && self.goal.holds(value) {
            self.reached = Some(at);
        }
    }

    pub(super) fn judge(mut self, end: SimTime) -> Judged {
        let (from, until) = (self.held.from, self.until);
        if let Some((at, value)) = self.openings[0].rest(end) {
            self.take_held(at, value);
        }
        if let Some((at, value)) = self.openings[1].rest(end) {
            self.take_aim(at, value);
        }
        if self.held.begins.is_none() || self.aim.begins.is_none() {
            return nothing();
        }
        if let Some(first) = self.held.first() {
            self.see_held(first);
        }
        if let Some(first) = self.aim.first() {
            self.see_aim(first);
        }
        let reached = self.reached;
        let known = self.held.is_known_from_the_start(false)
            && self.aim.is_known_from_the_start(reached.is_some());
        let begun = known && from <= end;
        if !begun && reached != Some(from) {
            return Judged {
                note: Some(UNKNOWN.into()),
                ..nothing()
            };
        }
        let before = |broken: &(SimTime, f64)| reached.is_none_or(|reached| broken.0 < reached);
        if let Some((at, value)) = self.broken.filter(before) {
            return self.broken_by(at, value);
        }
        Judged {
            verdict: match reached {
                Some(_) => Verdict::Pass,
                None if until > end => Verdict::Inconclusive,
                None => Verdict::Fail,
            },
            observed: reached.map_or(Observed::Never, Observed::At),
            at: None,
            limit: Observed::At(until),
            margin: reached.map(|at| Observed::Span(until.since(at))),
            note: reached.and_then(|at| {
                let already = self.aim.already(&self.goal, at);
                already.or_else(|| self.openings[0].sum_so_far(at))
            }),
        }
    }

    fn broken_by(&self, at: SimTime, value: f64) -> Judged {
        let dimension = self.hold.dimension();
        Judged {
            verdict: Verdict::Fail,
            observed: Observed::Value(value, dimension),
            at: Some(at),
            limit: Observed::Value(self.hold.limit, dimension),
            margin: Some(Observed::Value(self.hold.margin(value), dimension)),
            note: Some("violated before the goal".into()),
        }
    }
}
