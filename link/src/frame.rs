//! Frames: COBS, a zero byte as the delimiter, CRC-32, and a decoder that resynchronizes after
//! garbage.

use crate::boot::{Hello, Refusal};
use crate::buffer::Writer;
use crate::error::DecodeError;
use crate::limits::{ENCODED_MAX, FRAME_MAX, NVM_CHUNK_MAX};
use crate::message::{FromPump, ToPump};
use crate::reaction::Reaction;
use crc::{CRC_32_ISO_HDLC, Crc, Table};

/// CRC-32/ISO-HDLC, as used by Ethernet and zip.
static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// The contract's checksum of `bytes`, also used for the memory image.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

const HEADER_LEN: usize = 3;
const CHECKSUM_LEN: usize = 4;

/// One encoded frame, delimiter included.
#[derive(Clone, Debug)]
pub struct Encoded {
    len: usize,
    bytes: [u8; ENCODED_MAX],
}

impl Encoded {
    /// An empty buffer to encode into.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            len: 0,
            bytes: [0; ENCODED_MAX],
        }
    }

    /// The bytes for the wire.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    /// Encodes a message to the pump.
    ///
    /// # Errors
    ///
    /// [`DecodeError::LengthOutOfRange`] if a memory chunk exceeds [`NVM_CHUNK_MAX`].
    pub fn to_pump(&mut self, seq: u16, message: &ToPump<'_>) -> Result<(), DecodeError> {
        if let ToPump::NvmChunk { bytes, .. } = message
            && bytes.len() > NVM_CHUNK_MAX
        {
            return Err(DecodeError::LengthOutOfRange {
                len: bytes.len(),
                max: NVM_CHUNK_MAX,
            });
        }
        self.encode(message.kind(), seq, |out| {
            message.encode(out);
        })
    }

    /// Encodes an acknowledgment.
    ///
    /// # Errors
    ///
    /// None in practice: an acknowledgment always fits.
    pub fn ack(&mut self, seq: u16) -> Result<(), DecodeError> {
        self.encode(FromPump::Ack.kind(), seq, |_| {})
    }

    /// Encodes a refusal.
    ///
    /// # Errors
    ///
    /// None in practice: a refusal always fits.
    pub fn refused(&mut self, seq: u16, refusal: Refusal) -> Result<(), DecodeError> {
        self.encode(FromPump::Refused(refusal).kind(), seq, |out| {
            out.u8(refusal as u8);
        })
    }

    /// Encodes a Hello.
    ///
    /// # Errors
    ///
    /// None in practice: Hello always fits.
    pub fn hello(&mut self, seq: u16, hello: &Hello) -> Result<(), DecodeError> {
        self.encode(FromPump::Hello(*hello).kind(), seq, |out| {
            hello.encode(out);
        })
    }

    /// Encodes a Reaction.
    ///
    /// # Errors
    ///
    /// [`DecodeError::LengthOutOfRange`] if it exceeds [`FRAME_MAX`].
    pub fn reaction(&mut self, seq: u16, reaction: &Reaction) -> Result<(), DecodeError> {
        self.encode(FromPump::Reaction.kind(), seq, |out| {
            FromPump::Reaction.encode(reaction, out);
        })
    }

    fn encode(
        &mut self,
        kind: u8,
        seq: u16,
        body: impl FnOnce(&mut Writer<'_>),
    ) -> Result<(), DecodeError> {
        let mut frame = [0; FRAME_MAX];
        let mut out = Writer::new(&mut frame);
        out.u8(kind);
        out.u16(seq);
        body(&mut out);
        let len = out.finish()?;
        let too_long = DecodeError::LengthOutOfRange {
            len: len + CHECKSUM_LEN,
            max: FRAME_MAX,
        };
        let sum = checksum(frame.get(..len).unwrap_or(&[])).to_le_bytes();
        let end = len + CHECKSUM_LEN;
        frame
            .get_mut(len..end)
            .ok_or(too_long)?
            .copy_from_slice(&sum);
        let plain = frame.get(..end).unwrap_or(&[]);
        let cobs_len = cobs::try_encode(plain, &mut self.bytes).map_err(|_| too_long)?;
        *self.bytes.get_mut(cobs_len).ok_or(too_long)? = 0;
        self.len = cobs_len + 1;
        Ok(())
    }
}

