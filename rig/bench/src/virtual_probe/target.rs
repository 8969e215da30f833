//! The target as its owner uses it: an STM32F405 that can be powered, cut off, and changed in ways
//! that no probe can.

use super::condition::Condition;
use super::connection::Connection;
use super::core_registers::CoreRegister;
use super::halt_clock::HaltClock;
use super::machine::Machine;
use super::plugin;
use super::shared::Shared;
use crate::elf::Image;
use crate::link::{Liveness, Owner};
use std::path::Path;
use std::sync::Arc;
use thecal_engine::bench::BenchError;

/// An STM32F405 in QEMU with a debug probe, which probe-rs lists and opens like any other.
///
/// The methods here do what a probe does, and more; they may be used while a probe is open, from
/// any thread, one at a time. The process ends when this is dropped, even if a probe is open.
///
/// If the core locks up, QEMU ends; that shows as [`Liveness::LockedUp`], and a reset or power
/// cycle restarts the target with the same flash. RAM is lost then.
#[derive(Debug)]
pub struct VirtualTarget {
    shared: Arc<Shared>,
    serial_number: String,
}

impl VirtualTarget {
    /// Powers up a target with an image in its flash. Its core runs.
    ///
    /// # Errors
    ///
    /// [`BenchError`] naming what is missing or does not start.
    pub fn start(elf: &Path) -> Result<Self, BenchError> {
        let image = Image::open(elf)?;
        let shared = Arc::new(Shared::new(Machine::start(image.path())?));
        let serial_number = plugin::connect(&shared);
        Ok(Self {
            shared,
            serial_number,
        })
    }

    /// The serial number of its probe, unique in this process.
    #[must_use]
    pub fn serial_number(&self) -> &str {
        &self.serial_number
    }

    /// The selector by which probe-rs opens the probe: `VID:PID:SERIAL`.
    #[must_use]
    pub fn selector(&self) -> String {
        plugin::selector(&self.serial_number)
    }

    /// Creates connections to the debug port that are not a probe's.
    pub fn connector(&self) -> impl Fn() -> Connection + Send + 'static {
        let shared = Arc::clone(&self.shared);
        move || Connection::new(Arc::clone(&shared))
    }

    /// QEMU's process id, if it has not ended.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.shared.machine().process_id()
    }

    /// The pseudo-terminal connected to the USART. It may change after lockup.
    #[must_use]
    pub fn serial_port(&self) -> Option<String> {
        self.shared.machine().serial_port()
    }

    /// Whether it is alive and runs. A core that a debugger halted or holds in reset is
    /// [`Liveness::Dead`] with [`BenchError::Halted`].
    #[must_use]
    pub fn liveness(&self) -> Liveness {
        self.shared.machine().liveness()
    }

    /// Whether a debugger has halted the core.
    ///
    /// # Errors
    ///
    /// [`BenchError::ProcessGone`].
    pub fn is_halted(&self) -> Result<bool, BenchError> {
        let mut machine = self.shared.machine();
        machine.poll()?;
        Ok(machine.condition() == Condition::Halted)
    }

    /// What tells how long debuggers have had the core halted.
    #[must_use]
    pub fn halt_clock(&self) -> HaltClock {
        HaltClock::new(Arc::clone(&self.shared))
    }

    /// Reads memory without affecting the core.
    ///
    /// # Errors
    ///
    /// [`BenchError::BusFault`] if no device is there; [`BenchError::ProcessGone`].
    pub fn read_memory(&self, address: u32, bytes: &mut [u8]) -> Result<(), BenchError> {
        self.shared.machine().read_memory(address, bytes)
    }

    /// Writes memory without affecting the core; in flash any bit changes either way, with the core
    /// stopped meanwhile.
    ///
    /// # Errors
    ///
    /// [`BenchError::BusFault`] if no device is there; [`BenchError::ProcessGone`].
    pub fn write_memory(&self, address: u32, bytes: &[u8]) -> Result<(), BenchError> {
        self.shared.machine().write_memory(address, bytes)
    }

    /// Flips the bits of a mask in the byte at an address, in RAM or flash.
    ///
    /// # Errors
    ///
    /// [`BenchError::BusFault`] if no device is there; [`BenchError::ProcessGone`].
    pub fn flip_bits(&self, address: u32, mask: u8) -> Result<(), BenchError> {
        let mut machine = self.shared.machine();
        let mut byte = [0];
        machine.read_memory(address, &mut byte)?;
        machine.write_memory(address, &byte.map(|byte| byte ^ mask))
    }

    /// Halts the core.
    ///
    /// # Errors
    ///
    /// [`BenchError::ProcessGone`], [`BenchError::Unresponsive`].
    pub fn halt(&self) -> Result<(), BenchError> {
        self.shared.machine().halt()
    }

    /// Lets a halted core run, also from a breakpoint.
    ///
    /// # Errors
    ///
    /// [`BenchError::ProcessGone`], [`BenchError::Unresponsive`].
    pub fn resume(&self) -> Result<(), BenchError> {
        let mut machine = self.shared.machine();
        machine.poll()?;
        if machine.condition() != Condition::Halted {
            return Ok(());
        }
        machine.lift_breakpoints()?;
        machine.step()?;
        machine.apply_breakpoints()?;
        machine.resume()
    }

    /// Lets a halted core run one instruction, with interrupts.
    ///
    /// # Errors
    ///
    /// [`BenchError::ProcessGone`], [`BenchError::Unresponsive`].
    pub fn step(&self) -> Result<(), BenchError> {
        self.shared.machine().step()
    }

    /// Reads a register of a halted core.
    ///
    /// # Errors
    ///
    /// [`BenchError::NotHalted`], [`BenchError::ProcessGone`].
    pub fn read_core_register(&self, register: CoreRegister) -> Result<u32, BenchError> {
        let mut machine = self.shared.machine();
        machine.read_core_register(register.selector())
    }

    /// Writes a register of a halted core.
    ///
    /// # Errors
    ///
    /// [`BenchError::NotHalted`], [`BenchError::ProcessGone`].
    pub fn write_core_register(
        &self,
        register: CoreRegister,
        value: u32,
    ) -> Result<(), BenchError> {
        let mut machine = self.shared.machine();
        machine.write_core_register(register.selector(), value)
    }

    /// Resets core and peripherals; RAM is kept. The core then runs, unless a debugger catches the
    /// reset.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if QEMU has ended for another reason than lockup, or does not restart.
    pub fn reset(&self) -> Result<(), BenchError> {
        self.shared.machine().reset()
    }

    /// Cuts and restores the power. Flash is kept, RAM holds the same noise each time, all debugger
    /// settings are lost, the core runs.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if QEMU does not restart.
    pub fn power_cycle(&self) -> Result<(), BenchError> {
        self.shared.machine().power_cycle()
    }
}

impl<W: ?Sized> Owner<W> for VirtualTarget {
    fn liveness(&mut self, _wire: &mut W) -> Liveness {
        VirtualTarget::liveness(self)
    }
}

impl Drop for VirtualTarget {
    fn drop(&mut self) {
        plugin::disconnect(&self.serial_number);
        self.shared.machine().power_off();
    }
}
