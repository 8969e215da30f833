//! Whole scenarios over lines that corrupt, drop, duplicate and swap bytes: the verdict is that of
//! a quiet line, or an error with its cause; the pump is never blamed for the line.

use crate::chaos_wires::{Lying, LyingBench, MemoryWire, Storm, Weather};
use crate::reference_image::image;
use std::path::Path;
use std::time::{Duration, Instant};
use thecal_bench::elf::Image;
use thecal_bench::link::{Deadlines, Liveness, Owner, Unwatched, Wire};
use thecal_bench::probe::{ProbeTarget, Protocol, RttWire};
use thecal_bench::qemu::Qemu;
use thecal_bench::serial::{BAUD, SerialWire};
use thecal_bench::virtual_probe::{CHIP, VirtualTarget};
use thecal_cli::registry::reference;
use thecal_engine::bench::{Bench, BenchError};
use thecal_engine::run::{Progress, RunError, RunFailure, run};
use thecal_engine::verdict::{Verdict, judge};
use thecal_plan::Scenario;
use thecal_reference::Native;
use thecal_reference::programmer::Reference;
use thecal_report::{Record, render};
use thecal_scenario::load;

/// In total, for each kind of line.
const DAMAGED_MIN: u64 = 10_000;

/// Generous: a test that does not hang ends long before.
const NEVER_HANGS: Duration = Duration::from_secs(60);

/// Short intervals and many repetitions: a loss costs little, and nothing is given up.
const PATIENT: Deadlines = Deadlines {
    attempt: Duration::from_millis(15),
    attempts: 600,
    boot: Duration::from_secs(10),
    boot_attempt: Duration::from_millis(10),
    restart: Duration::from_millis(5),
};

/// Short timeouts, for lines on which nothing comes.
const SHORT: Deadlines = Deadlines {
    attempt: Duration::from_millis(150),
    attempts: 6,
    boot: Duration::from_millis(600),
    boot_attempt: Duration::from_millis(50),
    restart: Duration::from_millis(5),
};

const BOLUS: &str = "bolus/single-bolus-and-program-change";
const RESET: &str = "motor/reset-in-mid-bolus";

fn scenario(id: &str) -> Scenario {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    load(&root.join(format!("{id}.toml")), &root).unwrap()
}

/// Verdict and report of one run.
fn run_on(scenario: &Scenario, bench: &mut dyn Bench) -> Result<(Verdict, String), RunFailure> {
    let progress = Progress::default();
    let mut history = run(scenario, bench, Box::new(Reference::new()), None, &progress)?;
    let judgement = judge(scenario, &history, &reference());
    let mut record = Record::new(scenario, "a line that lies");
    record.finish(scenario, &mut history, judgement);
    let body = render(scenario, &record).expect("the run reached its end");
    Ok((record.verdict, body))
}

/// The report over a faulty line equals that of the library; returns the number of damaged bytes.
fn assert_as_over_a_quiet_line<W: Wire, O: Owner<W>>(id: &str, wire: Lying<W>, owner: O) -> u64 {
    let started = Instant::now();
    let scenario = scenario(id);
    let quiet = run_on(&scenario, &mut Native::new()).unwrap();
    assert_eq!(quiet.0, Verdict::Pass);
    let mut bench = LyingBench::new(wire, owner, PATIENT);
    let damaged = run_on(&scenario, &mut bench).unwrap();
    assert_eq!(damaged, quiet);
    let link = bench.statistics();
    assert!(
        link.repeated > 0 && link.broken + link.unreadable > 0,
        "{link:?}"
    );
    assert!(started.elapsed() < NEVER_HANGS, "{:?}", started.elapsed());
    bench.link.wire().damaged()
}

/// An owner that reports that the core runs, and cannot reset it.
struct Watched;

impl<W: ?Sized> Owner<W> for Watched {
    fn liveness(&mut self, _wire: &mut W) -> Liveness {
        Liveness::Running
    }
}

/// A virtual target reset by its probe.
struct OnProbe(VirtualTarget);

impl Owner<RttWire> for OnProbe {
    fn liveness(&mut self, wire: &mut RttWire) -> Liveness {
        Owner::liveness(&mut self.0, wire)
    }

    fn reset(&mut self, wire: &mut RttWire) -> Result<bool, BenchError> {
        wire.reset().map(|()| true)
    }
}

fn probed() -> (RttWire, VirtualTarget) {
    let target = VirtualTarget::start(&image()).unwrap();
    let probe = ProbeTarget {
        selector: target.selector(),
        chip: CHIP.to_owned(),
        protocol: Protocol::default(),
    };
    let wire = RttWire::attach(&probe, &Image::open(&image()).unwrap()).unwrap();
    (wire, target)
}

fn on_a_line() -> (SerialWire, Qemu) {
    let qemu = Qemu::start(&image()).unwrap();
    (SerialWire::open(qemu.port(), BAUD).unwrap(), qemu)
}

const BAD: Weather = Weather::Bursts {
    calm: 3000,
    burst: 400,
};

