//! `index.html`: all scenarios of one call, each with its verdict, its smallest margin and a link.

use super::body::harm_and_hidden;
use super::comparison::Approval;
use super::output::{Call, Line, Made, Output};
use super::page::{self, document};
use super::page_findings::{self, badge};
use super::page_path::path;
use maud::{Markup, PreEscaped, html};
use std::io;
use thecal_engine::verdict::Verdict;
use thecal_plan::number::{count_of, fixed};

const SPARK_WIDTH: f64 = 150.0;
const SPARK_HEIGHT: f64 = 26.0;

/// The index, as a file.
pub static OUTPUT: Output = Output {
    file: "index.html",
    made: Made::Call(output),
};

fn output(call: &Call<'_>) -> io::Result<Vec<u8>> {
    let title = format!("Thecal on {}", call.bench);
    Ok(document(&title, &content(call)).into_string().into_bytes())
}

fn content(call: &Call<'_>) -> Markup {
    let records = || call.runs.iter().map(|line| line.record);
    let count = |verdict| records().filter(|record| record.verdict == verdict).count();
    html! {
        h1 { (count_of(call.runs.len(), "scenario", "scenarios")) " on " (call.bench) }
        p.soft {
            (fixed(call.wall.as_secs_f64(), 1)) " s of wall time"
            @if call.runs.len() < call.selected {
                "; " (call.selected - call.runs.len()) " more were selected but did not run"
            }
        }
        p {
            @for verdict in Verdict::ALL.into_iter().rev() {
                @if count(verdict) > 0 { (badge(verdict)) " " (count(verdict)) "\u{2003}" }
            }
        }
        @for note in call.notes { p { (note) } }
        table {
            thead {
                tr {
                    th { "Verdict" } th { "Scenario" } th { "Report" } th { "Decided by" }
                    th { "At the catheter tip" } th.number { "Simulated" }
                    th.number { "Exchanges" } th.number { "Wall time" }
                }
            }
            tbody {
                @for line in &call.runs { (row(line)) }
            }
        }
        p.soft.small {
            "Decided by: the worst finding; where all pass, the expectation with the smallest margin "
            "relative to its limit. Curves: concentration at the catheter tip, each scaled from zero to its own "
            "maximum. The verdict is about the pump; harm is about the patient, by assumed thresholds."
        }
    }
}

fn row(line: &Line<'_>) -> Markup {
    let &Line { record, tip, files } = line;
    let scenario = &record.scenario;
    let last = record.attempts.last();
    html! {
        tr {
            td { (badge(record.verdict)) }
            td {
                @if files { a href={ (scenario.id) "/" (page::FILE) } { (scenario.id) } }
                @else { (scenario.id) }
                span.note { (scenario.title) }
                @if let Some(attempt) = last.filter(|attempt| attempt.reached_by.is_some()) {
                    span.note { "on " (attempt.bench) }
                }
                (page::reruns(record))
            }
            td.time { (approval(record.approval)) }
            td {
                @if let Some(run) = &record.run {
                    (page_findings::worst(run))
                    @for line in harm_and_hidden(run) { span.note { (line) } }
                }
                @else if let Some(reason) = record.reasons.first() { (reason) }
            }
            td { @if record.run.is_some() { (spark(tip)) } }
            td.number { (record.reached().spelled()) }
            td.number { (record.exchanges()) }
            td.number { (fixed(record.wall_s(), 2)) " s" }
        }
    }
}

const fn approval(approval: Option<Approval>) -> &'static str {
    match approval {
        Some(Approval::Approved) => "approved",
        Some(Approval::Differs) => "differs",
        Some(Approval::Missing) => "not approved yet",
        None => "-",
    }
}

/// A small curve without axes, with its maximum beside it.
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
