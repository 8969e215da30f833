//! Sliding windows over a total that grows linearly between its points, as a stream: memory holds
//! the points of a few windows only, however long the run.

use super::series::between;
use std::collections::VecDeque;
use thecal_units::{Millis, SimTime};

/// The most recent points, in order.
#[derive(Clone, Debug, Default)]
struct Recent {
    /// Number of points removed from `points`.
    gone: usize,
    /// The first of them may already be obsolete.
    points: Vec<(SimTime, f64)>,
}

impl Recent {
    /// The point with this number, counted from the first of the stream.
    fn get(&self, number: usize) -> Option<(SimTime, f64)> {
        self.points.get(number.checked_sub(self.gone)?).copied()
    }

    fn last_at(&self) -> Option<SimTime> {
        self.points.last().map(|&(at, _)| at)
    }

    /// The total at `at`. `cursor` must not be beyond the first point after `at`, and is moved to
    /// it.
    fn total_at(&self, cursor: &mut usize, at: SimTime) -> f64 {
        let mut before = cursor.checked_sub(1).and_then(|before| self.get(before));
        loop {
            match self.get(*cursor) {
                Some(point) if point.0 <= at => before = Some(point),
                after => return between(before, after, at),
            }
            *cursor += 1;
        }
    }

    /// Discards all points before this number. They are removed once they outnumber the rest, so
    /// that each point is moved once.
    fn forget_before(&mut self, number: usize) {
        let dead = number.saturating_sub(self.gone);
        if dead > self.points.len() / 2 {
            self.points.drain(..dead);
            self.gone = number;
        }
    }
}

/// The growth of a total in the windows with an edge at one point, for several lengths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtPoint<const N: usize> {
    /// Time of the point.
    pub at: SimTime,
    /// In the window of each length that ends there.
    pub ending: [f64; N],
    /// In the window of each length that starts there; `None` if it ends after the last point.
    pub starting: [Option<f64>; N],
}

/// The windows of several lengths over a stream of points, point by point.
#[derive(Clone, Debug)]
pub struct Windows<I, const N: usize> {
    points: I,
    lengths: [Millis; N],
    recent: Recent,
    /// Number of the next point.
    next: usize,
    /// For each length, the number of the first point after the start of the window that ends at
    /// the point, and after the end of the one that starts there.
    cursors: [[usize; 2]; N],
}

impl<I: Iterator<Item = (SimTime, f64)>, const N: usize> Windows<I, N> {
    pub(super) const fn of(points: I, lengths: [Millis; N]) -> Self {
        Self {
            points,
            lengths,
            recent: Recent {
                gone: 0,
                points: Vec::new(),
            },
            next: 0,
            cursors: [[0; 2]; N],
        }
    }

    /// Reads points until one is not before `at`; returns whether there is one.
    fn reach(&mut self, at: SimTime) -> bool {
        while self.recent.last_at().is_none_or(|last| last < at) {
            let Some(point) = self.points.next() else {
                return false;
            };
            self.recent.points.push(point);
        }
        true
    }
}

impl<I: Iterator<Item = (SimTime, f64)>, const N: usize> Iterator for Windows<I, N> {
    type Item = AtPoint<N>;

    fn next(&mut self) -> Option<AtPoint<N>> {
        if self.recent.get(self.next).is_none() {
            self.recent.points.push(self.points.next()?);
        }
        let (at, total) = self.recent.get(self.next)?;
        let mut found = AtPoint {
            at,
            ending: [0.0; N],
            starting: [None; N],
        };
        let mut oldest = self.next;
        for nth in 0..N {
            let (length, [mut start, mut end]) = (self.lengths[nth], self.cursors[nth]);
            found.ending[nth] = total - self.recent.total_at(&mut start, at.before(length));
            if self.reach(at + length) {
                let at_end = self.recent.total_at(&mut end, at + length);
                found.starting[nth] = Some(at_end - total);
            }
            self.cursors[nth] = [start, end];
            oldest = oldest.min(start.saturating_sub(1));
        }
        self.next += 1;
        self.recent.forget_before(oldest);
        Some(found)
    }
}

