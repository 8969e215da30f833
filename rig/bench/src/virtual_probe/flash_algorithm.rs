//! Flashing an image by a probe's usual method: a flash algorithm in RAM, called function by
//! function.
//!
//! QEMU has no flash controller, so ST's algorithm would run, program nothing and report success.
//! Here it is recognized by its bytes, which probe-rs has built in, and each call takes effect at
//! once, without running the core. Unrecognized code runs as it is.

use super::CHIP;
use super::condition::Condition;
use super::execution::HaltReason;
use super::machine::Machine;
use super::memory_map::{RAM_LEN, RAM_START, Region, region};
use probe_rs::config::{Registry, Target};
use std::sync::OnceLock;
use thecal_engine::bench::BenchError;

/// Return address of the calls: two breakpoint instructions, in front of the algorithm.
const RETURN: [u8; 4] = [0x00, 0xbe, 0x00, 0xbe];

/// A breakpoint instruction; its number does not matter.
const BREAKPOINT: u16 = 0xbe00;

const LINK: u8 = 14;
const COUNTER: u8 = 15;

/// Return value of a failed call.
const FAILED: u32 = 1;

/// The functions of a flash algorithm, named as in CMSIS-Pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    /// `Init` and `UnInit`.
    Nothing,
    EraseChip,
    EraseSector,
    ProgramPage,
}

/// The chip's algorithms, read once; none if this probe-rs does not know the chip.
fn target() -> Option<&'static Target> {
    static TARGET: OnceLock<Option<Target>> = OnceLock::new();
    let read = || {
        Registry::from_builtin_families()
            .get_target_by_name(CHIP)
            .ok()
    };
    TARGET.get_or_init(read).as_ref()
}

/// Which function of which algorithm starts `into` bytes behind the start of `code`.
fn function(code: &[u8], into: u64) -> Option<Function> {
    let algorithms = &target()?.flash_algorithms;
    let algorithm = algorithms.iter().find(|algorithm| {
        let len = usize::try_from(algorithm.data_section_offset).ok();
        let own = len.and_then(|len| algorithm.instructions.get(..len));
        own.is_some_and(|own| !own.is_empty() && code.starts_with(own))
    })?;
    // In some algorithms the table's addresses have the Thumb bit.
    let is = |entry: Option<u64>| entry.map(|entry| entry & !1) == Some(into);
    let functions = [
        (algorithm.pc_init, Function::Nothing),
        (algorithm.pc_uninit, Function::Nothing),
        (algorithm.pc_erase_all, Function::EraseChip),
        (Some(algorithm.pc_erase_sector), Function::EraseSector),
        (Some(algorithm.pc_program_page), Function::ProgramPage),
    ];
    functions
        .iter()
        .find(|(entry, _)| is(*entry))
        .map(|(_, function)| *function)
}

impl Machine {
    /// If the core is at the start of a flash algorithm's function, performs the function and
    /// returns from it; false otherwise.
    pub(super) fn call_flash_function(&mut self) -> Result<bool, BenchError> {
        let counter = self.read_core_register(COUNTER)?;
        if !matches!(region(counter, 2), Region::Ram(_)) {
            return Ok(false);
        }
        let back = self.read_core_register(LINK)? & !1;
        let (Region::Ram(_), Some(into)) =
            (region(back, 4), counter.checked_sub(back.wrapping_add(4)))
        else {
            return Ok(false);
        };
        let mut code = vec![0; (RAM_START + RAM_LEN - back) as usize];
        self.read_memory(back, &mut code)?;
        let Some(function) = code
            .strip_prefix(&RETURN)
            .and_then(|code| function(code, into.into()))
        else {
            return Ok(false);
        };
        let result = self.do_flash_function(function)?;
        self.write_core_register(0, result)?;
        self.write_core_register(COUNTER, back)?;
        Ok(true)
    }

    fn do_flash_function(&mut self, function: Function) -> Result<u32, BenchError> {
        let [address, len, from] = [
            self.read_core_register(0)?,
            self.read_core_register(1)?,
            self.read_core_register(2)?,
        ];
        let done = match function {
            Function::Nothing => true,
            Function::EraseChip => self.erase_flash(None)?,
            Function::EraseSector => match region(address, 1) {
                Region::Flash(offset) => self.erase_flash(Some(offset))?,
                _ => false,
            },
            Function::ProgramPage => {
                match (region(address, len as usize), region(from, len as usize)) {
                    (Region::Flash(offset), Region::Ram(_)) => {
                        let mut page = vec![0; len as usize];
                        self.read_memory(from, &mut page)?;
                        self.clear_flash_bits(offset, &page)?;
                        true
                    }
                    _ => false,
                }
            }
        };
        Ok(if done { 0 } else { FAILED })
    }

    /// Whether the core is at a breakpoint instruction: then it halts instead of running, like a
    /// real core under a debugger. (Only at the start of a run: QEMU's core treats one that it
    /// reaches as a fault.)
    pub(super) fn halts_at_breakpoint_instruction(&mut self) -> Result<bool, BenchError> {
        if self.condition() != Condition::Halted || !self.debug.enabled {
            return Ok(false);
        }
        let counter = self.read_core_register(COUNTER)?;
        let Region::Ram(_) = region(counter, 2) else {
            return Ok(false);
        };
        let mut instruction = [0; 2];
        self.read_memory(counter, &mut instruction)?;
        let stands = u16::from_le_bytes(instruction) & 0xff00 == BREAKPOINT;
        if stands {
            self.halted(HaltReason::Breakpoint);
        }
        Ok(stands)
    }
}
