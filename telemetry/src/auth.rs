//! Authentication of packets: roles, keys, counters and tags.

use crate::log::LogPage;
use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use thecal_link::DecodeError;
use thecal_link::buffer::{Bytes, Reader, Writer};
use thecal_link::limits::TELEMETRY_MAX;

/// Most patient remotes of one pump.
pub const REMOTES_MAX: usize = 4;

const TAG_LEN: usize = 8;
const HEADER_LEN: usize = 6;

// The longest content, a full page of the log, fits a packet.
const _: () = assert!(HEADER_LEN + LogPage::LEN_MAX + TAG_LEN <= TELEMETRY_MAX);

/// Sender of a packet. On the wire 0 is the clinician, 1 to [`REMOTES_MAX`] are remotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The clinician's programmer.
    Clinician,
    /// A patient remote, from 1.
    Remote(u8),
}

impl Role {
    /// Index in tables of roles: 0 for the clinician, then the remotes.
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

    /// The number on the air. `Remote(0)` has none: it would be read as the clinician.
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

/// The key of a role that is not in use: it opens nothing.
pub const NO_KEY: Key = Key([0; 16]);

/// What only the pump and the clinic's programmer know, from the day on which the pump is made. It is
/// never sent and seals no packet: all keys are derived from it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret(pub [u8; 16]);

/// The secret of this project's pumps, so of none that is implanted: a product has one for each pump,
/// in memory that can be written once and that telemetry cannot read.
pub const EXAMPLE_SECRET: Secret = Secret(*b"not a secret key");

impl core::fmt::Debug for Secret {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("Secret(..)")
    }
}

/// What a pump without keys asks of who provisions it: a number that it has never used before
/// (REQ-TEL-014).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge(pub [u8; 16]);

/// What a key is derived for; the first byte that is authenticated.
#[derive(Clone, Copy)]
enum Purpose {
    Pairing = 1,
    Provisioning = 2,
    Role = 3,
    Challenge = 4,
}

impl Secret {
    /// The key of the clinician at a pump without keys. What it opens may have been recorded.
    #[must_use]
    pub fn pairing_key(self) -> Key {
        self.derive(Purpose::Pairing, 0, &[])
    }

    /// The key under which a challenge is answered, by provisioning.
    #[must_use]
    pub fn provisioning_key(self, challenge: Challenge) -> Key {
        self.derive(Purpose::Provisioning, 0, &challenge.0)
    }

    /// The challenge of a pump from what it has never used before.
    #[must_use]
    pub fn challenge(self, unique: &[u8]) -> Challenge {
        Challenge(self.derive(Purpose::Challenge, 0, unique).0)
    }

    fn derive(self, purpose: Purpose, role: u8, from: &[u8]) -> Key {
        Key(mac(Key(self.0), &[&[purpose as u8, role], from]))
    }
}

/// The keys of the roles, by [`Role::index`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys(pub [Key; REMOTES_MAX + 1]);

impl Keys {
    /// No role is in use.
    pub const NONE: Self = Self([NO_KEY; REMOTES_MAX + 1]);

    /// The keys that follow from an answered challenge: of the clinician, and of each remote whose
    /// bit is set in `remotes`, bit 0 for remote 1.
    #[must_use]
    pub fn derived(secret: Secret, challenge: Challenge, remotes: u8) -> Self {
        let mut keys = Self::NONE;
        for (role, key) in (0_u8..).zip(&mut keys.0) {
            let is_in_use = role == 0 || remotes & (1 << (role - 1)) != 0;
            if is_in_use {
                *key = secret.derive(Purpose::Role, role, &challenge.0);
            }
        }
        keys
    }

    /// The key of a role.
    #[must_use]
    pub fn of(&self, role: Role) -> Key {
        self.0.get(role.index()).copied().unwrap_or(NO_KEY)
    }
}

/// Direction of a packet; covered by the tag, so that an answer is never accepted as a command
/// (REQ-TEL-012).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    ToPump = 1,
    FromPump = 2,
}

/// An authentic packet. The receiver must check that its counter is fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened<T> {
    /// The sender, or the addressee of an answer.
    pub role: Role,
    /// The sender's counter; an answer repeats the command's.
    pub counter: u32,
    /// The content.
    pub content: T,
}

