//! Bugs in the pump in C, each in a scratch copy of its source: the rig has no story of this pump's own, and
//! every one of them fails.

use crate::second_pump::{day_of_boluses, library, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;
use thecal_cli::registry::{BENCHES, pumps};
use thecal_engine::run::Progress;
use thecal_engine::verdict::Verdict;
use thecal_plan::Scenario;
use thecal_scenario::parse;
use thecal_suite::{BenchKind, CaseResult, Options, run_case};

/// A file of the source, a text in it, and the text with the bug.
struct Bug(&'static str, &'static str, &'static str);

/// Built as `cargo xtask firmware-c` does, without its warnings: a bug may leave something unused.
fn built(bug: &Bug) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("room");
    let sources = root().join("examples/pump-in-c/src");
    for entry in fs::read_dir(sources).expect("the source") {
        let from = entry.expect("a file").path();
        fs::copy(&from, folder.path().join(from.file_name().expect("a name"))).expect("room");
    }
    let Bug(file, sound, broken) = bug;
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).expect("a file of the source");
    assert_eq!(text.matches(sound).count(), 1, "once in {file}: {sound}");
    fs::write(&path, text.replace(sound, broken)).expect("room");
    let image = folder.path().join("pump.elf");
    compile(folder.path(), &image);
    (folder, image)
}

fn compile(folder: &Path, image: &Path) {
    let c_files = fs::read_dir(folder).expect("the copy");
    let c_files = c_files.map(|entry| entry.expect("a file").path());
    let c_files = c_files.filter(|path| path.extension().is_some_and(|it| it == "c"));
    let output = Command::new("arm-none-eabi-gcc")
        .current_dir(root())
        .args([
            "-std=c99",
            "-mcpu=cortex-m4",
            "-mthumb",
            "-mfloat-abi=soft",
            "-Os",
        ])
        .args([
            "-ffreestanding",
            "-ffunction-sections",
            "-fdata-sections",
            "-nostdlib",
        ])
        .args([
            "-fno-tree-loop-distribute-patterns",
            "-Wl,--gc-sections,--nmagic",
        ])
        .args(["-Wl,--build-id=sha1", "-I", "link/include"])
        .args(c_files)
        .args([
            "link/include/thecal_link.c",
            "-T",
            "examples/pump-in-c/link.ld",
            "-lgcc",
            "-o",
        ])
        .arg(image)
        .output()
        .expect("a compiler for the chip: `cargo xtask setup` installs it");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

fn run(scenario: Scenario, image: &Path) -> CaseResult {
    let bench = BenchKind::named("qemu-uart", image, BENCHES).expect("every rig has it");
    let progress = Arc::new(Progress::default());
    let options = Options::new(pumps());
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

/// The bug fails, by a finding that names one of these rules or expectations.
fn fails(bug: &Bug, scenario: Scenario, by: &str) {
    let (_kept, image) = built(bug);
    let case = run(scenario, &image);
    let reasons = &case.record.reasons;
    assert_eq!(case.record.verdict, Verdict::Fail, "{reasons:?}");
    assert!(
        reasons.iter().any(|reason| reason.contains(by)),
        "{reasons:?}"
    );
}

#[test]
fn a_lockout_of_half_its_length_fails() {
    let bug = Bug(
        "bolus.c",
        "granted_within(p, p->rx.bolus.lockout_ms) > 0",
        "granted_within(p, p->rx.bolus.lockout_ms / 2u) > 0",
    );
    fails(&bug, day_of_boluses(), "spec:lockout: ");
}

#[test]
fn one_bolus_a_day_too_many_fails() {
    let bug = Bug(
        "bolus.c",
        "granted_within(p, DAY_MS) >= p->rx.bolus.daily_maximum",
        "granted_within(p, DAY_MS) > p->rx.bolus.daily_maximum",
    );
    fails(&bug, day_of_boluses(), "spec:daily-maximum: ");
}

#[test]
fn a_bolus_that_is_given_one_and_a_half_times_fails() {
    let bug = Bug(
        "bolus.c",
        "return given->per_ms * span + rest;",
        "return given->per_ms * span * 3u / 2u + rest;",
    );
    fails(&bug, day_of_boluses(), "spec:bolus-not-more: ");
}

#[test]
fn grants_that_a_reset_forgets_fail() {
    let bug = Bug(
        "bolus.c",
        "b->grants[i] = get_number(bytes + i * 5u, 5);",
        "b->grants[i] = get_number(bytes + i * 5u, 5) * 0u;",
    );
    let text = r#"
title    = "A reset between two presses"
seed     = 3
duration = "4 h"
[patient]
tolerance = "chronic"
[pump]
drug          = "morphine"
concentration = "2 mg/mL"
reservoir     = "18 mL"
[therapy]
dose          = "1 mg/day"
patient-bolus = { dose = "50 µg", duration = "5 min", lockout = "2 h", daily-maximum = 6 }
[[timeline]]
at    = "1 h"
press = { remote = 1 }
[[fault]]
start    = "1 h 20 min"
duration = "1 s"
reset    = {}
[[timeline]]
at    = "1 h 40 min"
press = { remote = 1 }
[[expect]]
name  = "no-alarm"
never = "alarm.critical"
"#;
    let story = parse("test/grants", "grants.toml", text).expect("a valid scenario");
    fails(&bug, story, "spec:lockout: ");
}

#[test]
fn an_infusion_that_is_five_percent_slow_fails() {
    let bug = Bug(
        "metering.c",
        "m->dose = dose_ng_per_day;",
        "m->dose = dose_ng_per_day - dose_ng_per_day / 20u;",
    );
    let story = library("therapy/quiet-day-of-morphine");
    fails(&bug, story, "spec:dose-not-less: ");
}

#[test]
fn an_alarm_that_sounds_once_and_never_again_fails() {
    let bug = Bug(
        "pump.c",
        "p->next_critical_ms = p->clock_ms + interval(p->rx.critical_interval_ms);",
        "p->next_critical_ms = THECAL_NEVER;",
    );
    let text = r#"
title    = "The reservoir runs empty"
seed     = 3
duration = "30 h"
[patient]
tolerance = "chronic"
[pump]
drug          = "morphine"
concentration = "2 mg/mL"
reservoir     = "0.5 mL"
[therapy]
dose = "1 mg/day"
[[expect]]
name       = "it-runs-empty"
eventually = "log.empty-reservoir >= 1"
after      = "20 h"
"#;
    let story = parse("test/empty", "empty.toml", text).expect("a valid scenario");
    fails(&bug, story, "spec:alarm-sounds-again: ");
}
