//! The core behind a probe: its memory, registers, flash and state.

use super::{ProbeTarget, session};
use crate::elf::Image;
use crate::link::Liveness;
use probe_rs::flashing::DownloadOptions;
use probe_rs::{Core, CoreStatus, MemoryInterface as _, RegisterId, Session};
use std::time::Duration;
use thecal_engine::bench::BenchError;
use thecal_plan::{Changed, Disturbance};

/// Timeout for halting the core.
const HALT_WAIT: Duration = Duration::from_millis(500);

/// A core that a probe is attached to.
#[derive(Debug)]
pub struct ProbedCore {
    /// `None` only between two attachments.
    session: Option<Session>,
    target: ProbeTarget,
    name: String,
}

impl ProbedCore {
    /// Attaches.
    pub(crate) fn attach(target: &ProbeTarget) -> Result<Self, BenchError> {
        Ok(Self {
            session: Some(session::attach(target)?),
            target: target.clone(),
            name: format!("probe {}", target.selector),
        })
    }

    /// Attaches again after the board was without power, or the probe was unplugged.
    ///
    /// # Errors
    ///
    /// [`BenchError::OpenProbe`], [`BenchError::SelectProtocol`], [`BenchError::Attach`].
    pub(crate) fn reattach(&mut self) -> Result<(), BenchError> {
        // A probe has one user only: the old session is closed first.
        self.session = None;
        self.session = Some(session::attach(&self.target)?);
        Ok(())
    }

    /// Name of the probe for the user.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads the target's memory.
    ///
    /// # Errors
    ///
    /// [`BenchError::Probe`].
    pub fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), BenchError> {
        self.with("read memory", |core| core.read(address, bytes))
    }

    /// Writes pieces into flash, erasing as needed, and resets the core.
    pub(super) fn flash(&mut self, pieces: &[(u64, Vec<u8>)]) -> Result<(), BenchError> {
        let name = self.name.clone();
        let failed = |error: &dyn std::error::Error| BenchError::Probe {
            probe: name.clone(),
            what: "flash the image",
            reason: session::reason(error),
        };
        let Some(session) = &mut self.session else {
            return Err(self.failed("flash the image", &not_attached()));
        };
        let mut loader = session.target().flash_loader();
        for (address, bytes) in pieces {
            loader
                .add_data(*address, bytes)
                .map_err(|error| failed(&error))?;
        }
        let mut options = DownloadOptions::default();
        options.verify = true;
        loader
            .commit(session, options)
            .map_err(|error| failed(&error))?;
        self.reset()
    }

    /// Resets the core and lets it run.
    ///
    /// # Errors
    ///
    /// [`BenchError::Probe`].
    pub fn reset(&mut self) -> Result<(), BenchError> {
        self.with("reset the core", |core| core.reset())
    }

    /// The state of the core.
    pub(crate) fn look(&mut self) -> Liveness {
        match self.with("read the core's state", |core| core.status()) {
            Ok(CoreStatus::Running | CoreStatus::Sleeping) => Liveness::Running,
            Ok(CoreStatus::LockedUp) => Liveness::LockedUp(BenchError::LockedUp {
                bench: self.name.clone(),
            }),
            Ok(CoreStatus::Halted(reason)) => Liveness::Dead(BenchError::Halted {
                program: self.name.clone(),
                state: format!("halted: {reason:?}"),
            }),
            Ok(CoreStatus::Unknown) => Liveness::Unknown,
            Err(error) => Liveness::Dead(error),
        }
    }

    /// Applies disturbances that any probe can: RAM, registers, halt and resume. Places are those
    /// of `image`.
    ///
    /// # Errors
    ///
    /// [`BenchError::Incapable`] for the others; [`BenchError::NoSuchPlace`],
    /// [`BenchError::Probe`].
    pub(crate) fn disturb(
        &mut self,
        disturbance: &Disturbance,
        image: Option<&Image>,
    ) -> Result<Changed, BenchError> {
        match (disturbance, image) {
            (Disturbance::FlipRam { place, bit }, Some(image)) => {
                let (address, bit) = image.bit_of(place, *bit)?;
                self.change_byte(address, 1 << bit)
            }
            (Disturbance::FlipRegister { register, mask }, _) => {
                self.change_register(*register, *mask)
            }
            (Disturbance::Halt, _) => self.halt(),
            (Disturbance::Resume, _) => self.resume(),
            _ => Err(BenchError::Incapable {
                needs: disturbance.needs(),
            }),
        }
    }

    /// Flips the bits of `mask` in the byte at `address`, while the core runs.
    ///
    /// # Errors
    ///
    /// [`BenchError::Probe`].
    pub(crate) fn change_byte(&mut self, address: u64, mask: u8) -> Result<Changed, BenchError> {
        self.with("change a byte of RAM", |core| {
            let before = core.read_word_8(address)?;
            core.write_word_8(address, before ^ mask)?;
            let after = core.read_word_8(address)?;
            Ok(Changed {
                before: before.into(),
                after: after.into(),
            })
        })
    }

    /// Flips the bits of `mask` in a register (Arm's `REGSEL` numbers); a running core is halted
    /// for it.
    ///
    /// # Errors
    ///
    /// [`BenchError::Probe`].
    pub(crate) fn change_register(
        &mut self,
        register: u8,
        mask: u32,
    ) -> Result<Changed, BenchError> {
        let register = RegisterId(register.into());
        self.with("change a register", |core| {
            let stands = core.core_halted()?;
            if !stands {
                core.halt(HALT_WAIT)?;
            }
            let before: u32 = core.read_core_reg(register)?;
            core.write_core_reg(register, before ^ mask)?;
            let after = core.read_core_reg(register)?;
            if !stands {
                core.run()?;
            }
            Ok(Changed { before, after })
        })
    }

    /// Halts the core.
    ///
    /// # Errors
    ///
    /// [`BenchError::Probe`].
    pub fn halt(&mut self) -> Result<Changed, BenchError> {
        self.with("halt the core", |core| {
            core.halt(HALT_WAIT)?;
            let halted = core.core_halted()?;
            Ok(Changed {
                before: 0,
                after: halted.into(),
            })
        })
    }

    /// Resumes the core.
    ///
    /// # Errors
    ///
    /// [`BenchError::Probe`].
    pub fn resume(&mut self) -> Result<Changed, BenchError> {
        self.with("resume the core", |core| {
            core.run()?;
            let halted = core.core_halted()?;
            Ok(Changed {
                before: 1,
                after: halted.into(),
            })
        })
    }

    /// Performs an operation on the core; `what` completes "failed to".
    pub(super) fn with<T>(
        &mut self,
        what: &'static str,
        act: impl FnOnce(&mut Core<'_>) -> Result<T, probe_rs::Error>,
    ) -> Result<T, BenchError> {
        let outcome = self.core().and_then(|mut core| act(&mut core));
        outcome.map_err(|error| self.failed(what, &error))
    }

    /// For operations that can also fail for reasons other than the probe.
    pub(super) fn core(&mut self) -> Result<Core<'_>, probe_rs::Error> {
        self.session.as_mut().ok_or_else(not_attached)?.core(0)
    }

    pub(super) fn failed(&self, what: &'static str, error: &probe_rs::Error) -> BenchError {
        BenchError::Probe {
            probe: self.name.clone(),
            what,
            reason: session::reason(error),
        }
    }
}

fn not_attached() -> probe_rs::Error {
    probe_rs::Error::Other("it is not attached to its target".to_owned())
}