#[test]
fn runs_over_a_bad_line_in_memory_are_those_of_a_quiet_one() {
    let mut damaged = 0;
    for seed in 0..100 {
        let id = if seed % 2 == 0 { BOLUS } else { RESET };
        let wire = Lying::new(MemoryWire::new(), seed, BAD);
        damaged += assert_as_over_a_quiet_line(id, wire, Watched);
    }
    assert!(damaged >= 50 * DAMAGED_MIN, "{damaged}");
}

#[test]
fn a_run_over_a_bad_probe_is_that_of_a_quiet_one() {
    let (mut damaged, mut seed) = (0, 0);
    while damaged < DAMAGED_MIN {
        let (wire, target) = probed();
        let wire = Lying::new(wire, seed, BAD);
        damaged += assert_as_over_a_quiet_line(BOLUS, wire, OnProbe(target));
        seed += 1;
    }
}

/// Only frames reset the pump here, so they too must get through.
#[test]
fn resets_over_a_bad_probe_are_those_of_a_quiet_one() {
    let (wire, target) = probed();
    assert_as_over_a_quiet_line(RESET, Lying::new(wire, 7, BAD), target);
}

#[test]
fn a_run_over_a_bad_serial_line_is_that_of_a_quiet_one() {
    let (mut damaged, mut seed) = (0, 0);
    while damaged < DAMAGED_MIN {
        let (wire, qemu) = on_a_line();
        let wire = Lying::new(wire, seed, BAD);
        damaged += assert_as_over_a_quiet_line(BOLUS, wire, qemu);
        seed += 1;
    }
}

/// As [`SHORT`], for a line without delay.
const AT_ONCE: Deadlines = Deadlines {
    attempt: Duration::from_millis(4),
    boot: Duration::from_millis(20),
    boot_attempt: Duration::from_millis(1),
    ..SHORT
};

/// Permanent faults of a line, towards the pump and from it; and whether bytes certainly come back:
/// a pump that sees no delimiter sends nothing.
const STORMS: [(Weather, Weather, bool); 8] = [
    (Weather::Fair, Weather::AllCorrupted, true),
    (Weather::Fair, Weather::NoDelimiters, true),
    (Weather::AllCorrupted, Weather::Fair, false),
    (Weather::AllCorrupted, Weather::AllCorrupted, false),
    (Weather::NoDelimiters, Weather::Fair, false),
    (Weather::NoDelimiters, Weather::NoDelimiters, false),
    (Weather::AllDropped, Weather::Fair, false),
    (Weather::Fair, Weather::AllDropped, false),
];

fn storm(from: u64, (to_pump, from_pump, _): (Weather, Weather, bool)) -> Storm {
    Storm {
        from,
        to_pump,
        from_pump,
    }
}

/// Nothing gets through any more: an error with its cause, never a run in which the pump hangs.
fn assert_lost<W: Wire, O: Owner<W>>(mut bench: LyingBench<W, O>, noisy: bool) -> BenchError {
    let started = Instant::now();
    let failure = run_on(&scenario(BOLUS), &mut bench).unwrap_err();
    assert!(started.elapsed() < NEVER_HANGS, "{:?}", started.elapsed());
    let RunError::Bench(error) = *failure.error else {
        panic!("{failure}");
    };
    // On a busy machine not even noise may arrive in time: it is still an error of the bench.
    let named = matches!(
        error,
        BenchError::Noise { .. } | BenchError::Garbage { .. } | BenchError::NoBoot { .. }
    ) || (!noisy && matches!(error, BenchError::Silent { .. }));
    assert!(named, "{error}");
    error
}

#[test]
fn where_nothing_gets_through_the_bench_is_to_blame_not_the_pump() {
    let mut counted = LyingBench::new(
        Lying::new(MemoryWire::new(), 0, Weather::Fair),
        Watched,
        AT_ONCE,
    );
    run_on(&scenario(BOLUS), &mut counted).unwrap();
    // In the middle, and in the last exchange.
    for from in [1, 100, counted.exchanges()] {
        for (number, way) in STORMS.into_iter().enumerate() {
            let wire = || Lying::new(MemoryWire::new(), from + number as u64, Weather::Fair);
            let watched = LyingBench::new(wire(), Watched, AT_ONCE);
            assert_lost(watched.with(storm(from, way)), way.2);
            let unwatched = LyingBench::new(wire(), Unwatched, AT_ONCE);
            let error = assert_lost(unwatched.with(storm(from, way)), way.2);
            assert!(!matches!(error, BenchError::NoBoot { .. }), "{error}");
        }
    }
}

#[test]
fn where_nothing_gets_through_a_probe_or_a_serial_line_the_pump_is_not_blamed() {
    for way in [STORMS[0], STORMS[2], STORMS[6], STORMS[7]] {
        let (wire, target) = probed();
        let wire = Lying::new(wire, 3, Weather::Fair);
        let bench = LyingBench::new(wire, OnProbe(target), SHORT);
        assert_lost(bench.with(storm(50, way)), way.2);
        let (wire, qemu) = on_a_line();
        let wire = Lying::new(wire, 3, Weather::Fair);
        let bench = LyingBench::new(wire, qemu, SHORT);
        assert_lost(bench.with(storm(50, way)), way.2);
    }
}
