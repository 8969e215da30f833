//! A real board: the contract over any wire, its power switched by hooks.
//!
//! If no answer comes, a hanging pump can be distinguished from a failed board only if a debug
//! probe watches the core; without one the verdict is `error`. After a run the pump is left reset
//! and unbooted, its motor off.
//!
//! Not yet tried on silicon.

use super::elf::Image;
use super::hook::{switch_off, switch_on};
use super::link::{ControlLine, Deadlines, Link, Liveness, Owner, Wire};
use super::low_latency::LowLatency;
use super::ports::await_port;
use super::probe::ProbedCore;
use super::rfc2217::Rfc2217Wire;
use super::serial::SerialWire;
use super::tcp::{CONNECT_WAIT, TcpWire};
use crate::inventory::{BoardSpec, LinkBy, Power, ResetBy};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use thecal_engine::bench::{Bench, BenchError, Exchange, LinkStatistics};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_plan::{Changed, Disturbance};

/// Time allowed for a port to appear: it may just have been plugged in again.
const REPLUG_WAIT: Duration = Duration::from_secs(3);

/// Time allowed for the pump to acknowledge the Reset after a run.
const SAFE_WAIT: Duration = Duration::from_secs(1);

/// How long a control line is asserted to reset a board.
const LINE_ASSERTED: Duration = Duration::from_millis(50);

/// Any wire, for a board whose kind of wire is given by the inventory.
type AnyWire = Box<dyn Wire + Send>;

/// A real board.
pub struct Board {
    spec: Arc<BoardSpec>,
    image: Option<Image>,
    link: Link<AnyWire>,
    /// Its debug probe, if it has one besides the wire: it knows the state of the core.
    core: Option<ProbedCore>,
    low_latency: Option<LowLatency>,
    state: State,
}

/// Known state of the pump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Reset and unbooted, as far as known.
    Safe,
    /// Boot was sent: its motor may run.
    Booted,
    /// It did not answer; its link layer may ignore all frames.
    Mute,
    /// Without power.
    Unpowered,
}

impl Board {
    /// Opens the connection to a board. `elf` is the image it is assumed to run.
    ///
    /// # Errors
    ///
    /// [`BenchError`] naming what is missing.
    pub fn open(
        spec: &Arc<BoardSpec>,
        elf: &Path,
        mut deadlines: Deadlines,
    ) -> Result<Self, BenchError> {
        deadlines.restart += spec.quirks.boot_delay;
        let image = if spec.quirks.any_build {
            None
        } else {
            Some(Image::open(elf)?)
        };
        let (wire, low_latency) = open_wire(spec)?;
        Ok(Self {
            core: attach(spec, image.as_ref())?,
            image,
            link: Link::new(wire, deadlines),
            low_latency,
            spec: Arc::clone(spec),
            state: State::Safe,
        })
    }

    /// The state of the port's low-latency flag; `None` if the wire is not a local port.
    #[must_use]
    pub const fn low_latency(&self) -> Option<LowLatency> {
        self.low_latency
    }

    /// Boots; a board that does not answer may be power-cycled once.
    fn boot_or_revive(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        let always = self.spec.quirks.reset == Some(ResetBy::Power);
        let revived = match self.state {
            State::Unpowered => {
                self.power_on()?;
                true
            }
            State::Mute => self.power_cycle()?,
            State::Safe | State::Booted => always && self.power_cycle()?,
        };
        self.state = State::Mute;
        match self.boot_once(boot, nvm, revived) {
            Err(BenchError::Silent { .. }) if !revived && self.power_cycle()? => {
                self.boot_once(boot, nvm, true)
            }
            outcome => outcome,
        }
    }

    fn boot_once(
        &mut self,
        boot: &Boot,
        nvm: &[u8; NVM_LEN],
        is_reset: bool,
    ) -> Result<Hello, BenchError> {
        let mut cable = Cable {
            spec: &self.spec,
            core: self.core.as_mut(),
            is_reset,
        };
        self.link.boot(boot, nvm, &mut cable)
    }

    fn power_on(&mut self) -> Result<(), BenchError> {
        let Some(power) = &self.spec.power else {
            return Ok(());
        };
        switch_on(power)?;
        thread::sleep(self.spec.quirks.boot_delay);
        self.state = State::Mute;
        // An adapter powered by the board is a new port now. A port has one user only, so the old
        // one is closed first.
        let name = self.link.name().to_owned();
        self.link.reopen(Box::new(Closed { name }));
        let (wire, low_latency) = open_wire(&self.spec)?;
        self.link.reopen(wire);
        self.low_latency = low_latency;
        self.core.as_mut().map_or(Ok(()), ProbedCore::reattach)?;
        Ok(())
    }

    /// Power-cycles the board. False if it has no power switch.
    fn power_cycle(&mut self) -> Result<bool, BenchError> {
        let Some(power) = &self.spec.power else {
            return Ok(false);
        };
        switch_off(power)?;
        self.state = State::Unpowered;
        self.power_on()?;
        Ok(true)
    }
}

