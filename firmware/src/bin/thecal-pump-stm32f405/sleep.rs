//! Sleep until an interrupt: the only WFI of the image, at a fixed alignment.
//!
//! ST's errata sheet of this chip (ES0182): with a DBGMCU sleep bit set, the prefetch buffer off,
//! no flash wait states and PRIMASK set, the core may fetch wrong instructions after a WFI at an
//! address that ends in 4; other firmware crashed at 2 as well. All of these conditions hold here:
//! the chip runs as after reset, the link is checked with interrupts masked, and
//! `registers::clock_debug_in_sleep` sets the bit. So WFI is aligned to 8, and an ISB after it
//! discards what was fetched while the core fell asleep. `cargo xtask firmware` checks both in the
//! linked image and refuses any other.

#![expect(
    unsafe_code,
    reason = "WFI at a certain address can be had in assembly only"
)]

use core::arch::asm;

/// Sleeps until an interrupt is pending, masked or not. Earlier writes are completed first: a probe
/// may read memory while the core sleeps.
pub(crate) fn until_interrupt() {
    // SAFETY: four instructions, and NOPs for the alignment; no register changes, no stack.
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
