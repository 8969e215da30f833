//! The broken pump: all bugs compiled at once, in a scratch copy below the build folder.
//!
//! The number of the bug that is on comes from the environment: of the copy's `thecal` when it runs,
//! of an image when it is built. On request the copy also says which bugs its run came by.

use crate::ExamError;
use crate::bug::Bug;
use crate::compiler::{self, Blamed, Culprits, Mistakes};
use crate::copy::{self, Replaced};
use crate::outline::{Bytes, covers};
use crate::switch::{Number, switch};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that turns a bug on.
pub(crate) const SWITCH: &str = "THECAL_BUG";
/// The variable that names the file of the bugs that a run came by.
pub(crate) const REACHED: &str = "THECAL_REACHED";
/// The variable with the numbers of bugs with which pumps run beside the sound one.
pub(crate) const BESIDE: &str = "THECAL_BESIDE";
/// The variable that names the file of those with which the pump reacted otherwise.
pub(crate) const DIFFERS: &str = "THECAL_DIFFERS";

/// Where the firmware's sources are, below the workspace.
pub(crate) const SOURCES: &str = "firmware/src";

/// The scratch copy of a workspace.
pub(crate) struct Broken {
    workspace: PathBuf,
    pub(crate) source: PathBuf,
    pub(crate) target: PathBuf,
}

/// The firmware with bugs: files by path below the workspace, and where each bug is in them.
pub(crate) struct Sources {
    files: Replaced,
    arms: BTreeMap<String, Vec<(Bytes, Number)>>,
    switches: BTreeMap<String, Vec<(Bytes, Number)>>,
    unconst: Vec<(String, Number)>,
}

impl Broken {
    /// The copy of a workspace, which may not exist yet.
    pub(crate) fn of(workspace: &Path) -> Self {
        let scratch = workspace.join("target/self-test");
        Self {
            workspace: workspace.to_owned(),
            source: scratch.join("source"),
            target: scratch.join("target"),
        }
    }

    /// The copy's `thecal`.
    pub(crate) fn program(&self) -> PathBuf {
        self.target.join("release/thecal")
    }

    /// Puts the sources into the copy.
    pub(crate) fn copy(&self, sources: &Sources) -> Result<(), ExamError> {
        let built = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        copy::seed(&self.workspace.join(built), &self.target)?;
        copy::copy(&self.workspace, &self.source, &sources.files)
    }

    /// Builds the copy's `thecal`.
    pub(crate) fn build(&self, sources: &Sources, bugs: &[Bug]) -> Result<(), ExamError> {
        match self.compile("thecal-cli", sources)? {
            Some(mistakes) => Err(mistakes.of(bugs)),
            None => Ok(()),
        }
    }

    /// Compiles a package of the copy; `None` if it compiles.
    pub(crate) fn compile(
        &self,
        package: &str,
        sources: &Sources,
    ) -> Result<Option<Mistakes>, ExamError> {
        let mut command = self.cargo();
        command.args(["build", "--release", "--quiet", "--package", package]);
        command.args(["--message-format", "json"]);
        compiler::run(&mut command, sources)
    }

    /// Builds the image with one bug on; returns its path.
    pub(crate) fn image(&self, number: Number) -> Result<PathBuf, ExamError> {
        let mut command = cargo();
        command
            .current_dir(&self.workspace)
            .env(SWITCH, number.to_string())
            .args(["xtask", "firmware", "--sources"])
            .arg(&self.source)
            .arg("--target")
            .arg(&self.target)
            .stdout(std::process::Stdio::null());
        let ended = command.status();
        let ended = ended.map_err(|error| ExamError::Unusable(format!("cargo: {error}")))?;
        if !ended.success() {
            let why = "the image of the bug that hangs cannot be built";
            return Err(ExamError::Unusable(why.to_owned()));
        }
        Ok(self.target.join("firmware/thecal-pump-stm32f405.elf"))
    }

