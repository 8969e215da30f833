//! `cargo xtask break`: breaks the reference firmware deliberately, one safety measure at a time,
//! in a scratch copy, and requires that the scenario library detects it.
//!
//! All mutations are compiled at once, each enabled by a number that the copy's `thecal` reads from
//! the environment: one build, however many there are. If the text to replace does not occur
//! exactly once, the task fails: a mutation that changes nothing must not look like one that
//! survived.

mod records;
mod table;

use crate::shell::{
    Failure, Outcome, cargo, file_error, read, run as run_command, target_dir, workspace,
};
use records::Record;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use table::{HANGING_STORY, MUTATIONS, Mutation};

/// The variable that enables a mutation in the scratch copy.
const SWITCH: &str = "THECAL_MUTATION";

/// The mutations' names, for other modules that refer to them.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MUTATIONS.iter().map(|mutation| mutation.name)
}

pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    let scratch = workspace()?.join("target/broken");
    let source = scratch.join("source");
    seed(&target_dir()?, &scratch.join("target"))?;
    copy(&source)?;
    switch(&source)?;
    let mut build = cargo();
    build
        .current_dir(&source)
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        .args(["build", "--quiet", "--release", "-p", "thecal-cli"]);
    run_command(&mut build)?;
    let mut survivors = Vec::new();
    let wanted = |mutation: &&Mutation| {
        arguments
            .first()
            .is_none_or(|text| mutation.name.contains(text.as_str()))
    };
    for (number, mutation) in (1..).zip(MUTATIONS) {
        if wanted(&mutation) && !is_caught(&source, &scratch, number, mutation)? {
            survivors.push(mutation.name);
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

/// Whether a scenario fails with the mutation enabled.
fn is_caught(source: &Path, scratch: &Path, number: u32, mutation: &Mutation) -> Outcome<bool> {
    let name = mutation.name;
    let out = scratch.join("out");
    // Results of an earlier mutation must not be counted for this one.
    match fs::remove_dir_all(&out) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(file_error(&out, &error));
        }
        _ => {}
    }
    let folder = out.to_string_lossy();
    let output = thecal(
        source,
        scratch,
        number,
        &["--out", &folder, "--files", records::FILE],
    )?;
    let failed = if let Some(0 | 1 | 3) = output.status.code() {
        failed(records::below(&out)?)
    } else {
        Err(format!("exit {:?}", output.status.code()))
    };
    let failed = failed.map_err(|why| {
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        Failure(format!("{name}: {why}\n{text}\n{errors}"))
    })?;
    if failed.is_empty() {
        println!("{:>10}  {name}", "SURVIVED");
    } else {
        println!("{:>10}  {name:<42} by {}", "caught", failed.join(", "));
    }
    if mutation.hangs {
        same_hang_on_the_board(source, scratch, number)?;
    }
    Ok(!failed.is_empty())
}

/// The scenarios that fail. None may be an error: that would say nothing about the firmware.
fn failed(records: Vec<Record>) -> Result<Vec<String>, String> {
    if records.is_empty() {
        return Err("no scenario ran".to_owned());
    }
    let undecided = |record: &&Record| matches!(record.verdict.as_str(), "ERROR" | "INCONCLUSIVE");
    if let Some(record) = records.iter().find(undecided) {
        return Err(format!("{} is {}", record.id, record.verdict));
    }
    let failed = records
        .into_iter()
        .filter(|record| record.verdict == "FAIL");
    Ok(failed.map(|record| record.id).collect())
}

/// Inserts all mutations into the copy, disabled by default.
fn switch(source: &Path) -> Outcome<()> {
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for (number, mutation) in (1..).zip(MUTATIONS) {
        for edit in mutation.edits {
            let path = source.join("firmware/src").join(edit.file);
            let text = match files.remove(&path) {
                Some(text) => text,
                None => read(&path)?,
            };
            let whole = format!("{}{}", edit.after, edit.from);
            let found = text.matches(&whole).count();
            if found != 1 {
                return Err(Failure(format!(
                    "mutation `{}` does not apply: its text is {found} times in {}, not once",
                    mutation.name, edit.file
                )));
            }
            let (after, from, to) = (edit.after, edit.from, edit.to);
            let either =
                format!("{after}(if crate::mutated({number}) {{ {to} }} else {{ {from} }})");
            files.insert(path, text.replace(&whole, &either));
        }
    }
    let firmware = source.join("firmware/src/lib.rs");
    // Warnings about code or parentheses made superfluous by a switch do not matter.
    let quiet = read(&firmware)?.replace("#![no_std]", "#![no_std]\n#![allow(warnings)]");
    files.insert(firmware, quiet + &switch_of_the_firmware(0));
    // Every native pump is created there, and nothing above it knows the firmware.
    let native = source.join("rig/reference/src/native.rs");
    let begin = "fn fresh_pump() -> Box<Pump> {\n";
    let on = format!(
        "    if let Some(number) = std::env::var(\"{SWITCH}\").ok().and_then(|text| text.parse().ok()) {{\n\
        \x20       thecal_firmware::MUTATION.store(number, std::sync::atomic::Ordering::Relaxed);\n    }}\n"
    );
    let text = read(&native)?;
    if !text.contains(begin) {
        return Err(Failure(format!(
            "no native pump begins in {}",
            native.display()
        )));
    }
    files.insert(native, text.replace(begin, &(begin.to_owned() + &on)));
    files.into_iter().try_for_each(|(path, text)| {
        fs::write(&path, text).map_err(|error| file_error(&path, &error))
    })
}

