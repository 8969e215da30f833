//! Unpublished parameters of the plant: every soft parameter of the built-in sets.
//!
//! A parameter is soft if it is from memory, fitted, designed or assumed ([`Basis::is_soft`]). The
//! tracer of rows D1 and D2 is not a set that a scenario can use and is not listed.

use super::table::shortest;
use std::borrow::Cow;
use std::fmt::Write as _;
use thecal_plan::parameters::{Group, Row, Set, Spreading, built_in};
use thecal_sim::parameter::Basis;

/// A soft parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// The set it belongs to: `morphine, kinetics`.
    pub set: String,
    /// Its name in parameter files; for a spread, the name of the value that scatters.
    pub name: &'static str,
    /// Its value, in its unit; for a spread, the coefficient of variation.
    pub value: f64,
    /// Its unit; "1" if dimensionless.
    pub unit: &'static str,
    /// The smallest and the largest value accepted.
    pub range: (f64, f64),
    /// Its basis.
    pub basis: Basis,
    /// Section and source.
    pub source: Cow<'static, str>,
    /// Whether it is the spread of a value between people, not the value.
    pub is_spread: bool,
}

/// Every soft parameter of the built-in sets, set by set.
#[must_use]
pub fn assumptions() -> Vec<Assumption> {
    let mut all = Vec::new();
    for set in built_in() {
        for group in &set.groups {
            let name = name_of(&set, group);
            for row in &group.rows {
                collect(&mut all, &name, row);
            }
        }
    }
    all
}

fn name_of(set: &Set, group: &Group) -> String {
    match group.name {
        "" => set.name.into(),
        group => format!("{}, {group}", set.name),
    }
}

/// Adds a row if it is soft, and its spread if that is soft.
fn collect(all: &mut Vec<Assumption>, set: &str, row: &Row) {
    let field = &row.field;
    let value = Assumption {
        set: set.into(),
        name: field.name,
        value: row.value,
        unit: field.unit,
        range: (field.low, field.high),
        basis: row.basis,
        source: row.source.clone(),
        is_spread: false,
    };
    let spread = row.spread.as_ref().map(|spread| Assumption {
        value: spread.cv,
        unit: "1",
        range: (0.0, Spreading::CV_MAX),
        basis: spread.basis,
        source: spread.source.clone(),
        is_spread: true,
        ..value.clone()
    });
    let both = [Some(value), spread].into_iter().flatten();
    all.extend(both.filter(|one| one.basis.is_soft()));
}

/// The list as text: a block for each set, one line per parameter.
#[must_use]
pub fn table() -> String {
    let all = assumptions();
    let cells: Vec<[String; 5]> = all.iter().map(cells).collect();
    let mut widths = [0; 5];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let [name, value, unit, range, basis] = widths;
    let mut text = String::new();
    let mut set = "";
    for (assumption, [a, b, c, d, e]) in all.iter().zip(&cells) {
        if assumption.set != set {
            set = &assumption.set;
            let _infallible = writeln!(text, "{set}");
        }
        let _infallible = writeln!(
            text,
            "  {a:<name$}  {b:>value$} {c:<unit$}  {d:<range$}  {e:<basis$}  {}",
            assumption.source
        );
    }
    let _infallible = writeln!(
        text,
        "\n{} values of the built-in sets are not published ones. A file of parameters may change \
         each within its range.",
        all.len()
    );
    text
}

fn cells(assumption: &Assumption) -> [String; 5] {
    let Assumption {
        name,
        value,
        unit,
        range: (low, high),
        basis,
        is_spread,
        ..
    } = assumption;
    let spread = if *is_spread { ", spread" } else { "" };
    let unit = if *unit == "1" { "" } else { unit };
    [
        format!("{name}{spread}"),
        shortest(*value, 4),
        unit.into(),
        format!("{low} to {high}"),
        basis.word().into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_soft_is_listed_and_what_is_published_is_not() {
        let all = assumptions();
        let listed = |name| all.iter().any(|one| one.name == name);
        assert!(listed("propellant-pressure") && listed("molecular-diffusivity"));
        assert!(!listed("tubing-volume"));
        assert!(
            all.iter()
                .all(|one| one.basis.is_soft() && !one.source.is_empty())
        );
        let lines = table()
            .lines()
            .filter(|line| line.starts_with("  "))
            .count();
        assert_eq!(lines, all.len());
    }
}
