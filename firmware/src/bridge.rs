//! Bridge bolus: after a refill with another concentration, what is left of the old drug behind the
//! reservoir goes on at the old drug's rate, so that the patient's *dose* stays the same.
//!
//! ```text
//!   rate = dose / C_old   until tubing + catheter have been moved, then dose / C_new
//! ```
//!
//! Steps left are in memory with each lease (REQ-THE-012). A reset forgets up to one lease of them;
//! on which side is chosen so that the patient gets less drug rather than more: a bridge at the
//! faster rate ends too early, one at the slower rate too late. Source: pump.md 1.2 (mem H).

use thecal_units::Concentration;

/// What is left to bridge.
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

    /// Begins, or is taken from memory.
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

    /// Concentration of what the next step moves out of the catheter.
    pub(crate) const fn concentration(self) -> Concentration {
        self.concentration
    }

    /// Takes moved steps off; true where the bridge ends with them.
    pub(crate) const fn draw(&mut self, moved: u32) -> bool {
        let was_active = self.is_active();
        self.steps = self.steps.saturating_sub(moved);
        was_active && !self.is_active()
    }

    /// Steps left as memory must say it while so many steps may go before it is written again.
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
        // Stronger drug follows: the old rate is the faster one and ends early.
        let stronger = Concentration::from_ng_per_ml(20_000_000);
        assert_eq!(bridge.kept(2_000, stronger), 3_000);
        assert_eq!(bridge.kept(6_000, stronger), 0);
        // Weaker drug follows: the old rate is the slower one and ends late.
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
