//! Parameter sets from the user's side: listed, copied, changed, and named wherever a run uses
//! them; a run with changed parameters is never compared with the approved report.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use thecal_report::Record;

const SCENARIO: &str = "title = \"A short scenario\"\nseed = 1\nduration = \"6 h\"\n\
    [patient]\ntolerance = \"chronic\"\n\
    [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
    [therapy]\ndose = \"1 mg/day\"\n\
    [[expect]]\nname = \"quiet\"\nnever = \"alarm.critical\"\n";

const LITTLE_FLUID: &str = "[person.lumbar-volume]\nvalue = 10.6\nunit = \"mL\"\n\
    basis = \"published\"\nsource = \"a paper\"\n";

fn thecal(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_thecal"))
        .current_dir(folder)
        .args(arguments)
        .env_remove("CI")
        .output()
        .expect("the binary starts")
}

/// A folder with one scenario and a file of parameters, `my.toml`.
fn library(scenario: &str, parameters: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let family = folder.path().join("scenarios/family");
    fs::create_dir_all(&family).expect("a family");
    fs::write(family.join("short.toml"), scenario).expect("a run");
    fs::write(folder.path().join("my.toml"), parameters).expect("parameters");
    folder
}

#[track_caller]
fn ends_with(output: &Output, code: i32, words: &[&str]) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in:\n{text}");
    }
    text
}

#[test]
fn a_run_with_other_numbers_says_so_everywhere_and_is_not_compared() {
    let folder = library(SCENARIO, LITTLE_FLUID);
    let run = |arguments: &[&str]| thecal(folder.path(), arguments);
    ends_with(&run(&["run", "--accept"]), 0, &["PASS"]);
    let snapshot = folder.path().join("reports/family/short.snap");
    let approved = fs::read_to_string(&snapshot).expect("it was approved");
    let change = "person.lumbar-volume 36 mL -> 10.6 mL (published: a paper)";
    ends_with(
        &run(&["run", "--patient", "my.toml"]),
        0,
        &["PASS", "my.toml changes one parameter", change],
    );
    let out = folder.path().join("thecal-out/native/family/short");
    let read = |name: &str| fs::read_to_string(out.join(name)).expect("it was written");
    let body = read("report.txt");
    assert!(body.contains(change), "{body}");
    assert!(!approved.contains(body.trim_end()), "the numbers matter");
    assert!(read("report.html").contains("Not compared with the approved report"));
    let record = Record::from_json(read("record.json").as_bytes()).expect("of this version");
    let parameters = record.scenario.parameters;
    assert_eq!(parameters.file.as_deref(), Some("my.toml"));
    assert!(parameters.by_command && record.approval.is_none());
    let mut numbers = parameters.numbers.iter();
    let changed = numbers.find(|number| number.path == "person.lumbar-volume");
    let changed = changed.expect("it is listed");
    assert_eq!((changed.built_in, changed.value), (Some(36.0), 10.6));
    assert_eq!(
        fs::read_to_string(&snapshot).expect("still there"),
        approved
    );
    assert!(!snapshot.with_extension("snap.new").exists());
    for flag in ["--check", "--accept"] {
        let words = ["cannot be used with"];
        ends_with(&run(&["run", flag, "--patient", "my.toml"]), 2, &words);
    }
}

#[test]
fn a_copy_changes_nothing_and_a_changed_copy_what_it_says() {
    let folder = library(SCENARIO, "");
    let run = |arguments: &[&str]| thecal(folder.path(), arguments);
    let copy = ends_with(&run(&["parameters", "copy", "morphine"]), 0, &[]);
    fs::write(folder.path().join("copy.toml"), &copy).expect("a copy");
    let words = ["copy.toml changes nothing in this run"];
    ends_with(&run(&["run", "--patient", "copy.toml"]), 0, &words);
    // The median effective level doubles; its source is required.
    let lines = "[drug.morphine.wanted.ec50]\nvalue = 0.3\nunit = \"ug/mL\"\n";
    fs::write(folder.path().join("my.toml"), lines).expect("parameters");
    let words = ["parameters::no_origin", "my.toml:2:9", "add `source ="];
    ends_with(&run(&["check", "--patient", "my.toml"]), 2, &words);
}

#[test]
fn a_scenario_that_names_a_file_is_a_run_of_its_own() {
    let scenario = SCENARIO.replace("[pump]", "file = \"../people/small.toml\"\n[pump]");
    let folder = library(&scenario, LITTLE_FLUID);
    let people = folder.path().join("scenarios/people");
    fs::create_dir_all(&people).expect("a folder");
    fs::write(people.join("small.toml"), LITTLE_FLUID).expect("a person");
    let run = |arguments: &[&str]| thecal(folder.path(), arguments);
    // The file of the person is not a scenario.
    ends_with(&run(&["check"]), 0, &["1 scenario file is valid"]);
    ends_with(
        &run(&["run", "--accept"]),
        0,
        &["small.toml changes one parameter"],
    );
    ends_with(&run(&["run", "--check"]), 0, &["PASS"]);
}

#[test]
fn individuals_differ_and_come_back() {
    let folder = library(SCENARIO, "");
    let of = |number: &str| {
        let arguments = ["parameters", "show", "adult", "--individual", number];
        ends_with(&thecal(folder.path(), &arguments), 0, &["median 36.0 mL"])
    };
    assert_eq!(of("17"), of("17"));
    assert_ne!(of("17"), of("18"));
    let words = ["there is no set `adlt`", "did you mean `adult`?"];
    let output = thecal(folder.path(), &["parameters", "copy", "adlt"]);
    ends_with(&output, 2, &words);
}
