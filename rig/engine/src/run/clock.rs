//! The pump's clock as the rig has disturbed it.
//!
//! A jump moves what the clock shows and nothing else: what the pump has asked for is kept by a
//! timer that has counted off its span already, so that it is woken when it would have been. The pump
//! may take a jump for time that has passed where it could not tell the two apart; whoever judges
//! its times has to know by how much.

use super::lockstep::Run;
use thecal_units::{Millis, PumpTime, SimTime};

/// What no pump can tell from time that has passed: its longest sleep, and some seconds (REQ-WDG-001,
/// ours).
const UNDETECTABLE: Millis = Millis::from_secs(130);

/// The pump's clock between the rig's hands.
#[derive(Clone, Debug, Default)]
pub(super) struct ClockSide {
    /// All jumps together. Unit: ms.
    jumped_ms: i64,
    /// How much the pump's idea of the time may be off from some instant on, one by one.
    pub(super) doubts: Vec<(SimTime, Millis)>,
}

impl Run {
    /// The clock shows this much more, or less, from now on.
    pub(super) fn jump_clock(&mut self, now: SimTime, by_ms: i64) {
        self.plant.jump_clock(by_ms);
        self.clock.jumped_ms = self.clock.jumped_ms.saturating_add(by_ms);
        let by = Millis::from_millis(by_ms.unsigned_abs());
        // A pump that does not run sees nothing but the new time.
        let unnoticed = if self.fault_state.can_react() && !self.pump.hung {
            UNDETECTABLE
        } else {
            by + UNDETECTABLE
        };
        self.clock.doubts.push((now, unnoticed));
    }

    /// The pump was late by this much and may take it for a jump.
    pub(super) fn was_late(&mut self, now: SimTime, by: Millis) {
        if by > Millis::ZERO {
            self.clock.doubts.push((now, by));
        }
    }

    /// When the pump logged what bears this time: its log knows nothing of jumps.
    pub(super) fn logged_at(&self, at: PumpTime) -> SimTime {
        let shown = at.as_millis().saturating_add_signed(self.clock.jumped_ms);
        self.plant.sim_time_of(PumpTime::from_millis(shown))
    }
}
