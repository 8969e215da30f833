//! Which probe, which chip, and how the one talks to the other.

use probe_rs::probe::WireProtocol;
use std::fmt;

/// A probe and the chip behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeTarget {
    /// `VID:PID` or `VID:PID:SERIAL`, in hexadecimal.
    pub selector: String,
    /// The chip's name as probe-rs knows it, such as `STM32F405RGTx`.
    pub chip: String,
    /// Protocol between probe and chip.
    pub protocol: Protocol,
}

/// Protocol between probe and chip. Some probes use none until one is selected, so it is selected
/// before each attachment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Serial wire: two lines. All chips known to the rig have it.
    #[default]
    Swd,
    /// Four lines, which the board must connect.
    Jtag,
}

impl Protocol {
    /// All, by their names in the inventory.
    pub(crate) const ALL: &[(&'static str, Self)] = &[("swd", Self::Swd), ("jtag", Self::Jtag)];
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Swd => "SWD",
            Self::Jtag => "JTAG",
        })
    }
}

impl From<Protocol> for WireProtocol {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Swd => Self::Swd,
            Protocol::Jtag => Self::Jtag,
        }
    }
}
