//! Encoding of delivery samples: each is stored as its difference from a prediction made from the
//! two before.
//!
//! Samples are grouped in chunks. The first sample of a chunk is unencoded; each further one is
//!
//! - one byte below 128 if the interval equals the previous one and the commanded dose grew by the
//!   predicted amount per step. The byte is the change of the number of steps per interval,
//!   zigzag-encoded. Or:
//! - the byte 128 and three integers: the change of the interval, the change of the steps, and the
//!   commanded dose minus the predicted one;
//! - after either, one integer: the second difference of the bit patterns of the infused dose.
//!
//! Integers are zigzag-encoded with seven bits in each byte (LEB128). All arithmetic wraps, so that
//! decoding returns every sample bit for bit, whatever its value.

use std::slice::Iter;
use thecal_units::SimTime;

/// Samples in a chunk. A sample is found by decoding its chunk up to it.
pub(super) const CHUNK: u16 = 256;
/// The first byte of a sample that differs from the prediction.
const IRREGULAR: u8 = 0x80;

/// Totals since the start, at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::run) struct Sample {
    pub(in crate::run) at: SimTime,
    /// Steps that moved.
    pub(in crate::run) moved: u64,
    /// Commanded dose. Unit: fg.
    pub(in crate::run) commanded_fg: u128,
    /// Dose that entered the spinal fluid. Unit: ug.
    pub(in crate::run) infused_ug: f64,
}

/// Consecutive samples, encoded.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    first: Sample,
    /// Number of samples.
    samples: u16,
    bytes: Vec<u8>,
}

impl Chunk {
    /// The instant of the first sample.
    pub(super) const fn begins(&self) -> SimTime {
        self.first.at
    }

    /// Its samples, in order.
    pub(super) fn samples(&self) -> Samples<'_> {
        Samples {
            bytes: self.bytes.iter(),
            next: self.first,
            growth: Growth::default(),
            left: self.samples,
        }
    }
}

/// A chunk being written.
#[derive(Clone, Debug)]
pub(super) struct Open {
    chunk: Chunk,
    last: Sample,
    growth: Growth,
}

/// Difference between the last two samples; it predicts the next.
#[derive(Clone, Copy, Debug, Default)]
struct Growth {
    /// The interval. Unit: ms.
    millis: u64,
    /// Steps moved.
    steps: u64,
    /// Commanded dose per step, as of its last change. Unit: fg.
    fg_a_step: u128,
    /// The bit pattern of the infused dose.
    infused_bits: u64,
}

impl Open {
    /// A chunk whose first sample is this one.
    pub(super) fn new(first: Sample) -> Self {
        let chunk = Chunk {
            first,
            samples: 1,
            bytes: Vec::new(),
        };
        Self {
            chunk,
            last: first,
            growth: Growth::default(),
        }
    }

    /// The chunk as written so far.
    pub(super) const fn so_far(&self) -> &Chunk {
        &self.chunk
    }

    /// Whether the chunk has all its samples.
    pub(super) const fn is_full(&self) -> bool {
        self.chunk.samples == CHUNK
    }

    /// The finished chunk, without spare capacity.
    pub(super) fn close(self) -> Chunk {
        let mut chunk = self.chunk;
        chunk.bytes.shrink_to_fit();
        chunk
    }

    /// Appends a sample.
    pub(super) fn push(&mut self, sample: Sample) {
        let (last, before, out) = (&self.last, &mut self.growth, &mut self.chunk.bytes);
        let grown = before.next(last, &sample);
        let more_steps = zigzag(grown.steps.wrapping_sub(before.steps));
        let predicted = u128::from(grown.steps).wrapping_mul(before.fg_a_step);
        let fg = sample.commanded_fg.wrapping_sub(last.commanded_fg);
        let more_fg = fg.wrapping_sub(predicted);
        match u8::try_from(more_steps) {
            Ok(byte) if byte < IRREGULAR && grown.millis == before.millis && more_fg == 0 => {
                out.push(byte);
            }
            _ => {
                out.push(IRREGULAR);
                write(zigzag(grown.millis.wrapping_sub(before.millis)), out);
                write(more_steps, out);
                write_long(zigzag_long(more_fg), out);
            }
        }
        let more_bits = grown.infused_bits.wrapping_sub(before.infused_bits);
        write(zigzag(more_bits), out);
        *before = grown.with_dose_of_step(fg, more_fg);
        self.last = sample;
        self.chunk.samples += 1;
    }
}

