//! Trials for each scenario file and bench: the approved report, the same bytes twice, and the same
//! bytes on the emulated board.
//!
//! `cargo test -p thecal-cli --test scenarios -- native` runs the embedded bench only. Reports are
//! approved with `thecal review` or `cargo insta review`; the files are the same.
//!
//! A long story runs on the fastest emulated bench only, and one of more than a month on none: the same image
//! takes minutes for what the short ones show. `-- --include-ignored` runs all on all.

use libtest_mimic::{Arguments, Failed, Trial};
use std::cmp::Reverse;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use thecal_cli::registry::{BENCHES, OUTPUTS, pumps};
use thecal_engine::run::Progress;
use thecal_engine::verdict::Verdict;
use thecal_plan::{Scenario, expand};
use thecal_report::{Record, render};
use thecal_scenario::{discover, load};
use thecal_suite::{BenchKind, CaseResult, Files, Options, run_case};
use thecal_units::Millis;

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let root = root().join("scenarios");
    let found = discover(&[root]).expect("the scenario library is there");
    let (mut quick, mut emulated) = (Vec::new(), Vec::new());
    for (file, root) in found {
        let subject = match load(&file, &root) {
            Ok(scenario) => Arc::new(Subject::new(scenario)),
            Err(error) => {
                let text = format!("{:?}", miette::Report::new(error));
                let name = format!("valid::{}", file.display());
                quick.push(Trial::test(name, move || Err(Failed::from(text))));
                continue;
            }
        };
        let fastest = BENCHES.0.iter().find(|row| !row.in_process);
        for row in BENCHES.0 {
            let is_slow = !row.in_process && fastest.is_some_and(|one| one.name != row.name);
            let kind = BenchKind::BuiltIn { row, elf: elf() };
            let trials = trials_of(&subject, &kind);
            if row.in_process {
                quick.extend(trials);
            } else {
                let duration = subject.scenario.duration;
                let is_long = duration > LONG || expand(&subject.scenario).len() > MANY;
                let waits = duration > VERY_LONG || is_slow && is_long;
                let trials = trials.into_iter();
                let trials = trials.map(|trial| trial.with_ignored_flag(waits));
                emulated.extend(trials.map(|trial| (duration, trial)));
            }
        }
    }
    // Longest first: nothing long is left for a single processor at the end.
    emulated.sort_by_key(|&(duration, _)| Reverse(duration));
    let trials = emulated.into_iter().map(|(_, trial)| trial).chain(quick);
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// A story longer than this is long.
const LONG: Millis = Millis::DAY.times(5);

/// So is one in which more is done than this.
const MANY: usize = 5_000;

/// Longer than any emulated bench has to run while everything is checked.
const VERY_LONG: Millis = Millis::DAY.times(20);

/// A scenario, and the report of a run in this process, with which the other benches are compared.
struct Subject {
    scenario: Arc<Scenario>,
    native: OnceLock<Result<String, String>>,
}

impl Subject {
    fn new(scenario: Scenario) -> Self {
        Self {
            scenario: Arc::new(scenario),
            native: OnceLock::new(),
        }
    }

    fn native(&self) -> Result<&str, Failed> {
        let run = || Ok(run(&self.scenario, &native(), None, None)?.1);
        match self.native.get_or_init(run) {
            Ok(body) => Ok(body),
            Err(why) => Err(why.into()),
        }
    }
}

/// The trials of a scenario on a bench. Bench `native` must give the approved report and the same
/// bytes twice, every other bench the bytes of `native`. A bench that lacks what the scenario needs
/// must say so; if that is `native`, the others must give the approved report.
fn trials_of(subject: &Arc<Subject>, bench: &BenchKind) -> Vec<Trial> {
    let native = native();
    let able = |bench: &BenchKind| {
        let able = bench.capabilities();
        let mut needs = subject.scenario.needs.iter();
        needs.all(|need| able.contains(need))
    };
    let mut trials = Vec::new();
    let mut trial = |kind: &str, run: fn(&Subject, &BenchKind) -> Result<(), Failed>| {
        let (subject, bench) = (Arc::clone(subject), bench.clone());
        let name = format!("{kind}::{}", subject.scenario.id);
        trials.push(Trial::test(name, move || run(&subject, &bench)));
    };
    let name = bench.name();
    match (*bench == native, able(bench), able(&native)) {
        (true, true, _) => {
            trial(name, approved);
            trial("twice", same_twice);
        }
        (_, false, _) => trial(name, reported_as_not_run),
        (false, true, false) => trial(name, approved),
        (false, true, true) => trial(name, same_as_native),
    }
    trials
}

