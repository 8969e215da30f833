//! Bits of values in RAM, flipped by a test: for the native bench, which cannot reach into its own memory as
//! a probe reaches into a chip's. Not in the image.
//!
//! A place is written as a debugger writes it: the names of fields with points between, so that a scenario
//! means the same place here and in an image with debug information ([`Pump::flip`](crate::Pump::flip)).

use crate::twin::{Invert, Twin};

/// A value before and after one of its bits has flipped.
pub(crate) type Flipped = (u64, u64);

/// Flips bit `bit` of a value of `bits` bits; `None`: it has no such bit.
pub(crate) fn flipped(value: u64, bits: u32, bit: u32) -> Option<u64> {
    (bit < bits).then(|| value ^ 1_u64.wrapping_shl(bit))
}

/// Flips a bit of a byte.
pub(crate) fn flip_byte(byte: &mut u8, bit: u32) -> Option<Flipped> {
    let before = *byte;
    *byte = u8::try_from(flipped(before.into(), 8, bit)?).ok()?;
    Some((before.into(), (*byte).into()))
}

/// A number that a value held twice can hold.
pub(crate) trait Bits: Invert {
    const BITS: u32;
    fn bits(self) -> u64;
    fn of(bits: u64) -> Option<Self>;
}

impl Bits for u16 {
    const BITS: u32 = 16;
    fn bits(self) -> u64 {
        self.into()
    }
    fn of(bits: u64) -> Option<Self> {
        Self::try_from(bits).ok()
    }
}

impl Bits for u64 {
    const BITS: u32 = 64;
    fn bits(self) -> u64 {
        self
    }
    fn of(bits: u64) -> Option<Self> {
        Some(bits)
    }
}

impl<T: Bits> Twin<T> {
    /// As [`Pump::flip`](crate::Pump::flip), of `value` or `inverse`.
    pub(crate) fn flip(&mut self, which: &str, bit: u32) -> Option<Flipped> {
        let held = self.held(which)?;
        let before = held.bits();
        let after = flipped(before, T::BITS, bit)?;
        *held = T::of(after)?;
        Some((before, after))
    }
}
