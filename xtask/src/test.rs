//! `cargo xtask test`: all checks in one command, on a bare machine.
//!
//! Installs what is missing, builds the images, then checks style, trace, layers, lints, fuzzers,
//! documentation and all tests (including every scenario on the emulated board), and runs the
//! library as a user does.

use crate::shell::{Outcome, ask, cargo, run as run_command, show, workspace};
use crate::{firmware, firmware_c, setup};
use std::process::Command;
use std::time::Instant;

/// The steps, fastest failures first.
const STEPS: &[(&str, &[&str])] = &[
    ("style", &["fmt", "--all", "--check"]),
    (
        "trace",
        &[
            "run",
            "--quiet",
            "--package",
            "xtask",
            "--",
            "trace",
            "--check",
        ],
    ),
    (
        "tidy",
        &["run", "--quiet", "--package", "xtask", "--", "tidy"],
    ),
    // With the release profile, as the tests below: what runs on the host while building is built once.
    (
        "lints",
        &[
            "clippy",
            "--release",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ),
    // Outside the workspace, so nothing above builds them. Stable suffices: only running needs
    // nightly.
    // Their corpora are replayed by the tests below: `fuzz_corpus` of `firmware` and `rig/scenario`.
    (
        "fuzzers",
        &[
            "check",
            "--locked",
            "--manifest-path",
            "fuzz/Cargo.toml",
            "--target-dir",
            "target/fuzz",
        ],
    ),
    (
        "documentation",
        &["doc", "--release", "--workspace", "--no-deps"],
    ),
    // With the release profile, which the library below needs anyway: one build, and its overflow
    // checks are enabled.
    ("tests", &["test", "--workspace", "--release"]),
    (
        "library, native, twice",
        &["run", "--release", "--", "run", "--check", "--twice"],
    ),
];

/// Requires a toolchain component that a minimal installation lacks.
fn need_component(component: &str, subcommand: &str) -> Outcome<()> {
    if ask("cargo", &[subcommand, "--version"]).is_some() {
        return Ok(());
    }
    let mut command = Command::new("rustup");
    command.args(["component", "add", component]);
    println!("{}", show(&command));
    run_command(&mut command)
}

pub(crate) fn run(_arguments: &[String]) -> Outcome<()> {
    setup::run(&[])?;
    need_component("rustfmt", "fmt")?;
    need_component("clippy", "clippy")?;
    firmware::run(&[])?;
    firmware_c::run(&[])?;
    let mut times = Vec::new();
    for (name, arguments) in STEPS {
        let begun = Instant::now();
        let mut command = cargo();
        command.args(*arguments).current_dir(workspace()?);
        if *name == "fuzzers" {
            // Nothing is linked, so the C++ half of libFuzzer need not be built.
            command.env("CUSTOM_LIBFUZZER_PATH", "/libfuzzer.a");
        }
        if *name == "documentation" {
            command.env("RUSTDOCFLAGS", "-D warnings");
        }
        println!("\n── {name}: {}", show(&command));
        run_command(&mut command)?;
        times.push((name, begun.elapsed()));
    }
    println!();
    for (name, time) in times {
        println!("{:>10.1} s  {name}", time.as_secs_f64());
    }
    println!("all green");
    Ok(())
}
