//! The low-latency flag of a serial driver: without it USB adapters delay bytes by up to 16 ms.

use nix::errno::Errno;
use nix::libc::{TIOCGSERIAL, TIOCSSERIAL, c_char, c_int, c_uint, c_ulong, c_ushort, ioctl};
use std::os::fd::{AsRawFd, BorrowedFd};

/// `ASYNC_LOW_LATENCY` of `linux/tty_flags.h`.
const ASYNC_LOW_LATENCY: c_int = 1 << 13;

/// Result of setting the flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LowLatency {
    /// The driver passes bytes on as they come.
    On,
    /// The driver has no such flag. Many have none because they need none.
    Absent,
    /// The driver has it, but this user may not set it.
    Refused,
}

impl LowLatency {
    /// The result as text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Absent => "the driver has none",
            Self::Refused => "refused",
        }
    }
}

/// `struct serial_struct` of `linux/serial.h`.
#[repr(C)]
struct Settings {
    kind: c_int,
    line: c_int,
    port: c_uint,
    irq: c_int,
    flags: c_int,
    xmit_fifo_size: c_int,
    custom_divisor: c_int,
    baud_base: c_int,
    close_delay: c_ushort,
    io_type: c_char,
    reserved_char: [c_char; 1],
    hub6: c_int,
    closing_wait: c_ushort,
    closing_wait2: c_ushort,
    iomem_base: *mut u8,
    iomem_reg_shift: c_ushort,
    port_high: c_uint,
    iomap_base: c_ulong,
}

/// Sets the flag if the driver has it.
#[expect(unsafe_code, reason = "the kernel's call has no safe wrapper")]
pub(super) fn set(port: BorrowedFd<'_>) -> LowLatency {
    // SAFETY: all zeros is a valid value of this struct: numbers, and a pointer that only the
    // kernel reads.
    let mut settings: Settings = unsafe { std::mem::zeroed() };
    // SAFETY: the descriptor is open, and the kernel writes one `serial_struct` into one.
    if unsafe { ioctl(port.as_raw_fd(), TIOCGSERIAL, &raw mut settings) } < 0 {
        return LowLatency::Absent;
    }
    if settings.flags & ASYNC_LOW_LATENCY != 0 {
        return LowLatency::On;
    }
    settings.flags |= ASYNC_LOW_LATENCY;
    // SAFETY: as above; the kernel only reads it.
    if unsafe { ioctl(port.as_raw_fd(), TIOCSSERIAL, &raw const settings) } == 0 {
        return LowLatency::On;
    }
    match Errno::last() {
        Errno::EPERM | Errno::EACCES => LowLatency::Refused,
        _ => LowLatency::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serial::SerialWire;

    #[test]
    fn a_port_without_the_flag_is_fine() {
        let (_far, near) = serialport::TTYPort::pair().expect("a pair");
        let wire = SerialWire::over(near, "the line").expect("a wire");
        assert_eq!(wire.set_low_latency(), LowLatency::Absent);
    }
}
