//! The alarm of a pump that was stopped for long, or had nothing to infuse.

use super::reason::Reason;
use crate::boundary::Boundary;
use crate::dose::{safe_states, stopped_by_commits};
use crate::told::{Known, Told};
use thecal_plan::{Infusion, Promises, Therapy};
use thecal_units::{DoseRate, Millis, SimTime};

/// So long is long. Source: REQ-THE-009.
const LONG: Millis = Millis::HOUR.times(48);

/// Since when a pump infuses nothing.
#[derive(Default)]
struct Hours {
    /// Since the last order that may have begun the hours anew, and since the last that certainly has.
    latest: Option<SimTime>,
    earliest: Option<SimTime>,
    /// Whether the order before may not have been obeyed.
    in_doubt: bool,
}

impl Hours {
    /// Something changes at an instant. A commit and a start begin the hours anew; a stop of a pump that is
    /// stopped does not, and an order that may not have been obeyed may have changed nothing.
    fn change(&mut self, told: &Told, at: SimTime, commits: bool) -> (SimTime, SimTime) {
        let changes_running = changes_running(told, at);
        let known = told.runs_at(at) != Known::Either;
        let commits_surely = commits && told.therapies_at(at).len() == 1;
        let surely = commits_surely || changes_running && known && !self.in_doubt;
        self.in_doubt = !known;
        let anew = |before: Option<SimTime>, anew: bool| before.filter(|_| !anew).unwrap_or(at);
        let latest = anew(self.latest, commits || changes_running);
        let earliest = anew(self.earliest, surely);
        (self.latest, self.earliest) = (Some(latest), Some(earliest));
        (latest, earliest)
    }
}

/// Nothing was infused for 48 hours.
pub(super) fn stopped(boundary: &Boundary<'_>, told: &Told, promises: &Promises) -> Vec<Reason> {
    let mut changes: Vec<SimTime> = told.running.iter().map(|it| it.at).collect();
    changes.extend(told.therapies.iter().map(|it| it.at));
    changes.sort_unstable();
    changes.dedup();
    let safe = safe_states(boundary, told, promises);
    let stopped_by_commits = stopped_by_commits(boundary, told, &safe);
    let mut reasons = left_stopped(&stopped_by_commits);
    let ends = changes.iter().skip(1).copied().chain([boundary.end]);
    let mut hours = Hours::default();
    // The alarm that has certainly been raised since drug was last due: its cause persists (REQ-THE-035).
    let mut raised: Option<usize> = None;
    for (&at, next) in changes.iter().zip(ends) {
        let Some(therapy) = told.therapies_at(at).first() else {
            continue;
        };
        let runs = told.runs_at(at);
        if runs == Known::Yes && !may_be_nothing(therapy) {
            (hours, raised) = (Hours::default(), None);
            continue;
        }
        if changes_running(told, at) && runs != Known::No {
            raised = None;
        }
        let commits = told.programmed.contains(&at);
        let alarm = raised.and_then(|nth| reasons.get_mut(nth));
        let cleared = match alarm.filter(|_| commits) {
            Some(alarm) => cleared(told, alarm, at),
            None => Known::No,
        };
        raised = raised.filter(|_| cleared != Known::Yes);
        let (from, earliest) = hours.change(told, at, commits);
        let due = boundary.crystal.after(from, LONG);
        // A commit that leaves the pump stopped makes no drug due (REQ-THE-035).
        let stays = stopped_by_commits.iter().find(|it| it.0 == next);
        let ends = stays.map_or((next, next), |&(_, until, certain)| {
            (if certain { until } else { next }, until)
        });
        let perhaps = boundary.crystal.after(earliest, LONG).max(at);
        if earliest < from && perhaps < next {
            reasons.push(Reason::perhaps(perhaps, ends.1));
        }
        if let Some(reason) = raised.and_then(|nth| reasons.get_mut(nth)) {
            reason.ends = if cleared == Known::No {
                ends
            } else {
                (at, ends.1)
            };
        } else if due < next {
            let simple = matches!(therapy.infusion, Infusion::Simple(_));
            let certain = (runs == Known::No || simple && runs == Known::Yes)
                && is_quiet(boundary, told, (from, due))
                // A safe state is not taken as stopped (REQ-THE-034).
                && !safe.iter().any(|&(begun, until, _)| begun <= due && from <= until);
            raised = certain.then_some(reasons.len());
            reasons.push(Reason {
                early: due.before(Millis::HOUR),
                late: certain.then_some(due + Millis::MINUTE.times(2)),
                ends,
            });
        } else if due.before(Millis::HOUR) < next {
            reasons.push(Reason::perhaps(due.before(Millis::HOUR), ends.1));
        }
    }
    reasons
}

