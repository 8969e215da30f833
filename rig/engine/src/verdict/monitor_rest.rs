//! The monitor of rest: when the pump must not move.

use super::bolus_windows::clock_slack;
use super::figure::Observed;
use super::monitor_finding::{finding, number, pass_if};
use super::outcome::{Finding, Verdict};
use super::rule;
use crate::programmer::Sender;
use crate::run::{CommandRecord, RunHistory};
use thecal_plan::{Dimension, LogKind, Request};
use thecal_units::{Millis, SimTime};

/// An update session is given up after this long without a command from the clinician. Source: Open
/// PCA EC24 (S36).
const SESSION: Millis = Millis::MINUTE.times(3);

/// Instants closer than this may come in either order, and a crystal counts three minutes that exactly.
/// Source: ours, some exchanges; 100 parts per million.
const TIE: Millis = Millis::from_millis(20);

/// A span without allowed movement, and its reason.
type Rest = (SimTime, SimTime, &'static str);

/// Nothing is commanded while the infusion is stopped, held or over, except the stroke in progress
/// and a priming bolus.
pub(super) fn stopped(history: &RunHistory) -> Finding {
    let mut worst = (0.0, SimTime::ZERO, None);
    let rests = stops(history).into_iter().chain(holds(history));
    let rests = rests.chain(end_of_service(history));
    let mut rests = rests.filter(|(from, until, _)| from < until).peekable();
    if rests.peek().is_none() {
        return Finding {
            note: Some("never stopped, held or at end of service".into()),
            ..finding(&rule::NO_FLOW_WHILE_STOPPED, Verdict::Pass)
        };
    }
    for (from, until, why) in rests {
        let primed = history.primed.at(until) - history.primed.at(from);
        let moved = history.moved.at(until) - history.moved.at(from) - primed;
        if moved > worst.0 {
            worst = (moved, from, Some(why));
        }
    }
    let (moved, from, why) = worst;
    let note = why.filter(|_| moved > 1.0);
    Finding {
        observed: Observed::Value(moved, Dimension::Count),
        at: (moved > 0.0).then_some(from),
        limit: number(1),
        margin: Some(Observed::Value(1.0 - moved, Dimension::Count)),
        note: note.map(|why| format!("steps while {why}")),
        ..finding(&rule::NO_FLOW_WHILE_STOPPED, pass_if(moved <= 1.0))
    }
}

/// Spans in which the clinician had stopped the infusion, or not started it yet.
fn stops(history: &RunHistory) -> Vec<Rest> {
    let end = SimTime::ZERO + history.simulated;
    let mut stops = Vec::new();
    let mut from = Some(SimTime::ZERO);
    for prescribed in &history.prescribed {
        match (from, prescribed.running) {
            (Some(start), true) => {
                stops.push((start, prescribed.from, "stopped"));
                from = None;
            }
            (None, false) => from = Some(prescribed.from),
            _ => {}
        }
    }
    stops.extend(from.map(|start| (start, end, "stopped")));
    stops
}

/// Spans in which an update session certainly held the infusion.
fn holds(history: &RunHistory) -> Vec<Rest> {
    let from_clinician = |record: &&CommandRecord| {
        record.sender == Sender::Clinician && !record.replayed && record.reached
    };
    let records: Vec<&CommandRecord> = history.commands.iter().filter(from_clinician).collect();
    let mut holds = Vec::new();
    for (nth, opened) in records.iter().enumerate() {
        if opened.request != (Request::OpenUpdate { hold: true }) || !opened.obeyed() {
            continue;
        }
        let mut until = opened.at + SESSION;
        for next in records.iter().skip(nth + 1) {
            if next.at > until {
                break;
            }
            let ends = matches!(
                next.request,
                Request::Commit | Request::CloseUpdate | Request::OpenUpdate { .. }
            );
            // At the instant of the time-out either may come first.
            let late = until.since(next.at) <= TIE;
            if late || ends && (next.obeyed() || next.answer.is_none()) {
                until = next.at;
                break;
            }
            if next.answer.is_some() {
                until = next.at + SESSION;
            }
        }
        let resets = history.resets.iter().map(|reset| reset.at);
        let doubts = history.clock_doubts.iter().map(|&(at, _)| at);
        let cut = resets.chain(doubts).filter(|at| *at >= opened.at).min();
        let end = SimTime::ZERO + history.simulated;
        let until = until.min(cut.unwrap_or(end)).min(end);
        holds.push((opened.at, until, "held for an update"));
    }
    holds
}

/// Spans from the logged end of service until a clinician starts the pump again.
fn end_of_service(history: &RunHistory) -> Vec<Rest> {
    let ended = history.log.lines.iter();
    let ended = ended.filter(|(_, line)| line.kind == LogKind::ServiceEnded);
    ended
        .map(|&(at, _)| {
            let from = at + clock_slack(history, SimTime::ZERO, at) + Millis::from_millis(1);
            let starts = history.commands.iter().filter(|record| {
                record.request == Request::Start && record.reached && record.at >= at
            });
            let end = SimTime::ZERO + history.simulated;
            let until = starts.map(|record| record.at).min().unwrap_or(end);
            (from.min(until), until, "at end of service")
        })
        .collect()
}
