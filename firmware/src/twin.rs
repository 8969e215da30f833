//! A value held twice, the second time inverted, so that a bit flip in RAM is detected.
//!
//! Used for values that determine how much drug is delivered: the prescription in force, whether
//! the infusion runs, the rates, what is left of a bolus (REQ-INT-001). They are checked at each
//! wake.

use core::fmt::Debug;

/// A type with an inverse in which every bit differs.
pub(crate) trait Invert: Copy + PartialEq + Debug {
    /// The inverse.
    fn invert(self) -> Self;
}

impl Invert for u16 {
    fn invert(self) -> Self {
        !self
    }
}

impl Invert for u64 {
    fn invert(self) -> Self {
        !self
    }
}

impl<const N: usize> Invert for [u8; N] {
    fn invert(mut self) -> Self {
        for byte in &mut self {
            *byte = !*byte;
        }
        self
    }
}

/// A value held twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Twin<T> {
    value: T,
    inverse: T,
}

impl<T: Invert> Twin<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value,
            inverse: value.invert(),
        }
    }

    /// A value with a given inverse, for const contexts.
    pub(crate) const fn of(value: T, inverse: T) -> Self {
        Self { value, inverse }
    }

    pub(crate) const fn get(&self) -> T {
        self.value
    }

    pub(crate) fn set(&mut self, value: T) {
        *self = Self::new(value);
    }

    /// Whether value and inverse agree.
    pub(crate) fn is_sound(&self) -> bool {
        self.value.invert() == self.inverse
    }

    /// The value or its inverse, by its name.
    #[cfg(feature = "fault-injection")]
    pub(crate) fn held(&mut self, which: &str) -> Option<&mut T> {
        match which {
            "value" => Some(&mut self.value),
            "inverse" => Some(&mut self.inverse),
            _ => None,
        }
    }

    /// Flips bits in the value, for tests.
    #[cfg(test)]
    pub(crate) const fn damage(&mut self, value: T) {
        self.value = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Verifies REQ-INT-001.
    #[test]
    fn each_flipped_bit_of_either_copy_is_noticed() {
        for bit in 0..64 {
            let mut twin = Twin::new(0x0123_4567_89ab_cdef_u64);
            assert!(twin.is_sound());
            twin.value ^= 1 << bit;
            assert!(!twin.is_sound());
            twin.set(7);
            assert!(twin.is_sound() && twin.get() == 7);
            twin.inverse ^= 1 << bit;
            assert!(!twin.is_sound());
        }
        let mut bytes = Twin::new([1, 2, 3]);
        assert!(bytes.is_sound());
        bytes.damage([1, 2, 2]);
        assert!(!bytes.is_sound());
    }
}
