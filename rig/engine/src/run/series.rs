//! Time series in integer time: stepwise signals and growing totals.

use thecal_units::SimTime;

/// A signal that keeps its value until the next change.
#[derive(Clone, Debug, Default)]
pub struct Series {
    points: Vec<(SimTime, f64)>,
}

impl Series {
    /// Appends a value; an unchanged value is not stored, a value at the same instant replaces.
    pub fn push(&mut self, at: SimTime, value: f64) {
        debug_assert!(
            self.points.last().is_none_or(|&(last, _)| last <= at),
            "time runs forward"
        );
        match self.points.last_mut() {
            Some((_, last)) if last.to_bits() == value.to_bits() => {}
            Some((time, last)) if *time == at => *last = value,
            _ => self.points.push((at, value)),
        }
    }

    /// The changes, in order.
    #[must_use]
    pub fn points(&self) -> &[(SimTime, f64)] {
        &self.points
    }

    /// The instant of the first value; earlier values are unknown. `None` if there is no value.
    pub(crate) fn begins(&self) -> Option<SimTime> {
        self.points.first().map(|&(at, _)| at)
    }

    /// The value at `at`; before the first change, the first value.
    #[must_use]
    pub fn at(&self, at: SimTime) -> Option<f64> {
        let after = self.points.partition_point(|&(time, _)| time <= at);
        self.points
            .get(after.saturating_sub(1))
            .map(|&(_, value)| value)
    }

    /// The intervals of constant value that overlap `from..=until`: start of each (not before
    /// `from`) and value.
    pub(crate) fn stretches(
        &self,
        from: SimTime,
        until: SimTime,
    ) -> impl Iterator<Item = (SimTime, f64)> + '_ {
        let first = self
            .points
            .partition_point(|&(time, _)| time <= from)
            .saturating_sub(1);
        self.points
            .get(first..)
            .unwrap_or(&[])
            .iter()
            .map(move |&(time, value)| (time.max(from), value))
            .take_while(move |&(time, _)| time <= until)
    }
}

/// A total that only grows, linear between its points.
#[derive(Clone, Debug, Default)]
pub struct Cumulative {
    points: Vec<(SimTime, f64)>,
}

impl Cumulative {
    /// Appends a total; one at the same instant replaces.
    pub fn push(&mut self, at: SimTime, total: f64) {
        match self.points.last_mut() {
            Some((time, last)) if *time == at => *last = total,
            _ => self.points.push((at, total)),
        }
    }

    /// The last total.
    #[must_use]
    pub fn last(&self) -> f64 {
        self.points.last().map_or(0.0, |&(_, total)| total)
    }

    /// The points, in order.
    #[must_use]
    pub fn points(&self) -> &[(SimTime, f64)] {
        &self.points
    }

    /// The total at `at`, interpolated linearly between points; constant before the first and after
    /// the last.
    #[must_use]
    pub fn at(&self, at: SimTime) -> f64 {
        let after = self.points.partition_point(|&(time, _)| time <= at);
        let point = |index: usize| self.points.get(index).copied();
        between(after.checked_sub(1).and_then(point), point(after), at)
    }
}

/// The total at `at`, between the last point up to it and the first after it.
pub(super) fn between(
    before: Option<(SimTime, f64)>,
    after: Option<(SimTime, f64)>,
    at: SimTime,
) -> f64 {
    match (before, after) {
        (None, None) => 0.0,
        // Most windows of whole minutes begin at a plant tick.
        (Some((early, total)), _) if early == at => total,
        (None, Some((_, total))) | (Some((_, total)), None) => total,
        (Some((early, low)), Some((late, high))) => {
            let part = at.since(early).as_secs_f64() / late.since(early).as_secs_f64();
            low + (high - low) * part
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> SimTime {
        SimTime::from_millis(millis)
    }

    #[test]
    fn a_stretch_that_began_earlier_counts_from_the_start_of_the_interval() {
        let mut series = Series::default();
        series.push(at(0), 0.0);
        series.push(at(100), 1.0);
        let seen: Vec<_> = series.stretches(at(500), at(900)).collect();
        assert_eq!(seen, vec![(at(500), 1.0)]);
    }
}