/// The growth of a total in the window that ends now, as a signal of its own.
///
/// A total is linear between its points, so its growth is linear between two instants: those at
/// which a window ends at a point, and those at which it begins at one. The signal has a value at
/// both, so that nothing that it reaches is missed.
#[derive(Clone, Debug)]
pub(super) struct Trailing {
    window: Millis,
    points: VecDeque<(SimTime, f64)>,
}

impl Trailing {
    pub(super) const fn new(window: Millis) -> Self {
        Self {
            window,
            points: VecDeque::new(),
        }
    }

    /// Records the total now; a second value at the same instant replaces it. Gives the values of
    /// the signal up to the instant before, which nothing replaces any more, in order.
    pub(super) fn push(&mut self, now: SimTime, total: f64, give: impl FnMut(SimTime, f64)) {
        match self.points.back_mut() {
            Some((at, last)) if *at == now => *last = total,
            _ => {
                self.settle(give);
                self.points.push_back((now, total));
            }
        }
    }

    /// Gives the values since the last but one point: the last is not replaced any more.
    pub(super) fn settle(&mut self, mut give: impl FnMut(SimTime, f64)) {
        let mut latest = self.points.iter().rev().copied();
        let Some((now, total)) = latest.next() else {
            return;
        };
        if let Some(last) = latest.next() {
            for &(begins, before) in &self.points {
                let ends = begins + self.window;
                if ends >= now {
                    break;
                }
                if ends > last.0 {
                    let at_end = between(Some(last), Some((now, total)), ends);
                    give(ends, at_end - before);
                }
            }
        }
        give(now, total - self.total_at(now.before(self.window)));
        let start = now.before(self.window);
        while self.points.get(1).is_some_and(|&(at, _)| at <= start) {
            self.points.pop_front();
        }
    }

