//! The commanded dose, from below and from above: in any span whatever, no more steps than are due in it
//! and no fewer, but for the few that rounding and a battery check may move.
//!
//! `due.rs` says what is due when, `stretches.rs` cuts the run where that changes, `boluses.rs` and
//! `stalls.rs` what a bolus and a stalled motor make of it, `rests.rs` judges where nothing is due. Whether a span holds too much is a question
//! about the largest rise of the difference between moved and due, which one pass over the steps finds.

mod basal;
mod boluses;
#[cfg(test)]
mod disturbed_tests;
mod due;
mod owed;
mod rests;
mod stalls;
mod states;
mod stretches;
#[cfg(test)]
mod tests;
mod volumes;

use crate::boundary::Boundary;
use crate::number::as_f64;
use crate::requests::each_missed;
use crate::rule::{Band, Opinion, Rule};
use crate::told::Told;
pub(crate) use due::flow;
use due::{Due, Grace, Why};
use owed::Owed;
pub(crate) use stalls::{Missed, first_at};
pub(crate) use states::{ended, safe as safe_states, stopped_by_commits};
use thecal_plan::Profile;
use thecal_units::SimTime;

static NOT_MORE: Rule = Rule {
    name: "dose-not-more",
    requirement: "REQ-MET-001",
    text: "in any span the motor moves no more steps than the prescription in force asks for",
    core: true,
};
static NOT_LESS: Rule = Rule {
    name: "dose-not-less",
    requirement: "REQ-MET-001",
    text: "in any span the pump drives no fewer steps than the prescription in force asks for",
    core: true,
};
static AGAIN: Rule = Rule {
    name: "no-step-driven-again",
    requirement: "REQ-STL-019",
    text: "a step that was missed, without a stall, is not driven again",
    core: false,
};
static BOLUS_NOT_MORE: Rule = Rule {
    name: "bolus-not-more",
    requirement: "REQ-BOL-002",
    text: "a bolus moves no more steps than its dose, and none after its end",
    core: true,
};
static BOLUS_NOT_LESS: Rule = Rule {
    name: "bolus-not-less",
    requirement: "REQ-BOL-002",
    text: "a bolus is driven in full and evenly over its duration",
    core: true,
};
static STOPPED: Rule = Rule {
    name: "no-steps-while-stopped",
    requirement: "REQ-THE-001",
    text: "a pump that is stopped, or was never started, drives no step",
    core: true,
};
static HELD: Rule = Rule {
    name: "no-steps-while-held",
    requirement: "REQ-THE-014",
    text: "a session that holds the infusion drives no step until it ends",
    core: true,
};
static EMPTY: Rule = Rule {
    name: "no-steps-when-empty",
    requirement: "REQ-RES-005",
    text: "at a count of zero the motor stops until a refill",
    core: false,
};
static PRIMING: Rule = Rule {
    name: "priming-as-told",
    requirement: "REQ-THE-010",
    text: "a priming bolus moves the volume of tubing and catheter, or of the catheter alone, and no more",
    core: false,
};
static SAFE: Rule = Rule {
    name: "no-steps-in-the-safe-state",
    requirement: "REQ-POST-005",
    text: "after five resets by watchdog or low supply in a row nothing is infused until a commit",
    core: false,
};
static ENDED: Rule = Rule {
    name: "no-steps-after-the-battery-ended-it",
    requirement: "REQ-BAT-004",
    text: "an infusion that the battery's end has stopped does not start by itself",
    core: false,
};

/// The rules of this folder.
pub(crate) static RULES: [&Rule; 11] = [
    &NOT_MORE,
    &NOT_LESS,
    &AGAIN,
    &BOLUS_NOT_MORE,
    &BOLUS_NOT_LESS,
    &STOPPED,
    &HELD,
    &EMPTY,
    &PRIMING,
    &SAFE,
    &ENDED,
];

/// Steps that rounding, a stroke in progress and one that is overdue may move out of a span or into it.
/// Sources: REQ-MET-001, REQ-MET-004, REQ-THE-001.
const LOOSE: f64 = 3.0;

/// Judges a run by them.
pub(crate) fn judge(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
    opinion: &mut Opinion,
) {
    let missed = Missed::of(boundary, told, &profile.stall);
    let dues = stretches::dues(boundary, told, profile, &missed);
    for due in &dues {
        let (over, under) = rules(due.why);
        opinion.judged(over);
        if due.least > 0.0 {
            opinion.judged(under);
        } else if due.most > 0.0 {
            opinion.either(under);
        }
    }
    // A boot keeps the gap to the pulse before it (REQ-MET-014): one step more may be overdue.
    let after_boots = if boundary.boots.len() > 1 { 1.0 } else { 0.0 };
    let loose = LOOSE + as_f64(profile.saved_up) + after_boots;
    let mut over = Rise::default();
    let mut under = Rise::default();
    let sticks = sticks(boundary, &missed);
    let mut again = sticks.then(Rise::default);
    if sticks {
        opinion.judged(&AGAIN);
    }
    let mut walk = Walk::of(&dues);
    let mut owed = Owed::of(boundary);
    opinion.band = band(&dues, boundary.end, loose);
    for (at, moved) in boundary.moved.samples() {
        let (least, most) = owed.due(at, walk.to(at));
        let why = walk.why;
        let grace = walk.grace.filter(|grace| at < grace.until);
        if grace.is_none()
            && let Some(past) = walk.grace.take()
        {
            over.forgive(past.more);
            under.forgive(past.fewer);
            if let Some(again) = &mut again {
                again.forgive(past.more);
            }
        }
        let (too_many, too_few) = rules(why);
        if let Some((from, by)) = over.to(at, moved - most, loose, grace.is_some()) {
            let steps = by.ceil();
            opinion.differs(
                too_many,
                at,
                format!("{steps} steps more than due since {}", from.spelled()),
                format!("{loose} more, {}", why.words()),
            );
        }
        let driven = moved + as_f64(missed.at(at));
        if let Some(again) = &mut again
            && let Some((from, by)) = again.to(at, driven - most, loose, grace.is_some())
        {
            let steps = by.ceil();
            opinion.differs(
                &AGAIN,
                at,
                format!("{steps} pulses more than due since {}", from.spelled()),
                format!("{loose} more, moved or missed"),
            );
        }
        if let Some((from, by)) = under.to(at, least - driven, loose, grace.is_some()) {
            let steps = by.ceil();
            opinion.differs(
                too_few,
                at,
                format!("{steps} steps fewer than due since {}", from.spelled()),
                format!("{loose} fewer, {}", why.words()),
            );
        }
    }
    rests::judge(boundary, &dues, |why| rules(why).0, opinion);
}

