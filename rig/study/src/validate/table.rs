//! The table as text: two lines per row, the result and its source.

use super::observation::{Agreement, Kind, Outcome, Published, Tolerance};
use super::summary::Summary;
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;
use thecal_plan::number::significant;

/// Significant digits of a figure.
pub(super) const DIGITS: usize = 3;
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The columns after the result, as text.
struct Line {
    agreement: Agreement,
    id: &'static str,
    what: &'static str,
    figures: [String; 4],
}

/// The whole table, with colors; a terminal or a file without colors strips them.
#[must_use]
pub fn render(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let widths = widths(outcomes);
    for kind in Kind::ALL {
        let rows: Vec<&Outcome> = outcomes
            .iter()
            .filter(|outcome| outcome.observation.kind == kind)
            .collect();
        if rows.is_empty() {
            continue;
        }
        let _infallible = writeln!(text, "{BOLD}{}{BOLD:#}", kind.heading());
        head(&mut text, &widths);
        for outcome in rows {
            row(&mut text, outcome, &widths);
        }
        text.push('\n');
    }
    text
}

/// The summary: fitted and not fitted rows separately, and the claim they permit.
#[must_use]
pub fn summary(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        let counts = Summary::of(outcomes, kind);
        if counts.rows == 0 {
            continue;
        }
        let _infallible = write!(text, "{:>14}  {}", kind.word(), counts.in_words());
        if counts.figures > 0 && matches!(kind, Kind::Fitted | Kind::InSample | Kind::HoldOut) {
            let _infallible = write!(
                text,
                "; of {} figures {} within 1.5-fold, {} within 2-fold",
                counts.figures, counts.within_1_5, counts.within_2
            );
        }
        text.push('\n');
    }
    text.push_str(
        "The plant reproduces published summary statistics as far as this table shows. Agreement with\n\
         fitted or in-sample rows is no evidence; nothing here is clinically validated.\n",
    );
    text
}

fn line(outcome: &Outcome) -> Line {
    let observation = outcome.observation;
    let factor = outcome
        .factor
        .map_or_else(|| "-".into(), |factor| significant(factor, DIGITS));
    Line {
        agreement: outcome.agreement,
        id: observation.id,
        what: observation.what,
        figures: [
            significant(outcome.simulated, DIGITS),
            published(outcome),
            factor,
            tolerance(observation.tolerance),
        ],
    }
}

/// The published figure with its unit.
#[must_use]
pub(super) fn published(outcome: &Outcome) -> String {
    let short = |value| shortest(value, DIGITS + 1);
    let figure = match outcome.observation.published {
        Published::Value(value) => short(value),
        Published::Range(low, high) => format!("{} to {}", short(low), short(high)),
        Published::AtMost(high) => format!("at most {}", short(high)),
        Published::AtLeast(low) => format!("at least {}", short(low)),
    };
    match outcome.observation.unit {
        "1" => figure,
        unit => format!("{figure} {unit}"),
    }
}

/// Significant digits without trailing zeros, as a person writes it.
pub(super) fn shortest(value: f64, digits: usize) -> String {
    let text = significant(value, digits);
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').into()
    } else {
        text
    }
}

/// A tolerance in brief.
#[must_use]
pub(super) fn tolerance(tolerance: Tolerance) -> String {
    match tolerance {
        Tolerance::T1 | Tolerance::T2 | Tolerance::T3 => {
            let factor = tolerance.factor().unwrap_or(f64::NAN);
            format!("{}-fold", shortest(factor, 2))
        }
        Tolerance::Order => "order".into(),
        Tolerance::AsPublished => "as published".into(),
        Tolerance::Share(share) => format!("{} %", shortest(share * 100.0, 3)),
    }
}

/// Widths of name, observation and figures over all rows, so that all groups align.
fn widths(outcomes: &[Outcome]) -> [usize; 6] {
    let mut widths = HEAD.map(str::len);
    for outcome in outcomes {
        let line = line(outcome);
        let figures = line.figures.iter().map(String::as_str);
        let cells = [line.id, line.what].into_iter().chain(figures);
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths
}

const HEAD: [&str; 6] = [
    "id",
    "observation",
    "simulated",
    "published",
    "factor",
    "tolerance",
];

fn head(text: &mut String, [id, what, simulated, published, factor, _]: &[usize; 6]) {
    let [a, b, c, d, e, f] = HEAD;
    let _infallible = writeln!(
        text,
        "{DIM}{:>12}  {a:<id$}  {b:<what$}  {c:>simulated$}  {d:>published$}  {e:>factor$}  {f}{DIM:#}",
        "result"
    );
}

fn row(
    text: &mut String,
    outcome: &Outcome,
    [id, what, simulated, published, factor, tolerance]: &[usize; 6],
) {
    let line = line(outcome);
    let style = match line.agreement {
        Agreement::Within | Agreement::OrderHolds => GREEN,
        Agreement::KnownMiss => YELLOW,
        Agreement::Miss | Agreement::OutOfDate => RED,
    };
    let (word, [a, b, c, d]) = (line.agreement.word(), line.figures);
    let row = format!(
        "{:<id$}  {:<what$}  {a:>simulated$}  {b:>published$}  {c:>factor$}  {d:<tolerance$}",
        line.id, line.what
    );
    let _infallible = writeln!(text, "{style}{word:>12}{style:#}  {}", row.trim_end());
    let _infallible = writeln!(
        text,
        "{DIM}{:>12}  {:<id$}  {}{DIM:#}",
        "",
        "",
        notes(outcome)
    );
}

/// Source, spread, why this tolerance, and why it is missed.
#[must_use]
pub(super) fn notes(outcome: &Outcome) -> String {
    let observation = outcome.observation;
    let mut notes = observation.source.to_owned();
    for (before, note) in [
        ("published ", observation.spread),
        ("", observation.why),
        ("missed because ", observation.known_miss.unwrap_or("")),
    ] {
        if !note.is_empty() {
            let _infallible = write!(notes, " · {before}{note}");
        }
    }
    notes
}
