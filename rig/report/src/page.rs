//! `report.html`: one page per run.
//!
//! The page is self-contained: no network, no framework; its drawing can be printed. Verdict,
//! findings and figures come from the record; curves and the event log from the run itself.

use super::body::harm_and_hidden;
use super::body_rules::counts;
use super::outcome::class_in_words;
use super::output::{Ended, Made, Output};
use super::page_findings::{self, badge, ranked};
use super::page_plots::{self, Plotted};
use super::record::{Record, Run};
use super::{entered, page_tables, parameters, plan_text, presets, true_dose};
use crate::sentence;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io;
use thecal_engine::run::RunHistory;
use thecal_engine::verdict::Verdict;
use thecal_plan::Scenario;
use thecal_units::SimTime;

/// The page's name in a run's folder.
pub(super) const FILE: &str = "report.html";

/// Nothing is loaded from outside; style, script and images are in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:";
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Number of findings shown as sentences at the top.
const DECISIVE: usize = 3;

/// The page, as a file.
pub static OUTPUT: Output = Output {
    file: FILE,
    made: Made::Run(output),
};

fn output(ended: &Ended<'_>) -> io::Result<Option<Vec<u8>>> {
    Ok(Some(render(ended).into_bytes()))
}

/// The page of a run.
#[must_use]
pub(super) fn render(ended: &Ended<'_>) -> String {
    let content = match (&ended.record.run, ended.history) {
        (Some(run), Some(history)) => of_a_run(ended, run, history),
        _ => without_a_run(ended),
    };
    document(&ended.scenario.title, &content).into_string()
}

/// Why there is no run to show, and how far it got.
fn without_a_run(ended: &Ended<'_>) -> Markup {
    let &Ended {
        scenario, record, ..
    } = ended;
    let reached = SimTime::ZERO + record.reached();
    html! {
        (navigation(&scenario.id, false))
        (heading(&record.bench, scenario))
        (reruns(record))
        section.verdict {
            div { (badge(record.verdict)) }
            ol {
                @for reason in &record.reasons { li { (reason) } }
            }
        }
        @if record.verdict == Verdict::Error {
            p {
                "The rig or the bench failed; this says nothing about the pump. The run had reached "
                b { (reached.spelled()) } " of " (scenario.duration.spelled()) " simulated."
            }
        } @else {
            p { "The scenario was not run on this bench; this says nothing about the pump." }
        }
        (plan(scenario))
        (repeat(&record.bench, scenario))
    }
}

fn of_a_run(ended: &Ended<'_>, run: &Run, history: &RunHistory) -> Markup {
    let &Ended {
        scenario, record, ..
    } = ended;
    let Plotted { svg, data } = page_plots::draw(history, &run.events);
    html! {
        (navigation(&scenario.id, true))
        (heading(&record.bench, scenario))
        (reruns(record))
        (verdict(record, run))
        (plan(scenario))
        h2 { "The run" }
        p.script {
            "Point at the plots to read values; drag across them to zoom into a time; "
            "double-click to see all of it again."
        }
        div.wide { (PreEscaped(svg)) }
        p.soft.small {
            "Gray bands: a fault is active. Curves come from " (page_plots::in_words(history.plots.bucket()))
            " intervals that keep the minimum, the maximum and the last value; the light band around a "
            "curve spans minimum to maximum. Counted by steps: the entered fill less the steps that moved, times "
            "the nominal step volume."
        }
        (page_findings::table(run))
        p.soft {
            "True dose "
            @for (nth, (_, line)) in (0..).zip(true_dose::in_words(run)) {
                @if nth > 0 { br; }
                (line)
            }
        }
        (page_tables::delivery(run))
        (entered::table(run))
        (page_tables::harm(scenario.pump.drug.name(), run))
        (presets::page(run))
        (page_tables::timeline(run))
        (page_tables::pump(run, history))
        h2 { "Assumptions" }
        p {
            "Effect, toxicity and withdrawal come from a model of a patient. The harm thresholds "
            "are assumptions of this rig, made to compare runs with each other; they are not clinical "
            "statements, and no figure here is about a person."
        }
        (parameters::page(scenario))
        (repeat(&record.bench, scenario))
        script id="data" type="application/json" { (PreEscaped(data)) }
        script { (PreEscaped(SCRIPT)) }
    }
}

