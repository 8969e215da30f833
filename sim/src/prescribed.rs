//! What the patient is prescribed: a dose a day that changes, and single doses ordered.
//!
//! The plant has no access to programmed values; this is told by whoever runs it, for the reference
//! patient alone. Nothing that happens to the pump or the patient depends on it.

use crate::tracks::AGENTS;
use thecal_units::SimTime;
use thecal_units::real::Mass;

/// Prescribed doses, taken tick by tick.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Prescribed {
    /// Whether anything was ever told.
    known: bool,
    ug_per_ms: [f64; AGENTS],
    since: SimTime,
    due_ug: [f64; AGENTS],
}

impl Prescribed {
    /// From `at` on, this much of each drug a day.
    pub(crate) fn rate(&mut self, at: SimTime, per_day: [Mass; AGENTS]) {
        self.accrue(at);
        self.known = true;
        self.ug_per_ms = per_day.map(|dose| dose.as_micrograms() / 86_400_000.0);
    }

    /// At once, this much of each drug.
    pub(crate) fn order(&mut self, dose: [Mass; AGENTS]) {
        self.known = true;
        for (due, dose) in self.due_ug.iter_mut().zip(dose) {
            *due += dose.as_micrograms();
        }
    }

    /// What fell due since the last call; `None` if nothing was ever told.
    pub(crate) fn take(&mut self, at: SimTime) -> Option<[Mass; AGENTS]> {
        self.accrue(at);
        let due = core::mem::take(&mut self.due_ug);
        self.known.then(|| due.map(Mass::from_micrograms))
    }

    fn accrue(&mut self, at: SimTime) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a run has far fewer than 2^53 ms"
        )]
        let millis = at.since(self.since).as_millis() as f64;
        for (due, rate) in self.due_ug.iter_mut().zip(self.ug_per_ms) {
            *due += rate * millis;
        }
        self.since = at;
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
        prescribed.order(ug(5.0));
        let [due, none] = prescribed.take(hour(4)).unwrap();
        assert!((due.as_micrograms() - 17.0).abs() < 1e-9, "{due:?}");
        assert_eq!(none, Mass::ZERO);
        let [due, _] = prescribed.take(hour(4)).unwrap();
        assert_eq!(due, Mass::ZERO);
    }
}
