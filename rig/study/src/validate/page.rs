//! `--html`: one self-contained page with the table and a plot of the factors.

use super::observation::{Agreement, Kind, Outcome, Tolerance};
use super::summary::Summary;
use super::table;
use maud::{Markup, PreEscaped, html};
use std::fmt::Write as _;
use thecal_plan::number::significant;
use thecal_report::{document, escaped};

/// Width of the plot. Unit: px, as are all lengths here.
const WIDTH: f64 = 1_100.0;
/// Where the axis begins; names are to its left.
const LEFT: f64 = 250.0;
const RIGHT: f64 = 1_060.0;
/// Height of a row.
const ROW: f64 = 19.0;
/// Space above the first row.
const TOP: f64 = 26.0;
/// The ends of the axis, as factors either way.
const END: f64 = 5.0;
/// Lines across the plot.
const TICKS: [f64; 7] = [0.2, 1.0 / 3.0, 0.5, 1.0, 2.0, 3.0, 5.0];
/// Below this relative error a tolerance bar would be narrower than a dot.
const NARROW: f64 = 0.05;

/// The page.
#[must_use]
pub fn render(outcomes: &[Outcome]) -> String {
    let kinds = Kind::ALL.into_iter();
    let groups: Vec<(Kind, Vec<&Outcome>)> = kinds
        .map(|kind| (kind, rows_of(outcomes, kind)))
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    let content = html! {
        h1 { "The plant compared with published data" }
        p {
            "Each row compares the plant with a published figure, under the same protocol as far "
            "as it is known. Agreement with fitted rows shows only that the code computes the "
            "model that was fitted; only rows that were not fitted show how far it may be "
            "trusted. The plant reproduces published summary statistics as far as this page "
            "shows. Nothing here is clinically validated."
        }
        ul {
            @for (kind, _) in &groups {
                li { b { (kind.word()) } ": " (Summary::of(outcomes, *kind).in_words()) }
            }
        }
        @for (kind, rows) in &groups {
            h2 { (kind.heading()) }
            @if rows.iter().any(|row| is_plotted(row)) { (PreEscaped(plot(rows))) }
            (listing(rows))
        }
        p.soft.small {
            "Factor: simulated over published, below 1 where the plant gives too little. Gray "
            "bars: what the row's tolerance allows. Made by thecal " (env!("CARGO_PKG_VERSION"))
            "; sources as in docs/domain."
        }
    };
    document("Thecal: validation", &content).into_string()
}

fn rows_of(outcomes: &[Outcome], kind: Kind) -> Vec<&Outcome> {
    let of_kind = |outcome: &&Outcome| outcome.observation.kind == kind;
    outcomes.iter().filter(of_kind).collect()
}

fn listing(rows: &[&Outcome]) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th { "Result" } th { "Row" } th { "Observation" }
                    th.number { "Simulated" } th.number { "Published" } th.number { "Factor" }
                    th { "Tolerance" }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        td { (badge(row.agreement)) }
                        td.time { (row.observation.id) }
                        td { (row.observation.what) span.note { (table::notes(row)) } }
                        td.number { (significant(row.simulated, table::DIGITS)) }
                        td.number { (table::published(row)) }
                        td.number {
                            @match row.factor {
                                Some(factor) => (significant(factor, table::DIGITS)),
                                None => "-",
                            }
                        }
                        td.time { (table::tolerance(row.observation.tolerance)) }
                    }
                }
            }
        }
    }
}

fn badge(agreement: Agreement) -> Markup {
    html! { span class={ "badge " (class(agreement)) } { (agreement.word()) } }
}

/// Its class in the style sheet.
const fn class(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Within | Agreement::OrderHolds => "pass",
        Agreement::KnownMiss => "inconclusive",
        Agreement::Miss | Agreement::OutOfDate => "fail",
    }
}

/// Whether the row is plotted: the factors of closed forms are all on the line.
fn is_plotted(row: &Outcome) -> bool {
    let narrow = matches!(row.observation.tolerance, Tolerance::Share(share) if share <= NARROW);
    row.factor.is_some_and(f64::is_finite) && !(narrow && row.agreement == Agreement::Within)
}

/// A dot for each factor on a logarithmic axis, over a bar for the tolerance.
fn plot(rows: &[&Outcome]) -> String {
    let rows: Vec<&&Outcome> = rows.iter().filter(|row| is_plotted(row)).collect();
    let (mut body, mut y) = (String::new(), TOP);
    for row in &rows {
        let factor = row.factor.unwrap_or(1.0);
        let (middle, id) = (y + ROW / 2.0, escaped(row.observation.id));
        let _infallible = write!(
            body,
            "<text class=\"tick\" text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{id}</text>",
            LEFT - 14.0,
            middle + 4.0,
        );
        if let Some((low, high)) = allowed(row.observation.tolerance) {
            let _infallible = write!(
                body,
                "<rect class=\"allowed\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"9\"/>",
                x(low),
                middle - 4.5,
                x(high) - x(low),
            );
        }
        let _infallible = writeln!(
            body,
            "<circle class=\"factor {}\" cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"4.5\"><title>{id}: {}</title></circle>",
            class(row.agreement),
            x(factor),
            significant(factor, table::DIGITS),
        );
        y += ROW;
    }
    let mut grid = String::new();
    for tick in TICKS {
        let (at, text) = (x(tick), table::shortest(tick, 2));
        let _infallible = write!(
            grid,
            "<path class=\"grid\" d=\"M{at:.1} {TOP}V{y:.1}\"/><text class=\"tick\" text-anchor=\"middle\" x=\"{at:.1}\" y=\"{:.1}\">{text}</text>",
            TOP - 8.0,
        );
    }
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {:.1}\" role=\"img\" aria-label=\"Factor of each row, simulated over published\">\n{grid}\n{body}</svg>\n",
        y + 8.0,
    )
}

/// The position of a factor. Unit: px.
fn x(factor: f64) -> f64 {
    let share = factor.clamp(END.recip(), END).ln() / END.ln();
    LEFT + (RIGHT - LEFT) * (share + 1.0) / 2.0
}

/// The factors that a tolerance allows.
fn allowed(tolerance: Tolerance) -> Option<(f64, f64)> {
    match tolerance {
        Tolerance::Share(share) => Some((1.0 - share, 1.0 + share)),
        tolerance => tolerance.factor().map(|most| (most.recip(), most)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::{observations, run};

    #[test]
    fn a_page_shows_every_row_and_a_dot_for_each_factor() {
        let rows: Vec<_> = observations()
            .into_iter()
            .filter(|row| row.is_of("M5"))
            .collect();
        let outcomes = run(&rows);
        let page = render(&outcomes);
        for row in &rows {
            assert!(page.contains(row.id), "{}", row.id);
        }
        assert_eq!(page.matches("<circle").count(), 4, "one row is an order");
        assert!(page.contains("known miss") && !page.contains("://"));
    }

    #[test]
    fn equal_factors_either_way_are_equally_far() {
        let middle = (LEFT + RIGHT) / 2.0;
        assert!((x(1.0) - middle).abs() < 1e-9);
        assert!((x(2.0) + x(0.5) - 2.0 * middle).abs() < 1e-9);
        assert!((x(100.0) - RIGHT).abs() < 1e-9);
    }
}
