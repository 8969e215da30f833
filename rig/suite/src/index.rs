//! `index.html`: all scenarios of one call, each with its verdict, its closest call and a link.

use crate::Total;
use maud::{Markup, PreEscaped, html};
use std::io;
use std::path::{Path, PathBuf};
use thecal_engine::run::{Channel, Story};
use thecal_engine::verdict::{Judgement, Verdict};
use thecal_plan::number::fixed;
use thecal_report::body::beside_the_verdict;
use thecal_report::page::{badge, document};
use thecal_report::page_path::path;
use thecal_report::{Approval, page, page_findings, page_plots, write_whole};

/// Points of a sparkline.
const SPARK: usize = 75;
const SPARK_WIDTH: f64 = 150.0;
const SPARK_HEIGHT: f64 = 26.0;

/// What the index says of one run, beyond what its result holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Glance {
    /// The finding that came nearest to turning the verdict over.
    worst: String,
    /// Least and greatest concentration at the catheter's tip, in equal parts of the run. Unit:
    /// ug/mL.
    tip: Vec<(f64, f64)>,
    /// Harm, and what was hidden from the pump: a verdict speaks of neither.
    beside: Vec<String>,
}

impl Glance {
    /// Of a story.
    #[must_use]
    pub fn new(story: &Story, judgement: &Judgement) -> Self {
        Self {
            worst: page_findings::worst(judgement),
            tip: page_plots::summary(story, Channel::Tip, SPARK),
            beside: beside_the_verdict(story),
        }
    }
}

/// Writes the index below the folder of a bench, whole or not at all.
///
/// # Errors
///
/// What the file system says.
pub fn write(folder: &Path, bench: &str, total: &Total) -> io::Result<PathBuf> {
    let path = folder.join("index.html");
    let page = document(&format!("Thecal on {bench}"), &content(bench, total)).into_string();
    write_whole(&path, page.as_bytes())?;
    Ok(path)
}

fn content(bench: &str, total: &Total) -> Markup {
    let count = |verdict| {
        total
            .cases
            .iter()
            .filter(|case| case.verdict == verdict)
            .count()
    };
    html! {
        h1 { (total.cases.len()) " scenarios on " (bench) }
        p.soft {
            (fixed(total.wall.as_secs_f64(), 1)) " s of wall time"
            @if total.cases.len() < total.selected {
                "; " (total.selected - total.cases.len()) " more were selected but did not run"
            }
        }
        p {
            @for verdict in [
                Verdict::Error, Verdict::Fail, Verdict::Inconclusive, Verdict::NotRun, Verdict::Pass,
            ] {
                @if count(verdict) > 0 { (badge(verdict)) " " (count(verdict)) "\u{2003}" }
            }
        }
        @for line in &total.boards { p { (line) } }
        table {
            thead {
                tr {
                    th { "Verdict" } th { "Scenario" } th { "Report" } th { "Decided by" }
                    th { "At the catheter tip" } th.number { "Simulated" }
                    th.number { "Exchanges" } th.number { "Wall" }
                }
            }
            tbody {
                @for case in &total.cases {
                    tr {
                        td { (badge(case.verdict)) }
                        td {
                            a href={ (case.id) "/" (page::FILE) } { (case.id) }
                            span.note { (case.title) }
                            @if let Some(board) = &case.board { span.note { "on " (board) } }
                            (page::told_again(case.board.as_deref().unwrap_or(bench), &case.retried))
                        }
                        td.time { (approval(case.approval.as_ref())) }
                        td {
                            @if let Some(glance) = &case.glance {
                                (glance.worst)
                                @for line in &glance.beside { span.note { (line) } }
                            }
                            @else if let Some(cause) = case.causes.first() { (cause) }
                        }
                        td { @if let Some(glance) = &case.glance { (spark(&glance.tip)) } }
                        td.number { (case.simulated) }
                        td.number { (case.exchanges) }
                        td.number { (fixed(case.wall.as_secs_f64(), 2)) " s" }
                    }
                }
            }
        }
        p.soft.small {
            "Decided by: the worst finding; where all pass, the expectation with the least margin "
            "for its limit. Curves: greatest concentration at the catheter tip in each part of the "
            "run, from zero to its own maximum. A verdict is about the pump; harm is about the "
            "patient, by thresholds that are assumed."
        }
    }
}

const fn approval(approval: Option<&Approval>) -> &'static str {
    match approval {
        Some(Approval::Approved) => "approved",
        Some(Approval::Differs(_)) => "differs",
        Some(Approval::Missing) => "not approved yet",
        None => "-",
    }
}

/// A small curve without axes, with its greatest value beside it.
fn spark(values: &[(f64, f64)]) -> Markup {
    let most = values
        .iter()
        .fold(0.0, |most, &(_, high)| f64::max(most, high));
    let scale = if most > 0.0 {
        (SPARK_HEIGHT - 2.0) / most
    } else {
        0.0
    };
    #[expect(clippy::cast_precision_loss, reason = "a handful of points")]
    let step = SPARK_WIDTH / values.len().max(1) as f64;
    let at = |(part, &(_, high)): (u32, &(f64, f64))| {
        let x = step * (f64::from(part) + 0.5);
        (x, SPARK_HEIGHT - 1.0 - high * scale)
    };
    let line = path((0_u32..).zip(values).map(at));
    let svg = format!(
        "<svg class=\"spark\" viewBox=\"0 0 {SPARK_WIDTH} {SPARK_HEIGHT}\"><path class=\"line\" d=\"{line}\"/></svg>"
    );
    html! {
        (PreEscaped(svg))
        span.note { "up to " (fixed(most, 2)) " µg/mL" }
    }
}
