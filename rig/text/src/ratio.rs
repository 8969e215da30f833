//! Exact fractions, so that unit conversions need no float.

/// A fraction in lowest terms. Every operation returns `None` instead of overflowing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    numerator: i128,
    /// Positive.
    denominator: i128,
}

impl Ratio {
    /// Nothing.
    pub(crate) const ZERO: Self = Self::whole(0);
    /// One.
    pub(crate) const ONE: Self = Self::whole(1);

    /// An integer.
    #[must_use]
    pub const fn whole(number: i128) -> Self {
        Self {
            numerator: number,
            denominator: 1,
        }
    }

    /// `numerator` divided by `denominator`, which must be positive.
    #[must_use]
    pub const fn new(numerator: i128, denominator: i128) -> Self {
        let divisor = common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        #[expect(clippy::cast_possible_wrap, reason = "no larger than the denominator")]
        let divisor = divisor as i128;
        Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        }
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let one = self.numerator.checked_mul(other.denominator)?;
        let two = other.numerator.checked_mul(self.denominator)?;
        let denominator = self.denominator.checked_mul(other.denominator)?;
        Some(Self::new(one.checked_add(two)?, denominator))
    }

    /// The product; common factors are cancelled first, so that it overflows only if the result
    /// does.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        let (one, two) = (
            Self::new(self.numerator, other.denominator),
            Self::new(other.numerator, self.denominator),
        );
        Some(Self::new(
            one.numerator.checked_mul(two.numerator)?,
            one.denominator.checked_mul(two.denominator)?,
        ))
    }

    /// The quotient; `None` if the divisor is not positive.
    #[must_use]
    pub fn per(self, divisor: Self) -> Option<Self> {
        if divisor.numerator <= 0 {
            return None;
        }
        self.times(Self {
            numerator: divisor.denominator,
            denominator: divisor.numerator,
        })
    }

    /// Ten to this power.
    #[must_use]
    pub fn power_of_ten(power: i32) -> Option<Self> {
        let tens = 10_i128.checked_pow(power.unsigned_abs())?;
        Some(if power < 0 {
            Self::new(1, tens)
        } else {
            Self::whole(tens)
        })
    }

    /// The value, if it is an integer of zero or more.
    pub(crate) fn as_whole(self) -> Option<u128> {
        let is_whole = self.denominator == 1;
        u128::try_from(self.numerator).ok().filter(|_| is_whole)
    }

    /// The nearest integer, halves upwards; `None` below zero.
    pub(crate) fn rounded(self) -> Option<u128> {
        let half = Self::new(1, 2);
        let sum = self.plus(half)?;
        u128::try_from(sum.numerator.div_euclid(sum.denominator)).ok()
    }

    /// Whether this is at most `other`.
    pub(crate) fn at_most(self, other: Self) -> Option<bool> {
        let one = self.numerator.checked_mul(other.denominator)?;
        Some(one <= other.numerator.checked_mul(self.denominator)?)
    }

    /// Number of decimal places of its exact value; `None` if there is none, or more than 24.
    pub(crate) fn places(self) -> Option<u32> {
        let mut tens = 1_i128;
        for places in 0..=24 {
            if tens % self.denominator == 0 {
                return Some(places);
            }
            tens = tens.checked_mul(10)?;
        }
        None
    }

    /// The value as an exact decimal, without trailing zeros; `None` if it is negative or no
    /// decimal is exact.
    #[must_use]
    pub fn decimal(self) -> Option<String> {
        let places = self.places()?;
        let value = self.times(Self::power_of_ten(i32::try_from(places).ok()?)?)?;
        Some(super::wording::decimal(value.as_whole()?, places))
    }
}

const fn common_divisor(mut one: u128, mut other: u128) -> u128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    if one == 0 { 1 } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_exact() {
        let third = Ratio::new(2, 6);
        assert_eq!(third, Ratio::new(1, 3));
        assert_eq!(third.plus(third).unwrap(), Ratio::new(2, 3));
        assert_eq!(third.times(Ratio::whole(3)).unwrap(), Ratio::ONE);
        assert_eq!(third.per(third).unwrap(), Ratio::ONE);
        assert_eq!(Ratio::ONE.per(Ratio::ZERO), None);
        assert_eq!(Ratio::whole(i128::MAX).times(Ratio::whole(2)), None);
    }

    #[test]
    fn decimals_are_written_only_where_they_are_exact() {
        assert_eq!(Ratio::new(5, 8).decimal().unwrap(), "0.625");
        assert_eq!(Ratio::whole(18).decimal().unwrap(), "18");
        assert_eq!(Ratio::new(1, 3).decimal(), None);
        assert_eq!(Ratio::new(-1, 2).decimal(), None);
    }

    #[test]
    fn halves_are_rounded_upwards() {
        assert_eq!(Ratio::new(5, 2).rounded(), Some(3));
        assert_eq!(Ratio::new(7, 3).rounded(), Some(2));
        assert_eq!(Ratio::whole(-2).rounded(), None);
    }
}
