//! The reference pump on an STM32F405, for HIL: the link replaces the lowest board layer, the
//! therapy code is that of the library.
//!
//! The same ELF runs on silicon and in QEMU (`netduinoplus2`). It has no clock of its own: time
//! comes with each Stimulus.
#![no_std]
#![no_main]

mod crash;
mod flash;
mod handlers;
mod registers;
mod rtt;
mod sleep;
mod uart;

use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use rtt::Rtt;
use thecal_firmware::{Pump, SelfTest};
use thecal_link::endpoint::{Endpoint, Program};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, ResetCause, Stimulus};
use thecal_telemetry::EXAMPLE_SECRET;

const BOARD: &str = "stm32f405";

/// The pump, the findings at the start, and whether the reset line was pulled.
struct Board {
    pump: &'static mut Pump,
    flash_sound: bool,
    restart: bool,
}

impl Program for Board {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Hello {
        // No crash record survives a loss of power, including one that the rig only reports.
        let crash = crash::take().filter(|_| boot.cause != ResetCause::PowerOn);
        self.pump.set_self_test(SelfTest {
            flash_sound: self.flash_sound,
            crash,
        });
        self.pump.boot(boot, nvm)
    }

    // Not inlined: the measurement of instructions per wake finds it by name.
    #[inline(never)]
    fn react(&mut self, stimulus: &Stimulus, reaction: &mut Reaction) {
        self.pump.react(stimulus, reaction);
    }

    fn reset(&mut self) {
        self.restart = true;
    }
}

#[entry]
fn main() -> ! {
    // Both contain a memory image of 32 KiB: static, never on the stack.
    static mut ENDPOINT: Endpoint = Endpoint::new();
    static mut PUMP: Pump = Pump::new([0; 20], BOARD, EXAMPLE_SECRET);

    registers::clock_debug_in_sleep();
    PUMP.set_build_id(registers::build_id());
    let flash_sound = flash::is_sound();
    let mut board = Board {
        pump: PUMP,
        flash_sound,
        restart: false,
    };
    registers::start_usart();
    let mut lines = Lines {
        rtt: Rtt::start(flash_sound),
    };
    loop {
        let Some((line, byte)) = lines.next_byte() else {
            continue;
        };
        if let Some(answer) = ENDPOINT.push_from(line, byte, &mut board) {
            lines.send(line, answer);
        }
        if board.restart {
            registers::finish_sending();
            SCB::sys_reset();
        }
    }
}

/// The lines that the pump receives on; the first whole frame after a reset selects one.
struct Lines {
    rtt: Rtt,
}

impl Lines {
    const USART: usize = 0;
    const RTT: usize = 1;

    /// The next byte and its line; `None` after a sleep that an interrupt ended.
    ///
    /// Interrupts are masked while checking: a byte that arrives after the check is pending and
    /// ends the sleep at once. Checking more often before sleeping slowed every emulated link.
    fn next_byte(&mut self) -> Option<(usize, u8)> {
        cortex_m::interrupt::free(|_| {
            let found = self.look();
            if found.is_none() {
                sleep::until_interrupt();
            }
            found
        })
    }

    fn look(&mut self) -> Option<(usize, u8)> {
        let from_rtt = self.rtt.next_byte().map(|byte| (Self::RTT, byte));
        from_rtt.or_else(|| uart::next_byte().map(|byte| (Self::USART, byte)))
    }

    fn send(&mut self, line: usize, bytes: &[u8]) {
        match line {
            Self::RTT => self.rtt.send(bytes),
            _ => uart::send(bytes),
        }
    }
}