/// A complete HTML document with this content.
#[must_use]
pub fn document(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (content) }
        }
    }
}

fn navigation(id: &str, whole: bool) -> Markup {
    let up = "../".repeat(id.matches('/').count() + 1);
    html! {
        nav {
            a href={ (up) "index.html" } { "All scenarios" }
            @if whole {
                a href="report.txt" { "Report as text" }
                a href="trace.csv" { "Trace" }
                a href="record.json" { "Record" }
            }
        }
    }
}

fn heading(bench: &str, scenario: &Scenario) -> Markup {
    html! {
        h1 { (scenario.title) }
        p.soft {
            (scenario.id) " · " (scenario.duration.spelled()) " on " (bench) " · seed " (scenario.seed)
            @if !scenario.verifies.is_empty() { " · verifies " (scenario.requirements().collect::<Vec<_>>().join(", ")) }
        }
        @if let Some(reenacts) = &scenario.reenacts {
            p { "Re-enacts: " (reenacts) }
        }
    }
}

/// Boards that failed before this attempt; shown with every verdict.
pub(super) fn reruns(record: &Record) -> Markup {
    html! {
        @for line in record.reruns_in_words() { p { b { (line) } } }
    }
}

fn verdict(record: &Record, run: &Run) -> Markup {
    html! {
        section.verdict {
            div {
                (badge(record.verdict))
                span.harm { "Harm " (class_in_words(run.harm.class)) }
                span.counts {
                    (counts(run))
                    @for line in harm_and_hidden(run) { br; (line) }
                }
            }
            ol {
                @for doubt in &run.doubts {
                    li { b { "The rig does not trust this run: " } (doubt) }
                }
                @for attempt in &record.attempts {
                    @if let Some(line) = attempt.not_safe_in_words() { li { b { (line) } } }
                }
                @for (_, finding) in ranked(run).into_iter().take(DECISIVE) {
                    li {
                        b { (finding.name) } " "
                        @if finding.verdict != Verdict::Pass { (badge(finding.verdict)) " " }
                        (sentence(finding))
                        span.note.small { br; (finding.rule) }
                    }
                }
            }
        }
    }
}

fn plan(scenario: &Scenario) -> Markup {
    html! {
        dl {
            dt { "Patient" }
            dd {
                (plan_text::patient(scenario))
                @for (name, line) in parameters::changes_in_words(scenario) {
                    br; @if !name.is_empty() { b { (name) } " " } (line)
                }
            }
            dt { "Pump" } dd { (plan_text::pump(&scenario.pump)) }
            dt { "Therapy" }
            dd {
                @match &scenario.therapy {
                    None => "none programmed at implant",
                    Some(therapy) => (plan_text::therapy(therapy).join("; ")),
                }
            }
            @if let Some(anomaly) = &scenario.known_anomaly {
                dt { "Known anomaly" } dd { (anomaly) }
            }
        }
    }
}

fn repeat(bench: &str, scenario: &Scenario) -> Markup {
    html! {
        h2 { "How to repeat" }
        pre {
            "thecal run scenarios/" (scenario.id) ".toml --on " (bench)
            @if let Some(changes) = &scenario.source.changes {
                @if scenario.source.by_command { " --patient " (changes.file) }
            }
        }
        @if scenario.source.by_command {
            p { b { "Not compared with the approved report: " } "parameters were changed on the command line." }
        }
        p.soft.small {
            "The scenario file fixes the seed (" (scenario.seed) "): the same commit and the same "
            "file give the same run. Made by thecal " (env!("CARGO_PKG_VERSION")) "."
        }
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
