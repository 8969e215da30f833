//! A debug probe as a line: two channels in memory by SEGGER's Real-Time Transfer, and a doorbell.
//!
//! The probe writes a frame into the down channel and then sets the doorbell's interrupt pending,
//! which ends the core's sleep; the answer waits in the up channel. The control block is found by
//! its symbol `_SEGGER_RTT`.

use crate::registers;
use rtt_target::{ChannelMode, DownChannel, UpChannel, rtt_init};

/// An interrupt that nothing on the STM32F405 can raise: CRYP is not fitted, RM0090 table 61.
const DOORBELL: u8 = 79;

/// Which interrupt the probe sets pending after a frame, for the rig to read from the ELF file.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "a symbol with a name that the rig knows")]
pub(crate) static THECAL_DOORBELL: u32 = DOORBELL as u32;

/// Position of the doorbell in the interrupt table.
pub(crate) const DOORBELL_INTERRUPT: i16 = DOORBELL as i16;

/// What the third channel says after a reset.
const BANNER: &str = concat!(
    "reference pump ",
    env!("CARGO_PKG_VERSION"),
    " awaits its rig on hil-req\n"
);

/// And where flash is not what was built.
const DAMAGED: &str = "its flash is damaged: it stays in the safe state\n";

/// The two channels of the contract.
pub(crate) struct Rtt {
    from_rig: DownChannel,
    to_rig: UpChannel,
    piece: [u8; 64],
    taken: usize,
    len: usize,
}

impl Rtt {
    /// Sets the channels up and enables the doorbell. Once only.
    pub(crate) fn start(flash_sound: bool) -> Self {
        let channels = rtt_init! {
            up: {
                0: {
                    size: 2048,
                    // A probe that went away must not hold the pump up: the rig asks again.
                    mode: ChannelMode::NoBlockSkip,
                    name: "hil-rsp"
                }
                1: {
                    size: 128,
                    mode: ChannelMode::NoBlockSkip,
                    name: "text"
                }
            }
            down: {
                0: {
                    size: 1024,
                    name: "hil-req"
                }
            }
        };
        // For whoever looks with another tool; the rig does not read this channel.
        let mut text = channels.up.1;
        text.write(BANNER.as_bytes());
        if !flash_sound {
            text.write(DAMAGED.as_bytes());
        }
        registers::enable_doorbell(&THECAL_DOORBELL);
        Self {
            from_rig: channels.down.0,
            to_rig: channels.up.0,
            piece: [0; 64],
            taken: 0,
            len: 0,
        }
    }

    /// The next byte that the probe has written.
    pub(crate) fn next_byte(&mut self) -> Option<u8> {
        if self.taken == self.len {
            self.len = self.from_rig.read(&mut self.piece);
            self.taken = 0;
        }
        let byte = self.piece.get(self.taken..self.len)?.first().copied()?;
        self.taken += 1;
        Some(byte)
    }

    /// Offers all of `bytes`, or nothing where there is no room.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.to_rig.write(bytes);
    }
}
