//! The inventory: `bench.toml` lists the boards of this bench by name, and how each is connected.
//!
//! ```text
//! load      text -> tables with spans -> boards   (load.rs, file.rs, resolve.rs)
//! mistake   mistakes, each with a place and a fix
//! ```
//!
//! The grammar is documented in docs/benches.md.

mod clash;
mod file;
mod load;
mod mistake;
mod resolve;

pub use load::{Inventory, load, parse};
pub use mistake::InventoryError;

use crate::probe::{Flashing, ProbeTarget};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use thecal_engine::bench::BuiltIn;

/// One board of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardSpec {
    /// Its name, for `--on`.
    pub name: String,
    /// How the contract reaches it.
    pub link: LinkBy,
    /// Its debug probe, and the chip behind it.
    pub probe: Option<ProbeTarget>,
    /// Whether the rig may flash its image by the probe if the board holds another one.
    pub flash: bool,
    /// Speed of its line. Unit: bit per second.
    pub baud: u32,
    /// The image it is assumed to run; `None`: the one that the rig builds.
    pub elf: Option<PathBuf>,
    /// How its power is switched.
    pub power: Option<Power>,
    /// What is wired to it.
    pub fixtures: Vec<String>,
    /// For `--on tag:…`.
    pub tags: Vec<String>,
    /// Deviations from what the rig expects.
    pub quirks: Quirks,
    /// The inventory file, which distinguishes virtual boards.
    pub file: PathBuf,
}

/// How the contract reaches a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkBy {
    /// A serial port of this machine: its path.
    Serial(PathBuf),
    /// A serial port of another machine, as raw bytes: `host:port`.
    Tcp(String),
    /// A serial port of another machine, by RFC 2217: `host:port`.
    Rfc2217(String),
    /// The debug probe.
    Probe(ProbeTarget),
    /// None: the board is virtual and uses this bench.
    Emulated(&'static BuiltIn),
}

impl fmt::Display for LinkBy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(path) => write!(out, "{}", path.display()),
            Self::Tcp(address) => write!(out, "tcp://{address}"),
            Self::Rfc2217(address) => write!(out, "rfc2217://{address}"),
            Self::Probe(probe) => write!(out, "probe {}", probe.selector),
            Self::Emulated(bench) => write!(out, "emulated {}", bench.name),
        }
    }
}

/// How a board's power is switched: local commands, run without a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Power {
    /// Program and arguments that switch it on.
    pub on: Vec<String>,
    /// Program and arguments that switch it off.
    pub off: Vec<String>,
    /// Wait after each.
    pub settle: Duration,
    /// Limit for each.
    pub deadline: Duration,
}

/// Deviations of a board from what the rig expects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Do not change the port's low-latency flag.
    pub no_low_latency: bool,
    /// Process each byte as it comes.
    pub bytewise: bool,
    /// Reset it by other means than a frame.
    pub reset: Option<ResetBy>,
    /// From a reset until it listens.
    pub boot_delay: Duration,
    /// Do not compare its build id with an image.
    pub any_build: bool,
}

/// How a board is reset, other than by a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetBy {
    /// The port's DTR line is asserted briefly.
    Dtr,
    /// The port's RTS line is asserted briefly.
    Rts,
    /// Its power is cut and restored.
    Power,
}

impl ResetBy {
    /// All, by their names in the inventory.
    pub(crate) const ALL: &[(&'static str, Self)] = &[
        ("dtr", Self::Dtr),
        ("rts", Self::Rts),
        ("power", Self::Power),
    ];
}

impl BoardSpec {
    /// Whether its image may be replaced.
    #[must_use]
    pub const fn flashing(&self) -> Flashing {
        if self.flash {
            Flashing::IfNeeded
        } else {
            Flashing::Never
        }
    }

    /// What two users cannot share: the port or probe of a real board, or the name of a virtual
    /// board and its inventory.
    #[must_use]
    pub fn resource(&self) -> String {
        match &self.link {
            LinkBy::Emulated(_) => format!("{}:{}", self.file.display(), self.name),
            link => link.to_string(),
        }
    }
}
