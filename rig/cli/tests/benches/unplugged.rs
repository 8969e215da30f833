//! A probe and its target are removed, or the target is reset, at every stage of a bench: an error
//! with its cause, or a pump that hangs until it is booted; no endless wait, no process left, and
//! never a Reaction that the pump did not give.

use crate::chaos_wires::Dice;
use crate::reference_image::image;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use thecal_bench::QemuProbe;
use thecal_bench::elf::Image;
use thecal_bench::link::Deadlines;
use thecal_bench::probe::Protocol;
use thecal_bench::probe::{Flashing, ProbeBench, ProbeTarget, Probed};
use thecal_bench::virtual_probe::{CHIP, VirtualTarget};
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Hello, Reaction};
use thecal_plan::{Disturbance, Place};
use thecal_reference::Native;
use thecal_suite::health::{power_on, quiet_minute};

/// Generous: a test that does not hang ends long before.
const NEVER_HANGS: Duration = Duration::from_secs(20);

const SHORT: Deadlines = Deadlines {
    attempt: Duration::from_millis(200),
    attempts: 5,
    boot: Duration::from_secs(2),
    boot_attempt: Duration::from_millis(20),
    restart: Duration::from_millis(5),
};

fn boot(bench: &mut dyn Bench) -> Result<Hello, BenchError> {
    // Enough content for many chunks, so that a transfer can be interrupted.
    let mut nvm = Box::new([0xff; NVM_LEN]);
    nvm[20_000..].fill(0x5a);
    bench.boot(&power_on(&nvm), &nvm)
}

/// One exchange per minute of the pump's clock; the first of them after Boot.
fn exchange(
    bench: &mut dyn Bench,
    number: u64,
    reaction: &mut Reaction,
) -> Result<Exchange, BenchError> {
    let stimulus = quiet_minute(number);
    bench.exchange(&stimulus, reaction)
}

fn exchange_until_it_ends(bench: &mut dyn Bench) -> Result<Exchange, BenchError> {
    let started = Instant::now();
    let (mut number, mut reaction) = (0, Reaction::default());
    while started.elapsed() < NEVER_HANGS {
        let became = exchange(bench, number, &mut reaction)?;
        if became != Exchange::Reacted {
            return Ok(became);
        }
        number += 1;
    }
    panic!("{number} exchanges, and no end");
}

/// Kills a process after `wait`.
fn kill_after(process: u32, wait: Duration) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        thread::sleep(wait);
        let process = Pid::from_raw(i32::try_from(process).unwrap());
        kill(process, Signal::SIGKILL).unwrap();
    })
}

fn is_there(process: u32) -> bool {
    Path::new("/proc").join(process.to_string()).exists()
}

/// The bench failed and reports why: the emulator has ended, or the probe cannot reach it.
fn assert_gone(error: &BenchError, began: Instant) {
    assert!(began.elapsed() < NEVER_HANGS, "{:?}", began.elapsed());
    assert!(error.blames_the_board(), "{error:?}");
    assert!(
        matches!(
            error,
            BenchError::ProcessGone { .. }
                | BenchError::Probe { .. }
                | BenchError::Attach { .. }
                | BenchError::OpenProbe { .. }
        ),
        "{error:?}"
    );
}

fn over(target: &VirtualTarget) -> Result<ProbeBench<Probed>, BenchError> {
    let probe = ProbeTarget {
        selector: target.selector(),
        chip: CHIP.to_owned(),
        protocol: Protocol::default(),
    };
    let image = Image::open(&image()).unwrap();
    ProbeBench::open(image, &probe, Flashing::Never, SHORT, Probed::default())
}

#[test]
fn killed_before_somebody_attaches() {
    let target = VirtualTarget::start(&image()).unwrap();
    let process = target.process_id().unwrap();
    kill_after(process, Duration::ZERO).join().unwrap();
    let began = Instant::now();
    assert_gone(&over(&target).unwrap_err(), began);
    drop(target);
    assert!(!is_there(process));
}

#[test]
fn killed_while_somebody_attaches() {
    let mut dice = Dice(1);
    for _ in 0..5 {
        let target = VirtualTarget::start(&image()).unwrap();
        let process = target.process_id().unwrap();
        let killer = kill_after(process, Duration::from_micros(dice.roll(20_000)));
        let began = Instant::now();
        // Attached before the end, so the boot fails.
        let error = over(&target)
            .and_then(|mut bench| {
                boot(&mut bench)?;
                exchange_until_it_ends(&mut bench)
            })
            .unwrap_err();
        assert_gone(&error, began);
        killer.join().unwrap();
        drop(target);
        assert!(!is_there(process));
    }
}

#[test]
fn killed_between_attachment_and_boot_and_during_the_boot() {
    let mut dice = Dice(2);
    for round in 0..12 {
        let mut bench = QemuProbe::start(&image(), None).unwrap();
        let process = bench.process_id().unwrap();
        let wait = if round == 0 { 0 } else { dice.roll(60_000) };
        let killer = kill_after(process, Duration::from_micros(wait));
        if round == 0 {
            killer.join().unwrap();
            let began = Instant::now();
            assert_gone(&boot(&mut bench).unwrap_err(), began);
            continue;
        }
        let began = Instant::now();
        let error = boot(&mut bench)
            .and_then(|_| exchange_until_it_ends(&mut bench))
            .unwrap_err();
        assert_gone(&error, began);
        assert!(error.to_string().contains("SIGKILL"), "{error}");
        killer.join().unwrap();
        drop(bench);
        assert!(!is_there(process));
    }
}

