//! Sliding windows over a total that grows evenly between its points: as a stream, with as many
//! points in memory as two windows have, however long the run.

use super::series::between;
use std::collections::VecDeque;
use thecal_units::{Millis, SimTime};

/// Points in order, of which the oldest are let go.
#[derive(Clone, Debug, Default)]
struct Recent {
    /// How many were let go.
    gone: usize,
    points: VecDeque<(SimTime, f64)>,
}

impl Recent {
    /// The point of this number, counted from the first that ever was.
    fn get(&self, number: usize) -> Option<(SimTime, f64)> {
        self.points.get(number.checked_sub(self.gone)?).copied()
    }

    fn last_at(&self) -> Option<SimTime> {
        self.points.back().map(|&(at, _)| at)
    }

    /// The total at `at`; `cursor` is the number of a point that is not after the first later one,
    /// and becomes that.
    fn total_at(&self, cursor: &mut usize, at: SimTime) -> f64 {
        while self.get(*cursor).is_some_and(|(time, _)| time <= at) {
            *cursor += 1;
        }
        let before = cursor.checked_sub(1).and_then(|before| self.get(before));
        between(before, self.get(*cursor), at)
    }

    /// Lets go of all points before this number.
    fn forget_before(&mut self, number: usize) {
        while self.gone < number && self.points.pop_front().is_some() {
            self.gone += 1;
        }
    }
}

/// How much a total grew in one window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// When the window ends.
    pub end: SimTime,
    /// By how much the total grew in it.
    pub grown: f64,
    /// Which edge of the window is at a point.
    pub edge: Edge,
}

/// An edge of a window. Windows of one edge come in the order of their ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The window ends at a point.
    End,
    /// The window starts at a point.
    Start,
}

/// The windows of one length over a stream of points: for each point the one that ends there and
/// then, if it is over by the last point, the one that starts there.
#[derive(Clone, Debug)]
pub struct Windows<I> {
    points: I,
    length: Millis,
    recent: Recent,
    /// Number of the point whose windows come next.
    next: usize,
    /// Cursors: the first points after the start of a window that ends at a point, and after the
    /// end of one that starts there.
    start: usize,
    end: usize,
    /// What has still to be handed out.
    waiting: Option<Window>,
}

impl<I: Iterator<Item = (SimTime, f64)>> Windows<I> {
    pub(super) fn of(points: I, length: Millis) -> Self {
        Self {
            points,
            length,
            recent: Recent::default(),
            next: 0,
            start: 0,
            end: 0,
            waiting: None,
        }
    }

    /// Takes points in until one is not before `at`; gives whether there is one.
    fn reach(&mut self, at: SimTime) -> bool {
        while self.recent.last_at().is_none_or(|last| last < at) {
            let Some(point) = self.points.next() else {
                return false;
            };
            self.recent.points.push_back(point);
        }
        true
    }
}

impl<I: Iterator<Item = (SimTime, f64)>> Iterator for Windows<I> {
    type Item = Window;

    fn next(&mut self) -> Option<Window> {
        if let Some(waiting) = self.waiting.take() {
            return Some(waiting);
        }
        if self.recent.get(self.next).is_none() {
            self.recent.points.push_back(self.points.next()?);
        }
        let (at, total) = self.recent.get(self.next)?;
        let ends = Window {
            end: at,
            grown: total
                - self
                    .recent
                    .total_at(&mut self.start, at.before(self.length)),
            edge: Edge::End,
        };
        let end = at + self.length;
        if self.reach(end) {
            self.waiting = Some(Window {
                end,
                grown: self.recent.total_at(&mut self.end, end) - total,
                edge: Edge::Start,
            });
        }
        self.next += 1;
        self.recent
            .forget_before(self.next.min(self.start.saturating_sub(1)));
        Some(ends)
    }
}

/// How much a total has grown in the window that ends now.
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

    /// The total now; again at the same instant replaces it.
    pub(super) fn push(&mut self, now: SimTime, total: f64) {
        match self.points.back_mut() {
            Some((at, last)) if *at == now => *last = total,
            _ => self.points.push_back((now, total)),
        }
        let start = now.before(self.window);
        while self.points.get(1).is_some_and(|&(at, _)| at <= start) {
            self.points.pop_front();
        }
    }

    /// By how much it grew.
    pub(super) fn grown(&self) -> f64 {
        let Some(&(now, total)) = self.points.back() else {
            return 0.0;
        };
        let start = now.before(self.window);
        let mut points = self.points.iter().copied();
        let first = points.next();
        let (before, after) = match first {
            Some((at, _)) if at <= start => (first, points.next()),
            _ => (None, first),
        };
        total - between(before, after, start)
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
            let windows = Windows::of(points, Millis::from_millis(window));
            windows.map(|window| window.grown).fold(0.0, f64::max)
        };
        assert!((most(1_500) - 10.0).abs() < 1e-12);
        assert!((most(500) - 5.0).abs() < 1e-12);
    }

    /// A total at points whose distances are often the same, as ticks and exchanges make them.
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

    /// The plain definition: at each point, with the whole series at hand.
    fn plain(total: &Cumulative, length: Millis) -> Vec<Window> {
        let last = total.points().last().map_or(SimTime::ZERO, |&(at, _)| at);
        let mut windows = Vec::new();
        for &(at, sum) in total.points() {
            windows.push(Window {
                end: at,
                grown: sum - total.at(at.before(length)),
                edge: Edge::End,
            });
            let end = at + length;
            if end <= last {
                let grown = total.at(end) - sum;
                let edge = Edge::Start;
                windows.push(Window { end, grown, edge });
            }
        }
        windows
    }

    fn bits(window: &Window) -> (SimTime, u64, Edge) {
        (window.end, window.grown.to_bits(), window.edge)
    }

    proptest! {
        #[test]
        fn streaming_windows_are_those_of_the_plain_definition(
            total in total(),
            length in window(),
        ) {
            let length = Millis::from_millis(length);
            let streamed = Windows::of(total.points().iter().copied(), length);
            let streamed: Vec<_> = streamed.map(|window| bits(&window)).collect();
            let plain: Vec<_> = plain(&total, length).iter().map(bits).collect();
            prop_assert_eq!(streamed, plain);
        }

        #[test]
        fn no_more_points_are_kept_than_two_windows_have(total in total(), length in window()) {
            let length = Millis::from_millis(length);
            let mut windows = Windows::of(total.points().iter().copied(), length);
            while let Some(window) = windows.next() {
                let kept = &windows.recent.points;
                let (first, last) = (kept.front().copied(), kept.back().copied());
                let (first, last) = first.zip(last).expect("its own points");
                // One point beyond either edge, to see how it grew there.
                let from = window.end.before(length).before(length);
                let inside = |at: SimTime| from <= at && at <= window.end + length;
                let within = kept.iter().filter(|&&(at, _)| inside(at)).count();
                prop_assert!(kept.len() <= within + 2, "{:?} to {:?}", first, last);
            }
        }

        #[test]
        fn a_trailing_window_grows_as_the_plain_definition_says(
            total in total(),
            length in window(),
        ) {
            let length = Millis::from_millis(length);
            let (mut trailing, mut so_far) = (Trailing::new(length), Cumulative::default());
            for &(now, sum) in total.points() {
                // What is sampled first at an instant may be replaced.
                for sum in [sum / 2.0, sum] {
                    trailing.push(now, sum);
                    so_far.push(now, sum);
                    let plain = sum - so_far.at(now.before(length));
                    prop_assert_eq!(trailing.grown().to_bits(), plain.to_bits());
                }
            }
        }
    }
}
