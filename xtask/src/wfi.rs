//! Checks that every WFI of a linked image is at a multiple of 8 and is followed by an ISB.
//!
//! On this chip the core may crash after a WFI at an address that ends in 4 or 2
//! (`firmware/src/bin/thecal-pump-stm32f405/sleep.rs` says when). Any change of the sources may
//! move it, and no emulator shows the fault: so each build is checked.
//!
//! Instructions are distinguished from data by the mapping symbols of the Arm ELF ABI (`$t`, `$d`),
//! and from the second halves of longer ones by their lengths, Arm DDI 0403E A5.1.

use crate::elf::Image;

/// WFI in its two encodings, Arm DDI 0403E A7.7.261; the longer is two half-words.
const WFI: u16 = 0xbf30;
const WFI_WIDE: [u16; 2] = [0xf3af, 0x8003];

/// ISB SY, Arm DDI 0403E A7.7.37.
const ISB: [u16; 2] = [0xf3bf, 0x8f6f];

/// Required alignment of WFI. Unit: byte.
const ALIGNMENT: usize = 8;

/// Meaning of the bytes after a mapping symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Data,
    Arm,
    // Last: of two symbols at one address this one applies, so that no instruction is missed.
    Thumb,
}

/// An instruction: its address, and its half-words.
type Instruction<'a> = (usize, &'a [u8]);

/// Returns the address of each WFI of an image, all valid.
///
/// # Errors
///
/// A sentence, if one is invalid; if there is no WFI, or the file does not mark its instructions.
pub(crate) fn check(bytes: &[u8]) -> Result<Vec<usize>, String> {
    let image = Image::parse(bytes).ok_or("it is not a 32-bit ELF file")?;
    let marks = marks(&image);
    let mut found = Vec::new();
    for (start, code) in image.code().filter(|(_, code)| !code.is_empty()) {
        let mut instructions = instructions(start, code, &marks)?.into_iter().peekable();
        while let Some((place, instruction)) = instructions.next() {
            if !is_wfi(instruction) {
                continue;
            }
            if place % ALIGNMENT != 0 {
                return Err(format!(
                    "the WFI at {place:#010x} is not on a multiple of {ALIGNMENT}: on this chip the \
                     core may crash there. Write `.balign {ALIGNMENT}` before it"
                ));
            }
            let end = place + instruction.len();
            let next = instructions.peek();
            if !next.is_some_and(|&(at, next)| at == end && halves(next) == ISB) {
                return Err(format!(
                    "no ISB follows the WFI at {place:#010x}: on this chip the core may go on with \
                     instructions that it fetched wrongly. Write `isb` behind it"
                ));
            }
            found.push(place);
        }
    }
    if found.is_empty() {
        return Err("no WFI is in it: an image that never sleeps does not wait for its rig".into());
    }
    Ok(found)
}

/// All mapping symbols, in order of address.
fn marks(image: &Image<'_>) -> Vec<(usize, Kind)> {
    let mut marks: Vec<(usize, Kind)> = image
        .symbols()
        .filter_map(|(name, value, _)| {
            // An assembler may number them: `$t.3`.
            let kind = match name.split('.').next()? {
                "$t" => Kind::Thumb,
                "$d" => Kind::Data,
                "$a" => Kind::Arm,
                _ => return None,
            };
            Some((value, kind))
        })
        .collect();
    marks.sort_by_key(|&(address, kind)| (address, kind as u8));
    marks
}

/// The Thumb instructions of a section.
fn instructions<'a>(
    start: usize,
    code: &'a [u8],
    marks: &[(usize, Kind)],
) -> Result<Vec<Instruction<'a>>, String> {
    let end = start + code.len();
    let mine: Vec<_> = marks
        .iter()
        .filter(|(address, _)| (start..end).contains(address))
        .collect();
    if mine.first().is_none_or(|(address, _)| *address != start) {
        return Err(format!(
            "no mapping symbol says what is at {start:#010x}, so that its WFI cannot be found: link \
             without --strip-all"
        ));
    }
    let mut found = Vec::new();
    for (index, &&(from, kind)) in mine.iter().enumerate() {
        let to = mine.get(index + 1).map_or(end, |(address, _)| *address);
        let bytes = code.get(from - start..to - start).unwrap_or_default();
        match kind {
            Kind::Data => {}
            Kind::Thumb => found.extend(thumb(from, bytes)),
            Kind::Arm => {
                return Err(format!(
                    "{from:#010x} has instructions that a Cortex-M does not know"
                ));
            }
        }
    }
    Ok(found)
}

/// The instructions of a range without data.
fn thumb(from: usize, bytes: &[u8]) -> Vec<Instruction<'_>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    let mut at = from;
    while let [low, high, ..] = *rest {
        let len = if is_wide(u16::from_le_bytes([low, high])) {
            4
        } else {
            2
        };
        let (instruction, more) = rest.split_at(len.min(rest.len()));
        found.push((at, instruction));
        at += len;
        rest = more;
    }
    found
}

/// Whether an instruction has a second half, by its first.
const fn is_wide(first: u16) -> bool {
    first >> 11 >= 0b11101
}

