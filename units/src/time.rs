//! Integer time: durations, the simulation's clock and the pump's own clock.
//!
//! The two clocks are different types: a pump's crystal drifts and jumps; a lockout is counted on
//! the pump's clock, harm on the simulation's. Mixing them does not compile:
//!
//! ```compile_fail
//! use thecal_units::{PumpTime, SimTime};
//! let apart = SimTime::from_millis(5).since(PumpTime::from_millis(3));
//! ```

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

/// A span of time.
///
/// Unit: millisecond. Range: 0 to `u64::MAX`. Arithmetic saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(u64);

impl Millis {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One second.
    pub const SECOND: Self = Self(1_000);
    /// One minute.
    pub const MINUTE: Self = Self(60_000);
    /// One hour.
    pub const HOUR: Self = Self(3_600_000);
    /// One day of 24 hours.
    pub const DAY: Self = Self(86_400_000);

    /// Creates a span from milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Creates a span from whole seconds (saturating).
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000))
    }

    /// The span in milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The span in seconds, for equations and reports.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact up to 2^53 ms, some 285 000 years"
    )]
    pub const fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e3
    }

    /// The span in hours, for equations and reports.
    #[must_use]
    pub const fn as_hours_f64(self) -> f64 {
        self.as_secs_f64() / 3.6e3
    }

    /// This span less `other`, or zero if `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// This span multiplied by `times` (saturating).
    #[must_use]
    pub const fn times(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Millis {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// A span in words, as [`Millis::spelled`] prints it.
#[derive(Clone, Copy, Debug)]
pub struct Spelled(Millis);

impl Millis {
    /// The span in words, exact: `7 h 15 min 9.113 s`; days only from two days on (people say 24
    /// h).
    #[must_use]
    pub const fn spelled(self) -> Spelled {
        Spelled(self)
    }
}

impl fmt::Display for Spelled {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = self.0.0;
        let (days, left) = if span < 2 * 86_400_000 {
            (0, span)
        } else {
            (span / 86_400_000, span % 86_400_000)
        };
        let parts = [
            (days, "d"),
            (left / 3_600_000, "h"),
            (left / 60_000 % 60, "min"),
        ];
        let mut blank = "";
        for (count, unit) in parts {
            if count > 0 {
                write!(out, "{blank}{count} {unit}")?;
                blank = " ";
            }
        }
        let (seconds, thousandths) = (left / 1_000 % 60, left % 1_000);
        match thousandths {
            0 if seconds == 0 && !blank.is_empty() => Ok(()),
            0 => write!(out, "{blank}{seconds} s"),
            _ if thousandths % 100 == 0 => write!(out, "{blank}{seconds}.{} s", thousandths / 100),
            _ if thousandths % 10 == 0 => write!(out, "{blank}{seconds}.{:02} s", thousandths / 10),
            _ => write!(out, "{blank}{seconds}.{thousandths:03} s"),
        }
    }
}

/// Formats as `HH:MM:SS.mmm`, with leading days if there are any: `3d 04:00:00.000`.
impl fmt::Display for Millis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, in_day) = (self.0 / 86_400_000, self.0 % 86_400_000);
        if days > 0 {
            write!(out, "{days}d ")?;
        }
        write!(
            out,
            "{:02}:{:02}:{:02}.{:03}",
            in_day / 3_600_000,
            in_day / 60_000 % 60,
            in_day / 1_000 % 60,
            in_day % 1_000
        )
    }
}

macro_rules! instant {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The clock's origin.
            pub const ZERO: Self = Self(0);
            /// The last instant this clock can show; used for "never".
            pub const NEVER: Self = Self(u64::MAX);

            /// Creates an instant from milliseconds since the clock's origin.
            #[must_use]
            pub const fn from_millis(millis: u64) -> Self {
                Self(millis)
            }

            /// Milliseconds since the clock's origin.
            #[must_use]
            pub const fn as_millis(self) -> u64 {
                self.0
            }

            /// The span from the clock's origin.
            #[must_use]
            pub const fn since_origin(self) -> Millis {
                Millis::from_millis(self.0)
            }

            /// The span since `earlier`, or zero if `earlier` is later.
            #[must_use]
            pub const fn since(self, earlier: Self) -> Millis {
                Millis::from_millis(self.0.saturating_sub(earlier.0))
            }

            /// This instant less `span`, but not before the origin.
            #[must_use]
            pub const fn before(self, span: Millis) -> Self {
                Self(self.0.saturating_sub(span.as_millis()))
            }
        }

        impl Add<Millis> for $name {
            type Output = Self;
            fn add(self, span: Millis) -> Self {
                Self(self.0.saturating_add(span.as_millis()))
            }
        }

        impl Sub<Millis> for $name {
            type Output = Self;
            fn sub(self, span: Millis) -> Self {
                self.before(span)
            }
        }

        impl $name {
            /// The instant in words, since the clock's origin: `7 h 15 min 9.113 s`.
            #[must_use]
            pub const fn spelled(self) -> Spelled {
                self.since_origin().spelled()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.since_origin().fmt(out)
            }
        }
    };
}

instant! {
    /// An instant of the simulation, in true time.
    ///
    /// Unit: millisecond since the start of the run. Additions saturate.
    SimTime
}

instant! {
    /// An instant as counted by the pump's own crystal.
    ///
    /// Unit: millisecond since the pump's clock was last set to zero. Additions saturate.
    PumpTime
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn prints_days_only_where_there_are_any() {
        assert_eq!(Millis::from_millis(3_723_004).to_string(), "01:02:03.004");
        let span = Millis::DAY.times(3) + Millis::HOUR.times(4);
        assert_eq!(span.to_string(), "3d 04:00:00.000");
    }

    #[test]
    fn spells_what_there_is() {
        for (millis, spelled) in [
            (0, "0 s"),
            (40, "0.04 s"),
            (1_500, "1.5 s"),
            (60_000, "1 min"),
            (26_109_113, "7 h 15 min 9.113 s"),
            (86_400_000, "24 h"),
            (2 * 86_400_000, "2 d"),
            (2 * 86_400_000 + 3_600_000, "2 d 1 h"),
        ] {
            assert_eq!(Millis::from_millis(millis).spelled().to_string(), spelled);
        }
    }

    #[test]
    fn saturates_instead_of_wrapping() {
        assert_eq!(SimTime::NEVER + Millis::DAY, SimTime::NEVER);
        assert_eq!(SimTime::ZERO - Millis::DAY, SimTime::ZERO);
        assert_eq!(PumpTime::ZERO.since(PumpTime::NEVER), Millis::ZERO);
    }
}
