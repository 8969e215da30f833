//! The compiler for the image: rustup's, or Debian's `rustc-web` with its own `core`.

use crate::shell::{Failure, Outcome, ask};
use std::path::Path;

/// The image's target.
pub(crate) const TARGET: &str = "thumbv7em-none-eabihf";
/// Debian's compiler, its library sources and the linker: package, and a file that proves it.
pub(crate) const DEBIAN_PACKAGES: [(&str, &str); 3] = [
    ("rustc-web", "/usr/bin/rustc"),
    ("rust-web-src", "/usr/lib/rustlib/src/rust/library/core"),
    ("binutils-arm-none-eabi", "/usr/bin/arm-none-eabi-ld"),
];
/// Manual choice: `rustup` or `debian`.
const CHOICE: &str = "THECAL_TOOLCHAIN";
/// Oldest compiler accepted by the workspace, as in `rust-version`.
const OLDEST: (u32, u32) = (1, 95);

/// A way to build the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The current compiler, with a ready `core` for the target.
    Rustup,
    /// Debian's compiler; `core` is built as well.
    Debian,
}

impl Toolchain {
    pub(crate) fn name(self) -> &'static str {
        ["rustup", "debian"][self as usize]
    }

    /// Version of its compiler.
    pub(crate) fn version(self) -> String {
        let is_debian = self == Self::Debian;
        let rustc = if is_debian { "/usr/bin/rustc" } else { "rustc" };
        ask(rustc, &["--version"]).unwrap_or_default()
    }
}

/// Finds a toolchain, or reports what was tried.
pub(crate) fn find() -> Outcome<Toolchain> {
    let choice = std::env::var(CHOICE).unwrap_or_default();
    let ways: &[Toolchain] = match choice.as_str() {
        "" => &[Toolchain::Rustup, Toolchain::Debian],
        "rustup" => &[Toolchain::Rustup],
        "debian" => &[Toolchain::Debian],
        other => {
            return Err(Failure(format!(
                "{CHOICE}={other}: not `rustup` or `debian`"
            )));
        }
    };
    let mut tried = String::new();
    for &way in ways {
        let looked = match way {
            Toolchain::Rustup => look_at_rustup(),
            Toolchain::Debian => look_at_debian(),
        };
        let Err(why) = looked else { return Ok(way) };
        tried += &format!("\n  {}: {why}", way.name());
    }
    let packages = DEBIAN_PACKAGES.map(|(package, _)| package).join(" ");
    Err(Failure(format!(
        "no toolchain for {TARGET}. Tried:{tried}\nTo get one, run `cargo xtask setup`, or one of:\n  \
         rustup target add {TARGET}\n  apt-get install {packages}"
    )))
}

/// Whether the current compiler has a `core` for the target; asks rustup to install it if possible.
fn look_at_rustup() -> Result<(), String> {
    if has_target() {
        return Ok(());
    }
    if ask("rustup", &["--version"]).is_none() {
        return Err("the compiler in use lacks the target, and rustup is not here".to_owned());
    }
    if ask("rustup", &["target", "add", TARGET]).is_none() || !has_target() {
        return Err(format!("`rustup target add {TARGET}` failed"));
    }
    Ok(())
}

fn has_target() -> bool {
    ask("rustc", &["--print", "target-libdir", "--target", TARGET])
        .is_some_and(|dir| Path::new(&dir).is_dir())
}

fn look_at_debian() -> Result<(), String> {
    for (package, proof) in DEBIAN_PACKAGES {
        if !Path::new(proof).exists() {
            return Err(format!("package {package} is missing ({proof})"));
        }
    }
    let version = Toolchain::Debian.version();
    let mut numbers = version
        .split([' ', '.'])
        .filter_map(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) if (major, minor) >= OLDEST => Ok(()),
        _ => Err(format!(
            "/usr/bin/rustc is `{version}`, needed is {}.{}",
            OLDEST.0, OLDEST.1
        )),
    }
}
