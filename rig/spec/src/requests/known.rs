//! Three-valued logic: what may be, where a fault of the run hides it.

use super::heard::Obeyed;
use crate::told::Known;

impl Known {
    /// What is so only if both are.
    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Either,
        }
    }

    /// What is so if one of them is.
    pub(crate) const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Either,
        }
    }

    /// What is not so.
    pub(super) const fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Either => Self::Either,
        }
    }

    /// What may not be so after all.
    pub(crate) const fn perhaps(self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes | Self::Either => Self::Either,
        }
    }

    /// What so many of several possibilities say.
    pub(super) const fn count(these: usize, all: usize) -> Self {
        match these {
            0 => Self::No,
            these if these == all => Self::Yes,
            _ => Self::Either,
        }
    }

    /// Known if both say the same.
    pub(super) fn same(self, other: Self) -> Self {
        if self == other { self } else { Self::Either }
    }

    /// Known to be so, or not.
    pub(super) const fn sure(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl From<Obeyed> for Known {
    fn from(obeyed: Obeyed) -> Self {
        match obeyed {
            Obeyed::Surely => Self::Yes,
            Obeyed::Perhaps => Self::Either,
        }
    }
}
