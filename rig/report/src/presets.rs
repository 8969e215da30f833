//! Harm over presets, and published dose limits: neither is a verdict.
//!
//! Mixing and sensitivity of a patient are unknown, so the infusion of a run is re-simulated for each
//! combination of presets. A published limit is for a clinician to weigh.

use super::record::{Exposed, HarmRecord, Limit, PresetRecord, Run};
use maud::{Markup, html};
use thecal_plan::Dimension;
use thecal_plan::number::{fixed, format_value};
use thecal_sim::{HarmClass, Mixing, Sensitivity};
use thecal_units::{Millis, SimTime};

const fn mixing(mixing: Mixing) -> &'static str {
    match mixing {
        Mixing::Low => "low",
        Mixing::Typical => "typical",
        Mixing::High => "high",
    }
}

const fn sensitivity(sensitivity: Sensitivity) -> &'static str {
    match sensitivity {
        Sensitivity::Low => "low",
        Sensitivity::Typical => "typical",
        Sensitivity::High => "high",
    }
}

/// From the best to the worst class, or the one that all have.
fn classes(presets: &[PresetRecord], of: impl Fn(&HarmRecord) -> HarmClass) -> Option<String> {
    let classes = presets.iter().map(|preset| of(&preset.harm));
    let (least, most) = (classes.clone().min()?, classes.max()?);
    Some(if least == most {
        format!("{least:?}")
    } else {
        format!("{least:?} to {most:?}")
    })
}

/// Minimum and maximum of a value over the presets.
fn span(presets: &[PresetRecord], digits: usize, of: impl Fn(&HarmRecord) -> f64) -> String {
    let figures = presets.iter().map(|preset| of(&preset.harm));
    let (least, most) = figures.fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, most), figure| (least.min(figure), most.max(figure)),
    );
    let (least, most) = (fixed(least, digits), fixed(most, digits));
    if least == most {
        least
    } else {
        format!("{least} to {most}")
    }
}

/// The classes that other patients would have, where they differ from each other.
pub(super) fn range(run: &Run) -> Option<String> {
    let of = |class: fn(&HarmRecord) -> HarmClass| classes(&run.presets, class);
    let (faring, added) = (of(|harm| harm.class)?, of(HarmRecord::caused)?);
    let differs = |classes: &str| classes.contains(" to ");
    let added = match differs(&added) {
        true => format!(", added {added}"),
        false => String::new(),
    };
    let is_told = differs(&faring) || !added.is_empty();
    is_told.then(|| format!("{faring}{added} over possible patients"))
}

/// The body's lines: minimum to maximum of each index.
pub(super) fn in_words(run: &Run) -> Vec<(&'static str, String)> {
    let presets = &run.presets;
    let faring = classes(presets, |harm| harm.class);
    let added = classes(presets, HarmRecord::caused);
    let (Some(faring), Some(added)) = (faring, added) else {
        return Vec::new();
    };
    vec![
        (
            "others",
            format!(
                "harm {faring}, caused by pump or handling {added}, in patients of low, typical and high mixing and \
                 sensitivity (the same infusion, re-simulated with 6 min steps)"
            ),
        ),
        (
            "",
            format!(
                "peak toxicity {}, area above 0.2: {} h; share of effect lost {}",
                span(presets, 3, |harm| harm.max_toxicity),
                span(presets, 2, |harm| harm.overdose_h),
                span(presets, 3, |harm| harm.effect_lost),
            ),
        ),
        (
            "",
            format!(
                "peak withdrawal {}, area above 0.3: {} h",
                span(presets, 3, |harm| harm.max_withdrawal),
                span(presets, 2, |harm| harm.withdrawal_h),
            ),
        ),
    ]
}

/// A window by its end; one that began before the run has only the run's part of it.
fn window_in_words(window: Millis, until: SimTime) -> String {
    if until.as_millis() < window.as_millis() {
        format!("in the first {}", until.spelled())
    } else {
        format!("in the {} to {}", window.spelled(), until.spelled())
    }
}

/// The exposure in a run, and the published limit, as text.
fn exposed(limit: &Limit) -> (String, String) {
    match limit.exposed {
        Exposed::DailyDose { dose_ug, until_ms } => (
            format!(
                "{} {}",
                format_value(dose_ug, Dimension::Mass),
                window_in_words(Millis::DAY, SimTime::from_millis(until_ms))
            ),
            format!("{}/day", format_value(limit.limit, Dimension::Mass)),
        ),
        Exposed::Concentration { ug_per_ml } => (
            format!(
                "{} in the reservoir",
                format_value(ug_per_ml, Dimension::Concentration)
            ),
            format_value(limit.limit, Dimension::Concentration),
        ),
    }
}

/// The body's lines: the limits that were exceeded.
pub(super) fn exceeded_in_words(run: &Run) -> Vec<String> {
    let exceeded = run.limits.iter().filter(|limit| limit.exceeded);
    exceeded
        .map(|limit| {
            let (drug, what) = (&limit.drug, limit.what.name());
            let (came_to, published) = exposed(limit);
            let (basis, source) = (&limit.basis, &limit.source);
            format!(
                "{drug}: {came_to} exceeds {published}, the highest {what} that is usual or recommended \
                 ({basis}: {source})"
            )
        })
        .collect()
}

/// The page's section.
pub(super) fn page(run: &Run) -> Markup {
    html! {
        p.soft {
            "The same infusion in other patients, re-simulated with 6 min steps. Mixing and sensitivity "
            "matter most, and they are not known for a patient:"
        }
        table {
            thead {
                tr {
                    th { "Mixing" } th { "Sensitivity" } th { "Class" } th { "Added" } th.number { "Peak toxicity" }
                    th.number { "Excess over 0.2, times h" } th.number { "Effect lost" }
                    th.number { "Peak withdrawal" } th.number { "Excess over 0.3, times h" }
                }
            }
            tbody {
                @for preset in &run.presets {
                    @let harm = &preset.harm;
                    tr {
                        td { (mixing(preset.mixing)) }
                        td { (sensitivity(preset.sensitivity)) }
                        td { b { (format!("{:?}", harm.class)) } }
                        td { (format!("{:?}", harm.added)) }
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
                tr { th { "Drug" } th { "Limit" } th { "This run" } th { "Highest usual or recommended" } th { "" } th { "Source" } }
            }
            tbody {
                @for limit in &run.limits {
                    @let (came_to, published) = exposed(limit);
                    tr {
                        td { (limit.drug) }
                        td { (limit.what.name()) }
                        td { (came_to) }
                        td { (published) }
                        td { @if limit.exceeded { b { "exceeded" } } @else { "within" } }
                        td.soft { (limit.basis) ": " (limit.source) }
                    }
                }
            }
        }
    }
}
