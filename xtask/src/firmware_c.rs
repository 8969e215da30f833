//! `cargo xtask firmware-c`: builds the example pump in C, checks its WFI instructions, and
//! describes it.

use crate::firmware::{describe, row};
use crate::shell::{Failure, Outcome, ask, run as run_command, target_dir, workspace};
use crate::wfi;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const IMAGE: &str = "pump-in-c";
/// The compiler, and the Debian package that contains it.
pub(crate) const COMPILER: &str = "arm-none-eabi-gcc";
pub(crate) const PACKAGE: &str = "gcc-arm-none-eabi";

/// The C++ compiler in the same package: the header must also compile as C++.
const COMPILER_CPP: &str = "arm-none-eabi-g++";
const CODEC: &str = "link/include/thecal_link.c";

/// Warning flags of the codec, used for every file.
const STRICT: [&str; 6] = [
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Wshadow",
    "-Werror",
];

/// For the chip, without libraries, and without unused functions in the image. Copying loops stay
/// loops: the compiler must not turn the `memcpy` of `startup.c` into a call of itself.
const BARE: [&str; 12] = [
    "-mcpu=cortex-m4",
    "-mthumb",
    "-mfloat-abi=soft",
    "-Os",
    "-g",
    "-ffreestanding",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-tree-loop-distribute-patterns",
    "-nostdlib",
    "-Wl,--gc-sections,--nmagic",
    "-Wl,--build-id=sha1",
];

pub(crate) fn run(_arguments: &[String]) -> Outcome<()> {
    let Some(version) = ask(COMPILER, &["--version"]) else {
        return Err(Failure(format!(
            "no {COMPILER}. To get it, run `cargo xtask setup`, or: apt-get install \
             --no-install-recommends {PACKAGE}"
        )));
    };
    check_as_cpp()?;
    let elf_path = build()?;
    let version = version.lines().next().unwrap_or_default();
    row("toolchain", version);
    describe(&elf_path)
}

/// Checks that the codec also compiles as C++.
fn check_as_cpp() -> Outcome<()> {
    let mut command = Command::new(COMPILER_CPP);
    command
        .current_dir(workspace()?)
        .args(["-x", "c++", "-std=c++11"])
        .args(STRICT)
        .args(["-mcpu=cortex-m4", "-mthumb", "-ffreestanding"])
        .args(["-fsyntax-only", CODEC]);
    run_command(&mut command)
}

fn build() -> Outcome<PathBuf> {
    let root = workspace()?;
    let target = target_dir()?;
    // Built elsewhere until it is checked: an image in its final place is valid.
    let (build_dir, out_dir) = (target.join("firmware-build"), target.join("firmware"));
    let [built, out] = [&build_dir, &out_dir].map(|dir| dir.join(format!("{IMAGE}.elf")));
    fs::create_dir_all(&build_dir)
        .and_then(|()| fs::create_dir_all(&out_dir))
        .map_err(|error| Failure(format!("failed to make room for {IMAGE}.elf: {error}")))?;
    let mut command = Command::new(COMPILER);
    command
        .current_dir(&root)
        .arg("-std=c99")
        .args(STRICT)
        .args(BARE)
        // The build id must not depend on the path of the workspace.
        .arg(format!("-ffile-prefix-map={}=.", root.display()))
        .args(["-I", "link/include"])
        .args(sources(&root)?)
        .arg(CODEC)
        .args(["-T", "examples/pump-in-c/link.ld"])
        .args(["-lgcc", "-o"])
        .arg(&built);
    run_command(&mut command)?;
    let failed =
        |why: &dyn std::fmt::Display| Failure(format!("failed to put {IMAGE}.elf in place: {why}"));
    let bytes = fs::read(&built).map_err(|error| failed(&error))?;
    wfi::check(&bytes).map_err(|why| failed(&why))?;
    fs::write(&out, bytes).map_err(|error| failed(&error))?;
    Ok(out)
}

/// All C files of the example, ordered by name, relative to the root of the workspace.
fn sources(root: &Path) -> Outcome<Vec<PathBuf>> {
    let folder = Path::new("examples/pump-in-c/src");
    let entries = fs::read_dir(root.join(folder))
        .map_err(|error| Failure(format!("failed to read {}: {error}", folder.display())))?;
    let mut names: Vec<PathBuf> = entries
        .filter_map(|entry| Some(folder.join(entry.ok()?.file_name())))
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    names.sort();
    Ok(names)
}
