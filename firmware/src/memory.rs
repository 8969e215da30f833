//! Writes to memory, in the order in which they must become durable; and the check of values held
//! twice in RAM.

use crate::kept::{Flags, Kept};
use crate::nvm::Nvm;
use crate::ongoing::Ongoing;
use crate::record::Health;
use crate::state::State;
use thecal_link::buffer::Reader;
use thecal_link::frame::checksum;
use thecal_link::reaction::NvmWrites;
use thecal_telemetry::{Alarms, LogCode, Prescription};
use thecal_units::{Millis, PumpTime};

/// The state is written at least this often, so that a reset loses no more therapy time than this
/// (REQ-CLK-004).
const HEARTBEAT: Millis = Millis::HOUR;

/// Argument of `RamFault`: which value was damaged.
const RAM_PRESCRIPTION: u32 = 1;
const RAM_FLAGS: u32 = 2;
const RAM_RATE: u32 = 3;
const RAM_BOLUS: u32 = 4;
pub(crate) const RAM_GRANTS: u32 = 5;

impl State {
    /// Writes what has changed, in the order in which it must become durable; false if something is
    /// left for the next wake.
    pub(crate) fn store(&mut self, nvm: &mut Nvm, out: &mut NvmWrites) -> bool {
        if self.therapy.flags() != Flags(0) {
            if self.now >= self.written_at + self.heartbeat {
                self.dirty = true;
                self.heartbeat = self.heartbeat.times(2).min(HEARTBEAT);
            }
            // Not in one Reaction with the state: both together have no room.
            self.ongoing_dirty |= !self.dirty && self.now >= self.ongoing_at + HEARTBEAT;
        }
        self.ongoing_dirty |= self.battery.has_changed();
        self.repeats.dirty |= self.repeats.stale && self.ongoing_dirty;
        if self.session.dirty || self.session.stale && self.dirty {
            let bytes = self.session.to_bytes();
            self.session.dirty = !self.session.record.store(&bytes, nvm, out);
            self.session.stale &= self.session.dirty;
        }
        if self.session.keys_dirty {
            let bytes = self.session.keys_to_bytes();
            self.session.keys_dirty = !self.session.keys_record.store(&bytes, nvm, out);
        }
        self.store_slots(nvm, out);
        let granted = self.grants.store(nvm, out);
        if self.dirty {
            let bytes = self.kept().to_bytes();
            if self.record.store(&bytes, nvm, out) {
                self.dirty = false;
                self.written_at = self.now;
            }
        }
        if self.ongoing_dirty {
            let bytes = self.ongoing().to_bytes();
            self.ongoing_dirty = !self.ongoing_record.store(&bytes, nvm, out);
            self.ongoing_at = self.now;
        }
        if self.repeats.dirty {
            let bytes = self.repeats.to_bytes(self.log.entries());
            self.repeats.dirty = !self.repeats.record.store(&bytes, nvm, out);
            self.repeats.stale &= self.repeats.dirty;
        }
        self.log.store(nvm, out)
            && granted
            && self.staged.is_none()
            && !self.repair_slot
            && !self.session.dirty
            && !self.session.keys_dirty
            && !self.dirty
            && !self.ongoing_dirty
            && !self.repeats.dirty
    }

    /// Writes the staged prescription to the spare slot; rewrites the slot in force if a bank is
    /// damaged.
    fn store_slots(&mut self, nvm: &mut Nvm, out: &mut NvmWrites) {
        // Only after memory names the slot in force: until then it may still name the spare one
        // (REQ-MEM-006).
        if let Some(bytes) = self.staged
            && !self.dirty
            && let Some(slot) = self.slots.get_mut(usize::from(self.slot ^ 1))
            && slot.store(&bytes, nvm, out)
        {
            self.staged = None;
        }
        if self.repair_slot
            && let Some(slot) = self.slots.get_mut(usize::from(self.slot))
        {
            let (_, bytes) = slot.load(nvm);
            self.repair_slot = bytes.is_some_and(|bytes| !slot.store(&bytes, nvm, out));
        }
    }

    fn ongoing(&self) -> Ongoing {
        Ongoing {
            stall: self.stall.kept(),
            epoch: self.session.epoch,
            log_entries: self.log.written(),
            alarms: self.alarms.since(),
            magnet: self.magnet_since,
            battery: self.battery.kept(),
        }
    }

    fn kept(&self) -> Kept {
        let mut flags = self.therapy.flags();
        flags.set(Flags::IN_BOLUS, self.bolus.is_some());
        flags.set(Flags::IN_SESSION, self.update.is_open());
        flags.set(Flags::REPLACEMENT, self.battery.replacement().is_some());
        flags.set(Flags::AT_END, self.battery.is_at_end());
        let concentration = self.therapy.prescription().concentration;
        Kept {
            flags,
            slot: self.slot,
            checksum: self.checksum,
            concentration,
            active: self.alarms.active(),
            acknowledged: self.alarms.acknowledged(),
            reservoir: self.reservoir.kept(),
            steps: self.reservoir.steps(),
            correction: self.clock.correction(),
            at: self.now,
            monotonic: self.clock.monotonic(),
            week_start: self.calendar.week_start,
            close_resets: self.close_resets,
            last_reset_at: self.last_reset_at,
            stopped_since: self.therapy.stopped_since,
            bridge_steps: self.bridge.kept(self.reservoir.leased(), concentration),
            bridge_concentration: self.bridge.concentration(),
            peak: self.therapy.peak,
            peak_until: self.therapy.peak_until,
            replacement_at: self.battery.replacement().unwrap_or(PumpTime::ZERO),
            grants: self.grants.sequence(),
            bolus_most: self.bolus_most(),
            heartbeat: self.heartbeat,
        }
    }

