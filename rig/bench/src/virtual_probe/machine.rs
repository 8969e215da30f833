//! The machine under the probe: a running QEMU, or how it ended.
//!
//! Its parts: control of the core is in `execution`, memory in `memory` and `flash`, what a
//! debugger sees of the core's private peripherals in `private_peripherals`. The state of the registers
//! that QEMU lacks is in `debug_registers`, `breakpoints` and `flash_controller`.

use super::breakpoints::Breakpoints;
use super::condition::{Condition, HaltedTime};
use super::debug_registers::DebugRegisters;
use super::flash_controller::FlashController;
use super::gdb::Gdb;
use super::host_memory::HostMemory;
use super::memory_map::{FLASH_LEN, FLASH_START, RAM_LEN, RAM_START};
use super::qtest::Qtest;
use crate::link::Liveness;
use crate::qemu::{PROGRAM, Qemu};
use nix::unistd::Pid;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use thecal_engine::bench::BenchError;

/// Time from a broken connection until the process is known to have ended.
const END_WAIT: Duration = Duration::from_secs(1);

/// Timeout for one answer, on each connection.
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// Flash is compared and written back in pieces of this length. Unit: byte.
const FLASH_PIECE: usize = 1024;

/// Seed of the pattern in RAM after power-on. Any number but zero.
const RAM_SEED: u32 = 0x7ec4_1a5d;

/// QEMU and all connections to it.
#[derive(Debug)]
pub(super) struct Board {
    // Dropped first: the connections before the process behind them.
    pub(super) gdb: Gdb,
    pub(super) qtest: Qtest,
    pub(super) ram: HostMemory,
    pub(super) flash: HostMemory,
    pub(super) qemu: Qemu,
}

/// How a QEMU ended.
#[derive(Clone, Debug)]
struct End {
    how: String,
    detail: String,
    locked_up: bool,
}

impl End {
    fn error(&self) -> BenchError {
        BenchError::ProcessGone {
            program: PROGRAM,
            how: self.how.clone(),
            detail: self.detail.clone(),
        }
    }
}

/// A target, with the state set by a debugger.
#[derive(Debug)]
pub(super) struct Machine {
    image: PathBuf,
    board: Result<Board, End>,
    /// Content of flash, which survives a restart of QEMU.
    pub(super) flash: Vec<u8>,
    pub(super) flash_controller: FlashController,
    condition: Condition,
    pub(super) halted_time: HaltedTime,
    pub(super) debug: DebugRegisters,
    pub(super) breakpoints: Breakpoints,
    /// Resets already noticed.
    pub(super) resets_seen: u64,
}

impl Machine {
    /// Powers a target up; its core runs when this returns.
    pub(super) fn start(image: &Path) -> Result<Self, BenchError> {
        let mut board = Board::start(image)?;
        let mut flash = vec![0; FLASH_LEN as usize];
        board
            .flash
            .read(0, &mut flash)
            .and_then(|()| board.gdb.run())
            .map_err(|source| BenchError::Start {
                program: PROGRAM,
                source,
            })?;
        Ok(Self {
            image: image.to_owned(),
            board: Ok(board),
            flash,
            flash_controller: FlashController::default(),
            condition: Condition::Running,
            halted_time: HaltedTime::default(),
            debug: DebugRegisters::after_power_on(),
            breakpoints: Breakpoints::default(),
            resets_seen: 0,
        })
    }

    /// The state of the core.
    pub(super) const fn condition(&self) -> Condition {
        self.condition
    }

    /// Sets the state of the core.
    pub(super) fn becomes(&mut self, condition: Condition) {
        self.condition = condition;
        self.halted_time.note(condition, Instant::now());
    }

    /// Cuts the power for good.
    pub(super) fn power_off(&mut self) {
        self.board = Err(End {
            how: "powered off".into(),
            detail: ": its owner dropped the virtual target".into(),
            locked_up: false,
        });
    }

    /// Starts a new QEMU with the same flash; the core is stopped at its first instruction.
    pub(super) fn replace_board(&mut self) -> Result<(), BenchError> {
        // The old one is ended first.
        self.end_now("replaced", "");
        let mut board = Board::start(&self.image)?;
        let restored = board.restore_flash(&self.flash);
        self.board = Ok(board);
        self.resets_seen = 0;
        self.breakpoints.forget_installed();
        self.settle("restoring flash", restored)
    }

    /// The QEMU, if it has not ended.
    pub(super) fn board(&mut self) -> Result<&mut Board, BenchError> {
        self.board.as_mut().map_err(|end| end.error())
    }

    /// RAM; nothing else is checked.
    pub(super) fn ram(&self) -> Result<HostMemory, BenchError> {
        match &self.board {
            Ok(board) => Ok(board.ram),
            Err(end) => Err(end.error()),
        }
    }

    /// Whether the core locked up by a fault in a fault handler.
    pub(super) fn is_locked_up(&self) -> bool {
        matches!(&self.board, Err(end) if end.locked_up)
    }

