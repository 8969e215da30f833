//! What the patient is prescribed: a dose a day that changes, and single doses ordered, each over a time.
//!
//! The plant has no access to programmed values; this is told by whoever runs it, for the reference
//! patient alone. Nothing that happens to the pump or the patient depends on it.

use crate::tracks::AGENTS;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use thecal_units::real::Mass;
use thecal_units::{Millis, SimTime};

/// Prescribed doses, taken tick by tick.
///
/// All sums begin at instants at which something was prescribed, so cutting a span changes no bit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prescribed {
    /// Whether anything was ever told.
    known: bool,
    /// Up to `since`. Unit: ug.
    base_ug: [f64; AGENTS],
    since: SimTime,
    /// The dose a day, per ms.
    basal: [f64; AGENTS],
    /// The single doses that are being given: until when, and per ms.
    boluses: Vec<(SimTime, [f64; AGENTS])>,
    /// What begins and ends, in order.
    to_come: VecDeque<(SimTime, Change)>,
    taken_ug: [f64; AGENTS],
}

/// What changes at an instant. Rates in ug per ms.
#[derive(Clone, Copy, Debug)]
enum Change {
    Basal([f64; AGENTS]),
    Bolus {
        until: SimTime,
        rate: [f64; AGENTS],
    },
    BolusEnds,
    /// All single doses end.
    Cut,
}

impl Prescribed {
    /// From `from` on, this much of each drug a day; calls come in order of `from`.
    pub(crate) fn rate(&mut self, from: SimTime, per_day: [Mass; AGENTS]) {
        self.known = true;
        let ug_per_ms = per_day.map(|dose| dose.as_micrograms() / 86_400_000.0);
        self.add(from, Change::Basal(ug_per_ms));
    }

    /// From `at` on, this much of each drug evenly within `over`, which is above zero.
    pub(crate) fn order(&mut self, at: SimTime, dose: [Mass; AGENTS], over: Millis) {
        self.known = true;
        let millis = over.as_secs_f64() * 1e3;
        let rate = dose.map(|dose| dose.as_micrograms() / millis);
        let until = at + over;
        self.add(at, Change::Bolus { until, rate });
        self.add(until, Change::BolusEnds);
    }

    /// From `at` on, nothing more of the single doses ordered before.
    pub(crate) fn cut(&mut self, at: SimTime) {
        self.add(at, Change::Cut);
    }

    /// What was due up to `at`, which is not before the last call of [`Self::take`].
    pub(crate) fn so_far(&self, at: SimTime) -> [Mass; AGENTS] {
        let mut then = self.clone();
        then.pass(at);
        then.total(at).map(Mass::from_micrograms)
    }

    /// What was told later comes later at one instant.
    fn add(&mut self, at: SimTime, change: Change) {
        let place = self.to_come.partition_point(|(other, _)| *other <= at);
        self.to_come.insert(place, (at, change));
    }

    /// What fell due since the last call; `None` if nothing was ever told.
    pub(crate) fn take(&mut self, at: SimTime) -> Option<[Mass; AGENTS]> {
        self.pass(at);
        let total = self.total(at);
        let due = [0, 1].map(|agent| Mass::from_micrograms(total[agent] - self.taken_ug[agent]));
        self.taken_ug = total;
        self.known.then_some(due)
    }

    /// Puts in force what begins by `at`.
    fn pass(&mut self, at: SimTime) {
        while let Some((from, change)) = self.to_come.pop_front_if(|(from, _)| *from <= at) {
            self.base_ug = self.total(from);
            self.since = from;
            match change {
                Change::Basal(rate) => self.basal = rate,
                Change::Bolus { until, rate } => self.boluses.push((until, rate)),
                Change::BolusEnds => self.boluses.retain(|(until, _)| *until > from),
                Change::Cut => self.boluses.clear(),
            }
        }
    }

    fn total(&self, at: SimTime) -> [f64; AGENTS] {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a run has far fewer than 2^53 ms"
        )]
        let millis = at.since(self.since).as_millis() as f64;
        let boluses = self.boluses.iter();
        [0, 1].map(|agent| {
            let single: f64 = boluses.clone().map(|(_, rate)| rate[agent]).sum();
            self.base_ug[agent] + (self.basal[agent] + single) * millis
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_due_is_what_was_prescribed() {
        let hour = |hour| SimTime::ZERO + Millis::HOUR.times(hour);
        let ug = |micrograms| [Mass::from_micrograms(micrograms), Mass::ZERO];
        let mut prescribed = Prescribed::default();
        assert_eq!(prescribed.take(hour(1)), None);
        prescribed.rate(hour(1), ug(240.0));
        prescribed.rate(hour(2), ug(24.0));
        prescribed.order(hour(2), ug(5.0), Millis::HOUR.times(4));
        let [due, none] = prescribed.take(hour(4)).unwrap();
        assert!((due.as_micrograms() - 14.5).abs() < 1e-9, "{due:?}");
        assert_eq!(none, Mass::ZERO);
        let [due, _] = prescribed.take(hour(4)).unwrap();
        assert_eq!(due, Mass::ZERO);
        let [due, _] = prescribed.take(hour(8)).unwrap();
        assert!((due.as_micrograms() - 6.5).abs() < 1e-9, "{due:?}");
    }
    #[test]
    fn what_is_cut_ends_there_and_what_is_ordered_next_does_not() {
        let hour = |hour| SimTime::ZERO + Millis::HOUR.times(hour);
        let ug = |micrograms| [Mass::from_micrograms(micrograms), Mass::ZERO];
        let mut prescribed = Prescribed::default();
        prescribed.order(hour(1), ug(4.0), Millis::HOUR.times(4));
        prescribed.cut(hour(2));
        prescribed.order(hour(2), ug(8.0), Millis::HOUR.times(8));
        for (hours, due) in [(2, 1.0), (5, 4.0), (20, 9.0)] {
            let [so_far, _] = prescribed.so_far(hour(hours));
            assert!((so_far.as_micrograms() - due).abs() < 1e-9, "{so_far:?}");
        }
    }
}
