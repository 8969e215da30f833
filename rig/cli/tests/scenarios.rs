//! One trial for each scenario file and bench: the approved report, the same bytes twice, and the
//! same bytes on the emulated board.
//!
//! `cargo test -p thecal-cli --test scenarios -- native` runs the embedded bench only. Reports are
//! approved with `thecal review` or `cargo insta review`; the files are the same.

use libtest_mimic::{Arguments, Failed, Trial};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use thecal_engine::run::Progress;
use thecal_engine::verdict::Verdict;
use thecal_plan::Scenario;
use thecal_scenario::{discover, load};
use thecal_suite::{BenchKind, CaseResult, Options, run_case};

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let root = root().join("scenarios");
    let found = discover(&[root]).expect("the scenario library is there");
    let mut trials = Vec::new();
    for (file, root) in found {
        let scenario = match load(&file, &root) {
            Ok(scenario) => Arc::new(scenario),
            Err(error) => {
                let text = format!("{:?}", miette::Report::new(error));
                let name = format!("valid::{}", file.display());
                trials.push(Trial::test(name, move || Err(Failed::from(text))));
                continue;
            }
        };
        let id = scenario.id.clone();
        let able = BenchKind::Native.capabilities();
        if scenario.needs.iter().any(|need| !able.contains(need)) {
            let special = Arc::clone(&scenario);
            trials.push(Trial::test(format!("native::{id}"), move || {
                told_as_not_run(&special)
            }));
            let special = Arc::clone(&scenario);
            trials.push(Trial::test(format!("qemu::{id}"), move || {
                approved(&special, BenchKind::Qemu { elf: elf() })
            }));
            continue;
        }
        let native = Arc::clone(&scenario);
        trials.push(Trial::test(format!("native::{id}"), move || {
            approved(&native, BenchKind::Native)
        }));
        let twice = Arc::clone(&scenario);
        trials.push(Trial::test(format!("twice::{id}"), move || {
            same_twice(&twice)
        }));
        type Emulated = fn(PathBuf) -> BenchKind;
        let benches: [(&str, Emulated); 2] = [
            ("qemu", |elf| BenchKind::Qemu { elf }),
            ("qemu-uart", |elf| BenchKind::QemuUart { elf }),
        ];
        for (bench, kind) in benches {
            let scenario = Arc::clone(&scenario);
            trials.push(Trial::test(format!("{bench}::{id}"), move || {
                same_on_qemu(&scenario, kind)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace is there")
}

fn run(
    scenario: &Arc<Scenario>,
    bench: BenchKind,
    out: Option<PathBuf>,
    core: Option<usize>,
) -> Result<(CaseResult, String), Failed> {
    let options = Options {
        bench,
        out,
        accept: false,
        pending: false,
    };
    let progress = Arc::new(Progress::default());
    let mut case = run_case(scenario, &root().join("reports"), &options, core, &progress);
    match case.body.take() {
        Some(body) => Ok((case, body)),
        None => Err(format!("{}: {}", case.verdict.name(), case.causes.join("; ")).into()),
    }
}

/// The verdict is a pass and the report is the approved one.
fn approved(scenario: &Arc<Scenario>, bench: BenchKind) -> Result<(), Failed> {
    let (case, body) = run(scenario, bench, None, None)?;
    if case.verdict != Verdict::Pass {
        return Err(format!("{}: {}", case.verdict.name(), case.causes.join("; ")).into());
    }
    let (folder, name) = scenario.id.rsplit_once('/').unwrap_or(("", &scenario.id));
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(root().join("reports").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_input_file(format!("scenarios/{}.toml", scenario.id));
    settings.bind(|| insta::assert_snapshot!(name, body.trim_end()));
    Ok(())
}

/// What needs a debug probe is not run here, and says so.
fn told_as_not_run(scenario: &Arc<Scenario>) -> Result<(), Failed> {
    let options = Options {
        bench: BenchKind::Native,
        out: None,
        accept: false,
        pending: false,
    };
    let progress = Arc::new(Progress::default());
    let case = run_case(scenario, &root().join("reports"), &options, None, &progress);
    let causes = case.causes.join("; ");
    match case.verdict {
        Verdict::NotRun if causes.contains("which bench native does not have") => Ok(()),
        other => Err(format!("{}: {causes}", other.name()).into()),
    }
}

/// Two runs leave the same report and the same trace, byte for byte.
fn same_twice(scenario: &Arc<Scenario>) -> Result<(), Failed> {
    let told = |folder: &Path| -> Result<(String, Vec<u8>), Failed> {
        let (_, body) = run(scenario, BenchKind::Native, Some(folder.into()), None)?;
        let trace = folder.join("native").join(&scenario.id).join("trace.csv");
        Ok((body, std::fs::read(trace)?))
    };
    let (one, two) = (tempfile::tempdir()?, tempfile::tempdir()?);
    if told(one.path())? == told(two.path())? {
        Ok(())
    } else {
        Err("two runs, two stories".into())
    }
}

fn elf() -> PathBuf {
    std::env::var_os("THECAL_ELF").map_or_else(thecal_bench::elf::default_image, PathBuf::from)
}

/// The emulated board tells the same story as the library, byte for byte.
fn same_on_qemu(scenario: &Arc<Scenario>, kind: fn(PathBuf) -> BenchKind) -> Result<(), Failed> {
    let (_, native) = run(scenario, BenchKind::Native, None, None)?;
    // An emulator and its rig are quickest on one processor together.
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let core = NEXT.fetch_add(1, Ordering::Relaxed) % cores;
    let (_, emulated) = run(scenario, kind(elf()), None, Some(core))?;
    if native == emulated {
        Ok(())
    } else {
        Err(thecal_cli::display::difference(&native, &emulated).into())
    }
}
