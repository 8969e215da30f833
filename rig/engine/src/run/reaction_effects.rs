//! The effects of one Reaction in the order of the contract: a power cut may come between any two.

use thecal_link::limits::NVM_WRITES_MAX;
use thecal_link::{MotorCommand, Reaction, Tone};
use thecal_units::SimTime;

/// The effects of one Reaction, between which a power cut can occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effects {
    /// When.
    pub at: SimTime,
    writes: usize,
    lengths: [u8; NVM_WRITES_MAX],
    pub(super) motor: bool,
    pub(super) sounder: bool,
    pub(super) telemetry: bool,
}

impl Effects {
    pub(super) fn of(at: SimTime, reaction: &Reaction) -> Self {
        let mut effects = Self {
            at,
            writes: 0,
            lengths: [0; NVM_WRITES_MAX],
            motor: reaction.motor != MotorCommand::Keep,
            sounder: reaction.tone != Tone::Silent,
            telemetry: !reaction.telemetry.is_empty(),
        };
        for (length, (_, bytes)) in effects.lengths.iter_mut().zip(reaction.nvm.iter()) {
            *length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
            effects.writes += 1;
        }
        effects
    }

    /// Length of each memory write, in order. Unit: byte.
    #[must_use]
    pub fn write_lengths(&self) -> &[u8] {
        let (lengths, _) = self.lengths.split_at(self.writes);
        lengths
    }
}
