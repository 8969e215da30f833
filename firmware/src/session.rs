//! Telemetry authentication: keys, counters, tags; and the totals shown by the status.
//!
//! A packet is obeyed only if its tag matches the key of its role and its counter is larger than
//! that role's last one (REQ-TEL-001, REQ-TEL-002). Other packets get no answer. The counter is
//! stored before the command acts (REQ-TEL-003).

use crate::buttons::Buttons;
use crate::nvm::Nvm;
use crate::nvm_map::{KEYS_AT, KEYS_LEN, RecordId, SESSION_AT, SESSION_LEN};
use crate::record::Record;
use thecal_link::buffer::{Reader, Writer};
use thecal_telemetry::{Command, FACTORY_KEY, Key, Keys, Opened, REMOTES_MAX, Role, open, sender};
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
    pub(crate) keys: Option<Keys>,
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
}

impl Session {
    pub(crate) const fn new() -> Self {
        Self {
            keys: None,
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
        }
    }

    /// The key of a role; `None` if the role is not in use (REQ-TEL-007).
    pub(crate) fn key(&self, role: Role) -> Option<Key> {
        match &self.keys {
            None => (role == Role::Clinician).then_some(FACTORY_KEY),
            Some(keys) => Some(keys.of(role)).filter(|key| *key != FACTORY_KEY),
        }
    }

    /// Authenticates a packet and takes its counter. The counter must be larger than the last one
    /// in RAM and the last one in memory, so that a bit flip in RAM cannot lower it (REQ-INT-004).
    pub(crate) fn accept(
        &mut self,
        nvm: &Nvm,
        packet: &[u8],
    ) -> Result<Opened<Command>, Unauthentic> {
        let Ok(role) = sender(packet) else {
            return Err(self.refuse(ROLES));
        };
        let index = role.index();
        let opened = self
            .key(role)
            .and_then(|key| open::<Command>(key, packet).ok());
        let stored = self.stored_counter(nvm, index);
        match (opened, self.counters.get_mut(index)) {
            (Some(opened), Some(last)) if opened.counter > (*last).max(stored) => {
                *last = opened.counter;
                self.dirty = true;
                if let Some(warned) = self.warned.get_mut(index) {
                    *warned = false;
                }
                Ok(opened)
            }
            _ => Err(self.refuse(index)),
        }
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
        Unauthentic { role, is_first }
    }

    /// Sets the keys and restarts the counters.
    pub(crate) fn provision(&mut self, keys: Keys, counter: u32) {
        self.keys = Some(keys);
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
        for key in &self.keys.unwrap_or(Keys::FACTORY).0 {
            out.bytes(&key.0);
        }
        bytes
    }

    /// Restores the keys; deleted keys are not restored.
    pub(crate) fn restore_keys(&mut self, bytes: &[u8; KEYS_LEN]) {
        let mut from = Reader::new(bytes);
        let mut keys = Keys::FACTORY;
        for key in &mut keys.0 {
            *key = Key(from.array().unwrap_or_default());
        }
        self.keys = (keys.of(Role::Clinician) != FACTORY_KEY).then_some(keys);
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
