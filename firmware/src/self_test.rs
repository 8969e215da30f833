//! Findings of the board layer before the pump boots, for the power-on self test.

/// Condition of the flash, and the crash before the reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfTest {
    /// The flash image matches its checksum (REQ-POST-006).
    pub flash_sound: bool,
    /// The crash that caused this reset, if one did (REQ-POST-007).
    pub crash: Option<Crash>,
}

impl SelfTest {
    /// No fault found; also for a board that has nothing to test.
    pub(crate) const SOUND: Self = Self {
        flash_sound: true,
        crash: None,
    };
}

/// How the firmware ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// Cause of the crash.
    pub cause: CrashCause,
    /// Location: the source line for a panic; the program counter for a fault, or 0 if the stack
    /// had no room for it; the number in the exception table for an interrupt.
    pub place: u32,
}

/// Causes of a crash. The numbers are pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashCause {
    /// A check in the code failed.
    Panic = 1,
    /// The core refused an access or an instruction.
    HardFault = 2,
    /// An interrupt that was not enabled.
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
