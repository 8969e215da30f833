//! The remotes' buttons: distinguishes a new press from a repeated request of an old one.
//!
//! A remote sends the number of the physical press with each request, so that a request repeated by
//! a stuck button or a failed transfer counts once (REQ-BOL-009).

use thecal_telemetry::REMOTES_MAX;
use thecal_units::{Millis, PumpTime};

/// A press repeated for longer than this is a stuck button. Source: pump.md 4.7, S61.
const STUCK_AFTER: Millis = Millis::from_secs(180);
/// Presses of one remote closer together than this are contact bounce. Source: pump.md 4.7, 20 to
/// 50 ms.
const BOUNCE: Millis = Millis::from_millis(50);

/// The last press of one remote.
#[derive(Clone, Copy, Debug)]
struct Button {
    press: Option<u16>,
    since: PumpTime,
    /// When a request of this remote last arrived.
    heard: Option<PumpTime>,
    stuck: bool,
}

/// Classification of a press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Press {
    New,
    Same,
    /// The same press for more than three minutes; reported once.
    Stuck,
}

/// The remotes' buttons (REQ-BOL-009, REQ-BOL-016).
#[derive(Clone, Debug)]
pub(crate) struct Buttons([Button; REMOTES_MAX]);

impl Buttons {
    pub(crate) const fn new() -> Self {
        Self(
            [Button {
                press: None,
                since: PumpTime::ZERO,
                heard: None,
                stuck: false,
            }; REMOTES_MAX],
        )
    }

    /// Classifies a press of remote `remote`, counted from 1.
    pub(crate) fn press(&mut self, remote: u8, press: u16, now: PumpTime) -> Press {
        let index = usize::from(remote).wrapping_sub(1);
        let Some(button) = self.0.get_mut(index) else {
            return Press::Same;
        };
        let bounced = button.heard.is_some_and(|heard| now.since(heard) < BOUNCE);
        button.heard = Some(now);
        if button.press != Some(press) {
            button.press = Some(press);
            button.since = now;
            button.stuck = false;
            return if bounced { Press::Same } else { Press::New };
        }
        if button.stuck || now.since(button.since) <= STUCK_AFTER {
            return Press::Same;
        }
        button.stuck = true;
        Press::Stuck
    }

    /// The last presses, for storing.
    pub(crate) fn presses(&self) -> impl Iterator<Item = Option<u16>> {
        self.0.iter().map(|button| button.press)
    }

    /// Restores the last presses from memory.
    pub(crate) fn restore(&mut self, presses: [Option<u16>; REMOTES_MAX], now: PumpTime) {
        for (button, press) in self.0.iter_mut().zip(presses) {
            button.press = press;
            button.since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> PumpTime {
        PumpTime::from_millis(millis)
    }

    /// Verifies REQ-BOL-009, REQ-BOL-033.
    #[test]
    fn a_press_is_new_once_and_stuck_once_after_three_minutes() {
        let mut buttons = Buttons::new();
        assert_eq!(buttons.press(1, 7, at(0)), Press::New);
        assert_eq!(buttons.press(1, 7, at(180_000)), Press::Same);
        assert_eq!(buttons.press(1, 7, at(180_001)), Press::Stuck);
        assert_eq!(buttons.press(1, 7, at(400_000)), Press::Same);
        assert_eq!(
            buttons.press(2, 7, at(400_001)),
            Press::New,
            "another remote"
        );
        assert_eq!(buttons.press(1, 8, at(400_500)), Press::New);
        assert_eq!(
            buttons.press(5, 8, at(500_000)),
            Press::Same,
            "no such remote"
        );
    }

    /// Verifies REQ-BOL-016.
    #[test]
    fn presses_within_fifty_milliseconds_are_one() {
        let mut buttons = Buttons::new();
        assert_eq!(buttons.press(1, 1, at(0)), Press::New);
        assert_eq!(buttons.press(1, 2, at(49)), Press::Same);
        assert_eq!(buttons.press(1, 3, at(99)), Press::New);
        // Continuous chatter is one press.
        for (press, millis) in (4..).zip((110..300).step_by(10)) {
            assert_eq!(buttons.press(1, press, at(millis)), Press::Same);
        }
    }

    /// Verifies REQ-BOL-034.
    #[test]
    fn the_last_press_is_known_after_a_reset() {
        let mut buttons = Buttons::new();
        buttons.press(1, 7, at(0));
        let mut presses = [None; REMOTES_MAX];
        for (slot, press) in presses.iter_mut().zip(buttons.presses()) {
            *slot = press;
        }
        let mut buttons = Buttons::new();
        buttons.restore(presses, at(10_000));
        assert_eq!(buttons.press(1, 7, at(10_001)), Press::Same);
        assert_eq!(buttons.press(1, 8, at(10_051)), Press::New);
    }
}
