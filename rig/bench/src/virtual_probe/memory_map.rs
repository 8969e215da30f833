//! Memory map of the STM32F405 as QEMU models it.

/// Start of SRAM.
pub const RAM_START: u32 = 0x2000_0000;

/// Length of SRAM. Unit: byte.
pub const RAM_LEN: u32 = 128 * 1024;

/// Start of flash, which is also mapped at 0.
pub const FLASH_START: u32 = 0x0800_0000;

/// Length of flash. Unit: byte.
pub(crate) const FLASH_LEN: u32 = 1024 * 1024;

const PERIPHERALS_START: u32 = 0x4000_0000;
const PERIPHERALS_LEN: u32 = 0x2000_0000;
const PRIVATE_START: u32 = 0xe000_0000;
const PRIVATE_LEN: u32 = 0x0010_0000;

/// The device at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Region {
    /// SRAM, and the offset in it.
    Ram(usize),
    /// Flash, and the offset in it.
    Flash(usize),
    /// A peripheral on a bus.
    Peripheral,
    /// The core's private peripherals: system control space, debug registers, ROM table.
    Private,
    /// Nothing: a bus fault.
    Nothing,
}

/// The device that contains a whole range.
pub(super) fn region(address: u32, len: usize) -> Region {
    if let Some(offset) = within(address, len, RAM_START, RAM_LEN) {
        return Region::Ram(offset);
    }
    if let Some(offset) = within(address, len, FLASH_START, FLASH_LEN) {
        return Region::Flash(offset);
    }
    if let Some(offset) = within(address, len, 0, FLASH_LEN) {
        return Region::Flash(offset);
    }
    if within(address, len, PERIPHERALS_START, PERIPHERALS_LEN).is_some() {
        return Region::Peripheral;
    }
    if within(address, len, PRIVATE_START, PRIVATE_LEN).is_some() {
        return Region::Private;
    }
    Region::Nothing
}

/// Offset of a range in a region that contains all of it.
fn within(address: u32, len: usize, start: u32, region_len: u32) -> Option<usize> {
    let offset = address.checked_sub(start)? as usize;
    let end = offset.checked_add(len)?;
    (end <= region_len as usize).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_belongs_to_a_region_only_as_a_whole() {
        assert_eq!(region(0x2001_fffc, 4), Region::Ram(0x1_fffc));
        assert_eq!(region(0x2001_fffd, 4), Region::Nothing);
        assert_eq!(region(0x1fff_ffff, 2), Region::Nothing);
        assert_eq!(region(u32::MAX, 2), Region::Nothing);
    }

    #[test]
    fn flash_shows_at_zero_too() {
        assert_eq!(region(0x0800_0010, 4), Region::Flash(0x10));
        assert_eq!(region(0x10, 4), Region::Flash(0x10));
    }
}
