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
}

impl Kind {
    /// All, in the order in which they are run.
    pub const ALL: [Self; 7] = [
        Self::Reset,
        Self::PowerCut,
        Self::StopStart,
        Self::Replay,
        Self::ClockJump,
        Self::Press,
        Self::ReadOut,
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
        }
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
