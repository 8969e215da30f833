//! The binary from the user's side: exit codes, the summary, the files written.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use thecal_engine::verdict::Verdict;
use thecal_report::Record;

const HEAD: &str = "title = \"A short scenario\"\nseed = 1\nduration = \"2 h\"\n\
    [patient]\ntolerance = \"chronic\"\n\
    [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
    [therapy]\ndose = \"1 mg/day\"\n";
const QUIET: &str = "[[expect]]\nname = \"quiet\"\nnever = \"alarm.critical\"\n";

fn thecal(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_thecal"))
        .current_dir(folder)
        .args(arguments)
        .env_remove("CI")
        .output()
        .expect("the binary starts")
}

/// A folder with one scenario, `scenarios/family/hishort.toml`.
fn library(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let family = folder.path().join("scenarios/family");
    fs::create_dir_all(&family).expect("a family");
    fs::write(family.join("short.toml"), text).expect("a run");
    folder
}

#[track_caller]
fn ends_with(output: &Output, code: i32, words: &[&str]) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    assert_eq!(output.status.code(), Some(code), "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in:\n{text}");
    }
}

#[test]
fn an_unapproved_report_is_not_green_until_it_is_accepted() {
    let folder = library(&format!("{HEAD}{QUIET}"));
    let run = |arguments: &[&str]| thecal(folder.path(), arguments);
    ends_with(&run(&["run"]), 3, &["UNAPPROVED", "thecal review"]);
    assert!(
        folder
            .path()
            .join("reports/family/short.snap.new")
            .is_file()
    );
    ends_with(&run(&["run", "--accept"]), 0, &["PASS", "1 of 1"]);
    assert!(!folder.path().join("reports/family/short.snap.new").exists());
    ends_with(
        &run(&["run", "--check", "--twice"]),
        0,
        &["both runs gave the same bytes", "x real time"],
    );
    for file in ["report.txt", "report.html", "record.json", "trace.csv"] {
        assert!(
            folder
                .path()
                .join("thecal-out/native/family/short")
                .join(file)
                .is_file(),
            "{file}"
        );
    }
    assert!(
        !folder
            .path()
            .join("thecal-out/native/family/short/trace.csv.part")
            .exists()
    );
}

#[test]
fn lint_refuses_a_scenario_that_passes_without_its_fault() {
    let fault = |control: &str| {
        let story = "[[fault]]\nstart = \"1 s\"\nreset = {}\n";
        library(&format!("{HEAD}{QUIET}{story}{control}"))
    };
    let lint = |folder: &tempfile::TempDir, more: &[&str]| {
        thecal(
            folder.path(),
            &[&["lint", "--without-faults"], more].concat(),
        )
    };
    let void = fault("");
    let output = lint(&void, &[]);
    ends_with(
        &output,
        1,
        &[
            "lint::passes_without",
            "family/short passes without `reset` at 1 s",
            "scenarios/family/short.toml:",
            "[[fault]]",
            "1 scenarios in 3 runs: 1 finding",
        ],
    );
    let output = lint(&void, &["--filter", "nothing"]);
    ends_with(&output, 4, &["0 scenarios"]);
    let control = fault("control = \"a sound pump does not notice it\"\n");
    let output = lint(&control, &[]);
    ends_with(
        &output,
        0,
        &[
            "Control",
            "`reset` at 1 s: a sound pump does not notice it",
            "nothing found",
        ],
    );
    let output = thecal(void.path(), &["lint"]);
    ends_with(&output, 2, &["--without-faults"]);
}

