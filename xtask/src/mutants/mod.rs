//! `cargo xtask break`: breaks the reference firmware deliberately, one safety measure at a time,
//! in a scratch copy, and requires that the scenario library detects it.
//!
//! All mutations are compiled at once, each enabled by a number that the copy's `thecal` reads from
//! the environment: one build, however many there are. If the text to replace does not occur
//! exactly once, the task fails: a mutation that changes nothing must not look like one that
//! survived.

mod records;
mod scratch;
mod table;

use crate::shell::{
    Failure, Outcome, cargo, file_error, read, run as run_command, target_dir, workspace,
};
use crate::{firmware, toolchain};
use records::Record;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use table::{HANGING_STORY, MUTATIONS, Mutation};

/// The variable that enables a mutation: in the copy's `thecal` when it runs, in an image when it is
/// built.
const SWITCH: &str = "THECAL_MUTATION";

/// The mutations' names, for other modules that refer to them.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MUTATIONS.iter().map(|mutation| mutation.name)
}

pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    let scratch = workspace()?.join("target/broken");
    let source = scratch.join("source");
    scratch::seed(&target_dir()?, &scratch.join("target"))?;
    scratch::copy(&source)?;
    switch(&source)?;
    let filter = arguments.first().map_or("", String::as_str);
    let wanted = (1..).zip(MUTATIONS);
    let wanted = wanted.filter(|(_, mutation)| mutation.name.contains(filter));
    let wanted: Vec<(u32, &Mutation)> = wanted.collect();
    let hanging = wanted.iter().find(|(_, mutation)| mutation.hangs);
    let image = build(&source, &scratch, hanging.map(|(number, _)| *number))?;
    let mut survivors = Vec::new();
    for &(number, mutation) in &wanted {
        if !is_caught(&source, &scratch, number, mutation)? {
            survivors.push(mutation.name);
        }
    }
    if let (Some((number, _)), Some(image)) = (hanging, image) {
        same_hang_on_the_board(&source, &scratch, *number, &image)?;
    }
    if survivors.is_empty() {
        return Ok(());
    }
    Err(Failure(format!(
        "the library did not notice: {}",
        survivors.join(", ")
    )))
}

/// Builds the copy's `thecal`, and beside it the image of the mutation that hangs: neither build keeps
/// two processors busy.
fn build(source: &Path, scratch: &Path, hanging: Option<u32>) -> Outcome<Option<PathBuf>> {
    let target = scratch.join("target");
    let build_image = |number: u32| {
        let switched_on = [(SWITCH, number.to_string())];
        let switched_on = switched_on
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        firmware::build(toolchain::find()?, source, &target, &switched_on)
    };
    let mut build = cargo();
    build
        .current_dir(source)
        .env("CARGO_TARGET_DIR", &target)
        .env_remove(SWITCH)
        .args(["build", "--quiet", "--release", "-p", "thecal-cli"]);
    thread::scope(|scope| {
        let image = hanging.map(|number| scope.spawn(move || build_image(number)));
        run_command(&mut build)?;
        let joined = |image: thread::ScopedJoinHandle<'_, _>| {
            let panicked = |_| Failure("the build of the image panicked".to_owned());
            image.join().map_err(panicked)?
        };
        image.map(joined).transpose()
    })
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
        &["--out", &folder, "--files", "record"],
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
    files.insert(firmware, quiet + SWITCH_OF_THE_FIRMWARE);
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

/// Added to the copy's firmware. The mutation that is enabled from the start is that of the
/// environment while it is compiled.
const SWITCH_OF_THE_FIRMWARE: &str = r#"
/// The mutation that is on.
pub static MUTATION: core::sync::atomic::AtomicU32 =
    core::sync::atomic::AtomicU32::new(match option_env!("THECAL_MUTATION") {
        Some(text) => match u32::from_str_radix(text, 10) {
            Ok(number) => number,
            Err(_) => panic!("THECAL_MUTATION is no number"),
        },
        None => 0,
    });

pub(crate) fn mutated(number: u32) -> bool {
    MUTATION.load(core::sync::atomic::Ordering::Relaxed) == number
}
"#;

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
fn same_hang_on_the_board(source: &Path, scratch: &Path, number: u32, image: &Path) -> Outcome<()> {
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
