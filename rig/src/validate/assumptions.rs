//! What the plant leans on that nobody published: every soft parameter of the built-in sets.
//!
//! A parameter is soft where it is from memory, fitted, designed or assumed ([`Basis::is_soft`]).

use super::table::shortest;
use std::fmt::Write as _;
use thecal_sim::drug::DrugSheet;
use thecal_sim::drugs::dtpa;
use thecal_sim::parameter::{Basis, Parameters, Sourced, Spread};
use thecal_sim::pump::{GENERIC_CATHETER, GENERIC_PUMP};
use thecal_sim::{Drug, Species};

/// A soft parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// The set it is in.
    pub set: String,
    /// Its name in parameter files; for a spread, that of the value that scatters.
    pub name: &'static str,
    /// Its value, in its unit; for a spread, the coefficient of variation.
    pub value: f64,
    /// Its unit; "1" for a pure number.
    pub unit: &'static str,
    /// The least and the largest value that is accepted.
    pub range: (f64, f64),
    /// How it is known.
    pub basis: Basis,
    /// Section and source.
    pub source: &'static str,
    /// Whether it says how people differ in the value, and not the value.
    pub is_spread: bool,
}

/// Every soft parameter of the built-in sets, set by set.
#[must_use]
pub fn assumptions() -> Vec<Assumption> {
    let mut all = Vec::new();
    collect(&mut all, "generic pump", &GENERIC_PUMP);
    collect(&mut all, "generic catheter", &GENERIC_CATHETER);
    for species in Species::ALL {
        collect(&mut all, species.name(), species.anatomy());
    }
    for drug in Drug::ALL {
        sheet(&mut all, drug.name(), drug.sheet());
    }
    collect(&mut all, "tracer DTPA, fluid", &dtpa::KINETICS);
    collect(&mut all, "tracer DTPA, plasma", &dtpa::PLASMA);
    all
}

/// Adds the sets of a drug.
fn sheet(all: &mut Vec<Assumption>, drug: &str, sheet: &DrugSheet) {
    let set = |part: &str| format!("{drug}, {part}");
    collect(all, &set("fluid"), &sheet.kinetics);
    collect(all, &set("plasma"), &sheet.plasma);
    collect(all, &set("pocket"), &sheet.pocket);
    for effect in [
        Some(&sheet.wanted),
        Some(&sheet.toxic),
        sheet.systemic.as_ref(),
    ]
    .into_iter()
    .flatten()
    {
        collect(all, &set(effect.name), &effect.parameters);
    }
    if let Some(withdrawal) = &sheet.withdrawal {
        collect(all, &set("withdrawal"), withdrawal);
    }
    collect(all, &set("dosing"), &sheet.limits);
}

/// Adds the soft parameters of a set, and how they scatter where that is soft.
fn collect<T: Parameters>(all: &mut Vec<Assumption>, set: &str, sourced: &Sourced<T>) {
    for (index, (field, origin)) in T::FIELDS.iter().zip(sourced.origins).enumerate() {
        let assumption = Assumption {
            set: set.into(),
            name: field.name,
            value: sourced.values.value(index),
            unit: field.unit,
            range: (field.low, field.high),
            basis: origin.basis,
            source: origin.source,
            is_spread: false,
        };
        if origin.basis.is_soft() {
            all.push(assumption.clone());
        }
        if let Spread::LogNormal { cv, basis, source } = origin.spread
            && basis.is_soft()
        {
            all.push(Assumption {
                value: cv,
                unit: "1",
                range: (0.0, 2.0),
                basis,
                source,
                is_spread: true,
                ..assumption
            });
        }
    }
}

/// The list for people: a block for each set, one line a parameter.
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
    let mut set = String::new();
    for (assumption, [a, b, c, d, e]) in all.iter().zip(&cells) {
        if assumption.set != set {
            set.clone_from(&assumption.set);
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
    let name = if *is_spread {
        format!("{name}, spread")
    } else {
        (*name).into()
    };
    let unit = if *unit == "1" { "" } else { unit };
    [
        name,
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
        let text = table();
        assert_eq!(
            text.lines().filter(|line| line.starts_with("  ")).count(),
            all.len()
        );
    }
}
