//! The bench qemu-uart against a real QEMU and the real image. Never skipped: if one of the two is
//! missing, these tests fail and say how to get it.

use crate::bench_qemu_images::{image, locked_up, other_build, silent};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use thecal_bench::QemuUart;
use thecal_bench::elf::Image;
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Hello, Reaction};
use thecal_suite::health::{power_on, quiet_minute};

/// Generous: a test that does not hang ends long before.
const NEVER_HANGS: Duration = Duration::from_secs(20);

/// Marks the process that is to be killed.
const VICTIM: &str = "THECAL_TEST_VICTIM";

fn boot(bench: &mut QemuUart) -> Result<Hello, BenchError> {
    let nvm = Box::new([0xff; NVM_LEN]);
    bench.boot(&power_on(&nvm), &nvm)
}

fn booted() -> QemuUart {
    let mut bench = QemuUart::start(&image(), None).unwrap();
    boot(&mut bench).unwrap();
    bench
}

/// One exchange per minute of the pump's clock; the first of them after Boot.
fn exchange(bench: &mut QemuUart, number: u64) -> Result<Exchange, BenchError> {
    let stimulus = quiet_minute(number);
    bench.exchange(&stimulus, &mut Reaction::default())
}

/// Exchanges until the result is not a Reaction, or too much time has passed.
fn exchange_until_it_ends(bench: &mut QemuUart) -> Result<Exchange, BenchError> {
    let started = Instant::now();
    let mut number = 0;
    while started.elapsed() < NEVER_HANGS {
        let became = exchange(bench, number)?;
        if became != Exchange::Reacted {
            return Ok(became);
        }
        number += 1;
    }
    panic!("{number} exchanges, and no end");
}

fn pid(process: u32) -> Pid {
    Pid::from_raw(i32::try_from(process).unwrap())
}

/// Whether a process runs; a zombie does not.
fn runs(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    stat.is_ok_and(|stat| {
        let (_, after_name) = stat.rsplit_once(") ").unwrap();
        !after_name.starts_with('Z')
    })
}

/// Verifies REQ-IMG-002.
#[test]
fn the_image_boots_says_who_it_is_and_reacts() {
    let mut bench = QemuUart::start(&image(), None).unwrap();
    for _ in 0..2 {
        let hello = boot(&mut bench).unwrap();
        assert_eq!(hello.contract, CONTRACT_VERSION);
        assert_eq!(hello.build_id, Image::open(&image()).unwrap().build_id().0);
        for number in 0..100 {
            assert_eq!(exchange(&mut bench, number).unwrap(), Exchange::Reacted);
        }
    }
    assert_eq!(bench.statistics().broken, 0);
}

#[test]
fn it_runs_on_one_core_too_and_leaves_it() {
    let allowed = || nix::sched::sched_getaffinity(Pid::from_raw(0)).unwrap();
    let before = allowed();
    let core = (0..).find(|&core| before.is_set(core).unwrap()).unwrap();
    let mut bench = QemuUart::start(&image(), Some(core)).unwrap();
    boot(&mut bench).unwrap();
    assert_eq!(exchange(&mut bench, 0).unwrap(), Exchange::Reacted);
    drop(bench);
    assert_eq!(allowed(), before);
}

#[test]
fn a_core_that_is_not_there_is_an_error() {
    let error = QemuUart::start(&image(), Some(1_000_000)).unwrap_err();
    assert!(matches!(error, BenchError::Core { .. }), "{error}");
}

#[test]
fn killing_it_in_mid_run_is_its_end_not_a_hang() {
    let mut bench = booted();
    let process = pid(bench.process_id());
    let killer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        kill(process, Signal::SIGKILL).unwrap();
        Instant::now()
    });
    let error = exchange_until_it_ends(&mut bench).unwrap_err();
    let noticed = killer.join().unwrap().elapsed();
    assert!(matches!(error, BenchError::ProcessGone { .. }), "{error}");
    assert!(noticed < Duration::from_secs(2), "{noticed:?}");
    assert!(error.to_string().contains("SIGKILL"), "{error}");
}

#[test]
fn a_process_that_is_stopped_is_an_error_not_a_hang() {
    let mut bench = booted();
    kill(pid(bench.process_id()), Signal::SIGSTOP).unwrap();
    let started = Instant::now();
    let error = exchange(&mut bench, 0).unwrap_err();
    assert!(matches!(error, BenchError::Unresponsive { .. }), "{error}");
    assert!(started.elapsed() < NEVER_HANGS);
}

