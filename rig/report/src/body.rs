//! The body of a report: plain text, one fact per line, nothing volatile.
//!
//! It is compared byte for byte, on every bench. So it contains no bench, build, path or time of
//! day, and no column whose width depends on another line.

use super::body_lines::Body;
use super::body_rules::{counts, not_carried, not_claimed, rule};
use super::fault_effect::took_effect;
use super::form_words::{is_of_a_state, is_of_a_state_at_an_instant};
use super::outcome;
use super::output::{Ended, Made, Output};
use super::record::{FaultRecord, Levels, PumpSays, Record, Run};
use super::{entered, parameters, plan_text, presets, timeline, true_dose};
use crate::sentence;
use std::io;
use thecal_engine::run::Index;
use thecal_engine::verdict::{Finding, Verdict};
use thecal_plan::Dimension;
use thecal_plan::number::format_value;
use thecal_plan::{FaultKind, FaultRow, Form, Lasts, Pump, Scenario};
use thecal_sim::{Drive, HarmClass};
use thecal_units::{Concentration, Millis, SimTime};

/// The body, as a file.
pub static OUTPUT: Output = Output {
    file: "report.txt",
    made: Made::Run(output),
};

fn output(ended: &Ended<'_>) -> io::Result<Option<Vec<u8>>> {
    Ok(ended.body.map(|body| body.as_bytes().to_vec()))
}

/// Renders the body from the plan and the record; `None` if the run did not reach its end.
///
/// # Panics
///
/// If a number of the record is not finite: a report must not show one.
#[must_use]
pub fn render(scenario: &Scenario, record: &Record) -> Option<String> {
    let run = record.run.as_ref()?;
    let mut out = Body(String::new());
    out.line("thecal-report 2");
    decision(&mut out, scenario, record.verdict, run);
    plan(&mut out, scenario, run);
    for finding in &run.expectations {
        expectation(&mut out, scenario.form_of(&finding.name), finding);
    }
    out.blank();
    for finding in &run.monitors {
        rule(&mut out, finding, &record.scenario.verifies);
    }
    for (name, line) in true_dose::in_words(run) {
        out.fact(name, &line);
    }
    not_claimed(&mut out, &run.profile);
    for claim in not_carried(&record.scenario, run) {
        out.fact("not carried", claim);
    }
    out.blank();
    for (name, line) in entered::in_words(scenario.pump.drug, run) {
        out.fact(name, &line);
    }
    delivery(&mut out, &scenario.pump, run);
    harm(&mut out, scenario.pump.drug.name(), run);
    for (name, line) in presets::in_words(run) {
        out.fact(name, &line);
    }
    for line in presets::exceeded_in_words(run) {
        out.fact("limit", &line);
    }
    out.blank();
    for (name, line) in parameters::depends_on(scenario) {
        out.fact(name, &line);
    }
    out.blank();
    pump_at_the_end(&mut out, scenario.pump.drive, run);
    out.blank();
    for line in timeline::lines(&run.events) {
        out.fact("event", &line);
    }
    Some(out.0)
}

/// Why the pump is not blamed for a hidden fault.
const NOT_SENSED: &str = "not detectable by the pump; detection is not required";
/// Printed for every run: no verdict claims that drug was delivered.
fn not_measured(drive: Drive) -> String {
    let steps = match drive {
        Drive::Peristaltic | Drive::ConstantFlow => "steps",
        Drive::ValveGated => "strokes",
    };
    format!("not measured: the pump counts {steps}; it has no flow or drug sensor")
}