impl Growth {
    fn next(&self, last: &Sample, next: &Sample) -> Self {
        let bits = |sample: &Sample| sample.infused_ug.to_bits();
        Self {
            millis: next.at.as_millis().wrapping_sub(last.at.as_millis()),
            steps: next.moved.wrapping_sub(last.moved),
            fg_a_step: self.fg_a_step,
            infused_bits: bits(next).wrapping_sub(bits(last)),
        }
    }

    /// This growth with the dose per step corrected, where it was not as predicted.
    fn with_dose_of_step(self, fg: u128, more_fg: u128) -> Self {
        let fg_a_step = match fg.checked_div(u128::from(self.steps)) {
            Some(changed) if more_fg != 0 => changed,
            _ => self.fg_a_step,
        };
        Self { fg_a_step, ..self }
    }
}

/// The samples of a chunk, decoded one by one.
pub(super) struct Samples<'c> {
    bytes: Iter<'c, u8>,
    next: Sample,
    growth: Growth,
    /// How many are left, including the next.
    left: u16,
}

impl Iterator for Samples<'_> {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        self.left = self.left.checked_sub(1)?;
        let sample = self.next;
        if self.left > 0 {
            self.advance();
        }
        Some(sample)
    }
}

impl Samples<'_> {
    fn advance(&mut self) {
        let (before, bytes) = (&mut self.growth, &mut self.bytes);
        let head = byte(bytes);
        let (more_millis, more_steps, more_fg) = if head == IRREGULAR {
            let more_millis = unzigzag(read(bytes));
            let more_steps = unzigzag(read(bytes));
            (more_millis, more_steps, unzigzag_long(read_long(bytes)))
        } else {
            (0, unzigzag(head.into()), 0)
        };
        let steps = before.steps.wrapping_add(more_steps);
        let predicted = u128::from(steps).wrapping_mul(before.fg_a_step);
        let fg = predicted.wrapping_add(more_fg);
        let grown = Growth {
            millis: before.millis.wrapping_add(more_millis),
            steps,
            fg_a_step: before.fg_a_step,
            infused_bits: before.infused_bits.wrapping_add(unzigzag(read(bytes))),
        };
        let (last, bits) = (&self.next, self.next.infused_ug.to_bits());
        self.next = Sample {
            at: SimTime::from_millis(last.at.as_millis().wrapping_add(grown.millis)),
            moved: last.moved.wrapping_add(steps),
            commanded_fg: last.commanded_fg.wrapping_add(fg),
            infused_ug: f64::from_bits(bits.wrapping_add(grown.infused_bits)),
        };
        *before = grown.with_dose_of_step(fg, more_fg);
    }
}

/// Maps small numbers of either sign to small numbers.
const fn zigzag(number: u64) -> u64 {
    (number << 1) ^ (number.cast_signed() >> 63).cast_unsigned()
}

const fn unzigzag(number: u64) -> u64 {
    (number >> 1) ^ (number & 1).wrapping_neg()
}

const fn zigzag_long(number: u128) -> u128 {
    (number << 1) ^ (number.cast_signed() >> 127).cast_unsigned()
}

const fn unzigzag_long(number: u128) -> u128 {
    (number >> 1) ^ (number & 1).wrapping_neg()
}

/// Seven bits per byte, lowest first; the highest bit of a byte means that more follow.
fn write(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(low_bits(number.into()) | 0x80);
        number >>= 7;
    }
    out.push(low_bits(number.into()));
}

fn write_long(mut number: u128, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(low_bits(number) | 0x80);
        number >>= 7;
    }
    out.push(low_bits(number));
}

fn low_bits(number: u128) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

fn byte(bytes: &mut Iter<'_, u8>) -> u8 {
    bytes.next().copied().unwrap_or_default()
}

fn read(bytes: &mut Iter<'_, u8>) -> u64 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = byte(bytes);
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return number;
        }
        shift += 7;
    }
}

fn read_long(bytes: &mut Iter<'_, u8>) -> u128 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = byte(bytes);
        number |= u128::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return number;
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_infusion_takes_two_bytes_a_sample() {
        let sample = |minute: u64| {
            // 69.44 steps a minute, 10 ng each.
            let moved = minute * 6_944 / 100;
            Sample {
                at: SimTime::from_millis(minute * 60_000),
                moved,
                commanded_fg: u128::from(moved) * 10_000_000,
                infused_ug: 0.0,
            }
        };
        let mut open = Open::new(sample(0));
        for minute in 1..u64::from(CHUNK) {
            open.push(sample(minute));
        }
        assert!(open.is_full());
        // The second and third samples have no previous growth, or one with interval zero.
        let bytes = open.close().bytes.len();
        assert!(bytes < usize::from(CHUNK) * 2 + 20, "{bytes}");
    }
}