#[test]
fn killed_in_the_middle_of_exchanges() {
    let mut dice = Dice(3);
    for _ in 0..10 {
        let mut bench = QemuProbe::start(&image(), None).unwrap();
        boot(&mut bench).unwrap();
        let process = bench.process_id().unwrap();
        let killer = kill_after(process, Duration::from_micros(dice.roll(30_000)));
        let began = Instant::now();
        let error = exchange_until_it_ends(&mut bench).unwrap_err();
        assert_gone(&error, began);
        assert!(error.to_string().contains("SIGKILL"), "{error}");
        killer.join().unwrap();
        drop(bench);
        assert!(!is_there(process));
    }
}

#[test]
fn killed_during_a_disturbance_and_before_it_is_made_safe() {
    let mut dice = Dice(4);
    let flip = Disturbance::FlipRam {
        place: Place {
            symbol: "uart::RECEIVED".to_owned(),
            offset: 0,
            field: None,
        },
        bit: 0,
    };
    for _ in 0..5 {
        let mut bench = QemuProbe::start(&image(), None).unwrap();
        boot(&mut bench).unwrap();
        let process = bench.process_id().unwrap();
        let killer = kill_after(process, Duration::from_micros(dice.roll(20_000)));
        let began = Instant::now();
        let error = loop {
            let outcome = [&Disturbance::Halt, &Disturbance::Resume, &flip]
                .into_iter()
                .try_for_each(|disturbance| bench.disturb(disturbance).map(drop));
            if let Err(error) = outcome {
                break error;
            }
            assert!(began.elapsed() < NEVER_HANGS);
        };
        assert_gone(&error, began);
        killer.join().unwrap();
        let began = Instant::now();
        assert_gone(&bench.make_safe().unwrap_err(), began);
        drop(bench);
        assert!(began.elapsed() < NEVER_HANGS);
        assert!(!is_there(process));
    }
}

#[test]
fn killed_while_the_bench_is_dropped() {
    let mut dice = Dice(5);
    for _ in 0..5 {
        let mut bench = QemuProbe::start(&image(), None).unwrap();
        boot(&mut bench).unwrap();
        let process = bench.process_id().unwrap();
        let killer = thread::spawn(move || {
            thread::sleep(Duration::from_micros(dice.roll(2_000)));
            let process = Pid::from_raw(i32::try_from(process).unwrap());
            // It may have ended before.
            (kill(process, Signal::SIGKILL).is_ok(), dice)
        });
        let began = Instant::now();
        drop(bench);
        assert!(began.elapsed() < NEVER_HANGS);
        assert!(!is_there(process));
        (_, dice) = killer.join().unwrap();
    }
}

#[test]
fn a_probe_that_is_pulled_out_is_an_error_in_every_phase() {
    for phase in 0..5 {
        let target = VirtualTarget::start(&image()).unwrap();
        let process = target.process_id().unwrap();
        let mut bench = over(&target).unwrap();
        if phase > 0 {
            boot(&mut bench).unwrap();
        }
        drop(target);
        assert!(!is_there(process));
        let began = Instant::now();
        let error = match phase {
            0 | 1 => boot(&mut bench).map(drop),
            2 => exchange(&mut bench, 0, &mut Reaction::default()).map(drop),
            3 => bench.disturb(&Disturbance::Halt).map(drop),
            _ => bench.make_safe(),
        };
        assert_gone(&error.unwrap_err(), began);
        drop(bench);
        assert!(began.elapsed() < NEVER_HANGS);
    }
}

#[test]
fn resets_in_the_middle_of_exchanges_bring_hangs_and_never_a_wrong_reaction() {
    let target = VirtualTarget::start(&image()).unwrap();
    let mut bench = over(&target).unwrap();
    let mut native = Native::new();
    let mut dice = Dice(6);
    let (mut reactions, mut hangs) = (0, 0);
    for _ in 0..50 {
        boot(&mut bench).unwrap();
        boot(&mut native).unwrap();
        let wait = Duration::from_micros(dice.roll(10_000));
        let began = Instant::now();
        thread::scope(|scope| {
            let target = &target;
            let resetter = scope.spawn(move || {
                thread::sleep(wait);
                target.reset().unwrap();
            });
            let (mut here, mut there) = (Reaction::default(), Reaction::default());
            for number in 0.. {
                there.clear();
                here.clear();
                if exchange(&mut bench, number, &mut there).unwrap() == Exchange::Hung {
                    hangs += 1;
                    break;
                }
                exchange(&mut native, number, &mut here).unwrap();
                assert_eq!(there, here, "exchange {number}");
                reactions += 1;
                assert!(began.elapsed() < NEVER_HANGS);
            }
            resetter.join().unwrap();
        });
    }
    assert_eq!(hangs, 50);
    assert!(reactions > 500, "{reactions}");
    boot(&mut bench).unwrap();
    for number in 0..20 {
        let became = exchange(&mut bench, number, &mut Reaction::default());
        assert_eq!(became.unwrap(), Exchange::Reacted);
    }
}
