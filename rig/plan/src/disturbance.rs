//! Disturbances: what a bench can do to a pump beyond its pins.
//!
//! Each takes effect between two exchanges and shows in what the pump does from then on. Which
//! bench can do what is its [`Capability`]; a scenario that needs more is not run there.

/// What a bench must be able to do, beyond showing pins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// Change RAM while the pump runs.
    Memory,
    /// Change a value in RAM that is given by the name of its field.
    Fields,
    /// Cut and restore the pump's power.
    Power,
    /// Halt the core and let it go on.
    Halt,
    /// Change a word of flash.
    Flash,
    /// Change registers of the core.
    Registers,
}

impl Capability {
    /// All.
    pub const ALL: &[Self] = &[
        Self::Memory,
        Self::Fields,
        Self::Power,
        Self::Halt,
        Self::Flash,
        Self::Registers,
    ];

    /// Its name in scenario files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Fields => "fields",
            Self::Power => "power",
            Self::Halt => "halt",
            Self::Flash => "flash",
            Self::Registers => "registers",
        }
    }
}

/// The registers that [`Disturbance::FlipRegister`] takes, by their number.
pub const REGISTERS: [&str; 17] = [
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp", "lr",
    "pc", "xpsr",
];

/// A place in the running image: a symbol of its ELF file and an offset. Unit: byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Name as in the symbol table, mangled or not; the last parts of its path are enough if only
    /// one symbol ends with them.
    pub symbol: String,
    /// From the symbol's start. Unit: byte.
    pub offset: u32,
    /// A field of the symbol as a debugger writes it, such as `state.meter.bolus_left.value`: then the place is
    /// the whole of it, in an image with debug information.
    pub field: Option<String>,
}

impl Place {
    /// What a bench must have to change RAM there.
    #[must_use]
    pub(crate) const fn needs(&self) -> Capability {
        if self.field.is_some() {
            Capability::Fields
        } else {
            Capability::Memory
        }
    }
}

/// One thing done to the pump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// The supply is gone. What RAM held is lost; the next boot brings it back. Needs `power`.
    CutPower,
    /// One bit of RAM flips while the core runs. Needs `memory`, or `fields` where the place is one.
    FlipRam {
        /// The byte, or the field.
        place: Place,
        /// 0 is the lowest; 0 to 7, of a field to 63.
        bit: u8,
    },
    /// One bit of flash flips, until the bench reloads the image. Needs `flash`.
    FlipFlash {
        /// The byte.
        place: Place,
        /// 0 is the lowest; 0 to 7.
        bit: u8,
    },
    /// Bits of a core register flip while the core is halted for an instant. Needs `registers`.
    FlipRegister {
        /// 0 to 12, 13 is the stack pointer, 14 the link register, 15 the program counter, 16 xPSR
        /// (Arm DDI 0403E C1.6.3, `REGSEL`).
        register: u8,
        /// The bits that flip.
        mask: u32,
    },
    /// The core stops, until [`Self::Resume`] or the next boot. Needs `halt`.
    ///
    /// No exchange is made meanwhile: the caller sees to that.
    Halt,
    /// Resumes the core. Needs `halt`.
    Resume,
}

impl Disturbance {
    /// What a bench must have for it.
    #[must_use]
    pub const fn needs(&self) -> Capability {
        match self {
            Self::CutPower => Capability::Power,
            Self::FlipRam { place, .. } => place.needs(),
            Self::FlipFlash { .. } => Capability::Flash,
            Self::FlipRegister { .. } => Capability::Registers,
            Self::Halt | Self::Resume => Capability::Halt,
        }
    }
}

/// What a disturbance changed, read back: the proof that it took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Value of the byte or register before; 0 where there is no value.
    pub before: u32,
    /// Value after; 0 where there is no value.
    pub after: u32,
}

impl Changed {
    /// The lower halves of a value of more bits, or, where only the upper ones differ, those.
    #[must_use]
    pub fn of(before: u64, after: u64) -> Self {
        let low = |value: u64| u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default();
        let shift = if low(before) == low(after) { 32 } else { 0 };
        Self {
            before: low(before >> shift),
            after: low(after >> shift),
        }
    }

    /// Of what has no value: power, or whether the core runs.
    pub const WITHOUT_VALUE: Self = Self {
        before: 0,
        after: 0,
    };
}
