//! Firmware image: checks that it fits this pump, and reads its build id.

use crate::fields::field_of;
use object::{Architecture, Object, ObjectSection, ObjectSegment, ObjectSymbol, SymbolKind};
use std::fmt;
use std::path::{Path, PathBuf};
use thecal_engine::bench::{BenchError, BuildId};
use thecal_link::Hello;
use thecal_plan::Place;

/// Start of the STM32F405's flash and its vector table.
const FLASH_START: u64 = 0x0800_0000;

/// Start of the next memory.
const FLASH_END: u64 = 0x1000_0000;

/// The section with the linker's build id: three words, the name `GNU`, the SHA-1.
const BUILD_ID_SECTION: &str = ".note.gnu.build-id";
const BUILD_ID_OFFSET: u64 = 16;

/// Symbol of the control block of SEGGER's Real-Time Transfer.
const RTT_SYMBOL: &str = "_SEGGER_RTT";

/// Symbol of a word in flash that holds the number of the interrupt that wakes the core.
const DOORBELL_SYMBOL: &str = "THECAL_DOORBELL";

/// A firmware image that can be started or flashed.
#[derive(Clone, Debug)]
pub struct Image {
    path: PathBuf,
    build_id: BuildId,
    build_id_at: Option<u64>,
    rtt: Option<u64>,
    doorbell: Option<u32>,
}

