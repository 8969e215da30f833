//! Seals an image: writes the checksum of its flash content into the place reserved by the linker,
//! where the image compares it at each start (REQ-POST-006).
//!
//! The rest of the file is unchanged: build id, symbols and debug information are as linked.

use crate::elf::{Image, word};

/// The checksum, then start and length of each piece: `firmware/image.x`.
const SECTION: &str = ".flash_checksum";
const SEAL_LEN: usize = 4;
const PIECE_LEN: usize = 8;

/// Writes the checksum of the pieces' checksums, and returns it.
///
/// # Errors
///
/// A sentence, if the file has no place for it, or has bytes in flash that it would not cover.
pub(crate) fn seal(bytes: &mut [u8]) -> Result<u32, String> {
    let image = Image::parse(bytes).ok_or("it is not a 32-bit ELF file")?;
    let place = image
        .section(SECTION)
        .ok_or(format!("it has no section {SECTION}"))?;
    let table = bytes.get(place.clone()).unwrap_or_default();
    let mut sums = Vec::new();
    let mut covered = SEAL_LEN;
    for entry in (SEAL_LEN..table.len()).step_by(PIECE_LEN) {
        let (Some(start), Some(len)) = (word(table, entry), word(table, entry + 4)) else {
            return Err(format!("{SECTION} ends within a piece"));
        };
        let piece = usize::try_from(len)
            .ok()
            .and_then(|len| image.loaded(start, len))
            .ok_or(format!("no segment loads {len} bytes at {start:#010x}"))?;
        covered += piece.len();
        sums.extend(checksum(piece).to_le_bytes());
    }
    let (constant, initial) = image.flash();
    if covered != constant + initial {
        return Err(format!(
            "{SECTION} covers {covered} bytes, but {} are in flash",
            constant + initial
        ));
    }
    let sum = checksum(&sums);
    let seal = bytes.get_mut(place.start..place.start + SEAL_LEN);
    seal.ok_or(format!("{SECTION} has no room"))?
        .copy_from_slice(&sum.to_le_bytes());
    Ok(sum)
}

/// CRC-32/ISO-HDLC, as in the contract: this task does not depend on our crates.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            let poly = if sum & 1 == 1 { 0xedb8_8320 } else { 0 };
            sum >> 1 ^ poly
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of one segment at 0x08000000: `code`, then the section with these words.
    fn image(code: &[u8], section: &[u32]) -> Vec<u8> {
        const HEADERS: usize = 52 + 32;
        let table: Vec<u8> = section.iter().flat_map(|word| word.to_le_bytes()).collect();
        let names = b"\0.text\0.flash_checksum\0.names\0";
        let content = [code, &table].concat();
        let (names_at, table_at) = (HEADERS + content.len(), HEADERS + code.len());
        let sections_at = names_at + names.len();
        let mut bytes = b"\x7fELF\x01\x01\x01".to_vec();
        bytes.resize(16, 0);
        bytes.extend([2, 0, 40, 0]);
        push(&mut bytes, &[1, 0, 52, sections_at, 0]);
        // Lengths of header and program header, one of the latter; four section headers.
        bytes.extend([52, 0, 32, 0, 1, 0, 40, 0, 4, 0, 3, 0]);
        let len = content.len();
        push(&mut bytes, &[1, HEADERS, 0, 0x0800_0000, len, len, 5, 4]);
        bytes.extend(content);
        bytes.extend(names);
        push(&mut bytes, &[0; 10]);
        push(&mut bytes, &[1, 1, 2, 0, HEADERS, code.len(), 0, 0, 4, 0]);
        push(&mut bytes, &[7, 1, 2, 0, table_at, table.len(), 0, 0, 4, 0]);
        push(
            &mut bytes,
            &[23, 3, 0, 0, names_at, names.len(), 0, 0, 1, 0],
        );
        bytes
    }

    fn push(bytes: &mut Vec<u8>, words: &[usize]) {
        let words = words.iter().filter_map(|&word| u32::try_from(word).ok());
        bytes.extend(words.flat_map(u32::to_le_bytes));
    }

    const CODE: &[u8] = b"123456789...";
    const FLASH: u32 = 0x0800_0000;

    /// A table that covers both pieces of a file: its code and the table.
    const COVERS: [u32; 5] = [u32::MAX, FLASH, 12, FLASH + 16, 16];

    #[test]
    fn the_checksum_is_the_one_of_the_contract() {
        // Source: the check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }

    /// Verifies REQ-POST-006.
    #[test]
    fn only_the_word_that_was_left_for_it_changes() {
        let linked = image(CODE, &COVERS);
        let mut sealed = linked.clone();
        let sum = seal(&mut sealed).expect("it has a place");
        let differ: Vec<usize> = (0..linked.len())
            .filter(|&at| linked.get(at) != sealed.get(at))
            .collect();
        let place = Image::parse(&linked).and_then(|image| image.section(SECTION));
        let place = place.expect("the section is there");
        assert!(
            differ
                .iter()
                .all(|at| (place.start..place.start + 4).contains(at))
        );
        assert_eq!(word(&sealed, place.start), Some(sum));
        // The word itself is in no piece: sealing again gives the same.
        assert_eq!(seal(&mut sealed), Ok(sum));
    }

    /// Verifies REQ-POST-006.
    #[test]
    fn each_bit_that_is_covered_counts() {
        let linked = image(CODE, &COVERS);
        let sum = seal(&mut linked.clone()).expect("it has a place");
        let code = Image::parse(&linked).and_then(|image| image.section(".text"));
        for at in code.expect("the section is there") {
            for bit in 0..8 {
                let mut flipped = linked.clone();
                if let Some(byte) = flipped.get_mut(at) {
                    *byte ^= 1 << bit;
                }
                assert_ne!(seal(&mut flipped), Ok(sum), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn what_it_would_not_cover_is_refused() {
        for (section, says) in [
            (&[u32::MAX, FLASH, 12][..], "but 24 are in flash"),
            (&[u32::MAX, FLASH, 12, FLASH + 16], "ends within a piece"),
            (&[u32::MAX, FLASH, 99], "no segment loads 99 bytes"),
            (&[u32::MAX, FLASH - 4, 12], "no segment loads 12 bytes"),
        ] {
            let error = seal(&mut image(CODE, section)).expect_err(says);
            assert!(error.contains(says), "{error}");
        }
        let mut other = b"no ELF file".to_vec();
        assert!(seal(&mut other).is_err());
    }
}