/// The deciding facts: verdict, harm, and hidden faults.
fn decision(out: &mut Body, scenario: &Scenario, verdict: Verdict, run: &Run) {
    out.fact("scenario", &scenario.id);
    out.fact("title", &scenario.title);
    let counts = counts(run);
    out.fact(
        "verdict",
        &format!("{} (the pump); {counts}", verdict.name()),
    );
    for doubt in &run.doubts {
        out.fact("doubt", doubt);
    }
    if let Some(anomaly) = &scenario.known_anomaly {
        out.fact("anomaly", anomaly);
    }
    out.fact("harm", &outcome::harm_line(run));
    for outcome in outcome::outcomes(run) {
        out.fact("outcome", &outcome);
    }
    for fault in &run.hidden {
        out.fact("hidden", &format!("{fault} (class V0): {NOT_SENSED}"));
    }
    out.blank();
}

/// The plan: requirements, patient, pump, therapy, faults.
fn plan(out: &mut Body, scenario: &Scenario, run: &Run) {
    if !scenario.verifies.is_empty() {
        let requirements: Vec<&str> = scenario.requirements().collect();
        out.fact("verifies", &requirements.join(", "));
    }
    if let Some(reenacts) = &scenario.reenacts {
        out.fact("modeled on", reenacts);
    }
    let simulated = Millis::from_millis(run.simulated_ms).spelled();
    let seed = scenario.seed;
    out.fact("run", &format!("{simulated} simulated, seed {seed}"));
    out.fact("patient", &plan_text::patient(scenario));
    for (name, line) in parameters::changes_in_words(scenario) {
        out.fact(name, &line);
    }
    out.fact("pump", &plan_text::pump(&scenario.pump));
    match &scenario.therapy {
        None => out.fact("therapy", "none programmed at implant"),
        Some(therapy) => {
            let mut name = "therapy";
            for line in plan_text::therapy(therapy) {
                out.fact(std::mem::take(&mut name), &line);
            }
        }
    }
    // The plan gives the kind of each fault, the record its effect.
    for (planned, fault) in scenario.faults.iter().zip(&run.faults) {
        out.fact("fault", &fault_line(&planned.kind, fault));
    }
    out.blank();
}

/// An expectation of the scenario: the requirement, and what was observed.
fn expectation(out: &mut Body, form: Option<&Form>, finding: &Finding) {
    let (verdict, name, rule) = (finding.verdict.name(), &finding.name, &finding.rule);
    out.fact("expect", &format!("{verdict:<5} {name}: {rule}"));
    let what = match (finding.verdict, finding.at) {
        (Verdict::Pass, _) if form.is_some_and(is_of_a_state) => "holds throughout".into(),
        (Verdict::Fail, Some(at)) if form.is_some_and(is_of_a_state) => {
            format!("violated at {}", at.spelled())
        }
        (Verdict::Pass, _) if form.is_some_and(is_of_a_state_at_an_instant) => "holds".into(),
        _ => sentence(finding),
    };
    out.fact("", &format!("      {what}"));
    if let Some(why) = &finding.why {
        out.fact("", &format!("      why: {why}"));
    }
}

/// What a count of steps counts.
const fn steps_in_words(drive: Drive) -> &'static str {
    match drive {
        // A constant-flow pump is not run: it has no firmware.
        Drive::Peristaltic | Drive::ConstantFlow => "motor steps",
        Drive::ValveGated => "strokes",
    }
}

