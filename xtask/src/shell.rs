//! Running other programs, and failing with a sentence.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a task failed, for people.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub(crate) fn because(what: impl std::fmt::Display, cause: impl std::fmt::Display) -> Self {
        Self(format!("{what}: {cause}"))
    }
}

/// Runs a program whose output goes to ours.
pub(crate) fn run(command: &mut Command) -> Outcome<()> {
    let shown = show(command);
    let status = command
        .status()
        .map_err(|error| Failure::because(format_args!("failed to start `{shown}`"), error))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure(format!("`{shown}` ended with {status}")))
    }
}

/// Runs a program quietly; its standard output, or `None` where it is missing or fails.
pub(crate) fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
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
    let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR")
        .ok_or_else(|| Failure("start it with `cargo xtask`".to_owned()))?;
    Path::new(&crate_dir)
        .parent()
        .map(Path::to_path_buf)
        .ok_or_else(|| Failure("the xtask crate has no parent folder".to_owned()))
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> Outcome<PathBuf> {
    let root = workspace()?;
    Ok(match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root.join(dir),
        None => root.join("target"),
    })
}
