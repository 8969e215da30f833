//! Boot messages: why the pump was reset (Boot), and which pump answers (Hello).

use crate::buffer::{Reader, Writer};
use crate::error::DecodeError;
use thecal_units::{PumpTime, Volume};

/// Why the pump was reset, as in its reset-cause register. Values are pinned on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ResetCause {
    /// Power-on.
    PowerOn = 1,
    /// Reset line.
    Pin = 2,
    /// Watchdog time-out.
    Watchdog = 3,
    /// Brown-out: the supply fell below its threshold.
    BrownOut = 4,
}

impl ResetCause {
    pub(crate) const fn decode(value: u8) -> Result<Self, DecodeError> {
        Ok(match value {
            1 => Self::PowerOn,
            2 => Self::Pin,
            3 => Self::Watchdog,
            4 => Self::BrownOut,
            _ => {
                return Err(DecodeError::UnknownValue {
                    field: "reset cause",
                    value: value as u32,
                });
            }
        })
    }
}

/// Ends a reset: the memory image is complete, the program may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boot {
    /// Contract version that the rig speaks.
    pub contract: u16,
    /// Why the pump was reset.
    pub cause: ResetCause,
    /// The pump's clock now.
    pub clock: PumpTime,
    /// CRC-32 of the whole memory image, checked by the pump. Unit: none.
    pub image_crc: u32,
}

impl Boot {
    pub(crate) fn encode(&self, out: &mut Writer<'_>) {
        out.u16(self.contract);
        out.u8(self.cause as u8);
        out.u64(self.clock.as_millis());
        out.u32(self.image_crc);
    }

    pub(crate) fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            contract: from.u16()?,
            cause: ResetCause::decode(from.u8()?)?,
            clock: PumpTime::from_millis(from.u64()?),
            image_crc: from.u32()?,
        })
    }
}

/// Identity of the pump: sent once after each reset, checked before the first Stimulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Contract version that the pump speaks.
    pub contract: u16,
    /// Capabilities of the board beyond the contract; no bit is defined yet.
    pub capabilities: u32,
    /// Nominal volume of one motor step.
    pub step_volume: Volume,
    /// GNU build id of the running image; all zero for a pump that is no image (native).
    pub build_id: [u8; 20],
    /// Name of the firmware, padded with zeros.
    pub firmware: [u8; 16],
    /// Version of the firmware, padded with zeros.
    pub version: [u8; 12],
    /// Name of the board, padded with zeros.
    pub board: [u8; 16],
}

impl Hello {
    /// A text padded with zeros, truncated if too long.
    #[must_use]
    pub fn text<const N: usize>(text: &str) -> [u8; N] {
        let mut padded = [0; N];
        for (to, from) in padded.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        padded
    }

    /// The text without padding; empty if it is not UTF-8.
    #[must_use]
    pub fn readable(padded: &[u8]) -> &str {
        let end = padded
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(padded.len());
        padded
            .get(..end)
            .and_then(|text| core::str::from_utf8(text).ok())
            .unwrap_or("")
    }

    pub(crate) fn encode(&self, out: &mut Writer<'_>) {
        out.u16(self.contract);
        out.u32(self.capabilities);
        out.u64(self.step_volume.as_picoliters());
        out.bytes(&self.build_id);
        out.bytes(&self.firmware);
        out.bytes(&self.version);
        out.bytes(&self.board);
    }

    pub(crate) fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            contract: from.u16()?,
            capabilities: from.u32()?,
            step_volume: Volume::from_picoliters(from.u64()?),
            build_id: from.array()?,
            firmware: from.array()?,
            version: from.array()?,
            board: from.array()?,
        })
    }
}

/// Why the pump's link layer refused a frame that arrived whole. Pinned on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
    /// A Stimulus before Boot.
    NotBooted = 1,
    /// A memory chunk or Boot without a reset in between.
    AlreadyBooted = 2,
    /// Boot names another contract version.
    ContractVersion = 3,
    /// The memory image's CRC differs: a chunk is missing.
    ImageChecksum = 4,
    /// A chunk lies outside the memory.
    ImageRange = 5,
    /// The frame's body could not be decoded.
    Malformed = 6,
    /// A frame arrived broken. Its number is unknown, so the number of this refusal has no meaning:
    /// the refusal reports that the pump is alive and that the line towards it is disturbed.
    Unreadable = 7,
}

impl Refusal {
    pub(crate) const fn decode(value: u8) -> Result<Self, DecodeError> {
        Ok(match value {
            1 => Self::NotBooted,
            2 => Self::AlreadyBooted,
            3 => Self::ContractVersion,
            4 => Self::ImageChecksum,
            5 => Self::ImageRange,
            6 => Self::Malformed,
            7 => Self::Unreadable,
            _ => {
                return Err(DecodeError::UnknownValue {
                    field: "refusal",
                    value: value as u32,
                });
            }
        })
    }
}
