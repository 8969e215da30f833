//! The pump's own time: what its crystal counts between two instants.

use crate::boundary::Crystal;
use thecal_units::{Millis, SimTime};

/// The longest that a pump sleeps before it looks at its clock and its pins, and the longest train. Source:
/// REQ-WDG-004.
pub(crate) const SLEEP: Millis = Millis::MINUTE.times(2);

impl Crystal {
    /// What the crystal counts from `from` to `until`, without jumps, rounded down.
    #[must_use]
    pub(crate) fn counted(&self, from: SimTime, until: SimTime) -> Millis {
        let span = i128::from(until.as_millis()) - i128::from(from.as_millis());
        let counted = span * (1_000_000 + i128::from(self.ppm)) / 1_000_000;
        Millis::from_millis(u64::try_from(counted).unwrap_or(0))
    }

    /// The first instant by which the crystal has counted `span` from `from` on.
    #[must_use]
    pub(crate) fn after(&self, from: SimTime, span: Millis) -> SimTime {
        let rate = u128::from(1_000_000_u32.saturating_add_signed(self.ppm)).max(1);
        let true_ms = (u128::from(span.as_millis()) * 1_000_000).div_ceil(rate);
        from + Millis::from_millis(u64::try_from(true_ms).unwrap_or(u64::MAX))
    }

    /// By how much a pump may count more between two instants, and by how much less: a jump forward that
    /// it takes for sleep; any jump that it notices, and a late wake-up, lose some time.
    #[must_use]
    pub(crate) fn bent(
        &self,
        from: SimTime,
        until: SimTime,
        unnoticed: Millis,
    ) -> (Millis, Millis) {
        let within = |at: SimTime| from <= at && at <= until;
        let jumps = self.jumps.iter().filter(|&&(at, _)| within(at));
        let jumps = jumps.map(|&(_, by)| {
            let seen = Millis::from_millis(by.unsigned_abs()).min(unnoticed);
            (if by > 0 { seen } else { Millis::ZERO }, unnoticed)
        });
        // One that is late by more than it comes after the end has slept through it.
        let late = self.late.iter();
        let late = late.filter(|&&(at, by)| from <= at && at.before(by) <= until);
        let late = late.map(|&(_, by)| (Millis::ZERO, by));
        let add = |(more, less), (by_more, by_less)| (more + by_more, less + by_less);
        jumps.chain(late).fold((Millis::ZERO, Millis::ZERO), add)
    }

    /// How much time that has not passed a pump may have counted between two instants, and still be
    /// sound: jumps forward that nothing distinguishes from its sleep, and late wake-ups.
    ///
    /// `unnoticed` is the longest jump that it may take for sleep.
    #[must_use]
    pub(crate) fn doubt(&self, from: SimTime, until: SimTime, unnoticed: Millis) -> Millis {
        let within = |at: SimTime| from <= at && at <= until;
        let jumps = self.jumps.iter().filter(|&&(at, _)| within(at));
        let jumps = jumps.map(|&(_, by)| Millis::from_millis(by.unsigned_abs()).min(unnoticed));
        // One that is late by more than it comes after the end has slept through it.
        let late = self.late.iter();
        let late = late.filter(|&&(at, by)| from <= at && at.before(by) <= until);
        let late = late.map(|&(_, by)| by);
        jumps.chain(late).fold(Millis::ZERO, |sum, by| sum + by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_up_that_is_late_counts_where_it_slept_through_the_end() {
        let at = |seconds: u64| SimTime::ZERO + Millis::from_secs(seconds);
        let crystal = Crystal {
            late: vec![(at(190), Millis::from_secs(150))],
            ..Crystal::default()
        };
        let slept = (Millis::ZERO, Millis::from_secs(150));
        assert_eq!(crystal.bent(at(30), at(100), Millis::ZERO), slept);
        assert_eq!(crystal.doubt(at(30), at(100), Millis::ZERO), slept.1);
        // It began later.
        let none = (Millis::ZERO, Millis::ZERO);
        assert_eq!(crystal.bent(at(0), at(30), Millis::ZERO), none);
    }

    #[test]
    fn a_span_counted_ends_when_it_has_been_counted() {
        for ppm in [-100, -20, 0, 20, 100] {
            let crystal = Crystal {
                ppm,
                ..Crystal::default()
            };
            for from in [0, 1, 999_999, 86_400_000] {
                let from = SimTime::from_millis(from);
                for span in [1, 60_000, 86_400_000, 7 * 86_400_000] {
                    let span = Millis::from_millis(span);
                    let until = crystal.after(from, span);
                    assert!(
                        crystal.counted(from, until) >= span,
                        "{ppm} {from} {span:?}"
                    );
                    let before = until.before(Millis::from_millis(1));
                    assert!(
                        crystal.counted(from, before) < span,
                        "{ppm} {from} {span:?}"
                    );
                }
            }
        }
    }
}
