//! What the patient is prescribed: a dose a day that changes, and single doses ordered.
//!
//! The plant has no access to programmed values; this is told by whoever runs it, for the reference
//! patient alone. Nothing that happens to the pump or the patient depends on it.

use crate::tracks::AGENTS;
use alloc::collections::VecDeque;
use thecal_units::SimTime;
use thecal_units::real::Mass;

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
    ug_per_ms: [f64; AGENTS],
    /// Rates to come, in order.
    to_come: VecDeque<(SimTime, [f64; AGENTS])>,
    taken_ug: [f64; AGENTS],
}

impl Prescribed {
    /// From `from` on, this much of each drug a day; calls come in order of `from`.
    pub(crate) fn rate(&mut self, from: SimTime, per_day: [Mass; AGENTS]) {
        self.known = true;
        let ug_per_ms = per_day.map(|dose| dose.as_micrograms() / 86_400_000.0);
        self.to_come.push_back((from, ug_per_ms));
    }

    /// At `at`, this much of each drug at once.
    pub(crate) fn order(&mut self, at: SimTime, dose: [Mass; AGENTS]) {
        self.known = true;
        self.pass(at);
        for (base, dose) in self.base_ug.iter_mut().zip(dose) {
            *base += dose.as_micrograms();
        }
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
        while let Some((from, ug_per_ms)) = self.to_come.pop_front_if(|(from, _)| *from <= at) {
            self.base_ug = self.total(from);
            self.since = from;
            self.ug_per_ms = ug_per_ms;
        }
    }

    fn total(&self, at: SimTime) -> [f64; AGENTS] {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a run has far fewer than 2^53 ms"
        )]
        let millis = at.since(self.since).as_millis() as f64;
        [0, 1].map(|agent| self.base_ug[agent] + self.ug_per_ms[agent] * millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_units::Millis;

    #[test]
    fn what_falls_due_is_what_was_prescribed() {
        let hour = |hour| SimTime::ZERO + Millis::HOUR.times(hour);
        let ug = |micrograms| [Mass::from_micrograms(micrograms), Mass::ZERO];
        let mut prescribed = Prescribed::default();
        assert_eq!(prescribed.take(hour(1)), None);
        prescribed.rate(hour(1), ug(240.0));
        prescribed.rate(hour(2), ug(24.0));
        prescribed.order(hour(2), ug(5.0));
        let [due, none] = prescribed.take(hour(4)).unwrap();
        assert!((due.as_micrograms() - 17.0).abs() < 1e-9, "{due:?}");
        assert_eq!(none, Mass::ZERO);
        let [due, _] = prescribed.take(hour(4)).unwrap();
        assert_eq!(due, Mass::ZERO);
    }
}
