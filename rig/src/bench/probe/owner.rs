//! Who knows the core behind a probe: on a board, the probe itself.

use super::RttWire;
use crate::bench::link::{Liveness, Owner};
use crate::bench::{BenchError, Capability, Changed};

/// What a target can do beyond what any probe can.
pub trait TargetOwner: Owner<RttWire> {
    /// Cuts the power and restores it; RAM is lost.
    ///
    /// # Errors
    ///
    /// [`BenchError::Incapable`] unless it has a switch.
    fn cut_power(&mut self, _wire: &mut RttWire) -> Result<Changed, BenchError> {
        Err(BenchError::Incapable {
            needs: Capability::Power,
        })
    }

    /// Flips one bit (0 to 7) of the byte of flash at `address`, while the pump goes on.
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

/// A board that only its probe knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Probed;

impl Owner<RttWire> for Probed {
    fn liveness(&mut self, wire: &mut RttWire) -> Liveness {
        wire.core().look()
    }

    fn reset(&mut self, wire: &mut RttWire) -> Result<bool, BenchError> {
        wire.reset().map(|()| true)
    }
}

impl TargetOwner for Probed {}
