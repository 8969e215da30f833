//! Faulty wires, which damage bytes in bursts in both directions. And a pump behind a wire in
//! memory.

use std::collections::VecDeque;
use std::time::{Duration, Instant};
use thecal_bench::link::{Deadlines, Link, Liveness, Owner, Wire};
use thecal_engine::bench::{Bench, BenchError, Exchange, LinkStatistics};
use thecal_firmware::Pump;
use thecal_link::endpoint::{Endpoint, Program};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_telemetry::EXAMPLE_SECRET;

/// A pseudo-random stream, the same on every machine (`SplitMix64`).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// What a line does to the bytes on it.
#[derive(Clone, Copy)]
pub(crate) enum Weather {
    /// No damage for up to `calm` bytes, then damage for up to `burst`.
    Bursts { calm: u64, burst: u64 },
    /// Every byte is changed.
    AllCorrupted,
    /// Every byte is changed, and none is a delimiter.
    NoDelimiters,
    /// No byte arrives.
    AllDropped,
    /// Bytes arrive unchanged.
    Fair,
}

/// One direction of a line.
struct Way {
    dice: Dice,
    weather: Weather,
    /// Bytes until the weather changes.
    left: u64,
    is_burst: bool,
    /// A byte that the next one overtakes.
    held: Option<u8>,
    damaged: u64,
}

impl Way {
    fn new(seed: u64, weather: Weather) -> Self {
        Self {
            dice: Dice(seed),
            weather,
            left: 0,
            is_burst: true,
            held: None,
            damaged: 0,
        }
    }

    fn pass(&mut self, byte: u8, out: &mut Vec<u8>) {
        if !self.is_damaged() {
            out.push(byte);
            out.extend(self.held.take());
            return;
        }
        self.damaged += 1;
        let other = byte ^ u8::try_from(1 + self.dice.roll(255)).unwrap();
        match self.weather {
            Weather::AllCorrupted => out.push(other),
            Weather::NoDelimiters => out.push(other.max(1)),
            Weather::AllDropped => {}
            Weather::Bursts { .. } | Weather::Fair => match self.dice.roll(4) {
                0 => out.push(other),
                1 => {}
                2 => out.extend([byte, byte]),
                _ => {
                    out.extend(self.held.replace(byte));
                    return;
                }
            },
        }
        out.extend(self.held.take());
    }

    fn is_damaged(&mut self) -> bool {
        let Weather::Bursts { calm, burst } = self.weather else {
            return !matches!(self.weather, Weather::Fair);
        };
        if self.left == 0 {
            self.is_burst = !self.is_burst;
            self.left = 1 + self.dice.roll(if self.is_burst { burst } else { calm });
        }
        self.left -= 1;
        self.is_burst
    }
}

/// Any wire, with faults in both directions.
pub(crate) struct Lying<W> {
    inner: W,
    to_pump: Way,
    from_pump: Way,
    arrived: VecDeque<u8>,
    passing: Vec<u8>,
}

impl<W> Lying<W> {
    pub(crate) fn new(inner: W, seed: u64, weather: Weather) -> Self {
        Self {
            inner,
            to_pump: Way::new(seed, weather),
            from_pump: Way::new(!seed, weather),
            arrived: VecDeque::new(),
            passing: Vec::new(),
        }
    }

    /// Bytes damaged in both directions.
    pub(crate) fn damaged(&self) -> u64 {
        self.to_pump.damaged + self.from_pump.damaged
    }
}

impl<W: Wire> Wire for Lying<W> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), BenchError> {
        self.passing.clear();
        for &byte in bytes {
            self.to_pump.pass(byte, &mut self.passing);
        }
        self.inner.send(&self.passing)
    }

    fn receive(&mut self, until: Instant, expected: usize) -> Result<bool, BenchError> {
        loop {
            if !self.inner.receive(until, expected)? {
                return Ok(false);
            }
            self.passing.clear();
            while let Some(byte) = self.inner.next_byte() {
                self.from_pump.pass(byte, &mut self.passing);
            }
            self.arrived.extend(&self.passing);
            if !self.arrived.is_empty() {
                return Ok(true);
            }
        }
    }

    fn next_byte(&mut self) -> Option<u8> {
        self.arrived.pop_front()
    }

    fn forget_received(&mut self) -> Result<u64, BenchError> {
        let forgotten = self.arrived.len() as u64;
        self.arrived.clear();
        Ok(forgotten + self.inner.forget_received()?)
    }
}

