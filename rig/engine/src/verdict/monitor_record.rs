//! Monitors of the record: what the pump answered, counted and logged, compared with what happened.

use super::bolus_windows::clock_slack;
use super::figure::Observed;
use super::monitor_finding::{finding, number, pass_if};
use super::outcome::{Finding, Verdict};
use super::rule::{self, Rule};
use crate::programmer::Answer;
use crate::run::{CommandRecord, RunHistory};
use thecal_link::ResetCause;
use thecal_plan::{Ability, Dimension, FaultKind, LogKind, Profile, Request};
use thecal_spec::Hurt;
use thecal_units::{Millis, SimTime};

/// A replayed packet is never obeyed nor logged as obeyed, and the pump counts it.
pub(super) fn authentic(history: &RunHistory) -> Finding {
    let replayed: Vec<&CommandRecord> = history.commands.iter().filter(|r| r.replayed).collect();
    if replayed.is_empty() {
        return Finding {
            note: Some("nothing replayed".into()),
            ..finding(&rule::NO_REPLAY, Verdict::Pass)
        };
    }
    let obeyed: Vec<&CommandRecord> = replayed
        .iter()
        .copied()
        .filter(|record| takes_effect(record) || is_logged_alone(history, record))
        .collect();
    // The pump cannot count a packet it did not receive, or lost with its power. It has read a
    // packet that asks what a recording may ask.
    let heard =
        |record: &&&CommandRecord| record.reached && !record.lost && record.answer.is_none();
    let heard: Vec<SimTime> = replayed.iter().filter(heard).map(|r| r.at).collect();
    let forgotten = |at: &&SimTime| may_be_forgotten(history, **at);
    let excused = heard.iter().filter(forgotten).count();
    let heard = heard.len() - excused;
    let counted = history.status.as_ref().map(|status| status.unauthentic);
    let short = counted.is_some_and(|counted| usize::try_from(counted).is_ok_and(|c| c < heard));
    let challenges = replayed
        .iter()
        .filter(|record| record.request == Request::AskChallenge && record.answer.is_some());
    // To give a challenge once more changes nothing.
    let total = match (replayed.len(), challenges.count()) {
        (all, 0) => format!("{all}"),
        (all, 1) => format!("{all}, with 1 request for a challenge answered,"),
        (all, answered) => format!("{all}, with {answered} requests for a challenge answered,"),
    };
    let note = if short {
        format!(
            "{total} replayed, the pump counts fewer: {}",
            counted.unwrap_or(0)
        )
    } else if excused > 0 {
        format!(
            "{total} replayed; {excused} of them may be missing from the pump's count, by a reset or \
             damaged memory after them"
        )
    } else {
        format!("{total} replayed")
    };
    Finding {
        observed: number(obeyed.len()),
        at: obeyed.first().map(|record| record.at),
        limit: number(0),
        note: Some(note),
        ..finding(&rule::NO_REPLAY, pass_if(obeyed.is_empty() && !short))
    }
}

/// Whether the pump did what the packet asks for. To give its challenge once more changes nothing.
fn takes_effect(record: &CommandRecord) -> bool {
    record.obeyed() && record.request != Request::AskChallenge
}

/// How long a pump may keep a count in RAM alone. Source: REQ-TEL-001.
const KEPT_IN_RAM: Millis = Millis::HOUR;

/// Whether a reset came so soon after a packet of this instant that its count may be gone, or the
/// memory that held it was damaged. The first of several is excused too: which one that is only the
/// pump knows.
fn may_be_forgotten(history: &RunHistory, at: SimTime) -> bool {
    let mut resets = history.resets.iter();
    let mut faults = history.faults.iter();
    resets.any(|reset| at <= reset.at && reset.at.since(at) <= KEPT_IN_RAM)
        || faults.any(|fault| at <= fault.from && matches!(fault.kind, FaultKind::NvmDamage { .. }))
}

/// Whether the log contains the effect of a replayed command that no fresh command of the same
/// instant explains.
fn is_logged_alone(history: &RunHistory, replay: &CommandRecord) -> bool {
    let Some(kind) = replay.request.row().logged else {
        return false;
    };
    let is_here = |time: SimTime| is_logged_at(time, replay.at);
    let mut lines = history.log.lines.iter();
    let explained = history.commands.iter().any(|record| {
        is_here(record.at)
            && !record.replayed
            && record.obeyed()
            && record.request.row().logged == Some(kind)
    });
    !explained && lines.any(|(time, line)| line.kind == kind && is_here(*time))
}

