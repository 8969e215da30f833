//! Two memory channels behind a probe as a wire, and the core that serves them.
//!
//! Channels change with resets: they are attached when first needed, dropped if the control block
//! or its pointers have changed, and sought again. Only a failure of the probe itself breaks the
//! wire.

use super::core::ProbedCore;
use super::{ProbeTarget, session};
use crate::elf::Image;
use crate::link::Wire;
use probe_rs::rtt::{Error as RttError, Rtt};
use probe_rs::{Core, MemoryInterface as _};
use std::time::{Duration, Instant};
use thecal_engine::bench::BenchError;

/// The channel with requests, and the one with responses (docs/wire.md).
const REQUESTS: &str = "hil-req";
const RESPONSES: &str = "hil-rsp";

/// Maximum bytes read from the channel at once.
const READ_MAX: usize = 2048;

/// Time from a reset until the pump has set up its channels.
const RESTART_WAIT: Duration = Duration::from_secs(2);

/// Interval between checks for the control block.
const RESTART_PAUSE: Duration = Duration::from_millis(1);

/// The channel is polled without pauses this long after a request.
const SPIN: Duration = Duration::from_micros(60);

/// Then with pauses that grow with the wait: until when, pause.
const PAUSES: [(Duration, Duration); 3] = [
    (Duration::from_millis(5), Duration::from_micros(10)),
    (Duration::from_millis(200), Duration::from_micros(200)),
    (Duration::from_secs(3600), Duration::from_millis(5)),
];

/// After this long without an answer the doorbell is rung, and again each time the wait has
/// doubled: a core may have fallen asleep just after it was rung.
const RING_AFTER: Duration = Duration::from_micros(20);

/// Interrupt set-pending registers of the NVIC, Arm DDI 0403E B3.4.
const NVIC_ISPR: u64 = 0xe000_e200;

/// The channels of one control block.
#[derive(Debug)]
struct Channels {
    rtt: Rtt,
    up: usize,
    down: usize,
}

/// The two channels, and the core that serves them.
#[derive(Debug)]
pub struct RttWire {
    core: ProbedCore,
    block: u64,
    doorbell: Option<(u64, u32)>,
    channels: Option<Channels>,
    buffer: Box<[u8; READ_MAX]>,
    start: usize,
    end: usize,
}

impl RttWire {
    /// Attaches to a chip that runs an image.
    ///
    /// # Errors
    ///
    /// [`BenchError::OpenProbe`], [`BenchError::SelectProtocol`], [`BenchError::Attach`],
    /// [`BenchError::NoChannels`].
    pub fn attach(target: &ProbeTarget, image: &Image) -> Result<Self, BenchError> {
        Self::new(ProbedCore::attach(target)?, image)
    }

    /// The channels are sought when first needed.
    pub(super) fn new(core: ProbedCore, image: &Image) -> Result<Self, BenchError> {
        let block = image.rtt_address().ok_or_else(|| BenchError::NoChannels {
            path: image.path().to_owned(),
        })?;
        // The kernel's default slack of 50 us would dominate a pause. If refused, polling is only
        // slower.
        let _slower = nix::sys::prctl::set_timerslack(1_000);
        Ok(Self {
            core,
            block,
            doorbell: image
                .doorbell()
                .map(|number| (NVIC_ISPR + 4 * u64::from(number / 32), 1 << (number % 32))),
            channels: None,
            buffer: Box::new([0; READ_MAX]),
            start: 0,
            end: 0,
        })
    }

    /// Attaches to the target again; its channels are new too.
    ///
    /// # Errors
    ///
    /// [`BenchError::OpenProbe`], [`BenchError::SelectProtocol`], [`BenchError::Attach`].
    pub(crate) fn reattach(&mut self) -> Result<(), BenchError> {
        self.channels = None;
        self.core.reattach()
    }

    /// The core.
    pub const fn core(&mut self) -> &mut ProbedCore {
        &mut self.core
    }

    /// Resets the core and waits for its channels.
    ///
    /// # Errors
    ///
    /// [`BenchError::Probe`], [`BenchError::NoControlBlock`].
    pub fn reset(&mut self) -> Result<(), BenchError> {
        self.channels = None;
        (self.start, self.end) = (0, 0);
        let block = self.block;
        // RAM survives a reset: without this the old block would be mistaken for the new one.
        self.core.with("clear the old channels", |core| {
            core.write_8(block, &[0; Rtt::RTT_ID.len()])
        })?;
        self.core.reset()?;
        self.await_channels()
    }

    /// Waits for the channels of a core that has been reset.
    ///
    /// # Errors
    ///
    /// [`BenchError::Probe`], [`BenchError::NoControlBlock`].
    pub(crate) fn await_channels(&mut self) -> Result<(), BenchError> {
        let until = Instant::now() + RESTART_WAIT;
        loop {
            let reason = match self.seek()? {
                None => return Ok(()),
                Some(reason) => reason,
            };
            if Instant::now() >= until {
                return Err(BenchError::NoControlBlock {
                    probe: self.core.name().to_owned(),
                    address: self.block,
                    reason,
                    waited: RESTART_WAIT,
                });
            }
            std::thread::sleep(RESTART_PAUSE);
        }
    }