/// The files below a folder, as paths relative to it, sorted.
fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it");
                found.push(name.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn after_the_first_fail_nothing_runs_where_that_is_asked_for() {
    const FAILS: &str = "[[expect]]\nname = \"too-much\"\nalways = \"commanded.dose <= 1 µg\"\n";
    let folder = library(&format!("{HEAD}{QUIET}"));
    let bad = format!("{HEAD}{FAILS}");
    // The first of three by its id; one runs at a time.
    fs::write(folder.path().join("scenarios/family/bad.toml"), bad).expect("a scenario");
    let good = format!("{HEAD}{QUIET}");
    fs::write(folder.path().join("scenarios/family/good.toml"), good).expect("a scenario");
    let run = |more: &[&str]| {
        let common = ["run", "--check", "--files", "record", "--jobs", "1"];
        thecal(folder.path(), &[&common, more].concat())
    };
    let words = ["1 fail, 2 not run", "2: another scenario failed before"];
    ends_with(&run(&["--stop-at-first-fail"]), 1, &words);
    let file = folder
        .path()
        .join("thecal-out/native/family/short/record.json");
    let record = || Record::from_json(&fs::read(&file).expect("a record")).expect("a record");
    assert_eq!(record().verdict, Verdict::NotRun);
    assert_eq!(record().reasons, ["another scenario failed before"]);
    ends_with(&run(&[]), 1, &["1 fail, 2 unapproved"]);
    assert_eq!(record().verdict, Verdict::Pass);
    ends_with(
        &run(&["--stop-at-first-fail", "--twice"]),
        2,
        &["cannot be used with"],
    );
}

#[test]
fn files_chooses_what_runs_leave() {
    const FAILS: &str = "[[expect]]\nname = \"too-much\"\nalways = \"commanded.dose <= 1 µg\"\n";
    let folder = library(&format!("{HEAD}{QUIET}"));
    let bad = format!("{HEAD}{FAILS}");
    fs::write(folder.path().join("scenarios/family/wrong.toml"), bad).expect("a scenario");
    let out = folder.path().join("thecal-out");
    let left = |which: &str| {
        let output = thecal(folder.path(), &["run", "--check", "--files", which]);
        ends_with(&output, 1, &["1 fail, 1 unapproved"]);
        files_below(&out)
    };
    assert_eq!(left("none"), [""; 0]);
    let records = ["short", "wrong"].map(|name| format!("native/family/{name}/record.json"));
    assert_eq!(left("record"), records);
    let all = left("all");
    let of = |name: &str| all.iter().filter(|file| file.contains(name)).count();
    assert_eq!(
        (of("/short/"), of("/wrong/"), all.len()),
        (5, 5, 11),
        "{all:?}"
    );
    // The files of the run before, which kept all, are not left beside a pass.
    let failures = left("failures");
    assert!(failures.iter().all(|file| !file.contains("/short/")));
    assert_eq!(failures.len(), 6, "{failures:?}");
    let index = fs::read_to_string(out.join("native/index.html")).expect("an index");
    assert!(index.contains("family/wrong/report.html"));
    assert!(index.contains("family/short") && !index.contains("family/short/report.html"));
    // A wrong word is refused, with the nearest.
    let output = thecal(folder.path(), &["run", "--files", "records"]);
    ends_with(
        &output,
        2,
        &["'records'", "a similar value exists: 'record'"],
    );
}

#[test]
fn a_changed_report_is_shown_and_is_not_a_fail() {
    let folder = library(&format!("{HEAD}{QUIET}"));
    ends_with(&thecal(folder.path(), &["run", "--accept"]), 0, &[]);
    let text = format!("{HEAD}{QUIET}").replace("A short scenario", "Another scenario");
    fs::write(folder.path().join("scenarios/family/short.toml"), text).expect("a run");
    ends_with(
        &thecal(folder.path(), &["run", "--check", "--diff"]),
        3,
        &["DIFFERS", "+title       Another scenario"],
    );
    assert!(
        !folder.path().join("reports/family/short.snap.new").exists(),
        "--check writes nothing"
    );
}

#[test]
fn a_fail_is_never_accepted_without_a_known_anomaly() {
    let failing = "[[expect]]\nname = \"too-much\"\nalways = \"commanded.dose <= 1 µg\"\n";
    let folder = library(&format!("{HEAD}{failing}"));
    ends_with(
        &thecal(folder.path(), &["run", "--accept"]),
        1,
        &["FAIL", "too-much", "not accepted", "known-anomaly"],
    );
    assert!(!folder.path().join("reports/family/short.snap").exists());
    let known = format!("known-anomaly = \"ANOM-1\"\n{HEAD}{failing}");
    fs::write(folder.path().join("scenarios/family/short.toml"), known).expect("a run");
    ends_with(&thecal(folder.path(), &["run", "--accept"]), 1, &["FAIL"]);
    assert!(folder.path().join("reports/family/short.snap").exists());
}

/// `thecal review`, answering yes to all questions.
fn review(folder: &Path) -> Output {
    let mut review = Command::new(env!("CARGO_BIN_EXE_thecal"))
        .current_dir(folder)
        .arg("review")
        .env_remove("CI")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut answers = review.stdin.take().expect("piped");
    // It may have ended without asking.
    drop(answers.write_all(b"yes\nyes\n"));
    drop(answers);
    review.wait_with_output().expect("it ends")
}

fn verdict(folder: &Path) -> Verdict {
    let file = folder.join("thecal-out/native/family/short/record.json");
    let record = Record::from_json(&fs::read(file).expect("a record"));
    record.expect("of this version").verdict
}

/// Both ways to approve a report follow the same rule, for every verdict.
#[test]
fn accept_and_review_approve_the_same_verdicts() {
    const FAILS: &str = "[[expect]]\nname = \"too-much\"\nalways = \"commanded.dose <= 1 µg\"\n";
    // Without a stall its consequences are unknown.
    const INCONCLUSIVE: &str = "[[expect]]\nname = \"heard\"\nwhen = \"log.motor-stall >= 1\"\n\
        then = \"alarm.critical\"\nwithin = \"10 min\"\n";
    const NEVER_FIRES: &str = "[[timeline]]\nat = \"30 min\"\nstop = {}\n\
        [[fault]]\nstart = \"1 h\"\nduration = \"10 min\"\nmotor-stall = {}\n\
        [[expect]]\nname = \"quiet\"\nnever = \"alarm.critical\"\n";
    for (what, expected) in [
        (QUIET, Verdict::Pass),
        (FAILS, Verdict::Fail),
        (INCONCLUSIVE, Verdict::Inconclusive),
        (NEVER_FIRES, Verdict::Error),
    ] {
        for anomaly in ["", "known-anomaly = \"ANOM-1\"\n"] {
            let may = match expected {
                Verdict::Pass => true,
                Verdict::Fail => !anomaly.is_empty(),
                _ => false,
            };
            let words = format!("the verdict is {}", expected.name());
            let case = format!("{expected:?} {anomaly}");

            let folder = library(&format!("{anomaly}{HEAD}{what}"));
            let approved = folder.path().join("reports/family/short.snap");
            let output = thecal(folder.path(), &["run", "--accept"]);
            assert_eq!(verdict(folder.path()), expected, "{output:?}");
            assert_eq!(approved.exists(), may, "accept: {case}");
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(text.contains(&words), !may, "accept: {case}\n{text}");

            let folder = library(&format!("{anomaly}{HEAD}{what}"));
            let approved = folder.path().join("reports/family/short.snap");
            thecal(folder.path(), &["run"]);
            assert_eq!(verdict(folder.path()), expected);
            ends_with(&review(folder.path()), if may { 0 } else { 3 }, &[]);
            assert_eq!(approved.exists(), may, "review: {case}");
            let text = review(folder.path()).stdout;
            let text = String::from_utf8_lossy(&text).into_owned();
            assert_eq!(text.contains(&words), !may, "review: {case}\n{text}");
            assert_eq!(text.contains("nothing is pending"), may, "review: {case}");
        }
    }
}

/// A pending report is approved by the record of its own run, not by its text.
#[test]
fn review_trusts_the_record_and_not_the_text() {
    let folder = library(&format!("{HEAD}{QUIET}"));
    let reports = folder.path().join("reports/family");
    let (text, data) = (
        reports.join("short.snap.new"),
        reports.join("short.pending.json"),
    );
    ends_with(&thecal(folder.path(), &["run"]), 3, &["UNAPPROVED"]);
    let (report, record) = (
        fs::read_to_string(&text).expect("a pending report"),
        fs::read_to_string(&data).expect("its record"),
    );
    for (report, record, why) in [
        (&report, None, "there is no record of its run"),
        (&report, Some("{}".to_owned()), "cannot be read"),
        (
            &report,
            Some(record.replace("thecal-record/8", "thecal-record/7")),
            "expected `thecal-record/8`",
        ),
        (
            &report.replace("18 mL", "19 mL"),
            Some(record.clone()),
            "of another report",
        ),
    ] {
        fs::write(&text, report).expect("written");
        drop(fs::remove_file(&data));
        if let Some(record) = record {
            fs::write(&data, record).expect("written");
        }
        ends_with(&review(folder.path()), 3, &["cannot be approved", why]);
        assert!(!reports.join("short.snap").exists());
    }
    // Running the scenario again fixes it.
    ends_with(&thecal(folder.path(), &["run"]), 3, &["UNAPPROVED"]);
    ends_with(&review(folder.path()), 0, &["approve this report?"]);
    assert!(reports.join("short.snap").exists());
    assert!(!text.exists() && !data.exists());
    ends_with(&thecal(folder.path(), &["run", "--check"]), 0, &["1 pass"]);
}

#[test]
fn a_fault_that_changes_nothing_is_an_error_of_the_rig() {
    let never = "[[timeline]]\nat = \"30 min\"\nstop = {}\n\
        [[fault]]\nstart = \"1 h\"\nduration = \"10 min\"\nmotor-stall = {}\n";
    let folder = library(&format!("{HEAD}{never}{QUIET}"));
    ends_with(
        &thecal(folder.path(), &["run"]),
        5,
        &["ERROR", "motor-stall", "never fired"],
    );
}

#[test]
fn what_the_bench_cannot_do_is_not_run_and_not_green() {
    let folder = library(&format!("needs = [\"memory\"]\n{HEAD}{QUIET}"));
    ends_with(
        &thecal(folder.path(), &["run"]),
        4,
        &["NOT RUN", "needs \"memory\"", "native"],
    );
}

#[test]
fn nothing_selected_has_its_own_code() {
    let folder = library(&format!("{HEAD}{QUIET}"));
    ends_with(
        &thecal(folder.path(), &["run", "--filter", "no-such-scenario"]),
        4,
        &["0 of 0", "--filter"],
    );
}

#[test]
fn who_reads_no_further_does_not_change_how_it_ends() {
    let folder = library(&format!("{HEAD}{QUIET}"));
    for (arguments, code) in [(["run"].as_slice(), 3), (&["run", "no-such-folder"], 2)] {
        let mut run = Command::new(env!("CARGO_BIN_EXE_thecal"))
            .current_dir(folder.path())
            .args(arguments)
            .env_remove("CI")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        drop((run.stdout.take(), run.stderr.take()));
        assert_eq!(run.wait().expect("it ends").code(), Some(code));
    }
}

#[test]
fn a_bad_scenario_stops_everything_and_shows_the_place() {
    let folder = library(&format!("{HEAD}{QUIET}").replace("1 mg/day", "1 mg/24h"));
    ends_with(
        &thecal(folder.path(), &["run"]),
        2,
        &["short.toml", "1 mg/day"],
    );
    ends_with(&thecal(folder.path(), &["check"]), 2, &["dose"]);
    ends_with(
        &thecal(folder.path(), &["run", "no/such/folder"]),
        2,
        &["no/such/folder"],
    );
    ends_with(&thecal(folder.path(), &["fly"]), 2, &["unrecognized"]);
}

#[test]
fn a_missing_image_is_an_error_that_names_the_fix() {
    let folder = library(&format!("{HEAD}{QUIET}"));
    let arguments = ["run", "--on", "qemu-uart", "--elf", "nowhere.elf"];
    ends_with(
        &thecal(folder.path(), &arguments),
        5,
        &["ERROR", "nowhere.elf", "cargo xtask firmware"],
    );
}

#[test]
fn lists_and_signals_are_for_reading() {
    let folder = library(&format!("{HEAD}{QUIET}"));
    ends_with(
        &thecal(folder.path(), &["list"]),
        0,
        &["family/short", "A short scenario"],
    );
    ends_with(
        &thecal(folder.path(), &["signals"]),
        0,
        &["true.dose-24h", "bolus.granted"],
    );
    ends_with(&thecal(folder.path(), &["--help"]), 0, &["Exit codes"]);
}

#[test]
fn what_the_bench_lacks_is_told_and_is_an_error_only_where_all_is_required() {
    let flip = "[[fault]]\nstart = \"1 h\"\nflash-flip = { symbol = \"A\", bit = 1 }\n";
    let folder = library(&format!("{HEAD}{flip}{QUIET}"));
    let run = |arguments: &[&str]| thecal(folder.path(), arguments);
    ends_with(&run(&["run"]), 4, &["NOT RUN", "needs \"flash\""]);
    let beside = folder.path().join("scenarios/family/other.toml");
    fs::write(beside, format!("{HEAD}{QUIET}")).expect("another scenario");
    ends_with(
        &run(&["run", "--accept"]),
        0,
        &["1 pass, 1 not run", "--require-all"],
    );
    ends_with(&run(&["run", "--require-all"]), 4, &["1 pass, 1 not run"]);
}

#[test]
fn validation_writes_what_it_prints_and_says_how_it_went() {
    let folder = tempfile::tempdir().expect("a folder");
    let validate = |more: &[&str]| thecal(folder.path(), &[&["validate"], more].concat());
    let files = ["--json", "v.json", "--csv", "v.csv", "--html", "v.html"];
    ends_with(
        &validate(&[&["--only", "M5"], &files[..]].concat()),
        0,
        &[
            "M5-order",
            "known miss",
            "2 of 2",
            "1 of 3",
            "clinically validated",
        ],
    );
    for (file, words) in [
        ("v.json", "\"id\": \"M5-order\""),
        ("v.csv", "M5-order,"),
        ("v.html", "M5-order"),
    ] {
        let text = fs::read_to_string(folder.path().join(file)).expect(file);
        assert!(text.contains(words), "{file}");
    }
    ends_with(&validate(&["--only", "X9"]), 4, &["no row has this name"]);
    ends_with(
        &validate(&["--assumptions"]),
        0,
        &["generic-pump", "propellant-heat", "memory-medium"],
    );
    ends_with(&validate(&["--assumptions", "--only", "M5"]), 2, &[]);
}