    /// The total at an instant that is not before the second point.
    fn total_at(&self, at: SimTime) -> f64 {
        let after = self.points.partition_point(|&(time, _)| time <= at);
        let before = after.checked_sub(1).and_then(|nth| self.points.get(nth));
        between(before.copied(), self.points.get(after).copied(), at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::series::Cumulative;
    use super::*;
    use proptest::prelude::*;

    const fn at(millis: u64) -> SimTime {
        SimTime::from_millis(millis)
    }

    #[test]
    fn a_window_that_starts_at_a_point_is_looked_at_too() {
        // 10 units between 1 s and 2 s, nothing else: a window of 1.5 s catches all of it.
        let points = [(0, 0.0), (1_000, 0.0), (2_000, 10.0), (9_000, 10.0)];
        let most = |window| {
            let points = points.into_iter().map(|(time, total)| (at(time), total));
            let windows = Windows::of(points, [Millis::from_millis(window)]);
            let grown = windows.flat_map(|found| {
                let [starting] = found.starting;
                found.ending.into_iter().chain(starting)
            });
            grown.fold(0.0, f64::max)
        };
        assert!((most(1_500) - 10.0).abs() < 1e-12);
        assert!((most(500) - 5.0).abs() < 1e-12);
    }

    /// A total at points with often equal spacing, as ticks and exchanges produce them.
    fn total() -> impl Strategy<Value = Cumulative> {
        let distance = prop_oneof![4 => Just(60_u64), 2 => 1_u64..200, 1 => 1_u64..2_000];
        let growth = prop_oneof![3 => Just(0.69_f64), 1 => Just(0.0), 2 => 0.0..5.0_f64];
        let begins = prop_oneof![Just(0_u64), 0_u64..500];
        let points = prop::collection::vec((distance, growth), 0..120);
        (begins, points).prop_map(|(begins, points)| {
            let (mut now, mut sum) = (at(begins), 0.0);
            let mut total = Cumulative::default();
            total.push(now, sum);
            for (distance, growth) in points {
                now = now + Millis::from_millis(distance);
                sum += growth;
                total.push(now, sum);
            }
            total
        })
    }

    fn window() -> impl Strategy<Value = u64> {
        prop_oneof![Just(60_u64), Just(240), Just(1_440), 1_u64..3_000]
    }

    /// The plain definition: each point computed from the whole series.
    fn plain(total: &Cumulative, lengths: [Millis; 3]) -> Vec<AtPoint<3>> {
        let last = total.points().last().map_or(SimTime::ZERO, |&(at, _)| at);
        let at_point = |&(at, sum): &(SimTime, f64)| AtPoint {
            at,
            ending: lengths.map(|length| sum - total.at(at.before(length))),
            starting: lengths.map(|length| {
                let end = at + length;
                (end <= last).then(|| total.at(end) - sum)
            }),
        };
        total.points().iter().map(at_point).collect()
    }

    fn bits(found: &AtPoint<3>) -> (SimTime, [u64; 3], [Option<u64>; 3]) {
        let starting = found.starting.map(|grown| grown.map(f64::to_bits));
        (found.at, found.ending.map(f64::to_bits), starting)
    }

    proptest! {
        #[test]
        fn streaming_windows_are_those_of_the_plain_definition(
            total in total(),
            lengths in [window(), window(), window()],
        ) {
            let lengths = lengths.map(Millis::from_millis);
            let streamed = Windows::of(total.points().iter().copied(), lengths);
            let streamed: Vec<_> = streamed.map(|found| bits(&found)).collect();
            let plain: Vec<_> = plain(&total, lengths).iter().map(bits).collect();
            prop_assert_eq!(streamed, plain);
        }

        #[test]
        fn no_more_points_are_kept_than_a_few_windows_have(total in total(), length in window()) {
            let length = Millis::from_millis(length);
            let mut windows = Windows::of(total.points().iter().copied(), [length]);
            while let Some(found) = windows.next() {
                // The window before the point and the one after it, with one point beyond each.
                let from = found.at.before(length);
                let inside = |&&(at, _): &&(SimTime, f64)| from <= at && at <= found.at + length;
                let within = total.points().iter().filter(inside).count() + 2;
                let kept = windows.recent.points.len();
                prop_assert!(kept <= 2 * within + 1, "{kept} points for {within}");
            }
        }

        #[test]
        fn a_trailing_window_grows_as_the_plain_definition_says(
            total in total(),
            length in window(),
        ) {
            let length = Millis::from_millis(length);
            let (mut trailing, mut found) = (Trailing::new(length), Vec::new());
            for &(now, sum) in total.points() {
                // A first sample at an instant may be replaced.
                for sum in [sum / 2.0, sum] {
                    trailing.push(now, sum, |at, grown| found.push((at, grown)));
                }
            }
            trailing.settle(|at, grown| found.push((at, grown)));
            for &(at, grown) in &found {
                let plain = total.at(at) - total.at(at.before(length));
                prop_assert_eq!(grown.to_bits(), plain.to_bits());
            }
            prop_assert!(found.is_sorted_by(|one, two| one.0 < two.0));
            // What the monitors look at is among these.
            let windows = Windows::of(total.points().iter().copied(), [length]);
            let extremes = windows.flat_map(|found| {
                let ending = Some((found.at, found.ending[0]));
                let starting = found.starting[0].map(|grown| (found.at + length, grown));
                [ending, starting].into_iter().flatten()
            });
            for (at, grown) in extremes {
                let is_it = |&&(time, value): &&(SimTime, f64)| time == at && value.to_bits() == grown.to_bits();
                prop_assert!(found.iter().find(is_it).is_some(), "{at} {grown}");
            }
        }
    }
}
