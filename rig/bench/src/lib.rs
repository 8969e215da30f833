//! Connections to a pump: probes, emulators, ports and sockets, and the inventory of boards.
//!
//! Each is a [`thecal_engine::bench::Bench`]; code above does not know which one it uses.

mod board;
pub mod elf;
mod fields;
mod hook;
pub mod inventory;
pub mod link;
pub mod low_latency;
mod parent;
mod pin;
pub mod ports;
pub mod probe;
pub mod protocol;
pub mod qemu;
pub mod qemu_probe;
pub mod qemu_uart;
pub mod rfc2217;
pub mod serial;
pub mod tcp;
mod telnet;
pub mod virtual_probe;

pub use board::Board;
pub use parent::die_with_parent;
pub use qemu_probe::{Debugger, QemuProbe};
pub use qemu_uart::QemuUart;
