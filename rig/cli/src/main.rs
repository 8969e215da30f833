//! `thecal`: parses arguments, executes the command, exits.

use clap::Parser as _;
use miette::MietteHandlerOpts;
use std::io::{self, Write as _};
use std::process::ExitCode;
use thecal_cli::cli::Cli;
use thecal_cli::error::CommandError;
use thecal_cli::{command, exit};
use thecal_text::wrapping;

/// Never breaks a line of a message inside a name.
fn draw_names_whole() {
    let hook = miette::set_hook(Box::new(|_| {
        let options = MietteHandlerOpts::new()
            .break_words(false)
            .word_separator(wrapping::SEPARATOR)
            .word_splitter(wrapping::SPLITTER);
        Box::new(options.build())
    }));
    // If a hook is already set, its output is no worse than the default.
    drop(hook);
}

fn main() -> ExitCode {
    draw_names_whole();
    let cli = Cli::parse();
    match command::execute(&cli) {
        Ok(code) => code.into(),
        // A pipe that closes early (`thecal list | head`) is not a mistake.
        Err(CommandError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            exit::ExitCode::Passed.into()
        }
        Err(error) => {
            let code = error.code();
            // Standard error is unbuffered: with thousands of mistakes, each word would be a
            // separate write.
            let message = format!("{:?}\n", miette::Report::new(error));
            // If nothing reads it, the exit code has to suffice.
            drop(io::stderr().write_all(message.as_bytes()));
            code.into()
        }
    }
}
