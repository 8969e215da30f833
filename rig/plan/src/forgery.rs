//! Packets that the people's own instruments would never send.

use crate::{Request, Sender};
use core::fmt;

/// A packet that somebody builds who is not the one whose request it is: sealed with another key, used
/// up already, of an unknown content, or spoiled on its way.
///
/// Where nothing of that holds the packet is authentic, and only its sender may not ask for this.
#[derive(Clone, Debug, PartialEq)]
pub struct Forgery {
    /// What it asks for. The number of a press is filled in when it is sent.
    pub request: Request,
    /// Whom it says it is from.
    pub from: Sender,
    /// The key that seals it.
    pub key: ForgedKey,
    /// Whether it carries a counter that its sender has used before.
    pub used_counter: bool,
    /// The command itself, in place of that of the request: bytes of the pump's own protocol, sealed like any
    /// other.
    pub content: Option<Vec<u8>>,
    /// What happens to the bytes after that.
    pub spoiled: Spoiled,
}

/// The key that seals a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgedKey {
    /// That of whom it says it is from.
    Own,
    /// That of another sender.
    Of(Sender),
    /// All zeros.
    Zero,
    /// The one with which a new pump is paired, and nothing else.
    Pairing,
    /// That of another pump.
    OtherPump,
}

/// What happens to the bytes of a sealed packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spoiled {
    /// Only this many bytes from the first are left.
    pub keep: Option<u16>,
    /// This many bytes of zero follow.
    pub add: u16,
    /// This bit is inverted: bit `n % 8` of byte `n / 8`.
    pub flip: Option<u16>,
}

impl ForgedKey {
    /// Each with its name in scenarios.
    pub const ALL: [(&'static str, Self); 9] = [
        ("own", Self::Own),
        ("clinician", Self::Of(Sender::Clinician)),
        ("remote-1", Self::Of(Sender::Remote(1))),
        ("remote-2", Self::Of(Sender::Remote(2))),
        ("remote-3", Self::Of(Sender::Remote(3))),
        ("remote-4", Self::Of(Sender::Remote(4))),
        ("zero", Self::Zero),
        ("pairing", Self::Pairing),
        ("other-pump", Self::OtherPump),
    ];
}

impl Spoiled {
    /// Whether the bytes stay as they are.
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// The bytes of a packet after that; `None`: it has fewer than are to be left, or no such bit.
    #[must_use]
    pub fn spoil(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let kept = match self.keep {
            Some(keep) => packet.get(..keep.into())?,
            None => packet,
        };
        let mut bytes = kept.to_vec();
        bytes.resize(bytes.len() + usize::from(self.add), 0);
        if let Some(bit) = self.flip {
            *bytes.get_mut(usize::from(bit / 8))? ^= 1 << (bit % 8);
        }
        Some(bytes)
    }
}

impl Forgery {
    /// Whether the pump must take the packet for one of the sender's own: then only the request may be
    /// wrong.
    #[must_use]
    pub fn is_authentic(&self) -> bool {
        let own = self.key == ForgedKey::Own || self.key == ForgedKey::Of(self.from);
        own && !self.used_counter && self.content.is_none() && self.spoiled.is_nothing()
    }
}

/// How it is wrong: "sealed with a key of zeros, cut to 4 bytes".
impl fmt::Display for Forgery {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = Vec::new();
        match self.key {
            ForgedKey::Of(other) if other != self.from => {
                said.push(format!("sealed with the key of {other}"));
            }
            ForgedKey::Own | ForgedKey::Of(_) => {}
            ForgedKey::Zero => said.push("sealed with a key of zeros".to_owned()),
            ForgedKey::Pairing => said.push("sealed with the pairing key".to_owned()),
            ForgedKey::OtherPump => said.push("sealed with a key of another pump".to_owned()),
        }
        if self.used_counter {
            said.push("with a counter that was used".to_owned());
        }
        if let Some(content) = &self.content {
            let digits: String = content.iter().map(|byte| format!("{byte:02x}")).collect();
            said.push(format!("with content {digits}"));
        }
        if let Some(keep) = self.spoiled.keep {
            said.push(format!("cut to {keep} bytes"));
        }
        if self.spoiled.add > 0 {
            let bytes = if self.spoiled.add == 1 {
                "byte"
            } else {
                "bytes"
            };
            said.push(format!("longer by {} {bytes}", self.spoiled.add));
        }
        if let Some(bit) = self.spoiled.flip {
            said.push(format!("bit {bit} inverted"));
        }
        out.write_str(&said.join(", "))
    }
}

/// Where a packet comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// An instrument of the sender, for what its person wants.
    Genuine,
    /// Somebody has recorded it, or the pump's answer to it, and sends it again.
    Replayed,
    /// Somebody has built it or spoiled it.
    Forged(Box<Forgery>),
}

impl Origin {
    /// Whether its sender has sent it, now and for the first time.
    #[must_use]
    pub const fn is_genuine(&self) -> bool {
        matches!(self, Self::Genuine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forgery() -> Forgery {
        Forgery {
            request: Request::Stop,
            from: Sender::Remote(2),
            key: ForgedKey::Own,
            used_counter: false,
            content: None,
            spoiled: Spoiled::default(),
        }
    }

    #[test]
    fn what_is_spoiled_is_cut_first_then_longer_then_inverted() {
        let spoiled = Spoiled {
            keep: Some(2),
            add: 1,
            flip: Some(16),
        };
        assert_eq!(spoiled.spoil(&[7, 8, 9]), Some(vec![7, 8, 1]));
        assert_eq!(spoiled.spoil(&[7]), None);
        let beyond = Spoiled {
            flip: Some(24),
            ..Spoiled::default()
        };
        assert_eq!(beyond.spoil(&[7, 8, 9]), None);
    }

    #[test]
    fn a_packet_is_authentic_unless_key_counter_content_or_bytes_are_wrong() {
        assert!(forgery().is_authentic());
        let own = ForgedKey::Of(Sender::Remote(2));
        assert!(
            Forgery {
                key: own,
                ..forgery()
            }
            .is_authentic()
        );
        let wrong = [
            Forgery {
                key: ForgedKey::Zero,
                ..forgery()
            },
            Forgery {
                used_counter: true,
                ..forgery()
            },
            Forgery {
                content: Some(vec![0x99]),
                ..forgery()
            },
            Forgery {
                spoiled: Spoiled {
                    add: 1,
                    ..Spoiled::default()
                },
                ..forgery()
            },
        ];
        assert!(wrong.iter().all(|it| !it.is_authentic()));
        assert_eq!(wrong[0].to_string(), "sealed with a key of zeros");
        assert_eq!(wrong[3].to_string(), "longer by 1 byte");
    }
}
