//! Decoding errors: why bytes are not a message, with the values involved.

use core::fmt;

/// Why bytes are not a message of the contract or of the telemetry protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes end before the field at `needed`.
    TooShort {
        /// Bytes that the next field needs.
        needed: usize,
        /// Bytes left.
        left: usize,
    },
    /// Bytes are left over after the last field.
    TooLong {
        /// Number of bytes left over.
        left: usize,
    },
    /// A length field exceeds its limit.
    LengthOutOfRange {
        /// The length read.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// A field holds a value that the contract does not define.
    UnknownValue {
        /// The field.
        field: &'static str,
        /// The value read.
        value: u32,
    },
    /// The bytes are not a COBS frame.
    NotCobs,
    /// The checksum does not match.
    BadChecksum {
        /// Computed over the bytes.
        computed: u32,
        /// Found in the frame.
        found: u32,
    },
    /// The authentication tag does not match.
    BadTag,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooShort { needed, left } => {
                write!(out, "the next field needs {needed} bytes, {left} are left")
            }
            Self::TooLong { left } => write!(out, "{left} bytes follow the last field"),
            Self::LengthOutOfRange { len, max } => write!(out, "length {len} passes {max}"),
            Self::UnknownValue { field, value } => write!(out, "{field} has no value {value}"),
            Self::NotCobs => out.write_str("not a COBS frame"),
            Self::BadChecksum { computed, found } => {
                write!(
                    out,
                    "checksum is {found:08x}, the bytes give {computed:08x}"
                )
            }
            Self::BadTag => out.write_str("authentication tag does not match"),
        }
    }
}

impl core::error::Error for DecodeError {}
