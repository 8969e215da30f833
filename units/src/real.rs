//! Real quantities: true values in the plant.
//!
//! Each is an `f64` in a private field, created and read through a unit. Only physically meaningful
//! arithmetic exists. None of these values is ever sent to a pump.
//!
//! A programmed quantity converts to a true one through `From`; the reverse does not compile:
//!
//! ```compile_fail
//! use thecal_units::{exact, real};
//! let believed: exact::Volume = real::Volume::from_milliliters(1.0).into();
//! ```

use crate::exact;
use core::ops::{Add, AddAssign, Sub};

macro_rules! real {
    ($(#[$doc:meta])* $name:ident, $from:ident, $as:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl $name {
            /// Zero.
            pub const ZERO: Self = Self(0.0);

            /// Creates the quantity from its base unit.
            #[must_use]
            pub const fn $from(value: f64) -> Self {
                Self(value)
            }

            /// The value in its base unit.
            #[must_use]
            pub const fn $as(self) -> f64 {
                self.0
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
    };
}

real! {
    /// A true volume. Unit: milliliter.
    Volume, from_milliliters, as_milliliters
}
real! {
    /// A true mass of drug. Unit: microgram.
    Mass, from_micrograms, as_micrograms
}
real! {
    /// A true concentration. Unit: ug/mL.
    Concentration, from_ug_per_ml, as_ug_per_ml
}
real! {
    /// A true flow. Unit: mL/day.
    FlowRate, from_ml_per_day, as_ml_per_day
}
real! {
    /// A pressure above ambient. Unit: kilopascal.
    Pressure, from_kilopascals, as_kilopascals
}
real! {
    /// A temperature. Unit: degree Celsius.
    Temperature, from_celsius, as_celsius
}
real! {
    /// An electric potential. Unit: volt.
    Potential, from_volts, as_volts
}
real! {
    /// A length. Unit: centimeter.
    Length, from_centimeters, as_centimeters
}

impl Volume {
    /// The drug in this volume.
    #[must_use]
    pub const fn dose(self, concentration: Concentration) -> Mass {
        Mass(self.0 * concentration.0)
    }

    /// The smaller of the two.
    #[must_use]
    pub const fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// What is left of it without `other`; zero if that is more.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self((self.0 - other.0).max(0.0))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a programmed value rounds to the nearest f64"
)]
impl From<exact::Volume> for Volume {
    fn from(programmed: exact::Volume) -> Self {
        Self(programmed.as_picoliters() as f64 / 1e9)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a programmed value rounds to the nearest f64"
)]
impl From<exact::Mass> for Mass {
    fn from(programmed: exact::Mass) -> Self {
        Self(programmed.as_femtograms() as f64 / 1e9)
    }
}

impl From<exact::Concentration> for Concentration {
    fn from(programmed: exact::Concentration) -> Self {
        Self(f64::from(programmed.as_ng_per_ml()) / 1e3)
    }
}

impl From<exact::FlowRate> for FlowRate {
    fn from(programmed: exact::FlowRate) -> Self {
        Self(f64::from(programmed.as_nl_per_day()) / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programmed_quantity_becomes_a_true_one() {
        let volume = Volume::from(exact::Volume::from_nanoliters(20_000_000));
        assert!((volume.as_milliliters() - 20.0).abs() < 1e-12);
        let strength = Concentration::from(exact::Concentration::from_ng_per_ml(10_000_000));
        assert!((volume.dose(strength).as_micrograms() - 200_000.0).abs() < 1e-9);
    }
}
