//! `report.html`: one page a run, for people.
//!
//! It holds everything that it needs: no network, no framework, a drawing that prints. What it
//! says follows from the story alone; the same story gives the same bytes.

use super::body::beside_the_verdict;
use super::page_findings::{self, ranked, sentence};
use super::page_plots::{self, Plotted};
use super::{page_tables, parameters, plan_text, presets, snapshot::write_whole};
use crate::{Retry, retries_in_words};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io;
use std::path::Path;
use thecal_engine::run::Story;
use thecal_engine::verdict::{Judgement, Verdict};
use thecal_plan::Scenario;
use thecal_units::SimTime;

/// The page's name in a run's folder.
pub const FILE: &str = "report.html";

/// Nothing is fetched from anywhere; style, script and images are in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:";
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Findings that are told in words at the top.
const DECISIVE: usize = 3;

/// Writes the page of a story.
///
/// # Errors
///
/// What the file system says.
pub fn write(
    folder: &Path,
    bench: &str,
    retried: &[Retry],
    scenario: &Scenario,
    story: &Story,
    judgement: &Judgement,
) -> io::Result<()> {
    let page = render_retried(bench, retried, scenario, story, judgement);
    write_whole(&folder.join(FILE), page.as_bytes())
}

/// Why a run has no story.
#[derive(Clone, Copy, Debug)]
pub struct Untold<'a> {
    /// The verdict.
    pub verdict: Verdict,
    /// When it broke off.
    pub ended: SimTime,
    /// Why, one line each.
    pub causes: &'a [String],
    /// Boards that broke under it before.
    pub retried: &'a [Retry],
}

/// Writes the page of a run that has no story: why, and when it ended.
///
/// # Errors
///
/// What the file system says.
pub fn write_without_story(
    folder: &Path,
    bench: &str,
    scenario: &Scenario,
    why: &Untold<'_>,
) -> io::Result<()> {
    let &Untold {
        verdict,
        ended,
        causes,
        retried,
    } = why;
    let content = html! {
        (navigation(&scenario.id, false))
        (heading(bench, scenario))
        (told_again(bench, retried))
        section.verdict {
            div { (badge(verdict)) }
            ol {
                @for cause in causes { li { (cause) } }
            }
        }
        @if verdict == Verdict::Error {
            p {
                "The rig or the bench broke; this says nothing about the pump. The run had got to "
                b { (ended) } " of " (scenario.duration) " simulated."
            }
        } @else {
            p { "The scenario was not told on this bench; this says nothing about the pump." }
        }
        (plan(scenario))
        (repeat(bench, scenario))
    };
    let page = document(&scenario.title, &content).into_string();
    write_whole(&folder.join(FILE), page.as_bytes())
}

/// The page of a story.
#[must_use]
pub fn render(bench: &str, scenario: &Scenario, story: &Story, judgement: &Judgement) -> String {
    render_retried(bench, &[], scenario, story, judgement)
}

fn render_retried(
    bench: &str,
    retried: &[Retry],
    scenario: &Scenario,
    story: &Story,
    judgement: &Judgement,
) -> String {
    let Plotted { svg, data } = page_plots::draw(story);
    let content = html! {
        (navigation(&scenario.id, true))
        (heading(bench, scenario))
        (told_again(bench, retried))
        (verdict(judgement, story))
        (plan(scenario))
        h2 { "The run" }
        p.script {
            "Point at the plots to read values; drag across them to zoom into a time; "
            "double-click to see all of it again."
        }
        (PreEscaped(svg))
        p.soft.small {
            "Gray bands: a fault is active. Curves come from " (page_plots::in_words(story.plots.bucket()))
            " buckets that keep the least, the greatest and the last value; a light band around a "
            "curve spans least to greatest. Counted by steps: entered fill less steps moved times "
            "the nominal step volume."
        }
        (page_findings::table(judgement))
        (page_tables::delivery(story))
        (page_tables::harm(story))
        (presets::page(scenario, story))
        (page_tables::timeline(story))
        (page_tables::pump(story))
        h2 { "What is assumed" }
        p {
            "Effect, toxicity and withdrawal come from a model of a patient, and the harm "
            "thresholds are conventions of this rig: assumed, to compare runs with each other, "
            "not clinical statements. The patient is a model; no figure here is about a person."
        }
        (parameters::page(scenario))
        (repeat(bench, scenario))
        script id="data" type="application/json" { (PreEscaped(data)) }
        script { (PreEscaped(SCRIPT)) }
    };
    document(&scenario.title, &content).into_string()
}

/// A whole document around its content.
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

/// A verdict as a colored word.
#[must_use]
pub fn badge(verdict: Verdict) -> Markup {
    let class = match verdict {
        Verdict::Pass => "pass",
        Verdict::NotRun => "not-run",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "fail",
        Verdict::Error => "error",
    };
    html! { span class={ "badge " (class) } { (verdict.name()) } }
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
            (scenario.id) " · " (scenario.duration) " on " (bench) " · seed " (scenario.seed)
            @if !scenario.verifies.is_empty() { " · verifies " (scenario.verifies.join(", ")) }
        }
        @if let Some(reenacts) = &scenario.reenacts {
            p { "Re-enacts: " (reenacts) }
        }
    }
}

/// Boards that broke under the run before: never hidden, whatever the verdict is.
#[must_use]
pub fn told_again(bench: &str, retried: &[Retry]) -> Markup {
    html! {
        @for line in retries_in_words(bench, retried) { p { b { (line) } } }
    }
}

fn verdict(judgement: &Judgement, story: &Story) -> Markup {
    let count = |verdict| judgement.count(verdict);
    html! {
        section.verdict {
            div {
                (badge(judgement.verdict))
                span.counts {
                    (count(Verdict::Pass)) " of " (judgement.findings.len()) " findings pass"
                    @if count(Verdict::Fail) > 0 { br; (count(Verdict::Fail)) " fail" }
                    @if count(Verdict::Inconclusive) > 0 {
                        br; (count(Verdict::Inconclusive)) " inconclusive"
                    }
                    @for line in beside_the_verdict(story) { br; (line) }
                }
            }
            ol {
                @for doubt in &judgement.doubts {
                    li { b { "The rig does not trust this run: " } (doubt) }
                }
                @for finding in ranked(judgement).into_iter().take(DECISIVE) {
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
            p { b { "Not the approved story: " } "its numbers were changed on the command line, so its report is not compared." }
        }
        p.soft.small {
            "The scenario file fixes the seed (" (scenario.seed) "): the same commit and the same "
            "file give the same story. Made by thecal " (env!("CARGO_PKG_VERSION")) "."
        }
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
