//! States in which a pump infuses nothing by itself: the safe state, a prescription that is lost, an
//! infusion that ended with the battery.

use crate::boundary::{Answer, Boundary, Cause, Hurt, Tone};
use crate::record::time::LogTime;
use crate::told::{Known, Told};
use thecal_plan::{Condition, LogKind, Profile, Promises};
use thecal_units::{Millis, SimTime};

/// Spans of time.
type Spans = Vec<(SimTime, SimTime)>;

/// A supply that may have ended the infusion has shown this or less. Source: REQ-BAT-004, REQ-BAT-007:
/// predicted to be 2.2 V by a load of half the pulse rate, which pulls a battery of 3.05 V half as far down.
/// Unit: mV.
const END_MV: u16 = 2_650;

/// The safe state after as many resets in a row as the profile says, until a commit.
pub(crate) fn safe(
    boundary: &Boundary<'_>,
    told: &Told,
    promises: &Promises,
) -> Vec<(SimTime, SimTime, bool)> {
    let counts = |cause| matches!(cause, Cause::Watchdog | Cause::BrownOut);
    let resets: Vec<_> = boundary
        .boots
        .iter()
        .filter(|boot| counts(boot.cause))
        .collect();
    let mut found: Vec<(SimTime, SimTime, bool)> = Vec::new();
    for row in resets.windows(promises.troubles) {
        let close = row.windows(2).all(|pair| match pair {
            [one, other] => other.at.since(one.at) <= promises.close,
            _ => false,
        });
        let Some(last) = row.last() else { continue };
        // A commit ends the count (REQ-POST-011).
        let first = row.first().map_or(last.at, |boot| boot.at);
        let committed = told.programmed_between(first, last.at);
        let close = close && committed != Known::Yes;
        if close && !found.iter().any(|&(_, until, _)| last.at < until) {
            let commit = told.programmed.iter().find(|at| **at >= last.at);
            // A count that the memory did not take begins anew with what it held.
            let mut lost = boundary.lost_writes.iter();
            let lost = lost.any(|at| first <= *at && *at <= last.at);
            let whole = row.iter().all(|boot| !boot.cut_short) && committed == Known::No && !lost;
            let commit = commit.copied().unwrap_or(boundary.end);
            found.push((last.at, commit, whole));
            // A commit that may not have been obeyed may have ended nothing.
            let mut later = told.programmed.iter().filter(|at| **at >= commit);
            let surely = later.find(|at| told.therapies_at(**at).len() == 1);
            let surely = surely.copied().unwrap_or(boundary.end);
            if commit < surely {
                found.push((commit, surely, false));
            }
        }
    }
    found
}

/// Spans in which the pump said that it is in the safe state, whatever led to it: from the boot before to
/// the commit behind.
pub(super) fn told_safe(
    boundary: &Boundary<'_>,
    told: &Told,
    profile: &Profile,
) -> Vec<(SimTime, SimTime, bool)> {
    let inside = |hurt| matches!(hurt, Hurt::Image | Hurt::Volatile | Hurt::Owed);
    // A pump whose program is damaged may enter it, and leave it, at any time.
    if boundary.injuries.iter().any(|it| inside(it.hurt)) {
        return Vec::new();
    }
    let Some(alarm) = profile.alarm_of(Condition::SafeState) else {
        return Vec::new();
    };
    let mut found: Vec<(SimTime, SimTime, bool)> = Vec::new();
    for packet in boundary.packets.iter().filter(|it| it.is_genuine()) {
        let safe = match packet.answer {
            Some(Answer::Status(status)) => status.mode == profile.record.modes.safe,
            Some(Answer::Alarms(read)) => read.iter().any(|it| it.name == alarm),
            _ => false,
        };
        let known = found.last().is_some_and(|&(_, until, _)| packet.at < until);
        if !safe || known {
            continue;
        }
        let mut boots = boundary.boots.iter();
        let boot = boots.rfind(|boot| boot.at <= packet.at);
        let mut commits = told.programmed.iter();
        let commit = commits.find(|at| **at >= packet.at);
        found.extend(boot.map(|boot| {
            let until = commit.copied().unwrap_or(boundary.end);
            (boot.at.max(last_before(told, packet.at)), until, true)
        }));
    }
    found
}