impl Image {
    /// Reads an ELF file's headers.
    ///
    /// # Errors
    ///
    /// [`BenchError::MissingImage`]; [`BenchError::BadImage`] if it is not an ELF file for ARM,
    /// loads nothing at the start of flash, or has no build id that fits Hello.
    pub fn open(path: &Path) -> Result<Self, BenchError> {
        let bad = |reason: String| BenchError::BadImage {
            path: path.to_owned(),
            reason,
        };
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => BenchError::MissingImage {
                path: path.to_owned(),
            },
            _ => bad(error.to_string()),
        })?;
        let file = object::File::parse(bytes.as_slice()).map_err(|error| bad(error.to_string()))?;
        if file.architecture() != Architecture::Arm {
            return Err(bad(format!(
                "it is built for {:?}, not for ARM; build it with `cargo xtask firmware`",
                file.architecture()
            )));
        }
        if !file
            .segments()
            .any(|segment| segment.address() == FLASH_START && segment.size() > 0)
        {
            return Err(bad(format!(
                "it loads nothing at {FLASH_START:#010x}; is it linked for the STM32F405?"
            )));
        }
        let build_id = file
            .build_id()
            .map_err(|error| bad(error.to_string()))?
            .ok_or_else(|| bad("it has no build id; link it with --build-id=sha1".into()))?;
        let build_id = build_id.try_into().map_err(|_| {
            bad(format!(
                "its build id has {} bytes, the contract carries 20; link it with --build-id=sha1",
                build_id.len()
            ))
        })?;
        let note = file.section_by_name(BUILD_ID_SECTION);
        let address = |name| {
            let symbol = file.symbol_by_name(name)?;
            Some(symbol.address())
        };
        Ok(Self {
            path: path.to_owned(),
            build_id: BuildId(build_id),
            build_id_at: note.map(|note| note.address() + BUILD_ID_OFFSET),
            rtt: address(RTT_SYMBOL),
            doorbell: address(DOORBELL_SYMBOL).and_then(|at| word(&file, at)),
        })
    }

    /// Address of the build id in the running image; `None` if it is not loaded.
    #[must_use]
    pub const fn build_id_address(&self) -> Option<u64> {
        self.build_id_at
    }

    /// Address of the control block of its Real-Time Transfer channels; `None` if it has none.
    #[must_use]
    pub const fn rtt_address(&self) -> Option<u64> {
        self.rtt
    }

    /// The interrupt that wakes the core; `None` if the image names none.
    #[must_use]
    pub const fn doorbell(&self) -> Option<u32> {
        self.doorbell
    }

    /// Content of flash: address and bytes of each piece.
    ///
    /// # Errors
    ///
    /// [`BenchError::BadImage`] if the file has changed since it was opened and cannot be read.
    pub(crate) fn pieces(&self) -> Result<Vec<(u64, Vec<u8>)>, BenchError> {
        let bytes = self.read()?;
        let file = self.parse(&bytes)?;
        let mut pieces = Vec::new();
        for section in file.sections() {
            let Some(address) = load_address(&file, &section) else {
                continue;
            };
            let data = section.data().map_err(|error| self.bad(error))?;
            pieces.push((address, data.to_owned()));
        }
        Ok(pieces)
    }

    /// Address of a place, given by one symbol.
    ///
    /// # Errors
    ///
    /// [`BenchError::BadImage`]; [`BenchError::NoSuchPlace`] with similar symbols.
    pub fn address_of(&self, place: &Place) -> Result<u64, BenchError> {
        let bytes = self.read()?;
        let file = self.parse(&bytes)?;
        let mut found = Vec::new();
        for symbol in file.symbols() {
            let (Ok(name), true) = (symbol.name(), symbol.is_definition()) else {
                continue;
            };
            let plain = format!("{:#}", rustc_demangle::demangle(name));
            if name == place.symbol || ends_with_path(&plain, &place.symbol) {
                // A function's address has its lowest bit set: it is Thumb code.
                let thumb = u64::from(symbol.kind() == SymbolKind::Text);
                found.push((plain, symbol.address() & !thumb, symbol.size()));
            }
        }
        found.sort();
        found.dedup_by_key(|(_, address, _)| *address);
        let reason = match found.as_slice() {
            [(_, address, size)] if u64::from(place.offset) < *size => {
                return Ok(address + u64::from(place.offset));
            }
            [(name, _, size)] => format!("{name} has {size} bytes"),
            [] => "the image has no such symbol".to_owned(),
            several => {
                let names: Vec<&str> = several.iter().map(|(name, ..)| name.as_str()).collect();
                format!("several symbols end so: {}", names.join(", "))
            }
        };
        Err(self.no_such_place(place, reason))
    }

    /// The byte in which a bit of a field lies, and which of its bits it is.
    ///
    /// # Errors
    ///
    /// As [`Self::address_of`]; [`BenchError::NoSuchField`] where the debug information has no such field, or
    /// the field no such bit.
    pub(crate) fn bit_of(&self, place: &Place, bit: u8) -> Result<(u64, u8), BenchError> {
        let start = self.address_of(place)?;
        let Some(field) = &place.field else {
            return Ok((start, bit & 7));
        };
        let none = |reason| BenchError::NoSuchField {
            field: format!("{}.{field}", place.symbol),
            bit,
            reason,
        };
        let bytes = self.read()?;
        let file = self.parse(&bytes)?;
        let found = field_of(&file, start, field).map_err(none)?;
        if u64::from(bit) >= found.size * 8 {
            return Err(none(format!("it has {} bits", found.size * 8)));
        }
        // The chip is little-endian: the lowest bits come first.
        Ok((start + found.offset + u64::from(bit / 8), bit % 8))
    }

    /// As [`Self::address_of`], for a place in flash.
    ///
    /// # Errors
    ///
    /// [`BenchError::BadImage`]; [`BenchError::NoSuchPlace`], also for a place in RAM.
    pub(crate) fn flash_address_of(&self, place: &Place) -> Result<u64, BenchError> {
        let address = self.address_of(place)?;
        if (FLASH_START..FLASH_END).contains(&address) {
            return Ok(address);
        }
        Err(self.no_such_place(place, "it is in RAM, not in flash".to_owned()))
    }

    fn no_such_place(&self, place: &Place, reason: String) -> BenchError {
        BenchError::NoSuchPlace {
            symbol: place.symbol.clone(),
            offset: place.offset,
            path: self.path.clone(),
            reason,
        }
    }

    fn read(&self) -> Result<Vec<u8>, BenchError> {
        std::fs::read(&self.path).map_err(|error| self.bad(error))
    }

    fn parse<'a>(&self, bytes: &'a [u8]) -> Result<object::File<'a>, BenchError> {
        object::File::parse(bytes).map_err(|error| self.bad(error))
    }

    fn bad(&self, reason: impl fmt::Display) -> BenchError {
        BenchError::BadImage {
            path: self.path.clone(),
            reason: reason.to_string(),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its build id.
    #[must_use]
    pub const fn build_id(&self) -> BuildId {
        self.build_id
    }

    /// Checks that the pump that answers runs this image.
    ///
    /// # Errors
    ///
    /// [`BenchError::OtherBuild`] if it does not.
    pub fn check(&self, hello: &Hello) -> Result<(), BenchError> {
        let found = BuildId(hello.build_id);
        if found == self.build_id {
            return Ok(());
        }
        Err(BenchError::OtherBuild {
            path: self.path.clone(),
            expected: self.build_id.to_string(),
            found: found.to_string(),
        })
    }
}

/// Whether `path` ends with `tail`, at a boundary between components.
fn ends_with_path(path: &str, tail: &str) -> bool {
    path.strip_suffix(tail)
        .is_some_and(|head| head.is_empty() || head.ends_with("::"))
}

/// The word at an address, if a section of the file contains it.
fn word(file: &object::File<'_>, at: u64) -> Option<u32> {
    let bytes = file
        .sections()
        .find_map(|section| section.data_range(at, 4).ok().flatten())?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// Address of a section in flash; `None` if it is not loaded.
///
/// Initial values of RAM are loaded from flash: their address is that of the segment which holds
/// their bytes in the file.
fn load_address(file: &object::File<'_>, section: &object::Section<'_, '_>) -> Option<u64> {
    let (offset, size) = section.file_range().filter(|&(_, size)| size > 0)?;
    let object::File::Elf32(elf) = file else {
        return None;
    };
    let endian = elf.endian();
    elf.elf_program_headers().iter().find_map(|header| {
        use object::read::elf::ProgramHeader as _;
        let (start, len) = header.file_range(endian);
        let inside = header.p_type(endian) == object::elf::PT_LOAD
            && offset >= start
            && offset + size <= start + len;
        inside.then(|| u64::from(header.p_paddr(endian)) + offset - start)
    })
}

/// Where `cargo xtask firmware` writes the image: below the build folder of this binary, else below
/// the working directory.
#[must_use]
pub fn default_image() -> PathBuf {
    const IMAGE: &str = "firmware/thecal-pump-stm32f405.elf";
    let beside = std::env::current_exe().ok().and_then(|exe| {
        exe.ancestors()
            .map(|folder| folder.join(IMAGE))
            .find(|path| path.is_file())
    });
    beside.unwrap_or_else(|| Path::new("target").join(IMAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_whole_parts_of_a_path() {
        assert!(ends_with_path("pump::main::PUMP", "main::PUMP"));
        assert!(ends_with_path("PUMP", "PUMP"));
        assert!(!ends_with_path("pump::main::PUMP", "UMP"));
        assert!(!ends_with_path("pump::main::PUMP", "PUM"));
    }
}
