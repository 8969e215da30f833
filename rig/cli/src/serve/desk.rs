//! `thecal serve`: one virtual board, open to other tools until it is stopped.

use super::black_magic::BlackMagicServer;
use super::interrupt::cancel_on_interrupt;
use super::operator::{HELP, Operator, say};
use crate::cli::ServeArgs;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::patient::patient_of;
use crate::registry::programmer;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use thecal_bench::QemuProbe;
use thecal_bench::elf::default_image;
use thecal_bench::virtual_probe::{CHIP, VirtualTarget};
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_engine::run::{Progress, RunError, run_live};
use thecal_engine::verdict::judge;
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
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
            let mut bench = QemuProbe::start(&elf, None)?;
            let server = BlackMagicServer::start(bench.target(), args.port)?;
            show_places(bench.target(), &server, &elf);
            with_plant(&scenario, bench, args.pace, &progress)
        }
    }
}

/// Runs the plant in real time, until it is stopped or the scenario ends.
fn with_plant(
    scenario: &Scenario,
    bench: QemuProbe,
    pace: f64,
    progress: &Arc<Progress>,
) -> Result<ExitCode, CommandError> {
    said("Plant", &format!("{}, {pace} x real time", scenario.title));
    say(HELP);
    let mut operator = Operator::at_the_keyboard(pace, Arc::clone(progress))?;
    let mut bench = UnderDebugger {
        bench,
        progress: Arc::clone(progress),
    };
    let told = run_live(
        scenario,
        &mut bench,
        programmer(),
        None,
        progress,
        Some(&mut operator),
    );
    bench.bench.make_safe()?;
    match told {
        Ok(history) => {
            let judgement = judge(scenario, &history);
            said("Over", &format!("verdict {}", judgement.verdict.name()));
            Ok(ExitCode::of(judgement.verdict, None))
        }
        Err(failure) if matches!(*failure.error, RunError::Cancelled) => {
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

/// A bench whose core a debugger may halt: the plant waits meanwhile.
struct UnderDebugger {
    bench: QemuProbe,
    progress: Arc<Progress>,
}

impl UnderDebugger {
    /// Waits while a debugger has the core halted.
    fn wait(&mut self) -> Result<(), BenchError> {
        let mut told = false;
        while self.bench.target().is_halted()? && !self.progress.cancelled.load(Ordering::Relaxed) {
            if !std::mem::replace(&mut told, true) {
                said("Halted", "by a debugger: the plant waits");
            }
            std::thread::sleep(LOOK_EVERY);
        }
        if told {
            said("Runs", "again");
        }
        Ok(())
    }
}

impl Bench for UnderDebugger {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.bench.boot(boot, nvm)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        self.wait()?;
        match self.bench.exchange(stimulus, reaction) {
            // Halted during an exchange for longer than the link's timeout: no Reaction came, and
            // the watchdog decides, as on real hardware.
            Err(BenchError::Halted { .. }) => {
                self.wait()?;
                Ok(Exchange::Hung)
            }
            other => other,
        }
    }
}
