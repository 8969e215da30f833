//! The suite when the rig itself fails, and when two runs share a folder: never green, never an
//! incomplete file.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use thecal_cli::registry::{BENCHES, OUTPUTS, pumps};
use thecal_engine::run::Progress;
use thecal_engine::verdict::Verdict;
use thecal_plan::{Form, Scenario};
use thecal_report::Record;
use thecal_scenario::parse;
use thecal_suite::{BenchKind, Files, Options, Selected, run_all, run_case};

fn scenario(id: &str) -> Scenario {
    let text = "title = \"An hour\"\nseed = 1\nduration = \"1 h\"\n\
        [patient]\ntolerance = \"chronic\"\n\
        [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
        [therapy]\ndose = \"1 mg/day\"\n\
        [[expect]]\nname = \"any\"\nalways = \"true.reservoir >= 0 mL\"\n";
    parse(id, "an-hour.toml", text).expect("a valid scenario")
}

/// A report must not show NaN: the renderer panics.
fn unprintable(id: &str) -> Scenario {
    let mut scenario = scenario(id);
    for expectation in &mut scenario.expectations {
        if let Form::Always { that, .. } = &mut expectation.form {
            that.limit = f64::NAN;
        }
    }
    scenario
}

fn options(out: &Path) -> Options {
    Options {
        files: Some(Files::all(out, OUTPUTS)),
        ..Options::new(pumps())
    }
}

fn native() -> BenchKind {
    BenchKind::named("native", Path::new(""), BENCHES).expect("every rig has it")
}

/// The record of a run of this scenario.
fn record(out: &Path, bench: &str, id: &str) -> Record {
    let file = out.join(bench).join(id).join("record.json");
    Record::from_json(&std::fs::read(file).expect("a record")).expect("of this version")
}

#[test]
fn a_case_in_which_the_rig_panics_is_an_error_and_the_others_run() {
    let out = tempfile::tempdir().expect("a folder");
    let all = [
        unprintable("test/a"),
        scenario("test/b"),
        unprintable("test/c"),
    ];
    let selected = all.map(|scenario| Selected {
        scenario: Arc::new(scenario),
        reports: out.path().join("reports"),
        overlay: None,
    });
    let options = options(out.path());
    let total = run_all(selected.into(), &native(), &options, 1, |_| {}).expect("threads");
    let verdicts = total.cases.iter().map(|case| case.record.verdict);
    let expected = [Verdict::Error, Verdict::Pass, Verdict::Error];
    assert_eq!(verdicts.collect::<Vec<_>>(), expected);
    for (id, verdict) in ["test/a", "test/b", "test/c"].into_iter().zip(expected) {
        let record = record(out.path(), "native", id);
        assert_eq!(record.verdict, verdict);
        assert_eq!(record.run.is_some(), verdict == Verdict::Pass);
        let panicked = record.reasons.iter().any(|why| why.contains("panicked"));
        assert_eq!(panicked, verdict == Verdict::Error, "{:?}", record.reasons);
    }
}

#[test]
fn two_runs_into_one_folder_leave_whole_files() {
    let out = tempfile::tempdir().expect("a folder");
    let scenario = Arc::new(scenario("test/shared"));
    let run = |folder: &Path| {
        let options = options(folder);
        let reports = folder.join("reports");
        run_case(
            &scenario,
            &reports,
            &native(),
            &options,
            None,
            &Arc::new(Progress::default()),
        )
        .record
        .verdict
    };
    let alone = tempfile::tempdir().expect("a folder");
    assert_eq!(run(alone.path()), Verdict::Pass);
    let trace = |folder: &Path| std::fs::read(folder.join("native/test/shared/trace.csv"));
    let expected = trace(alone.path()).expect("a trace");
    for _ in 0..5 {
        let verdicts: Vec<Verdict> = thread::scope(|scope| {
            let runs = [(); 4].map(|()| scope.spawn(|| run(out.path())));
            runs.map(|run| run.join().expect("no panic")).into()
        });
        assert_eq!(verdicts, [Verdict::Pass; 4]);
        assert_eq!(trace(out.path()).expect("a trace"), expected);
    }
    let files = std::fs::read_dir(out.path().join("native/test/shared")).expect("the folder");
    let parts = files.filter(|file| {
        let name = file.as_ref().expect("a file").file_name();
        name.to_string_lossy().ends_with(".part")
    });
    assert_eq!(parts.count(), 0);
}