    /// QEMU's process id, if it has not ended.
    pub(super) fn process_id(&self) -> Option<u32> {
        Some(self.board.as_ref().ok()?.qemu.process_id())
    }

    /// Path of the port connected to the USART.
    pub(super) fn serial_port(&self) -> Option<String> {
        Some(self.board.as_ref().ok()?.qemu.port().to_owned())
    }

    /// Liveness for a link over the serial port that received nothing.
    pub(super) fn liveness(&mut self) -> Liveness {
        if let Err(error) = self.poll() {
            return self.ended(error);
        }
        let halted = |state: &str| {
            Liveness::Dead(BenchError::Halted {
                program: PROGRAM.to_owned(),
                state: state.to_owned(),
            })
        };
        match self.condition {
            Condition::Halted => halted("halted by a debugger"),
            Condition::InReset { .. } => halted("held in reset by a debugger"),
            Condition::Running => match self.board() {
                Ok(board) => match board.qemu.look() {
                    // It was resumed and has not stopped again: it has not started yet.
                    Liveness::Dead(BenchError::Halted { .. }) => Liveness::Running,
                    other => other,
                },
                Err(error) => self.ended(error),
            },
        }
    }

    fn ended(&self, error: BenchError) -> Liveness {
        if self.is_locked_up() {
            return Liveness::LockedUp(error);
        }
        Liveness::Dead(error)
    }

    /// Interprets the error of a failed operation, and ends a QEMU that no longer responds.
    pub(super) fn settle<T>(
        &mut self,
        asked: &'static str,
        result: io::Result<T>,
    ) -> Result<T, BenchError> {
        result.map_err(|source| self.cause(asked, source))
    }

    fn cause(&mut self, asked: &'static str, source: io::Error) -> BenchError {
        let refused = matches!(source.kind(), ErrorKind::InvalidInput);
        let silent = matches!(source.kind(), ErrorKind::TimedOut);
        let waited = if silent { ANSWER_WAIT } else { END_WAIT };
        if !refused && !silent {
            self.notice_end(END_WAIT);
        }
        if let Err(end) = &self.board {
            return end.error();
        }
        if silent {
            self.end_now("killed", &format!(": it did not answer to {asked}"));
        }
        BenchError::Unresponsive {
            program: PROGRAM,
            asked,
            waited,
            source,
        }
    }

    /// Checks whether the process has ended, and stores how.
    fn notice_end(&mut self, within: Duration) {
        let Ok(board) = &mut self.board else {
            return;
        };
        if let Some((BenchError::ProcessGone { how, detail, .. }, locked_up)) =
            board.qemu.end(within)
        {
            self.board = Err(End {
                how,
                detail,
                locked_up,
            });
        }
    }

    /// Handles an error of QEMU itself, after which it may have ended.
    pub(super) fn heed<T>(&mut self, result: Result<T, BenchError>) -> Result<T, BenchError> {
        if let Err(BenchError::ProcessGone { .. }) = &result {
            self.notice_end(END_WAIT);
        }
        result
    }

    fn end_now(&mut self, how: &str, detail: &str) {
        self.board = Err(End {
            how: how.into(),
            detail: detail.into(),
            locked_up: false,
        });
    }
}

impl Board {
    fn start(image: &Path) -> Result<Self, BenchError> {
        let mut qemu = Qemu::start_stopped(image)?;
        let process = i32::try_from(qemu.process_id())
            .map_err(io::Error::other)
            .map_err(cannot_start)?;
        let process = Pid::from_raw(process);
        let ram = HostMemory::new(process, qemu.host_address(RAM_START)?);
        let flash = HostMemory::new(process, qemu.host_address(FLASH_START)?);
        ram.write(0, &ram_after_power_loss())
            .map_err(cannot_start)?;
        Ok(Self {
            gdb: Gdb::connect(&qemu.gdb_socket()).map_err(cannot_start)?,
            qtest: Qtest::connect(&qemu.qtest_socket()).map_err(cannot_start)?,
            ram,
            flash,
            qemu,
        })
    }

    fn restore_flash(&mut self, flash: &[u8]) -> io::Result<()> {
        let mut piece = [0; FLASH_PIECE];
        let mut at = FLASH_START;
        for (index, wanted) in flash.chunks_exact(FLASH_PIECE).enumerate() {
            self.flash.read(index * FLASH_PIECE, &mut piece)?;
            if piece != wanted {
                self.gdb.write(at, wanted)?;
            }
            at = at.wrapping_add(1024);
        }
        Ok(())
    }
}

fn cannot_start(source: io::Error) -> BenchError {
    BenchError::Start {
        program: PROGRAM,
        source,
    }
}

/// Content of RAM after power-on: always the same, never zeros, so that nothing relies on zeros.
pub(super) fn ram_after_power_loss() -> Vec<u8> {
    let mut word = RAM_SEED;
    (0..RAM_LEN / 4)
        .flat_map(|_| {
            // Marsaglia's 32-bit xorshift.
            word ^= word << 13;
            word ^= word >> 17;
            word ^= word << 5;
            word.to_le_bytes()
        })
        .collect()
}
