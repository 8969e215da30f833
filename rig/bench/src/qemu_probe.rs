//! Bench `qemu`: the image in QEMU behind a virtual debug probe, driven like a real board.

use super::elf::Image;
use super::link::{Deadlines, Liveness, Owner};
use super::pin::Pin;
use super::probe::{Flashing, ProbeBench, ProbeTarget, Protocol, RttWire, TargetOwner};
use super::virtual_probe::{CHIP, VirtualTarget};
use std::fmt;
use std::path::Path;
use std::time::Duration;
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

/// Beside a debugger, a halt is looked for this many times in each attempt of the default deadlines.
const LOOKS: u32 = 10;

/// Knows of a debugger that may halt the core.
pub trait Debugger: fmt::Debug + Send {
    /// Waits while it has the core halted; returns for how long the core was halted since the last
    /// call.
    ///
    /// # Errors
    ///
    /// [`BenchError`] if it waits no longer: the exchange fails with it.
    fn wait_while_halted(&mut self) -> Result<Duration, BenchError>;
}

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
        let owner = Emulated {
            target: VirtualTarget::start(elf)?,
            debugger: None,
        };
        Ok(Self {
            bench: over(image, owner, Deadlines::default())?,
            _pin: pin,
        })
    }

    /// Drives an image on a target whose core a debugger may halt at any time. No exchange is lost by
    /// that: it is completed once the core runs again. A scenario cannot halt this core.
    ///
    /// # Errors
    ///
    /// [`BenchError`] naming what is missing.
    pub fn beside_debugger(
        elf: &Path,
        target: VirtualTarget,
        debugger: Box<dyn Debugger>,
    ) -> Result<Self, BenchError> {
        let owner = Emulated {
            target,
            debugger: Some(debugger),
        };
        let default = Deadlines::default();
        let deadlines = Deadlines {
            attempt: default.attempt / LOOKS,
            attempts: default.attempts * LOOKS,
            ..default
        };
        Ok(Self {
            bench: over(Image::open(elf)?, owner, deadlines)?,
            _pin: None,
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
fn over(
    image: Image,
    owner: Emulated,
    deadlines: Deadlines,
) -> Result<ProbeBench<Emulated>, BenchError> {
    let probe = ProbeTarget {
        selector: owner.target.selector(),
        chip: CHIP.to_owned(),
        protocol: Protocol::default(),
    };
    ProbeBench::open(image, &probe, Flashing::Never, deadlines, owner)
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
        let halts = matches!(disturbance, Disturbance::Halt | Disturbance::Resume);
        if halts && self.bench.owner().debugger.is_some() {
            // It would be taken for a debugger's, and waited for.
            return Err(BenchError::Incapable {
                needs: disturbance.needs(),
            });
        }
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
    debugger: Option<Box<dyn Debugger>>,
}

impl Owner<RttWire> for Emulated {
    fn liveness(&mut self, _wire: &mut RttWire) -> Liveness {
        match self.target.liveness() {
            // Halted only just now: it ran for as long as a pump may be silent.
            Liveness::Dead(BenchError::Halted { .. }) if self.debugger.is_some() => {
                Liveness::Running
            }
            other => other,
        }
    }

    fn wait_while_halted(&mut self, _wire: &mut RttWire) -> Result<Duration, BenchError> {
        match &mut self.debugger {
            Some(debugger) => debugger.wait_while_halted(),
            None => Ok(Duration::ZERO),
        }
    }

    fn reset(&mut self, wire: &mut RttWire) -> Result<bool, BenchError> {
        if let Liveness::LockedUp(_) = self.target.liveness() {
            // RAM cannot be written in lockup, and does not survive it.
            self.target.reset()?;
        }
        let mut started = wire.reset();
        // A debugger may have caught the reset, or set a breakpoint ahead of the channels.
        while let Err(BenchError::NoControlBlock { .. }) = started
            && !self.wait_while_halted(wire)?.is_zero()
        {
            started = wire.await_channels();
        }
        started.map(|()| true)
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
