//! Monitors of answers and resets: whether the run could follow its scenario.

use super::monitor_finding::{finding, number, pass_if};
use super::outcome::{Finding, Verdict};
use super::rule;
use crate::programmer::Answer;
use crate::run::{CommandRecord, RunHistory};
use thecal_plan::{FaultKind, Request};
use thecal_spec::Hurt;
use thecal_units::SimTime;

/// Every fresh authentic command is answered, and the implant session, which is routine, is obeyed;
/// otherwise the run does not follow its scenario.
pub(super) fn answers(history: &RunHistory) -> Finding {
    // A pump with keys leaves questions for keys unanswered (REQ-TEL-024).
    let is_due = |record: &CommandRecord| {
        record.at == SimTime::ZERO
            || !matches!(record.request, Request::AskChallenge | Request::TakeKeys)
    };
    let unanswered = |record: &&CommandRecord| {
        record.origin.is_genuine()
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
            record.answer.is_some()
                && record.origin.is_genuine()
                && record.request != Request::AskChallenge
        });
    !answered.any(|record| found <= record.at && record.at < at)
}

/// Whether bytes of the pump's memory were damaged before.
fn memory_damaged(history: &RunHistory, at: SimTime) -> bool {
    let injuries = history.pins.injuries.iter();
    let mut memory = injuries.filter(|injury| injury.hurt == Hurt::Memory);
    memory.any(|injury| injury.at <= at)
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
