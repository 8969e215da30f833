//! What a run delivered, sample by sample: steps moved, the dose they command, and the dose that
//! entered the spinal fluid.
//!
//! All samples of the run are kept exactly. The limit of a window is known only at the end: a late
//! wake puts the pump's clock in doubt, and the event log, read last, says when the battery reached
//! its end. Five years have 2.6 million samples: 130 MB as three series of pairs, 15 MB encoded
//! (`coding.rs`).

mod coding;

use super::series::between;
use super::windows::Windows;
pub(super) use coding::Sample;
use coding::{Chunk, Open};
use std::cell::RefCell;
use std::sync::Arc;
use thecal_units::{Millis, SimTime};

/// All samples, from the first on.
#[derive(Clone, Debug, Default)]
pub(super) struct Delivery {
    /// Shared between forks of a run: a full chunk never changes.
    whole: Vec<Arc<Chunk>>,
    open: Option<Open>,
    /// The last sample: a later one of the same instant replaces it.
    last: Option<Sample>,
}

impl Delivery {
    /// Appends a sample; one of the same instant as the last replaces it.
    pub(super) fn push(&mut self, sample: Sample) {
        let last = self.last.replace(sample);
        debug_assert!(
            last.is_none_or(|last| last.at <= sample.at),
            "time runs forward"
        );
        if let Some(last) = last.filter(|last| last.at != sample.at) {
            self.settle(last);
        }
    }

    /// Encodes a sample that can no longer be replaced.
    fn settle(&mut self, sample: Sample) {
        match &mut self.open {
            None => self.open = Some(Open::new(sample)),
            Some(open) => open.push(sample),
        }
        if let Some(full) = self.open.take_if(|open| open.is_full()) {
            self.whole.push(Arc::new(full.close()));
        }
    }

    /// The samples from the first of this chunk on.
    fn samples_from(&self, chunk: usize) -> Samples<'_> {
        Samples {
            delivery: self,
            next_chunk: chunk,
            chunk: None,
            last: self.last,
        }
    }

    fn chunk(&self, index: usize) -> Option<&Chunk> {
        match self.whole.get(index) {
            Some(whole) => Some(whole),
            None if index == self.whole.len() => self.open.as_ref().map(Open::so_far),
            None => None,
        }
    }

    /// The chunk that holds the last sample up to this instant, or the first chunk.
    fn chunk_at(&self, at: SimTime) -> usize {
        let begun = self.whole.partition_point(|chunk| chunk.begins() <= at);
        let open = self.chunk(self.whole.len());
        match open {
            Some(open) if open.begins() <= at => self.whole.len(),
            _ => begun.saturating_sub(1),
        }
    }

    /// The last sample up to this instant, and the first after it.
    fn around(&self, at: SimTime) -> (Option<Sample>, Option<Sample>) {
        let mut before = None;
        for sample in self.samples_from(self.chunk_at(at)) {
            if sample.at > at {
                return (before, Some(sample));
            }
            before = Some(sample);
        }
        (before, None)
    }
}

/// The samples of a delivery, in order.
struct Samples<'d> {
    delivery: &'d Delivery,
    next_chunk: usize,
    chunk: Option<coding::Samples<'d>>,
    last: Option<Sample>,
}

impl Iterator for Samples<'_> {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        loop {
            if let Some(sample) = self.chunk.as_mut().and_then(Iterator::next) {
                return Some(sample);
            }
            let Some(chunk) = self.delivery.chunk(self.next_chunk) else {
                return self.last.take();
            };
            self.chunk = Some(chunk.samples());
            self.next_chunk += 1;
        }
    }
}

/// A total of a run, linear between its samples.
#[derive(Clone, Debug)]
pub struct Total {
    delivery: Arc<Delivery>,
    of: Of,
}

/// Which total of a delivery.
#[derive(Clone, Copy, Debug)]
enum Of {
    Moved,
    Commanded,
    Infused,
}

impl Of {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a report's resolution is far coarser"
    )]
    fn point(self, sample: &Sample) -> (SimTime, f64) {
        let total = match self {
            Self::Moved => sample.moved as f64,
            Self::Commanded => commanded_ug(sample.commanded_fg),
            Self::Infused => sample.infused_ug,
        };
        (sample.at, total)
    }
}

/// The commanded dose as used by monitors and reports. Unit: ug.
#[expect(
    clippy::cast_precision_loss,
    reason = "a report's resolution is far coarser"
)]
pub(super) fn commanded_ug(commanded_fg: u128) -> f64 {
    // A `u64` converts in one instruction, a `u128` in a routine; both round the same.
    let femtograms =
        i64::try_from(commanded_fg).map_or_else(|_| commanded_fg as f64, |short| short as f64);
    femtograms / 1e9
}

impl Total {
    /// The totals of a finished run: steps moved, dose commanded, dose infused.
    pub(super) fn all_of(delivery: Delivery) -> [Self; 3] {
        let delivery = Arc::new(delivery);
        [Of::Moved, Of::Commanded, Of::Infused].map(|of| Self {
            delivery: Arc::clone(&delivery),
            of,
        })
    }

    /// The last total.
    #[must_use]
    pub fn last(&self) -> f64 {
        let last = self.delivery.last.as_ref();
        last.map_or(0.0, |sample| self.of.point(sample).1)
    }

