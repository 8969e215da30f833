//! The body of a report: plain text, one fact a line, nothing volatile.
//!
//! It is compared byte for byte, on every bench. So it names no bench, no build, no path, no time
//! of day, and it has no column whose width depends on another line.

use super::{parameters, plan_text, presets, timeline};
use crate::observed;
use std::fmt::Write as _;
use thecal_engine::run::{FaultRecord, Story};
use thecal_engine::verdict::{Finding, Judgement, Observed, Verdict};
use thecal_plan::number::{fixed, format_value};
use thecal_plan::{Dimension, FaultKind, Scenario};
use thecal_sim::HarmClass;
use thecal_units::real;

/// Renders the body.
#[must_use]
pub fn render(scenario: &Scenario, story: &Story, judgement: &Judgement) -> String {
    let mut out = Body(String::new());
    out.line("thecal-report 1");
    head(&mut out, scenario, story, judgement);
    findings(
        &mut out,
        "expect ",
        judgement.findings.get(..judgement.expectations),
    );
    findings(
        &mut out,
        "monitor",
        judgement.findings.get(judgement.expectations..),
    );
    for doubt in &judgement.doubts {
        out.fact("doubt", doubt);
    }
    delivery(&mut out, story);
    harm(&mut out, story);
    for (name, line) in presets::in_words(story) {
        out.fact(name, &line);
    }
    for line in presets::passed_in_words(scenario, story) {
        out.fact("limit", &line);
    }
    out.blank();
    for (name, line) in parameters::leans_on(scenario) {
        out.fact(name, &line);
    }
    out.blank();
    pump_at_the_end(&mut out, story);
    out.blank();
    for line in timeline::lines(&story.happenings) {
        out.fact("event", &line);
    }
    out.0
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

fn head(out: &mut Body, scenario: &Scenario, story: &Story, judgement: &Judgement) {
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
    for (verdict, word) in [
        (Verdict::Pass, "pass"),
        (Verdict::Fail, "fail"),
        (Verdict::Inconclusive, "inconclusive"),
    ] {
        let _infallible = write!(counts, ", {} {word}", judgement.count(verdict));
    }
    let counts = counts.trim_start_matches(", ");
    out.fact(
        "verdict",
        &format!("{}  ({counts})", judgement.verdict.name()),
    );
    out.fact(
        "length",
        &format!("{}, seed {}", story.simulated, scenario.seed),
    );
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

fn findings(out: &mut Body, kind: &str, findings: Option<&[Finding]>) {
    for finding in findings.unwrap_or_default() {
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

fn delivery(out: &mut Body, story: &Story) {
    let truth = &story.truth;
    let commanded = real::Volume::from(story.step_volume.times(truth.steps_moved));
    let volume = |volume: real::Volume| format_value(volume.as_milliliters(), Dimension::Volume);
    let mass = |ug: f64| format_value(ug, Dimension::Mass);
    out.fact(
        "commanded",
        &format!("{} and {}", volume(commanded), mass(story.commanded.last())),
    );
    out.fact(
        "delivered",
        &format!(
            "{} left the reservoir, {} with {} reached the spinal fluid",
            volume(story.ledger.drawn_volume),
            volume(truth.infused_volume),
            mass(truth.dose_infused.as_micrograms()),
        ),
    );
    if let Some((drug, truth)) = &story.second {
        let reached = mass(truth.dose_infused.as_micrograms());
        let text = format!("{reached} of {} reached the spinal fluid", drug.name());
        out.fact("with it", &text);
    }
    let catheter = mass(truth.dose_in_catheter.as_micrograms());
    out.fact(
        "in transit",
        &format!("{catheter} in pump tubing and catheter"),
    );
    let missed = truth.steps_missed;
    out.fact(
        "motor",
        &format!("{} steps moved, {missed} missed", truth.steps_moved),
    );
    out.fact(
        "verified",
        if story.hidden.is_empty() {
            "no: the pump counts steps, it has no sensor for volume or drug"
        } else {
            "no: no sensor of the pump shows what was hidden from it; \
             its count and its log are about steps, not about drug"
        },
    );
    for fault in &story.hidden {
        out.fact(
            "hidden",
            &format!("{fault} (class V0): the pump is not to blame, see harm"),
        );
    }
    for fault in &story.faults {
        out.fact("fault", &fault_line(fault));
    }
    out.blank();
}

fn fault_line(fault: &FaultRecord) -> String {
    let until = fault
        .until
        .map_or("the end".into(), |until| until.to_string());
    let (name, details, from) = (fault.kind.name(), fault.kind.details(), fault.from);
    let effect = fault.effect;
    match fault.kind {
        FaultKind::Plant(_) => {
            format!(
                "{name}{details} from {from} to {until}, {}",
                took_effect(fault)
            )
        }
        FaultKind::StuckButton { .. } => {
            format!("{name} from {from} to {until}, presses sent: {effect}")
        }
        FaultKind::Reset => format!("{name} at {from}"),
        FaultKind::PowerCut { .. } if effect == 0 => {
            format!("{name}{details}, counted from {from}: never came")
        }
        FaultKind::PowerCut { .. } if fault.until == Some(from) => {
            format!("{name}{details} at {from}, back at once")
        }
        FaultKind::PowerCut { .. } => format!("{name}{details} at {from}, back at {until}"),
        FaultKind::BrownOut { .. } => format!("{name}{details} from {from} to {until}"),
        FaultKind::CoreHalt => {
            format!("{name} from {from} to {until}, late wakes, packets lost and resets: {effect}")
        }
        FaultKind::RamFlip { .. }
        | FaultKind::FlashFlip { .. }
        | FaultKind::RegisterFlip { .. }
        | FaultKind::ClockJump { .. } => format!("{name}{details} at {from}"),
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
    let effect = fault.effect;
    let FaultKind::Plant(trouble) = &fault.kind else {
        return format!("{effect} times");
    };
    let unit = trouble.fault.effect_unit();
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
#[must_use]
pub fn beside_the_verdict(story: &Story) -> Vec<String> {
    let mut lines = Vec::new();
    if story.harm.class != HarmClass::S0 {
        lines.push(format!("harm {}", class_in_words(story.harm.class)));
    }
    if !story.hidden.is_empty() {
        lines.push(format!("hidden from the pump: {}", story.hidden.join("; ")));
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

fn harm(out: &mut Body, story: &Story) {
    let harm = &story.harm;
    let class = class_in_words(harm.class);
    out.fact(
        "harm",
        &format!("{class} (thresholds are conventions of this rig, assumed)"),
    );
    let when = |at: Option<thecal_units::SimTime>| at.map_or("never".into(), |at| at.to_string());
    out.fact(
        "overdose",
        &format!(
            "worst {}, above 0.2 for {} weighted hours, first above 0.2: {}, above 0.5: {}",
            fixed(harm.max_toxicity, 3),
            fixed(harm.h_over_hours, 2),
            when(harm.time_to_toxicity_0_2),
            when(harm.time_to_toxicity_0_5),
        ),
    );
    out.fact(
        "underdose",
        &format!(
            "{} of the usual effect lost over the run; usual effect {}, least {}",
            fixed(harm.h_under, 3),
            fixed(harm.established_effect, 3),
            harm.min_effect
                .map_or("-".into(), |effect| fixed(effect, 3)),
        ),
    );
    out.fact(
        "withdrawal",
        &format!(
            "worst {}, first above 0.3: {}",
            fixed(harm.max_withdrawal, 3),
            when(harm.time_to_withdrawal_0_3),
        ),
    );
    let truth = &story.truth;
    out.fact(
        "at the end",
        &format!(
            "tip {}, cisterna {}, plasma {} µg/mL",
            format_value(truth.tip.as_ug_per_ml(), Dimension::Concentration),
            format_value(truth.cisterna.as_ug_per_ml(), Dimension::Concentration),
            fixed(truth.plasma.as_ug_per_ml(), 6),
        ),
    );
}

fn pump_at_the_end(out: &mut Body, story: &Story) {
    let Some(status) = &story.status else {
        out.fact("pump says", "nothing: it did not answer at the end");
        return;
    };
    let alarms = if status.alarms.is_empty() {
        "none".into()
    } else {
        status.alarms.join(", ")
    };
    let reservoir = real::Volume::from(status.reservoir).as_milliliters();
    out.fact("pump says", &format!("{}, alarms: {alarms}", status.mode));
    out.fact(
        "",
        &format!(
            "{} steps, reservoir {} by count (truly {})",
            status.steps,
            format_value(reservoir, Dimension::Volume),
            format_value(story.truth.reservoir.as_milliliters(), Dimension::Volume),
        ),
    );
    out.fact(
        "",
        &format!(
            "boluses granted: {}, denied: {}, packets dropped: {}, log entries: {}",
            status.granted, status.denied, status.unauthentic, status.log_entries,
        ),
    );
    let first = story.log.first;
    if first > 0 {
        out.fact(
            "log",
            &format!("entries before number {first} are overwritten"),
        );
    }
}
