//! The pump's external memory: bytes that survive a reset.
//!
//! It has no knowledge of records or checksums. Erased bytes read `0xFF`. A write replaces bytes,
//! as in FRAM; page erase is not modeled.
//!
//! Source: pump.md 4.7 and catalog 39: power cut at the k-th byte of a write.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

/// A memory of a fixed number of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nvm {
    bytes: Vec<u8>,
}

/// An access outside the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NvmOutOfBounds {
    /// Start of the access. Unit: bytes.
    pub offset: usize,
    /// Length of the access. Unit: bytes.
    pub len: usize,
    /// Size of the memory. Unit: bytes.
    pub size: usize,
}

impl fmt::Display for NvmOutOfBounds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, len, size } = self;
        write!(
            out,
            "{len} bytes at {offset} do not fit a memory of {size} bytes"
        )
    }
}

impl core::error::Error for NvmOutOfBounds {}

impl Nvm {
    /// An erased memory of `size` bytes.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self {
            bytes: vec![0xFF; size],
        }
    }

    /// All bytes, as passed to a pump at boot.
    #[must_use]
    pub fn image(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes all of `bytes` at `offset`.
    ///
    /// # Errors
    ///
    /// [`NvmOutOfBounds`] if they do not fit; nothing is written then.
    pub fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), NvmOutOfBounds> {
        self.write_torn(offset, bytes, bytes.len())
    }

    /// Writes only the first `keep` of `bytes`, as when power fails during a write.
    ///
    /// # Errors
    ///
    /// [`NvmOutOfBounds`] if all of `bytes` would not fit; nothing is written then.
    pub fn write_torn(
        &mut self,
        offset: usize,
        bytes: &[u8],
        keep: usize,
    ) -> Result<(), NvmOutOfBounds> {
        let size = self.bytes.len();
        let error = NvmOutOfBounds {
            offset,
            len: bytes.len(),
            size,
        };
        let end = offset.checked_add(bytes.len()).ok_or(error)?;
        let place = self.bytes.get_mut(offset..end).ok_or(error)?;
        for (kept, byte) in place.iter_mut().zip(bytes).take(keep) {
            *kept = *byte;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_write_keeps_its_first_bytes_only() {
        let mut nvm = Nvm::new(4);
        nvm.write(0, &[1, 2, 3, 4]).unwrap();
        nvm.write_torn(1, &[7, 8, 9], 2).unwrap();
        assert_eq!(nvm.image(), &[1, 7, 8, 4]);
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut nvm = Nvm::new(4);
        let error = nvm.write(2, &[1, 2, 3]).unwrap_err();
        assert_eq!(
            error,
            NvmOutOfBounds {
                offset: 2,
                len: 3,
                size: 4
            }
        );
        assert!(nvm.write(usize::MAX, &[1]).is_err());
        assert_eq!(nvm.image(), &[0xFF; 4]);
    }
}
