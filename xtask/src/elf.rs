//! Just enough of ELF32 to tell an image's sizes and its GNU build id.

const ALLOCATED: u32 = 1 << 1;
const WRITABLE: u32 = 1;
const NOBITS: u32 = 8;

/// One section header.
#[derive(Clone, Copy, Debug)]
struct Section {
    name: u32,
    kind: u32,
    flags: u32,
    offset: usize,
    size: usize,
}

/// A little-endian 32-bit ELF file.
#[derive(Debug)]
pub(crate) struct Elf<'a> {
    bytes: &'a [u8],
    sections: Vec<Section>,
    names: Section,
}

/// Unit: byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) text: usize,
    pub(crate) data: usize,
    pub(crate) bss: usize,
}

impl<'a> Elf<'a> {
    /// Reads the section headers.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        if bytes.get(..6)? != b"\x7fELF\x01\x01" {
            return None;
        }
        let table = word(bytes, 32)? as usize;
        let count = usize::from(half(bytes, 48)?);
        let names_at = usize::from(half(bytes, 50)?);
        let sections = (0..count)
            .map(|index| section(bytes, table + index * 40))
            .collect::<Option<Vec<_>>>()?;
        let names = *sections.get(names_at)?;
        Some(Self {
            bytes,
            sections,
            names,
        })
    }

    /// What takes room on the chip.
    pub(crate) fn sizes(&self) -> Sizes {
        let mut sizes = Sizes::default();
        for section in &self.sections {
            if section.flags & ALLOCATED == 0 {
                continue;
            }
            if section.flags & WRITABLE == 0 {
                sizes.text += section.size;
            } else if section.kind == NOBITS {
                sizes.bss += section.size;
            } else {
                sizes.data += section.size;
            }
        }
        sizes
    }

    /// The build id in hexadecimal digits.
    pub(crate) fn build_id(&self) -> Option<String> {
        let note = self
            .sections
            .iter()
            .find(|section| self.is_named(section, b".note.gnu.build-id\0"))?;
        let content = self.bytes.get(note.offset..note.offset + note.size)?;
        // Three words and the padded name `GNU` come before the hash.
        let hash = content.get(16..36)?;
        Some(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn is_named(&self, section: &Section, name: &[u8]) -> bool {
        let start = self.names.offset + section.name as usize;
        self.bytes.get(start..start + name.len()) == Some(name)
    }
}

fn section(bytes: &[u8], at: usize) -> Option<Section> {
    Some(Section {
        name: word(bytes, at)?,
        kind: word(bytes, at + 4)?,
        flags: word(bytes, at + 8)?,
        offset: word(bytes, at + 16)? as usize,
        size: word(bytes, at + 20)? as usize,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}
