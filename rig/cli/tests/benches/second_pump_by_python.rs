//! A clinical protocol as a process: the example in Python speaks for both pumps, and a process that breaks
//! makes an error of the rig. Never skipped: without Python these tests fail and say how to get it.

use crate::second_pump::{day_of_boluses, image, library, root};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;
use thecal_bench::protocol::ProtocolProgrammer;
use thecal_bench::protocol::conformance::checks;
use thecal_cli::registry::{BENCHES, pump_of, pumps};
use thecal_engine::programmer::{Programmer as _, Sender};
use thecal_engine::pumps::Pumps;
use thecal_engine::run::Progress;
use thecal_engine::verdict::Verdict;
use thecal_plan::{ProtocolProcess, Request, Scenario};
use thecal_suite::{BenchKind, CaseResult, Options, run_case};
use thecal_units::Millis;

/// The example, run by Python.
fn example() -> Vec<String> {
    let version = Command::new("python3").arg("--version").output();
    assert!(
        version.is_ok_and(|output| output.status.success()),
        "no python3: `cargo xtask setup` installs it"
    );
    let file = root().join("examples/protocol-in-python/protocol.py");
    vec!["python3".to_owned(), file.to_str().unwrap().to_owned()]
}

fn process(command: &[String], deadline: Millis) -> ProtocolProcess {
    ProtocolProcess {
        command: command.to_vec(),
        folder: root(),
        deadline,
    }
}

/// The profile of a pump that is built in, with a program in place of its protocol.
fn spoken_by(pump: &str, command: &[String], deadline: &str) -> (TempDir, Pumps) {
    let folder = tempfile::tempdir().unwrap();
    let profile = root().join("pumps").join(pump).with_extension("toml");
    let text = fs::read_to_string(profile).unwrap();
    let words = format!("command = {command:?}\ndeadline = {deadline:?}\n");
    let line = text
        .lines()
        .find(|line| line.starts_with("built-in"))
        .unwrap();
    let file = folder.path().join("profile.toml");
    fs::write(&file, text.replace(line, &words)).unwrap();
    let pumps = pump_of(&file).unwrap();
    (folder, pumps)
}

fn run(scenario: Scenario, bench: &str, pumps: Pumps) -> CaseResult {
    let bench = BenchKind::named(bench, &image(), BENCHES).unwrap();
    let progress = Arc::new(Progress::default());
    let options = Options::new(pumps);
    let reports = root().join("reports");
    run_case(
        &Arc::new(scenario),
        &reports,
        &bench,
        &options,
        None,
        &progress,
    )
}

#[test]
fn the_example_keeps_to_the_protocol() {
    for check in checks(&process(&example(), Millis::from_secs(60))) {
        assert_eq!(check.wrong, None, "{}", check.what);
    }
}

#[test]
fn the_pump_in_c_passes_a_quiet_day_and_a_day_of_boluses() {
    for scenario in [library("therapy/quiet-day-of-morphine"), day_of_boluses()] {
        let (_kept, pumps) = spoken_by("pump-in-c", &example(), "1 min");
        let case = run(scenario, "qemu-uart", pumps);
        let reasons = &case.record.reasons;
        assert_eq!(case.record.verdict, Verdict::Pass, "{reasons:?}");
    }
}

/// The same bytes as with the programmer that is built in, but for the count of rules: the example reads no
/// prescription, alarms and health at the end.
#[test]
fn the_reference_pump_gives_the_same_report() {
    for id in ["bolus/two-remotes-at-once", "bolus/instead-of-the-infusion"] {
        let (_kept, by_python) = spoken_by("reference", &example(), "1 min");
        let [python, built_in] = [by_python, pumps()].map(|pumps| {
            let case = run(library(id), "native", pumps);
            let body = case
                .body
                .unwrap_or_else(|| panic!("{:?}", case.record.reasons));
            let (before, counts) = body.split_once("what its requirements say (").unwrap();
            let (_, behind) = counts.split_once('\n').unwrap();
            [before.to_owned(), behind.to_owned()]
        });
        assert_eq!(python, built_in);
    }
}

#[test]
fn a_second_process_that_is_asked_the_same_is_in_the_same_state() {
    let mut programmer =
        ProtocolProgrammer::start(&process(&example(), Millis::from_secs(60))).unwrap();
    let build = |programmer: &mut dyn thecal_engine::programmer::Programmer| {
        let packet = programmer.packet(Sender::Clinician, &Request::Start, Millis::ZERO);
        packet.unwrap().as_slice().to_vec()
    };
    let first = build(&mut programmer);
    let mut copy = programmer.fork().unwrap();
    let [one, other] = [build(&mut programmer), build(copy.as_mut())];
    assert_eq!(one, other);
    assert_ne!(first, one);
}