impl Bench for Board {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        let hello = self.boot_or_revive(boot, nvm)?;
        self.state = State::Booted;
        if let Some(image) = &self.image {
            image.check(&hello)?;
        }
        Ok(hello)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        let mut cable = Cable {
            spec: &self.spec,
            core: self.core.as_mut(),
            is_reset: false,
        };
        let exchange = self.link.exchange(stimulus, reaction, &mut cable);
        if !matches!(exchange, Ok(Exchange::Reacted)) {
            self.state = State::Mute;
        }
        exchange
    }

    fn disturb(&mut self, disturbance: &Disturbance) -> Result<Changed, BenchError> {
        match (disturbance, &self.spec.power) {
            (Disturbance::CutPower, Some(power)) => {
                switch_off(power)?;
                self.state = State::Unpowered;
                Ok(Changed {
                    before: 0,
                    after: 0,
                })
            }
            _ => {
                let incapable = BenchError::Incapable {
                    needs: disturbance.needs(),
                };
                let core = self.core.as_mut().ok_or(incapable)?;
                core.disturb(disturbance, self.image.as_ref())
            }
        }
    }

    fn make_safe(&mut self) -> Result<(), BenchError> {
        if matches!(self.state, State::Safe | State::Unpowered) {
            return Ok(());
        }
        // Tried once: a failure is reported now, and not waited for again on drop.
        self.state = State::Safe;
        self.link.reset(SAFE_WAIT)
    }

    fn statistics(&self) -> LinkStatistics {
        self.link.statistics()
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // Also after a panic of the rig during a run, when an error can no longer be reported.
        drop(self.make_safe());
    }
}

/// The owner of a wire: the state of the core is unknown without a probe, but some wires can reset
/// it.
struct Cable<'a> {
    spec: &'a BoardSpec,
    core: Option<&'a mut ProbedCore>,
    /// Its power has just come on: it needs no further reset.
    is_reset: bool,
}

impl<W: Wire + ?Sized> Owner<W> for Cable<'_> {
    fn liveness(&mut self, _wire: &mut W) -> Liveness {
        self.core
            .as_mut()
            .map_or(Liveness::Unknown, |core| core.look())
    }

    fn reset(&mut self, wire: &mut W) -> Result<bool, BenchError> {
        let is_reset = std::mem::take(&mut self.is_reset);
        let done = match (self.spec.quirks.reset, &self.spec.power) {
            (None, _) | (Some(ResetBy::Power), None) => match &mut self.core {
                // A hanging core ignores all frames; the probe resets it in any state.
                Some(core) => {
                    core.reset()?;
                    wire.forget_received()?;
                    true
                }
                None => false,
            },
            (Some(ResetBy::Dtr), _) => pulse(wire, ControlLine::Dtr)?,
            (Some(ResetBy::Rts), _) => pulse(wire, ControlLine::Rts)?,
            (Some(ResetBy::Power), Some(_)) if is_reset => return Ok(true),
            (Some(ResetBy::Power), Some(power)) => cycle(power)?,
        };
        if done {
            thread::sleep(self.spec.quirks.boot_delay);
        }
        Ok(done)
    }
}

/// A closed wire, a placeholder until the new one is open.
struct Closed {
    name: String,
}

impl Closed {
    fn error(&self) -> BenchError {
        BenchError::PortClosed {
            port: self.name.clone(),
            source: io::ErrorKind::NotConnected.into(),
        }
    }
}

impl Wire for Closed {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, _bytes: &[u8]) -> Result<(), BenchError> {
        Err(self.error())
    }

    fn receive(&mut self, _until: Instant, _expected: usize) -> Result<bool, BenchError> {
        Err(self.error())
    }

    fn next_byte(&mut self) -> Option<u8> {
        None
    }

    fn forget_received(&mut self) -> Result<u64, BenchError> {
        Err(self.error())
    }
}

/// Attaches to the board's probe, if it has one, and checks the image.
fn attach(spec: &BoardSpec, image: Option<&Image>) -> Result<Option<ProbedCore>, BenchError> {
    let Some(target) = &spec.probe else {
        return Ok(None);
    };
    let mut core = ProbedCore::attach(target)?;
    if let Some(image) = image {
        core.make_sure(image, spec.flashing())?;
    }
    Ok(Some(core))
}

fn pulse<W: Wire + ?Sized>(wire: &mut W, line: ControlLine) -> Result<bool, BenchError> {
    if !wire.set_line(line, true)? {
        return Ok(false);
    }
    thread::sleep(LINE_ASSERTED);
    wire.set_line(line, false)?;
    wire.forget_received()?;
    Ok(true)
}

fn cycle(power: &Power) -> Result<bool, BenchError> {
    switch_off(power)?;
    switch_on(power)?;
    Ok(true)
}

/// Opens the wire given by the inventory.
fn open_wire(spec: &BoardSpec) -> Result<(AnyWire, Option<LowLatency>), BenchError> {
    match &spec.link {
        LinkBy::Serial(path) => {
            await_port(path, REPLUG_WAIT)?;
            let mut wire = SerialWire::open(&path.display().to_string(), spec.baud)?;
            wire.set_whole_frames(!spec.quirks.bytewise);
            let low_latency = (!spec.quirks.no_low_latency).then(|| wire.set_low_latency());
            Ok((Box::new(wire), low_latency))
        }
        LinkBy::Tcp(address) => {
            let wire = TcpWire::connect("tcp", address, CONNECT_WAIT)?;
            Ok((Box::new(wire), None))
        }
        LinkBy::Rfc2217(address) => {
            let wire = Rfc2217Wire::connect(address, spec.baud, CONNECT_WAIT)?;
            Ok((Box::new(wire), None))
        }
        // These are separate benches.
        LinkBy::Probe(_) | LinkBy::Emulated(_) => Err(BenchError::OpenPort {
            port: spec.link.to_string(),
            reason: "it is no serial port".to_owned(),
        }),
    }
}
