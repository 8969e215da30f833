//! When something happened, and after what of the same instant: several packets may arrive in one
//! millisecond, such as all of an implant session.

use crate::boundary::{Boot, Packet};
use thecal_units::SimTime;

/// An instant, and the place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) at: SimTime,
    /// 0: before the packets of this instant, as what the pins show is. Twice the number of a packet, from
    /// 1, or one more for what comes between it and the next.
    turn: usize,
}

impl Moment {
    /// What the pins show at an instant: the pump is woken by them before it hears a packet.
    pub(super) const fn pins(at: SimTime) -> Self {
        Self { at, turn: 0 }
    }

    /// A boot.
    pub(super) const fn boot(boot: &Boot) -> Self {
        Self {
            at: boot.at,
            turn: 2 * boot.packets + 1,
        }
    }

    /// The packet with this index in the run.
    pub(super) const fn packet(index: usize, packet: &Packet<'_>) -> Self {
        Self {
            at: packet.at,
            turn: 2 * (index + 1),
        }
    }
}

/// Changes in order of time; append-only.
#[derive(Clone, Debug)]
pub(super) struct History<T>(Vec<(Moment, T)>);

impl<T> Default for History<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> History<T> {
    /// Appends a change, which is not earlier than the last.
    pub(super) fn push(&mut self, moment: Moment, value: T) {
        debug_assert!(
            self.0.last().is_none_or(|&(last, _)| last <= moment),
            "histories are told in order"
        );
        self.0.push((moment, value));
    }

    /// The change of a moment.
    pub(super) fn at_mut(&mut self, moment: Moment) -> Option<&mut T> {
        let change = self.0.iter_mut().find(|&&mut (at, _)| at == moment);
        change.map(|(_, value)| value)
    }

    /// All changes before a moment.
    pub(super) fn before(&self, moment: Moment) -> &[(Moment, T)] {
        let behind = self.0.partition_point(|&(at, _)| at < moment);
        &self.0[..behind]
    }

    /// All changes after one moment and before another.
    pub(super) fn between(&self, after: Moment, before: Moment) -> &[(Moment, T)] {
        let until = self.before(before);
        let begun = until.partition_point(|&(at, _)| at <= after);
        &until[begun..]
    }

    /// The last change before a moment.
    pub(super) fn last(&self, moment: Moment) -> Option<&(Moment, T)> {
        self.before(moment).last()
    }
}
