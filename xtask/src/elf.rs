//! Just enough of ELF32 to tell an image's sizes and its GNU build id.

const ALLOCATED: u32 = 1 << 1;
const WRITABLE: u32 = 1;
const NOBITS: u32 = 8;

/// What takes room on the chip, and the build id in hexadecimal digits. Unit: byte.
#[derive(Debug, Default)]
pub(crate) struct Image {
    pub(crate) text: usize,
    pub(crate) data: usize,
    pub(crate) bss: usize,
    pub(crate) build_id: Option<String>,
}

impl Image {
    /// Reads the section headers of a little-endian 32-bit ELF file.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.get(..6)? != b"\x7fELF\x01\x01" {
            return None;
        }
        let table = word(bytes, 32)? as usize;
        let counts = word(bytes, 48)?;
        let (count, names) = ((counts & 0xffff) as usize, (counts >> 16) as usize);
        let names = word(bytes, table + names * 40 + 16)? as usize;
        let mut image = Self::default();
        for at in (0..count).map(|index| table + index * 40) {
            let name = names + word(bytes, at)? as usize;
            let (kind, flags) = (word(bytes, at + 4)?, word(bytes, at + 8)?);
            let (offset, size) = (
                word(bytes, at + 16)? as usize,
                word(bytes, at + 20)? as usize,
            );
            if flags & ALLOCATED == 0 {
                continue;
            }
            match (flags & WRITABLE, kind) {
                (0, _) => image.text += size,
                (_, NOBITS) => image.bss += size,
                _ => image.data += size,
            }
            if bytes.get(name..)?.starts_with(b".note.gnu.build-id\0") {
                // Three words and the padded name `GNU` come before the hash.
                let hash = bytes.get(offset + 16..offset + 36)?;
                image.build_id = Some(hash.iter().map(|byte| format!("{byte:02x}")).collect());
            }
        }
        Some(image)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
