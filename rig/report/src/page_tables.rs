//! The tables of a page: delivery, harm, timeline, and the pump's own status and log.

use super::body::{alarm_in_words, levels_of_each, times};
use super::fault_effect::took_effect;
use super::outcome::{added_in_words, class_in_words, effect_in_words, index_in_words, outcomes};
use super::record::Run;
use super::timeline;
use maud::{Markup, html};
use thecal_engine::programmer::LogLine;
use thecal_engine::run::{Index, RunHistory};
use thecal_plan::Dimension;
use thecal_plan::number::{fixed, format_value};
use thecal_units::SimTime;

/// Maximum lines of the timeline.
const EVENTS_MAX: usize = 200;
/// Entries of the event log shown from each end.
const LOG_END: usize = 100;

fn volume(ml: f64) -> String {
    format_value(ml, Dimension::Volume)
}

fn mass(ug: f64) -> String {
    format_value(ug, Dimension::Mass)
}

/// Programmed, commanded and delivered, side by side.
pub(super) fn delivery(run: &Run) -> Markup {
    let delivery = &run.delivery;
    let (basal, boluses) = (
        delivery.programmed_continuous_ug,
        delivery.programmed_boluses_ug,
    );
    html! {
        h2 { "Delivery" }
        div.three {
            div {
                span { "Programmed" }
                b { (mass(basal + boluses)) }
                span { (mass(basal)) " continuous, " (mass(boluses)) " in granted and clinician boluses" }
            }
            div {
                span.commanded { "Commanded" }
                b { (mass(delivery.commanded_ug)) }
                span {
                    (delivery.steps_moved) " steps moved, nominally "
                    (volume(delivery.commanded_ml)) "; " (delivery.steps_missed) " missed"
                    @if delivery.primed_ml > 0.0 {
                        "; of that " (volume(delivery.primed_ml)) " with " (mass(delivery.primed_ug))
                        " as prime, not counted as dose"
                    }
                }
            }
            div {
                span.true { "Delivered to the spinal fluid" }
                b { (mass(delivery.infused_ug)) }
                span {
                    (volume(delivery.infused_ml)) "; " (mass(delivery.in_catheter_ug))
                    " in transit in pump tubing and catheter"
                    @if let Some(second) = &delivery.second {
                        "; with it " (mass(second.infused_ug)) " of " (second.drug)
                    }
                }
            }
        }
        p.caution {
            b { "Delivery is not verified by the pump. " }
            @if run.hidden.is_empty() {
                "It counts steps; it has no sensor for volume or drug. Only the rig knows the "
                "delivered dose."
            } @else {
                "Hidden from it: " (run.hidden.join(", ")) ". It counts and logs steps, not drug, and "
                "no sensor of it shows this fault, so it is not blamed."
            }
        }
        @if !run.faults.is_empty() {
            table {
                thead { tr { th { "Fault" } th { "From" } th { "Until" } th.number { "Effect" } } }
                tbody {
                    @for fault in &run.faults {
                        tr {
                            td { (format!("{} {}", fault.kind, fault.details).trim_end()) (times(fault)) }
                            td.time { (SimTime::from_millis(fault.from_ms)) }
                            td.time {
                                @match fault.until_ms {
                                    Some(until) => (SimTime::from_millis(until)),
                                    None => "-",
                                }
                            }
                            td.number { (took_effect(fault)) }
                        }
                    }
                }
            }
        }
    }
}