fn is_wfi(instruction: &[u8]) -> bool {
    let halves = halves(instruction);
    halves == [WFI] || halves == WFI_WIDE
}

fn halves(instruction: &[u8]) -> Vec<u16> {
    let (halves, _) = instruction.as_chunks();
    halves.iter().copied().map(u16::from_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLASH: usize = 0x0800_0000;
    const NOP: u16 = 0xbf00;
    const CODE: &[(&str, usize)] = &[("$t", FLASH)];

    /// A file with one section of code at the start of flash, and these symbols.
    fn image(code: &[u16], symbols: &[(&str, usize)]) -> Vec<u8> {
        const HEADER: usize = 52;
        let code: Vec<u8> = code.iter().flat_map(|half| half.to_le_bytes()).collect();
        let (mut names, mut table) = (b"\0".to_vec(), vec![0; 16]);
        for (name, value) in symbols {
            push(&mut table, &[names.len(), *value, 0, 0]);
            names.extend(name.bytes().chain([0]));
        }
        let table_at = HEADER + code.len();
        let names_at = table_at + table.len();
        let sections_at = names_at + names.len();
        let mut bytes = b"\x7fELF\x01\x01\x01".to_vec();
        bytes.resize(16, 0);
        bytes.extend([2, 0, 40, 0]);
        push(&mut bytes, &[1, 0, 0, sections_at, 0]);
        bytes.extend([52, 0, 32, 0, 0, 0, 40, 0, 4, 0, 3, 0]);
        bytes.extend(code.iter().chain(&table).chain(&names));
        push(&mut bytes, &[0; 10]);
        push(
            &mut bytes,
            &[0, 1, 6, FLASH, HEADER, code.len(), 0, 0, 8, 0],
        );
        push(
            &mut bytes,
            &[0, 2, 0, 0, table_at, table.len(), 3, 0, 4, 16],
        );
        push(&mut bytes, &[0, 3, 0, 0, names_at, names.len(), 0, 0, 1, 0]);
        bytes
    }

    fn push(bytes: &mut Vec<u8>, words: &[usize]) {
        let words = words.iter().filter_map(|&word| u32::try_from(word).ok());
        bytes.extend(words.flat_map(u32::to_le_bytes));
    }

    #[test]
    fn a_wfi_on_a_multiple_of_8_with_an_isb_behind_it_is_good() {
        let [isb, sy] = ISB;
        let code = [WFI, isb, sy, NOP, WFI, isb, sy];
        let found = check(&image(&code, CODE));
        assert_eq!(found, Ok(vec![FLASH, FLASH + 8]));
        let [wide, second] = WFI_WIDE;
        assert_eq!(
            check(&image(&[wide, second, isb, sy], CODE)),
            Ok(vec![FLASH])
        );
    }

    #[test]
    fn a_wfi_anywhere_else_is_refused_by_its_address() {
        let [isb, sy] = ISB;
        for (before, says) in [
            (1, "0x08000002 is not on a multiple of 8"),
            (2, "0x08000004 is not on a multiple of 8"),
            (3, "0x08000006 is not on a multiple of 8"),
        ] {
            let code = [&[NOP; 3][..before], &[WFI, isb, sy]].concat();
            let error = check(&image(&code, CODE)).expect_err(says);
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_wfi_without_an_isb_behind_it_is_refused() {
        let [isb, sy] = ISB;
        for rest in [&[][..], &[NOP, isb, sy], &[0xf3bf, 0x8f4f]] {
            let code = [&[WFI][..], rest].concat();
            let error = check(&image(&code, CODE)).expect_err("no ISB is behind it");
            assert!(
                error.contains("no ISB follows the WFI at 0x08000000"),
                "{error}"
            );
        }
        // Data is not an instruction, whatever its value.
        let marks = [("$t", FLASH), ("$d", FLASH + 2)];
        assert!(check(&image(&[WFI, isb, sy], &marks)).is_err());
    }

    #[test]
    fn what_only_looks_like_a_wfi_is_none() {
        let [isb, sy] = ISB;
        // The second half of MOVW R0, #0x…, and a constant in code.
        let code = [WFI, isb, sy, 0xf640, WFI, WFI, NOP];
        let marks = [("$t", FLASH), ("$d.1", FLASH + 10), ("$t.2", FLASH + 12)];
        assert_eq!(check(&image(&code, &marks)), Ok(vec![FLASH]));
    }

    #[test]
    fn an_image_whose_instructions_cannot_be_found_is_refused() {
        let [isb, sy] = ISB;
        let code = [WFI, isb, sy];
        for (symbols, says) in [
            (&[][..], "no mapping symbol says what is at 0x08000000"),
            (&[("$t", FLASH + 2)], "no mapping symbol"),
            (&[("$d", FLASH)], "no WFI is in it"),
            (&[("$a", FLASH)], "a Cortex-M does not know"),
        ] {
            let error = check(&image(&code, symbols)).expect_err(says);
            assert!(error.contains(says), "{error}");
        }
        assert!(check(&image(&[NOP], CODE)).is_err());
        assert!(check(b"no ELF file").is_err());
    }
}