fn native() -> BenchKind {
    BenchKind::named("native", &elf(), BENCHES).expect("every rig has it")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace is there")
}

fn run(
    scenario: &Arc<Scenario>,
    bench: &BenchKind,
    files: Option<Files>,
    core: Option<usize>,
) -> Result<(CaseResult, String), String> {
    let options = Options {
        files,
        ..Options::new(pumps())
    };
    let progress = Arc::new(Progress::default());
    let reports = root().join("reports");
    let mut case = run_case(scenario, &reports, bench, &options, core, &progress);
    match case.body.take() {
        Some(body) => Ok((case, body)),
        None => Err(what_became(&case)),
    }
}

fn what_became(case: &CaseResult) -> String {
    let record = &case.record;
    format!("{}: {}", record.verdict.name(), record.reasons.join("; "))
}

/// The record survives writing and reading digit for digit, and the report is made from it alone.
fn record_says_it_all(scenario: &Scenario, record: &Record, body: &str) -> Result<(), Failed> {
    let read = Record::from_json(&record.to_json()?)?;
    if read != *record {
        return Err("the record that is read back is another one".into());
    }
    if render(scenario, &read).as_deref() != Some(body) {
        return Err("the record that is read back gives another report".into());
    }
    Ok(())
}

/// The verdict is a pass and the report is the approved one.
fn approved(subject: &Subject, bench: &BenchKind) -> Result<(), Failed> {
    let scenario = &subject.scenario;
    let (case, body) = run(scenario, bench, None, None)?;
    if case.record.verdict != Verdict::Pass {
        return Err(what_became(&case).into());
    }
    record_says_it_all(scenario, &case.record, &body)?;
    let (folder, name) = scenario.id.rsplit_once('/').unwrap_or(("", &scenario.id));
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(root().join("reports").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_input_file(format!("scenarios/{}.toml", scenario.id));
    settings.bind(|| insta::assert_snapshot!(name, body.trim_end()));
    Ok(())
}

/// A scenario that needs more than the bench has is not run there, and the record says so.
fn reported_as_not_run(subject: &Subject, bench: &BenchKind) -> Result<(), Failed> {
    let scenario = &subject.scenario;
    let options = Options::new(pumps());
    let progress = Arc::new(Progress::default());
    let reports = root().join("reports");
    let case = run_case(scenario, &reports, bench, &options, None, &progress);
    let lacks = format!("which bench {} does not have", bench.name());
    let says_so = case.record.reasons.iter().any(|why| why.contains(&lacks));
    if case.record.verdict == Verdict::NotRun && says_so {
        Ok(())
    } else {
        Err(what_became(&case).into())
    }
}

/// Two runs give the same report and the same trace, byte for byte.
fn same_twice(subject: &Subject, bench: &BenchKind) -> Result<(), Failed> {
    let told = |folder: &Path| -> Result<(String, Vec<u8>), Failed> {
        let files = Some(Files::all(folder, OUTPUTS));
        let (case, body) = run(&subject.scenario, bench, files, None)?;
        let folder = case.folder.ok_or("it leaves files")?;
        Ok((body, std::fs::read(folder.join("trace.csv"))?))
    };
    let (one, two) = (tempfile::tempdir()?, tempfile::tempdir()?);
    if told(one.path())? == told(two.path())? {
        Ok(())
    } else {
        Err("the two runs differ".into())
    }
}

fn elf() -> PathBuf {
    std::env::var_os("THECAL_ELF").map_or_else(thecal_bench::elf::default_image, PathBuf::from)
}

/// The emulated board gives the same run as the library, byte for byte.
fn same_as_native(subject: &Subject, bench: &BenchKind) -> Result<(), Failed> {
    let native = subject.native()?;
    let (_, emulated) = run(&subject.scenario, bench, None, Some(core_of_this_worker()))?;
    if *native == emulated {
        Ok(())
    } else {
        Err(thecal_cli::display::difference(native, &emulated).into())
    }
}

/// The processor for the trials of this thread. An emulator and its rig run fastest on a shared one,
/// and two emulators on two.
fn core_of_this_worker() -> usize {
    static WORKERS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static WORKER: usize = WORKERS.fetch_add(1, Ordering::Relaxed);
    }
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    WORKER.with(|worker| worker % cores)
}
