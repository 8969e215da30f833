//! USART1 as a link line: a ring of received bytes from the interrupt to the main loop.

use crate::registers;
use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// Larger than the longest frame; the rig has only one exchange in progress.
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

    /// Called by the interrupt only. A byte without room is dropped; the frame's checksum detects
    /// it.
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

/// USART1 interrupt handler: stores the received byte. Called by the interrupt only.
pub(crate) fn interrupt() {
    if let Some(byte) = registers::received() {
        RECEIVED.push(byte);
    }
}

/// The oldest byte not yet taken. Called by the main loop only.
pub(crate) fn next_byte() -> Option<u8> {
    RECEIVED.pop()
}

/// Sends all of `bytes`.
pub(crate) fn send(bytes: &[u8]) {
    bytes.iter().copied().for_each(registers::send);
}
