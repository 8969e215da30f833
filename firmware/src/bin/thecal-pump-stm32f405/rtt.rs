//! Link line over a debug probe: two channels in memory by SEGGER's Real-Time Transfer, and a
//! doorbell.
//!
//! The probe writes a frame into the down channel and then sets the doorbell's interrupt pending,
//! which ends the core's sleep; the answer is read from the up channel. The probe finds the control
//! block by its symbol `_SEGGER_RTT`.

use crate::registers;
use rtt_target::{ChannelMode, DownChannel, UpChannel, rtt_init};

/// An interrupt that no peripheral of the STM32F405 raises: CRYP is not fitted, RM0090 table 61.
const DOORBELL: u8 = 79;

/// The interrupt that the probe sets pending after a frame; the rig reads it from the ELF file.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "a symbol with a name that the rig knows")]
pub(crate) static THECAL_DOORBELL: u32 = DOORBELL as u32;

/// Position of the doorbell in the interrupt table.
pub(crate) const DOORBELL_INTERRUPT: i16 = DOORBELL as i16;

/// Text of the third channel after a reset.
const BANNER: &str = concat!(
    "reference pump ",
    env!("CARGO_PKG_VERSION"),
    " awaits its rig on hil-req\n"
);

/// Additional text if the flash image is damaged.
const DAMAGED: &str = "its flash is damaged: it stays in the safe state\n";

/// The two channels of the link contract.
pub(crate) struct Rtt {
    from_rig: DownChannel,
    to_rig: UpChannel,
    piece: [u8; 64],
    taken: usize,
    len: usize,
}

impl Rtt {
    /// Sets up the channels and enables the doorbell. Call once only.
    pub(crate) fn start(flash_sound: bool) -> Self {
        let channels = rtt_init! {
            up: {
                0: {
                    size: 2048,
                    // A disconnected probe must not block the pump: the rig repeats the request.
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
        // For other RTT tools; the rig does not read this channel.
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

    /// The next byte written by the probe.
    pub(crate) fn next_byte(&mut self) -> Option<u8> {
        if self.taken == self.len {
            self.len = self.from_rig.read(&mut self.piece);
            self.taken = 0;
        }
        let byte = self.piece.get(self.taken..self.len)?.first().copied()?;
        self.taken += 1;
        Some(byte)
    }

    /// Sends all of `bytes`, or nothing if there is no room.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.to_rig.write(bytes);
    }
}
