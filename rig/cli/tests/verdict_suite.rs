//! The suite where the rig itself breaks, and where two runs share a folder: never green, never
//! half a file.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use thecal_engine::run::Progress;
use thecal_engine::verdict::Verdict;
use thecal_plan::{Form, Scenario};
use thecal_scenario::parse;
use thecal_suite::{BenchKind, Options, Selected, run_all, run_case};

fn scenario(id: &str) -> Scenario {
    let text = "title = \"An hour\"\nseed = 1\nduration = \"1 h\"\n\
        [patient]\ntolerance = \"chronic\"\n\
        [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
        [therapy]\ndose = \"1 mg/day\"\n\
        [[expect]]\nname = \"any\"\nalways = \"true.reservoir >= 0 mL\"\n";
    parse(id, "an-hour.toml", text).expect("a valid scenario")
}

/// A report must not show what is no number: the renderer panics.
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
        bench: BenchKind::Native,
        out: Some(out.into()),
        accept: false,
        pending: false,
    }
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
    });
    let total = run_all(selected.into(), &options(out.path()), 1, |_| {}).expect("threads");
    let verdicts: Vec<Verdict> = total.cases.iter().map(|case| case.verdict).collect();
    assert_eq!(verdicts, [Verdict::Error, Verdict::Pass, Verdict::Error]);
    assert!(total.cases[0].causes[0].contains("panicked"));
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
            &options,
            None,
            &Arc::new(Progress::default()),
        )
    };
    let alone = tempfile::tempdir().expect("a folder");
    assert_eq!(run(alone.path()).verdict, Verdict::Pass);
    let trace = |folder: &Path| std::fs::read(folder.join("native/test/shared/trace.csv"));
    let expected = trace(alone.path()).expect("a trace");
    for _ in 0..5 {
        let verdicts: Vec<Verdict> = thread::scope(|scope| {
            let runs = [(); 4].map(|()| scope.spawn(|| run(out.path()).verdict));
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
fn a_run_that_is_cut_short_leaves_nothing_of_the_run_before() {
    let out = tempfile::tempdir().expect("a folder");
    let scenario = Arc::new(scenario("test/cut"));
    let reports = out.path().join("reports");
    let run = |cancelled: bool| {
        let progress = Arc::new(Progress::default());
        progress
            .cancelled
            .store(cancelled, std::sync::atomic::Ordering::Relaxed);
        run_case(&scenario, &reports, &options(out.path()), None, &progress)
    };
    assert_eq!(run(false).verdict, Verdict::Pass);
    let folder = out.path().join("native/test/cut");
    assert!(folder.join("record.json").exists());
    let mut long = (*scenario).clone();
    long.needs = vec![thecal_plan::Capability::Flash];
    let case = run_case(
        &Arc::new(long),
        &reports,
        &options(out.path()),
        None,
        &Arc::new(Progress::default()),
    );
    assert_eq!(case.verdict, Verdict::NotRun);
    for stale in ["record.json", "report.txt", "trace.csv"] {
        assert!(!folder.join(stale).exists(), "{stale} is of the run before");
    }
}
