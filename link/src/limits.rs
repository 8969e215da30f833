//! Limits of the contract.

/// Version of the contract that this crate speaks. Both sides refuse any other.
pub const CONTRACT_VERSION: u16 = 1;

/// Size of the simulated non-volatile memory. Unit: byte.
///
/// Room for two prescription banks, a bolus journal and a log of more than 1000 entries.
pub const NVM_LEN: usize = 32 * 1024;

/// Longest chunk of the memory image in one [`crate::message::ToPump::NvmChunk`]. Unit: byte.
pub const NVM_CHUNK_MAX: usize = 192;

/// Most writes to the non-volatile memory in one Reaction.
pub const NVM_WRITES_MAX: usize = 8;

/// Most bytes written to the non-volatile memory in one Reaction, over all writes. Unit: byte.
pub const NVM_BYTES_MAX: usize = 384;

/// Longest telemetry packet in a Stimulus or Reaction. Unit: byte.
pub const TELEMETRY_MAX: usize = 240;

/// Longest frame before COBS, checksum included. Unit: byte.
pub const FRAME_MAX: usize = 768;

/// Longest frame on the wire: COBS adds one byte per 254 plus one, the delimiter adds one.
pub const ENCODED_MAX: usize = FRAME_MAX + FRAME_MAX / 254 + 2;

/// Bytes that a frame adds to a message's body: type, sequence number, checksum. Unit: byte.
const FRAME_OVERHEAD: usize = 1 + 2 + 4;

/// Fields of a Reaction before its memory writes. Unit: byte.
const REACTION_FIXED: usize = 1 + 1 + 1 + 2 + 8 + 4 + 4 + 4 + 4 + 2;

/// The longest Reaction: all writes, all their bytes, and the longest packet. Unit: byte.
const REACTION_MAX: usize =
    REACTION_FIXED + 1 + NVM_WRITES_MAX * 3 + NVM_BYTES_MAX + 1 + TELEMETRY_MAX;

/// The longest Stimulus. Unit: byte.
const STIMULUS_MAX: usize = 1 + 1 + 8 + 2 + 2 + 2 + 4 + 4 + 1 + 1 + TELEMETRY_MAX;

// Every message that its types can hold fits a frame, so encoding cannot fail; lengths and counts
// that are one byte on the wire fit a byte; every memory address has a 16-bit offset.
const _: () = {
    assert!(REACTION_MAX + FRAME_OVERHEAD <= FRAME_MAX);
    assert!(STIMULUS_MAX + FRAME_OVERHEAD <= FRAME_MAX);
    assert!(2 + NVM_CHUNK_MAX + FRAME_OVERHEAD <= FRAME_MAX);
    assert!(cobs::max_encoding_length(FRAME_MAX) < ENCODED_MAX);
    assert!(TELEMETRY_MAX <= u8::MAX as usize);
    assert!(NVM_WRITES_MAX <= u8::MAX as usize);
    assert!(NVM_LEN <= u16::MAX as usize + 1);
};
