//! Catheter tip positions by vertebral level.

use crate::anatomy::Anatomy;
use thecal_units::real::Length;

/// The vertebra at which the catheter's tip lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TipLevel {
    /// Fourth lumbar vertebra.
    L4,
    /// Third lumbar vertebra.
    L3,
    /// Second lumbar vertebra.
    L2,
    /// First lumbar vertebra.
    L1,
    /// Twelfth thoracic vertebra.
    T12,
    /// Eleventh thoracic vertebra.
    T11,
    /// Tenth thoracic vertebra.
    T10,
    /// Ninth thoracic vertebra.
    T9,
    /// Eighth thoracic vertebra.
    T8,
    /// Seventh thoracic vertebra.
    T7,
    /// Sixth thoracic vertebra.
    T6,
    /// Fifth thoracic vertebra.
    T5,
    /// Fourth thoracic vertebra.
    T4,
    /// Second thoracic vertebra.
    T2,
    /// Seventh cervical vertebra.
    C7,
    /// Fifth cervical vertebra.
    C5,
    /// Third cervical vertebra.
    C3,
}

impl TipLevel {
    /// Every level, from below.
    pub const ALL: [Self; 17] = [
        Self::L4,
        Self::L3,
        Self::L2,
        Self::L1,
        Self::T12,
        Self::T11,
        Self::T10,
        Self::T9,
        Self::T8,
        Self::T7,
        Self::T6,
        Self::T5,
        Self::T4,
        Self::T2,
        Self::C7,
        Self::C5,
        Self::C3,
    ];

    /// Its name in scenarios and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::L4 => "L4",
            Self::L3 => "L3",
            Self::L2 => "L2",
            Self::L1 => "L1",
            Self::T12 => "T12",
            Self::T11 => "T11",
            Self::T10 => "T10",
            Self::T9 => "T9",
            Self::T8 => "T8",
            Self::T7 => "T7",
            Self::T6 => "T6",
            Self::T5 => "T5",
            Self::T4 => "T4",
            Self::T2 => "T2",
            Self::C7 => "C7",
            Self::C5 => "C5",
            Self::C3 => "C3",
        }
    }

    /// The position along the axis of an adult, 60 cm from the end of the dural sac.
    ///
    /// Unit: cm. Source: landmarks of pk.md 1c (assume): L4/5 8.5, L3/4 12, L2/3 15.5, L1/2 19, T12
    /// 22, T10 27, T7 34, T4 40, T2 42, C7/T1 47 to 49, C1/2 58. A lumbar vertebra lies midway
    /// between its discs, L1 between L1/2 (19) and T12-L1 (21); others are interpolated between
    /// landmarks.
    #[must_use]
    pub const fn position(self) -> Length {
        Length::from_centimeters(match self {
            Self::L4 => 10.25,
            Self::L3 => 13.75,
            Self::L2 => 17.25,
            Self::L1 => 20.0,
            Self::T12 => 22.0,
            Self::T11 => 24.5,
            Self::T10 => 27.0,
            Self::T9 => 29.3,
            Self::T8 => 31.7,
            Self::T7 => 34.0,
            Self::T6 => 36.0,
            Self::T5 => 38.0,
            Self::T4 => 40.0,
            Self::T2 => 42.0,
            Self::C7 => 48.0,
            Self::C5 => 51.6,
            Self::C3 => 55.3,
        })
    }

    /// The position along this body's axis, scaled from the adult's.
    #[must_use]
    pub fn position_in(self, anatomy: &Anatomy) -> Length {
        anatomy.scaled(self.position())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_rise_and_scale_with_the_axis() {
        assert!(
            TipLevel::ALL
                .windows(2)
                .all(|pair| pair[0].position() < pair[1].position())
        );
        let half = Anatomy {
            axis_cm: 30.0,
            ..Anatomy::ADULT
        };
        let level = TipLevel::T10;
        assert_eq!(level.position_in(&Anatomy::ADULT), level.position());
        assert_eq!(level.position_in(&half), Length::from_centimeters(13.5));
    }
}
