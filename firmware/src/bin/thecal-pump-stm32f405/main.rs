//! The reference pump on an STM32F405, for HIL: the link takes the place of the lowest board
//! layer, the therapy code is the library's.
//!
//! The same ELF runs on silicon and in QEMU (`netduinoplus2`). It keeps no clock of its own: time
//! comes with each Stimulus.
#![no_std]
#![no_main]

mod handlers;
mod registers;

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use thecal_firmware::Pump;
use thecal_link::endpoint::{Endpoint, Program};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};

const BOARD: &str = "stm32f405";

/// Received bytes on their way from the interrupt to the main loop. Longer than the longest
/// frame; the rig has one exchange outstanding.
struct Ring {
    bytes: [AtomicU8; Self::LEN],
    written: AtomicUsize,
    read: AtomicUsize,
}

impl Ring {
    const LEN: usize = 1024;

    const fn new() -> Self {
        Self {
            bytes: [const { AtomicU8::new(0) }; Self::LEN],
            written: AtomicUsize::new(0),
            read: AtomicUsize::new(0),
        }
    }

    /// Called by the interrupt only. A byte without room is dropped: the frame's checksum tells.
    fn push(&self, byte: u8) {
        let written = self.written.load(Ordering::Relaxed);
        let read = self.read.load(Ordering::Acquire);
        if written.wrapping_sub(read) >= Self::LEN {
            return;
        }
        if let Some(slot) = self.bytes.get(written % Self::LEN) {
            slot.store(byte, Ordering::Relaxed);
            self.written
                .store(written.wrapping_add(1), Ordering::Release);
        }
    }

    /// Called by the main loop only.
    fn pop(&self) -> Option<u8> {
        let read = self.read.load(Ordering::Relaxed);
        if read == self.written.load(Ordering::Acquire) {
            return None;
        }
        let byte = self.bytes.get(read % Self::LEN)?.load(Ordering::Relaxed);
        self.read.store(read.wrapping_add(1), Ordering::Release);
        Some(byte)
    }
}

static RECEIVED: Ring = Ring::new();

/// The pump, and whether the reset line was pulled.
struct Board {
    pump: &'static mut Pump,
    restart: bool,
}

impl Program for Board {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello {
        self.pump.boot(boot, nvm)
    }

    fn react(&mut self, stimulus: &Stimulus, reaction: &mut Reaction) {
        self.pump.react(stimulus, reaction);
    }

    fn reset(&mut self) {
        self.restart = true;
    }
}

#[entry]
fn main() -> ! {
    // Both hold a memory image of 32 KiB: static, never on the stack.
    static mut ENDPOINT: Endpoint = Endpoint::new();
    static mut PUMP: Pump = Pump::new([0; 20], BOARD);

    PUMP.set_build_id(registers::build_id());
    let mut board = Board {
        pump: PUMP,
        restart: false,
    };
    registers::start_usart();
    loop {
        let Some(byte) = next_byte() else { continue };
        if let Some(answer) = ENDPOINT.push(byte, &mut board) {
            answer.iter().copied().for_each(registers::send);
        }
        if board.restart {
            registers::finish_sending();
            SCB::sys_reset();
        }
    }
}

/// The next byte, or nothing after a sleep until an interrupt.
///
/// The ring is looked at with interrupts masked: a byte that arrives after the look is pending and
/// ends the sleep at once.
fn next_byte() -> Option<u8> {
    cortex_m::interrupt::free(|_| {
        let byte = RECEIVED.pop();
        if byte.is_none() {
            cortex_m::asm::wfi();
        }
        byte
    })
}

#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    SCB::sys_reset()
}
