//! The body of a report: plain text, one fact a line, nothing volatile.
//!
//! It is compared byte for byte, on every bench. So it names no bench, no build, no path, no time
//! of day, and it has no column whose width depends on another line.

use super::output::{Ended, Made, Output};
use super::record::{FaultRecord, Record, Run};
use super::{parameters, plan_text, presets, timeline};
use crate::observed;
use std::fmt::Write as _;
use std::io;
use thecal_engine::verdict::{Finding, Observed, Verdict};
use thecal_plan::Dimension;
use thecal_plan::number::{fixed, format_value};
use thecal_plan::{FaultKind, FaultRow, Lasts, Scenario};
use thecal_sim::HarmClass;
use thecal_units::{Millis, SimTime};

/// The body, as a file.
pub static OUTPUT: Output = Output {
    file: "report.txt",
    made: Made::Run(output),
};

fn output(ended: &Ended<'_>) -> io::Result<Option<Vec<u8>>> {
    Ok(ended.body.map(|body| body.as_bytes().to_vec()))
}

/// Renders the body from the plan and the record; `None` where the run did not reach its end.
///
/// # Panics
///
/// If a number of the record is not finite: a report must not show one.
#[must_use]
pub fn render(scenario: &Scenario, record: &Record) -> Option<String> {
    let run = record.run.as_ref()?;
    let mut out = Body(String::new());
    out.line("thecal-report 1");
    head(&mut out, scenario, record.verdict, run);
    findings(&mut out, "expect ", &run.expectations);
    findings(&mut out, "monitor", &run.monitors);
    for doubt in &run.doubts {
        out.fact("doubt", doubt);
    }
    delivery(&mut out, scenario, run);
    harm(&mut out, run);
    for (name, line) in presets::in_words(run) {
        out.fact(name, &line);
    }
    for line in presets::passed_in_words(run) {
        out.fact("limit", &line);
    }
    out.blank();
    for (name, line) in parameters::leans_on(scenario) {
        out.fact(name, &line);
    }
    out.blank();
    pump_at_the_end(&mut out, run);
    out.blank();
    for line in timeline::lines(&run.events) {
        out.fact("event", &line);
    }
    Some(out.0)
}

struct Body(String);

impl Body {
    fn line(&mut self, text: &str) {
        self.0.push_str(text.trim_end());
        self.0.push('\n');
    }

    fn blank(&mut self) {
        self.0.push('\n');
    }

    fn fact(&mut self, name: &str, text: &str) {
        self.line(&format!("{name:<11} {text}"));
    }
}

fn head(out: &mut Body, scenario: &Scenario, verdict: Verdict, run: &Run) {
    out.fact("scenario", &scenario.id);
    out.fact("title", &scenario.title);
    if let Some(reenacts) = &scenario.reenacts {
        out.fact("reenacts", reenacts);
    }
    if !scenario.verifies.is_empty() {
        out.fact("verifies", &scenario.verifies.join(", "));
    }
    if let Some(anomaly) = &scenario.known_anomaly {
        out.fact("anomaly", anomaly);
    }
    let mut counts = String::new();
    for (counted, word) in [
        (Verdict::Pass, "pass"),
        (Verdict::Fail, "fail"),
        (Verdict::Inconclusive, "inconclusive"),
    ] {
        let _infallible = write!(counts, ", {} {word}", run.count(counted));
    }
    let counts = counts.trim_start_matches(", ");
    out.fact("verdict", &format!("{}  ({counts})", verdict.name()));
    let simulated = Millis::from_millis(run.simulated_ms);
    out.fact("length", &format!("{simulated}, seed {}", scenario.seed));
    out.blank();
    out.fact("patient", &plan_text::patient(scenario));
    for (name, line) in parameters::changes_in_words(scenario) {
        out.fact(name, &line);
    }
    out.fact("pump", &plan_text::pump(&scenario.pump));
    match &scenario.therapy {
        None => out.fact("therapy", "none programmed at implant"),
        Some(therapy) => {
            for line in plan_text::therapy(therapy) {
                out.fact("therapy", &line);
            }
        }
    }
    out.blank();
}

fn findings(out: &mut Body, kind: &str, findings: &[Finding]) {
    for finding in findings {
        finding_line(out, kind, finding);
    }
    out.blank();
}

