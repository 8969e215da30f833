//! What was entered into the pump beside what was true: one line an act, the truth where it differs.

use super::record::{EnteredRecord, Run};
use crate::observed;
use maud::{Markup, html};
use thecal_units::SimTime;

/// The figures of one act.
fn acts(run: &Run) -> impl Iterator<Item = &[EnteredRecord]> {
    let is_of_one =
        |one: &EnteredRecord, two: &EnteredRecord| one.at_ms == two.at_ms && one.act == two.act;
    run.entered.chunk_by(is_of_one)
}

fn figure(figure: &EnteredRecord) -> String {
    let (what, entered) = (&figure.what, observed(&figure.entered));
    if figure.differs() {
        format!("{what} {entered} (actual {})", observed(&figure.truth))
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

/// The body's lines. Equal lines of one act are one.
pub(super) fn in_words(run: &Run) -> Vec<(&'static str, String)> {
    let lines = acts(run).map(|act| {
        let (at, name) = head(act);
        let figures: Vec<String> = act.iter().map(figure).collect();
        ("entered", format!("{name} at {at}: {}", figures.join("; ")))
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
                @for figure in &run.entered {
                    tr {
                        td.time { (SimTime::from_millis(figure.at_ms).spelled()) }
                        td { (figure.act) }
                        td { (figure.what) }
                        td.number { (observed(&figure.entered)) }
                        td.number {
                            @if figure.differs() { b { (observed(&figure.truth)) } }
                            @else { (observed(&figure.truth)) }
                        }
                    }
                }
            }
        }
    }
}
