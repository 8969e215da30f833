//! Development tasks: `cargo xtask <task>`.
//!
//! A new task is a module with `pub(crate) fn run(&[String]) -> Outcome<()>` and a line in
//! [`TASKS`].
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what it prints is all it has to say"
)]

mod elf;
mod firmware;
mod firmware_c;
mod seal;
mod setup;
mod shell;
mod test;
mod tidy;
mod toolchain;
mod trace;
mod wfi;

use shell::{Failure, Outcome};
use std::process::ExitCode;

/// Name, description, function.
type Task = (&'static str, &'static str, fn(&[String]) -> Outcome<()>);

const TASKS: &[Task] = &[
    (
        "firmware",
        "build the pump's STM32F405 image",
        firmware::run,
    ),
    (
        "firmware-c",
        "build the example pump in C for the same chip",
        firmware_c::run,
    ),
    ("setup", "install what QEMU and the images need", setup::run),
    (
        "test",
        "set up, then check everything that must be green",
        test::run,
    ),
    (
        "trace",
        "write docs/trace.md; `--check`: is it right and whole?",
        trace::run,
    ),
    (
        "tidy",
        "check layers, packages, public items, sizes and words",
        tidy::run,
    ),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print_usage();
        return ExitCode::from(2);
    };
    let Some((_, _, run)) = TASKS.iter().find(|(task, _, _)| task == name) else {
        eprintln!("no task is called `{name}`\n");
        print_usage();
        return ExitCode::from(2);
    };
    match run(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(why)) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn print_usage() {
    println!("Usage: cargo xtask <task>\n");
    for (name, what, _) in TASKS {
        println!("  {name:<10} {what}");
    }
}