/// The owner of the inner wire, without the faults.
struct Lent<O>(O);

impl<W: Wire, O: Owner<W>> Owner<Lying<W>> for Lent<O> {
    fn liveness(&mut self, wire: &mut Lying<W>) -> Liveness {
        self.0.liveness(&mut wire.inner)
    }

    fn reset(&mut self, wire: &mut Lying<W>) -> Result<bool, BenchError> {
        self.0.reset(&mut wire.inner)
    }
}

/// A bench over a faulty line.
pub(crate) struct LyingBench<W, O> {
    // Dropped in this order: the wire before the pump behind it.
    pub(crate) link: Link<Lying<W>>,
    owner: Lent<O>,
    exchanges: u64,
    storm: Option<Storm>,
}

/// From an exchange on, counted from 1, permanent faults: towards the pump, and from it.
#[derive(Clone, Copy)]
pub(crate) struct Storm {
    pub(crate) from: u64,
    pub(crate) to_pump: Weather,
    pub(crate) from_pump: Weather,
}

impl<W: Wire, O: Owner<W>> LyingBench<W, O> {
    pub(crate) fn new(wire: Lying<W>, owner: O, deadlines: Deadlines) -> Self {
        Self {
            link: Link::new(wire, deadlines),
            owner: Lent(owner),
            exchanges: 0,
            storm: None,
        }
    }

    /// Number of exchanges.
    pub(crate) const fn exchanges(&self) -> u64 {
        self.exchanges
    }

    pub(crate) const fn with(mut self, storm: Storm) -> Self {
        self.storm = Some(storm);
        self
    }
}

impl<W: Wire, O: Owner<W>> Bench for LyingBench<W, O> {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.link.boot(boot, nvm, &mut self.owner)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        self.exchanges += 1;
        if let Some(storm) = self.storm
            && self.exchanges == storm.from
        {
            let wire = self.link.wire();
            wire.to_pump.weather = storm.to_pump;
            wire.from_pump.weather = storm.from_pump;
        }
        self.link.exchange(stimulus, reaction, &mut self.owner)
    }

    fn statistics(&self) -> LinkStatistics {
        self.link.statistics()
    }
}

/// The reference pump, which reports its resets.
struct Resettable {
    pump: Pump,
    is_reset: bool,
}

impl Resettable {
    fn new() -> Self {
        Self {
            pump: Pump::new([0; 20], "memory", EXAMPLE_SECRET),
            is_reset: false,
        }
    }
}

impl Program for Resettable {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello {
        self.pump.boot(boot, nvm)
    }

    fn react(&mut self, stimulus: &Stimulus, reaction: &mut Reaction) {
        self.pump.react(stimulus, reaction);
    }

    fn reset(&mut self) {
        self.is_reset = true;
    }
}

/// The reference pump at the end of a wire without delay.
pub(crate) struct MemoryWire {
    endpoint: Box<Endpoint>,
    program: Box<Resettable>,
    answers: VecDeque<u8>,
}

impl MemoryWire {
    pub(crate) fn new() -> Self {
        Self {
            endpoint: Box::new(Endpoint::new()),
            program: Box::new(Resettable::new()),
            answers: VecDeque::new(),
        }
    }
}

impl Wire for MemoryWire {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), BenchError> {
        for &byte in bytes {
            if let Some(answer) = self.endpoint.push(byte, self.program.as_mut()) {
                self.answers.extend(answer);
            }
            if self.program.is_reset {
                *self.endpoint = Endpoint::new();
                *self.program = Resettable::new();
            }
        }
        Ok(())
    }

    /// What has not come by now never will: it does not wait, except briefly so that time passes.
    fn receive(&mut self, _until: Instant, _expected: usize) -> Result<bool, BenchError> {
        if self.answers.is_empty() {
            std::thread::sleep(Duration::from_micros(20));
        }
        Ok(!self.answers.is_empty())
    }

    fn next_byte(&mut self) -> Option<u8> {
        self.answers.pop_front()
    }

    fn forget_received(&mut self) -> Result<u64, BenchError> {
        let forgotten = self.answers.len() as u64;
        self.answers.clear();
        Ok(forgotten)
    }
}
