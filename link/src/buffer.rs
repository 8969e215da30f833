//! Bounded byte buffers, and cursors that read and write little-endian fields.

use crate::error::DecodeError;

/// At most `N` bytes, without allocation.
#[derive(Clone, Copy)]
pub struct Bytes<const N: usize> {
    len: usize,
    data: [u8; N],
}

impl<const N: usize> Bytes<N> {
    /// No bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            len: 0,
            data: [0; N],
        }
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.data.get(..self.len).unwrap_or(&[])
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Removes all bytes.
    pub const fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends `bytes`, all or none.
    ///
    /// # Errors
    ///
    /// [`DecodeError::LengthOutOfRange`] if they do not fit.
    pub fn extend(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        let len = self.len + bytes.len();
        match self.data.get_mut(self.len..len) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len = len;
                Ok(())
            }
            None => Err(DecodeError::LengthOutOfRange { len, max: N }),
        }
    }
}

impl<const N: usize> Default for Bytes<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> PartialEq for Bytes<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<const N: usize> Eq for Bytes<N> {}

impl<const N: usize> core::fmt::Debug for Bytes<N> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(out, "{:02x?}", self.as_slice())
    }
}

/// Writes little-endian fields into a slice, and records whether one did not fit.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl<'a> Writer<'a> {
    /// Starts at the front of `out`.
    pub const fn new(out: &'a mut [u8]) -> Self {
        Self { out, at: 0 }
    }

    /// Appends raw bytes. Bytes that do not fit are counted by [`Writer::finish`], not written.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        let end = self.at + bytes.len();
        if let Some(room) = self.out.get_mut(self.at..end) {
            room.copy_from_slice(bytes);
        }
        self.at = end;
    }

    /// Appends one byte.
    #[inline]
    pub fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }

    /// Appends a 16-bit field.
    #[inline]
    pub fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    /// Appends a signed 16-bit field.
    pub(crate) fn i16(&mut self, value: i16) {
        self.bytes(&value.to_le_bytes());
    }

    /// Appends a 32-bit field.
    #[inline]
    pub fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    /// Appends a 64-bit field.
    #[inline]
    pub fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Number of bytes written.
    ///
    /// # Errors
    ///
    /// [`DecodeError::LengthOutOfRange`] if the slice was too short for them.
    pub const fn finish(self) -> Result<usize, DecodeError> {
        if self.at > self.out.len() {
            return Err(DecodeError::LengthOutOfRange {
                len: self.at,
                max: self.out.len(),
            });
        }
        Ok(self.at)
    }
}

/// Reads little-endian fields from a slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the front of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `len` raw bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooShort`] if fewer are left.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        match self.rest.split_at_checked(len) {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(head)
            }
            None => Err(DecodeError::TooShort {
                needed: len,
                left: self.rest.len(),
            }),
        }
    }

    /// The next `N` raw bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooShort`] if fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        match self.rest.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(*head)
            }
            None => Err(DecodeError::TooShort {
                needed: N,
                left: self.rest.len(),
            }),
        }
    }

    /// The next byte.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooShort`] at the end.
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// The next 16-bit field.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooShort`] at the end.
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// The next signed 16-bit field.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooShort`] at the end.
    pub(crate) fn i16(&mut self) -> Result<i16, DecodeError> {
        Ok(i16::from_le_bytes(self.array()?))
    }

    /// The next 32-bit field.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooShort`] at the end.
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// The next 64-bit field.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooShort`] at the end.
    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooLong`] if something is.
    pub const fn end(&self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::TooLong {
                left: self.rest.len(),
            })
        }
    }
}