/// Harm to the patient.
pub(super) fn harm(drug: &str, run: &Run) -> Markup {
    let harm = &run.harm;
    let class = class_in_words(harm.class);
    let concentration = |ug_per_ml: f64| format_value(ug_per_ml, Dimension::Concentration);
    html! {
        h2 { "Harm" }
        table {
            tbody {
                tr {
                    td { "Class" }
                    td { b { (class) } }
                    td.soft { (added_in_words(harm)) "; thresholds are assumptions of this rig" }
                }
                tr {
                    td { "Outcome" }
                    td {}
                    td { @for outcome in outcomes(run) { (outcome) br; } }
                }
                tr {
                    td { "Toxicity" }
                    td {}
                    td { (index_in_words(run, Index::Toxicity, harm.added_toxicity)) }
                }
                tr {
                    td { "Effect" }
                    td { "share lost " (fixed(harm.effect_lost, 3)) }
                    td { (effect_in_words(run)) }
                }
                tr {
                    td { "Withdrawal" }
                    td {}
                    td { (index_in_words(run, Index::Withdrawal, harm.added_withdrawal)) }
                }
                @for (drug, levels) in levels_of_each(drug, run) {
                    tr {
                        td { "At the end, " (drug) }
                        td { "catheter tip " (concentration(levels.tip_ug_per_ml)) }
                        td {
                            "cisterna magna " (concentration(levels.cisterna_ug_per_ml)) ", plasma "
                            (concentration(levels.plasma_ug_per_ml))
                        }
                    }
                }
            }
        }
    }
}

/// The timeline, with runs of equal events as one row.
pub(super) fn timeline(run: &Run) -> Markup {
    let groups = timeline::groups(&run.events);
    let more = groups.len().saturating_sub(EVENTS_MAX);
    html! {
        h2 { "What happened" }
        table {
            thead { tr { th { "Time" } th { "Who" } th { "What" } th.number { "Times" } th { "Until" } } }
            tbody {
                @for group in groups.iter().take(EVENTS_MAX) {
                    tr {
                        td.time { (group.first) }
                        td { (group.event.who) }
                        td { (group.event.what) }
                        td.number { @if group.count > 1 { (group.count) } }
                        td.time { @if group.count > 1 { (group.last) } }
                    }
                }
            }
        }
        @if more > 0 { p.soft { (more) " more lines; the record has all of them." } }
    }
}

/// The pump's status at the end, and its event log.
pub(super) fn pump(run: &Run, history: &RunHistory) -> Markup {
    let lines = &history.log.lines;
    let left_out = lines.len().saturating_sub(2 * LOG_END);
    html! {
        h2 { "The pump at the end of the run" }
        @match &run.pump {
            None => p { "It did not answer." },
            Some(pump) => p {
                b { (pump.mode) } "; alarms: "
                @if pump.alarms.is_empty() { "none" }
                @for (nth, alarm) in pump.alarms.iter().enumerate() {
                    @if nth > 0 { ", " }
                    (alarm_in_words(alarm, pump))
                }
                ". It counts " (pump.steps) " steps and " (volume(pump.reservoir_ml))
                " in the reservoir (actual " (volume(run.delivery.reservoir_ml)) "). "
                "Boluses granted: " (pump.granted) ", denied: " (pump.denied) "; packets dropped as not authentic or not fresh: " (pump.packets_dropped) "."
            }
        }
        @if !lines.is_empty() {
            details open[lines.len() <= 40] {
                summary { "Event log, " (lines.len()) " entries read" }
                @if history.log.first > 0 {
                    p.soft { "Entries before number " (history.log.first) " are overwritten." }
                }
                table {
                    thead { tr { th.number { "Number" } th { "Time" } th { "Entry" } th.number { "Argument" } } }
                    tbody {
                        @for line in lines.iter().take(LOG_END) { (entry(line)) }
                        @if left_out > 0 {
                            tr { td {} td {} td.soft { (left_out) " entries left out" } td {} }
                        }
                        @for line in lines.iter().skip((lines.len() - lines.len().min(LOG_END)).max(LOG_END)) {
                            (entry(line))
                        }
                    }
                }
            }
        }
    }
}

fn entry((at, line): &(SimTime, LogLine)) -> Markup {
    html! {
        tr {
            td.number { (line.index) }
            td.time { (at) }
            td { (line.text) }
            td.number { (line.argument) }
        }
    }
}