fn delivery(out: &mut Body, pump: &Pump, run: &Run) {
    let delivery = &run.delivery;
    let volume = |ml: f64| format_value(ml, Dimension::Volume);
    let mass = |ug: f64| format_value(ug, Dimension::Mass);
    // The commanded volume has the prime in it, the dose has not.
    let dose_ml = (delivery.commanded_ml - delivery.primed_ml).max(0.0);
    let (commanded, dose) = (volume(dose_ml), mass(delivery.commanded_ug));
    let (moved, missed) = (delivery.steps_moved, delivery.steps_missed);
    let prime = if delivery.primed_ml > 0.0 {
        let (drug, filled) = (mass(delivery.primed_ug), volume(delivery.primed_ml));
        format!("; and {drug} in {filled} as prime, not counted as dose")
    } else {
        String::new()
    };
    let steps = steps_in_words(pump.drive);
    out.fact("commanded", &format!("{dose} in {commanded}{prime}"));
    out.fact("", &format!("{moved} {steps}, {missed} missed"));
    let drawn = volume(delivery.drawn_ml);
    let (aspirated, injected) = (delivery.port_aspirated_ml, delivery.port_injected_ml);
    let reached = mass(delivery.infused_ug);
    let drug = match &delivery.second {
        None => String::new(),
        Some(_) => format!(" of {}", pump.drug.name()),
    };
    let text = if aspirated > 0.0 || injected > 0.0 {
        // What left the tip is not all from the pump.
        let (aspirated, injected) = (volume(aspirated), volume(injected));
        format!(
            "{reached}{drug} reached the spinal fluid; {drawn} left the reservoir; \
             by the port {aspirated} aspirated, {injected} injected"
        )
    } else {
        let infused = volume(delivery.infused_ml);
        format!("{reached}{drug} in {infused} reached the spinal fluid; {drawn} left the reservoir")
    };
    out.fact("delivered", &text);
    let mut catheter = format!("{}{drug}", mass(delivery.in_catheter_ug));
    if let Some(second) = &delivery.second {
        let (reached, drug) = (mass(second.infused_ug), &second.drug);
        // One that the first fill has none of came instead, by a mix-up.
        let planned = pump.second.map(|second| second.concentration);
        let which = match planned {
            Some(planned) if planned > Concentration::ZERO => ", the second drug,",
            _ => ", filled instead,",
        };
        let text = format!("{reached} of {drug}{which} reached the spinal fluid");
        out.fact("", &text);
        catheter.push_str(&format!(" and {} of {drug}", mass(second.in_catheter_ug)));
    }
    let text = format!("{catheter} in pump tubing and catheter at the end");
    out.fact("in line", &text);
    out.fact("delivery", &not_measured(pump.drive));
    out.blank();
}

fn fault_line(kind: &FaultKind, fault: &FaultRecord) -> String {
    let from = SimTime::from_millis(fault.from_ms);
    let until = fault.until_ms.map(SimTime::from_millis);
    let is_over_at_once = until == Some(from);
    let until = until.map_or("the end".into(), |until| until.spelled().to_string());
    let from = from.spelled();
    let details = match fault.details.as_str() {
        "" => String::new(),
        details => format!(" {details}"),
    };
    let what = match kind {
        // Its level may be above that at which a pump browns out.
        FaultKind::BrownOut { level } => format!("supply held at {:.3} V", level.as_volts()),
        _ => format!("{}{details}", fault.kind),
    };
    match (kind, kind.row().lasts) {
        (FaultKind::PowerCut { .. }, _) if fault.effect == 0 => {
            format!("{what}, counted from {from}: did not occur")
        }
        (FaultKind::PowerCut { .. }, _) if is_over_at_once => {
            format!("{what} at {from}, power back at once")
        }
        (FaultKind::PowerCut { .. }, _) => format!("{what} at {from}, power back at {until}"),
        (FaultKind::Reset, _) if fault.until_ms.is_some_and(|until| until > fault.from_ms) => {
            format!("{what} held from {from} to {until}{}", times(fault))
        }
        (_, Lasts::AtOnce | Lasts::Never) => format!("{what} at {from}{}", times(fault)),
        (_, Lasts::Optional | Lasts::Required) => {
            let (times, proof) = (times(fault), proof(kind, fault));
            format!("{what} from {from} to {until}{times}{proof}")
        }
    }
}

/// How often a fault came that came again.
pub(super) fn times(fault: &FaultRecord) -> String {
    match fault.times {
        0 | 1 => String::new(),
        times => format!(", {times} times"),
    }
}

/// What a fault with a duration did; nothing where its presence says all.
fn proof(kind: &FaultKind, fault: &FaultRecord) -> String {
    let counts = kind.row().counts;
    match kind.plant() {
        Some(_) => format!("; {}", took_effect(fault)),
        None if counts == FaultRow::USUAL.counts => String::new(),
        None => format!("; {counts}: {}", fault.effect),
    }
}

