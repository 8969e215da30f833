//! Integer quantities: programmed, commanded and counted values.
//!
//! | type | smallest unit | why this one |
//! | --- | --- | --- |
//! | [`Volume`] | picoliter | one motor step is about 5 nL; 40 mL still fits easily |
//! | [`Mass`] | femtogram | 1 nL at 1 ng/mL is 1 fg, so a step's dose is exact |
//! | [`Concentration`] | ng/mL | 25 ug/mL ziconotide to 50 mg/mL morphine |
//! | [`FlowRate`] | nL/day | 0.006 mL/day minimum rate is 6 000 |
//! | [`DoseRate`] | ng/day | 0.5 ug/day ziconotide to 25 mg/day morphine |
//!
//! Rounding is always towards less drug, and stated in the method's name (`…_round_down`).

use crate::time::Millis;

macro_rules! exact {
    ($(#[$doc:meta])* $name:ident($repr:ty), $from:ident, $as:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($repr);

        impl $name {
            /// Zero.
            pub const ZERO: Self = Self(0);

            /// Creates the quantity from a count of its smallest unit.
            #[must_use]
            pub const fn $from(value: $repr) -> Self {
                Self(value)
            }

            /// The count of the smallest unit.
            #[must_use]
            pub const fn $as(self) -> $repr {
                self.0
            }

            /// The sum; saturates at the largest value of the type.
            #[must_use]
            pub const fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            /// The difference, or zero if `other` is larger.
            #[must_use]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }
    };
}

exact! {
    /// A volume. Unit: picoliter. Range: 0 to 18 000 liters.
    Volume(u64), from_picoliters, as_picoliters
}
exact! {
    /// A mass of drug. Unit: femtogram. Range: 0 to 18 g.
    Mass(u64), from_femtograms, as_femtograms
}
exact! {
    /// A concentration of drug. Unit: ng/mL. Range: 0 to 4.29 g/mL.
    Concentration(u32), from_ng_per_ml, as_ng_per_ml
}
exact! {
    /// A flow. Unit: nL/day. Range: 0 to 4.29 L/day.
    FlowRate(u32), from_nl_per_day, as_nl_per_day
}
exact! {
    /// A dose rate. Unit: ng/day. Range: 0 to 4.29 g/day.
    DoseRate(u32), from_ng_per_day, as_ng_per_day
}

const MILLIS_PER_DAY: u128 = 86_400_000;

/// Narrows, saturating: an overflow must never wrap to a small quantity.
const fn narrow_u64(wide: u128) -> u64 {
    if wide > u64::MAX as u128 {
        u64::MAX
    } else {
        #[expect(clippy::cast_possible_truncation, reason = "checked on the line above")]
        {
            wide as u64
        }
    }
}

const fn narrow_u32(wide: u128) -> u32 {
    if wide > u32::MAX as u128 {
        u32::MAX
    } else {
        #[expect(clippy::cast_possible_truncation, reason = "checked on the line above")]
        {
            wide as u32
        }
    }
}

impl Volume {
    /// Creates a volume from nanoliters (saturating).
    #[must_use]
    pub const fn from_nanoliters(nanoliters: u64) -> Self {
        Self(nanoliters.saturating_mul(1_000))
    }

    /// The volume in whole nanoliters, rounded down.
    #[must_use]
    pub const fn as_nanoliters_round_down(self) -> u64 {
        self.0 / 1_000
    }

    /// This volume multiplied by `times` (saturating).
    #[must_use]
    pub const fn times(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }

    /// How many whole `part`s this volume holds; 0 if `part` is zero.
    #[must_use]
    pub const fn whole_parts(self, part: Self) -> u64 {
        match self.0.checked_div(part.0) {
            Some(parts) => parts,
            None => 0,
        }
    }

    /// The drug in this volume, rounded down to a femtogram.
    #[must_use]
    pub const fn dose_round_down(self, concentration: Concentration) -> Mass {
        // 1 pL x 1 ng/mL = 1e-3 fg.
        Mass(narrow_u64(self.0 as u128 * concentration.0 as u128 / 1_000))
    }
}

impl Mass {
    /// Creates a mass from nanograms (saturating).
    #[must_use]
    pub const fn from_nanograms(nanograms: u64) -> Self {
        Self(nanograms.saturating_mul(1_000_000))
    }

    /// The mass in whole nanograms, rounded down.
    #[must_use]
    pub const fn as_nanograms_round_down(self) -> u64 {
        self.0 / 1_000_000
    }

    /// This mass multiplied by `times` (saturating).
    #[must_use]
    pub const fn times(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }

    /// The volume that holds this dose, rounded down to a picoliter; zero at zero concentration.
    #[must_use]
    pub const fn volume_round_down(self, concentration: Concentration) -> Volume {
        if concentration.0 == 0 {
            return Volume::ZERO;
        }
        Volume(narrow_u64(self.0 as u128 * 1_000 / concentration.0 as u128))
    }
}

impl FlowRate {
    /// The volume that flows in `span`, rounded down to a picoliter.
    #[must_use]
    pub const fn volume_round_down(self, span: Millis) -> Volume {
        Volume(narrow_u64(
            self.0 as u128 * 1_000 * span.as_millis() as u128 / MILLIS_PER_DAY,
        ))
    }
}

impl DoseRate {
    /// The dose given in `span`, rounded down to a femtogram.
    #[must_use]
    pub const fn dose_round_down(self, span: Millis) -> Mass {
        Mass(narrow_u64(
            self.0 as u128 * 1_000_000 * span.as_millis() as u128 / MILLIS_PER_DAY,
        ))
    }

    /// The flow that delivers this dose, rounded down to a nL/day; zero at zero concentration.
    #[must_use]
    pub const fn flow_round_down(self, concentration: Concentration) -> FlowRate {
        if concentration.0 == 0 {
            return FlowRate::ZERO;
        }
        // ng/day divided by ng/mL is mL/day.
        FlowRate(narrow_u32(
            self.0 as u128 * 1_000_000 / concentration.0 as u128,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_milligram_a_day_at_ten_milligrams_per_milliliter_is_a_tenth_of_a_milliliter() {
        let dose = DoseRate::from_ng_per_day(1_000_000);
        let concentration = Concentration::from_ng_per_ml(10_000_000);
        let flow = dose.flow_round_down(concentration);
        assert_eq!(flow, FlowRate::from_nl_per_day(100_000));
        let day = flow.volume_round_down(Millis::DAY);
        assert_eq!(day, Volume::from_nanoliters(100_000));
        assert_eq!(
            day.dose_round_down(concentration),
            Mass::from_nanograms(1_000_000)
        );
    }

    #[test]
    fn a_step_of_weak_ziconotide_is_exact() {
        let step = Volume::from_nanoliters(5);
        let concentration = Concentration::from_ng_per_ml(25_000);
        assert_eq!(
            step.dose_round_down(concentration),
            Mass::from_femtograms(125_000)
        );
    }

    #[test]
    fn rounds_towards_less_drug_and_never_wraps() {
        let concentration = Concentration::from_ng_per_ml(3);
        assert_eq!(
            Mass::from_femtograms(1)
                .volume_round_down(concentration)
                .as_picoliters(),
            333
        );
        let all = Volume::from_picoliters(u64::MAX);
        let thick = Concentration::from_ng_per_ml(u32::MAX);
        assert_eq!(all.dose_round_down(thick).as_femtograms(), u64::MAX);
        assert_eq!(
            Mass::from_nanograms(1).volume_round_down(Concentration::ZERO),
            Volume::ZERO
        );
    }
}
