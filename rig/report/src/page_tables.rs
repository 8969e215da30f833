//! The tables of a page: delivery, harm, what happened, and what the pump says of itself.

use super::body::{class_in_words, took_effect};
use super::timeline;
use maud::{Markup, html};
use thecal_engine::programmer::LogLine;
use thecal_engine::run::Story;
use thecal_plan::number::{fixed, format_value};
use thecal_plan::{Basal, Dimension};
use thecal_units::{Millis, SimTime, real};

/// Lines of the timeline.
const EVENTS_MAX: usize = 200;
/// Entries of the event log at each of its ends.
const LOG_END: usize = 100;

fn volume(volume: real::Volume) -> String {
    format_value(volume.as_milliliters(), Dimension::Volume)
}

fn mass(ug: f64) -> String {
    format_value(ug, Dimension::Mass)
}

fn when(at: Option<SimTime>) -> String {
    at.map_or("never".into(), |at| at.to_string())
}

/// What was programmed, what was commanded and what was delivered, side by side.
pub(super) fn delivery(story: &Story) -> Markup {
    let truth = &story.truth;
    let (basal, boluses) = programmed_ug(story);
    let commanded = real::Volume::from(story.step_volume.times(truth.steps_moved));
    html! {
        h2 { "Delivery" }
        div.three {
            div {
                span { "Programmed" }
                b { (mass(basal + boluses)) }
                span { (mass(basal)) " while it was to run, " (mass(boluses)) " in boluses granted or given" }
            }
            div {
                span.commanded { "Commanded" }
                b { (mass(story.commanded.last())) }
                span {
                    (truth.steps_moved) " steps that moved, nominally " (volume(commanded)) "; "
                    (truth.steps_missed) " missed"
                }
            }
            div {
                span.true { "Reached the spinal fluid" }
                b { (mass(truth.dose_infused.as_micrograms())) }
                span {
                    (volume(truth.infused_volume)) "; " (mass(truth.dose_in_catheter.as_micrograms()))
                    " on its way in pump tubing and catheter"
                    @if let Some((drug, truth)) = &story.second {
                        "; with it " (mass(truth.dose_infused.as_micrograms())) " of " (drug.name())
                    }
                }
            }
        }
        p.caution {
            b { "Delivery is not verified by the pump. " }
            @if story.hidden.is_empty() {
                "It counts steps; it has no sensor for volume or drug. The figure on the "
                "right is known to the rig only."
            } @else {
                "Hidden from it: " (story.hidden.join(", ")) ". No sensor of the pump shows "
                "this; its count and its log are about steps, not about drug. The pump is not to "
                "blame."
            }
        }
        @if !story.faults.is_empty() {
            table {
                thead { tr { th { "Fault" } th { "From" } th { "Until" } th.number { "Took effect" } } }
                tbody {
                    @for fault in &story.faults {
                        tr {
                            td { (fault.kind.name()) (fault.kind.details()) }
                            td.time { (fault.from) }
                            td.time { @if let Some(until) = fault.until { (until) } @else { "-" } }
                            td.number { (took_effect(fault)) }
                        }
                    }
                }
            }
        }
    }
}

/// Dose that the prescription asked for: continuous, and in boluses. Unit: ug.
fn programmed_ug(story: &Story) -> (f64, f64) {
    let ug = |mass| real::Mass::from(mass).as_micrograms();
    let end = SimTime::ZERO + story.simulated;
    let (mut basal, mut boluses) = (0.0, 0.0);
    let next = story.prescribed.iter().skip(1).map(|next| next.from);
    for (prescribed, until) in story.prescribed.iter().zip(next.chain([end])) {
        if prescribed.running {
            let asked = Basal::of(&prescribed.therapy, story.starts, Millis::ZERO);
            basal += asked.dose_ug(prescribed.from, until);
        }
        if let Some((dose, _)) = prescribed.clinician_bolus {
            boluses += ug(dose);
        }
        let granted = story.commands.iter().filter(|record| {
            record.answer == Some(thecal_engine::programmer::Answer::Granted)
                && prescribed.from <= record.at
                && record.at < until
        });
        if let Some(bolus) = prescribed.patient_bolus() {
            boluses += granted.map(|_| ug(bolus.dose)).sum::<f64>();
        }
    }
    (basal, boluses)
}

