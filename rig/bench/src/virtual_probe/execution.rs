//! Control of the core: halt, resume, step, breakpoints, reset, power.

use super::condition::Condition;
use super::debug_registers::DebugRegisters;
use super::flash_controller::FlashController;
use super::machine::{Machine, ram_after_power_loss};
use super::qtest::Width;
use std::collections::BTreeSet;
use std::time::Duration;
use thecal_engine::bench::BenchError;

/// Timeout for stopping the core.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// Time for one instruction; after that the core counts as asleep.
const STEP_WAIT: Duration = Duration::from_millis(20);

/// The same, if the last instruction or this one is WFI.
const STEP_AT_WFI_WAIT: Duration = Duration::from_millis(2);

/// Time for one instruction once the core is awake.
const AWAKE_STEP_WAIT: Duration = Duration::from_millis(200);

/// The Thumb instruction that puts the core to sleep.
const WFI: u16 = 0xbf30;

/// Interrupt control and state: pend and clear `SysTick`.
const ICSR: u32 = 0xe000_ed04;
const PEND_SYSTICK: u32 = 1 << 26;
const CLEAR_SYSTICK: u32 = 1 << 25;

/// The stub's number of the program counter.
const PC: u8 = 15;

/// Why the core halted, as bits of DFSR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HaltReason {
    /// On request, or after a step.
    Request = 1,
    /// A breakpoint.
    Breakpoint = 1 << 1,
    /// After a reset.
    VectorCatch = 1 << 3,
}

impl Machine {
    /// Detects what happened to a running core: a breakpoint, a reset, an end.
    pub(super) fn poll(&mut self) -> Result<(), BenchError> {
        if self.condition() != Condition::Running {
            return self.board().map(|_| ());
        }
        let stopped = self.board()?.gdb.has_stopped();
        if self.settle("gdb's events", stopped)? {
            self.halted(HaltReason::Breakpoint);
        }
        let resets = self.board()?.qemu.resets();
        let resets = self.heed(resets)?;
        if resets != self.resets_seen {
            self.resets_seen = resets;
            self.debug.was_reset = true;
        }
        Ok(())
    }

    /// Halts a running core.
    pub(super) fn halt(&mut self) -> Result<(), BenchError> {
        self.poll()?;
        match self.condition() {
            Condition::Halted => Ok(()),
            Condition::InReset { .. } => {
                self.becomes(Condition::InReset { then_halt: true });
                Ok(())
            }
            Condition::Running => {
                self.stop()?;
                self.halted(HaltReason::Request);
                Ok(())
            }
        }
    }

    /// Lets a halted core run. At a breakpoint it halts again at once.
    pub(super) fn resume(&mut self) -> Result<(), BenchError> {
        if self.condition() != Condition::Halted {
            return self.board().map(|_| ());
        }
        if self.halts_at_breakpoint_instruction()? {
            return Ok(());
        }
        let run = self.board()?.gdb.run();
        self.settle("continue", run)?;
        self.becomes(Condition::Running);
        Ok(())
    }

    /// Lets a halted core run one instruction. A sleeping core is woken for it, as a halt wakes a
    /// real one; one that falls asleep counts as stepped.
    pub(super) fn step(&mut self) -> Result<(), BenchError> {
        if self.condition() != Condition::Halted {
            return self.board().map(|_| ());
        }
        if self.call_flash_function()? {
            self.halted(HaltReason::Request);
            return Ok(());
        }
        let before = self.program_counter()?;
        let masked = self.debug.interrupts_masked;
        let set = self.board()?.gdb.set_step_masked(masked);
        self.settle("step mode", set)?;
        let wait = if self.is_at_wfi(before)? {
            STEP_AT_WFI_WAIT
        } else {
            STEP_WAIT
        };
        if !self.one_step(wait)? {
            self.stop()?;
            if self.program_counter()? == before {
                self.step_awake()?;
            }
        }
        self.halted(HaltReason::Request);
        Ok(())
    }

    /// Wakes the core with an exception that it cannot take while it steps, and steps.
    fn step_awake(&mut self) -> Result<(), BenchError> {
        let pending = self.system_read(ICSR)? & PEND_SYSTICK != 0;
        let set = self.board()?.gdb.set_step_masked(true);
        self.settle("step mode", set)?;
        self.system_write(ICSR, PEND_SYSTICK)?;
        if !self.one_step(AWAKE_STEP_WAIT)? {
            self.stop()?;
        }
        if !pending {
            self.system_write(ICSR, CLEAR_SYSTICK)?;
        }
        Ok(())
    }

    /// Resets the core and its peripherals. RAM, flash and the debug registers are kept.
    pub(super) fn reset(&mut self) -> Result<(), BenchError> {
        self.reset_and_stop()?;
        self.release()
    }

    /// Holds the reset line.
    pub(super) fn hold_reset(&mut self) -> Result<(), BenchError> {
        self.reset_and_stop()?;
        self.becomes(Condition::InReset { then_halt: false });
        Ok(())
    }

    /// Releases the reset line.
    pub(super) fn release_reset(&mut self) -> Result<(), BenchError> {
        if matches!(self.condition(), Condition::InReset { .. }) {
            return self.release();
        }
        Ok(())
    }

