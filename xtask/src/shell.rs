//! Runs other programs; failures are sentences.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a task failed, as text.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

pub(crate) type Outcome<T> = Result<T, Failure>;

/// The cargo that runs this task.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program that shares our output.
pub(crate) fn run(command: &mut Command) -> Outcome<()> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure(format!("`{}` ended with {status}", show(command)))),
        Err(error) => Err(Failure(format!(
            "failed to start `{}`: {error}",
            show(command)
        ))),
    }
}

/// Runs a program and appends what it prints, on both of its outputs, to `output`.
pub(crate) fn run_quietly(command: &mut Command, output: &mut String) -> Outcome<()> {
    let shown = show(command);
    let failed = |error: io::Error| Failure(format!("failed to start `{shown}`: {error}"));
    let (mut reader, writer) = io::pipe().map_err(failed)?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer.try_clone().map_err(failed)?)
        .stderr(writer)
        .spawn()
        .map_err(failed)?;
    // The command keeps the writing end open until it is given something else.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut bytes = Vec::new();
    let read = reader.read_to_end(&mut bytes);
    let status = child.wait();
    *output += &String::from_utf8_lossy(&bytes);
    match (read, status) {
        (Ok(_), Ok(status)) if status.success() => Ok(()),
        (Ok(_), Ok(status)) => Err(Failure(format!("`{shown}` ended with {status}"))),
        (Err(error), _) | (_, Err(error)) => Err(failed(error)),
    }
}

/// Runs a program quietly; returns its standard output, or `None` if it is missing or fails.
pub(crate) fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

pub(crate) fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The root of the workspace.
pub(crate) fn workspace() -> Outcome<PathBuf> {
    let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let root = crate_dir.and_then(|dir| Some(dir.parent()?.to_path_buf()));
    root.ok_or_else(|| Failure("start it with `cargo xtask`".to_owned()))
}

/// The folder of cargo's build output.
pub(crate) fn target_dir() -> Outcome<PathBuf> {
    let dir = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    Ok(workspace()?.join(dir))
}

/// The failure for a file error.
pub(crate) fn file_error(path: &Path, error: &io::Error) -> Failure {
    Failure(format!("{}: {error}", path.display()))
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| file_error(path, &error))
}
