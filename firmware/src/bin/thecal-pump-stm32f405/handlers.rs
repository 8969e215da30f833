//! Interrupt and fault handlers.

#![expect(
    unsafe_code,
    reason = "cortex-m-rt wants handlers marked unsafe; nothing unsafe happens inside"
)]

use crate::{registers, rtt, uart};
use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, exception};

/// Interrupts of the chip: USART1 and the doorbell are enabled. The doorbell only ends a sleep.
#[exception]
unsafe fn DefaultHandler(interrupt: i16) {
    match interrupt {
        registers::USART1_INTERRUPT => uart::interrupt(),
        rtt::DOORBELL_INTERRUPT => {}
        _ => SCB::sys_reset(),
    }
}

/// A fault ends in a reset: a pump that is not sure of itself does not go on (REQ-WDG-003).
#[exception]
unsafe fn HardFault(_frame: &ExceptionFrame) -> ! {
    SCB::sys_reset()
}
