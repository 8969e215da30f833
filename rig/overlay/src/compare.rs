//! A disturbed run beside the undisturbed one: what must be as if nothing had been.

use crate::disturb::Disturbed;
use crate::kind::Kind;
use thecal_engine::programmer::{Answer, Shown};
use thecal_engine::run::{CommandRecord, RunHistory};
use thecal_engine::verdict::{Finding, Observed, Verdict};
use thecal_plan::{Dimension, Request};
use thecal_units::SimTime;

/// Steps by which two runs may differ: one of rounding, and the eight that a battery check saves up.
/// Source: REQ-MET-001, REQ-BAT-001.
const LOOSE: f64 = 9.0;

/// What differs although it must not, as findings; one that says so if nothing does.
#[must_use]
pub fn compare(undisturbed: &RunHistory, disturbed: &RunHistory, by: &Disturbed) -> Vec<Finding> {
    if !by.kind.leaves_prescription() {
        // What it makes of the run the specification judges.
        return Vec::new();
    }
    let mut findings = Vec::new();
    if !same_orders(undisturbed, disturbed, by) {
        // Somebody was refused or not heard: people then do other things.
        return vec![finding(
            None,
            "other orders were accepted: not compared".to_owned(),
        )];
    }
    if let (Some(one), Some(other)) = (undisturbed.prescribed.last(), disturbed.prescribed.last())
        && (one.therapy != other.therapy || one.running != other.running)
        && !lost(undisturbed)
        && !lost(disturbed)
    {
        findings.push(finding(
            Some(by.at),
            "another prescription is in force at the end".to_owned(),
        ));
    }
    if by.kind.is_compared() && keeps_a_session(disturbed, by) {
        findings.push(finding(
            None,
            "what was read kept a session open: not compared".to_owned(),
        ));
        return findings;
    }
    if by.kind.is_compared() {
        let counts = |history: &RunHistory| {
            let status = history.status.as_ref();
            status.map(|status| (status.granted, status.denied, status.alarms.clone()))
        };
        if counts(undisturbed) != counts(disturbed) {
            findings.push(finding(
                Some(by.at),
                "boluses granted, denied, or alarms differ at the end".to_owned(),
            ));
        }
    }
    // What the other disturbances make of the dose the specification judges.
    if by.kind.is_compared() {
        let end = SimTime::ZERO + undisturbed.simulated;
        let from = by.over.min(end);
        let moved = |history: &RunHistory| history.moved.at(end) - history.moved.at(from);
        let (one, other) = (moved(undisturbed), moved(disturbed));
        if (one - other).abs() > LOOSE {
            findings.push(finding(
                Some(from),
                format!("{other:.0} steps from here to the end, {one:.0} without the disturbance"),
            ));
        }
    }
    if findings.is_empty() {
        findings.push(finding(None, "the same after it".to_owned()));
    }
    findings
}

/// The orders that a story's people gave and the pump obeyed, without what the overlay added.
fn same_orders(undisturbed: &RunHistory, disturbed: &RunHistory, by: &Disturbed) -> bool {
    let given = |record: &&CommandRecord| {
        record.obeyed() && record.origin.is_genuine() && record.step.is_none_or(|it| it.last)
    };
    let key = |record: &CommandRecord| (record.at, record.sender, record.name());
    let ours = |record: &&CommandRecord| {
        let added = match by.kind {
            Kind::StopStart => matches!(record.request, Request::Start | Request::Stop),
            Kind::Press => matches!(record.request, Request::PatientBolus { .. }),
            _ => false,
        };
        !added
    };
    if by.kind == Kind::Press && grants(undisturbed) != grants(disturbed) {
        return false;
    }
    // A start that is refused, as in the safe state, leaves a pump stopped.
    let mut starts = disturbed
        .commands
        .iter()
        .filter(|it| it.request == Request::Start);
    if by.kind == Kind::StopStart && starts.any(|it| by.at <= it.at && !it.obeyed()) {
        return false;
    }
    let one = undisturbed
        .commands
        .iter()
        .filter(given)
        .filter(ours)
        .map(key);
    let other = disturbed
        .commands
        .iter()
        .filter(given)
        .filter(ours)
        .map(key);
    one.eq(other)
}

/// Whether what the overlay read met an open update session, which lasts longer for it (REQ-THE-005): the
/// infusion may be held until its end.
fn keeps_a_session(disturbed: &RunHistory, by: &Disturbed) -> bool {
    let read = disturbed.commands.iter().filter(|it| it.at == by.at);
    let mut answers = read.filter_map(|it| it.answer.as_ref());
    by.kind == Kind::ReadOut
        && answers.any(
            |answer| matches!(answer, Answer::Read(Shown::Health(health), _) if health.in_session),
        )
}

/// Whether a fault lost an order or its answer: what is in force then is not known.
fn lost(history: &RunHistory) -> bool {
    history.commands.iter().any(|record| record.lost)
}

fn grants(history: &RunHistory) -> usize {
    let commands = history.commands.iter();
    commands
        .filter(|it| it.obeyed() && matches!(it.request, Request::PatientBolus { .. }))
        .count()
}

fn finding(differs: Option<SimTime>, note: String) -> Finding {
    let count = |count| Observed::Value(count, Dimension::Count);
    Finding {
        name: "as-undisturbed".to_owned(),
        requirement: None,
        rule: "after the disturbance the pump does what it does without it".to_owned(),
        verdict: if differs.is_some() {
            Verdict::Fail
        } else {
            Verdict::Pass
        },
        observed: count(if differs.is_some() { 1.0 } else { 0.0 }),
        at: differs,
        limit: count(0.0),
        margin: None,
        note: Some(note),
        why: None,
    }
}
