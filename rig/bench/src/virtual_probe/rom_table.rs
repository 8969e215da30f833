//! Identification on the debug bus: a ROM table with ST's id, and the id of each component.

/// Address of the table.
pub(super) const ROM_TABLE: u32 = 0xe00f_f000;

const ENTRIES: [u32; 6] = [
    // System control space, watchpoints, breakpoints, trace, trace port, instruction trace. QEMU
    // provides what a debugger needs of the first, this module the third.
    0xfff0_f003,
    0xfff0_2002,
    0xfff0_3003,
    0xfff0_1002,
    0xfff4_1002,
    0xfff4_2002,
];

/// Peripheral ids 4 to 7, 0 to 3, then component ids 0 to 3, one byte per word.
type Name = [u8; 12];

/// ST (JEP106 0x20), part 0x413; a ROM table.
const ST: Name = [0, 0, 0, 0, 0x13, 0x04, 0x0a, 0, 0x0d, 0x10, 0x05, 0xb1];

/// Arm (JEP106 bank 4, 0x3b); the part follows; a generic component.
const SYSTEM_CONTROL: Name = [4, 0, 0, 0, 0x0c, 0xb0, 0x0b, 0, 0x0d, 0xe0, 0x05, 0xb1];
const BREAKPOINTS: Name = [4, 0, 0, 0, 0x03, 0xb0, 0x2b, 0, 0x0d, 0xe0, 0x05, 0xb1];

/// Offset of a component's id.
const NAME_OFFSET: u32 = 0xfd0;

/// The word at an address, if it is part of the table or of an id.
pub(super) fn word(address: u32) -> Option<u32> {
    let page = address & !0xfff;
    let offset = address & 0xfff;
    let name = match page {
        ROM_TABLE => ST,
        0xe000_e000 => SYSTEM_CONTROL,
        0xe000_2000 => BREAKPOINTS,
        _ => return None,
    };
    if let Some(into) = offset.checked_sub(NAME_OFFSET) {
        return name.get(into as usize / 4).copied().map(u32::from);
    }
    if page != ROM_TABLE {
        return None;
    }
    Some(match offset {
        // The bus contains more than debug components.
        0xfcc => 1,
        _ => ENTRIES.get(offset as usize / 4).copied().unwrap_or(0),
    })
}