/// A program in Python that says hello, notes its process in `pid`, and then does this with each question.
fn program(folder: &Path, then: &str) -> Vec<String> {
    let text = format!(
        "import json, os, sys, time\n\
         open('pid', 'w').write(str(os.getpid()))\n\
         hello = {{'protocol': 'thecal-protocol/1', 'name': 'broken', 'clone': False}}\n\
         print(json.dumps({{'id': 1, 'hello': hello}}), flush=True)\n\
         sys.stdin.readline()\n\
         for line in sys.stdin:\n    {then}\n"
    );
    let file = folder.join("broken.py");
    fs::write(&file, text).unwrap();
    vec!["python3".to_owned(), file.to_str().unwrap().to_owned()]
}

/// Whether a process is there and no remains of one.
fn is_alive(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.contains("State:") && !status.contains("State:\tZ")
}

#[test]
fn a_process_that_breaks_is_an_error_and_leaves_nothing_behind() {
    let ways = [
        ("sys.exit('out of ideas')", "out of ideas"),
        ("print('hello?', flush=True)", "`hello?`, which is not JSON"),
        ("time.sleep(3600)", "did not answer within 5 s"),
        (
            "print('{\"id\": 0, \"steps\": []}', flush=True)",
            "whose `id` is not 2",
        ),
        (
            "print('{\"id\": 2, \"error\": \"no key\"}', flush=True)",
            "an error: no key",
        ),
        (
            "sys.stdout.write('x' * (2 << 20)); sys.stdout.flush(); time.sleep(3600)",
            "without an end",
        ),
    ];
    for (then, why) in ways {
        let home = tempfile::tempdir().unwrap();
        let command = program(home.path(), then);
        let (folder, pumps) = spoken_by("reference", &command, "5 s");
        let case = run(library("therapy/quiet-day-of-morphine"), "native", pumps);
        let reasons = &case.record.reasons;
        assert_eq!(case.record.verdict, Verdict::Error, "{then}: {reasons:?}");
        assert!(
            reasons.iter().any(|reason| reason.contains(why)),
            "{then}: {reasons:?}"
        );
        let pid = fs::read_to_string(folder.path().join("pid")).unwrap();
        assert!(!is_alive(&pid), "{then}: process {pid} is still there");
    }
}

#[test]
fn a_program_of_another_version_is_named_by_the_conformance_test() {
    let home = tempfile::tempdir().unwrap();
    let command = program(home.path(), "pass");
    let file = home.path().join("broken.py");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        text.replace("thecal-protocol/1", "thecal-protocol/9"),
    )
    .unwrap();
    let process = ProtocolProcess {
        folder: home.path().to_owned(),
        ..process(&command, Millis::from_secs(60))
    };
    let told = checks(&process);
    let [only] = told.as_slice() else {
        panic!("{told:?}");
    };
    let wrong = only.wrong.as_deref().unwrap_or_default();
    assert!(
        wrong.contains("speaks `thecal-protocol/9`, and this rig `thecal-protocol/1`"),
        "{wrong}"
    );
}

/// The commands of docs/your-firmware.md, from zero to the first verdict, as they are: only the build folder is
/// this test's, and what is built already is not built again.
#[test]
fn the_commands_of_the_page_lead_to_a_verdict() {
    let page = fs::read_to_string(root().join("docs/your-firmware.md")).unwrap();
    let (_, section) = page
        .split_once("## From zero to the first verdict")
        .unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("my-pump");
    let (program, image) = (env!("CARGO_BIN_EXE_thecal"), image());
    let mut count = 0;
    for block in section.split("```sh\n").skip(1) {
        let (commands, _) = block.split_once("```").unwrap();
        for command in commands
            .lines()
            .filter(|line| !line.contains("firmware-c") || line.contains("run"))
        {
            let line = command
                .replace("cargo thecal", program)
                .replace("target/my-pump", mine.to_str().unwrap())
                .replace("target/firmware/pump-in-c.elf", image.to_str().unwrap());
            let output = Command::new("sh")
                .args(["-c", &line])
                .current_dir(root())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            let failed = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{command}\n{said}{failed}");
            count += 1;
        }
    }
    assert!(count >= 6, "{count} commands");
}
