//! Passes the linker scripts to the image; does nothing for the host library.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=memory.x");
    println!("cargo::rerun-if-changed=image.x");
    let is_thumb = env::var("TARGET").is_ok_and(|target| target.starts_with("thumb"));
    if !is_thumb || env::var_os("CARGO_FEATURE_STM32F405").is_none() {
        return Ok(());
    }
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    for script in ["memory.x", "image.x"] {
        fs::copy(script, Path::new(&out).join(script))?;
    }
    println!("cargo::rustc-link-search={}", Path::new(&out).display());
    for argument in ["-Timage.x", "-Tlink.x", "--build-id=sha1", "--nmagic"] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
    Ok(())
}
