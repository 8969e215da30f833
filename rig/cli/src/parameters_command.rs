//! `thecal parameters`: the parameters of the plant, to read and to copy.

use crate::cli::{ParametersArgs, ParametersCommand, SetArgs};
use crate::error::CommandError;
use crate::exit::ExitCode;
use std::io::{self, Write};
use thecal_plan::parameters::{Individual, Row, Set, built_in, number, range_in_words, to_toml};
use thecal_plan::population;
use thecal_report::value_in_words;
use thecal_scenario::parameters::ParametersError;
use thecal_text::names::guess_or_choice;

/// Lists, shows or copies sets.
///
/// # Errors
///
/// [`CommandError`] if the set is unknown, or the terminal fails.
pub(crate) fn parameters(args: &ParametersArgs) -> Result<ExitCode, CommandError> {
    let mut out = anstream::stdout().lock();
    match &args.command {
        ParametersCommand::List => list(&mut out)?,
        ParametersCommand::Show(args) => show(&mut out, &set_of(args)?)?,
        ParametersCommand::Copy(args) => out.write_all(to_toml(&set_of(args)?).as_bytes())?,
    }
    Ok(ExitCode::Passed)
}

fn set_of(args: &SetArgs) -> Result<Set, ParametersError> {
    let sets = built_in();
    let names: Vec<&str> = sets.iter().map(|set| set.name).collect();
    let hint = guess_or_choice(&args.name, &names);
    let found = sets.into_iter().find(|set| set.name == args.name);
    let mut set = found.ok_or_else(|| ParametersError::NoSuchSet {
        name: args.name.clone(),
        hint,
    })?;
    if let Some(number) = args.individual {
        let population = args.population_seed;
        population::draw(&mut set, Individual { number, population });
    }
    Ok(set)
}

fn list(out: &mut impl Write) -> io::Result<()> {
    let sets = built_in();
    let width = sets.iter().map(|set| set.name.len()).max().unwrap_or(0);
    for set in &sets {
        let count = set.rows().count();
        let kind = set.kind.word();
        let (name, about) = (set.name, &set.about);
        writeln!(
            out,
            "{kind:<8}  {name:<width$}  {count:>3} numbers  {about}"
        )?;
    }
    Ok(())
}

/// Two lines per number: its meaning, and its basis.
fn show(out: &mut impl Write, set: &Set) -> io::Result<()> {
    writeln!(out, "{} {}: {}", set.kind, set.name, set.about)?;
    let rows: Vec<(String, &Row)> = set.rows().collect();
    let width = rows.iter().map(|(path, _)| path.len()).max().unwrap_or(0);
    for (path, row) in rows {
        let unit = match row.field.unit {
            "1" => "",
            unit => unit,
        };
        writeln!(
            out,
            "\n{path:<width$}  {} {unit}\n{:<width$}  {}\n{:<width$}  range {}; {}: {}",
            value_in_words(row),
            "",
            row.field.meaning,
            "",
            range_in_words(&row.field),
            row.basis,
            row.source,
        )?;
        if let Some(spread) = &row.spread {
            let median = row.median.unwrap_or(row.value);
            writeln!(
                out,
                "{:<width$}  differs: median {} {unit}, cv {}; {}: {}",
                "",
                number(median),
                number(spread.cv),
                spread.basis,
                spread.source,
            )?;
        }
    }
    Ok(())
}
