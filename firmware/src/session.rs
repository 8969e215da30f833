//! Telemetry authentication: keys, counters, tags; and the totals shown by the status.
//!
//! A packet is obeyed only if its tag matches the key of its role and its counter is larger than
//! that role's last one (REQ-TEL-001, REQ-TEL-002). Other packets get no answer. The counter is
//! stored before the command acts (REQ-TEL-003).
//!
//! ```text
//!   no keys ── AskChallenge ─► challenge ── Provision under its key ─► keys ── keys or counters lost ─┐
//!      ▲                                                                                              │
//!      └──────────────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! A pump without keys has no counters either, so it obeys what proves that it is new: a packet
//! under a key that follows from the pump's secret and from a challenge that it has never used
//! before (REQ-TEL-014). The keys of the roles follow from the two as well: a tape recorded under
//! earlier ones opens nothing, whatever the memory has lost.

use crate::buttons::Buttons;
use crate::nvm::Nvm;
use crate::nvm_map::{KEYS_AT, KEYS_LEN, RecordId, SESSION_AT, SESSION_LEN};
use crate::record::Record;
use thecal_link::buffer::{Reader, Writer};
use thecal_telemetry::{
    Challenge, Command, Key, Keys, NO_KEY, Opened, REMOTES_MAX, Role, Secret, open, sender,
};
use thecal_units::PumpTime;

const ROLES: usize = REMOTES_MAX + 1;
/// Stored for a remote that has not been pressed yet.
const NO_PRESS: u32 = u32::MAX;

/// A packet that failed authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unauthentic {
    /// [`Role::index`] of the claimed role; [`ROLES`] if it claims none.
    pub(crate) role: usize,
    /// The first one since the last accepted packet of this role.
    pub(crate) is_first: bool,
}

/// Keys, counters and totals.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    secret: Secret,
    pub(crate) keys: Option<Keys>,
    /// Challenges used so far.
    pub(crate) epoch: u32,
    /// The challenge of this run, once somebody has asked for it.
    challenge: Option<Challenge>,
    counters: [u32; ROLES],
    warned: [bool; ROLES + 1],
    pub(crate) unauthentic: u32,
    pub(crate) granted: u32,
    pub(crate) denied: u32,
    /// Resets, without the first power-on.
    pub(crate) resets: u32,
    pub(crate) buttons: Buttons,
    pub(crate) keys_record: Record<KEYS_LEN>,
    pub(crate) record: Record<SESSION_LEN>,
    pub(crate) keys_dirty: bool,
    pub(crate) dirty: bool,
    /// Packets were refused since the record was written; it is written with the next other one.
    pub(crate) stale: bool,
}

impl Session {
    pub(crate) const fn new(secret: Secret) -> Self {
        Self {
            secret,
            keys: None,
            epoch: 0,
            challenge: None,
            counters: [0; ROLES],
            warned: [false; ROLES + 1],
            unauthentic: 0,
            granted: 0,
            denied: 0,
            resets: 0,
            buttons: Buttons::new(),
            keys_record: Record::new(RecordId::Keys, KEYS_AT),
            record: Record::new(RecordId::Session, SESSION_AT),
            keys_dirty: false,
            dirty: false,
            stale: false,
        }
    }

    /// Authenticates a packet and takes its counter; returns it with its key. The counter must be
    /// larger than the last one in RAM and the last one in memory, so that a bit flip in RAM cannot
    /// lower it (REQ-INT-004).
    pub(crate) fn accept(
        &mut self,
        nvm: &Nvm,
        packet: &[u8],
    ) -> Result<(Opened<Command>, Key), Unauthentic> {
        let Ok(role) = sender(packet) else {
            return Err(self.refuse(ROLES));
        };
        let index = role.index();
        let Some(keys) = &self.keys else {
            let opened = self.open_without_keys(role, packet);
            return opened.ok_or_else(|| self.refuse(index));
        };
        // A role without a key is not in use (REQ-TEL-007).
        let key = keys.of(role);
        let opened = open::<Command>(key, packet);
        let opened = opened.ok().filter(|_| key != NO_KEY);
        let stored = self.stored_counter(nvm, index);
        match (opened, self.counters.get_mut(index)) {
            (Some(opened), Some(last)) if opened.counter > (*last).max(stored) => {
                *last = opened.counter;
                self.dirty = true;
                if let Some(warned) = self.warned.get_mut(index) {
                    *warned = false;
                }
                Ok((opened, key))
            }
            _ => Err(self.refuse(index)),
        }
    }

    /// Opens a packet to a pump without keys: provisioning under the key of the challenge, all else
    /// under the pairing key, which proves that the sender knows the secret but not when.
    fn open_without_keys(&self, role: Role, packet: &[u8]) -> Option<(Opened<Command>, Key)> {
        if role != Role::Clinician {
            return None;
        }
        let provisions =
            |opened: &Opened<Command>| matches!(opened.content, Command::Provision { .. });
        let pairing = self.secret.pairing_key();
        if let Ok(opened) = open::<Command>(pairing, packet) {
            return (!provisions(&opened)).then_some((opened, pairing));
        }
        let key = self.secret.provisioning_key(self.challenge?);
        let opened = open::<Command>(key, packet).ok().filter(provisions)?;
        Some((opened, key))
    }

