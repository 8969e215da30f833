//! The performance budget: whole runs against real time, as ratios. Prints, asserts nothing.
//!
//! Median of five runs each. Wall time on a shared machine is noisy: quote the ratios.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use thecal_cli::registry::{BENCHES, OUTPUTS, pumps};
use thecal_engine::run::Progress;
use thecal_plan::Scenario;
use thecal_scenario::{discover, load, parse};
use thecal_suite::{BenchKind, Files, Options, run_case};

const RUNS: usize = 5;

fn main() {
    println!(
        "{:<58} {:>10} {:>16} {:>13}",
        "run", "median", "x real time", "exchanges/s"
    );
    let half_year = scenario(180, 4);
    let folder = tempfile::tempdir().expect("a folder for traces");
    measure(
        "native, 180 days, 4 boluses a day, all files",
        &half_year,
        "native",
        Some(Files::all(folder.path(), OUTPUTS)),
    );
    measure(
        "native, 180 days, 4 boluses a day, no files",
        &half_year,
        "native",
        None,
    );
    measure("native, 1 day, no files", &scenario(1, 4), "native", None);
    library();
    let elf = thecal_bench::elf::default_image();
    if elf.is_file() {
        measure(
            "qemu, 30 days, 4 boluses a day",
            &scenario(30, 4),
            "qemu",
            None,
        );
        measure(
            "qemu-uart, 5 days, 4 boluses a day",
            &scenario(5, 4),
            "qemu-uart",
            None,
        );
    } else {
        println!(
            "qemu, qemu-uart: not measured, no image at {}",
            elf.display()
        );
    }
    println!("peak memory of this process: {} kB", peak_memory_kb());
}

/// The run of the budget: morphine 0.5 mL/day, presses spread over the day, a refill a month.
fn scenario(days: u32, boluses: u32) -> Arc<Scenario> {
    let refill = if days > 30 {
        "[[timeline]]\nevery = \"30 d\"\nfrom = \"30 d\"\nrefill = { volume = \"20 mL\", concentration = \"2 mg/mL\" }\n"
    } else {
        ""
    };
    let text = format!(
        "title = \"budget\"\nseed = 1\nduration = \"{days} d\"\n\
         [patient]\ntolerance = \"chronic\"\n\
         [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"20 mL\"\n\
         [therapy]\ndose = \"1 mg/day\"\n\
         patient-bolus = {{ dose = \"20 µg\", duration = \"5 min\", lockout = \"1 h\", daily-maximum = 6 }}\n\
         [[timeline]]\nevery = \"{} h\"\nfrom = \"1 h\"\npress = {{ remote = 1 }}\n{refill}\
         [[expect]]\nname = \"quiet\"\nnever = \"alarm.critical\"\n",
        24 / boluses
    );
    Arc::new(
        parse("bench/budget", "budget.toml", &text).unwrap_or_else(|error| panic!("{error:?}")),
    )
}

fn bench_named(name: &str) -> BenchKind {
    let elf = thecal_bench::elf::default_image();
    BenchKind::named(name, &elf, BENCHES).unwrap_or_else(|| panic!("there is no bench `{name}`"))
}

fn measure(name: &str, scenario: &Arc<Scenario>, bench: &str, files: Option<Files>) {
    let bench = bench_named(bench);
    let options = Options {
        files,
        ..Options::new(pumps())
    };
    let mut times = Vec::new();
    let mut exchanges = 0;
    for _ in 0..RUNS {
        let begun = Instant::now();
        let case = run_case(
            scenario,
            &PathBuf::new(),
            &bench,
            &options,
            Some(0),
            &Arc::new(Progress::default()),
        );
        times.push(begun.elapsed().as_secs_f64());
        let record = &case.record;
        assert!(record.run.is_some(), "the run ends: {:?}", record.reasons);
        exchanges = record.exchanges();
    }
    times.sort_by(f64::total_cmp);
    let median = times.get(RUNS / 2).copied().unwrap_or(f64::NAN);
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = exchanges as f64 / median;
    let ratio = scenario.duration.as_secs_f64() / median;
    println!("{name:<58} {median:>8.3} s {ratio:>16.0} {rate:>13.0}");
}

fn library() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios"));
    let found = discover(&[root]).unwrap_or_default();
    let begun = Instant::now();
    let mut days = 0.0;
    for (file, root) in found {
        let Ok(scenario) = load(&file, &root) else {
            continue;
        };
        days += scenario.duration.as_hours_f64() / 24.0;
        let (bench, options) = (bench_named("native"), Options::new(pumps()));
        let progress = Arc::new(Progress::default());
        let _case = run_case(
            &Arc::new(scenario),
            &PathBuf::new(),
            &bench,
            &options,
            None,
            &progress,
        );
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{:<58} {seconds:>8.3} s {:>16.0}",
        "native, the whole library, one after the other",
        days * 86_400.0 / seconds
    );
}

fn peak_memory_kb() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .map_or("unknown".into(), |value| {
            value.trim().trim_end_matches(" kB").into()
        })
}
