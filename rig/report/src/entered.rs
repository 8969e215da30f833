//! What was entered into the pump beside what was true: one line an act, the truth where it differs.

use super::record::{EnteredRecord, Run};
use crate::observed;
use maud::{Markup, html};
use thecal_engine::verdict::Observed;
use thecal_plan::Drug;
use thecal_plan::number::format_value;
use thecal_units::SimTime;

/// The figures of one act.
fn acts(run: &Run) -> impl Iterator<Item = &[EnteredRecord]> {
    let is_of_one =
        |one: &EnteredRecord, two: &EnteredRecord| one.at_ms == two.at_ms && one.act == two.act;
    run.entered.chunk_by(is_of_one)
}

/// A figure as people read it: the record has all digits.
fn rounded(figure: &Observed) -> String {
    match figure {
        Observed::Value(value, dimension) => format_value(*value, *dimension),
        other => observed(other),
    }
}

/// A figure with the name of its drug, where another than the programmed one was there.
fn figure(programmed: Drug, figure: &EnteredRecord) -> String {
    let (what, entered) = (&figure.what, rounded(&figure.entered));
    if let Some(drug) = &figure.true_drug {
        let (programmed, truth) = (programmed.name(), rounded(&figure.truth));
        format!("{what}: entered {programmed} {entered}, actual {drug} {truth}")
    } else if figure.differs() {
        format!("{what} {entered} (actual {})", rounded(&figure.truth))
    } else {
        format!("{what} {entered}")
    }
}

fn head(act: &[EnteredRecord]) -> (String, String) {
    act.first().map_or(Default::default(), |first| {
        let at = SimTime::from_millis(first.at_ms).spelled().to_string();
        (at, first.act.to_string())
    })
}

/// What an act programs beside its figures.
fn changed<'r>(run: &'r Run, act: &[EnteredRecord]) -> impl Iterator<Item = &'r String> {
    let of = act.first().map(|first| (first.at_ms, first.act.clone()));
    let programs = run.programmed.iter();
    let programs = programs.filter(move |one| of.as_ref() == Some(&(one.at_ms, one.act.clone())));
    programs.flat_map(|one| &one.changed)
}

/// The body's lines.
pub(super) fn in_words(programmed: Drug, run: &Run) -> Vec<(&'static str, String)> {
    let lines = acts(run).flat_map(|act| {
        let (at, name) = head(act);
        let figures: Vec<String> = act.iter().map(|one| figure(programmed, one)).collect();
        let line = ("entered", format!("{name} at {at}: {}", figures.join("; ")));
        let changed = changed(run, act).map(|line| ("", format!("  {line}")));
        std::iter::once(line).chain(changed)
    });
    lines.collect()
}

/// The page's table.
pub(super) fn table(run: &Run) -> Markup {
    html! {
        h2 { "Entered and true" }
        p.soft {
            "What the pump was told or had counted, and what was so. A pump cannot see a concentration, a "
            "catheter's length or what really went into its reservoir."
        }
        table {
            thead {
                tr { th { "Time" } th { "Act" } th { "" } th.number { "Entered" } th.number { "True" } }
            }
            tbody {
                @for act in acts(run) {
                    @for figure in act { tr {
                        td.time { (SimTime::from_millis(figure.at_ms).spelled()) }
                        td { (figure.act) }
                        td { (figure.what) }
                        td.number { (rounded(&figure.entered)) }
                        td.number {
                            @if figure.differs() {
                                b {
                                    @if let Some(drug) = &figure.true_drug { (drug) " " }
                                    (rounded(&figure.truth))
                                }
                            }
                            @else { (rounded(&figure.truth)) }
                        }
                    } }
                    @for line in changed(run, act) {
                        tr { td {} td {} td colspan="3" { (line) } }
                    }
                }
            }
        }
    }
}
