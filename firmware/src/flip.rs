//! Bits of values in RAM, flipped by a test: for the native bench, which cannot reach into its own memory as
//! a probe reaches into a chip's. Not in the image.
//!
//! A place is written as a debugger writes it: the names of fields with points between, so that a scenario
//! means the same place here and in an image with debug information.

use crate::pump::Pump;
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

impl Pump {
    /// Flips a bit of the value at a field of the pump, such as `state.meter.bolus_left.value`; `None`: the
    /// field cannot be reached so, or has no such bit.
    #[must_use]
    pub fn flip(&mut self, field: &str, bit: u32) -> Option<(u64, u64)> {
        if let Some(rest) = field.strip_prefix("nvm.") {
            return self.nvm.flip(rest, bit);
        }
        let (part, rest) = field.strip_prefix("state.")?.split_once('.')?;
        match part {
            "therapy" => self.state.therapy.flip(rest, bit),
            "meter" => self.state.meter.flip(rest, bit),
            "grants" => self.state.grants.flip(rest, bit),
            _ => None,
        }
    }
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
    /// As [`Pump::flip`], of `value` or `inverse`.
    pub(crate) fn flip(&mut self, which: &str, bit: u32) -> Option<Flipped> {
        let held = self.held(which)?;
        let before = held.bits();
        let after = flipped(before, T::BITS, bit)?;
        *held = T::of(after)?;
        Some((before, after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_telemetry::EXAMPLE_SECRET;

    #[test]
    fn a_field_flips_there_and_back_and_what_is_none_is_refused() {
        let mut pump = Pump::new([0; 20], "test", EXAMPLE_SECRET);
        for field in [
            "state.therapy.flags.value",
            "state.therapy.flags.inverse",
            "state.therapy.held",
            "state.therapy.prescription.dose.__0",
            "state.therapy.prescription.lockout.__0",
            "state.therapy.prescription.daily_maximum",
            "state.therapy.inverse[3]",
            "state.meter.basal.held.value.whole",
            "state.meter.bolus.held.inverse.whole",
            "state.meter.bolus_left.value",
            "state.grants.next",
            "nvm.image[4096]",
        ] {
            let (before, after) = pump.flip(field, 0).unwrap();
            assert_eq!(before ^ after, 1, "{field}");
            assert_eq!(pump.flip(field, 0), Some((after, before)), "{field}");
            assert_eq!(pump.flip(field, 64), None, "{field}");
        }
        for field in [
            "state.therapy.name",
            "state.meter.phase",
            "flags",
            "nvm.image[32768]",
        ] {
            assert_eq!(pump.flip(field, 0), None, "{field}");
        }
    }
}
