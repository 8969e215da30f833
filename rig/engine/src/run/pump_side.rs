//! The rig's view of the pump between exchanges: what it asked for, its memory, the two messages,
//! and when it reset or hung.

use super::history::ResetRecord;
use thecal_link::limits::NVM_LEN;
use thecal_link::{Reaction, Stimulus, WakeReasons};
use thecal_sim::{Nvm, NvmOutOfBounds, Pins};
use thecal_units::SimTime;

/// What the pump asked for at its last exchange.
#[derive(Clone, Copy, Debug)]
pub(super) struct PumpSide {
    pub(super) wake_at: SimTime,
    pub(super) watchdog_at: SimTime,
    pub(super) receiver_on: bool,
    /// How many of its last memory writes are durable.
    pub(super) durable: u8,
    pub(super) hung: bool,
    /// When it was last woken.
    pub(super) woken_at: Option<SimTime>,
}

impl PumpSide {
    pub(super) const RESET: Self = Self {
        wake_at: SimTime::NEVER,
        watchdog_at: SimTime::NEVER,
        receiver_on: false,
        durable: 0,
        hung: false,
        woken_at: None,
    };
}

/// The two messages of an exchange, reused, and the number of exchanges.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchanges {
    pub(super) stimulus: Stimulus,
    pub(super) reaction: Reaction,
    pub(super) count: u64,
}

impl Exchanges {
    /// Fills in what the pins show at the next exchange, and why the pump is woken.
    pub(super) fn show(&mut self, pins: &Pins, wake: WakeReasons, durable: u8) {
        let stimulus = &mut self.stimulus;
        stimulus.wake = wake;
        for (fired, reason) in [
            (pins.events.missed_pulse, WakeReasons::MISSED_PULSE),
            (pins.events.magnet, WakeReasons::MAGNET),
            (pins.events.supply, WakeReasons::SUPPLY),
        ] {
            if fired {
                stimulus.wake = stimulus.wake.and(reason);
            }
        }
        stimulus.magnet = pins.magnet;
        stimulus.clock = pins.pump_clock;
        stimulus.supply_mv = pins.supply_mv;
        stimulus.supply_min_mv = pins.supply_min_mv;
        stimulus.temperature_centi_c = pins.temperature_centi_c;
        stimulus.steps_driven = pins.steps_driven;
        stimulus.steps_sensed = pins.steps_sensed;
        stimulus.nvm_durable = durable;
    }
}

/// The pump's nonvolatile memory.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    nvm: Nvm,
    /// Number of writes begun.
    pub(super) writes: u64,
}

impl Memory {
    /// Erased.
    pub(super) fn new() -> Self {
        Self {
            nvm: Nvm::new(NVM_LEN),
            writes: 0,
        }
    }

    /// As passed to the pump at boot.
    pub(super) fn image(&self) -> [u8; NVM_LEN] {
        let mut image = [0xff; NVM_LEN];
        image.copy_from_slice(self.nvm.image());
        image
    }

    /// Performs the writes of a Reaction, at most the first `done`; returns how many.
    pub(super) fn write(&mut self, reaction: &Reaction, done: usize) -> Result<u8, NvmOutOfBounds> {
        let mut writes = 0;
        for (offset, bytes) in reaction.nvm.iter().take(done) {
            self.nvm.write(usize::from(offset), bytes)?;
            writes += 1;
        }
        self.writes += u64::from(writes);
        Ok(writes)
    }

    /// Erases or inverts bytes, up to the end of the memory; returns how many changed.
    pub(super) fn damage(
        &mut self,
        from: u16,
        length: u16,
        erased: bool,
    ) -> Result<u64, NvmOutOfBounds> {
        let image = self.nvm.image();
        let from = usize::from(from).min(image.len());
        let until = (from + usize::from(length)).min(image.len());
        let held = image.get(from..until).unwrap_or_default().to_vec();
        let damaged = |byte: &u8| if erased { 0xff } else { !byte };
        let after: Vec<u8> = held.iter().map(damaged).collect();
        self.nvm.write(from, &after)?;
        let changed = held.iter().zip(&after).filter(|(one, other)| one != other);
        Ok(changed.count() as u64)
    }

    /// Performs a write of which only the first `keep` bytes are stored.
    pub(super) fn write_torn(
        &mut self,
        offset: u16,
        bytes: &[u8],
        keep: usize,
    ) -> Result<(), NvmOutOfBounds> {
        self.nvm.write_torn(usize::from(offset), bytes, keep)?;
        self.writes += 1;
        Ok(())
    }
}

/// When the pump reset or hung.
#[derive(Clone, Debug, Default)]
pub(super) struct Disruptions {
    pub(super) resets: Vec<ResetRecord>,
    /// Not caused by a fault.
    pub(super) hangs: Vec<SimTime>,
    /// After a fault had flipped bits, and which fault.
    pub(super) hangs_by_fault: Vec<(SimTime, &'static str)>,
}

impl Disruptions {
    /// Records a hang, caused by a fault or not.
    pub(super) fn hang(&mut self, now: SimTime, fault: Option<&'static str>) {
        match fault {
            None => self.hangs.push(now),
            Some(fault) => self.hangs_by_fault.push((now, fault)),
        }
    }

    /// Number of hangs so far.
    pub(super) const fn hangs(&self) -> usize {
        self.hangs.len() + self.hangs_by_fault.len()
    }
}