/// Whether `time` is the log's time of an event at `at`: a slow crystal shows one reading for 2 ms,
/// which converts to the first of them.
fn is_logged_at(time: SimTime, at: SimTime) -> bool {
    time <= at && at.since(time) <= Millis::from_millis(1)
}

/// Every fresh authentic command is answered, and the implant session, which is routine, is obeyed;
/// otherwise the run does not follow its scenario.
pub(super) fn answers(history: &RunHistory) -> Finding {
    // A pump with keys leaves questions for keys unanswered (REQ-TEL-024).
    let is_due = |record: &CommandRecord| {
        record.at == SimTime::ZERO
            || !matches!(record.request, Request::AskChallenge | Request::TakeKeys)
    };
    let unanswered = |record: &&CommandRecord| {
        !record.replayed
            && !record.lost
            && is_due(record)
            && matches!(record.answer, None | Some(Answer::Unreadable(_)))
            && !keys_may_be_lost(history, record.at)
    };
    let refused = |record: &&CommandRecord| {
        record.at == SimTime::ZERO && matches!(record.answer, Some(Answer::Rejected(_)))
    };
    let silent: Vec<&CommandRecord> = history.commands.iter().filter(unanswered).collect();
    let rejected = history.commands.iter().find(refused);
    let (verdict, first) = match (silent.first(), rejected) {
        (Some(record), _) => (Verdict::Fail, Some(*record)),
        (None, Some(record)) => (Verdict::Inconclusive, Some(record)),
        (None, None) => (Verdict::Pass, None),
    };
    Finding {
        observed: number(silent.len()),
        at: first.map(|record| record.at),
        limit: number(0),
        note: first.map(|record| {
            let answer = match &record.answer {
                None => "no answer",
                Some(Answer::Unreadable(why)) => why,
                Some(Answer::Rejected(why)) => why,
                Some(_) => "answered",
            };
            format!("{}: {answer}", record.name())
        }),
        ..finding(&rule::COMMANDS_ANSWERED, verdict)
    }
}

/// The pump never counts more steps as delivered than its motor moved.
pub(super) fn counted(history: &RunHistory, profile: &Profile) -> Finding {
    let Some(status) = &history.status else {
        return without_status(&rule::COUNTED_STEPS, profile);
    };
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let (counted, moved) = (status.steps as f64, history.truth.steps_moved as f64);
    if history.truth.steps_missed == 0 && counted.to_bits() == moved.to_bits() {
        return Finding {
            note: Some("no step was missed, and none left uncounted".into()),
            ..finding(&rule::COUNTED_STEPS, Verdict::Pass)
        };
    }
    let note = if counted > moved {
        Some("steps counted, limit: steps moved".into())
    } else {
        let lost = history.truth.steps_moved - status.steps;
        (lost > 0).then(|| format!("{lost} steps moved that it does not count"))
    };
    Finding {
        observed: Observed::Value(counted, Dimension::Count),
        limit: Observed::Value(moved, Dimension::Count),
        margin: Some(Observed::Value(moved - counted, Dimension::Count)),
        note,
        ..finding(&rule::COUNTED_STEPS, pass_if(counted <= moved))
    }
}

/// Nothing could be read at the end: the pump kept silent, or its profile has nothing to read.
fn without_status(rule: &Rule, profile: &Profile) -> Finding {
    let (verdict, note) = if profile.can(Ability::Status) && profile.can(Ability::Log) {
        (
            Verdict::Inconclusive,
            "the pump did not answer at the end".to_owned(),
        )
    } else {
        let note = format!("not judged: pump {} has no status or no log", profile.name);
        (Verdict::Pass, note)
    };
    Finding {
        note: Some(note),
        ..finding(rule, verdict)
    }
}

