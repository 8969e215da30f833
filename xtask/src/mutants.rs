//! `cargo xtask break`: breaks the reference firmware on purpose, one safety measure at a time, in
//! a scratch copy, and requires that the scenario library notices.
//!
//! A mutation is a replacement of one piece of source text. If the text is no longer there, the
//! task fails: a mutation that changes nothing must not look like one that was survived.

use crate::shell::{Failure, Outcome, run as run_command, target_dir, workspace};
use crate::test::cargo;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

struct Mutation {
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// Whether the pump then hangs in [`HANGING_STORY`].
    hangs: bool,
}

/// The story in which the mutation that loops for ever is reached.
const HANGING_STORY: &str = "bolus/single-bolus-and-program-change";

const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "lockout one millisecond short",
        file: "firmware/src/bolus.rs",
        from: "now < start + prescription.lockout",
        to: "now + Millis::from_millis(1) < start + prescription.lockout",
        hangs: false,
    },
    Mutation {
        name: "daily maximum ignored",
        file: "firmware/src/bolus.rs",
        from: "today >= usize::from(prescription.daily_maximum)",
        to: "today == usize::MAX",
        hangs: false,
    },
    Mutation {
        name: "motor stall ignored",
        file: "firmware/src/stall.rs",
        from: "let missed = self.window.count_ones();",
        to: "let missed = self.window.count_ones().min(1);",
        hangs: false,
    },
    Mutation {
        name: "patient bolus doubled",
        file: "firmware/src/commands.rs",
        from: "        prescription.bolus_dose,\n",
        to: "        prescription.bolus_dose.times(2),\n",
        hangs: false,
    },
    Mutation {
        name: "low-reservoir alarm removed",
        file: "firmware/src/state.rs",
        from: "count <= self.therapy.prescription.low_reservoir && self.raise",
        to: "false && self.raise",
        hangs: false,
    },
    Mutation {
        name: "replayed packets obeyed",
        file: "firmware/src/session.rs",
        from: "opened.counter > *last",
        to: "opened.counter > 0",
        hangs: false,
    },
    Mutation {
        name: "a repeated press is a new press",
        file: "firmware/src/commands.rs",
        from: "if press != Press::New {",
        to: "if false {",
        hangs: false,
    },
    Mutation {
        name: "stop does not stop",
        file: "firmware/src/commands.rs",
        from: "core::mem::replace(&mut state.therapy.running, false)",
        to: "state.therapy.running",
        hangs: false,
    },
    Mutation {
        name: "loops for ever in a clinician's bolus",
        file: "firmware/src/commands.rs",
        from: "    state.start_bolus(BolusKind::Clinician, plan);\n",
        to: "    while state.bolus.is_none() {\n        core::hint::spin_loop();\n    }\n    state.start_bolus(BolusKind::Clinician, plan);\n",
        hangs: true,
    },
];

/// The mutations' names, for those who refer to them.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MUTATIONS.iter().map(|mutation| mutation.name)
}

pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    let scratch = workspace()?.join("target/broken");
    let source = scratch.join("source");
    seed(&target_dir()?, &scratch.join("target"))?;
    let mut survivors = Vec::new();
    let wanted = |mutation: &&Mutation| {
        arguments
            .first()
            .is_none_or(|text| mutation.name.contains(text.as_str()))
    };
    for mutation in MUTATIONS.iter().filter(wanted) {
        copy(&source)?;
        mutate(&source, mutation)?;
        let output = library(&source, &scratch)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let caught: Vec<&str> = text
            .lines()
            .filter(|line| line.trim_start().starts_with("FAIL ["))
            .filter_map(|line| line.rsplit(' ').next())
            .collect();
        if mutation.hangs {
            same_hang_on_the_board(&source, &scratch)?;
        }
        match output.status.code() {
            Some(1) => println!(
                "{:>10}  {:<40} by {}",
                "caught",
                mutation.name,
                caught.join(", ")
            ),
            Some(0 | 3) => {
                println!("{:>10}  {}", "SURVIVED", mutation.name);
                survivors.push(mutation.name);
            }
            code => {
                let errors = String::from_utf8_lossy(&output.stderr);
                return Err(Failure(format!(
                    "{}: exit {code:?}\n{text}\n{errors}",
                    mutation.name
                )));
            }
        }
    }
    if survivors.is_empty() {
        return Ok(());
    }
    Err(Failure(format!(
        "the library did not notice: {}",
        survivors.join(", ")
    )))
}

/// Lends the scratch copy the dependencies that the workspace has built already, by hard links:
/// cargo names what it builds by the source's place, so nothing of the workspace is written to.
fn seed(from: &Path, to: &Path) -> Outcome<()> {
    const BUILT: [&str; 6] = [
        "release/.fingerprint",
        "release/build",
        "release/deps",
        "firmware-build/rustup",
        "firmware-build/debian",
        ".rustc_info.json",
    ];
    if to.exists() {
        return Ok(());
    }
    BUILT
        .iter()
        .try_for_each(|name| link(&from.join(name), &to.join(name)))
}

