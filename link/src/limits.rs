//! Every bound of the contract, by name.

/// Version of the contract that this crate speaks. Both sides refuse any other.
pub const CONTRACT_VERSION: u16 = 1;

/// Size of the simulated non-volatile memory. Unit: byte.
///
/// Room for two prescription banks, a bolus journal and a log of more than 1000 entries.
pub const NVM_LEN: usize = 32 * 1024;

/// Longest piece of the memory image in one [`crate::message::ToPump::NvmChunk`]. Unit: byte.
pub const NVM_CHUNK_MAX: usize = 192;

/// Most writes to the non-volatile memory in one Reaction.
pub const NVM_WRITES_MAX: usize = 8;

/// Most bytes written to the non-volatile memory in one Reaction, all writes together. Unit: byte.
pub const NVM_BYTES_MAX: usize = 384;

/// Longest telemetry packet in a Stimulus or Reaction. Unit: byte.
pub const TELEMETRY_MAX: usize = 240;

/// Longest frame before COBS, checksum included. Unit: byte.
pub const FRAME_MAX: usize = 768;

/// Longest frame on the wire: COBS adds one byte in 254 and one, the delimiter adds one.
pub const ENCODED_MAX: usize = FRAME_MAX + FRAME_MAX / 254 + 2;
