//! The owner of a core behind a probe: on a board, the probe itself.

use super::RttWire;
use crate::hook::{switch_off, switch_on};
use crate::inventory::Power;
use crate::link::{Liveness, Owner};
use thecal_engine::bench::BenchError;
use thecal_plan::{Capability, Changed};

/// Operations of a target beyond those of any probe.
pub trait TargetOwner: Owner<RttWire> {
    /// Cuts the power; RAM is lost. Power returns at the latest when the target is reset.
    ///
    /// # Errors
    ///
    /// [`BenchError::Incapable`] unless it has a switch.
    fn cut_power(&mut self, wire: &mut RttWire) -> Result<Changed, BenchError>;

    /// Flips one bit (0 to 7) of the byte of flash at `address`, while the pump runs.
    ///
    /// # Errors
    ///
    /// [`BenchError::Incapable`]: silicon erases whole sectors, and its flash algorithm needs the
    /// RAM that the pump is using.
    fn flip_flash(
        &mut self,
        _wire: &mut RttWire,
        _address: u64,
        _bit: u8,
    ) -> Result<Changed, BenchError> {
        Err(BenchError::Incapable {
            needs: Capability::Flash,
        })
    }
}

/// A board with a probe, and possibly a power switch.
#[derive(Clone, Debug, Default)]
pub struct Probed {
    power: Option<Power>,
    is_off: bool,
}

impl Probed {
    /// A board with this switch.
    #[must_use]
    pub const fn with_power(power: Option<Power>) -> Self {
        Self {
            power,
            is_off: false,
        }
    }
}

impl Owner<RttWire> for Probed {
    fn liveness(&mut self, wire: &mut RttWire) -> Liveness {
        wire.core().look()
    }

    /// If the probe fails, attaches again once: it may have been replugged, or the target was
    /// without power.
    fn reset(&mut self, wire: &mut RttWire) -> Result<bool, BenchError> {
        if let (true, Some(power)) = (self.is_off, &self.power) {
            switch_on(power)?;
            self.is_off = false;
            wire.reattach()?;
        }
        match wire.reset() {
            Err(error) if error.is_of_the_wire() => {
                wire.reattach()?;
                wire.reset()?;
            }
            other => other?,
        }
        Ok(true)
    }
}

impl TargetOwner for Probed {
    fn cut_power(&mut self, _wire: &mut RttWire) -> Result<Changed, BenchError> {
        let power = self.power.as_ref().ok_or(BenchError::Incapable {
            needs: Capability::Power,
        })?;
        switch_off(power)?;
        self.is_off = true;
        Ok(Changed {
            before: 1,
            after: 0,
        })
    }
}