fn finding_line(out: &mut Body, kind: &str, finding: &Finding) {
    let verdict = finding.verdict.name();
    out.fact(
        kind,
        &format!("{:<32} {verdict:<12} {}", finding.name, finding.rule),
    );
    if finding.observed == Observed::Nothing {
        if let Some(note) = &finding.note {
            out.fact("", &format!("{:<32} {note}", ""));
        }
        return;
    }
    let mut detail = format!("{:<32} observed {}", "", observed(&finding.observed));
    if let Some(at) = finding.at {
        let _infallible = write!(detail, " at {at}");
    }
    let _infallible = write!(detail, ", limit {}", observed(&finding.limit));
    if let Some(margin) = &finding.margin {
        let _infallible = write!(detail, ", margin {}", observed(margin));
    }
    if let Some(note) = &finding.note {
        let _infallible = write!(detail, " ({note})");
    }
    out.fact("", &detail);
}

fn delivery(out: &mut Body, scenario: &Scenario, run: &Run) {
    let delivery = &run.delivery;
    let volume = |ml: f64| format_value(ml, Dimension::Volume);
    let mass = |ug: f64| format_value(ug, Dimension::Mass);
    let (commanded, dose) = (volume(delivery.commanded_ml), mass(delivery.commanded_ug));
    out.fact("commanded", &format!("{commanded} and {dose}"));
    out.fact(
        "delivered",
        &format!(
            "{} left the reservoir, {} with {} reached the spinal fluid",
            volume(delivery.drawn_ml),
            volume(delivery.infused_ml),
            mass(delivery.infused_ug),
        ),
    );
    if let Some(second) = &delivery.second {
        let (reached, drug) = (mass(second.infused_ug), &second.drug);
        let text = format!("{reached} of {drug} reached the spinal fluid");
        out.fact("with it", &text);
    }
    let catheter = mass(delivery.in_catheter_ug);
    out.fact(
        "in transit",
        &format!("{catheter} in pump tubing and catheter"),
    );
    let (moved, missed) = (delivery.steps_moved, delivery.steps_missed);
    out.fact("motor", &format!("{moved} steps moved, {missed} missed"));
    out.fact(
        "verified",
        if run.hidden.is_empty() {
            "no: the pump counts steps, it has no sensor for volume or drug"
        } else {
            "no: no sensor of the pump shows what was hidden from it; \
             its count and its log are about steps, not about drug"
        },
    );
    for fault in &run.hidden {
        out.fact(
            "hidden",
            &format!("{fault} (class V0): the pump is not to blame, see harm"),
        );
    }
    // The plan says what kind each fault is, the record what came of it.
    for (planned, fault) in scenario.faults.iter().zip(&run.faults) {
        out.fact("fault", &fault_line(&planned.kind, fault));
    }
    out.blank();
}

fn fault_line(kind: &FaultKind, fault: &FaultRecord) -> String {
    let from = SimTime::from_millis(fault.from_ms);
    let until = fault.until_ms.map(SimTime::from_millis);
    let is_over_at_once = until == Some(from);
    let until = until.map_or("the end".into(), |until| until.to_string());
    let details = match fault.details.as_str() {
        "" => String::new(),
        details => format!(" {details}"),
    };
    let what = format!("{}{details}", fault.kind);
    match (kind, kind.row().lasts) {
        (FaultKind::PowerCut { .. }, _) if fault.effect == 0 => {
            format!("{what}, counted from {from}: never came")
        }
        (FaultKind::PowerCut { .. }, _) if is_over_at_once => {
            format!("{what} at {from}, back at once")
        }
        (FaultKind::PowerCut { .. }, _) => format!("{what} at {from}, back at {until}"),
        (_, Lasts::AtOnce | Lasts::Never) => format!("{what} at {from}"),
        (_, Lasts::Optional | Lasts::Required) => {
            format!("{what} from {from} to {until}{}", proof(kind, fault))
        }
    }
}

/// What a fault that lasted did; nothing where that it was there says all.
fn proof(kind: &FaultKind, fault: &FaultRecord) -> String {
    let counts = kind.row().counts;
    match kind.plant() {
        Some(_) => format!(", {}", took_effect(fault)),
        None if counts == FaultRow::USUAL.counts => String::new(),
        None => format!(", {counts}: {}", fault.effect),
    }
}

