//! The exponential of a linear system over a step, as a sum over three poles.
//!
//! Purpose: `du/dt = A u + g` with a constant g is advanced by h to fifth order, at any step without
//! growth, for the cost of a shifted system for each pole:
//! ```text
//! u+       = sum of c (p - hA)^-1 (u + h g / p)          the state after the step
//! mean     = sum of c / p (p - hA)^-1 (u + h g / p)      its mean over the step, so what it lost
//! e^z      ~ (1 + 2z/5 + z^2/20) / (1 - 3z/5 + 3z^2/20 - z^3/60) = sum of c / (p - z)
//! ```
//! This is the (2, 3) Pade approximation, the stability function of Radau IIA with three stages. The
//! error of a mode with rate r is (h r)^6 / 7200 a step, and fast modes vanish, as they should. One
//! pole is real, two are conjugate: of these one is solved, with twice its weight. So a number here
//! is a pair of a complex and a real one, each with its own arithmetic.
//!
//! An approximation of this order is not positive: far from a dose that has just begun, at less
//! than a thousandth of its peak, it swings around zero. Readings cut that off; sums need it.
//!
//! Source: Hairer and Wanner, Solving Ordinary Differential Equations II, IV.3 and IV.5 (Pade,
//! Radau IIA); poles and weights computed to 30 digits (calc).

use core::ops::{Add, Mul, Sub};

/// Two values side by side, for the two ends of a chain.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Lanes(pub(crate) [f64; 2]);

impl Lanes {
    /// Both values added.
    pub(crate) const fn sum(self) -> f64 {
        self.0[0] + self.0[1]
    }

    /// The values in exchanged places.
    pub(crate) const fn swapped(self) -> Self {
        Self([self.0[1], self.0[0]])
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self([self.0[0] + other.0[0], self.0[1] + other.0[1]])
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self([self.0[0] - other.0[0], self.0[1] - other.0[1]])
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self([self.0[0] * other.0[0], self.0[1] * other.0[1]])
    }
}

impl Mul<f64> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: f64) -> Self {
        Self([self.0[0] * factor, self.0[1] * factor])
    }
}

/// A number for each pole: a complex one and a real one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Poles<T> {
    pub(crate) re: T,
    pub(crate) im: T,
    pub(crate) real: T,
}

/// The poles p.
pub(crate) const POLES: Poles<f64> = Poles {
    re: 2.681_082_873_627_752,
    im: 3.050_430_199_247_410_6,
    real: 3.637_834_252_744_496,
};
/// The weights c; that of the complex pole counts its conjugate.
pub(crate) const WEIGHTS: Poles<f64> = Poles {
    re: 2.0 * -7.648_749_087_422_922,
    im: 2.0 * -4.171_640_244_747_437,
    real: 18.297_498_174_845_843,
};

impl<T: Add<Output = T>> Add for Poles<T> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            re: self.re + other.re,
            im: self.im + other.im,
            real: self.real + other.real,
        }
    }
}

impl<T: Sub<Output = T>> Sub for Poles<T> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self {
            re: self.re - other.re,
            im: self.im - other.im,
            real: self.real - other.real,
        }
    }
}

impl<T: Copy + Add<Output = T> + Sub<Output = T> + Mul<Output = T>> Mul for Poles<T> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
            real: self.real * other.real,
        }
    }
}

impl Poles<f64> {
    pub(crate) const ONE: Self = Self::of(1.0);

    /// The same real number for each pole.
    pub(crate) const fn of(value: f64) -> Self {
        Self {
            re: value,
            im: 0.0,
            real: value,
        }
    }

    pub(crate) fn times(self, factor: f64) -> Self {
        self * Self::of(factor)
    }

    /// One over it.
    pub(crate) fn inverse(self) -> Self {
        let square = self.re * self.re + self.im * self.im;
        Self {
            re: self.re / square,
            im: -self.im / square,
            real: 1.0 / self.real,
        }
    }

    /// At one end, nothing at the other.
    pub(crate) const fn at_end(self, end: usize) -> Poles<Lanes> {
        let [low, high] = if end == 0 { [1.0, 0.0] } else { [0.0, 1.0] };
        Poles {
            re: Lanes([self.re * low, self.re * high]),
            im: Lanes([self.im * low, self.im * high]),
            real: Lanes([self.real * low, self.real * high]),
        }
    }

    /// The sum over the poles: a real number.
    pub(crate) const fn sum(self) -> f64 {
        self.re + self.real
    }
}

impl Poles<Lanes> {
    /// It, plus a product: in an order of few dependent operations.
    #[inline(always)]
    pub(crate) fn plus(self, factor: Self, other: Self) -> Self {
        Self {
            re: (self.re + factor.re * other.re) - factor.im * other.im,
            im: (self.im + factor.re * other.im) + factor.im * other.re,
            real: self.real + factor.real * other.real,
        }
    }

    /// The sum over the poles, of both ends.
    #[inline(always)]
    pub(crate) fn sum(self) -> Lanes {
        self.re + self.real
    }

    /// The sum over the poles of the product with a weight.
    #[inline(always)]
    pub(crate) fn weighted(self, weight: &Poles<f64>) -> Lanes {
        self.re * weight.re - self.im * weight.im + self.real * weight.real
    }

    /// That of one end.
    pub(crate) const fn of_end(self, end: usize) -> Poles<f64> {
        Poles {
            re: self.re.0[end],
            im: self.im.0[end],
            real: self.real.0[end],
        }
    }

    pub(crate) const fn set_end(&mut self, end: usize, value: Poles<f64>) {
        self.re.0[end] = value.re;
        self.im.0[end] = value.im;
        self.real.0[end] = value.real;
    }

    pub(crate) const fn swapped(self) -> Self {
        Self {
            re: self.re.swapped(),
            im: self.im.swapped(),
            real: self.real.swapped(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The approximation of `e^z`.
    fn exponential(z: f64) -> f64 {
        (WEIGHTS * (POLES - Poles::of(z)).inverse()).sum()
    }

    #[test]
    fn the_sum_over_the_poles_is_the_exponential_to_fifth_order() {
        for z in [-0.01, -0.1, -0.5, -1.0_f64] {
            let error = exponential(z) - libm::exp(z);
            let expected = libm::pow(-z, 6.0) / 7_200.0;
            assert!(error.abs() < 1.2 * expected + 1e-14, "{z}: {error:e}");
        }
        assert!(exponential(-1e9).abs() < 1e-8, "fast modes vanish");
    }

    #[test]
    fn what_is_lost_and_what_stays_are_all() {
        let per = POLES.inverse();
        assert!(((WEIGHTS * per).sum() - 1.0).abs() < 1e-14);
        assert!(((WEIGHTS * per * per).sum() - 1.0).abs() < 1e-14);
    }
}