    /// The health of a slot, and its prescription if it is intact and has the expected checksum.
    pub(crate) fn prescription_in(
        &mut self,
        nvm: &Nvm,
        slot: u8,
        expected: u32,
    ) -> (Health, Option<Prescription>) {
        let Some(record) = self.slots.get_mut(usize::from(slot)) else {
            return (Health::Lost, None);
        };
        let (health, bytes) = record.load(nvm);
        let meant = bytes.filter(|bytes| checksum(bytes) == expected);
        let read = |bytes: [u8; Prescription::LEN]| {
            Prescription::from_reader(&mut Reader::new(&bytes)).ok()
        };
        (health, meant.and_then(read))
    }

    /// The prescription that a record names, with the record's concentration.
    pub(crate) fn kept_prescription(
        &mut self,
        nvm: &Nvm,
        kept: &Kept,
    ) -> (Health, Option<Prescription>) {
        let (health, found) = self.prescription_in(nvm, kept.slot, kept.checksum);
        let prescription = found.map(|found| Prescription {
            concentration: kept.concentration,
            ..found
        });
        (health, prescription)
    }

    /// Checks the values held twice; a damaged one is restored from memory (REQ-INT-001). If memory
    /// is damaged too, the pump enters the safe state (REQ-INT-002).
    pub(crate) fn check_ram(&mut self, nvm: &mut Nvm) {
        let prescription = self.therapy.is_prescription_sound();
        let flags = self.therapy.are_flags_sound();
        let rates = self.meter.is_sound();
        if self.therapy.held && !self.update.is_open() {
            // Held without a session: nothing would release it.
            self.therapy.held = false;
            self.note(nvm, LogCode::RamFault, RAM_FLAGS);
        }
        if prescription && flags && rates {
            return;
        }
        if !rates {
            if !self.meter.is_bolus_sound() {
                // What is left of the bolus is unknown: end it, less drug rather than more
                // (REQ-INT-003).
                self.note(nvm, LogCode::RamFault, RAM_BOLUS);
                self.end_bolus(nvm);
                // Its rate may be damaged while none is given.
                self.meter.end_bolus();
            } else {
                self.note(nvm, LogCode::RamFault, RAM_RATE);
            }
            self.meter.drop_basal();
            self.forget_rate();
        }
        if prescription && flags {
            return;
        }
        let what = if prescription {
            RAM_FLAGS
        } else {
            RAM_PRESCRIPTION
        };
        self.note(nvm, LogCode::RamFault, what);
        if !self.recall(nvm) {
            // Which prescription was in force is unknown, and whether the catheter is full (REQ-MEM-013,
            // REQ-THE-015).
            self.therapy.set_flags(Flags::PRIMED);
            self.therapy.restore(Prescription::NONE);
            self.raise(Alarms::MEMORY);
            self.enter_safe_state(nvm);
        }
        self.forget_rate();
        self.dirty = true;
    }

    /// Restores prescription and flags from the mirror of memory; false if that is damaged too.
    fn recall(&mut self, nvm: &Nvm) -> bool {
        let (_, bytes) = self.record.load(nvm);
        let Some(kept) = bytes.as_ref().and_then(Kept::from_bytes) else {
            return false;
        };
        let prescription = if kept.flags.has(Flags::PROGRAMMED) {
            self.kept_prescription(nvm, &kept).1
        } else {
            Some(Prescription {
                concentration: kept.concentration,
                ..Prescription::NONE
            })
        };
        let Some(prescription) = prescription else {
            return false;
        };
        self.therapy.set_flags(kept.flags);
        self.therapy.restore(prescription);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_telemetry::EXAMPLE_SECRET;

    #[test]
    fn a_refused_write_of_the_state_is_repeated_and_counts_when_it_is_made() {
        let (mut state, mut nvm, mut out) =
            (State::new(EXAMPLE_SECRET), Nvm::new(), NvmWrites::default());
        state.dirty = true;
        state.now = PumpTime::from_millis(1_000);
        // No Reaction has begun: there is no room.
        assert!(!state.store(&mut nvm, &mut out));
        assert_eq!((state.dirty, state.written_at), (true, PumpTime::ZERO));
        nvm.begin();
        state.now = PumpTime::from_millis(2_000);
        state.store(&mut nvm, &mut out);
        assert_eq!((state.dirty, state.written_at), (false, state.now));
    }
}
