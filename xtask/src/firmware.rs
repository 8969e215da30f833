//! `cargo xtask firmware`: builds the image and says what it is.

use crate::elf::Image;
use crate::shell::{Failure, Outcome, run as run_command, target_dir, workspace};
use crate::toolchain::{self, TARGET, Toolchain};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const IMAGE: &str = "thecal-pump-stm32f405";

pub(crate) fn run(_arguments: &[String]) -> Outcome<()> {
    let toolchain = toolchain::find()?;
    let elf_path = build(toolchain)?;
    println!("toolchain  {} ({})", toolchain.name(), toolchain.version());
    describe(&elf_path)
}

/// Says what an image is: its sizes, its build id, where it lies.
pub(crate) fn describe(elf_path: &Path) -> Outcome<()> {
    let shown = elf_path.display();
    let bytes =
        fs::read(elf_path).map_err(|error| Failure(format!("failed to read {shown}: {error}")))?;
    let image =
        Image::parse(&bytes).ok_or_else(|| Failure(format!("{shown} is not a 32-bit ELF file")))?;
    let build_id = image
        .build_id
        .ok_or_else(|| Failure(format!("{shown} carries no GNU build id")))?;
    println!("text       {:>7} bytes in flash", image.text);
    println!("data       {:>7} bytes in flash and RAM", image.data);
    println!("bss        {:>7} bytes in RAM", image.bss);
    println!("build id   {build_id}");
    println!("image      {shown}");
    Ok(())
}

fn build(toolchain: Toolchain) -> Outcome<PathBuf> {
    let root = workspace()?;
    let target = target_dir()?;
    // A folder of its own: cargo must not throw away the host's builds for other flags.
    let build_dir = target.join("firmware-build").join(toolchain.name());
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(&root)
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
    fs::create_dir_all(&out_dir)
        .and_then(|()| fs::copy(&built, &out))
        .map_err(|error| Failure(format!("failed to put {IMAGE}.elf in place: {error}")))?;
    Ok(out)
}

/// Names files from the workspace and the registry, so that the build id does not depend on where
/// they lie.
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
