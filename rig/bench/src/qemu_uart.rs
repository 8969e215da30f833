//! Bench `qemu-uart`: the image in QEMU, its USART used like any serial port.

use super::elf::Image;
use super::link::Deadlines;
use super::pin::Pin;
use super::qemu::Qemu;
use super::serial::{BAUD, SerialLink, SerialWire};
use std::path::Path;
use thecal_engine::bench::{Bench, BenchError, BuiltIn, Exchange, LinkStatistics};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_plan::{Capability, Changed, Disturbance};

/// Bench `qemu-uart`.
pub static ROW: BuiltIn = BuiltIn {
    name: "qemu-uart",
    capabilities: &[Capability::Power, Capability::Halt],
    stands_in_for_a_board: true,
    pinned: true,
    in_process: false,
    limited_by: "limited by the emulated serial port",
    open: |opening| Ok(Box::new(QemuUart::start(opening.elf, opening.core)?)),
};

/// The image in QEMU, over its USART.
#[derive(Debug)]
pub struct QemuUart {
    image: Image,
    // Dropped in this order: the port before the process behind it.
    link: SerialLink,
    qemu: Qemu,
    _pin: Option<Pin>,
    hung: bool,
    powered: bool,
}

impl QemuUart {
    /// Starts an image; with `core`, QEMU and the calling thread share that core from now on, which
    /// makes exchange times steadier if other work needs the cores.
    ///
    /// # Errors
    ///
    /// [`BenchError`] naming what is missing or does not start.
    pub fn start(elf: &Path, core: Option<usize>) -> Result<Self, BenchError> {
        let image = Image::open(elf)?;
        let pin = core.map(Pin::to).transpose()?;
        let qemu = Qemu::start(image.path())?;
        let link = SerialLink::open(qemu.port(), Deadlines::default())?;
        Ok(Self {
            image,
            link,
            qemu,
            _pin: pin,
            hung: false,
            powered: true,
        })
    }

    /// QEMU's process id.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.qemu.process_id()
    }

    /// The path of the serial port.
    #[must_use]
    pub fn port(&self) -> &str {
        self.link.name()
    }

    /// Revives a hanging pump by a machine reset: its link layer ignores all frames.
    fn revive(&mut self) -> Result<(), BenchError> {
        if !self.qemu.is_locked_up() {
            return self.qemu.system_reset();
        }
        self.power_up()
    }

    /// A new machine: RAM of the old one is lost.
    fn power_up(&mut self) -> Result<(), BenchError> {
        self.qemu = Qemu::start(self.image.path())?;
        self.link.reopen(SerialWire::open(self.qemu.port(), BAUD)?);
        self.powered = true;
        Ok(())
    }
}

impl Bench for QemuUart {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        if !self.powered {
            self.power_up()?;
        } else if self.qemu.is_paused() {
            // The core is reset before it resumes: its old state is discarded.
            self.qemu.system_reset()?;
            self.qemu.resume()?;
        } else if self.hung {
            self.revive()?;
        }
        self.hung = true;
        let hello = self.link.boot(boot, nvm, &mut self.qemu)?;
        self.hung = false;
        self.image.check(&hello)?;
        Ok(hello)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        let exchange = self.link.exchange(stimulus, reaction, &mut self.qemu)?;
        self.hung = exchange == Exchange::Hung;
        Ok(exchange)
    }

    fn disturb(&mut self, disturbance: &Disturbance) -> Result<Changed, BenchError> {
        match disturbance {
            Disturbance::CutPower => {
                self.qemu.kill();
                self.powered = false;
            }
            Disturbance::Halt => self.qemu.pause()?,
            Disturbance::Resume => self.qemu.resume()?,
            Disturbance::FlipRam { .. }
            | Disturbance::FlipFlash { .. }
            | Disturbance::FlipRegister { .. } => {
                let needs = disturbance.needs();
                return Err(BenchError::Incapable { needs });
            }
        }
        Ok(Changed::WITHOUT_VALUE)
    }

    fn statistics(&self) -> LinkStatistics {
        self.link.statistics()
    }
}
