//! The times at which an alarm is active, as far as the boundary tells.

use super::reason::Reason;
use super::said::{read, recovered};
use super::{battery, presses, reservoir, stopped};
use crate::boundary::{Boundary, Cause, Hurt, Tone};
use crate::clock::SLEEP;
use crate::dose::{Missed, safe_states};
use crate::losses::{MADE_UP, losses};
use crate::record::time::LogTime;
use crate::told::{Known, SessionEnd, Told};
use thecal_plan::{Alarm, Condition, LogKind, Profile, Promises, StallRules};
use thecal_units::{Millis, SimTime};

/// An alarm from its cause to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Episode {
    pub(super) alarm: Alarm,
    /// It may be raised from here on.
    pub(super) early: SimTime,
    /// It must be raised by here; `None`: it need not be.
    pub(super) late: Option<SimTime>,
    /// Its cause lasts until here at least, and at most.
    pub(super) ends: (SimTime, SimTime),
    /// When a clinician acknowledged it, by Silence or by the act that ended its cause; never.
    pub(super) acknowledged: SimTime,
    /// Until when it must sound: until then at most.
    pub(super) heard_until: SimTime,
}

/// Sixteen pulses of the slowest infusion that can stall in a try. Source: ours.
const RECENT: Millis = Millis::MINUTE.times(10);
/// A pump counts in ticks. Source: ours.
const TICK: Millis = Millis::SECOND;

impl Episode {
    /// Whether a tone at this instant is explained by it.
    pub(super) fn may_sound(&self, at: SimTime) -> bool {
        self.early <= at && at <= self.acknowledged
    }

    /// As [`Self::may_sound`], of any instant in a span.
    pub(super) fn may_sound_within(&self, from: SimTime, until: SimTime) -> bool {
        self.early <= until && from <= self.acknowledged
    }

    pub(super) fn must_sound(&self, at: SimTime) -> bool {
        self.late.is_some_and(|late| late <= at) && at < self.heard_until
    }

    /// Whether it may have been raised at this instant.
    pub(super) fn may_begin(&self, at: SimTime) -> bool {
        let late = self.late.map_or(self.acknowledged, |late| late + TICK);
        self.early <= at && at <= late
    }

    pub(super) fn may_be_active(&self, at: SimTime) -> bool {
        self.early <= at && at <= self.acknowledged.max(self.ends.1 + TICK)
    }

    pub(super) fn must_be_active(&self, at: SimTime) -> bool {
        let last = self.heard_until.max(self.ends.0);
        self.late.is_some_and(|late| late + TICK < at) && at < last
    }
}

/// All episodes of the alarms that the profile claims.
pub(super) fn episodes(boundary: &Boundary<'_>, told: &Told, profile: &Profile) -> Vec<Episode> {
    let promises = &profile.requests;
    let mut all = Vec::new();
    for alarm in &profile.alarms {
        let mut reasons = match alarm.condition {
            Condition::Stall => {
                let time = LogTime::of(boundary, profile);
                recovered(stalls(boundary, told, &profile.stall), boundary, &time)
            }
            // A state that is lost counts from zero (REQ-RES-008).
            Condition::Empty => {
                let empty = reservoir::empty(boundary, told, promises.lost_at_reset);
                chain(empty, injured(boundary))
            }
            Condition::LowReservoir => {
                let low = reservoir::low(boundary, told, promises.lost_at_reset);
                chain(low, injured(boundary))
            }
            Condition::Reset => resets(boundary),
            Condition::SafeState => safe(boundary, told, promises),
            Condition::Memory => {
                let perhaps = chain(lost_writes(boundary, told), injured(boundary));
                chain(read(boundary, alarm.name), perhaps)
            }
            Condition::StoppedLong => stopped::stopped(boundary, told, promises),
            Condition::StuckButton => presses::stuck(boundary),
            Condition::UpdateAbandoned => abandoned(boundary, told),
            Condition::ClockImplausible => implausible(boundary),
            Condition::ElectiveReplacement
            | Condition::EndOfService
            | Condition::EndedWithBattery => {
                battery::reasons(boundary, told, alarm.condition, profile)
            }
        };
        reasons.sort_by_key(|reason| reason.early);
        let mut until = SimTime::ZERO;
        for reason in &mut reasons {
            // An alarm that is raised once more while it sounds is no new one.
            let (_, silent) = acknowledged(told, reason);
            if reason.early < until {
                reason.late = None;
            }
            until = until.max(silent);
        }
        all.extend(reasons.iter().map(|reason| episode(*alarm, told, reason)));
    }
    all
}

/// An alarm with this cause.
fn episode(alarm: Alarm, told: &Told, reason: &Reason) -> Episode {
    let (perhaps, surely) = acknowledged(told, reason);
    let by_an_act = ends_by_an_act(alarm.condition);
    Episode {
        alarm,
        early: reason.early,
        late: reason.late,
        ends: reason.ends,
        // A commit that makes drug due again leaves it to a person to silence the alarm.
        acknowledged: if by_an_act && alarm.condition != Condition::StoppedLong {
            surely.min(reason.ends.1)
        } else {
            surely
        },
        heard_until: if by_an_act {
            perhaps.min(reason.ends.0)
        } else {
            perhaps
        },
    }
}

