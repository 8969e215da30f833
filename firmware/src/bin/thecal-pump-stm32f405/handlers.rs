//! Interrupt and fault handlers.

#![expect(
    unsafe_code,
    reason = "cortex-m-rt wants handlers marked unsafe; nothing unsafe happens inside"
)]

use crate::{RECEIVED, registers};
use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, exception};

/// Interrupts of the chip: only USART1 is enabled.
#[exception]
unsafe fn DefaultHandler(interrupt: i16) {
    if interrupt != registers::USART1_INTERRUPT {
        SCB::sys_reset();
    }
    if let Some(byte) = registers::received() {
        RECEIVED.push(byte);
    }
}

/// A fault ends in a reset: a pump that is not sure of itself does not go on (REQ-WDG-003).
#[exception]
unsafe fn HardFault(_frame: &ExceptionFrame) -> ! {
    SCB::sys_reset()
}
