//! Crash handling: how the firmware ends when it cannot continue, and the record that it leaves.
//!
//! The record is in RAM outside every section: it survives a reset but not a loss of power, after
//! which its checksum is wrong. The next boot reports it to the pump, once (REQ-POST-007).

#![expect(
    unsafe_code,
    reason = "a record and a stack at fixed places, and the entry of the fault handler"
)]

use core::arch::naked_asm;
use core::ptr::{addr_of, addr_of_mut, read_volatile, write_volatile};
use cortex_m::peripheral::SCB;
use thecal_firmware::{Crash, CrashCause};
use thecal_link::frame::checksum;

/// Marks a complete record; different from an erased and from a zero word.
const MAGIC: u32 = 0x4352_5348;

/// Where the program counter is in the frame that the core saves, Arm DDI 0403E B1.5.6. Unit: byte.
const COUNTER_IN_FRAME: usize = 24;
const FRAME_LEN: usize = 32;

/// Magic, cause, place, and the checksum of the three.
type Record = [u32; 4];

unsafe extern "C" {
    #[link_name = "__crash_record"]
    static mut RECORD: Record;
    static _stack_start: u8;
    static _stack_end: u8;
}

/// Ends the firmware in a safe condition: leaves a record and resets (REQ-WDG-003).
///
/// On a board with a motor its driver is switched off here, before anything else. In the rig the
/// link is the lowest layer: a core that sends no Reaction drives no step.
pub(crate) fn end(cause: CrashCause, place: u32) -> ! {
    cortex_m::interrupt::disable();
    write(sealed(cause as u32, place));
    SCB::sys_reset()
}

/// Takes the crash record of the last run, and erases it.
pub(crate) fn take() -> Option<Crash> {
    // SAFETY: `memory.x` reserves this place, aligned to a word, for the record alone; only the
    // main loop reads it, and only code that never returns to the main loop writes it.
    let found = unsafe { read_volatile(addr_of!(RECORD)) };
    write([0; 4]);
    let [_, cause, place, _] = found;
    let cause = CrashCause::from_number(cause)?;
    (found == sealed(cause as u32, place)).then_some(Crash { cause, place })
}

fn write(record: Record) {
    // SAFETY: as in `take`.
    unsafe { write_volatile(addr_of_mut!(RECORD), record) };
}

fn sealed(cause: u32, place: u32) -> Record {
    let mut bytes = [0; 12];
    for (to, word) in bytes
        .as_chunks_mut()
        .0
        .iter_mut()
        .zip([MAGIC, cause, place])
    {
        *to = word.to_le_bytes();
    }
    [MAGIC, cause, place, checksum(&bytes)]
}

/// Entry of the fault handler. The stack may be damaged or full (REQ-IMG-001), so it switches to
/// its own stack before it touches memory; the old one is never returned to.
#[unsafe(export_name = "HardFault")]
#[unsafe(naked)]
unsafe extern "C" fn hard_fault_entry() {
    naked_asm!(
        "mrs r0, msp",
        "movw r1, #:lower16:__crash_stack",
        "movt r1, #:upper16:__crash_stack",
        "msr msp, r1",
        "b {hard_fault}",
        hard_fault = sym hard_fault,
    )
}

/// Handles a fault; `frame` is the register frame that the core tried to save.
extern "C" fn hard_fault(frame: usize) -> ! {
    let stack = addr_of!(_stack_end) as usize..addr_of!(_stack_start) as usize - FRAME_LEN + 1;
    let place = if stack.contains(&frame) {
        // SAFETY: the whole frame is in the stack.
        unsafe { read_volatile((frame + COUNTER_IN_FRAME) as *const u32) }
    } else {
        0
    };
    end(CrashCause::HardFault, place)
}