#[test]
fn garbage_from_a_third_party_is_survived_or_kept_out() {
    let mut bench = booted();
    assert_eq!(exchange(&mut bench, 0).unwrap(), Exchange::Reacted);
    // Only a privileged user can bypass the port's lock.
    let mut third = match OpenOptions::new().write(true).open(bench.port()) {
        Ok(port) => port,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::ResourceBusy, "{error}");
            return;
        }
    };
    for number in 1..=3 {
        third.write_all(&[0x55; 300]).unwrap();
        assert_eq!(exchange(&mut bench, number).unwrap(), Exchange::Reacted);
    }
    assert!(bench.statistics().repeated > 0);
}

#[test]
fn a_flooded_line_is_the_benchs_fault_not_a_hang() {
    let mut bench = booted();
    let Ok(mut third) = OpenOptions::new().write(true).open(bench.port()) else {
        return;
    };
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = std::sync::Arc::clone(&stop);
    let flood = thread::spawn(move || {
        // It contains no delimiter, so it corrupts every frame that the rig sends meanwhile.
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            if third.write_all(&[0x55; 64]).is_err() {
                return;
            }
        }
    });
    let outcome = exchange_until_it_ends(&mut bench);
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    flood.join().unwrap();
    assert!(!matches!(outcome, Ok(Exchange::Hung)), "{outcome:?}");
    assert!(
        matches!(
            outcome,
            Err(BenchError::Noise { .. } | BenchError::Garbage { .. } | BenchError::Blocked { .. })
        ),
        "{outcome:?}"
    );
}

/// Verifies REQ-IMG-003.
#[test]
fn another_build_than_believed_is_refused_before_the_first_step() {
    let dir = tempfile::tempdir().unwrap();
    let believed = other_build(&image(), dir.path());
    let mut bench = QemuUart::start(&believed, None).unwrap();
    let error = boot(&mut bench).unwrap_err();
    assert!(matches!(error, BenchError::OtherBuild { .. }), "{error}");
}

#[test]
fn an_image_that_says_nothing_does_not_boot() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = QemuUart::start(&silent(dir.path()), None).unwrap();
    let error = boot(&mut bench).unwrap_err();
    assert!(matches!(error, BenchError::NoBoot { .. }), "{error}");
}

#[test]
fn a_core_that_locks_up_is_named_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let error = QemuUart::start(&locked_up(dir.path()), None)
        .and_then(|mut bench| boot(&mut bench))
        .unwrap_err();
    assert!(error.to_string().contains("Lockup"), "{error}");
}

#[test]
fn what_is_no_image_is_refused_with_the_reason() {
    let missing = QemuUart::start(Path::new("no-such-file.elf"), None).unwrap_err();
    assert!(missing.to_string().contains("cargo xtask firmware"));
    let this = std::env::current_exe().unwrap();
    let error = QemuUart::start(&this, None).unwrap_err();
    assert!(matches!(error, BenchError::BadImage { .. }), "{error}");
}

#[test]
fn dropping_the_bench_leaves_no_process() {
    let bench = booted();
    let process = bench.process_id();
    assert!(runs(process));
    drop(bench);
    assert!(!Path::new("/proc").join(process.to_string()).exists());
}

#[test]
fn killing_the_rig_leaves_no_process() {
    if std::env::var_os(VICTIM).is_some() {
        victim();
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "bench_qemu::killing_the_rig_leaves_no_process",
            "--nocapture",
        ])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let process = lines
        .map(Result::unwrap)
        .find_map(|line| line.split_once("qemu is ")?.1.parse::<u32>().ok())
        .unwrap();
    assert!(runs(process));
    victim.kill().unwrap();
    victim.wait().unwrap();
    let started = Instant::now();
    while runs(process) {
        assert!(started.elapsed() < NEVER_HANGS, "process {process} is left");
        thread::sleep(Duration::from_millis(5));
    }
}

#[expect(clippy::print_stdout, reason = "tells its parent whom to look for")]
fn victim() -> ! {
    // On a thread that ends: the process must live as long as the bench, not the thread.
    let bench = thread::spawn(booted).join().unwrap();
    thread::sleep(Duration::from_millis(100));
    assert!(runs(bench.process_id()));
    println!("\nqemu is {}", bench.process_id());
    thread::sleep(NEVER_HANGS);
    std::process::exit(1);
}
