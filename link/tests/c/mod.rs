//! The C implementation, `include/thecal_link.c`, as a program that answers one request per line.
//!
//! Built by the host's C compiler, which Rust needs as its linker anyway; with address and
//! undefined-behaviour sanitizers if the compiler has them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// The flags under which the header must compile without warnings.
const STRICT: [&str; 7] = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Wshadow",
    "-Werror",
];
const SANITIZED: [&str; 3] = [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-g",
];

/// Path of the built program.
pub(crate) struct Codec(PathBuf);

impl Codec {
    /// Builds it under a separate name: tests of several files may run at once.
    pub(crate) fn build(name: &str) -> Self {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if compile(&out, &SANITIZED).is_err()
            && let Err(why) = compile(&out, &[])
        {
            panic!("{why}");
        }
        Self(out)
    }

    /// Sends all requests at once; returns one answer for each, in order.
    pub(crate) fn ask(&self, questions: &[String]) -> Vec<String> {
        let mut child = Command::new(&self.0)
            .env("ASAN_OPTIONS", "detect_leaks=0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program that was just built starts");
        let mut stdin = child.stdin.take().expect("is piped");
        let text = questions.join("\n") + "\n";
        let writer = thread::spawn(move || stdin.write_all(text.as_bytes()));
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "the C codec: {}", output.status);
        writer.join().expect("no panic").expect("it reads all");
        let answers: Vec<String> = String::from_utf8(output.stdout)
            .expect("ASCII")
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        assert_eq!(answers.len(), questions.len(), "one answer a question");
        answers
    }
}

fn compile(out: &Path, more: &[&str]) -> Result<(), String> {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = crate_dir.join("../examples/pump-in-c/src");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    let output = Command::new(&compiler)
        .args(STRICT)
        .args(["-O1"])
        .args(more)
        .arg("-I")
        .arg(crate_dir.join("include"))
        .arg("-I")
        .arg(&example)
        .arg(crate_dir.join("tests/c/codec.c"))
        .arg(crate_dir.join("include/thecal_link.c"))
        .arg(example.join("cmac.c"))
        .arg("-o")
        .arg(out)
        .output()
        .map_err(|error| {
            format!(
                "no C compiler `{compiler}`: {error}. The C header is checked against the Rust \
                 crate; install one (Debian: gcc) or name yours in CC"
            )
        })?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "`{compiler}` refuses the C codec:\n{}",
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
