//! `cargo xtask test`: all checks in one command, on a bare machine.
//!
//! Installs what is missing, then checks style, trace, layers, lints, fuzzers, documentation and all
//! tests (including every scenario on the emulated board), and runs the library as a user does. What
//! shares no build folder runs beside each other: the images and the fuzzers beside the lints.

use crate::setup;
use crate::shell::{
    Failure, Outcome, ask, cargo, run as run_command, run_quietly, show, workspace,
};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// One check: its name, what is started, and what its environment has more.
struct Step {
    name: &'static str,
    tool: Tool,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

enum Tool {
    Cargo,
    /// A task of this program.
    Xtask,
}

/// The fastest failures.
const FIRST: &[Step] = &[
    Step {
        name: "style",
        tool: Tool::Cargo,
        arguments: &["fmt", "--all", "--check"],
        environment: &[],
    },
    Step {
        name: "trace",
        tool: Tool::Xtask,
        arguments: &["trace", "--check"],
        environment: &[],
    },
    Step {
        name: "tidy",
        tool: Tool::Xtask,
        arguments: &["tidy"],
        environment: &[],
    },
];

/// Each has a build folder of its own.
const BESIDE: &[Step] = &[
    Step {
        name: "image",
        tool: Tool::Xtask,
        arguments: &["firmware"],
        environment: &[],
    },
    Step {
        name: "image in C",
        tool: Tool::Xtask,
        arguments: &["firmware-c"],
        environment: &[],
    },
    // Outside the workspace, so nothing else builds them. Stable suffices: only running needs nightly.
    // Their corpora are replayed by the tests: `fuzz_corpus` of `firmware` and `rig/scenario`.
    Step {
        name: "fuzzers",
        tool: Tool::Cargo,
        arguments: &[
            "check",
            "--locked",
            "--manifest-path",
            "fuzz/Cargo.toml",
            "--target-dir",
            "target/fuzz",
        ],
        // Nothing is linked, so the C++ half of libFuzzer need not be built.
        environment: &[("CUSTOM_LIBFUZZER_PATH", "/libfuzzer.a")],
    },
];

/// With the release profile, as the tests: what runs on the host while building is built once.
const LINTS: &[Step] = &[
    Step {
        name: "lints",
        tool: Tool::Cargo,
        arguments: &[
            "clippy",
            "--release",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
        environment: &[],
    },
    Step {
        name: "documentation",
        tool: Tool::Cargo,
        arguments: &["doc", "--release", "--workspace", "--no-deps"],
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
    },
];

/// They need the images.
const TESTS: &[Step] = &[
    // With the release profile, which the library below needs anyway: one build, and its overflow
    // checks are enabled.
    Step {
        name: "tests",
        tool: Tool::Cargo,
        arguments: &["test", "--workspace", "--release"],
        environment: &[],
    },
    Step {
        name: "library, native, twice",
        tool: Tool::Cargo,
        arguments: &["run", "--release", "--", "run", "--check", "--twice"],
        environment: &[],
    },
    Step {
        name: "library, each scenario without each fault and act",
        tool: Tool::Cargo,
        arguments: &["run", "--release", "--", "lint", "--without-faults"],
        environment: &[],
    },
];

impl Step {
    fn command(&self) -> Outcome<Command> {
        let mut command = match self.tool {
            Tool::Cargo => cargo(),
            Tool::Xtask => Command::new(this_program()?),
        };
        command
            .args(self.arguments)
            .envs(self.environment.iter().copied())
            .current_dir(workspace()?);
        Ok(command)
    }

    /// As it is typed.
    fn shown(&self) -> String {
        let tool = match self.tool {
            Tool::Cargo => "cargo",
            Tool::Xtask => "cargo xtask",
        };
        format!("── {}: {tool} {}", self.name, self.arguments.join(" "))
    }
}

fn this_program() -> Outcome<std::path::PathBuf> {
    std::env::current_exe().map_err(|error| Failure(format!("cannot find this program: {error}")))
}

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

/// The names of steps that are done, and how long they took.
type Times = Vec<(&'static str, Duration)>;

pub(crate) fn run(_arguments: &[String]) -> Outcome<()> {
    setup::run(&[])?;
    need_component("rustfmt", "fmt")?;
    need_component("clippy", "clippy")?;
    let mut times = in_the_open(FIRST)?;
    times.extend(lints_and_beside()?);
    times.extend(in_the_open(TESTS)?);
    println!();
    for (name, time) in times {
        println!("{:>10.1} s  {name}", time.as_secs_f64());
    }
    println!("all green");
    Ok(())
}

fn in_the_open(steps: &[Step]) -> Outcome<Times> {
    let done = steps.iter().map(|step| {
        let begun = Instant::now();
        println!("\n{}", step.shown());
        run_command(&mut step.command()?)?;
        Ok((step.name, begun.elapsed()))
    });
    done.collect()
}

/// The output of the steps beside is held back until the others have ended.
fn lints_and_beside() -> Outcome<Times> {
    thread::scope(|scope| {
        let beside = scope.spawn(|| {
            let mut output = String::new();
            let times = held_back(BESIDE, &mut output);
            (times, output)
        });
        let lints = in_the_open(LINTS);
        let panicked = |_| Failure("the steps beside the lints panicked".to_owned());
        let (times, output) = beside.join().map_err(panicked)?;
        println!("\nBeside these:\n{output}");
        Ok([lints?, times?].concat())
    })
}

/// Runs steps and appends what they are and print to `output`.
fn held_back(steps: &[Step], output: &mut String) -> Outcome<Times> {
    let mut times = Times::new();
    for step in steps {
        let begun = Instant::now();
        *output += &format!("\n{}\n", step.shown());
        run_quietly(&mut step.command()?, output)?;
        times.push((step.name, begun.elapsed()));
    }
    Ok(times)
}