impl Default for Encoded {
    fn default() -> Self {
        Self::new()
    }
}

/// Collects bytes until a delimiter, then checks and decodes the frame.
///
/// Garbage ends at the next delimiter: at most one good frame is lost with it, and the sender
/// repeats that frame. A frame longer than [`ENCODED_MAX`], or than [`FRAME_MAX`] after decoding,
/// is dropped as a whole.
#[derive(Clone, Debug)]
pub struct Decoder {
    len: usize,
    overflowed: bool,
    bytes: [u8; ENCODED_MAX],
}

/// A frame with a correct checksum; its body is not decoded yet.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Message type.
    pub kind: u8,
    /// Sequence number.
    pub seq: u16,
    /// Body.
    pub body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Whether this is the pump's report of a broken frame. Its number then has no meaning.
    #[must_use]
    pub fn says_unreadable(&self) -> bool {
        self.kind == FromPump::Refused(Refusal::Unreadable).kind()
            && self.body == [Refusal::Unreadable as u8]
    }

    /// Decodes it as a message to the pump.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the body does not conform to the contract.
    pub fn to_pump(&self) -> Result<ToPump<'a>, DecodeError> {
        ToPump::decode(self.kind, self.body)
    }

    /// Decodes it as a message from the pump; a Reaction goes into `reaction`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the body does not conform to the contract.
    pub fn from_pump(&self, reaction: &mut Reaction) -> Result<FromPump, DecodeError> {
        FromPump::decode(self.kind, self.body, reaction)
    }
}

impl Decoder {
    /// A decoder that has received nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            len: 0,
            overflowed: false,
            bytes: [0; ENCODED_MAX],
        }
    }

    /// Discards a partly received frame.
    pub const fn clear(&mut self) {
        self.len = 0;
        self.overflowed = false;
    }

    /// Whether a frame has begun and not ended.
    #[must_use]
    pub const fn is_mid_frame(&self) -> bool {
        self.len > 0 || self.overflowed
    }

    /// Takes one byte. `None`: frame incomplete. Empty frames (two delimiters in a row) are
    /// skipped.
    pub fn push(&mut self, byte: u8) -> Option<Result<Frame<'_>, DecodeError>> {
        if byte != 0 {
            match self.bytes.get_mut(self.len) {
                Some(room) => {
                    *room = byte;
                    self.len += 1;
                }
                None => self.overflowed = true,
            }
            return None;
        }
        let (len, overflowed) = (self.len, self.overflowed);
        self.clear();
        if overflowed {
            let error = DecodeError::LengthOutOfRange {
                len: ENCODED_MAX + 1,
                max: ENCODED_MAX,
            };
            return Some(Err(error));
        }
        if len == 0 {
            return None;
        }
        Some(self.open(len))
    }

    fn open(&mut self, len: usize) -> Result<Frame<'_>, DecodeError> {
        let encoded = self.bytes.get_mut(..len).unwrap_or(&mut []);
        let report = cobs::decode_in_place(encoded).map_err(|_| DecodeError::NotCobs)?;
        let plain = self.bytes.get(..report).unwrap_or(&[]);
        if plain.len() > FRAME_MAX {
            return Err(DecodeError::LengthOutOfRange {
                len: plain.len(),
                max: FRAME_MAX,
            });
        }
        let needed = HEADER_LEN + CHECKSUM_LEN;
        let (rest, sum) =
            plain
                .split_last_chunk::<CHECKSUM_LEN>()
                .ok_or(DecodeError::TooShort {
                    needed,
                    left: plain.len(),
                })?;
        let (header, body) =
            rest.split_first_chunk::<HEADER_LEN>()
                .ok_or(DecodeError::TooShort {
                    needed,
                    left: plain.len(),
                })?;
        let (computed, found) = (checksum(rest), u32::from_le_bytes(*sum));
        if computed != found {
            return Err(DecodeError::BadChecksum { computed, found });
        }
        let [kind, seq_low, seq_high] = *header;
        Ok(Frame {
            kind,
            seq: u16::from_le_bytes([seq_low, seq_high]),
            body,
        })
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}
