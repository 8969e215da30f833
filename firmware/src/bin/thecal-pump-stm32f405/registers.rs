//! The STM32F405 registers that the link needs, by address.
//!
//! Source: ST RM0090 rev 19 (register addresses: 2.3; RCC: 7.3; GPIO: 8.4; USART: 30.6), Arm DDI
//! 0403E B3.4 (NVIC); DBGMCU: RM0090 38.16. The core runs from the 16 MHz internal oscillator, as
//! after reset.

#![expect(
    unsafe_code,
    reason = "memory-mapped registers and a linker symbol, nothing else"
)]

use core::ptr::{addr_of, read_volatile, write_volatile};

/// Position of USART1 in the interrupt table, RM0090 table 61.
pub(crate) const USART1_INTERRUPT: i16 = 37;

const RCC_AHB1ENR: usize = 0x4002_3830;
const RCC_APB2ENR: usize = 0x4002_3844;
const GPIOA_MODER: usize = 0x4002_0000;
const GPIOA_OSPEEDR: usize = 0x4002_0008;
const GPIOA_PUPDR: usize = 0x4002_000c;
const GPIOA_AFRH: usize = 0x4002_0024;
const USART1_SR: usize = 0x4001_1000;
const USART1_DR: usize = 0x4001_1004;
const USART1_BRR: usize = 0x4001_1008;
const USART1_CR1: usize = 0x4001_100c;
/// The first interrupt set-enable register; 32 interrupts in each.
const NVIC_ISER: usize = 0xe000_e100;
const DBGMCU_CR: usize = 0xe004_2004;

const DBG_SLEEP: u32 = 1;
const SR_RXNE: u32 = 1 << 5;
const SR_TC: u32 = 1 << 6;
const SR_TXE: u32 = 1 << 7;
const CR1_UE_RXNEIE_TE_RE: u32 = 1 << 13 | 1 << 5 | 1 << 3 | 1 << 2;
/// 16 MHz / 1 Mbaud with 16 samples a bit: mantissa 1, fraction 0.
const BRR_1_MBAUD: u32 = 0x10;

fn read(register: usize) -> u32 {
    // SAFETY: every caller passes one of the constants above, all word registers of the chip.
    unsafe { read_volatile(register as *const u32) }
}

fn write(register: usize, value: u32) {
    // SAFETY: as for `read`; none of these registers hands memory to a bus master.
    unsafe { write_volatile(register as *mut u32, value) }
}

fn change(register: usize, clear: u32, set: u32) {
    write(register, read(register) & !clear | set);
}

/// Keeps memory accessible to the probe while the core sleeps. A probe library sets this bit only
/// after attaching, and some never do; a power-on clears it, a reset does not.
pub(crate) fn clock_debug_in_sleep() {
    change(DBGMCU_CR, 0, DBG_SLEEP);
}

/// USART1 on PA9 and PA10 (alternate function 7) at 1 Mbaud, with an interrupt for each byte.
pub(crate) fn start_usart() {
    change(RCC_AHB1ENR, 0, 1);
    change(RCC_APB2ENR, 0, 1 << 4);
    change(GPIOA_AFRH, 0xff << 4, 0x77 << 4);
    change(GPIOA_OSPEEDR, 0b1111 << 18, 0b1010 << 18);
    change(GPIOA_PUPDR, 0b1111 << 18, 0b0101 << 18);
    change(GPIOA_MODER, 0b1111 << 18, 0b1010 << 18);
    write(USART1_BRR, BRR_1_MBAUD);
    write(USART1_CR1, CR1_UE_RXNEIE_TE_RE);
    enable_interrupt(USART1_INTERRUPT.unsigned_abs().into());
    // SAFETY: no critical section is open; main has not begun to use the ring.
    unsafe { cortex_m::interrupt::enable() }
}

/// Enables interrupt `number`. The number is read from flash, where the rig reads it too, so that
/// the linker keeps it and both use the same value.
pub(crate) fn enable_doorbell(number: &u32) {
    // SAFETY: a reference is valid for reads.
    enable_interrupt(unsafe { read_volatile(number) });
}

fn enable_interrupt(number: u32) {
    let register = NVIC_ISER + 4 * (number / 32) as usize;
    write(register, 1 << (number % 32));
}

/// The received byte, if there is one. Reading it clears the interrupt and any error flag.
pub(crate) fn received() -> Option<u8> {
    let has_byte = read(USART1_SR) & SR_RXNE != 0;
    let [byte, ..] = read(USART1_DR).to_le_bytes();
    has_byte.then_some(byte)
}

/// Sends a byte; waits for room.
pub(crate) fn send(byte: u8) {
    while read(USART1_SR) & SR_TXE == 0 {}
    write(USART1_DR, byte.into());
}

/// Waits until the last bit has been sent.
pub(crate) fn finish_sending() {
    while read(USART1_SR) & SR_TC == 0 {}
}

/// The GNU build id of the running image (REQ-IMG-002); zeros if the note is not valid.
pub(crate) fn build_id() -> [u8; 20] {
    /// Elf32 note: three words, the name `GNU`, the SHA-1.
    #[repr(C)]
    struct Note {
        name_len: u32,
        content_len: u32,
        kind: u32,
        name: [u8; 4],
        sha1: [u8; 20],
    }
    unsafe extern "C" {
        #[link_name = "__build_id_note"]
        static NOTE: Note;
    }
    // SAFETY: `build-id.x` puts the symbol, aligned to a word, at the start of the linker's note
    // section; the volatile read keeps the compiler from assuming its content.
    let note = unsafe { read_volatile(addr_of!(NOTE)) };
    if note.name_len == 4 && note.content_len == 20 && note.kind == 3 && note.name == *b"GNU\0" {
        note.sha1
    } else {
        [0; 20]
    }
}