    /// The challenge of this run. Neither a reset nor lost counters bring an earlier one back: the
    /// epoch is in memory before it is sent, and the entries of the log and the clock go on.
    pub(crate) fn challenge(&mut self, log_entries: u32, clock: PumpTime) -> Challenge {
        if let Some(challenge) = self.challenge {
            return challenge;
        }
        self.epoch = self.epoch.saturating_add(1);
        self.keys_dirty = true;
        let mut unique = [0; 16];
        let mut out = Writer::new(&mut unique);
        out.u32(self.epoch);
        out.u32(log_entries);
        out.u64(clock.as_millis());
        let challenge = self.secret.challenge(&unique);
        self.challenge = Some(challenge);
        challenge
    }

    /// Keys or counters are lost: nothing is obeyed until the pump is provisioned again
    /// (REQ-MEM-004).
    pub(crate) const fn forget_keys(&mut self) {
        self.keys = None;
        self.keys_dirty = true;
    }

    #[cfg(test)]
    pub(crate) fn forget_counters(&mut self) {
        self.counters = [0; ROLES];
    }

    fn stored_counter(&mut self, nvm: &Nvm, role: usize) -> u32 {
        let (_, bytes) = self.record.load(nvm);
        let at = 4 * role;
        let counter = bytes.and_then(|bytes| {
            let bytes = bytes.get(at..at + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        });
        counter.unwrap_or(0)
    }

    fn refuse(&mut self, role: usize) -> Unauthentic {
        self.unauthentic = self.unauthentic.saturating_add(1);
        let is_first = match self.warned.get_mut(role) {
            Some(warned) => !core::mem::replace(warned, true),
            None => false,
        };
        // The count is written at once where an entry is, so no more often than packets are
        // accepted.
        self.dirty |= is_first;
        self.stale = true;
        Unauthentic { role, is_first }
    }

    /// Takes the keys that follow from the challenge, which is used up, and restarts the counters.
    pub(crate) fn provision(&mut self, remotes: u8, counter: u32) {
        let Some(challenge) = self.challenge.take() else {
            return;
        };
        self.keys = Some(Keys::derived(self.secret, challenge, remotes));
        self.counters = [0; ROLES];
        if let Some(clinician) = self.counters.first_mut() {
            *clinician = counter;
        }
        self.keys_dirty = true;
        self.dirty = true;
    }

    pub(crate) fn keys_to_bytes(&self) -> [u8; KEYS_LEN] {
        let mut bytes = [0; KEYS_LEN];
        let mut out = Writer::new(&mut bytes);
        out.u32(self.epoch);
        for key in &self.keys.unwrap_or(Keys::NONE).0 {
            out.bytes(&key.0);
        }
        bytes
    }

    /// Restores the keys and the epoch; deleted keys are not restored.
    pub(crate) fn restore_keys(&mut self, bytes: &[u8; KEYS_LEN]) {
        let mut from = Reader::new(bytes);
        self.epoch = from.u32().unwrap_or_default().max(self.epoch);
        let mut keys = Keys::NONE;
        for key in &mut keys.0 {
            *key = Key(from.array().unwrap_or_default());
        }
        self.keys = (keys.of(Role::Clinician) != NO_KEY).then_some(keys);
    }

    pub(crate) fn to_bytes(&self) -> [u8; SESSION_LEN] {
        let mut bytes = [0; SESSION_LEN];
        let mut out = Writer::new(&mut bytes);
        for counter in self.counters {
            out.u32(counter);
        }
        for press in self.buttons.presses() {
            out.u32(press.map_or(NO_PRESS, u32::from));
        }
        out.u32(self.unauthentic);
        out.u32(self.granted);
        out.u32(self.denied);
        out.u32(self.resets);
        bytes
    }

    /// Whether a stored record has counters in use, as only a provisioned pump has (REQ-MEM-008).
    pub(crate) fn is_of_service(bytes: &[u8; SESSION_LEN]) -> bool {
        bytes.iter().take(4 * ROLES).any(|&byte| byte != 0)
    }

    pub(crate) fn restore(&mut self, bytes: &[u8; SESSION_LEN], now: PumpTime) {
        let mut from = Reader::new(bytes);
        let mut next = || from.u32().unwrap_or_default();
        for counter in &mut self.counters {
            *counter = next();
        }
        let mut presses = [None; REMOTES_MAX];
        for press in &mut presses {
            *press = u16::try_from(next()).ok();
        }
        self.buttons.restore(presses, now);
        self.unauthentic = next();
        self.granted = next();
        self.denied = next();
        self.resets = next();
    }
}
