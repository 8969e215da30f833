//! The core's private peripherals as a debugger sees them: the debug registers, which QEMU lacks,
//! are here; the rest of the system control space is QEMU's.
//!
//! Register and bit names are those of the ARMv7-M Architecture Reference Manual, chapter C1, and
//! of ST's RM0090, section 38.

use super::condition::Condition;
use super::debug_registers::DebugRegisters;
use super::machine::Machine;
use super::qtest::Width;
use super::rom_table;
use thecal_engine::bench::BenchError;

const AIRCR: u32 = 0xe000_ed0c;
const DFSR: u32 = 0xe000_ed30;
const DHCSR: u32 = 0xe000_edf0;
const DCRSR: u32 = 0xe000_edf4;
const DCRDR: u32 = 0xe000_edf8;
const DEMCR: u32 = 0xe000_edfc;
const SYSTEM_CONTROL: std::ops::RangeInclusive<u32> = 0xe000_e000..=0xe000_efff;
const BREAKPOINT_UNIT: u32 = 0xe000_2000;
const BREAKPOINT_UNIT_END: u32 = 0xe000_2fcf;
const DBGMCU_IDCODE: u32 = 0xe004_2000;
const DBGMCU_CONTROL: u32 = 0xe004_2004;
const DBGMCU_END: u32 = 0xe004_200f;

/// AIRCR: the write key, and the two reset requests.
const VECTKEY: u32 = 0x05fa;
const RESET_REQUESTS: u32 = 1 << 2 | 1;

/// DHCSR: the write key.
const DBGKEY: u32 = 0xa05f;
const C_DEBUGEN: u32 = 1;
const C_HALT: u32 = 1 << 1;
const C_STEP: u32 = 1 << 2;
const C_MASKINTS: u32 = 1 << 3;
const S_REGRDY: u32 = 1 << 16;
const S_HALT: u32 = 1 << 17;
const S_LOCKUP: u32 = 1 << 19;
const S_RETIRE_ST: u32 = 1 << 24;
const S_RESET_ST: u32 = 1 << 25;

/// DCRSR: write rather than read.
const REGWNR: u32 = 1 << 16;

/// An STM32F405, revision Z.
const IDCODE: u32 = 0x1007_6413;

impl Machine {
    /// Reads a private peripheral with the width of the access.
    pub(super) fn private_read(&mut self, address: u32, width: Width) -> Result<u32, BenchError> {
        if !self.is_locked_up() {
            self.board()?;
        }
        let word = address & !3;
        let value = match word {
            DFSR => self.debug.halt_reasons,
            DHCSR => self.read_dhcsr()?,
            DCRSR => 0,
            DCRDR => self.debug.transfer,
            DEMCR => self.debug.exception_control,
            BREAKPOINT_UNIT..=BREAKPOINT_UNIT_END => self.breakpoints.read(word - BREAKPOINT_UNIT),
            DBGMCU_IDCODE => IDCODE,
            DBGMCU_CONTROL..=DBGMCU_END => device_control(&mut self.debug, word)
                .copied()
                .unwrap_or_default(),
            _ => match rom_table::word(word) {
                Some(value) => value,
                None if SYSTEM_CONTROL.contains(&word) => {
                    let value = self.board()?.qtest.read(address, width);
                    return self.settle("a read of system control", value);
                }
                // Trace: present, without function.
                None => 0,
            },
        };
        Ok(match width {
            Width::Word => value,
            Width::Half => value >> ((address & 2) * 8) & 0xffff,
            Width::Byte => value >> ((address & 3) * 8) & 0xff,
        })
    }

    /// Writes a private peripheral with the width of the access. Registers not in QEMU accept words
    /// only.
    pub(super) fn private_write(
        &mut self,
        address: u32,
        width: Width,
        value: u32,
    ) -> Result<(), BenchError> {
        if !self.is_locked_up() {
            self.board()?;
        }
        match address {
            DFSR => self.debug.halt_reasons &= !value,
            DHCSR => return self.write_dhcsr(value),
            DCRSR => return self.transfer_register(value),
            DCRDR => self.debug.transfer = value,
            DEMCR => self.debug.exception_control = value,
            AIRCR if value >> 16 == VECTKEY && value & RESET_REQUESTS != 0 => return self.reset(),
            BREAKPOINT_UNIT..=BREAKPOINT_UNIT_END => {
                self.breakpoints.write(address - BREAKPOINT_UNIT, value);
                if !self.is_locked_up() {
                    self.apply_breakpoints()?;
                }
            }
            DBGMCU_CONTROL..=DBGMCU_END => {
                if let Some(register) = device_control(&mut self.debug, address) {
                    *register = value;
                }
            }
            _ if SYSTEM_CONTROL.contains(&address) => {
                let written = self.board()?.qtest.write(address, width, value);
                return self.settle("a write of system control", written);
            }
            _ => {}
        }
        Ok(())
    }

    fn read_dhcsr(&mut self) -> Result<u32, BenchError> {
        let state = match self.poll() {
            Ok(()) => match self.condition() {
                // A halted core always has C_HALT set, however it was halted.
                Condition::Halted => S_HALT | C_HALT,
                Condition::Running => S_RETIRE_ST,
                Condition::InReset { .. } => S_RESET_ST,
            },
            Err(_) if self.is_locked_up() => S_LOCKUP,
            Err(error) => return Err(error),
        };
        let was_reset = std::mem::take(&mut self.debug.was_reset);
        let bits = [
            (C_DEBUGEN, self.debug.enabled),
            (C_MASKINTS, self.debug.interrupts_masked),
            (S_RESET_ST, was_reset),
        ];
        let set = bits.iter().filter(|(_, set)| *set).map(|(bit, _)| bit);
        Ok(set.fold(state | S_REGRDY, |all, bit| all | bit))
    }

    fn write_dhcsr(&mut self, value: u32) -> Result<(), BenchError> {
        if value >> 16 != DBGKEY {
            return Ok(());
        }
        let was_enabled = self.debug.enabled;
        self.debug.enabled = value & C_DEBUGEN != 0;
        self.debug.interrupts_masked = value & C_MASKINTS != 0;
        if self.is_locked_up() {
            return Ok(());
        }
        if was_enabled != self.debug.enabled {
            self.apply_breakpoints()?;
        }
        let halt = self.debug.enabled && value & C_HALT != 0;
        if halt {
            return self.halt();
        }
        if self.debug.enabled && value & C_STEP != 0 {
            return self.step();
        }
        if self.debug.enabled && !was_enabled {
            // However it was halted, this debugger has not requested anything yet.
            return Ok(());
        }
        self.resume()
    }

    /// Moves a value between a core register and DCRDR.
    fn transfer_register(&mut self, order: u32) -> Result<(), BenchError> {
        let selector = u8::try_from(order & 0x7f).unwrap_or_default();
        if order & REGWNR != 0 {
            return self.write_core_register(selector, self.debug.transfer);
        }
        self.debug.transfer = self.read_core_register(selector)?;
        Ok(())
    }
}

fn device_control(debug: &mut DebugRegisters, address: u32) -> Option<&mut u32> {
    let index = address.checked_sub(DBGMCU_CONTROL)? as usize / 4;
    debug.device_control.get_mut(index)
}