    fn cargo(&self) -> Command {
        let mut command = cargo();
        command
            .current_dir(&self.source)
            .env("CARGO_TARGET_DIR", &self.target)
            .env_remove(SWITCH);
        command
    }
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

impl Sources {
    /// The firmware of a workspace with these bugs, all off.
    pub(crate) fn of(workspace: &Path, bugs: &BTreeMap<Number, &Bug>) -> Result<Self, ExamError> {
        let edits = bugs.values().flat_map(|bug| &bug.edits);
        let names: BTreeSet<&str> = edits.map(|edit| edit.file.as_str()).collect();
        let mut sources = Self {
            files: Replaced::new(),
            arms: BTreeMap::new(),
            switches: BTreeMap::new(),
            unconst: Vec::new(),
        };
        for name in names {
            let path = Path::new(SOURCES).join(name);
            let text = read(&workspace.join(&path)).map_err(|error| {
                let of_file = |bug: &&&Bug| bug.edits.iter().any(|edit| edit.file == name);
                let bug = bugs.values().find(of_file);
                ExamError::bug(bug.map_or("", |bug| &bug.name), &error.to_string())
            })?;
            let switched = switch(name, &text, bugs)?;
            let file = path.to_string_lossy().into_owned();
            sources.arms.insert(file.clone(), switched.arms);
            sources.switches.insert(file, switched.switches);
            sources.unconst.extend(switched.unconst);
            sources.files.insert(path, switched.text);
        }
        let largest = bugs.keys().next_back().copied().unwrap_or(0);
        sources.add_switch(workspace, largest)?;
        Ok(sources)
    }

    fn add_switch(&mut self, workspace: &Path, largest: Number) -> Result<(), ExamError> {
        let firmware = Path::new(SOURCES).join("lib.rs");
        let text = match self.files.remove(&firmware) {
            Some(text) => text,
            None => read(&workspace.join(&firmware))?,
        };
        // Warnings about code made superfluous by a switch do not matter.
        let quiet = text.replace("#![no_std]", "#![no_std]\n#![allow(warnings)]");
        let count = (largest + 1).to_string();
        let switch = SWITCH_OF_THE_FIRMWARE.replace("COUNT", &count);
        self.files.insert(firmware, quiet + &switch);
        // Every native pump is created there, and nothing above it knows the firmware.
        self.replace(
            workspace,
            "rig/reference/src/native.rs",
            ("use thecal_firmware::Pump;\n", "use self::exam::Pump;\n"),
            SWITCH_OF_THE_BENCH,
        )?;
        self.replace(
            workspace,
            "rig/cli/src/main.rs",
            (
                "    let cli = Cli::parse();\n",
                "    let cli = Cli::parse();\n    let _report = thecal_reference::native::Report;\n",
            ),
            "",
        )
    }

    /// Replaces a line that is there once, and adds more at the end.
    fn replace(
        &mut self,
        workspace: &Path,
        file: &str,
        (from, to): (&str, &str),
        end: &str,
    ) -> Result<(), ExamError> {
        let text = read(&workspace.join(file))?;
        if text.matches(from).count() != 1 {
            let from = from.trim();
            return Err(ExamError::Unusable(format!(
                "{file} has no single line `{from}`, where the switch belongs"
            )));
        }
        let text = text.replace(from, to) + end;
        self.files.insert(file.into(), text);
        Ok(())
    }
}

impl Culprits for Sources {
    /// The bug whose arm contains these bytes of a file of the copy, the innermost; where none does,
    /// those of the innermost switch.
    fn bugs_at(&self, file: &str, bytes: &Bytes, what: Blamed) -> Vec<Number> {
        let of = match what {
            Blamed::Arm => &self.arms,
            Blamed::Switch => &self.switches,
        };
        let all = of.get(file).into_iter().flatten();
        let around = all.filter(|(one, _)| one.start <= bytes.start && bytes.start < one.end);
        let inner = around.clone().map(|(one, _)| one.len()).min();
        let inner = around.filter(|(one, _)| Some(one.len()) == inner);
        inner.map(|(_, bug)| *bug).collect()
    }

    fn bugs_within(&self, file: &str, bytes: &Bytes) -> Vec<Number> {
        let all = self.switches.get(file).into_iter().flatten();
        let within = all.filter(|(one, _)| covers(bytes, one));
        within.map(|(_, bug)| *bug).collect()
    }

    /// The bugs that took the `const` from a function of this name.
    fn bugs_of_function(&self, name: &str) -> Vec<Number> {
        let named = self.unconst.iter().filter(|(function, _)| function == name);
        named.map(|(_, bug)| *bug).collect()
    }
}

fn read(path: &Path) -> Result<String, ExamError> {
    fs::read_to_string(path).map_err(|error| ExamError::file(path, &error))
}

/// Added to the copy's firmware.
const SWITCH_OF_THE_FIRMWARE: &str = include_str!("../inserted/firmware.rs");
/// Added to the copy's native bench.
const SWITCH_OF_THE_BENCH: &str = include_str!("../inserted/native.rs");
