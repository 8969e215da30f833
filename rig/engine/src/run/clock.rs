//! The pump's clock as the rig has disturbed it.
//!
//! A jump changes only what the clock shows. The wake the pump asked for comes from a timer that
//! counts a span, so it is woken when it would have been. Where the pump cannot distinguish a jump
//! from time that has passed, it may take it for either; those who judge it have to know by how much.

use thecal_sim::Plant;
use thecal_units::{Millis, PumpTime, SimTime};

/// The largest jump that no pump can distinguish from time that has passed: its longest sleep, and
/// some seconds (REQ-WDG-001, ours).
const UNDETECTABLE: Millis = Millis::from_secs(130);

/// The disturbance of the pump's clock.
#[derive(Clone, Debug, Default)]
pub(super) struct ClockSide {
    /// Sum of all jumps. Unit: ms.
    jumped_ms: i64,
    /// By how much the pump's idea of the time may be off: each entry from its instant on. Entries
    /// add up.
    pub(super) doubts: Vec<(SimTime, Millis)>,
}

impl ClockSide {
    /// Moves the displayed time forward, or back if negative, from now on. Unit: ms.
    ///
    /// `pump_runs`: whether the pump can compare it with the span that it has counted itself.
    pub(super) fn jump(&mut self, plant: &mut Plant, by_ms: i64, pump_runs: bool) {
        plant.jump_clock(by_ms);
        self.jumped_ms = self.jumped_ms.saturating_add(by_ms);
        let by = Millis::from_millis(by_ms.unsigned_abs());
        // A pump that does not run sees only the new time.
        let unnoticed = if pump_runs {
            UNDETECTABLE
        } else {
            by + UNDETECTABLE
        };
        self.doubts.push((plant.now(), unnoticed));
    }

    /// The pump was woken this much late and may take it for a jump.
    pub(super) fn was_late(&mut self, now: SimTime, by: Millis) {
        if by > Millis::ZERO {
            self.doubts.push((now, by));
        }
    }

    /// The simulation time of a log entry with this time: the pump's log does not contain the
    /// jumps.
    pub(super) fn logged_at(&self, plant: &Plant, at: PumpTime) -> SimTime {
        let shown = at.as_millis().checked_add_signed(self.jumped_ms);
        match shown {
            // The clock has gone back to before this: it cannot show it any more, but it was shown. Zero is
            // shown from the beginning.
            Some(0) | None => SimTime::from_millis(at.as_millis()),
            Some(shown) => plant.sim_time_of(PumpTime::from_millis(shown)),
        }
    }
}
