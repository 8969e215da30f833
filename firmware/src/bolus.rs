//! Boluses: the one being given, the grants behind, and the remotes' buttons.
//!
//! A patient bolus is granted by its *start*: lockout runs from start to start (REQ-BOL-004), the
//! daily maximum counts starts in the trailing 24 hours (REQ-BOL-005), and a bolus that was cut
//! counts like one that was given (REQ-BOL-006). Grants are written one slot each, in a ring,
//! before the motor moves for them (REQ-BOL-007). Together these bound every window (REQ-BOL-012).

use crate::nvm::Nvm;
use crate::nvm_map::{GRANT_LEN, GRANTS, GRANTS_AT, RecordId};
use thecal_link::buffer::{Reader, Writer};
use thecal_link::frame::checksum;
use thecal_link::reaction::NvmWrites;
use thecal_link::telemetry::{Denial, Prescription, REMOTES_MAX};
use thecal_units::{Millis, PumpTime};

/// Who asked for the bolus in progress. Numbers are used in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum BolusKind {
    Patient = 1,
    Clinician = 2,
}

/// The bolus being given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Active {
    pub(crate) kind: BolusKind,
    /// Steps moved since it began, the continuous infusion's among them.
    pub(crate) moved: u32,
}

#[derive(Clone, Copy, Debug)]
struct Grant {
    sequence: u32,
    at: PumpTime,
}

/// The last [`GRANTS`] grants.
#[derive(Debug)]
pub(crate) struct Grants {
    slots: [Option<Grant>; GRANTS],
    next: u32,
    unwritten: Option<u32>,
}

impl Grants {
    pub(crate) const fn new() -> Self {
        Self {
            slots: [None; GRANTS],
            next: 0,
            unwritten: None,
        }
    }

    /// Reads the ring after a reset. A slot that is neither erased nor intact counts as a grant at
    /// `now`: damage never gives a bolus (REQ-BOL-008). Says how many there were.
    pub(crate) fn load(&mut self, nvm: &Nvm, now: PumpTime) -> u32 {
        let mut damaged = 0;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let at = GRANTS_AT + index * GRANT_LEN;
            if nvm.is_erased(at, GRANT_LEN) {
                continue;
            }
            *slot = open(nvm.read(at, GRANT_LEN));
            if let Some(grant) = slot {
                self.next = self.next.max(grant.sequence.saturating_add(1));
            } else {
                damaged += 1;
                *slot = Some(Grant {
                    sequence: 0,
                    at: now,
                });
            }
        }
        damaged
    }

    /// Why time and number forbid a bolus now, if they do.
    pub(crate) fn denial(&self, now: PumpTime, prescription: &Prescription) -> Option<Denial> {
        let starts = || self.slots.iter().flatten().map(|grant| grant.at);
        if starts().any(|start| now < start + prescription.lockout) {
            return Some(Denial::Lockout);
        }
        let today = starts().filter(|&start| now < start + Millis::DAY).count();
        (today >= usize::from(prescription.daily_maximum)).then_some(Denial::DailyMaximum)
    }

    /// Notes a grant; it is on its way to memory until [`Grants::store`] says so.
    pub(crate) fn grant(&mut self, now: PumpTime) {
        let sequence = self.next;
        self.next = self.next.saturating_add(1);
        if let Some(slot) = self.slots.get_mut(slot_of(sequence)) {
            *slot = Some(Grant { sequence, at: now });
        }
        self.unwritten = Some(sequence);
    }

    /// Writes the last grant, if it is not in memory yet; false where there is no room.
    pub(crate) fn store(&mut self, nvm: &mut Nvm, out: &mut NvmWrites) -> bool {
        let Some(sequence) = self.unwritten else {
            return true;
        };
        let index = slot_of(sequence);
        let Some(Some(grant)) = self.slots.get(index) else {
            return true;
        };
        if !nvm.write(GRANTS_AT + index * GRANT_LEN, &seal(grant), out) {
            return false;
        }
        self.unwritten = None;
        nvm.mark(RecordId::Grants);
        true
    }

    /// The last grant did not become durable.
    pub(crate) const fn store_again(&mut self) {
        self.unwritten = self.next.checked_sub(1);
    }
}

fn slot_of(sequence: u32) -> usize {
    sequence as usize % GRANTS
}

fn seal(grant: &Grant) -> [u8; GRANT_LEN] {
    let mut bytes = [0; GRANT_LEN];
    let mut out = Writer::new(&mut bytes);
    out.u32(grant.sequence);
    out.u64(grant.at.as_millis());
    let sum = checksum(bytes.get(..GRANT_LEN - 4).unwrap_or(&[]));
    if let Some(room) = bytes.last_chunk_mut::<4>() {
        *room = sum.to_le_bytes();
    }
    bytes
}

fn open(bytes: &[u8]) -> Option<Grant> {
    let (body, sum) = bytes.split_last_chunk::<4>()?;
    if checksum(body) != u32::from_le_bytes(*sum) {
        return None;
    }
    let mut from = Reader::new(body);
    Some(Grant {
        sequence: from.u32().ok()?,
        at: PumpTime::from_millis(from.u64().ok()?),
    })
}

/// A press repeated for longer than this is not a finger's. Source: pump.md 4.7, S61.
const STUCK_AFTER: Millis = Millis::from_secs(180);

/// The last press of one remote.
#[derive(Clone, Copy, Debug)]
struct Button {
    press: Option<u16>,
    since: PumpTime,
    stuck: bool,
}

/// What a press is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Press {
    New,
    Same,
    /// The same for more than three minutes, told once.
    Stuck,
}

/// The remotes' buttons (REQ-BOL-009).
#[derive(Debug)]
pub(crate) struct Buttons([Button; REMOTES_MAX]);

impl Buttons {
    pub(crate) const fn new() -> Self {
        Self(
            [Button {
                press: None,
                since: PumpTime::ZERO,
                stuck: false,
            }; REMOTES_MAX],
        )
    }

    /// Takes a press of a remote, counted from 1.
    pub(crate) fn press(&mut self, remote: u8, press: u16, now: PumpTime) -> Press {
        let index = usize::from(remote).wrapping_sub(1);
        let Some(button) = self.0.get_mut(index) else {
            return Press::Same;
        };
        if button.press != Some(press) {
            *button = Button {
                press: Some(press),
                since: now,
                stuck: false,
            };
            return Press::New;
        }
        if button.stuck || now.since(button.since) <= STUCK_AFTER {
            return Press::Same;
        }
        button.stuck = true;
        Press::Stuck
    }

    /// The last presses, for memory.
    pub(crate) fn presses(&self) -> impl Iterator<Item = Option<u16>> {
        self.0.iter().map(|button| button.press)
    }

    /// Takes the last presses from memory.
    pub(crate) fn restore(&mut self, presses: [Option<u16>; REMOTES_MAX], now: PumpTime) {
        for (button, press) in self.0.iter_mut().zip(presses) {
            button.press = press;
            button.since = now;
        }
    }
}