/// All actions of the pump are in its event log.
pub(super) fn log_complete(history: &RunHistory, profile: &Profile) -> Finding {
    let Some(status) = history
        .status
        .as_ref()
        .filter(|_| profile.can(Ability::Log))
    else {
        return without_status(&rule::LOG_COMPLETE, profile);
    };
    let (log, entries) = (&history.log, status.log_entries);
    let there = usize::try_from(entries.saturating_sub(log.first)).unwrap_or(usize::MAX);
    let lost = lost_with_memory(history);
    if log.lines.len().saturating_add(lost) < there {
        return Finding {
            observed: number(log.lines.len()),
            limit: number(there),
            note: Some(format!(
                "entries read, of those from number {} to {entries} that the pump claims",
                log.first
            )),
            ..finding(&rule::LOG_COMPLETE, Verdict::Fail)
        };
    }
    // An entry of the same instant as the oldest one left may be overwritten.
    let oldest = match log.lines.first() {
        Some(&(at, _)) if log.first > 0 => {
            at + clock_slack(history, SimTime::ZERO, at) + Millis::from_millis(1)
        }
        _ => SimTime::ZERO,
    };
    let slack = |at| clock_slack(history, SimTime::ZERO, at);
    let mut left: Vec<(SimTime, LogKind)> = log
        .lines
        .iter()
        .map(|(at, line)| (*at, line.kind))
        .collect();
    let mut counted: Vec<(SimTime, LogKind, u32)> = log
        .lines
        .iter()
        .filter_map(|(at, line)| line.left_out.map(|(kind, count)| (*at, kind, count)))
        .collect();
    let (mut needed, mut missing) = (0, Vec::new());
    for (at, kind) in wanted_entries(history).filter(|&(at, _)| at >= oldest) {
        needed += 1;
        let earliest = at.before(slack(at) + Millis::from_millis(1));
        let range = earliest..=at + slack(at);
        let off = |time: SimTime| time.since(at).max(at.since(time));
        let fits = left.iter().enumerate();
        let fits = fits.filter(|(_, (time, found))| *found == kind && range.contains(time));
        match fits.min_by_key(|(_, (time, _))| off(*time)) {
            // One entry accounts for one event.
            Some((index, _)) => drop(left.swap_remove(index)),
            None if is_counted(&mut counted, earliest, kind) => {}
            None => missing.push((at, kind)),
        }
    }
    Finding {
        observed: number(needed - missing.len()),
        at: missing.first().map(|&(at, _)| at),
        limit: number(needed),
        note: missing
            .first()
            .map(|(_, kind)| format!("missing: {kind:?}")),
        ..finding(&rule::LOG_COMPLETE, pass_if(missing.len() <= lost))
    }
}

/// Whether a later entry counts this event as left out; one of its count is then used up.
fn is_counted(counted: &mut [(SimTime, LogKind, u32)], at: SimTime, kind: LogKind) -> bool {
    let mut all = counted.iter_mut();
    let found = all.find(|(told, of, count)| *told >= at && *of == kind && *count > 0);
    found.map(|(_, _, count)| *count -= 1).is_some()
}

/// Entries that do not fit into one exchange are written in the next; a power cut before it loses
/// them. Source: ours, some exchanges of a millisecond (REQ-LOG-003, REQ-LOG-007).
const SPILL: Millis = Millis::from_millis(10);

/// Whether power failed, or a reset came, before the entry of this instant had to be in memory.
fn is_cut(history: &RunHistory, at: SimTime) -> bool {
    let cuts = history.faults.iter().filter(|fault| {
        let dark = matches!(
            fault.kind,
            FaultKind::PowerCut { .. } | FaultKind::BrownOut { .. }
        );
        dark && fault.effect > 0
    });
    let cuts = cuts.map(|fault| fault.from);
    let resets = history.resets.iter().map(|reset| reset.at);
    cuts.chain(resets)
        .any(|cut| at < cut && cut.since(at) <= SPILL)
}

/// Entries that the log must contain, with their times.
fn wanted_entries(history: &RunHistory) -> impl Iterator<Item = (SimTime, LogKind)> + '_ {
    all_entries(history).filter(|&(at, _)| !is_cut(history, at))
}

fn all_entries(history: &RunHistory) -> impl Iterator<Item = (SimTime, LogKind)> + '_ {
    history
        .commands
        .iter()
        .filter(|record| record.obeyed() && !record.replayed && changed(history, record))
        .filter_map(|record| Some((record.at, record.request.row().logged?)))
        .chain(
            history
                .resets
                .iter()
                .filter(|reset| !reset.cut_short)
                .map(|reset| (reset.at, kind_of(reset.cause))),
        )
}

const fn kind_of(cause: ResetCause) -> LogKind {
    match cause {
        ResetCause::PowerOn => LogKind::PowerOn,
        ResetCause::Pin => LogKind::PinReset,
        ResetCause::Watchdog => LogKind::WatchdogReset,
        ResetCause::BrownOut => LogKind::BrownOutReset,
    }
}

/// Resets by watchdog or low supply after which a pump may go to the safe state. Source: REQ-POST-005.
const SAFE_AFTER: usize = 5;

