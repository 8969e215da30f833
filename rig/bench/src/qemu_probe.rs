//! Bench `qemu`: the image in QEMU behind a virtual debug probe, driven like a real board.

use super::elf::Image;
use super::link::{Deadlines, Liveness, Owner};
use super::pin::Pin;
use super::probe::{Flashing, ProbeBench, ProbeTarget, Protocol, RttWire, TargetOwner};
use super::virtual_probe::{CHIP, VirtualTarget};
use std::path::Path;
use thecal_engine::bench::{Bench, BenchError, BuiltIn, Exchange, LinkStatistics};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_plan::{Capability, Changed, Disturbance};

/// Bench `qemu`.
pub static ROW: BuiltIn = BuiltIn {
    name: "qemu",
    capabilities: Capability::ALL,
    stands_in_for_a_board: true,
    pinned: true,
    in_process: false,
    limited_by: "limited by the emulated core and the hand-over to it",
    open: |opening| Ok(Box::new(QemuProbe::start(opening.elf, opening.core)?)),
};

/// The image in QEMU, over a virtual debug probe.
#[derive(Debug)]
pub struct QemuProbe {
    bench: ProbeBench<Emulated>,
    _pin: Option<Pin>,
}

impl QemuProbe {
    /// Starts an image; with `core`, QEMU and the calling thread share that core from now on.
    ///
    /// # Errors
    ///
    /// [`BenchError`] naming what is missing or does not start.
    pub fn start(elf: &Path, core: Option<usize>) -> Result<Self, BenchError> {
        let image = Image::open(elf)?;
        let pin = core.map(Pin::to).transpose()?;
        let target = VirtualTarget::start(elf)?;
        Ok(Self {
            bench: over(image, target)?,
            _pin: pin,
        })
    }

    /// QEMU's process id; `None` if it has ended.
    #[must_use]
    pub fn process_id(&mut self) -> Option<u32> {
        self.bench.owner().target.process_id()
    }

    /// The target behind the probe.
    pub const fn target(&mut self) -> &mut VirtualTarget {
        &mut self.bench.owner().target
    }
}

/// A bench over a virtual target, by its probe's selector as for any other.
fn over(image: Image, target: VirtualTarget) -> Result<ProbeBench<Emulated>, BenchError> {
    let probe = ProbeTarget {
        selector: target.selector(),
        chip: CHIP.to_owned(),
        protocol: Protocol::default(),
    };
    let owner = Emulated { target };
    ProbeBench::open(image, &probe, Flashing::Never, Deadlines::default(), owner)
}

impl Bench for QemuProbe {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.bench.boot(boot, nvm)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        self.bench.exchange(stimulus, reaction)
    }

    fn disturb(&mut self, disturbance: &Disturbance) -> Result<Changed, BenchError> {
        self.bench.disturb(disturbance)
    }

    fn make_safe(&mut self) -> Result<(), BenchError> {
        self.bench.make_safe()
    }

    fn statistics(&self) -> LinkStatistics {
        self.bench.statistics()
    }
}

/// The owner of a virtual target: it also knows why QEMU ended, and can cut the power.
#[derive(Debug)]
struct Emulated {
    target: VirtualTarget,
}

impl Owner<RttWire> for Emulated {
    fn liveness(&mut self, _wire: &mut RttWire) -> Liveness {
        self.target.liveness()
    }

    fn reset(&mut self, wire: &mut RttWire) -> Result<bool, BenchError> {
        if let Liveness::LockedUp(_) = self.target.liveness() {
            // RAM cannot be written in lockup, and does not survive it.
            self.target.reset()?;
        }
        wire.reset().map(|()| true)
    }
}

impl TargetOwner for Emulated {
    fn cut_power(&mut self, _wire: &mut RttWire) -> Result<Changed, BenchError> {
        self.target.power_cycle()?;
        Ok(Changed {
            before: 1,
            after: 0,
        })
    }

    fn flip_flash(
        &mut self,
        _wire: &mut RttWire,
        address: u64,
        bit: u8,
    ) -> Result<Changed, BenchError> {
        let address = u32::try_from(address).unwrap_or(u32::MAX);
        let read = |target: &VirtualTarget| -> Result<u32, BenchError> {
            let mut byte = [0];
            target.read_memory(address, &mut byte)?;
            Ok(byte[0].into())
        };
        let before = read(&self.target)?;
        self.target.flip_bits(address, 1 << (bit & 7))?;
        Ok(Changed {
            before,
            after: read(&self.target)?,
        })
    }
}
