//! `cargo xtask firmware`: builds the image, checks its WFI instructions, seals it, and prints its
//! size.
//!
//! With `--measure` also what can be measured only while it runs: the deepest stack and the
//! instructions per wake, by the bench `image` of the rig, in QEMU. With `--sources DIR --target DIR`
//! the image of a copy of the workspace, such as a broken one, into the copy's build folder.

use crate::elf::Image;
use crate::seal::seal;
use crate::shell::{Failure, Outcome, cargo, run as run_command, target_dir, workspace};
use crate::toolchain::{self, TARGET, Toolchain};
use crate::wfi;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const IMAGE: &str = "thecal-pump-stm32f405";

const MEASURE: &str = "--measure";
const SOURCES: &str = "--sources";
const TARGET_DIR: &str = "--target";

/// STM32F405RG, RM0090 2.3. Unit: byte.
const FLASH_LEN: usize = 1 << 20;
const RAM_LEN: usize = 128 << 10;

pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    let is_measured = match arguments {
        [] => false,
        [only] if only == MEASURE => true,
        [sources, of, target, into] if sources == SOURCES && target == TARGET_DIR => {
            build(toolchain::find()?, Path::new(of), Path::new(into))?;
            return Ok(());
        }
        _ => {
            let all = format!("{MEASURE}, {SOURCES} DIR {TARGET_DIR} DIR, or nothing");
            return Err(Failure(format!("it takes {all}")));
        }
    };
    let toolchain = toolchain::find()?;
    let elf_path = build(toolchain, &workspace()?, &target_dir()?)?;
    row(
        "toolchain",
        format!("{} ({})", toolchain.name(), toolchain.version()),
    );
    describe(&elf_path)?;
    if is_measured {
        return measure(&elf_path);
    }
    row(
        "while it runs",
        format!("not measured: cargo xtask firmware {MEASURE}"),
    );
    Ok(())
}

/// One line of the table.
pub(crate) fn row(name: &str, value: impl std::fmt::Display) {
    println!("{name:<28}{value}");
}

/// Prints bytes, of how many.
fn share(name: &str, bytes: usize, of: usize) {
    let permille = bytes * 1000 / of;
    row(
        name,
        format!(
            "{bytes:>7} bytes of {of}, {}.{} %",
            permille / 10,
            permille % 10
        ),
    );
}

fn part(name: &str, bytes: usize) {
    row(&format!("  {name}"), format!("{bytes:>7} bytes"));
}

/// Prints an image's path, build id, and use of the chip.
pub(crate) fn describe(elf_path: &Path) -> Outcome<()> {
    let shown = elf_path.display();
    let bytes =
        fs::read(elf_path).map_err(|error| Failure(format!("failed to read {shown}: {error}")))?;
    let image =
        Image::parse(&bytes).ok_or_else(|| Failure(format!("{shown} is not a 32-bit ELF file")))?;
    let build_id = image
        .build_id()
        .ok_or_else(|| Failure(format!("{shown} carries no GNU build id")))?;
    row("image", &shown);
    row("build id", build_id);
    let (constant, initial) = image.flash();
    share("flash", constant + initial, FLASH_LEN);
    part("code and constants", constant);
    part("initial content of RAM", initial);
    let stack = stack(&image);
    share("RAM", image.ram() + stack.unwrap_or(0), RAM_LEN);
    let statics = [
        ("4PUMP", "pump, with a memory image"),
        ("8ENDPOINT", "link, with a memory image"),
    ];
    let mut rest = image.ram();
    for (symbol, what) in statics {
        if let Some((_, size)) = image.symbol(|name| name.contains(symbol)) {
            part(what, size);
            rest -= size;
        }
    }
    if rest < image.ram() {
        part("other static", rest);
    }
    if let Some(stack) = stack {
        part("stack, reserved", stack);
    }
    let sleeps = wfi::check(&bytes).map_err(|why| Failure(format!("{shown}: {why}")))?;
    for place in sleeps {
        row("sleeps at", format!("{place:#010x}, a multiple of 8"));
    }
    Ok(())
}

/// Space reserved for the stack, if the linker script defines it. Unit: byte.
fn stack(image: &Image<'_>) -> Option<usize> {
    let (start, _) = image.symbol(|name| name == "_stack_start")?;
    let (end, _) = image.symbol(|name| name == "_stack_end")?;
    start.checked_sub(end)
}

/// Runs the image in QEMU and prints the measurements.
fn measure(elf_path: &Path) -> Outcome<()> {
    let mut command = cargo();
    command
        .current_dir(workspace()?)
        .env("THECAL_ELF", elf_path)
        .args(["bench", "--quiet", "-p", "thecal-cli", "--bench", "image"]);
    run_command(&mut command)
}

/// Builds the image of these sources, the workspace's or a copy of them.
///
/// The flags are the same for both, so that a copy shares what is compiled for the workspace.
fn build(toolchain: Toolchain, sources: &Path, target: &Path) -> Outcome<PathBuf> {
    let root = workspace()?;
    // A separate folder: cargo must not discard the host's builds because of other flags.
    let build_dir = target.join("firmware-build").join(toolchain.name());
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(sources)
        .args(["build", "--quiet", "--package", "thecal-firmware"])
        .args(["--bin", IMAGE, "--features", "stm32f405"])
        .args(["--profile", "firmware", "--target", TARGET])
        .arg("--target-dir")
        .arg(&build_dir)
        .env_remove("RUSTFLAGS")
        .env("CARGO_TARGET_THUMBV7EM_NONE_EABIHF_RUSTFLAGS", flags(&root));
    if toolchain == Toolchain::Debian {
        command
            .arg("-Zbuild-std=core")
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env(
                "CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER",
                "arm-none-eabi-ld",
            );
    }
    run_command(&mut command)?;
    let built = build_dir.join(TARGET).join("firmware").join(IMAGE);
    let out_dir = target.join("firmware");
    let out = out_dir.join(format!("{IMAGE}.elf"));
    let failed =
        |why: &dyn std::fmt::Display| Failure(format!("failed to put {IMAGE}.elf in place: {why}"));
    let mut bytes = fs::read(&built).map_err(|error| failed(&error))?;
    wfi::check(&bytes).map_err(|why| failed(&why))?;
    seal(&mut bytes).map_err(|why| failed(&why))?;
    fs::create_dir_all(&out_dir)
        .and_then(|()| fs::write(&out, bytes))
        .map_err(|error| failed(&error))?;
    Ok(out)
}
/// Compiler flags that remove the paths of workspace and registry, so that the build id does not
/// depend on them.
fn flags(root: &Path) -> String {
    let mut flags = format!("--remap-path-prefix={}=.", root.display());
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    if let Some(home) = home {
        flags += &format!(" --remap-path-prefix={}=cargo", home.display());
    }
    flags
}
