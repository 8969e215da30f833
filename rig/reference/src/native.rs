//! Bench `native`: the firmware library in this process. Needs only cargo.
//!
//! A hanging pump would hang the rig with it. So the run is supervised from another thread (the
//! crate `suite`): a run is a function of commit, scenario and seed, so the hanging exchange has a
//! number, and the run is restarted with that number in [`Native::hang_at`].
//!
//! A power cut drops the value, and with it all of the pump's RAM. A halted core does not react, nor does
//! a pump in which a check has failed, until it is reset; it then boots with the record of that.
//! There are no registers, no flash, and no addressable RAM here; of its
//! values it knows those that decide on doses, by the names of their fields.

use crate::crash::crash_of;
use thecal_engine::bench::{Bench, BenchError, BuiltIn, Exchange, NotForkable};
use thecal_firmware::Pump;
use thecal_firmware::{Crash, SelfTest};
use thecal_link::endpoint::Program;
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_plan::{Capability, Changed, Disturbance, Place};
use thecal_telemetry::EXAMPLE_SECRET;

/// Bench `native`.
pub static ROW: BuiltIn = BuiltIn {
    name: "native",
    capabilities: &[Capability::Power, Capability::Halt, Capability::Fields],
    stands_in_for_a_board: false,
    pinned: false,
    in_process: true,
    limited_by: "limited by the plant and the files written",
    open: |opening| Ok(Box::new(Native::hang_at(opening.hang_at.to_vec()))),
};

/// The firmware library in this process.
#[derive(Clone)]
pub struct Native {
    pump: Box<Pump>,
    exchanges: u64,
    hang_at: Vec<u64>,
    halted: bool,
    /// A check that failed in the pump, which has not been reset since.
    crash: Option<Crash>,
}

impl Native {
    /// A new pump.
    #[must_use]
    pub fn new() -> Self {
        Self {
            pump: fresh_pump(),
            exchanges: 0,
            hang_at: Vec::new(),
            halted: false,
            crash: None,
        }
    }

    /// A new pump that is known to hang in these exchanges (numbered from 1).
    #[must_use]
    pub fn hang_at(exchanges: Vec<u64>) -> Self {
        Self {
            hang_at: exchanges,
            ..Self::new()
        }
    }
}

impl Default for Native {
    fn default() -> Self {
        Self::new()
    }
}

fn fresh_pump() -> Box<Pump> {
    Box::new(Pump::new([0; 20], "native", EXAMPLE_SECRET))
}

impl Bench for Native {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.pump = fresh_pump();
        self.halted = false;
        let crash = self.crash.take();
        if crash.is_some() {
            let flash_sound = true;
            self.pump.set_self_test(SelfTest { flash_sound, crash });
        }
        let (pump, mut hello) = (&mut self.pump, None);
        self.crash = crash_of(|| hello = Some(pump.boot(boot, nvm)));
        match (hello, self.crash) {
            (Some(hello), None) => Ok(hello),
            (_, crash) => Err(BenchError::CrashesAtBoot {
                line: crash.map_or(0, |crash| crash.place),
            }),
        }
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        self.exchanges += 1;
        if self.halted || self.crash.is_some() || self.hang_at.contains(&self.exchanges) {
            return Ok(Exchange::Hung);
        }
        let pump = &mut self.pump;
        self.crash = crash_of(|| pump.react(stimulus, reaction));
        Ok(match self.crash {
            Some(_) => Exchange::Hung,
            None => Exchange::Reacted,
        })
    }

    fn disturb(&mut self, disturbance: &Disturbance) -> Result<Changed, BenchError> {
        match disturbance {
            Disturbance::CutPower => {
                self.pump = fresh_pump();
                self.crash = None;
            }
            Disturbance::Halt => self.halted = true,
            Disturbance::Resume => self.halted = false,
            Disturbance::FlipRam {
                place:
                    Place {
                        symbol,
                        field: Some(field),
                        ..
                    },
                bit,
            } => {
                let flipped = self.pump.flip(field, (*bit).into());
                let (before, after) = flipped.filter(|_| symbol == "PUMP").ok_or_else(|| {
                    BenchError::NoSuchField {
                        field: format!("{symbol}.{field}"),
                        bit: *bit,
                        reason: "the native pump has no such field, or it has no such bit".into(),
                    }
                })?;
                return Ok(Changed::of(before, after));
            }
            Disturbance::FlipRam { .. }
            | Disturbance::FlipFlash { .. }
            | Disturbance::FlipRegister { .. } => {
                let needs = disturbance.needs();
                return Err(BenchError::Incapable { needs });
            }
        }
        Ok(Changed::WITHOUT_VALUE)
    }

    fn fork(&self) -> Result<Box<dyn Bench + Send>, NotForkable> {
        Ok(Box::new(self.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_flips_there_and_back_and_what_is_none_is_refused() {
        let mut pump = Pump::new([0; 20], "test", EXAMPLE_SECRET);
        for field in [
            "state.therapy.flags.value",
            "state.therapy.flags.inverse",
            "state.therapy.held",
            "state.therapy.prescription.dose.__0",
            "state.therapy.prescription.lockout.__0",
            "state.therapy.prescription.daily_maximum",
            "state.therapy.inverse[3]",
            "state.meter.basal.held.value.whole",
            "state.meter.bolus.held.inverse.whole",
            "state.meter.bolus_left.value",
            "state.grants.next",
            "nvm.image[4096]",
        ] {
            let (before, after) = pump.flip(field, 0).unwrap();
            assert_eq!(before ^ after, 1, "{field}");
            assert_eq!(pump.flip(field, 0), Some((after, before)), "{field}");
            assert_eq!(pump.flip(field, 64), None, "{field}");
        }
        for field in [
            "state.therapy.name",
            "state.meter.phase",
            "flags",
            "nvm.image[32768]",
        ] {
            assert_eq!(pump.flip(field, 0), None, "{field}");
        }
    }
}
