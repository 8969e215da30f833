//! Messages of the contract, one enum for each direction. Type numbers are pinned.

use crate::boot::{Boot, Hello, Refusal};
use crate::buffer::{Reader, Writer};
use crate::error::DecodeError;
use crate::limits::NVM_CHUNK_MAX;
use crate::reaction::Reaction;
use crate::stimulus::Stimulus;

pub(crate) const RESET: u8 = 0x01;
const NVM_CHUNK: u8 = 0x02;
const BOOT: u8 = 0x03;
const STIMULUS: u8 = 0x04;
const ACK: u8 = 0x81;
const HELLO: u8 = 0x83;
const REACTION: u8 = 0x84;
const REFUSED: u8 = 0xff;

/// A message from the rig to the pump.
#[derive(Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives on the stack for the length of one exchange"
)]
pub enum ToPump<'a> {
    /// The reset line: the pump acknowledges and restarts.
    Reset,
    /// A chunk of the memory image that contains bytes other than the erased value (0xff).
    NvmChunk {
        /// Address of the first byte.
        offset: u16,
        /// At most [`NVM_CHUNK_MAX`] bytes.
        bytes: &'a [u8],
    },
    /// The image is complete; start.
    Boot(Boot),
    /// The present state of the pins.
    Stimulus(Stimulus),
}

impl<'a> ToPump<'a> {
    pub(crate) const fn kind(&self) -> u8 {
        match self {
            Self::Reset => RESET,
            Self::NvmChunk { .. } => NVM_CHUNK,
            Self::Boot(_) => BOOT,
            Self::Stimulus(_) => STIMULUS,
        }
    }

    pub(crate) fn encode(&self, out: &mut Writer<'_>) {
        match self {
            Self::Reset => {}
            Self::NvmChunk { offset, bytes } => {
                out.u16(*offset);
                out.bytes(bytes);
            }
            Self::Boot(boot) => boot.encode(out),
            Self::Stimulus(stimulus) => stimulus.encode(out),
        }
    }

    pub(crate) fn decode(kind: u8, body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut from = Reader::new(body);
        let message = match kind {
            RESET => Self::Reset,
            NVM_CHUNK => {
                let offset = from.u16()?;
                let len = body.len() - 2;
                if len > NVM_CHUNK_MAX {
                    return Err(DecodeError::LengthOutOfRange {
                        len,
                        max: NVM_CHUNK_MAX,
                    });
                }
                Self::NvmChunk {
                    offset,
                    bytes: from.bytes(len)?,
                }
            }
            BOOT => Self::Boot(Boot::decode(&mut from)?),
            STIMULUS => Self::Stimulus(Stimulus::decode(&mut from)?),
            _ => {
                return Err(DecodeError::UnknownValue {
                    field: "type",
                    value: kind.into(),
                });
            }
        };
        from.end()?;
        Ok(message)
    }
}

/// A message from the pump to the rig, decoded; a Reaction goes into the caller's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromPump {
    /// A Reset or a memory chunk was accepted.
    Ack,
    /// Identity of the pump, in answer to Boot.
    Hello(Hello),
    /// The Reaction to the last Stimulus, now in the caller's buffer.
    Reaction,
    /// The frame arrived whole but was not accepted.
    Refused(Refusal),
}

impl FromPump {
    pub(crate) fn decode(
        kind: u8,
        body: &[u8],
        reaction: &mut Reaction,
    ) -> Result<Self, DecodeError> {
        let mut from = Reader::new(body);
        let message = match kind {
            ACK => Self::Ack,
            HELLO => Self::Hello(Hello::decode(&mut from)?),
            REACTION => {
                reaction.decode_into(&mut from)?;
                Self::Reaction
            }
            REFUSED => Self::Refused(Refusal::decode(from.u8()?)?),
            _ => {
                return Err(DecodeError::UnknownValue {
                    field: "type",
                    value: kind.into(),
                });
            }
        };
        from.end()?;
        Ok(message)
    }

    pub(crate) fn encode(&self, reaction: &Reaction, out: &mut Writer<'_>) {
        match self {
            Self::Ack => {}
            Self::Hello(hello) => hello.encode(out),
            Self::Reaction => reaction.encode(out),
            Self::Refused(refusal) => out.u8(*refusal as u8),
        }
    }

    pub(crate) const fn kind(&self) -> u8 {
        match self {
            Self::Ack => ACK,
            Self::Hello(_) => HELLO,
            Self::Reaction => REACTION,
            Self::Refused(_) => REFUSED,
        }
    }
}
