//! Deliberately wrong images, made by hand: an ELF file of one segment, and one with a false build
//! id.

pub(crate) use crate::reference_image::image;
use std::fs;
use std::path::{Path, PathBuf};

const FLASH: u32 = 0x0800_0000;
const HEADER_LEN: usize = 52;
const PROGRAM_HEADER_LEN: usize = 32;
const NOTE_OFFSET: usize = HEADER_LEN + 2 * PROGRAM_HEADER_LEN;
const NOTE_LEN: usize = 36;
const CODE_OFFSET: usize = NOTE_OFFSET + NOTE_LEN;

/// An image whose core runs an empty loop.
pub(crate) fn silent(dir: &Path) -> PathBuf {
    // Stack, then reset, NMI and fault handler: all `b .` behind the vectors, in Thumb.
    let handler = FLASH + 17;
    let mut code = words(&[0x2000_1000, handler, handler, handler]);
    code.extend([0xfe, 0xe7, 0xfe, 0xe7]);
    write(&dir.join("silent.elf"), &code)
}

/// An image whose core faults in its fault handler: no handler has a valid address.
pub(crate) fn locked_up(dir: &Path) -> PathBuf {
    let nowhere = 0xdead_0001;
    write(
        &dir.join("lockup.elf"),
        &words(&[0x2000_1000, nowhere, nowhere, nowhere]),
    )
}

/// A copy of an image that runs unchanged but whose headers claim another build id.
pub(crate) fn other_build(image: &Path, dir: &Path) -> PathBuf {
    let mut bytes = fs::read(image).unwrap();
    let note_end = u32::try_from(bytes.len()).unwrap();
    let (sections, section_len) = (word(&bytes, 0x20), half(&bytes, 0x2e));
    let (programs, program_len) = (word(&bytes, 0x1c), half(&bytes, 0x2a));
    // Section type 7 and segment type 4 are notes.
    for index in 0..half(&bytes, 0x30) {
        let at = sections + index * section_len;
        if word(&bytes, at + 4) == 7 {
            bytes[at + 16..at + 20].copy_from_slice(&note_end.to_le_bytes());
        }
    }
    for index in 0..half(&bytes, 0x2c) {
        let at = programs + index * program_len;
        if word(&bytes, at) == 4 {
            bytes[at + 4..at + 8].copy_from_slice(&note_end.to_le_bytes());
        }
    }
    bytes.extend(note());
    let path = dir.join("other.elf");
    fs::write(&path, bytes).unwrap();
    path
}

/// A GNU build id that no image has.
fn note() -> Vec<u8> {
    let mut note = words(&[4, 20, 3]);
    note.extend(b"GNU\0");
    note.extend([0xa5; 20]);
    note
}

fn write(path: &Path, code: &[u8]) -> PathBuf {
    let code_len = u32::try_from(code.len()).unwrap();
    let [note_offset, note_len, code_offset] =
        [NOTE_OFFSET, NOTE_LEN, CODE_OFFSET].map(|number| u32::try_from(number).unwrap());
    let mut bytes = b"\x7fELF\x01\x01\x01".to_vec();
    bytes.resize(16, 0);
    // An executable (2) for ARM (40), version 1.
    bytes.extend([2, 0, 40, 0]);
    bytes.extend(words(&[1, FLASH + 17, 52, 0, 0x0500_0000]));
    // Lengths of header and program header, two of the latter, no sections.
    bytes.extend([52, 0, 32, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    // Loaded (1) and readable, executable (5); a note (4), readable (4).
    bytes.extend(words(&[
        1,
        code_offset,
        FLASH,
        FLASH,
        code_len,
        code_len,
        5,
        4,
    ]));
    bytes.extend(words(&[4, note_offset, 0, 0, note_len, note_len, 4, 4]));
    bytes.extend(note());
    bytes.extend(code);
    fs::write(path, bytes).unwrap();
    path.to_owned()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

fn half(bytes: &[u8], at: usize) -> usize {
    u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()).into()
}
