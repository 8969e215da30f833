//! Access to the core registers while the core is halted.

use super::condition::Condition;
use super::machine::Machine;
use thecal_engine::bench::BenchError;

/// A core register, by its number in the debug registers (DCRSR.REGSEL).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreRegister(u8);

impl CoreRegister {
    /// The stack pointer in use.
    pub const SP: Self = Self(13);
    /// The link register.
    pub const LR: Self = Self(14);
    /// The program counter: the next instruction's address.
    pub const PC: Self = Self(15);

    /// R0 to R12; `None` above.
    #[must_use]
    pub const fn general(number: u8) -> Option<Self> {
        if number <= 12 {
            Some(Self(number))
        } else {
            None
        }
    }

    pub(super) const fn selector(self) -> u8 {
        self.0
    }
}

/// The gdb stub's numbers.
const XPSR: u8 = 25;
const DOUBLES: u8 = 26;
const FPSCR: u8 = 42;
const SP: u8 = 13;

/// Where the stub has a register.
enum Place {
    Whole(u8),
    /// One half of a register of 64 bits.
    Half {
        number: u8,
        upper: bool,
    },
    /// Not shown by QEMU 7.2's stub: it reads as zero and cannot be written.
    Hidden,
}

impl Place {
    fn of(selector: u8) -> Self {
        match selector {
            0..=15 => Self::Whole(selector),
            16 => Self::Whole(XPSR),
            // The main stack pointer. Firmware that uses only one stack uses this one.
            17 => Self::Whole(SP),
            33 => Self::Whole(FPSCR),
            64..=95 => Self::Half {
                number: DOUBLES + (selector - 64) / 2,
                upper: selector % 2 == 1,
            },
            // The process stack pointer; CONTROL, FAULTMASK, BASEPRI, PRIMASK.
            _ => Self::Hidden,
        }
    }
}

impl Machine {
    /// Reads a register by its selector.
    pub(super) fn read_core_register(&mut self, selector: u8) -> Result<u32, BenchError> {
        self.must_be_halted()?;
        let (number, shift) = match Place::of(selector) {
            Place::Whole(number) => (number, 0),
            Place::Half { number, upper } => (number, if upper { 32 } else { 0 }),
            Place::Hidden => return Ok(0),
        };
        let value = self.board()?.gdb.register(number);
        let value = self.settle("a core register", value)? >> shift;
        Ok(u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default())
    }

    /// Writes a register by its selector.
    pub(super) fn write_core_register(
        &mut self,
        selector: u8,
        value: u32,
    ) -> Result<(), BenchError> {
        self.must_be_halted()?;
        let written = match Place::of(selector) {
            // The program counter has no bit 0: in a vector or link register that bit is the Thumb
            // state.
            Place::Whole(15) => self.board()?.gdb.set_register(15, value & !1),
            Place::Whole(number) => self.board()?.gdb.set_register(number, value),
            Place::Half { number, upper } => {
                let gdb = &mut self.board()?.gdb;
                gdb.register(number).and_then(|double| {
                    let value = u64::from(value);
                    let double = if upper {
                        double & u64::from(u32::MAX) | value << 32
                    } else {
                        double & !u64::from(u32::MAX) | value
                    };
                    gdb.set_double(number, double)
                })
            }
            Place::Hidden => Ok(()),
        };
        self.settle("a core register", written)
    }

    fn must_be_halted(&mut self) -> Result<(), BenchError> {
        self.poll()?;
        if self.condition() == Condition::Halted {
            return Ok(());
        }
        Err(BenchError::NotHalted {
            wanted: "a core register",
        })
    }
}