/// Whether the pump may have been in the safe state before, which leaves it stopped: its memory was damaged,
/// or it was reset again and again.
fn may_have_been_safe(history: &RunHistory, at: SimTime) -> bool {
    let resets = history.resets.iter().filter(|reset| reset.at <= at);
    let alarmed = |cause| matches!(cause, ResetCause::Watchdog | ResetCause::BrownOut);
    let troubles = resets.filter(|reset| alarmed(reset.cause)).count();
    troubles >= SAFE_AFTER || memory_damaged(history, at)
}

/// An entry of a log takes more bytes than this. Source: ours; a time, a code and an argument.
const ENTRY_BYTES: usize = 8;

/// How many entries may be lost with the bytes of memory that faults have damaged.
fn lost_with_memory(history: &RunHistory) -> usize {
    let damaged = history.faults.iter().filter_map(|fault| match fault.kind {
        FaultKind::NvmDamage { length, .. } if fault.effect > 0 => Some(usize::from(length)),
        _ => None,
    });
    damaged.map(|length| length / ENTRY_BYTES + 2).sum()
}

/// Whether the pump may have found at a boot that its keys are lost, and has answered nothing since.
fn keys_may_be_lost(history: &RunHistory, at: SimTime) -> bool {
    let boots = history.resets.iter().map(|reset| reset.at);
    let Some(found) = boots
        .rev()
        .find(|boot| *boot <= at && memory_damaged(history, *boot))
    else {
        return false;
    };
    let mut answered = history
        .commands
        .iter()
        // A pump without keys gives its challenge to anybody.
        .filter(|record| {
            record.answer.is_some() && !record.replayed && record.request != Request::AskChallenge
        });
    !answered.any(|record| found <= record.at && record.at < at)
}

/// Whether bytes of the pump's memory were damaged before.
fn memory_damaged(history: &RunHistory, at: SimTime) -> bool {
    let injuries = history.pins.injuries.iter();
    let mut memory = injuries.filter(|injury| injury.hurt == Hurt::Memory);
    memory.any(|injury| injury.at <= at)
}

/// Starting a pump that runs is confirmed but changes nothing to log; the same if it was unknown
/// whether the pump ran.
fn changed(history: &RunHistory, record: &CommandRecord) -> bool {
    let before = record.prescribed.checked_sub(1);
    let before = before.and_then(|index| history.prescribed.get(index));
    let was = before.is_some_and(|prescribed| prescribed.running);
    let in_doubt = before.is_some_and(|prescribed| prescribed.running_in_doubt)
        || may_have_been_safe(history, record.at);
    match record.request {
        Request::Start => !was && !in_doubt,
        Request::Stop => was && !in_doubt,
        _ => true,
    }
}

/// The pump resets only when the scenario resets it, and it never hangs.
pub(super) fn resets(history: &RunHistory) -> Finding {
    let unexpected = || {
        history
            .resets
            .iter()
            .filter(|reset| reset.because.is_none())
    };
    let first = unexpected()
        .map(|reset| reset.at)
        .next()
        .into_iter()
        .chain(history.hangs.first().copied())
        .min();
    Finding {
        observed: number(unexpected().count() + history.hangs.len()),
        at: first,
        limit: number(0),
        note: note_of_resets(history),
        ..finding(&rule::NO_UNEXPECTED_RESET, pass_if(first.is_none()))
    }
}

/// Text: hangs, and the resets caused by faults of the scenario, except those by the reset line:
/// there the fault is the reset.
fn note_of_resets(history: &RunHistory) -> Option<String> {
    let mut parts = Vec::new();
    if !history.hangs.is_empty() {
        parts.push(format!("{} hangs", history.hangs.len()));
    }
    let mut by_fault: Vec<(&str, &str, usize)> = Vec::new();
    let resets = history.resets.iter().filter_map(|reset| reset.because);
    let resets = resets.map(|fault| ("resets", fault));
    let hangs = history
        .hangs_by_fault
        .iter()
        .map(|&(_, fault)| ("hangs", fault));
    for (what, fault) in resets.chain(hangs) {
        if fault == FaultKind::Reset.name() {
            continue;
        }
        match by_fault
            .iter_mut()
            .find(|(kind, by, _)| (*kind, *by) == (what, fault))
        {
            Some((.., count)) => *count += 1,
            None => by_fault.push((what, fault, 1)),
        }
    }
    let caused = |(what, fault, count)| format!("{what} caused by {fault}: {count}");
    parts.extend(by_fault.into_iter().map(caused));
    (!parts.is_empty()).then(|| parts.join("; "))
}
