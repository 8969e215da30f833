//! Benches behind a debug probe: the image on a board, or in an emulator that looks like one.
//!
//! Stock probe-rs does the work, with any probe it supports: attach, flash, reset, two memory
//! channels for the frames. The re-attachment after a reset is a state machine in [`RttWire`].

mod core;
mod flash;
mod owner;
mod rtt;
mod session;

pub use core::ProbedCore;
pub use flash::Flashing;
pub use owner::{Probed, TargetOwner};
pub use rtt::RttWire;

use super::elf::Image;
use super::link::{Deadlines, Link};
use probe_rs::probe::WireProtocol;
use std::fmt;
use thecal_engine::bench::{Bench, BenchError, Exchange, LinkStatistics};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_plan::{Changed, Disturbance};

/// A probe and the chip behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeTarget {
    /// `VID:PID` or `VID:PID:SERIAL`, in hexadecimal.
    pub selector: String,
    /// The chip's name as probe-rs knows it, such as `STM32F405RGTx`.
    pub chip: String,
    /// Protocol between probe and chip.
    pub protocol: Protocol,
}

/// Protocol between probe and chip. Some probes use none until one is selected, so it is selected
/// before each attachment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Serial wire: two lines. All chips known to the rig have it.
    #[default]
    Swd,
    /// Four lines, which the board must connect.
    Jtag,
}

impl Protocol {
    /// All, by their names in the inventory.
    pub(crate) const ALL: &[(&'static str, Self)] = &[("swd", Self::Swd), ("jtag", Self::Jtag)];
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Swd => "SWD",
            Self::Jtag => "JTAG",
        })
    }
}

impl From<Protocol> for WireProtocol {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Swd => Self::Swd,
            Protocol::Jtag => Self::Jtag,
        }
    }
}

/// A pump behind a debug probe.
#[derive(Debug)]
pub struct ProbeBench<O> {
    image: Image,
    // Dropped in this order: the session before what is behind it.
    link: Link<RttWire>,
    owner: O,
    /// The pump may be running: booted, and not reset since.
    booted: bool,
}

impl<O: TargetOwner> ProbeBench<O> {
    /// Attaches, and makes sure that the board holds the image.
    ///
    /// # Errors
    ///
    /// [`BenchError::OpenProbe`], [`BenchError::SelectProtocol`], [`BenchError::Attach`],
    /// [`BenchError::NoChannels`], [`BenchError::OtherFlash`] if another image may not be replaced.
    pub fn open(
        image: Image,
        target: &ProbeTarget,
        flashing: Flashing,
        deadlines: Deadlines,
        owner: O,
    ) -> Result<Self, BenchError> {
        let mut core = ProbedCore::attach(target)?;
        core.make_sure(&image, flashing)?;
        let wire = RttWire::new(core, &image)?;
        Ok(Self {
            image,
            link: Link::new(wire, deadlines),
            owner,
            booted: false,
        })
    }

    /// The target behind the probe.
    pub(crate) const fn owner(&mut self) -> &mut O {
        &mut self.owner
    }
}

impl<O: TargetOwner> Bench for ProbeBench<O> {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.booted = true;
        let hello = self.link.boot(boot, nvm, &mut self.owner)?;
        self.image.check(&hello)?;
        Ok(hello)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        self.link.exchange(stimulus, reaction, &mut self.owner)
    }

    fn disturb(&mut self, disturbance: &Disturbance) -> Result<Changed, BenchError> {
        let wire = self.link.wire();
        match disturbance {
            Disturbance::CutPower => self.owner.cut_power(wire),
            Disturbance::FlipFlash { place, bit } => {
                let address = self.image.flash_address_of(place)?;
                self.owner.flip_flash(wire, address, *bit)
            }
            other => wire.core().disturb(other, Some(&self.image)),
        }
    }

    fn make_safe(&mut self) -> Result<(), BenchError> {
        if !std::mem::take(&mut self.booted) {
            return Ok(());
        }
        self.link.wire().core().reset()
    }

    fn statistics(&self) -> LinkStatistics {
        self.link.statistics()
    }
}

impl<O> Drop for ProbeBench<O> {
    fn drop(&mut self) {
        // Also after a panic of the rig during a run, when an error can no longer be reported.
        if self.booted {
            drop(self.link.wire().core().reset());
        }
    }
}
