//! `cargo xtask setup`: installs missing tools, and lists them.

use crate::firmware_c::{COMPILER, PACKAGE};
use crate::shell::{Failure, Outcome, ask, run as run_command, show};
use crate::toolchain::{self, DEBIAN_PACKAGES};
use std::path::Path;
use std::process::Command;

pub(crate) fn run(_arguments: &[String]) -> Outcome<()> {
    let mut missing = Vec::new();
    if ask("qemu-system-arm", &["--version"]).is_none() {
        missing.push("qemu-system-arm");
    }
    if ask(COMPILER, &["--version"]).is_none() {
        missing.push(PACKAGE);
    }
    // The clinical protocol of the example in Python.
    if ask("python3", &["--version"]).is_none() {
        missing.push("python3");
    }
    if let Err(Failure(why)) = toolchain::find() {
        println!("{why}");
        let absent = DEBIAN_PACKAGES
            .iter()
            .filter(|(_, proof)| !Path::new(proof).exists())
            .map(|(package, _)| *package);
        missing.extend(absent);
    }
    if missing.is_empty() {
        println!("nothing to install");
        return Ok(());
    }
    if ask("apt-get", &["--version"]).is_none() {
        return Err(Failure(format!(
            "apt-get is not here; install by hand: {}",
            missing.join(" ")
        )));
    }
    let is_root = ask("id", &["-u"]).as_deref() == Some("0");
    apt_get(is_root, &["update", "--quiet"])?;
    let install = ["install", "--yes", "--no-install-recommends"];
    apt_get(is_root, &[&install[..], &missing].concat())
}

fn apt_get(is_root: bool, arguments: &[&str]) -> Outcome<()> {
    let mut command = Command::new(if is_root { "apt-get" } else { "sudo" });
    if !is_root {
        command.arg("apt-get");
    }
    command.args(arguments);
    println!("{}", show(&command));
    run_command(&mut command)
}
