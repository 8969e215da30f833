//! `thecal serve`: one virtual board, open to other tools until it is stopped.

use super::black_magic::BlackMagicServer;
use super::halts::Halts;
use super::interrupt::cancel_on_interrupt;
use super::operator::{HELP, Operator};
use super::say::say;
use crate::cli::ServeArgs;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::patient::patient_of;
use crate::registry::{programmer, reference};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use thecal_bench::QemuProbe;
use thecal_bench::elf::default_image;
use thecal_bench::virtual_probe::{CHIP, VirtualTarget};
use thecal_engine::bench::{Bench, BenchError};
use thecal_engine::run::{Progress, RunError, run_live};
use thecal_engine::verdict::judge;
use thecal_plan::Scenario;
use thecal_scenario::{load, parse};

/// The scenario if none is named.
const DESK: &str = include_str!("desk.toml");

/// Interval between checks whether to stop.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Serves until stopped.
///
/// # Errors
///
/// [`CommandError`]: the board does not start, or the scenario has mistakes.
pub fn serve(args: &ServeArgs) -> Result<ExitCode, CommandError> {
    let elf = args.elf.clone().unwrap_or_else(default_image);
    let progress = Arc::new(Progress::default());
    cancel_on_interrupt(Arc::clone(&progress), args.during)?;
    match &args.plant {
        None => {
            let target = VirtualTarget::start(&elf)?;
            let server = BlackMagicServer::start(&target, args.port)?;
            show_places(&target, &server, &elf);
            while !progress.cancelled.load(Ordering::Relaxed) {
                std::thread::sleep(LOOK_EVERY);
            }
            said("Served", "the board is gone");
            Ok(ExitCode::Passed)
        }
        Some(path) => {
            let scenario = match path {
                None => parse("desk", "desk.toml", DESK),
                Some(path) => load(path, path.parent().unwrap_or(Path::new(""))),
            };
            let mut scenario = scenario.map_err(CommandError::Scenario)?;
            if let Some(changes) = patient_of(&args.patient)? {
                scenario.source.take(&changes);
            }
            let target = VirtualTarget::start(&elf)?;
            let halts = Halts::of(target.halt_clock(), Arc::clone(&progress));
            let mut bench = QemuProbe::beside_debugger(&elf, target, Box::new(halts.clone()))?;
            let server = BlackMagicServer::start(bench.target(), args.port)?;
            show_places(bench.target(), &server, &elf);
            let operator = Operator::at_the_keyboard(args.pace, halts, Arc::clone(&progress))?;
            said(
                "Plant",
                &format!("{}, {} x real time", scenario.title, args.pace),
            );
            say(HELP);
            with_plant(&scenario, bench, operator, &progress)
        }
    }
}

/// Runs the plant in real time, until it is stopped or the scenario ends.
fn with_plant(
    scenario: &Scenario,
    mut bench: QemuProbe,
    mut operator: Operator,
    progress: &Progress,
) -> Result<ExitCode, CommandError> {
    let told = run_live(
        scenario,
        &mut bench,
        programmer(),
        None,
        progress,
        Some(&mut operator),
    );
    bench.make_safe()?;
    match told {
        Ok(history) => {
            let judgement = judge(scenario, &history, &reference());
            said("Over", &format!("verdict {}", judgement.verdict.name()));
            Ok(ExitCode::of(judgement.verdict, None))
        }
        Err(failure) if is_stopped(&failure.error, progress) => {
            let what = format!("until {}; the pump is reset, its motor off", failure.at);
            said("Served", &what);
            Ok(ExitCode::Passed)
        }
        Err(failure) => {
            said("Error", &failure.to_string());
            Ok(ExitCode::Undecided)
        }
    }
}

/// Whether the run ended because it was to be stopped, also while a debugger had the core halted.
fn is_stopped(error: &RunError, progress: &Progress) -> bool {
    matches!(error, RunError::Cancelled)
        || progress.cancelled.load(Ordering::Relaxed)
            && matches!(error, RunError::Bench(BenchError::Halted { .. }))
}

fn show_places(target: &VirtualTarget, server: &BlackMagicServer, elf: &Path) {
    let port = target.serial_port().unwrap_or_default();
    said("Serving", &format!("{CHIP} with {}", elf.display()));
    said(
        "Serial",
        &format!("{port}, try `picocom -b 1000000 {port}`"),
    );
    said(
        "Probe",
        &format!(
            "{}, try `probe-rs read --probe {} --protocol swd --chip {CHIP} b32 0x08000000 4`",
            server.address(),
            server.selector(),
        ),
    );
    said("End", "with Ctrl-C");
}

fn said(word: &str, what: &str) {
    say(&format!("{word:>12} {what}"));
}