/// What it meant for the patient.
pub(super) fn harm(story: &Story) -> Markup {
    let (harm, truth) = (&story.harm, &story.truth);
    let class = class_in_words(harm.class);
    let concentration =
        |value: real::Concentration| format_value(value.as_ug_per_ml(), Dimension::Concentration);
    html! {
        h2 { "Harm" }
        table {
            tbody {
                tr { td { "Class" } td { b { (class) } } td.soft { "thresholds are assumed" } }
                tr {
                    td { "Overdose" }
                    td { "worst toxicity " (fixed(harm.max_toxicity, 3)) }
                    td {
                        (fixed(harm.h_over_hours, 2)) " weighted hours above 0.2; first above 0.2: "
                        (when(harm.time_to_toxicity_0_2)) ", above 0.5: "
                        (when(harm.time_to_toxicity_0_5))
                    }
                }
                tr {
                    td { "Underdose" }
                    td { (fixed(harm.h_under, 3)) " of the established effect lost" }
                    td {
                        "established " (fixed(harm.established_effect, 3)) ", least since "
                        @if let Some(effect) = harm.min_effect { (fixed(effect, 3)) } @else { "-" }
                    }
                }
                tr {
                    td { "Withdrawal" }
                    td { "worst " (fixed(harm.max_withdrawal, 3)) }
                    td { "first above 0.3: " (when(harm.time_to_withdrawal_0_3)) }
                }
                tr {
                    td { "At the end" }
                    td { "catheter tip " (concentration(truth.tip)) }
                    td {
                        "cisterna " (concentration(truth.cisterna)) ", plasma "
                        (fixed(truth.plasma.as_ug_per_ml(), 6)) " µg/mL"
                    }
                }
            }
        }
    }
}

/// What happened, with rows of equal happenings as one.
pub(super) fn timeline(story: &Story) -> Markup {
    let groups = timeline::groups(&story.happenings);
    let more = groups.len().saturating_sub(EVENTS_MAX);
    html! {
        h2 { "What happened" }
        table {
            thead { tr { th { "Time" } th { "Who" } th { "What" } th.number { "Times" } th { "Until" } } }
            tbody {
                @for group in groups.iter().take(EVENTS_MAX) {
                    tr {
                        td.time { (group.first) }
                        td { (group.happening.subject.name()) }
                        td { (group.happening.what) }
                        td.number { @if group.count > 1 { (group.count) } }
                        td.time { @if group.count > 1 { (group.last) } }
                    }
                }
            }
        }
        @if more > 0 { p.soft { (more) " lines more; all of them are in the record." } }
    }
}

/// What the pump says of itself at the end, and its event log.
pub(super) fn pump(story: &Story) -> Markup {
    let lines = &story.log.lines;
    let left_out = lines.len().saturating_sub(2 * LOG_END);
    html! {
        h2 { "What the pump says" }
        @match &story.status {
            None => p { "Nothing: it did not answer at the end." },
            Some(status) => p {
                "It is " b { (status.mode) } ", alarms: "
                @if status.alarms.is_empty() { "none" } @else { (status.alarms.join(", ")) }
                ". It counts " (status.steps) " steps and "
                (volume(real::Volume::from(status.reservoir))) " in the reservoir (truly "
                (volume(story.truth.reservoir)) "), " (status.granted) " boluses granted, "
                (status.denied) " denied, " (status.unauthentic) " packets dropped."
            }
        }
        @if !lines.is_empty() {
            details open[lines.len() <= 40] {
                summary { "Event log, " (lines.len()) " entries read" }
                @if story.log.first > 0 {
                    p.soft { "Entries before number " (story.log.first) " are overwritten." }
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