fn link(from: &Path, to: &Path) -> Outcome<()> {
    let failed = |error: std::io::Error| file_error(from, &error);
    if from.is_dir() {
        fs::create_dir_all(to).map_err(failed)?;
        for entry in fs::read_dir(from).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            link(&from.join(&name), &to.join(&name))?;
        }
    } else if from.is_file() {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::hard_link(from, to)
            .or_else(|_across_disks| fs::copy(from, to).map(drop))
            .map_err(failed)?;
    }
    Ok(())
}

fn library(source: &Path, scratch: &Path) -> Outcome<Output> {
    thecal(source, scratch, &["--no-files"])
}

/// The scratch copy's `thecal run --check`, with more arguments.
fn thecal(source: &Path, scratch: &Path, arguments: &[&str]) -> Outcome<Output> {
    cargo()
        .current_dir(source)
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        // One line of the firmware differs each time: most of the rig need not be compiled again.
        .env("CARGO_INCREMENTAL", "1")
        .args(["run", "--quiet", "--release", "-p", "thecal-rig"])
        .args(["--bin", "thecal", "--", "run", "--check"])
        .args(arguments)
        .output()
        .map_err(|error| Failure(format!("cannot run cargo: {error}")))
}

/// A pump that hangs must tell the same story in the process and on the emulated board, where
/// wholly different code notices it.
fn same_hang_on_the_board(source: &Path, scratch: &Path) -> Outcome<()> {
    let mut build = cargo();
    build
        .current_dir(source)
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        .args(["run", "--quiet", "--package", "xtask", "--", "firmware"]);
    run_command(&mut build)?;
    let image = scratch.join("target/firmware/thecal-pump-stm32f405.elf");
    let out = scratch.join("out");
    let (image, folder) = (image.to_string_lossy(), out.to_string_lossy());
    let story = ["--filter", HANGING_STORY, "--out", &folder];
    let mut bodies = Vec::new();
    for (bench, more) in [
        ("native", &[][..]),
        ("qemu", &["--elf", &image][..]),
        ("qemu-uart", &["--elf", &image][..]),
    ] {
        let output = thecal(
            source,
            scratch,
            &[&story[..], &["--on", bench], more].concat(),
        )?;
        let path = out.join(bench).join(HANGING_STORY).join("report.txt");
        let body = fs::read_to_string(&path).map_err(|error| file_error(&path, &error))?;
        if output.status.code() != Some(1) || !body.contains("is reset by its watchdog") {
            return Err(Failure(format!("a hang on {bench} is not a fail:\n{body}")));
        }
        bodies.push(body);
    }
    if bodies.windows(2).any(|pair| pair.first() != pair.last()) {
        return Err(Failure(
            "a hang tells different stories on different benches".to_owned(),
        ));
    }
    println!(
        "{:>10}  the hang tells the same story on the emulated boards",
        "same"
    );
    Ok(())
}

fn mutate(source: &Path, mutation: &Mutation) -> Outcome<()> {
    let path = source.join(mutation.file);
    let text = fs::read_to_string(&path).map_err(|error| file_error(&path, &error))?;
    let found = text.matches(mutation.from).count();
    if found != 1 {
        let (name, file) = (mutation.name, mutation.file);
        return Err(Failure(format!(
            "mutation `{name}` does not apply: its text is {found} times in {file}, not once"
        )));
    }
    fs::write(&path, text.replace(mutation.from, mutation.to))
        .map_err(|error| file_error(&path, &error))
}

/// A fresh copy of what the build needs; files that are the same keep their time stamps, so that
/// only what changed is compiled again, and files that are gone go from the copy too.
fn copy(to: &Path) -> Outcome<()> {
    let root = workspace()?;
    for name in ["Cargo.toml", "Cargo.lock", "clippy.toml"] {
        copy_file(&root.join(name), &to.join(name))?;
    }
    for name in [
        "units",
        "link",
        "sim",
        "firmware",
        "rig",
        "xtask",
        "scenarios",
        "reports",
        "docs",
    ] {
        copy_folder(&root.join(name), &to.join(name))?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Outcome<()> {
    remove_what_is_gone(from, to)?;
    let entries = fs::read_dir(from).map_err(|error| file_error(from, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| file_error(from, &error))?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        let target: PathBuf = to.join(name);
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            copy_file(&path, &target)?;
        }
    }
    Ok(())
}

fn remove_what_is_gone(from: &Path, to: &Path) -> Outcome<()> {
    // A copy that is not there yet holds nothing to remove.
    let Ok(entries) = fs::read_dir(to) else {
        return Ok(());
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path
            .file_name()
            .is_some_and(|name| from.join(name).exists())
        {
            continue;
        }
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.map_err(|error| file_error(&path, &error))?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Outcome<()> {
    let bytes = fs::read(from).map_err(|error| file_error(from, &error))?;
    if fs::read(to).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|error| file_error(folder, &error))?;
    }
    fs::write(to, bytes).map_err(|error| file_error(to, &error))
}

fn file_error(path: &Path, error: &std::io::Error) -> Failure {
    Failure(format!("{}: {error}", path.display()))
}
