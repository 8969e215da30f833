//! Roles, keys, counters and tags.

use super::log::LogPage;
use crate::buffer::{Bytes, Reader, Writer};
use crate::error::DecodeError;
use crate::limits::TELEMETRY_MAX;
use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};

/// Most patient remotes that one pump knows.
pub const REMOTES_MAX: usize = 4;

const TAG_LEN: usize = 8;
const HEADER_LEN: usize = 6;

// The two longest contents, a full page of the log and the keys, fit a packet.
const _: () = {
    assert!(HEADER_LEN + LogPage::LEN_MAX + TAG_LEN <= TELEMETRY_MAX);
    assert!(HEADER_LEN + 16 * (REMOTES_MAX + 1) + TAG_LEN <= TELEMETRY_MAX);
};

/// Who speaks. On the wire 0 is the clinician, 1 to [`REMOTES_MAX`] are remotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The clinician's programmer.
    Clinician,
    /// A patient remote, from 1.
    Remote(u8),
}

impl Role {
    /// Position in tables of roles: 0 for the clinician, then the remotes.
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Self::Clinician => 0,
            Self::Remote(number) => usize::from(number),
        }
    }

    fn decode(value: u8) -> Result<Self, DecodeError> {
        match value {
            0 => Ok(Self::Clinician),
            number if usize::from(number) <= REMOTES_MAX => Ok(Self::Remote(number)),
            _ => Err(DecodeError::UnknownValue {
                field: "role",
                value: value.into(),
            }),
        }
    }

    /// The number on the air. `Remote(0)` has none: it would be taken for the clinician.
    fn encode(self) -> Result<u8, DecodeError> {
        match self {
            Self::Clinician => Ok(0),
            Self::Remote(number) if (1..=REMOTES_MAX).contains(&number.into()) => Ok(number),
            Self::Remote(number) => Err(DecodeError::UnknownValue {
                field: "role",
                value: number.into(),
            }),
        }
    }
}

/// An AES-128 key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub [u8; 16]);

impl core::fmt::Debug for Key {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Key(..)")
    }
}

/// The key of a pump that has not been provisioned. It opens one door only: provisioning.
pub const FACTORY_KEY: Key = Key([0; 16]);

/// The keys that a pump is provisioned with, by [`Role::index`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys(pub [Key; REMOTES_MAX + 1]);

impl Keys {
    /// All doors closed but provisioning.
    pub const FACTORY: Self = Self([FACTORY_KEY; REMOTES_MAX + 1]);

    /// The key of a role.
    #[must_use]
    pub fn of(&self, role: Role) -> Key {
        self.0.get(role.index()).copied().unwrap_or(FACTORY_KEY)
    }

    pub(super) fn encode(&self, out: &mut Writer<'_>) {
        for key in &self.0 {
            out.bytes(&key.0);
        }
    }

    pub(super) fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut keys = Self::FACTORY;
        for key in &mut keys.0 {
            *key = Key(from.array()?);
        }
        Ok(keys)
    }
}

/// Which way a packet goes; part of what the tag covers, so that an answer is never a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    ToPump = 1,
    FromPump = 2,
}

/// An authentic packet. Whether its counter is fresh is for the receiver to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened<T> {
    /// Who sent it (or, in an answer, to whom).
    pub role: Role,
    /// The sender's counter; an answer repeats the command's.
    pub counter: u32,
    /// What it says.
    pub content: T,
}

/// What can travel in a packet.
pub(super) trait Content: Sized {
    const DIRECTION: Direction;
    fn kind(&self) -> u8;
    fn encode(&self, out: &mut Writer<'_>);
    fn decode(kind: u8, from: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

fn tag(key: Key, direction: Direction, packet: &[u8]) -> [u8; TAG_LEN] {
    let mut mac = Cmac::<Aes128>::new(&key.0.into());
    mac.update(&[direction as u8]);
    mac.update(packet);
    let whole: [u8; 16] = mac.finalize().into_bytes().into();
    let mut short = [0; TAG_LEN];
    short.copy_from_slice(whole.split_at(TAG_LEN).0);
    short
}

/// The role that a packet claims, before its tag is checked: it tells which key to try.
///
/// # Errors
///
/// [`DecodeError`] if the packet is empty or names no role.
pub fn sender(packet: &[u8]) -> Result<Role, DecodeError> {
    Role::decode(Reader::new(packet).u8()?)
}

/// Seals `content` into an authentic packet.
///
/// # Errors
///
/// [`DecodeError::LengthOutOfRange`] if it passes [`TELEMETRY_MAX`],
/// [`DecodeError::UnknownValue`] if the role is a remote that cannot exist.
#[expect(private_bounds, reason = "only commands and responses travel")]
pub fn seal<T: Content>(
    key: Key,
    role: Role,
    counter: u32,
    content: &T,
) -> Result<Bytes<TELEMETRY_MAX>, DecodeError> {
    let mut plain = [0; TELEMETRY_MAX];
    let mut out = Writer::new(&mut plain);
    out.u8(role.encode()?);
    out.u32(counter);
    out.u8(content.kind());
    content.encode(&mut out);
    let len = out.finish()?;
    let mut packet = Bytes::new();
    let body = plain.get(..len).unwrap_or(&[]);
    packet.extend(body)?;
    packet.extend(&tag(key, T::DIRECTION, body))?;
    Ok(packet)
}

/// Opens a packet, if its tag is right.
///
/// # Errors
///
/// [`DecodeError::BadTag`] if the tag does not match the key, other variants if an authentic
/// packet is not of this protocol.
#[expect(private_bounds, reason = "only commands and responses travel")]
pub fn open<T: Content>(key: Key, packet: &[u8]) -> Result<Opened<T>, DecodeError> {
    let needed = HEADER_LEN + TAG_LEN;
    let (body, found) = packet
        .split_last_chunk::<TAG_LEN>()
        .ok_or(DecodeError::TooShort {
            needed,
            left: packet.len(),
        })?;
    // Compared in one pass whatever differs, so that timing tells an attacker nothing.
    let computed = tag(key, T::DIRECTION, body);
    let difference = computed
        .iter()
        .zip(found)
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    if difference != 0 {
        return Err(DecodeError::BadTag);
    }
    let mut from = Reader::new(body);
    let role = Role::decode(from.u8()?)?;
    let counter = from.u32()?;
    let kind = from.u8()?;
    let content = T::decode(kind, &mut from)?;
    from.end()?;
    Ok(Opened {
        role,
        counter,
        content,
    })
}
