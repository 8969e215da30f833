//! `thecal`: parse, do, exit.

use clap::Parser as _;
use std::io::{self, Write as _};
use std::process::ExitCode;
use thecal_cli::cli::Cli;
use thecal_cli::{command, exit};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match command::execute(&cli) {
        Ok(code) => code.into(),
        // A pipe that closes early (`thecal list | head`) is not a mistake.
        Err(command::CommandError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            exit::ExitCode::Passed.into()
        }
        Err(error) => {
            let code = error.code();
            // Where nobody reads it, the code alone must do.
            drop(writeln!(io::stderr(), "{:?}", miette::Report::new(error)));
            code.into()
        }
    }
}
