//! The events of requests as text: who sent what, with which figures, and what the pump answered.

use super::history::{CommandRecord, Event, Step, Subject};
use crate::programmer::{Answer, PumpStatus, Sender};
use thecal_plan::number::format_value;
use thecal_plan::{Dimension, Infusion, Origin, Request, begins_in_words};
use thecal_units::{DoseRate, real};

/// The event of a request: of one in steps only its end, good or bad.
pub(super) fn event(record: &CommandRecord) -> Option<Event> {
    let is_on_the_way = |step: Step| step.is_taking_back() || !step.last && record.obeyed();
    if record.step.is_some_and(is_on_the_way) {
        return None;
    }
    let name = format!("{}{}", record.name(), figures(record));
    let outcome = match &record.answer {
        None => format!("{name}: no answer"),
        Some(Answer::Done) => format!("{name}: {}", done(&record.request)),
        Some(Answer::Granted) => format!("{name}: granted"),
        Some(Answer::Denied(reason)) => format!("{name}: denied, {reason}"),
        Some(Answer::Rejected(reason)) => format!("{name}: rejected, {reason}"),
        Some(Answer::Status(status)) => format!("{name}: {}", status_in_words(status)),
        Some(Answer::Read(_, what) | Answer::Text(what)) => format!("{name}: {what}"),
        Some(Answer::Unreadable(_)) => format!("{name}: unreadable answer"),
        Some(Answer::Log(_)) => return None,
    };
    Some(line(record, &outcome))
}

/// What a pump has done that obeys: what somebody did elsewhere it can only take down.
const fn done(request: &Request) -> &'static str {
    match request {
        Request::Refill { .. } => "entered",
        Request::DeclareWork(_) => "declared",
        _ => "done",
    }
}

fn line(record: &CommandRecord, what: &str) -> Event {
    let (subject, who) = match (&record.origin, record.sender) {
        (Origin::Genuine, Sender::Clinician) => (Subject::Clinician, String::new()),
        (Origin::Genuine, Sender::Remote(number)) => {
            (Subject::Patient, format!("remote {number}: "))
        }
        (Origin::Replayed, sender) => {
            (Subject::Attacker, format!("replays a packet of {sender}: "))
        }
        (Origin::Forged(forgery), sender) => (
            Subject::Attacker,
            format!("sends a packet as of {sender}, {forgery}: "),
        ),
    };
    Event {
        at: record.at,
        subject,
        what: format!("{who}{what}"),
    }
}

/// The figures that tell one request from another of its name.
fn figures(record: &CommandRecord) -> String {
    match record.request {
        Request::Refill {
            volume,
            concentration,
            ..
        } => {
            let volume = real::Volume::from(volume).as_milliliters();
            let strength = real::Concentration::from(concentration).as_ug_per_ml();
            let volume = format_value(volume, Dimension::Volume);
            format!(
                " of {volume} of {}",
                format_value(strength, Dimension::Concentration)
            )
        }
        Request::ClinicianBolus { dose, .. } => {
            let dose = real::Mass::from(dose).as_micrograms();
            format!(" of {}", format_value(dose, Dimension::Mass))
        }
        Request::Stage(therapy) => format!(" {}", infusion(&therapy.infusion)),
        _ => {
            let step = record.step.and_then(|step| step.therapy);
            let therapy = record.request.row().change.therapy().or(step);
            therapy.map_or(String::new(), |therapy| {
                format!(" {}", infusion(&therapy.infusion))
            })
        }
    }
}

fn infusion(infusion: &Infusion) -> String {
    match infusion {
        Infusion::Simple(dose) => per_day(*dose),
        Infusion::MinimumRate => "the minimum rate".into(),
        Infusion::Flex(week) => {
            let steps = week.steps();
            let steps: Vec<String> = steps
                .iter()
                .map(|step| format!("{} {}", begins_in_words(step), per_day(step.dose)))
                .collect();
            steps.join(", ")
        }
    }
}

fn per_day(dose: DoseRate) -> String {
    let ug = f64::from(dose.as_ng_per_day()) / 1e3;
    format!("{}/day", format_value(ug, Dimension::Mass))
}

/// What a pump says of itself, in brief.
fn status_in_words(status: &PumpStatus) -> String {
    let left = real::Volume::from(status.reservoir).as_milliliters();
    let alarms = match status.alarms.join(", ") {
        alarms if alarms.is_empty() => "no alarm".into(),
        alarms => format!("alarms: {alarms}"),
    };
    let left = format_value(left, Dimension::Volume);
    format!("{}, {left} counted, {alarms}", status.mode)
}