/// Content that a packet can carry.
pub(super) trait Content: Sized {
    const DIRECTION: Direction;
    fn kind(&self) -> u8;
    fn encode(&self, out: &mut Writer<'_>);
    fn decode(kind: u8, from: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

/// AES-CMAC of the concatenated parts.
fn mac(key: Key, parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = Cmac::<Aes128>::new(&key.0.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn tag(key: Key, direction: Direction, packet: &[u8]) -> [u8; TAG_LEN] {
    let whole = mac(key, &[&[direction as u8], packet]);
    let mut short = [0; TAG_LEN];
    short.copy_from_slice(whole.split_at(TAG_LEN).0);
    short
}

/// The role that a packet claims, before its tag is checked: selects the key.
///
/// # Errors
///
/// [`DecodeError`] if the packet is empty or its role is invalid.
pub fn sender(packet: &[u8]) -> Result<Role, DecodeError> {
    Role::decode(Reader::new(packet).u8()?)
}

/// Encodes `content` into an authentic packet.
///
/// # Errors
///
/// [`DecodeError::LengthOutOfRange`] if it exceeds [`TELEMETRY_MAX`], [`DecodeError::UnknownValue`]
/// if the role is a remote that cannot exist.
#[expect(private_bounds, reason = "only commands and responses travel")]
pub fn seal<T: Content>(
    key: Key,
    role: Role,
    counter: u32,
    content: &T,
) -> Result<Bytes<TELEMETRY_MAX>, DecodeError> {
    sealed(key, T::DIRECTION, (role, counter), |out| {
        out.u8(content.kind());
        content.encode(out);
    })
}

/// Seals a kind and a body that need not be a command: what somebody sends who has the key and not the
/// protocol.
///
/// # Errors
///
/// As [`seal`].
pub fn seal_bytes(
    key: Key,
    role: Role,
    counter: u32,
    kind_and_body: &[u8],
) -> Result<Bytes<TELEMETRY_MAX>, DecodeError> {
    sealed(key, Direction::ToPump, (role, counter), |out| {
        out.bytes(kind_and_body);
    })
}

fn sealed(
    key: Key,
    direction: Direction,
    (role, counter): (Role, u32),
    content: impl FnOnce(&mut Writer<'_>),
) -> Result<Bytes<TELEMETRY_MAX>, DecodeError> {
    let mut plain = [0; TELEMETRY_MAX];
    let mut out = Writer::new(&mut plain);
    out.u8(role.encode()?);
    out.u32(counter);
    content(&mut out);
    let len = out.finish()?;
    let mut packet = Bytes::new();
    let body = plain.get(..len).unwrap_or(&[]);
    packet.extend(body)?;
    packet.extend(&tag(key, direction, body))?;
    Ok(packet)
}

/// Decodes a packet if its tag is correct.
///
/// # Errors
///
/// [`DecodeError::BadTag`] if the tag does not match the key, other variants if an authentic packet
/// does not conform to this protocol.
#[expect(private_bounds, reason = "only commands and responses travel")]
pub fn open<T: Content>(key: Key, packet: &[u8]) -> Result<Opened<T>, DecodeError> {
    let needed = HEADER_LEN + TAG_LEN;
    let (body, found) = packet
        .split_last_chunk::<TAG_LEN>()
        .ok_or(DecodeError::TooShort {
            needed,
            left: packet.len(),
        })?;
    // Constant-time comparison, so that timing reveals nothing to an attacker.
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

#[cfg(test)]
mod tests {
    use super::*;

    const RFC_KEY: Key = Key([
        0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f,
        0x3c,
    ]);
    const MESSAGE: [u8; 64] = [
        0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17,
        0x2a, 0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf,
        0x8e, 0x51, 0x30, 0xc8, 0x1c, 0x46, 0xa3, 0x5c, 0xe4, 0x11, 0xe5, 0xfb, 0xc1, 0x19, 0x1a,
        0x0a, 0x52, 0xef, 0xf6, 0x9f, 0x24, 0x45, 0xdf, 0x4f, 0x9b, 0x17, 0xad, 0x2b, 0x41, 0x7b,
        0xe6, 0x6c, 0x37, 0x10,
    ];

    /// RFC 4493, section 4, examples 1 to 4.
    #[test]
    fn the_mac_is_that_of_rfc_4493() {
        let examples = [
            (0, 0xbb1d_6929_e959_3728_7fa3_7d12_9b75_6746_u128),
            (16, 0x070a_16b4_6b4d_4144_f79b_dd9d_d04a_287c),
            (40, 0xdfa6_6747_de9a_e630_30ca_3261_1497_c827),
            (64, 0x51f0_bebf_7e3b_9d92_fc49_7417_7936_3cfe),
        ];
        for (len, expected) in examples {
            assert_eq!(mac(RFC_KEY, &[&MESSAGE[..len]]), expected.to_be_bytes());
        }
    }

    /// The tag covers the direction in front of the packet, as one message.
    /// Verifies REQ-TEL-012.
    #[test]
    fn the_direction_is_the_first_byte_of_what_the_tag_covers() {
        let whole = mac(RFC_KEY, &[&[2], &MESSAGE]);
        assert_eq!(
            tag(RFC_KEY, Direction::FromPump, &MESSAGE),
            whole[..TAG_LEN]
        );
        assert_ne!(tag(RFC_KEY, Direction::ToPump, &MESSAGE), whole[..TAG_LEN]);
    }
}