/// The small units that the plant counts in, those that people read, and how many make one.
const READABLE: [(&str, &str, u64); 3] = [
    ("nL ", "µL ", 1000),
    ("Pa ", "kPa ", 1000),
    ("per mille ", "% ", 10),
];

/// What a fault did, in words.
pub(super) fn took_effect(fault: &FaultRecord) -> String {
    let (effect, unit) = (fault.effect, &fault.effect_unit);
    for (small, unit_for_people, per) in READABLE {
        if let Some(what) = unit.strip_prefix(small) {
            let (whole, rest) = (effect / per, effect % per);
            let digits = if per == 10 { 1 } else { 3 };
            return format!("{whole}.{rest:0digits$} {unit_for_people}{what}");
        }
    }
    format!("{effect} {unit}")
}

/// What nobody may overlook beside a verdict, for a verdict speaks of the pump: harm, and what was
/// hidden from it.
pub(super) fn harm_and_hidden(run: &Run) -> Vec<String> {
    let mut lines = Vec::new();
    if run.harm.class != HarmClass::S0 {
        lines.push(format!("harm {}", class_in_words(run.harm.class)));
    }
    if !run.hidden.is_empty() {
        lines.push(format!("hidden from the pump: {}", run.hidden.join("; ")));
    }
    lines
}

pub(super) const fn class_in_words(class: HarmClass) -> &'static str {
    match class {
        HarmClass::S0 => "S0, none",
        HarmClass::S1 => "S1, slight",
        HarmClass::S2 => "S2, moderate",
        HarmClass::S3 => "S3, severe",
        HarmClass::S4 => "S4, life-threatening",
    }
}

fn harm(out: &mut Body, run: &Run) {
    let harm = &run.harm;
    let class = class_in_words(harm.class);
    out.fact(
        "harm",
        &format!("{class} (thresholds are conventions of this rig, assumed)"),
    );
    let when = |at_ms: Option<u64>| {
        at_ms.map_or("never".into(), |at| SimTime::from_millis(at).to_string())
    };
    out.fact(
        "overdose",
        &format!(
            "worst {}, above 0.2 for {} weighted hours, first above 0.2: {}, above 0.5: {}",
            fixed(harm.max_toxicity, 3),
            fixed(harm.overdose_h, 2),
            when(harm.toxicity_above_0_2_at_ms),
            when(harm.toxicity_above_0_5_at_ms),
        ),
    );
    out.fact(
        "underdose",
        &format!(
            "{} of the usual effect lost over the run; usual effect {}, least {}",
            fixed(harm.effect_lost, 3),
            fixed(harm.established_effect, 3),
            harm.least_effect
                .map_or("-".into(), |effect| fixed(effect, 3)),
        ),
    );
    out.fact(
        "withdrawal",
        &format!(
            "worst {}, first above 0.3: {}",
            fixed(harm.max_withdrawal, 3),
            when(harm.withdrawal_above_0_3_at_ms),
        ),
    );
    let levels = &run.levels;
    out.fact(
        "at the end",
        &format!(
            "tip {}, cisterna {}, plasma {} µg/mL",
            format_value(levels.tip_ug_per_ml, Dimension::Concentration),
            format_value(levels.cisterna_ug_per_ml, Dimension::Concentration),
            fixed(levels.plasma_ug_per_ml, 6),
        ),
    );
}

fn pump_at_the_end(out: &mut Body, run: &Run) {
    let Some(pump) = &run.pump else {
        out.fact("pump says", "nothing: it did not answer at the end");
        return;
    };
    let alarms = if pump.alarms.is_empty() {
        "none".into()
    } else {
        pump.alarms.join(", ")
    };
    out.fact("pump says", &format!("{}, alarms: {alarms}", pump.mode));
    out.fact(
        "",
        &format!(
            "{} steps, reservoir {} by count (truly {})",
            pump.steps,
            format_value(pump.reservoir_ml, Dimension::Volume),
            format_value(run.delivery.reservoir_ml, Dimension::Volume),
        ),
    );
    out.fact(
        "",
        &format!(
            "boluses granted: {}, denied: {}, packets dropped: {}, log entries: {}",
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