    /// Cuts and restores the power: RAM holds noise, flash is kept, the core runs.
    pub(super) fn power_cycle(&mut self) -> Result<(), BenchError> {
        self.debug = DebugRegisters::after_power_on();
        if self.board().is_err() {
            self.replace_board()?;
            self.becomes(Condition::Halted);
        }
        self.reset_and_stop()?;
        let ram = self.board()?.ram;
        self.breakpoints = self.breakpoints.disabled();
        self.apply_breakpoints()?;
        let scrubbed = ram.write(0, &ram_after_power_loss());
        self.settle("RAM", scrubbed)?;
        self.release()
    }

    /// Puts the core in reset, stopped at its first instruction. A QEMU that has ended is
    /// restarted.
    fn reset_and_stop(&mut self) -> Result<(), BenchError> {
        // It may have ended unnoticed; then the reset restarts it.
        let alive = self.poll();
        let alive = alive.and_then(|()| {
            if self.condition() == Condition::Running {
                self.stop()?;
            }
            let reset = self.board()?.qemu.reset_and_wait();
            self.heed(reset)
        });
        match alive {
            Ok(()) => {}
            // A real core leaves lockup by reset.
            Err(_) if self.is_locked_up() => {
                self.replace_board()?;
                self.becomes(Condition::Halted);
                self.apply_breakpoints()?;
            }
            Err(error) => return Err(error),
        }
        let resets = self.board()?.qemu.resets();
        self.resets_seen = self.heed(resets)?;
        self.flash_controller = FlashController::default();
        self.debug.was_reset = true;
        self.becomes(Condition::Halted);
        Ok(())
    }

    /// After a reset: halts if requested, else runs.
    fn release(&mut self) -> Result<(), BenchError> {
        let asked = self.condition() == Condition::InReset { then_halt: true };
        self.becomes(Condition::Halted);
        // Not only if debugging is enabled: probe-rs enables it after releasing the reset line,
        // which is valid because a real line takes time to rise.
        if self.debug.catches_reset() {
            self.halted(HaltReason::VectorCatch);
            return Ok(());
        }
        if self.debug.enabled && asked {
            self.halted(HaltReason::Request);
            return Ok(());
        }
        self.resume()
    }

    /// Updates the breakpoints in QEMU.
    pub(super) fn apply_breakpoints(&mut self) -> Result<(), BenchError> {
        let wanted = self.breakpoints.wanted(self.debug.enabled);
        self.install_breakpoints(wanted)
    }

    /// Temporarily removes the breakpoints from QEMU.
    pub(super) fn lift_breakpoints(&mut self) -> Result<(), BenchError> {
        self.install_breakpoints(BTreeSet::new())
    }

    fn install_breakpoints(&mut self, wanted: BTreeSet<u32>) -> Result<(), BenchError> {
        if self.breakpoints.are_installed(&wanted) {
            return Ok(());
        }
        self.while_stopped(|machine| {
            for (address, set) in machine.breakpoints.take_changes(&wanted) {
                let done = machine.board()?.gdb.breakpoint(address, set);
                machine.settle("a breakpoint", done)?;
            }
            machine.breakpoints.note_installed(wanted);
            Ok(())
        })
    }

    /// Performs an operation that needs a stopped core, then resumes.
    pub(super) fn while_stopped<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, BenchError>,
    ) -> Result<T, BenchError> {
        self.poll()?;
        if self.condition() != Condition::Running {
            return work(self);
        }
        self.stop()?;
        let done = work(self);
        let run = self.board()?.gdb.run();
        self.settle("continue", run)?;
        done
    }

    pub(super) fn halted(&mut self, reason: HaltReason) {
        self.becomes(Condition::Halted);
        self.debug.halt_reasons |= reason as u32;
    }

    /// Stops a running QEMU.
    fn stop(&mut self) -> Result<(), BenchError> {
        let gdb = &mut self.board()?.gdb;
        let stopped = gdb
            .interrupt()
            .and_then(|()| gdb.await_stop(STOP_WAIT))
            .and_then(|stopped| {
                if stopped {
                    return Ok(());
                }
                Err(std::io::ErrorKind::TimedOut.into())
            });
        self.settle("halt", stopped)
    }

    fn one_step(&mut self, within: Duration) -> Result<bool, BenchError> {
        let gdb = &mut self.board()?.gdb;
        let stepped = gdb.step().and_then(|()| gdb.await_stop(within));
        self.settle("step", stepped)
    }

    fn program_counter(&mut self) -> Result<u64, BenchError> {
        let counter = self.board()?.gdb.register(PC);
        self.settle("program counter", counter)
    }

    fn is_at_wfi(&mut self, counter: u64) -> Result<bool, BenchError> {
        let Some(before) = u32::try_from(counter).ok().and_then(|at| at.checked_sub(2)) else {
            return Ok(false);
        };
        let mut code = [0; 4];
        match self.read_memory(before, &mut code) {
            Ok(()) => {}
            Err(BenchError::BusFault { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
        let [a, b, c, d] = code;
        Ok([u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])].contains(&WFI))
    }

    pub(super) fn system_read(&mut self, address: u32) -> Result<u32, BenchError> {
        let value = self.board()?.qtest.read(address, Width::Word);
        self.settle("a read on the bus", value)
    }

    pub(super) fn system_write(&mut self, address: u32, value: u32) -> Result<(), BenchError> {
        let written = self.board()?.qtest.write(address, Width::Word, value);
        self.settle("a write on the bus", written)
    }
}
