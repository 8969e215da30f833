//! Values in a pump's RAM that decide on its doses.

/// A value that a pump holds so that it notices damage to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldValue {
    /// The prescription in force.
    Prescription,
    /// Whether it infuses, and what else decides on its mode.
    Flags,
    /// The rate of the continuous infusion.
    Rate,
    /// Rate and remainder of a bolus.
    Bolus,
    /// The record of past boluses.
    Grants,
}

impl HeldValue {
    /// Each with its name in scenarios.
    pub const ALL: [(&'static str, Self); 5] = [
        ("prescription", Self::Prescription),
        ("flags", Self::Flags),
        ("rate", Self::Rate),
        ("bolus", Self::Bolus),
        ("grants", Self::Grants),
    ];

    /// Its number in the log of a pump that names it (REQ-INT-005).
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Prescription => 1,
            Self::Flags => 2,
            Self::Rate => 3,
            Self::Bolus => 4,
            Self::Grants => 5,
        }
    }
}
