//! Work on the catheter that a clinician declares.

/// What was done to the catheter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatheterWork {
    /// Another catheter was implanted.
    Replaced,
    /// It was opened, shortened or moved.
    Revised,
    /// Its content was drawn out.
    Aspirated,
}

impl CatheterWork {
    /// Each with its name in scenarios.
    pub const ALL: [(&'static str, Self); 3] = [
        ("replaced", Self::Replaced),
        ("revised", Self::Revised),
        ("aspirated", Self::Aspirated),
    ];

    /// The name of declaring it, in reports.
    pub(crate) const fn declared(self) -> &'static str {
        match self {
            Self::Replaced => "catheter replaced",
            Self::Revised => "catheter revised",
            Self::Aspirated => "catheter aspirated",
        }
    }
}