/// Whether what ends the cause is an act of a clinician, which acknowledges the alarm as well.
const fn ends_by_an_act(condition: Condition) -> bool {
    matches!(
        condition,
        Condition::Empty
            | Condition::LowReservoir
            | Condition::StoppedLong
            | Condition::SafeState
            | Condition::EndedWithBattery
    )
}

fn chain(mut one: Vec<Reason>, other: Vec<Reason>) -> Vec<Reason> {
    one.extend(other);
    one
}

/// When a clinician may have acknowledged an alarm, and when for certain; never.
fn acknowledged(told: &Told, reason: &Reason) -> (SimTime, SimTime) {
    let after = reason.late.unwrap_or(reason.ends.1);
    let silenced = told.silenced.iter();
    let perhaps = silenced.clone().find(|(at, _)| *at >= reason.early);
    let mut surely = silenced.filter(|(_, certain)| *certain);
    let surely = surely.find(|(at, _)| *at > after);
    let at = |found: Option<&(SimTime, bool)>| found.map_or(SimTime::NEVER, |&(at, _)| at);
    (at(perhaps), at(surely))
}

/// All tries fail, such as three with ten seconds between; or it is the third stall in ten minutes.
/// Source: REQ-STL-004, REQ-STL-006.
fn stalls(boundary: &Boundary<'_>, told: &Told, rules: &StallRules) -> Vec<Reason> {
    let tries = rules.alarm_after;
    let missed = Missed::of(boundary, told, rules);
    let mut reasons = Vec::new();
    let mut before: Option<SimTime> = None;
    for &(at, free) in &missed.stalls {
        let again = before.is_some_and(|before| at.since(before) < Millis::DAY);
        before = Some(free);
        reasons.extend(relapses(boundary, &missed.perhaps, (at, free)));
        // A pump that does not infuse tries no motor (REQ-STL-007).
        let mut orders = told.running.iter();
        let stopped = told.runs_at(at) != Known::Yes
            || orders.any(|it| at <= it.at && it.at <= at + tries + TICK && it.value != Known::Yes);
        let mut sessions = told.sessions.iter();
        let held = sessions.any(|it| it.hold && it.from <= at + tries + TICK && at <= it.until);
        let mut absences = boundary.absences.iter();
        let mut boots = boundary.boots.iter();
        let away = absences.any(|it| it.from <= at + tries + TICK && at <= it.until)
            // A reset forgets the pulses before it.
            || boots.any(|boot| at <= boot.at + RECENT && boot.at <= at + tries + TICK);
        let due = boundary.crystal.after(at, tries);
        let late = due + Millis::from_secs(5);
        let turned = boundary.moved.at(late) - boundary.moved.at(at) >= 1.0;
        let jumped = boundary.crystal.doubt(at, late, Millis::DAY) > Millis::ZERO;
        let away = away || jumped;
        let certain = !again
            && !turned
            && !stopped
            && !held
            && !away
            && free > late + Millis::MINUTE.times(7);
        reasons.push(Reason {
            // A reset tries the motor at once.
            early: if again || away { at } else { due.before(TICK) },
            late: certain.then_some(late),
            // It is over once the motor has proved it, which may take half a day of turning.
            ends: (
                free.before(Millis::MINUTE.times(7)),
                if turns_on(boundary, told, free) {
                    free + Millis::DAY
                } else {
                    boundary.end
                },
            ),
        });
    }
    reasons
}

/// The alarms of stalls that the pump has found within another, once that one was over by its log.
fn relapses(
    boundary: &Boundary<'_>,
    missed: &[SimTime],
    (from, until): (SimTime, SimTime),
) -> Vec<Reason> {
    let entries = boundary.log.entries.iter();
    let over = entries.filter(|it| it.kind == LogKind::StallRecovery);
    let over = over
        .map(|it| it.at)
        .filter(|at| from <= *at && *at <= until);
    let relapses = over.filter_map(|over| {
        let relapse = missed.iter().find(|at| over <= **at && **at <= until)?;
        Some(Reason::perhaps(*relapse, boundary.end))
    });
    relapses.collect()
}

/// Whether nothing keeps a motor that turns again from proving it within a day.
fn turns_on(boundary: &Boundary<'_>, told: &Told, free: SimTime) -> bool {
    let within = |at: SimTime| free <= at && at <= free + Millis::DAY;
    let mut boots = boundary.boots.iter();
    let mut orders = told.running.iter();
    let mut therapies = told.therapies.iter();
    told.runs_at(free) == Known::Yes
        && !boots.any(|it| within(it.at))
        && !orders.any(|it| within(it.at))
        && !therapies.any(|it| within(it.at))
}

