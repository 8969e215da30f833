//! Sleep until an interrupt: the one WFI of the image, and where it must lie.
//!
//! ST's errata sheet of this chip (ES0182): with a DBGMCU sleep bit set, the prefetch buffer off, no
//! flash wait states and PRIMASK set, the core may fetch wrong instructions after a WFI at an address
//! that ends in 4; other firmware crashed at 2 as well. All of that holds here: the chip runs as after
//! reset, the link is looked at with interrupts masked, and `registers::clock_debug_in_sleep` sets the
//! bit. So WFI lies on a multiple of 8, and an ISB behind it discards what was fetched while the core
//! fell asleep. `cargo xtask firmware` reads both from the linked image and refuses any other.

#![expect(
    unsafe_code,
    reason = "WFI at a certain address can be had in assembly only"
)]

use core::arch::asm;

/// Sleeps until an interrupt is pending, masked or not. What was written before is in memory then: a
/// probe may read it while the core sleeps.
pub(crate) fn until_interrupt() {
    // SAFETY: four instructions, and NOPs up to the boundary, that change no register; no stack.
    unsafe {
        asm!(
            "dsb",
            ".balign 8",
            "wfi",
            "isb",
            options(nostack, preserves_flags)
        );
    }
}