/// The alarms of a pump that a commit has left stopped as it ended the safe state.
fn left_stopped(stopped: &[(SimTime, SimTime, bool)]) -> Vec<Reason> {
    let dues = stopped.iter().map(|&(from, until, _)| {
        let due = from + LONG.saturating_sub(Millis::HOUR);
        (due, until)
    });
    let dues = dues.filter(|(due, until)| due < until);
    dues.map(|(due, until)| Reason::perhaps(due, until))
        .collect()
}

/// Whether a commit has cleared an alarm, which it does once that is acknowledged (REQ-ALM-020); it ends then.
fn cleared(told: &Told, alarm: &mut Reason, commit: SimTime) -> Known {
    let raised = alarm.late.unwrap_or(alarm.early);
    let silences = told.silenced.iter();
    let mut silences = silences.filter(|(at, _)| alarm.early <= *at && *at <= commit);
    let surely = silences
        .clone()
        .any(|&(at, certain)| certain && raised < at);
    match (surely, silences.next()) {
        (true, _) => {
            alarm.ends = (commit, commit);
            Known::Yes
        }
        (false, Some(_)) => Known::Either,
        (false, None) => Known::No,
    }
}

/// Whether nothing but time happens to a pump in a span: no reset, no jump of the clock, no bolus.
fn is_quiet(boundary: &Boundary<'_>, told: &Told, (from, until): (SimTime, SimTime)) -> bool {
    let mut boots = boundary.boots.iter();
    let undisturbed = !boots.any(|boot| from < boot.at && boot.at <= until)
        && boundary.injuries.is_empty()
        && boundary.crystal.doubt(from, until, Millis::DAY) == Millis::ZERO;
    let bolus = told.ordered.iter().map(|it| it.at);
    // A stop that ends a priming bolus begins the hours anew (REQ-THE-033).
    let stops = |primed: SimTime| {
        let mut stops = told.running.iter().filter(|it| it.value != Known::Yes);
        stops.any(|it| primed <= it.at && it.at <= primed + Millis::HOUR)
    };
    let primed = told.primed.iter().map(|it| it.at).filter(|at| stops(*at));
    let grants = told.grants.iter().map(|it| it.at);
    let mut boluses = bolus.chain(grants).chain(primed);
    undisturbed && !boluses.any(|it| from <= it && it <= until)
}

/// Whether a pump that is on may have nothing to infuse.
fn may_be_nothing(therapy: &Therapy) -> bool {
    match &therapy.infusion {
        Infusion::Simple(dose) => *dose == DoseRate::ZERO,
        Infusion::MinimumRate => false,
        Infusion::Flex(week) => week.steps().iter().any(|step| step.dose == DoseRate::ZERO),
    }
}

/// Whether a start or a stop at an instant changed something (REQ-THE-033).
fn changes_running(told: &Told, at: SimTime) -> bool {
    let behind = told.running.partition_point(|it| it.at < at);
    let before = behind.checked_sub(1).map(|last| told.running[last].value);
    let mut orders = told.running[behind..].iter().take_while(|it| it.at == at);
    orders.any(|it| Some(it.value) != before)
}