/// The last commit before an instant: what came before it is of another safe state.
fn last_before(told: &Told, at: SimTime) -> SimTime {
    let commit = told.programmed.iter().rfind(|then| **then < at);
    commit.copied().unwrap_or(SimTime::ZERO)
}

/// From the commit that ends a safe state until the start after it the pump is stopped (REQ-THE-021);
/// and whether it is so for certain.
pub(crate) fn stopped_by_commits(
    boundary: &Boundary<'_>,
    told: &Told,
    safe: &[(SimTime, SimTime, bool)],
) -> Vec<(SimTime, SimTime, bool)> {
    let stopped = safe.iter().flat_map(|&(_, commit, certain)| {
        let (first, surely) = told.started_from(commit);
        let (first, surely) = (first.min(boundary.end), surely.min(boundary.end));
        [(commit, first, certain), (first, surely, false)]
    });
    stopped.filter(|(from, until, _)| from < until).collect()
}

/// Injuries with which the prescription and the state may be lost, each until the commit behind it: of memory
/// or program, if a critical alarm says so.
fn losses(boundary: &Boundary<'_>, told: &Told) -> Spans {
    let hurts = |hurt| hurt != Hurt::Exchange;
    let injuries = boundary.injuries.iter().filter(|it| hurts(it.hurt));
    let losses = injuries.filter_map(|injury| {
        // Damage to memory is found at the next boot: a commit before it is lost with the rest.
        let mut boots = boundary.boots.iter();
        let found = boots.find(|boot| injury.hurt == Hurt::Memory && boot.at >= injury.at);
        let found = found.map_or(injury.at, |boot| boot.at);
        let commit = told.programmed.iter().find(|at| **at > found);
        let until = commit.copied().unwrap_or(boundary.end);
        let mut tones = boundary.tones.iter();
        let told_so =
            tones.any(|&(at, tone)| tone == Tone::TwoTone && injury.at <= at && at <= until);
        // What was lost without a trace is not told.
        let lost = told_so || injury.hurt == Hurt::Owed;
        lost.then_some((injury.at, until))
    });
    losses.collect()
}

/// The prescription may be lost: from an injury on until a commit, and the start after it: a commit starts
/// nothing (REQ-THE-004).
pub(super) fn lost(boundary: &Boundary<'_>, told: &Told) -> Spans {
    let lost = losses(boundary, told).into_iter().map(|(from, commit)| {
        let (_, start) = told.started_from(commit);
        (from, start.min(boundary.end))
    });
    lost.collect()
}

/// The count of the reservoir may be lost: a state that is lost counts from zero until a refill (REQ-RES-008).
pub(super) fn uncounted(boundary: &Boundary<'_>, told: &Told) -> Spans {
    let lost = losses(boundary, told).into_iter().map(|(from, _)| {
        let mut refills = told.refills.iter().filter(|it| !it.in_doubt);
        let refill = refills.find(|it| it.at > from).map(|it| it.at);
        (from, refill.unwrap_or(boundary.end))
    });
    lost.collect()
}

/// The battery has ended the infusion, by the pump's log and by what its supply showed, until somebody
/// starts it again: from when it may be so, and from when it certainly is.
pub(crate) fn ended(boundary: &Boundary<'_>, told: &Told, profile: &Profile) -> [Spans; 2] {
    let time = LogTime::of(boundary, profile);
    let entries = boundary.log.entries.iter();
    let ended = entries.filter(|entry| entry.kind == LogKind::ServiceEnded);
    let ended = ended.filter_map(|entry| {
        let mut shown = boundary.supply.iter();
        let low = shown.any(|&(at, mv)| at <= entry.at && mv <= END_MV);
        let starts = told.running.iter();
        let start = starts
            .filter(|it| it.value != Known::No && it.at > entry.at)
            .map(|it| it.at)
            .next();
        let until = start.unwrap_or(boundary.end);
        let slack = time.slack_of(entry.at);
        let surely = entry.at + Millis::SECOND + slack;
        low.then_some(((entry.at.before(slack), until), (surely, until)))
    });
    let (mut perhaps, surely): (Spans, Spans) = ended.unzip();
    // A log that nobody could read tells of no end.
    let mut shown = boundary.supply.iter().filter(|&&(_, mv)| mv <= END_MV);
    let low = shown.next().filter(|_| boundary.status.is_none());
    perhaps.extend(low.map(|&(at, _)| (at, boundary.end)));
    [perhaps, surely]
}