/// Harm and hidden faults, which the verdict about the pump does not include.
pub(super) fn harm_and_hidden(run: &Run) -> Vec<String> {
    let mut lines = Vec::new();
    if run.harm.class != HarmClass::S0 {
        lines.push(format!("harm {}", outcome::harm_line(run)));
        lines.extend(outcome::outcomes(run));
    }
    if !run.hidden.is_empty() {
        lines.push(format!("hidden from the pump: {}", run.hidden.join("; ")));
    }
    lines
}

fn harm(out: &mut Body, drug: &str, run: &Run) {
    let harm = &run.harm;
    let toxicity = outcome::index_in_words(run, Index::Toxicity, harm.added_toxicity);
    out.fact("toxicity", &toxicity);
    out.fact("effect", &outcome::effect_in_words(run));
    let withdrawal = outcome::index_in_words(run, Index::Withdrawal, harm.added_withdrawal);
    out.fact("withdrawal", &withdrawal);
    let mut name = "at the end";
    for (drug, levels) in levels_of_each(drug, run) {
        let levels = format!(
            "{drug}: spinal fluid at the level of the tip {}, cisterna magna {}, plasma {}",
            format_value(levels.tip_ug_per_ml, Dimension::Concentration),
            format_value(levels.cisterna_ug_per_ml, Dimension::Concentration),
            format_value(levels.plasma_ug_per_ml, Dimension::Concentration),
        );
        out.fact(std::mem::take(&mut name), &levels);
    }
}

/// The levels of the programmed drug and of the second.
pub(super) fn levels_of_each<'a>(
    drug: &'a str,
    run: &'a Run,
) -> impl Iterator<Item = (&'a str, &'a Levels)> {
    let second = run.delivery.second.as_ref();
    let second = second.map(|second| (&*second.drug, &second.levels));
    std::iter::once((drug, &run.levels)).chain(second)
}

/// The name by which the pumps say that their motor does not turn.
const MOTOR_STALL: &str = "motor stall";

/// An alarm; it goes on after its cause until somebody acknowledges it.
pub(super) fn alarm_in_words(alarm: &str, pump: &PumpSays) -> String {
    match pump.recovery_proven_ms {
        Some(proven_ms) if alarm == MOTOR_STALL => {
            let proven = SimTime::from_millis(proven_ms).spelled();
            format!("{alarm} (recovery proven at {proven}, alarm not acknowledged)")
        }
        _ => alarm.to_owned(),
    }
}

fn pump_at_the_end(out: &mut Body, drive: Drive, run: &Run) {
    let Some(pump) = &run.pump else {
        out.fact("readout", "none: it did not answer at the end of the run");
        return;
    };
    let alarms = if pump.alarms.is_empty() {
        "none".into()
    } else {
        let alarms = pump.alarms.iter().map(|alarm| alarm_in_words(alarm, pump));
        alarms.collect::<Vec<_>>().join(", ")
    };
    out.fact("readout", &format!("{}; alarms: {alarms}", pump.mode));
    out.fact(
        "",
        &format!(
            "{} {}, {} in the reservoir (counted; actual {})",
            pump.steps,
            steps_in_words(drive),
            format_value(pump.reservoir_ml, Dimension::Volume),
            format_value(run.delivery.reservoir_ml, Dimension::Volume),
        ),
    );
    out.fact(
        "",
        &format!(
            "boluses granted: {}, denied: {}, packets dropped as not authentic or not fresh: {}, log entries: {}",
            pump.granted, pump.denied, pump.packets_dropped, pump.log_entries,
        ),
    );
    let first = pump.log_first;
    if first > 0 {
        out.fact(
            "log",
            &format!("entries before number {first} are overwritten"),
        );
    }
}