    /// Attaches the channels if they exist; else returns what was found.
    fn seek(&mut self) -> Result<Option<String>, BenchError> {
        let block = self.block;
        let attached = self.core.with("seek the channels", |core| {
            Ok(match Rtt::attach_at(core, block) {
                Err(RttError::Probe(error)) => return Err(error),
                other => other,
            })
        })?;
        let mut rtt = match attached {
            Ok(rtt) => rtt,
            Err(RttError::ControlBlockNotFound) => {
                return Ok(Some("no control block".to_owned()));
            }
            Err(error) => return Ok(Some(session::reason(&error))),
        };
        let ups = rtt.up_channels();
        let up = ups.iter().position(|one| one.name() == Some(RESPONSES));
        let downs = rtt.down_channels();
        let down = downs.iter().position(|one| one.name() == Some(REQUESTS));
        let (Some(up), Some(down)) = (up, down) else {
            let reason = format!("a control block without channels {REQUESTS} and {RESPONSES}");
            return Ok(Some(reason));
        };
        self.channels = Some(Channels { rtt, up, down });
        Ok(None)
    }

    /// Performs an operation on the channels. `None`: they do not exist, or no longer.
    fn with_channels(
        &mut self,
        what: &'static str,
        act: impl FnOnce(&mut Channels, &mut Core<'_>, &mut [u8]) -> Result<usize, RttError>,
    ) -> Result<Option<usize>, BenchError> {
        if self.channels.is_none() && self.seek()?.is_some() {
            return Ok(None);
        }
        let Some(channels) = &mut self.channels else {
            return Ok(None);
        };
        let outcome = match self.core.core() {
            Ok(mut core) => act(channels, &mut core, self.buffer.as_mut_slice()),
            Err(error) => Err(RttError::Probe(error)),
        };
        match outcome {
            Ok(done) => Ok(Some(done)),
            Err(RttError::Probe(error)) => Err(self.core.failed(what, &error)),
            // The pump has restarted: its channels are new.
            Err(_) => {
                self.channels = None;
                Ok(None)
            }
        }
    }

    fn poll(&mut self) -> Result<usize, BenchError> {
        let read = self.with_channels("read an answer", |channels, core, buffer| {
            let up = channels.up;
            let channel = channels
                .rtt
                .up_channel(up)
                .ok_or(RttError::MissingChannel(up))?;
            channel.read(core, buffer)
        })?;
        Ok(read.unwrap_or(0))
    }

    fn ring(&mut self) -> Result<(), BenchError> {
        let Some((register, bit)) = self.doorbell else {
            return Ok(());
        };
        self.core.with("ring the doorbell", |core| {
            core.write_word_32(register, bit)
        })
    }
}

impl Wire for RttWire {
    fn name(&self) -> &str {
        self.core.name()
    }

    /// A channel without room means that the pump does not read: that is silence, not an error.
    fn send(&mut self, bytes: &[u8]) -> Result<(), BenchError> {
        self.with_channels("send a request", |channels, core, _| {
            let down = channels.down;
            let channel = channels
                .rtt
                .down_channel(down)
                .ok_or(RttError::MissingChannel(down))?;
            channel.write(core, bytes)
        })
        .map(drop)
    }

    fn receive(&mut self, until: Instant, _expected: usize) -> Result<bool, BenchError> {
        let started = Instant::now();
        let mut ring_at = RING_AFTER;
        loop {
            let len = self.poll()?;
            if len > 0 {
                (self.start, self.end) = (0, len);
                return Ok(true);
            }
            let now = Instant::now();
            if now >= until {
                return Ok(false);
            }
            let waited = now - started;
            if waited >= ring_at {
                self.ring()?;
                ring_at = waited * 2;
                continue;
            }
            if waited < SPIN {
                std::hint::spin_loop();
                continue;
            }
            let pause = PAUSES.iter().find(|&&(end, _)| waited < end);
            let pause = pause.map_or(PAUSES[2].1, |&(_, pause)| pause);
            std::thread::sleep(pause.min(until - now));
        }
    }

    fn next_byte(&mut self) -> Option<u8> {
        let byte = self.buffer.get(self.start..self.end)?.first().copied()?;
        self.start += 1;
        Some(byte)
    }

    fn forget_received(&mut self) -> Result<u64, BenchError> {
        let mut forgotten = self.end.saturating_sub(self.start) as u64;
        (self.start, self.end) = (0, 0);
        loop {
            match self.poll()? {
                0 => return Ok(forgotten),
                more => forgotten += more as u64,
            }
        }
    }
}