fn resets(boundary: &Boundary<'_>) -> Vec<Reason> {
    let alarmed = |cause| matches!(cause, Cause::Watchdog | Cause::BrownOut);
    let boots = boundary.boots.iter().filter(|boot| alarmed(boot.cause));
    boots
        .map(|boot| {
            if boot.cut_short {
                Reason::perhaps(boot.at, boot.at)
            } else {
                Reason::event(boot.at)
            }
        })
        .collect()
}

fn safe(boundary: &Boundary<'_>, told: &Told, promises: &Promises) -> Vec<Reason> {
    let states = safe_states(boundary, told, promises).into_iter();
    let states = states.map(|(from, until, certain)| Reason {
        early: from,
        late: certain.then_some(from),
        ends: (until, until),
    });
    states.chain(injured(boundary)).collect()
}

/// What an injury of memory, program or state may lead to: nothing, a repair, or an alarm.
fn injured(boundary: &Boundary<'_>) -> Vec<Reason> {
    let hurts = boundary.injuries.iter();
    let lasting = hurts.filter(|it| it.hurt != Hurt::Exchange);
    lasting
        .map(|injury| Reason::perhaps(injury.at, boundary.end))
        .collect()
}

/// Writes that the memory did not take (REQ-MEM-015): the alarm goes on until all are made again, and is
/// raised anew only after it was cleared.
fn lost_writes(boundary: &Boundary<'_>, told: &Told) -> Vec<Reason> {
    let losses = losses(boundary).into_iter();
    let reasons = losses.map(|loss| Reason {
        early: loss.at,
        late: loss.told.filter(|_| loss.is_new(boundary, told)),
        ends: (loss.at, loss.at + MADE_UP),
    });
    reasons.collect()
}

/// A session that nobody ended. Source: REQ-THE-005.
fn abandoned(boundary: &Boundary<'_>, told: &Told) -> Vec<Reason> {
    // A pump that is away when the time is over raises it when it boots, or when its core goes on.
    let booted = |end: SimTime| {
        let mut boots = boundary.boots.iter().skip_while(|boot| boot.at < end);
        let first = boots.clone().next()?;
        let whole = boots.find(|boot| !boot.cut_short);
        Some(Reason {
            early: first.at,
            late: whole.map(|boot| boot.at),
            ends: (first.at, whole.map_or(boundary.end, |boot| boot.at)),
        })
    };
    let back = |end: SimTime| {
        let mut boots = boundary.boots.iter();
        if boots.any(|boot| boot.at == end) {
            return booted(end);
        }
        (end < boundary.end).then_some(Reason {
            late: Some(end + TICK),
            ..Reason::event(end)
        })
    };
    let left = told.sessions.iter().filter_map(|session| {
        let (early, late) = session.may_end;
        let perhaps = Reason {
            ends: (early, late),
            ..Reason::perhaps(early, late)
        };
        match session.end {
            SessionEnd::TimedOut | SessionEnd::Reset if session.in_doubt => Some(perhaps),
            SessionEnd::Unclear => Some(perhaps),
            SessionEnd::TimedOut => {
                let mut absences = boundary.absences.iter();
                match absences.find(|it| it.from <= late && early <= it.until) {
                    Some(away) if away.from < early => back(away.until),
                    Some(away) => Some(Reason::perhaps(early, away.until)),
                    None => Some(Reason {
                        late: Some(late + TICK),
                        ..perhaps
                    }),
                }
            }
            SessionEnd::Reset => booted(session.until),
            SessionEnd::Committed
            | SessionEnd::Closed
            | SessionEnd::Reopened
            | SessionEnd::Open => None,
        }
    });
    left.collect()
}

/// A clock that reads more than a century. Source: REQ-CLK-006.
fn implausible(boundary: &Boundary<'_>) -> Vec<Reason> {
    let century = i128::from(Millis::DAY.as_millis()) * 36_525;
    let mut reasons: Vec<Reason> = Vec::new();
    let mut jumped = 0_i128;
    let mut since: Option<SimTime> = None;
    for &(at, by) in &boundary.crystal.jumps {
        jumped += i128::from(by);
        let reading = jumped + i128::from(at.as_millis());
        let wrong = reading > century;
        match (since, wrong) {
            (None, true) => since = Some(at),
            (Some(from), false) => {
                reasons.push(Reason {
                    early: from,
                    // The pump looks at its clock when it wakes.
                    late: (at.since(from) > SLEEP + SLEEP).then_some(from + SLEEP),
                    ends: (at, at + Millis::MINUTE.times(3)),
                });
                since = None;
            }
            _ => {}
        }
    }
    reasons.extend(since.map(|from| Reason {
        early: from,
        late: Some(from + SLEEP),
        ends: (boundary.end, boundary.end),
    }));
    reasons
}

/// The tone of an alarm's priority.
pub(super) const fn tone_of(alarm: Alarm) -> Tone {
    if alarm.critical {
        Tone::TwoTone
    } else {
        Tone::Single
    }
}
