//! Time series in integer time: stepwise signals and growing totals.

use thecal_units::{Millis, SimTime};

/// A signal that keeps its value until the next change.
#[derive(Clone, Debug, Default)]
pub struct Series {
    points: Vec<(SimTime, f64)>,
}

impl Series {
    /// Appends a value; the same value again is not stored, a value at the same instant replaces.
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

    /// When it begins; nothing is known before. `None` where it has no value at all.
    #[must_use]
    pub fn begins(&self) -> Option<SimTime> {
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

    /// The stretches of constant value that touch `from..=until`: when each begins (not before
    /// `from`) and its value.
    pub fn stretches(
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

/// A total that only grows, evenly between its points.
#[derive(Clone, Debug, Default)]
pub struct Cumulative {
    points: Vec<(SimTime, f64)>,
}

impl Cumulative {
    /// Appends a total. Points in the middle of an even growth are kept: windows slide over them.
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

    /// The total at `at`, with even growth between points; flat before the first and after the
    /// last.
    #[must_use]
    pub fn at(&self, at: SimTime) -> f64 {
        let after = self.points.partition_point(|&(time, _)| time <= at);
        self.between(after, at)
    }

    /// As [`Cumulative::at`], with the search begun at `cursor`, which must not be too far along;
    /// moves it. For times that only grow this costs a step a point.
    #[must_use]
    pub fn at_from(&self, cursor: &mut usize, at: SimTime) -> f64 {
        while self
            .points
            .get(*cursor)
            .is_some_and(|&(time, _)| time <= at)
        {
            *cursor += 1;
        }
        self.between(*cursor, at)
    }

    fn between(&self, after: usize, at: SimTime) -> f64 {
        let before = after
            .checked_sub(1)
            .and_then(|index| self.points.get(index));
        match (before, self.points.get(after)) {
            (None, None) => 0.0,
            (None, Some(&(_, total))) | (Some(&(_, total)), None) => total,
            (Some(&(early, low)), Some(&(late, high))) => {
                let part = at.since(early).as_secs_f64() / late.since(early).as_secs_f64();
                low + (high - low) * part
            }
        }
    }

    /// The growth in the window that ends at each point, and in the one that starts there, each
    /// with its window's end.
    ///
    /// Growth is even between points, so the most in any window is among these.
    #[must_use]
    pub fn windows(&self, window: Millis) -> Vec<(SimTime, f64)> {
        let (mut start_cursor, mut end_cursor) = (0, 0);
        let last = self.points.last().map_or(SimTime::ZERO, |&(time, _)| time);
        let mut grown = Vec::with_capacity(self.points.len() * 2);
        for &(time, total) in &self.points {
            let start = time.before(window);
            grown.push((time, total - self.at_from(&mut start_cursor, start)));
            let end = time + window;
            if end <= last {
                grown.push((end, self.at_from(&mut end_cursor, end) - total));
            }
        }
        grown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> SimTime {
        SimTime::from_millis(millis)
    }

    #[test]
    fn a_window_that_starts_at_a_point_is_looked_at_too() {
        // 10 units between 1 s and 2 s, nothing else: a window of 1.5 s catches all of it.
        let mut total = Cumulative::default();
        for (time, value) in [(0, 0.0), (1_000, 0.0), (2_000, 10.0), (9_000, 10.0)] {
            total.push(at(time), value);
        }
        let most = |window| {
            let windows = total.windows(Millis::from_millis(window)).into_iter();
            windows.map(|(_, grown)| grown).fold(0.0, f64::max)
        };
        assert!((most(1_500) - 10.0).abs() < 1e-12);
        assert!((most(500) - 5.0).abs() < 1e-12);
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
