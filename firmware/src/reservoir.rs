//! Reservoir by count: entered volume less sensed steps. There is no level sensor.
//!
//! The count in memory must never exceed the count in RAM, or each reset would add drug that is not
//! there. So memory holds the count at the end of a *lease*, written before the first step of the
//! lease (REQ-RES-003): a reset loses at most one lease of volume and never adds any. Writes for
//! other reasons repeat the current lease, so that only steps use it up.

use crate::metering::STEP_VOLUME;
use thecal_units::Volume;

/// Volume of a lease.
const LEASE: Volume = Volume::from_nanoliters(10_000);

/// Count of a pump that was never refilled: it is shipped with 20 mL in it.
pub(crate) const FACTORY_FILL: Volume = Volume::from_nanoliters(20_000_000);

/// The counted volume and the total of steps.
#[derive(Clone, Debug)]
pub(crate) struct Reservoir {
    count: Volume,
    kept: Volume,
    steps: u64,
}

impl Reservoir {
    pub(crate) const fn new() -> Self {
        Self {
            count: FACTORY_FILL,
            kept: FACTORY_FILL,
            steps: 0,
        }
    }

    /// Restores count and steps from memory.
    pub(crate) const fn restore(&mut self, kept: Volume, steps: u64) {
        self.count = kept;
        self.kept = kept;
        self.steps = steps;
    }

    /// Sets the count after a refill.
    pub(crate) const fn refill(&mut self, volume: Volume) {
        self.count = volume;
        self.kept = volume;
    }

    /// Subtracts sensed steps from the count, whatever they were driven for (REQ-RES-006). A missed
    /// step moved no volume (REQ-RES-001).
    pub(crate) fn draw(&mut self, sensed: u32) {
        self.count = self.count.saturating_sub(STEP_VOLUME.times(sensed.into()));
        self.steps = self.steps.saturating_add(sensed.into());
    }

    pub(crate) const fn count(&self) -> Volume {
        self.count
    }

    pub(crate) const fn steps(&self) -> u64 {
        self.steps
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == Volume::ZERO
    }

    /// Steps until the count is zero; the last step may be partial.
    pub(crate) const fn steps_left(&self) -> u64 {
        self.count
            .as_picoliters()
            .div_ceil(STEP_VOLUME.as_picoliters())
    }

    /// Takes a new lease if `steps` would exceed the current one; true if it must be written before
    /// they are driven.
    pub(crate) fn lease(&mut self, steps: u32) -> bool {
        let after = self.count.saturating_sub(STEP_VOLUME.times(steps.into()));
        if self.kept <= after {
            return false;
        }
        self.kept = after.saturating_sub(LEASE);
        true
    }

    /// Steps that may be driven before the next write.
    pub(crate) const fn leased(&self) -> u64 {
        self.count
            .saturating_sub(self.kept)
            .whole_parts(STEP_VOLUME)
    }

    /// The count to store: that at the end of the lease.
    pub(crate) const fn kept(&self) -> Volume {
        self.kept
    }
}
