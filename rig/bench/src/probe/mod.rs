//! Benches behind a debug probe: the image on a board, or in an emulator that looks like one.
//!
//! Stock probe-rs does the work, with any probe it supports: attach, flash, reset, two memory
//! channels for the frames. The re-attachment after a reset is a state machine in [`RttWire`].

mod core;
mod flash;
mod owner;
mod rtt;
mod session;
mod target;

pub use core::ProbedCore;
pub use flash::Flashing;
pub use owner::{Probed, TargetOwner};
pub use rtt::RttWire;
pub use target::{ProbeTarget, Protocol};

use super::elf::Image;
use super::link::{Deadlines, Link};
use thecal_engine::bench::{Bench, BenchError, Exchange, LinkStatistics};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_plan::{Changed, Disturbance};

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
