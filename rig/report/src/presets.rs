//! Harm over presets and published limits: what one patient's harm and one dose are worth.
//!
//! Neither is a verdict. How a patient mixes and how used they are to a drug nobody knows; and a
//! limit that is published is for a clinician to weigh.

use super::record::{Exposed, HarmRecord, Limit, PresetRecord, Run};
use maud::{Markup, html};
use thecal_plan::Dimension;
use thecal_plan::number::{fixed, format_value, significant};
use thecal_sim::{Mixing, Tolerance};
use thecal_units::SimTime;

const fn mixing(mixing: Mixing) -> &'static str {
    match mixing {
        Mixing::Low => "low",
        Mixing::Typical => "typical",
        Mixing::High => "high",
    }
}

const fn tolerance(tolerance: Tolerance) -> &'static str {
    match tolerance {
        Tolerance::Naive => "naive",
        Tolerance::Chronic => "used to it",
    }
}

/// Least and greatest of a figure over the presets.
fn span(presets: &[PresetRecord], digits: usize, of: impl Fn(&HarmRecord) -> f64) -> String {
    let figures = presets.iter().map(|preset| of(&preset.harm));
    let (least, most) = figures.fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, most), figure| (least.min(figure), most.max(figure)),
    );
    format!("{} to {}", fixed(least, digits), fixed(most, digits))
}

/// The body's lines: least to greatest of each index.
pub(super) fn in_words(run: &Run) -> Vec<(&'static str, String)> {
    let presets = &run.presets;
    let classes = presets.iter().map(|preset| preset.harm.class);
    let (Some(least), Some(most)) = (classes.clone().min(), classes.max()) else {
        return Vec::new();
    };
    vec![
        (
            "presets",
            format!(
                "{least:?} to {most:?} over low, typical and high mixing, naive and used to it \
                 (the same infusion, told again in steps of 6 min)"
            ),
        ),
        (
            "",
            format!(
                "worst toxicity {}, overdose {} weighted hours, effect lost {}",
                span(presets, 3, |harm| harm.max_toxicity),
                span(presets, 2, |harm| harm.overdose_h),
                span(presets, 3, |harm| harm.effect_lost),
            ),
        ),
        (
            "",
            format!(
                "worst withdrawal {}, {} weighted hours",
                span(presets, 3, |harm| harm.max_withdrawal),
                span(presets, 2, |harm| harm.withdrawal_h),
            ),
        ),
    ]
}

/// What a run came to, and the published limit, in words.
fn exposed(limit: &Limit) -> (String, String) {
    match limit.exposed {
        Exposed::DailyDose { dose_ug, until_ms } => (
            format!(
                "{} within 24 h until {}",
                format_value(dose_ug, Dimension::Mass),
                SimTime::from_millis(until_ms)
            ),
            format!("{} µg/day", limit.limit),
        ),
        Exposed::Concentration { ug_per_ml } => (
            format!("{} µg/mL in the reservoir", significant(ug_per_ml, 4)),
            format!("{} µg/mL", limit.limit),
        ),
    }
}

/// The body's lines: the limits that were passed.
pub(super) fn passed_in_words(run: &Run) -> Vec<String> {
    let passed = run.limits.iter().filter(|limit| limit.passed);
    passed
        .map(|limit| {
            let (drug, what) = (&limit.drug, limit.what.name());
            let (came_to, published) = exposed(limit);
            let (basis, source) = (&limit.basis, &limit.source);
            format!(
                "passes the published {what} of {drug}: {came_to}, published {published} \
                 ({basis}: {source})"
            )
        })
        .collect()
}

/// The page's part.
pub(super) fn page(run: &Run) -> Markup {
    html! {
        p.soft {
            "The same infusion to other people, told again in steps of 6 min. Mixing and tolerance "
            "dominate the answer, and nobody knows them of a patient:"
        }
        table {
            thead {
                tr {
                    th { "Mixing" } th { "Patient" } th { "Class" } th.number { "Worst toxicity" }
                    th.number { "Overdose, h" } th.number { "Effect lost" }
                    th.number { "Worst withdrawal" } th.number { "Withdrawal, h" }
                }
            }
            tbody {
                @for preset in &run.presets {
                    @let harm = &preset.harm;
                    tr {
                        td { (mixing(preset.mixing)) }
                        td { (tolerance(preset.tolerance)) }
                        td { b { (format!("{:?}", harm.class)) } }
                        td.number { (fixed(harm.max_toxicity, 3)) }
                        td.number { (fixed(harm.overdose_h, 2)) }
                        td.number { (fixed(harm.effect_lost, 3)) }
                        td.number { (fixed(harm.max_withdrawal, 3)) }
                        td.number { (fixed(harm.withdrawal_h, 2)) }
                    }
                }
            }
        }
        p.soft { "Published limits, for a clinician to weigh; none is a verdict:" }
        table {
            thead {
                tr { th { "Drug" } th { "Limit" } th { "Came to" } th { "Published" } th { "" } th { "Source" } }
            }
            tbody {
                @for limit in &run.limits {
                    @let (came_to, published) = exposed(limit);
                    tr {
                        td { (limit.drug) }
                        td { (limit.what.name()) }
                        td { (came_to) }
                        td { (published) }
                        td { @if limit.passed { b { "passed" } } @else { "kept" } }
                        td.soft { (limit.basis) ": " (limit.source) }
                    }
                }
            }
        }
    }
}
