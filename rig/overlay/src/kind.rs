//! The overlays there are: a row each.

/// What an overlay adds to a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The pump is reset by its line.
    Reset,
    /// Its power fails, for an instant or for minutes, between two bytes of a write or at rest.
    PowerCut,
    /// A clinician stops the infusion and starts it again.
    StopStart,
    /// Somebody sends recorded packets again.
    Replay,
    /// Its clock jumps.
    ClockJump,
    /// A patient presses a remote, once or many times.
    Press,
    /// A clinician reads everything that can be read.
    ReadOut,
    /// A clinician gives orders, sensible or not, at any moment.
    Orders,
    /// A clinician programs another prescription.
    Reprogram,
    /// A nurse refills the reservoir, now and then with another concentration.
    Refill,
    /// A magnet comes near, which may hold the rotor too.
    Magnet,
    /// The supply dips below what the processor needs, once or often.
    BrownOut,
    /// The motor sticks for a while.
    Stall,
    /// Bytes of the memory are damaged, and a reset finds them.
    Damage,
    /// The memory loses writes for a while.
    LostWrites,
    /// Somebody forges or spoils packets, or a remote sends what only a programmer may.
    Forge,
}

impl Kind {
    /// All, in the order in which they are run.
    pub const ALL: [Self; 16] = [
        Self::Reset,
        Self::PowerCut,
        Self::StopStart,
        Self::Replay,
        Self::ClockJump,
        Self::Press,
        Self::ReadOut,
        Self::Orders,
        Self::Reprogram,
        Self::Refill,
        Self::Magnet,
        Self::BrownOut,
        Self::Stall,
        Self::Damage,
        Self::LostWrites,
        Self::Forge,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::PowerCut => "power-cut",
            Self::StopStart => "stop-start",
            Self::Replay => "replay",
            Self::ClockJump => "clock-jump",
            Self::Press => "press",
            Self::ReadOut => "read-out",
            Self::Orders => "orders",
            Self::Reprogram => "reprogram",
            Self::Refill => "refill",
            Self::Magnet => "magnet",
            Self::BrownOut => "brown-out",
            Self::Stall => "stall",
            Self::Damage => "damage",
            Self::LostWrites => "lost-writes",
            Self::Forge => "forge",
        }
    }

    /// Whether what is programmed is not its matter: it must be the same at the end.
    pub(crate) const fn leaves_prescription(self) -> bool {
        match self {
            Self::Reset
            | Self::PowerCut
            | Self::StopStart
            | Self::Replay
            | Self::ClockJump
            | Self::Press
            | Self::ReadOut
            | Self::Magnet
            | Self::Forge
            | Self::Stall => true,
            Self::Orders
            | Self::Reprogram
            | Self::Refill
            | Self::BrownOut
            | Self::Damage
            | Self::LostWrites => false,
        }
    }

    /// Whether it must change nothing at all: its run is compared with the undisturbed one, so it has the same
    /// length.
    pub(crate) const fn is_compared(self) -> bool {
        matches!(self, Self::Replay | Self::ReadOut | Self::Forge)
    }

    /// Its number, which is that of its stream of random numbers.
    pub(crate) const fn number(self) -> u64 {
        self as u64
    }
}

/// The overlay of this name.
#[must_use]
pub fn named(name: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(named(kind.name()), Some(kind));
        }
        assert_eq!(named("earthquake"), None);
    }
}
