//! The virtual debug probe: an STM32F405 in QEMU that probe-rs treats like a real board.
//!
//! A [`VirtualTarget`] starts QEMU and attaches a probe to it, which `probe_rs` lists and opens in
//! this process like any USB probe: the rig uses the same code for a real probe and this one.
//!
//! Access paths: RAM and flash are read, and RAM written, in QEMU's own address space
//! (`host_memory`), with the core running; peripherals and system control space by QEMU's test
//! interface (`qtest`), with the core running; halt, run, step, core registers, breakpoints and
//! writes to flash by the gdb stub (`gdb`); reset by QMP. The debug registers, the breakpoint unit,
//! the ROM table, the debug port and the flash controller as seen by a debugger are emulated here,
//! because QEMU has none of them. The probe uses no protocol until one is selected, like some real
//! ones, and supports serial wire only.
//!
//! Differences from silicon: the process stack pointer and the mask registers read as zero; a reset
//! requested by the firmware is noticed but not caught; trace and watchpoints are absent; a core
//! never shows as sleeping, and its memory is accessible while it sleeps, whether or not the
//! firmware has set `DBG_SLEEP`: its writes to DBGMCU are lost in QEMU; RAM does not survive
//! lockup.

mod access_port;
mod breakpoints;
mod condition;
mod connection;
mod core_registers;
mod debug_registers;
mod execution;
mod flash;
mod flash_algorithm;
mod flash_controller;
mod gdb;
mod halt_clock;
mod host_memory;
mod machine;
mod memory;
mod memory_map;
mod plugin;
mod private_peripherals;
mod probe;
mod qtest;
mod rom_table;
mod shared;
mod target;

pub use breakpoints::BREAKPOINTS;
pub use connection::Connection;
pub use core_registers::CoreRegister;
pub use halt_clock::{HaltClock, Halted};
pub use memory_map::{FLASH_START, RAM_LEN, RAM_START};
pub use target::VirtualTarget;

/// The chip's name for probe-rs.
pub const CHIP: &str = "STM32F405RGTx";
