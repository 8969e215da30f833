//! One trial per row of the validation, and the approved text of the whole table.
//!
//! A row fails if it misses its tolerance, or if it is declared as a known miss but is met: then
//! the declaration is out of date. The table shows every change of a simulated figure;
//! `THECAL_ACCEPT=1` writes the current one; read it before committing.

use libtest_mimic::{Failed, Trial};
use std::collections::BTreeSet;
use std::{env, fs, io};
use thecal_study::validate;
use thecal_study::validate::{Observation, table};

const TABLE: &str = "tests/validate/table.txt";

pub(crate) fn trials() -> io::Result<Vec<Trial>> {
    let rows = validate::observations();
    let mut trials: Vec<Trial> = rows
        .iter()
        .map(|&row| Trial::test(row.test_name(), move || as_declared(row)))
        .collect();
    trials.push(Trial::test("rows have names of their own", names));
    trials.push(Trial::test("the table is as approved", || {
        let outcomes = validate::run(&validate::observations());
        let text = table::render(&outcomes) + &table::summary(&outcomes);
        compare(TABLE, &anstream::adapter::strip_str(&text).to_string())
    }));
    Ok(trials)
}

fn as_declared(row: &'static Observation) -> Result<(), Failed> {
    let outcome = row.run();
    if outcome.agreement.is_as_declared() {
        return Ok(());
    }
    let table = table::render(&[outcome]);
    Err(anstream::adapter::strip_str(&table).to_string().into())
}

fn names() -> Result<(), Failed> {
    let mut names = BTreeSet::new();
    for row in validate::observations() {
        if !names.insert(row.test_name()) || row.source.is_empty() || row.why.is_empty() {
            return Err(format!(
                "{}: its name is taken, or source or reason is missing",
                row.id
            )
            .into());
        }
    }
    Ok(())
}

fn compare(file: &str, text: &str) -> Result<(), Failed> {
    if env::var_os("THECAL_ACCEPT").is_some_and(|value| value == "1") {
        return Ok(fs::write(file, text)?);
    }
    let approved = fs::read_to_string(file)?;
    if approved == text {
        return Ok(());
    }
    let difference = similar::TextDiff::from_lines(&approved, text);
    let difference = difference.unified_diff().context_radius(0).to_string();
    Err(format!("{file} was approved otherwise:\n{difference}").into())
}