#[test]
fn a_run_without_an_end_leaves_a_record_and_nothing_of_the_run_before() {
    let out = tempfile::tempdir().expect("a folder");
    let reports = out.path().join("reports");
    let whole = Arc::new(scenario("test/cut"));
    let mut special = scenario("test/cut");
    special.needs = vec![thecal_plan::Capability::Flash];
    let nowhere = BenchKind::named("qemu-uart", Path::new("nowhere.elf"), BENCHES);
    for (scenario, bench, verdict, attempts) in [
        (&Arc::new(special), native(), Verdict::NotRun, 0),
        (
            &whole,
            nowhere.expect("every rig has it"),
            Verdict::Error,
            1,
        ),
    ] {
        let run = |scenario: &Arc<Scenario>, bench: &BenchKind| {
            let (progress, options) = (Arc::new(Progress::default()), options(out.path()));
            run_case(scenario, &reports, bench, &options, None, &progress)
        };
        assert_eq!(run(&whole, &native()).record.verdict, Verdict::Pass);
        let folder = out.path().join(bench.name()).join("test/cut");
        if bench != native() {
            let passed = out.path().join("native");
            std::fs::rename(passed, out.path().join(bench.name())).expect("moved");
        }
        assert!(folder.join("report.txt").exists());
        let case = run(scenario, &bench);
        let record = record(out.path(), bench.name(), "test/cut");
        assert_eq!(record, case.record);
        assert_eq!(record.verdict, verdict);
        assert_eq!(record.attempts.len(), attempts);
        assert!(record.run.is_none() && !record.reasons.is_empty());
        for stale in ["report.txt", "trace.csv", "event-log.csv"] {
            assert!(!folder.join(stale).exists(), "{stale} is of the run before");
        }
        let page = std::fs::read_to_string(folder.join("report.html")).expect("a page");
        assert!(page.contains(verdict.name()));
    }
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_in_the_record_too() {
    let out = tempfile::tempdir().expect("a folder");
    // The run's folder can be cleared, but a page cannot replace a folder.
    let folder = out.path().join("native/test/full");
    let scenario = Arc::new(scenario("test/full"));
    let reports = out.path().join("reports");
    let progress = Arc::new(Progress::default());
    std::fs::create_dir_all(folder.join("report.html")).expect("a folder");
    let options = Options {
        files: Some(Files::records(out.path(), OUTPUTS)),
        ..Options::new(pumps())
    };
    let case = run_case(&scenario, &reports, &native(), &options, None, &progress);
    let reasons = &case.record.reasons;
    assert_eq!(case.record.verdict, Verdict::Error);
    assert!(reasons[0].starts_with("cannot clear"), "{reasons:?}");
    assert_eq!(record(out.path(), "native", "test/full"), case.record);
}

#[test]
fn only_the_record_is_left_where_only_records_are_asked_for() {
    let out = tempfile::tempdir().expect("a folder");
    let scenario = Arc::new(scenario("test/few"));
    let options = Options {
        files: Some(Files::records(out.path(), OUTPUTS)),
        ..Options::new(pumps())
    };
    let selected = Selected {
        scenario,
        reports: out.path().join("reports"),
        overlay: None,
    };
    let total = run_all(vec![selected], &native(), &options, 1, |_| {}).expect("threads");
    assert_eq!(total.files.expect("files").expect("written").len(), 0);
    let left = std::fs::read_dir(out.path().join("native/test/few")).expect("the folder");
    let left = left.map(|file| file.expect("a file").file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["record.json"]);
}
