//! Random numbers as whole numbers: the same on every platform.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use thecal_units::Millis;

/// The random numbers of one story.
#[derive(Debug)]
pub(crate) struct Draw(ChaCha8Rng);

impl Draw {
    /// Those of the story with this number.
    pub(crate) fn of(seed: u64, index: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(index);
        Self(random)
    }

    /// One of these numbers, both ends included, each as likely as another.
    pub(crate) fn within(&mut self, low: u64, high: u64) -> u64 {
        self.0.random_range(low..=high.max(low))
    }

    /// One of these numbers, both ends included, each power of two as likely as another: most values that
    /// matter span decades.
    pub(crate) fn spread(&mut self, low: u64, high: u64) -> u64 {
        let (low, high) = (low.max(1), high.max(low).max(1));
        let power = self.within(low.ilog2().into(), high.ilog2().into());
        let first = 1_u64 << power;
        let last = first.saturating_mul(2) - 1;
        self.within(first.max(low), last.min(high))
    }

    /// A span, as [`Self::spread`].
    pub(crate) fn span(&mut self, low: Millis, high: Millis) -> Millis {
        Millis::from_millis(self.spread(low.as_millis(), high.as_millis()))
    }

    /// True in so many of a hundred.
    pub(crate) fn chance(&mut self, of_a_hundred: u64) -> bool {
        self.within(0, 99) < of_a_hundred
    }

    /// One of these.
    pub(crate) fn among<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.0.random_range(0..all.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_drawn_from_its_seed_and_number_alone() {
        let numbers = |seed, index| {
            let mut draw = Draw::of(seed, index);
            [(); 8].map(|()| draw.within(0, u64::MAX))
        };
        assert_eq!(numbers(1, 2), numbers(1, 2));
        assert_ne!(numbers(1, 2), numbers(1, 3));
        assert_ne!(numbers(1, 2), numbers(2, 2));
    }

    #[test]
    fn every_number_drawn_lies_within_its_ends() {
        let mut draw = Draw::of(1, 1);
        for _ in 0..10_000 {
            let low = draw.spread(1, 1 << 40);
            let high = draw.within(low, low * 3);
            let drawn = draw.spread(low, high);
            assert!((low..=high).contains(&drawn), "{low} {drawn} {high}");
        }
    }

    #[test]
    fn small_numbers_are_drawn_as_often_as_large_ones() {
        let mut draw = Draw::of(1, 1);
        let drawn = (0..10_000).map(|_| draw.spread(1, (1 << 20) - 1));
        let small = drawn.filter(|number| *number < 1 << 10).count();
        assert!((4_500..5_500).contains(&small), "{small}");
    }
}
