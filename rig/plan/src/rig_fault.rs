//! Faults that are no matter of the plant: of remote, clock, core, memory and power. One row each.
//!
//! How each begins and ends is the engine's (`engine/src/run/faults.rs`); its keys are the reader's
//! (`scenario/src/file_fault.rs`). Sources: pump.md 5, by number.

use crate::Capability;
use thecal_sim::fault_row::{FaultRow, Lasts, Part, Visibility};

/// A fault that the rig brings about beside the plant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RigFaultRow {
    /// What is known of every fault.
    pub row: FaultRow,
    /// What the bench must be able to do for it, beyond showing pins.
    pub needs: Option<Capability>,
}

/// Every one, in the order of the documentation.
pub const RIG_FAULTS: [&RigFaultRow; 11] = [
    &STUCK_BUTTON,
    &RESET,
    &CLOCK_JUMP,
    &POWER_CUT,
    &BROWN_OUT,
    &CORE_HALT,
    &RAM_FLIP,
    &FLASH_FLIP,
    &REGISTER_FLIP,
    &NVM_DAMAGE,
    &LOST_WRITES,
];

const ELECTRONICS: FaultRow = FaultRow {
    part: Part::Electronics,
    visibility: Visibility::Electronics,
    ..FaultRow::USUAL
};

pub(crate) const STUCK_BUTTON: RigFaultRow = RigFaultRow {
    row: FaultRow {
        name: "stuck-button",
        text: &["A remote's button is stuck: it repeats the same press."],
        part: Part::Remote,
        example: "{ remote = 1, every = \"2 s\" }",
        visibility: Visibility::Telemetry,
        counts: "presses sent",
        source: "44 (S38, S61)",
        ..FaultRow::USUAL
    },
    needs: None,
};

pub(crate) const RESET: RigFaultRow = RigFaultRow {
    row: FaultRow {
        name: "reset",
        text: &[
            "The external reset line: the pump is reset. With a duration it is held in reset as long as",
            "the fault lasts, its motor at rest and its receiver deaf, and then boots. A pump without",
            "power does not feel it.",
        ],
        lasts: Lasts::AtOnce,
        source: "37 (S4), of which this is one reset",
        ..ELECTRONICS
    },
    needs: None,
};

pub(crate) const CLOCK_JUMP: RigFaultRow = RigFaultRow {
    row: FaultRow {
        name: "clock-jump",
        text: &[
            "The pump's clock shows another time from now on. The jump does not wake the pump: its",
            "wake-up is timed independently. Log entries bear the pump's own count of the time,",
            "without jumps.",
        ],
        example: "{ by = \"-24 h\" }",
        lasts: Lasts::Never,
        source: "41",
        ..ELECTRONICS
    },
    needs: None,
};

pub(crate) const POWER_CUT: RigFaultRow = RigFaultRow {
    row: FaultRow {
        name: "power-cut",
        text: &[
            "The supply is off. The motor stays in position, the contents of RAM are lost, nothing",
            "reaches the pump; then it powers on. Its clock keeps running (assume). `{}` cuts at",
            "`start`; the keys place the cut exactly.",
        ],
        part: Part::Supply,
        example: "{ during = \"commit\", write = 4, after-bytes = 7 }",
        lasts: Lasts::AtOnce,
        source: "39",
        ..ELECTRONICS
    },
    needs: Some(Capability::Power),
};

pub(crate) const BROWN_OUT: RigFaultRow = RigFaultRow {
    row: FaultRow {
        name: "brown-out",
        text: &[
            "The supply dips to this level: the pump's pins and its comparator show it. Below 2.0 V",
            "the pump is held in reset as long as the dip lasts, and then boots.",
        ],
        part: Part::Supply,
        example: "{ level = \"1.6 V\" }",
        lasts: Lasts::Required,
        source: "35 (S5, S8)",
        ..ELECTRONICS
    },
    needs: None,
};

pub(crate) const CORE_HALT: RigFaultRow = RigFaultRow {
    row: FaultRow {
        name: "core-halt",
        text: &[
            "The core stops: no reaction, while its motor train runs on and its watchdog counts. If",
            "that runs out, the pump is reset and the halt is over; otherwise the core goes on, late.",
        ],
        lasts: Lasts::Required,
        counts: "late wakes, lost packets and resets together",
        source: "42",
        ..ELECTRONICS
    },
    needs: Some(Capability::Halt),
};

/// What all flips have.
const FLIP: FaultRow = FaultRow {
    lasts: Lasts::Never,
    source: "40",
    ..ELECTRONICS
};

pub(crate) const RAM_FLIP: RigFaultRow = RigFaultRow {
    row: FaultRow {
        name: "ram-flip",
        text: &[
            "A bit of RAM flips while the pump runs: in a byte, which needs `memory`, or in a field, which needs",
            "`fields` and an image with debug information. The field is written as a debugger writes it, and",
            "`held` says which value it is of those that the pump compares with a second copy.",
        ],
        example: "{ symbol = \"PUMP\", offset = 40, bit = 3 }",
        ..FLIP
    },
    needs: Some(Capability::Memory),
};

pub(crate) const FLASH_FLIP: RigFaultRow = RigFaultRow {
    row: FaultRow {
        name: "flash-flip",
        text: &["A bit of flash flips, until the bench reloads the image."],
        example: "{ symbol = \"main\", offset = 4, bit = 3 }",
        ..FLIP
    },
    needs: Some(Capability::Flash),
};

pub(crate) const REGISTER_FLIP: RigFaultRow = RigFaultRow {
    row: FaultRow {
        name: "register-flip",
        text: &["Bits of a core register flip while the core is halted for an instant."],
        example: "{ register = \"pc\", mask = \"0x10\" }",
        ..FLIP
    },
    needs: Some(Capability::Registers),
};

pub(crate) const NVM_DAMAGE: RigFaultRow = RigFaultRow {
    row: FaultRow {
        name: "nvm-damage",
        text: &[
            "Bytes of the pump's non-volatile memory are damaged: each bit is inverted, or they are",
            "erased. A pump that holds a copy in RAM sees it after its next reset.",
        ],
        example: "{ from = 256, length = 256 }",
        counts: "bytes changed",
        source: "38",
        ..FLIP
    },
    needs: None,
};

pub(crate) const LOST_WRITES: RigFaultRow = RigFaultRow {
    row: FaultRow {
        name: "lost-writes",
        text: &[
            "The pump's non-volatile memory takes no writes, or only the first of each exchange. The pump is",
            "told at its next exchange how many were done.",
        ],
        example: "{ during = \"commit\", done = 1 }",
        lasts: Lasts::Required,
        counts: "writes lost",
        source: "38",
        ..ELECTRONICS
    },
    needs: None,
};
