//! Bridge bolus: after a refill with another concentration, the old drug left behind the reservoir
//! continues at the old drug's rate, so that the patient's *dose* stays the same.
//!
//! ```text
//!   rate = dose / C_old   until tubing + catheter have been moved, then dose / C_new
//! ```
//!
//! The steps left are stored with each lease (REQ-THE-012). A reset loses up to one lease of them;
//! the stored count errs towards less drug: a bridge at the faster rate ends early, one at
//! the slower rate ends late. Source: pump.md 1.2 (mem H).

use thecal_units::Concentration;

/// The old drug left to bridge.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bridge {
    steps: u32,
    concentration: Concentration,
}

impl Bridge {
    pub(crate) const NONE: Self = Self {
        steps: 0,
        concentration: Concentration::ZERO,
    };

    /// A new bridge, or one restored from memory.
    pub(crate) const fn new(steps: u32, concentration: Concentration) -> Self {
        Self {
            steps,
            concentration,
        }
    }

    /// Steps of old drug left.
    pub(crate) const fn steps(self) -> u32 {
        self.steps
    }

    pub(crate) const fn is_active(self) -> bool {
        self.steps > 0
    }

    /// Concentration of the drug that the next step moves out of the catheter.
    pub(crate) const fn concentration(self) -> Concentration {
        self.concentration
    }

    /// Subtracts moved steps; true if this ends the bridge.
    pub(crate) const fn draw(&mut self, moved: u32) -> bool {
        let was_active = self.is_active();
        self.steps = self.steps.saturating_sub(moved);
        was_active && !self.is_active()
    }

    /// Steps left to store, given that `leased` steps may be driven before the next write.
    pub(crate) fn kept(self, leased: u64, concentration: Concentration) -> u32 {
        if self.concentration < concentration {
            let leased = u32::try_from(leased).unwrap_or(u32::MAX);
            self.steps.saturating_sub(leased)
        } else {
            self.steps
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Concentration = Concentration::from_ng_per_ml(10_000_000);

    /// Verifies REQ-THE-012.
    #[test]
    fn a_reset_forgets_steps_on_the_side_of_less_drug() {
        let bridge = Bridge::new(5_000, OLD);
        // Stronger drug follows: the old rate is the faster one, so the bridge ends early.
        let stronger = Concentration::from_ng_per_ml(20_000_000);
        assert_eq!(bridge.kept(2_000, stronger), 3_000);
        assert_eq!(bridge.kept(6_000, stronger), 0);
        // Weaker drug follows: the old rate is the slower one, so the bridge ends late.
        let weaker = Concentration::from_ng_per_ml(5_000_000);
        assert_eq!(bridge.kept(2_000, weaker), 5_000);
    }

    /// Verifies REQ-THE-011, REQ-THE-012.
    #[test]
    fn a_bridge_ends_once() {
        let mut bridge = Bridge::new(3, OLD);
        assert!(!bridge.draw(2) && bridge.is_active());
        assert!(bridge.draw(4) && !bridge.is_active());
        assert!(!bridge.draw(1));
    }
}
