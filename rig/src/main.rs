//! `thecal`: parse, do, exit.

use clap::Parser as _;
use std::process::ExitCode;
use thecal_rig::{cli::Cli, command, exit};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match command::execute(&cli) {
        Ok(code) => code.into(),
        // A pipe that closes early (`thecal list | head`) is not a mistake.
        Err(command::CommandError::Io(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            exit::ExitCode::Passed.into()
        }
        Err(error) => {
            let code = error.code();
            #[expect(
                clippy::print_stderr,
                reason = "the one place where a diagnostic is shown"
            )]
            {
                eprintln!("{:?}", miette::Report::new(error));
            }
            code.into()
        }
    }
}