    /// The samples, in order.
    pub fn points(&self) -> impl Iterator<Item = (SimTime, f64)> + '_ {
        let samples = self.delivery.samples_from(0);
        samples.map(|sample| self.of.point(&sample))
    }

    /// The total at `at`, interpolated linearly between samples; constant before the first and
    /// after the last.
    #[must_use]
    pub fn at(&self, at: SimTime) -> f64 {
        let (before, after) = self.delivery.around(at);
        let point = |sample: Option<Sample>| sample.map(|sample| self.of.point(&sample));
        between(point(before), point(after), at)
    }

    /// For many questions at instants near each other.
    #[must_use]
    pub fn reader(&self) -> TotalReader<'_> {
        TotalReader {
            total: self,
            decoded: RefCell::new([const { None }; PLACES]),
        }
    }

    /// The growth in the windows of these lengths that end or start at each sample.
    ///
    /// Growth is linear between samples, so the maximum over all windows is among these.
    #[must_use]
    pub fn windows<const N: usize>(
        &self,
        lengths: [Millis; N],
    ) -> Windows<impl Iterator<Item = (SimTime, f64)> + '_, N> {
        Windows::of(self.points(), lengths)
    }
}

/// Reads a total at many instants: it keeps the chunks that it decoded last.
#[derive(Debug)]
pub struct TotalReader<'t> {
    total: &'t Total,
    /// By the number of the chunk modulo the number of places.
    decoded: RefCell<[Option<Decoded>; PLACES]>,
}

/// Chunks that a reader keeps.
const PLACES: usize = 64;

/// A chunk's number, its points and the first of the next.
type Decoded = (usize, Vec<(SimTime, f64)>);

impl TotalReader<'_> {
    /// As [`Total::at`].
    #[must_use]
    pub fn at(&self, at: SimTime) -> f64 {
        let Total { delivery, of } = self.total;
        let chunk = delivery.chunk_at(at);
        let mut decoded = self.decoded.borrow_mut();
        let place = &mut decoded[chunk % PLACES];
        if place.as_ref().is_none_or(|&(kept, _)| kept != chunk) {
            let count = usize::from(coding::CHUNK) + 1;
            let samples = delivery.samples_from(chunk).take(count);
            let points = samples.map(|sample| of.point(&sample)).collect();
            *place = Some((chunk, points));
        }
        let points = place.as_ref().map_or(&[][..], |(_, points)| points);
        let behind = points.partition_point(|&(then, _)| then <= at);
        let before = behind.checked_sub(1).and_then(|nth| points.get(nth));
        between(before.copied(), points.get(behind).copied(), at)
    }

    /// As [`Total::points`].
    pub fn points(&self) -> impl Iterator<Item = (SimTime, f64)> + '_ {
        self.total.points()
    }
}

#[cfg(test)]
mod tests {
    use super::super::series::Cumulative;
    use super::*;
    use proptest::prelude::*;

    /// Samples with steady growth and occasional jumps, some of them at one instant.
    fn samples() -> impl Strategy<Value = Vec<Sample>> {
        let millis = prop_oneof![8 => Just(60_000_u64), 2 => 0_u64..90_000, 1 => any::<u32>().prop_map(u64::from)];
        let steps = prop_oneof![8 => 68_u64..71, 2 => 0_u64..5, 1 => 0..1_u64 << 40];
        let worth = prop_oneof![6 => Just(10_000_000_u128), 1 => any::<u64>().prop_map(u128::from)];
        let infused = prop_oneof![8 => 0.0..1.0_f64, 1 => -1e9..1e9_f64];
        let step = (millis, steps, worth, infused);
        prop::collection::vec(step, 1..900).prop_map(|steps| {
            let mut last = Sample::default();
            let next = |(millis, steps, worth, infused): (u64, u64, u128, f64)| {
                last = Sample {
                    at: last.at + Millis::from_millis(millis),
                    moved: last.moved + steps,
                    commanded_fg: last.commanded_fg + u128::from(steps) * worth,
                    infused_ug: last.infused_ug + infused,
                };
                last
            };
            steps.into_iter().map(next).collect()
        })
    }

    fn bits((at, total): (SimTime, f64)) -> (SimTime, u64) {
        (at, total.to_bits())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn samples_are_kept_bit_by_bit(samples in samples()) {
            let mut delivery = Delivery::default();
            let mut plain: Vec<Sample> = Vec::new();
            for sample in samples {
                delivery.push(sample);
                match plain.last_mut() {
                    Some(last) if last.at == sample.at => *last = sample,
                    _ => plain.push(sample),
                }
            }
            let found: Vec<Sample> = delivery.samples_from(0).collect();
            prop_assert_eq!(&found, &plain);
            for (found, plain) in found.iter().zip(&plain) {
                prop_assert_eq!(found.infused_ug.to_bits(), plain.infused_ug.to_bits());
            }
        }

        #[test]
        fn any_instant_has_the_total_that_plain_series_have(
            samples in samples(),
            instants in prop::collection::vec(0..100_000_000_u64, 1..30),
        ) {
            let mut delivery = Delivery::default();
            let mut plain = [(); 3].map(|()| Cumulative::default());
            let all = [Of::Moved, Of::Commanded, Of::Infused];
            for sample in &samples {
                delivery.push(*sample);
                for (of, plain) in all.iter().zip(&mut plain) {
                    let (at, total) = of.point(sample);
                    plain.push(at, total);
                }
            }
            for (total, plain) in Total::all_of(delivery).iter().zip(&plain) {
                prop_assert_eq!(total.last().to_bits(), plain.last().to_bits());
                let on_samples = samples.iter().step_by(17).map(|sample| sample.at.as_millis());
                let reader = total.reader();
                for at in instants.iter().copied().chain(on_samples) {
                    let at = SimTime::from_millis(at);
                    prop_assert_eq!(reader.at(at).to_bits(), plain.at(at).to_bits());
                    prop_assert_eq!(total.at(at).to_bits(), plain.at(at).to_bits());
                }
                let points = total.points().map(bits);
                prop_assert!(points.eq(plain.points().iter().copied().map(bits)));
            }
        }
    }
}