/// Whether the motor misses steps of which all is known: what a pump drives while it tries a stalled motor is not
/// due, and when those of a core that stood came nobody knows.
fn sticks(boundary: &Boundary<'_>, missed: &Missed<'_>) -> bool {
    let total = boundary.missed.last().map_or(0, |&(_, total)| total);
    let each = each_missed(boundary).len() as u64;
    total > 0 && missed.stalls.is_empty() && each == total
}

/// How far apart least and most are over the whole run, and how loosely both are judged.
fn band(dues: &[Due], end: SimTime, loose: f64) -> Band {
    let mut walk = Walk::of(dues);
    let (least, most) = walk.to(end);
    let graces = dues.iter().filter_map(|due| due.grace);
    let forgiven: f64 = graces.map(|grace| grace.more + grace.fewer).sum();
    Band {
        loose: 2.0 * loose,
        hidden: most - least + forgiven,
    }
}

/// The rules that a stretch is judged by: of too many steps, and of too few.
const fn rules(why: Why) -> (&'static Rule, &'static Rule) {
    match why {
        Why::Infusing => (&NOT_MORE, &NOT_LESS),
        Why::Bolus => (&BOLUS_NOT_MORE, &BOLUS_NOT_LESS),
        Why::Stopped => (&STOPPED, &NOT_LESS),
        Why::Held => (&HELD, &NOT_LESS),
        Why::Empty => (&EMPTY, &NOT_LESS),
        Why::Priming => (&PRIMING, &PRIMING),
        Why::Safe => (&SAFE, &NOT_LESS),
        Why::Ended => (&ENDED, &NOT_LESS),
    }
}

/// The largest rise of a value over any span so far.
#[derive(Default)]
struct Rise {
    lowest: Option<(SimTime, f64)>,
    last: f64,
    /// The last value before a time in which it may change for a good reason.
    before: Option<f64>,
}

impl Rise {
    /// The rise that ends here, with the start of its span, if it passes `limit`; then the search begins
    /// anew. In a time of grace nothing is judged.
    fn to(&mut self, at: SimTime, value: f64, limit: f64, grace: bool) -> Option<(SimTime, f64)> {
        let (from, lowest) = *self.lowest.get_or_insert((at, value));
        let last = std::mem::replace(&mut self.last, value);
        if grace {
            self.before.get_or_insert(last);
            return None;
        }
        if value <= lowest {
            self.lowest = Some((at, value));
            return None;
        }
        let by = value - lowest;
        (by > limit).then(|| {
            self.lowest = Some((at, value));
            (from, by)
        })
    }

    /// A time of grace is over: a rise in it of up to so many steps does not count.
    fn forgive(&mut self, steps: f64) {
        if let (Some(before), Some((_, lowest))) = (self.before.take(), &mut self.lowest) {
            *lowest += (self.last - before).clamp(0.0, steps);
        }
    }
}

/// A walk over what is due, in order of time.
struct Walk<'d> {
    dues: &'d [Due],
    next: usize,
    at: SimTime,
    least: f64,
    most: f64,
    grace: Option<Grace>,
    /// What the pump was to do up to the last instant asked for.
    why: Why,
}

impl<'d> Walk<'d> {
    const fn of(dues: &'d [Due]) -> Self {
        Self {
            dues,
            next: 0,
            at: SimTime::ZERO,
            least: 0.0,
            most: 0.0,
            grace: None,
            why: Why::Stopped,
        }
    }

    /// The steps that are due by `at`, at least and at most.
    fn to(&mut self, at: SimTime) -> (f64, f64) {
        self.begin(|from| from < at);
        self.grow(at);
        self.why = self.current().map_or(Why::Stopped, |due| due.why);
        self.begin(|from| from <= at);
        (self.least, self.most)
    }

    /// Goes on to the stretches that have begun.
    fn begin(&mut self, has_begun: impl Fn(SimTime) -> bool) {
        while let Some(due) = self.dues.get(self.next)
            && has_begun(due.from)
        {
            self.grow(due.from);
            self.least -= due.loses;
            if let Some(grace) = due.grace {
                self.grace = Some(match self.grace {
                    // What the one before has moved is not judged yet.
                    Some(before) => before.and(grace),
                    None => grace,
                });
            }
            self.next += 1;
        }
    }

    fn grow(&mut self, until: SimTime) {
        if let Some(due) = self.current() {
            let span = as_f64(until.since(self.at).as_millis());
            self.least += due.least * span;
            self.most += due.most * span;
        }
        self.at = until;
    }

    fn current(&self) -> Option<&'d Due> {
        self.dues.get(self.next.checked_sub(1)?)
    }
}
