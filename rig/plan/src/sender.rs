//! Who sends packets to a pump.

use core::fmt;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    /// The clinician's programmer.
    Clinician,
    /// A patient's remote, from 1.
    Remote(u8),
}

impl Sender {
    /// Each with its name in scenarios.
    pub const ALL: [(&'static str, Self); 5] = [
        ("clinician", Self::Clinician),
        ("remote-1", Self::Remote(1)),
        ("remote-2", Self::Remote(2)),
        ("remote-3", Self::Remote(3)),
        ("remote-4", Self::Remote(4)),
    ];
}

/// As in a sentence: "the clinician", "remote 2".
impl fmt::Display for Sender {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clinician => out.write_str("the clinician"),
            Self::Remote(number) => write!(out, "remote {number}"),
        }
    }
}
