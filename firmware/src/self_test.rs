//! What the board's layer found before the pump boots, for the power-on self test.

/// What is known of flash, and of the reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfTest {
    /// The flash holds what was built (REQ-POST-006).
    pub flash_sound: bool,
    /// The crash that ended in this reset, if one did (REQ-POST-007).
    pub crash: Option<Crash>,
}

impl SelfTest {
    /// Nothing is wrong: what a board says that has nothing to test.
    pub const SOUND: Self = Self {
        flash_sound: true,
        crash: None,
    };
}

/// How the firmware ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// What ended it.
    pub cause: CrashCause,
    /// Where. For a panic the line of its source; for a fault the program counter, 0 where the
    /// stack had no room for it; for an interrupt its number in the table of exceptions.
    pub place: u32,
}

/// What ends the firmware other than a reset from outside. Numbers are pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashCause {
    /// A check in the code failed.
    Panic = 1,
    /// The core refused an access or an instruction.
    HardFault = 2,
    /// An interrupt that nothing had enabled.
    Interrupt = 3,
}

impl CrashCause {
    /// The cause with this number.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Panic),
            2 => Some(Self::HardFault),
            3 => Some(Self::Interrupt),
            _ => None,
        }
    }
}
