//! `accuracy.html`: a study of accuracy as one self-contained page.

use super::accuracy_plots;
use crate::accuracy::protocol::{BOLUSES, SAMPLE_INTERVAL, rate_in_words};
use crate::accuracy::{
    Boluses, Cell, METHOD, Study, WHAT, drive_name, microliters, no_stall, percent, pressure_title,
    span,
};
use maud::{Markup, PreEscaped, html};
use thecal_plan::number::fixed;
use thecal_report::in_words;
use thecal_report::page::document;
use thecal_sim::Drive;
use thecal_units::real;

/// The page's name.
pub const FILE: &str = "accuracy.html";

/// The page of a study.
#[must_use]
pub fn render(study: &Study) -> String {
    let title = format!("Accuracy, {} drive", drive_name(study.plan.drive));
    let content = html! {
        h1 { (title) }
        p { (WHAT) }
        p.caution { b { (METHOD) } " The figures are those of a simulated pump with generic "
            "values; no product is like it." }
        (plan(study))
        (trumpet(study))
        (start_up(study))
        h2 { "Mean error by condition" }
        p.soft.small { "B, over the analysis period. % of the set rate." }
        (matrix(study, |cell| percent(cell.trial.mean_error_b())))
        (occlusion(study))
        (boluses(study))
        p.soft.small { "Made by thecal " (env!("CARGO_PKG_VERSION")) "." }
    };
    document(&title, &content).into_string()
}

fn plan(study: &Study) -> Markup {
    let plan = &study.plan;
    html! {
        dl {
            dt { "Sampled" } dd { "every " (in_words(SAMPLE_INTERVAL)) }
            dt { "Start-up" } dd { (in_words(plan.spans.start_up)) }
            dt { "Analysis" } dd { (in_words(plan.spans.analysis)) " after it" }
            @if let Some(first) = plan.conditions.first() {
                dt { (capitalized(&first.name())) } dd { (first.in_full()) }
            }
            @if plan.conditions.len() > 1 {
                dt { "Others" }
                dd { (plan.conditions[1..].iter().map(|one| one.name()).collect::<Vec<_>>().join("; ")) }
            }
            @if plan.drive == Drive::ConstantFlow {
                dt { "Restrictor" } dd { "chosen for each rate, to give it at reference" }
            }
        }
    }
}

fn trumpet(study: &Study) -> Markup {
    let windows = study.plan.windows();
    let apart = |cells: &[Cell]| {
        let apart = cells.iter().map(|cell| cell.trial.dose_apart(&windows));
        fixed(apart.fold(0.0, f64::max), 2)
    };
    html! {
        h2 { "Trumpet curves" }
        p.soft.small {
            "How far the mean flow in a window may be from the set rate, by the length of the "
            "window. Band: from the least to the greatest, " (first(study)) ". Dotted: mean of the "
            "whole analysis. Gray: the other conditions."
            @if study.plan.drive == Drive::Peristaltic {
                " A window shorter than one revolution of the head meets a roller or does not: that "
                "is the mouth of the trumpet."
            }
        }
        (PreEscaped(accuracy_plots::trumpet(study)))
        p.soft.small {
            "The curves of drug, true concentration times flow, are nowhere further from these than "
            (apart(study.row(0))) " % " (first(study)) " and " (apart(&study.cells))
            " % under any condition. They part where fluid flows back: it takes no drug along."
        }
    }
}

fn start_up(study: &Study) -> Markup {
    html! {
        h2 { "Start-up curves" }
        p.soft.small {
            "Flow in each sample interval since the pump started. Blue: " (first(study)) "; gray: "
            "the other conditions; dotted: the set rate."
        }
        (PreEscaped(accuracy_plots::start_up(study)))
    }
}

fn occlusion(study: &Study) -> Markup {
    html! {
        h2 { "Occlusion" }
        p.soft.small {
            "The tip is closed while the pump runs; the drive is cut at the first missed pulse; the "
            "tip is opened again. Such a pump has no pressure sensor: there is no time to alarm, only "
            "a time to stall. " (capitalized(&first(study))) ":"
        }
        (PreEscaped(accuracy_plots::occlusion(study)))
        h2 { "Time from closing to the first missed pulse" }
        @if study.stalls() {
            (matrix(study, |cell| cell.occlusion.stalled_after.map_or("no stall".into(), span)))
        } @else {
            p { (capitalized(&no_stall())) "." }
        }
        h2 { (pressure_title(study)) }
        (matrix(study, |cell| fixed(cell.occlusion.pressure.as_kilopascals(), 1)))
        h2 { "What comes out when the tip is opened again" }
        p.soft.small { "\u{b5}L; the unintended bolus." }
        (matrix(study, |cell| microliters(cell.occlusion.bolus)))
        h2 { "Against closed forms" }
        p.soft.small {
            "Q / C and C (P - P fluid), with C all that stretches between head and tip; "
            (first(study)) "."
        }
        (closed_forms(study))
    }
}

fn closed_forms(study: &Study) -> Markup {
    html! {
        table {
            thead { tr {
                th { "Rate" } th.number { "Rise, kPa/min" } th.number { "Q / C" }
                th.number { "Came out, \u{b5}L" } th.number { "C (P - P fluid)" }
            } }
            tbody {
                @for cell in study.row(0) {
                    @let seen = &cell.occlusion;
                    tr {
                        td { (rate_in_words(seen.setup.rate)) }
                        td.number { (fixed(seen.rise_kpa_per_min, 3)) }
                        td.number { (fixed(seen.calculated.rise_kpa_per_min, 3)) }
                        td.number { (microliters(seen.bolus)) }
                        td.number { (microliters(seen.calculated.bolus)) }
                    }
                }
            }
        }
    }
}

fn boluses(study: &Study) -> Markup {
    if study.boluses.is_empty() {
        return html! {};
    }
    let range = |some: &Boluses| {
        let (min, max) = some.extremes();
        format!("{} to {}", percent(min), percent(max))
    };
    html! {
        h2 { "Boluses" }
        p.soft.small { (BOLUSES) " in a row, each weighed alone. Deviations from what was asked for, %." }
        table {
            thead { tr {
                th { "Condition" }
                @for some in study.boluses.iter().take(2) {
                    th.number { (microliters(real::Volume::from(some.setting))) " \u{b5}L" }
                    th.number { "greatest" }
                }
            } }
            tbody {
                @for pair in study.boluses.chunks(2) {
                    tr {
                        td { @if let Some(some) = pair.first() { (some.condition.name()) } }
                        @for some in pair {
                            td.number { (range(some)) }
                            td.number { (percent(some.greatest())) }
                        }
                    }
                }
            }
        }
    }
}

/// Conditions as rows, rates as columns.
fn matrix(study: &Study, figure: impl Fn(&Cell) -> String) -> Markup {
    html! {
        table {
            thead { tr {
                th { "Condition" }
                @for &rate in &study.plan.rates { th.number { (rate_in_words(rate)) } }
            } }
            tbody {
                @for (index, condition) in study.plan.conditions.iter().enumerate() {
                    tr {
                        td { (condition.name()) }
                        @for cell in study.row(index) { td.number { (figure(cell)) } }
                    }
                }
            }
        }
    }
}

fn first(study: &Study) -> String {
    let first = study.plan.conditions.first();
    first.map_or(String::new(), |condition| match condition.name() {
        name if name == "reference" => "at reference".into(),
        name => format!("at {name}"),
    })
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