/// Added to the copy's firmware to enable this mutation from the start.
fn switch_of_the_firmware(number: u32) -> String {
    format!(
        "\n/// The mutation that is on.\npub static MUTATION: core::sync::atomic::AtomicU32 = \
         core::sync::atomic::AtomicU32::new({number});\n\npub(crate) fn mutated(number: u32) -> bool {{\n    \
         MUTATION.load(core::sync::atomic::Ordering::Relaxed) == number\n}}\n"
    )
}

/// Gives the scratch copy the workspace's compiled dependencies, by hard links: cargo names build
/// outputs by the source's path, so nothing of the workspace is overwritten.
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

/// Runs the scratch copy's `thecal run --check` with a mutation and more arguments.
fn thecal(source: &Path, scratch: &Path, number: u32, arguments: &[&str]) -> Outcome<Output> {
    Command::new(scratch.join("target/release/thecal"))
        .current_dir(source)
        .env(SWITCH, number.to_string())
        .args(["run", "--check"])
        .args(arguments)
        .output()
        .map_err(|error| Failure(format!("cannot run the copy's thecal: {error}")))
}

/// Checks that a hanging pump gives the same run in the process and on the emulated board, where
/// entirely different code detects it.
fn same_hang_on_the_board(source: &Path, scratch: &Path, number: u32) -> Outcome<()> {
    let firmware = source.join("firmware/src/lib.rs");
    let text =
        read(&firmware)?.replace(&switch_of_the_firmware(0), &switch_of_the_firmware(number));
    fs::write(&firmware, text).map_err(|error| file_error(&firmware, &error))?;
    let mut build = cargo();
    build
        .current_dir(source)
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        .args(["run", "--quiet", "--package", "xtask", "--", "firmware"]);
    run_command(&mut build)?;
    let image = scratch.join("target/firmware/thecal-pump-stm32f405.elf");
    let out = scratch.join("out");
    let (image, folder) = (image.to_string_lossy(), out.to_string_lossy());
    let history = ["--filter", HANGING_STORY, "--out", &folder];
    let mut bodies = Vec::new();
    for (bench, more) in [
        ("native", &[][..]),
        ("qemu", &["--elf", &image][..]),
        ("qemu-uart", &["--elf", &image][..]),
    ] {
        let arguments = [&history[..], &["--on", bench], more].concat();
        let output = thecal(source, scratch, number, &arguments)?;
        let folder = out.join(bench).join(HANGING_STORY);
        let record = records::one(&folder.join(records::FILE))?;
        let body = read(&folder.join("report.txt"))?;
        if output.status.code() != Some(1) || record.verdict != "FAIL" || !record.watchdog {
            return Err(Failure(format!("a hang on {bench} is not a fail:\n{body}")));
        }
        bodies.push(body);
    }
    if bodies.windows(2).any(|pair| pair.first() != pair.last()) {
        return Err(Failure(
            "a hang gives different reports on different benches".to_owned(),
        ));
    }
    println!(
        "{:>10}  the hang gives the same report on the emulated boards",
        "same"
    );
    Ok(())
}

/// A fresh copy of what the build needs. Unchanged files keep their time stamps, so that only
/// changes are recompiled; deleted files are deleted from the copy too.
fn copy(to: &Path) -> Outcome<()> {
    let root = workspace()?;
    for name in ["Cargo.toml", "Cargo.lock", "clippy.toml"] {
        copy_file(&root.join(name), &to.join(name))?;
    }
    for name in [
        "units",
        "link",
        "telemetry",
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
    // If the copy does not exist yet, there is nothing to remove.
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
