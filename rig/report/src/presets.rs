//! Harm over presets and published limits: what one patient's harm and one dose are worth.
//!
//! Neither is a verdict. How a patient mixes and how used they are to a drug nobody knows; and a
//! limit that is published is for a clinician to weigh.

use maud::{Markup, html};
use serde::Serialize;
use thecal_engine::run::{PresetHarm, Story};
use thecal_plan::number::{fixed, format_value, significant};
use thecal_plan::parameters::{Kind, Row, Set, Used};
use thecal_plan::{Dimension, Scenario};
use thecal_sim::harm::Harm;
use thecal_sim::{Mixing, Tolerance};

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
fn span(presets: &[PresetHarm], digits: usize, of: impl Fn(&Harm) -> f64) -> String {
    let figures = presets.iter().map(|preset| of(&preset.harm));
    let (least, most) = figures.fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, most), figure| (least.min(figure), most.max(figure)),
    );
    format!("{} to {}", fixed(least, digits), fixed(most, digits))
}

/// The body's lines: least to greatest of each index.
pub(super) fn in_words(story: &Story) -> Vec<(&'static str, String)> {
    let presets = &story.presets;
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
                span(presets, 2, |harm| harm.h_over_hours),
                span(presets, 3, |harm| harm.h_under),
            ),
        ),
        (
            "",
            format!(
                "worst withdrawal {}, {} weighted hours",
                span(presets, 3, |harm| harm.max_withdrawal),
                span(presets, 2, |harm| harm.h_withdrawal_hours),
            ),
        ),
    ]
}

/// A published limit and what the run came to, as it stands in the record.
#[derive(Debug, Serialize)]
pub(super) struct Limit {
    drug: &'static str,
    what: &'static str,
    /// What it came to.
    came_to: String,
    limit: String,
    #[serde(rename = "source")]
    known: String,
    passed: bool,
}

/// Every published limit on dose and concentration of the drugs in a run.
pub(super) fn limits(scenario: &Scenario, story: &Story) -> Vec<Limit> {
    let used = Used::of(scenario);
    let drugs = used.sets.iter().filter(|set| set.kind == Kind::Drug);
    let mut limits = Vec::new();
    for (set, exposure) in drugs.zip(&story.exposures) {
        let dose = exposure.most_in_a_day.as_micrograms();
        if let Some(row) = limit(set, "max-dose") {
            limits.push(Limit {
                drug: set.name,
                what: "daily dose",
                came_to: format!(
                    "{} within 24 h until {}",
                    format_value(dose, Dimension::Mass),
                    exposure.until
                ),
                limit: format!("{} µg/day", row.value),
                known: format!("{}: {}", row.basis, row.source),
                passed: dose > row.value,
            });
        }
        let strength = exposure.strongest.as_ug_per_ml();
        if let Some(row) = limit(set, "max-concentration") {
            limits.push(Limit {
                drug: set.name,
                what: "concentration",
                came_to: format!("{} µg/mL in the reservoir", significant(strength, 4)),
                limit: format!("{} µg/mL", row.value),
                known: format!("{}: {}", row.basis, row.source),
                passed: strength > row.value * (1.0 + ROUNDING),
            });
        }
    }
    limits
}

/// A reservoir filled with a solution at the limit does not pass it by a rounding of its volume.
const ROUNDING: f64 = 1e-9;

fn limit<'a>(set: &'a Set, name: &str) -> Option<&'a Row> {
    let name = format!("{}.limits.{name}", set.header());
    let mut rows = set.rows();
    rows.find(|(path, _)| *path == name).map(|(_, row)| row)
}

/// The body's lines: the limits that were passed.
pub(super) fn passed_in_words(scenario: &Scenario, story: &Story) -> Vec<String> {
    let passed = limits(scenario, story).into_iter();
    let passed = passed.filter(|limit| limit.passed);
    passed
        .map(|limit| {
            let Limit {
                drug,
                what,
                came_to,
                limit,
                known,
                ..
            } = limit;
            format!("passes the published {what} of {drug}: {came_to}, published {limit} ({known})")
        })
        .collect()
}

/// The page's part.
pub(super) fn page(scenario: &Scenario, story: &Story) -> Markup {
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
                @for preset in &story.presets {
                    @let harm = &preset.harm;
                    tr {
                        td { (mixing(preset.mixing)) }
                        td { (tolerance(preset.tolerance)) }
                        td { b { (format!("{:?}", harm.class)) } }
                        td.number { (fixed(harm.max_toxicity, 3)) }
                        td.number { (fixed(harm.h_over_hours, 2)) }
                        td.number { (fixed(harm.h_under, 3)) }
                        td.number { (fixed(harm.max_withdrawal, 3)) }
                        td.number { (fixed(harm.h_withdrawal_hours, 2)) }
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
                @for limit in limits(scenario, story) {
                    tr {
                        td { (limit.drug) }
                        td { (limit.what) }
                        td { (limit.came_to) }
                        td { (limit.limit) }
                        td { @if limit.passed { b { "passed" } } @else { "kept" } }
                        td.soft { (limit.known) }
                    }
                }
            }
        }
    }
}

/// A preset in the record.
#[derive(Debug, Serialize)]
pub(super) struct PresetRecord {
    mixing: &'static str,
    tolerance: &'static str,
    class: String,
    max_toxicity: f64,
    overdose_h: f64,
    effect_lost: f64,
    max_withdrawal: f64,
    withdrawal_h: f64,
}

impl PresetRecord {
    pub(super) fn new(preset: &PresetHarm) -> Self {
        let harm = &preset.harm;
        Self {
            mixing: mixing(preset.mixing),
            tolerance: match preset.tolerance {
                Tolerance::Naive => "naive",
                Tolerance::Chronic => "chronic",
            },
            class: format!("{:?}", harm.class),
            max_toxicity: harm.max_toxicity,
            overdose_h: harm.h_over_hours,
            effect_lost: harm.h_under,
            max_withdrawal: harm.max_withdrawal,
            withdrawal_h: harm.h_withdrawal_hours,
        }
    }
}
