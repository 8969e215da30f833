//! Interrupt handlers and the panic handler; the fault handler is in `crash`.

#![expect(
    unsafe_code,
    reason = "cortex-m-rt wants the handler marked unsafe; nothing unsafe happens inside"
)]

use crate::{crash, registers, rtt, uart};
use core::panic::PanicInfo;
use cortex_m_rt::exception;
use thecal_firmware::CrashCause;

/// Number of the first chip interrupt in the exception table, Arm DDI 0403E B1.5.2.
const FIRST_INTERRUPT: i16 = 16;

/// Interrupts of the chip: USART1 and the doorbell are enabled. The doorbell only ends a sleep.
#[exception]
unsafe fn DefaultHandler(interrupt: i16) {
    match interrupt {
        registers::USART1_INTERRUPT => uart::interrupt(),
        rtt::DOORBELL_INTERRUPT => {}
        other => {
            let number = other.saturating_add(FIRST_INTERRUPT).unsigned_abs();
            crash::end(CrashCause::Interrupt, number.into());
        }
    }
}

/// A check failed: the pump does not continue in an unknown state.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let line = info.location().map_or(0, |location| location.line());
    crash::end(CrashCause::Panic, line)
}
