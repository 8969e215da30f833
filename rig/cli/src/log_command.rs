//! `thecal log show`: prints a log file.

use crate::cli::{LogArgs, LogCommand};
use crate::error::CommandError;
use crate::exit::ExitCode;
use std::io::{self, Write};
use thecal_reference::field_log::{Entry, LogError, Summary, in_days, load};
use thecal_reference::programmer::{log_meaning, log_text};

/// Shows a log file.
///
/// # Errors
///
/// [`CommandError`] if the file has mistakes, or the terminal fails.
pub(crate) fn log(args: &LogArgs) -> Result<ExitCode, CommandError> {
    let LogCommand::Show { file } = &args.command;
    let entries = load(file).map_err(|error: LogError| CommandError::Log(error))?;
    show(&mut anstream::stdout().lock(), &entries)?;
    Ok(ExitCode::Passed)
}

/// One line per entry, then the summary.
fn show(out: &mut impl Write, entries: &[Entry]) -> io::Result<()> {
    let times: Vec<String> = entries.iter().map(|entry| in_days(entry.at)).collect();
    let width = times.iter().map(String::len).max().unwrap_or(0);
    let names = entries.iter().map(|entry| log_text(entry.code).len());
    let names = names.max().unwrap_or(0);
    for (entry, time) in entries.iter().zip(&times) {
        let (name, meaning) = (
            log_text(entry.code),
            log_meaning(entry.code, entry.argument),
        );
        let line = format!(
            "{:>6}  {time:>width$}  {name:<names$}  {meaning}",
            entry.index
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out)?;
    for line in Summary::of(entries).lines() {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
