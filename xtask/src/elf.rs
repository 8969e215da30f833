//! A minimal ELF32 reader: an image's use of flash and RAM, and bytes in it.

use std::ops::Range;

const ALLOCATED: u32 = 1 << 1;
const EXECUTABLE: u32 = 1 << 2;
const SYMBOLS: u32 = 2;
const NOBITS: u32 = 8;
const LOADED: u32 = 1;

const SECTION_LEN: usize = 40;
const SEGMENT_LEN: usize = 32;
const SYMBOL_LEN: usize = 16;

/// Start of RAM in the memory map of every Cortex-M, Arm DDI 0403E B3.1; flash is below it.
const RAM_START: u32 = 0x2000_0000;

/// A little-endian 32-bit ELF file.
#[derive(Debug)]
pub(crate) struct Image<'a> {
    bytes: &'a [u8],
    sections: Vec<Section>,
    segments: Vec<Segment>,
}

/// A section. Unit: byte.
#[derive(Debug)]
struct Section {
    name: String,
    kind: u32,
    flags: u32,
    address: u32,
    offset: usize,
    size: usize,
    link: usize,
}

/// A segment that is loaded, from bytes of the file to an address. Unit: byte.
#[derive(Debug)]
struct Segment {
    offset: usize,
    address: u32,
    size: usize,
}

impl<'a> Image<'a> {
    /// Reads the headers; `None` if it is not such a file.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        if bytes.get(..6)? != b"\x7fELF\x01\x01" {
            return None;
        }
        let segments = (0..half(bytes, 44)?)
            .map(|index| Some(at(bytes, 28)? + index * SEGMENT_LEN))
            .map(|header| Segment::read(bytes, header?))
            .collect::<Option<Vec<_>>>()?;
        let table = at(bytes, 32)?;
        let names = at(bytes, table + half(bytes, 50)? * SECTION_LEN + 16)?;
        let sections = (0..half(bytes, 48)?)
            .map(|index| Section::read(bytes, table + index * SECTION_LEN, names))
            .collect::<Option<Vec<_>>>()?;
        Some(Self {
            bytes,
            sections,
            segments: segments.into_iter().flatten().collect(),
        })
    }

    /// Use of flash: code and constants, then the initial content of RAM. Unit: byte.
    pub(crate) fn flash(&self) -> (usize, usize) {
        let size =
            |in_ram| self.size(|section| section.is_in_ram() == in_ram && section.kind != NOBITS);
        (size(false), size(true))
    }

    /// Use of RAM, without the stack. Unit: byte.
    pub(crate) fn ram(&self) -> usize {
        self.size(Section::is_in_ram)
    }

    fn size(&self, of: impl Fn(&Section) -> bool) -> usize {
        let on_chip = self
            .sections
            .iter()
            .filter(|section| section.flags & ALLOCATED != 0);
        on_chip
            .filter(|section| of(section))
            .map(|section| section.size)
            .sum()
    }

    /// The range of a section's bytes in the file.
    pub(crate) fn section(&self, name: &str) -> Option<Range<usize>> {
        let section = self.sections.iter().find(|section| section.name == name)?;
        Some(section.offset..section.offset + section.size)
    }

    /// The bytes loaded to an address.
    pub(crate) fn loaded(&self, address: u32, len: usize) -> Option<&'a [u8]> {
        self.segments.iter().find_map(|segment| {
            let start = usize::try_from(address.checked_sub(segment.address)?).ok()?;
            let is_inside = start.checked_add(len)? <= segment.size;
            let bytes = self.bytes.get(segment.offset + start..)?;
            is_inside.then(|| bytes.get(..len))?
        })
    }

    /// The sections with instructions: start of each, and its bytes.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &'a [u8])> {
        let holds_code = |section: &&Section| {
            let wanted = ALLOCATED | EXECUTABLE;
            section.flags & wanted == wanted && section.kind != NOBITS
        };
        self.sections.iter().filter(holds_code).map(|section| {
            let bytes = self
                .bytes
                .get(section.offset..section.offset + section.size);
            (section.address as usize, bytes.unwrap_or_default())
        })
    }

    /// The GNU build id, in hexadecimal digits.
    pub(crate) fn build_id(&self) -> Option<String> {
        // Three words and the padded name `GNU` come before the hash.
        let note = self.bytes.get(self.section(".note.gnu.build-id")?)?;
        let hash = note.get(16..36)?;
        Some(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Value and size of the first symbol with a matching name.
    pub(crate) fn symbol(&self, fits: impl Fn(&str) -> bool) -> Option<(usize, usize)> {
        self.symbols()
            .find(|(name, _, _)| fits(name))
            .map(|(_, value, size)| (value, size))
    }

    /// Name, value and size of every symbol, in the order of the file; none if it was stripped.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = (String, usize, usize)> {
        let table = self.sections.iter().find(|section| section.kind == SYMBOLS);
        let entries = table.map_or(0..0, |table| table.offset..table.offset + table.size);
        let names = table.and_then(|table| self.sections.get(table.link));
        let names = names.map_or(0, |section| section.offset);
        entries.step_by(SYMBOL_LEN).filter_map(move |entry| {
            let name = name(self.bytes, entry, names)?;
            Some((name, at(self.bytes, entry + 4)?, at(self.bytes, entry + 8)?))
        })
    }
}

impl Section {
    fn read(bytes: &[u8], header: usize, names: usize) -> Option<Self> {
        Some(Self {
            name: name(bytes, header, names)?,
            kind: word(bytes, header + 4)?,
            flags: word(bytes, header + 8)?,
            address: word(bytes, header + 12)?,
            offset: at(bytes, header + 16)?,
            size: at(bytes, header + 20)?,
            link: at(bytes, header + 24)?,
        })
    }

    const fn is_in_ram(&self) -> bool {
        self.address >= RAM_START
    }
}

impl Segment {
    /// `Some(None)` for a segment that is not loaded.
    fn read(bytes: &[u8], header: usize) -> Option<Option<Self>> {
        let is_loaded = word(bytes, header)? == LOADED;
        let segment = Self {
            offset: at(bytes, header + 4)?,
            address: word(bytes, header + 12)?,
            size: at(bytes, header + 16)?,
        };
        Some(is_loaded.then_some(segment))
    }
}

/// The name that the word at `entry` points to.
fn name(bytes: &[u8], entry: usize, names: usize) -> Option<String> {
    let name = bytes.get(names + at(bytes, entry)?..)?;
    let name = name.split(|&byte| byte == 0).next()?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// A word, as it is in the file.
pub(crate) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}

/// A word that is a length or an offset.
fn at(bytes: &[u8], place: usize) -> Option<usize> {
    usize::try_from(word(bytes, place)?).ok()
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    let half = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_le_bytes(half).into())
}
