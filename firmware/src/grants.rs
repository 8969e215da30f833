//! Grants: the record of past boluses, and whether it permits the next one.
//!
//! A patient bolus counts from its *start*: lockout runs from start to start (REQ-BOL-004), the
//! daily maximum counts starts in the trailing 24 hours (REQ-BOL-005), and a bolus that was cut
//! counts in full (REQ-BOL-006). Each grant is written to one slot of a ring before the motor moves
//! for it (REQ-BOL-007). Together these bound the dose in every window (REQ-BOL-012, REQ-BOL-017).
//!
//! A trailing window of what was *delivered* is no safeguard: after a stop it is nearly empty, and
//! the resumed infusion takes the patient past the limit. So a dose limit is compared with the
//! boluses in the window, plus this bolus, plus the highest infusion for the whole window
//! (REQ-BOL-014). Source: pump.md 3.3.

use crate::nvm::Nvm;
use crate::nvm_map::{GRANT_LEN, GRANTS, GRANTS_AT, RecordId};
use crate::prescription::infused;
use thecal_link::buffer::{Reader, Writer};
use thecal_link::frame::checksum;
use thecal_link::reaction::NvmWrites;
use thecal_telemetry::{Denial, Prescription};
use thecal_units::{DoseRate, Mass, Millis, PumpTime};

/// Kind of bolus. The numbers are stored in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum BolusKind {
    Patient = 1,
    Clinician = 2,
    /// Fills tubing and catheter; not counted as a grant.
    Priming = 3,
}

/// A bolus that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    sequence: u32,
    at: PumpTime,
    /// `None` where the record was damaged.
    dose: Option<Mass>,
    duration: Millis,
    kind: BolusKind,
}

impl Grant {
    /// Whether it is one that was made. One that stands for a damaged record says nothing of how many there
    /// were: else the places before it, which were never used, would count as damaged too.
    const fn is_told(&self) -> bool {
        self.dose.is_some()
    }

    /// Whether a window of this length ending now or later can contain a part of this bolus.
    fn reaches(&self, now: PumpTime, window: Millis) -> bool {
        now < self.at + self.duration + window
    }
}

/// The last [`GRANTS`] grants.
#[derive(Clone, Debug)]
pub(crate) struct Grants {
    slots: [Option<Grant>; GRANTS],
    next: u32,
    /// Slots to be written, by bit.
    unwritten: u64,
}

impl Grants {
    pub(crate) const fn new() -> Self {
        Self {
            slots: [None; GRANTS],
            next: 0,
            unwritten: 0,
        }
    }

    /// As [`Pump::flip`](crate::Pump::flip): when the first bolus of the ring started, and how many there were.
    #[cfg(feature = "fault-injection")]
    pub(crate) fn flip(&mut self, field: &str, bit: u32) -> Option<crate::flip::Flipped> {
        match field {
            "slots[0].Some.__0.at.__0" => {
                let Some(first) = self.slots.first_mut()?.as_mut() else {
                    // Nothing was granted: nothing is there that could flip.
                    return Some((0, 0));
                };
                let before = first.at.as_millis();
                let after = crate::flip::flipped(before, 64, bit)?;
                first.at = PumpTime::from_millis(after);
                Some((before, after))
            }
            "next" => {
                let before = self.next;
                self.next = u32::try_from(crate::flip::flipped(before.into(), 32, bit)?).ok()?;
                Some((before.into(), self.next.into()))
            }
            _ => None,
        }
    }

    /// Reads the ring after a reset, in which `granted` grants were made; returns how many slots are
    /// damaged. Those stay empty until [`Grants::fill_damaged`].
    pub(crate) fn load(&mut self, nvm: &Nvm, granted: u32) -> u32 {
        self.next = granted;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            *slot = open(nvm.read(GRANTS_AT + index * GRANT_LEN, GRANT_LEN));
            if let Some(grant) = slot
                && grant.is_told()
            {
                self.next = self.next.max(grant.sequence.saturating_add(1));
            }
        }
        let damaged = (0..GRANTS).filter(|&index| self.is_damaged(nvm, index));
        u32::try_from(damaged.count()).unwrap_or(u32::MAX)
    }

    /// Whether a slot has lost its grant: it holds none although one was written.
    fn is_damaged(&self, nvm: &Nvm, index: usize) -> bool {
        let is_empty = self.slots.get(index).is_some_and(Option::is_none);
        let was_used = (self.next as usize) > index;
        is_empty && (was_used || !nvm.is_erased(GRANTS_AT + index * GRANT_LEN, GRANT_LEN))
    }

    /// Counts a damaged slot as a grant at `now`: damage never permits a bolus (REQ-BOL-008). The
    /// slot is rewritten, so that the damage is reported once.
    pub(crate) fn fill_damaged(&mut self, nvm: &Nvm, now: PumpTime) {
        for index in 0..GRANTS {
            if self.is_damaged(nvm, index)
                && let Some(slot) = self.slots.get_mut(index)
            {
                *slot = Some(Grant {
                    sequence: 0,
                    at: now,
                    dose: None,
                    duration: Millis::ZERO,
                    kind: BolusKind::Patient,
                });
                self.unwritten |= 1 << index;
                // The next grant must not overwrite this slot.
                if slot_of(self.next) == index {
                    self.next = self.next.saturating_add(1);
                }
            }
        }
    }

    /// Compares RAM with memory before deciding on a bolus; true if something was corrected from
    /// memory (REQ-INT-004).
    pub(crate) fn audit(&mut self, nvm: &Nvm, now: PumpTime) -> bool {
        let mut differs = false;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let at = GRANTS_AT + index * GRANT_LEN;
            if self.unwritten & (1 << index) != 0 {
                continue;
            }
            let stored = match nvm.is_erased(at, GRANT_LEN) {
                true => None,
                false => open(nvm.read(at, GRANT_LEN)),
            };
            if *slot != stored {
                *slot = stored;
                differs = true;
            }
        }
        let told = self.slots.iter().flatten().filter(|grant| grant.is_told());
        let sequences = told.map(|grant| grant.sequence);
        let next = sequences.max().map_or(0, |last| last.saturating_add(1));
        differs |= next > self.next;
        self.next = self.next.max(next);
        self.fill_damaged(nvm, now);
        differs
    }

    #[cfg(test)]
    pub(crate) fn forget(&mut self) {
        self.slots = [None; GRANTS];
        self.next = 0;
    }

    /// The sequence number of the next grant: how many were made.
    pub(crate) const fn sequence(&self) -> u32 {
        self.next
    }

    /// Whether no grant was ever written.
    pub(crate) fn are_unused(nvm: &Nvm) -> bool {
        nvm.is_erased(GRANTS_AT, GRANTS * GRANT_LEN)
    }

    /// When the last bolus in memory started.
    pub(crate) fn latest(&self) -> Option<PumpTime> {
        self.slots.iter().flatten().map(|grant| grant.at).max()
    }

    /// Why lockout, daily maximum or dose limits forbid a patient bolus now; `None` if they do not.
    /// `highest` is the highest continuous dose of the last 24 hours and of the prescription.
    pub(crate) fn denial(
        &self,
        now: PumpTime,
        prescription: &Prescription,
        highest: DoseRate,
    ) -> Option<Denial> {
        let mut today = 0;
        for grant in self.patient() {
            if now < grant.at + prescription.lockout {
                return Some(Denial::Lockout);
            }
            if now < grant.at + Millis::DAY {
                today += 1;
            }
        }
        if today >= usize::from(prescription.daily_maximum) || !self.has_room(now) {
            return Some(Denial::DailyMaximum);
        }
        self.passes_a_limit(now, prescription, highest)
            .then_some(Denial::DoseLimit)
    }

    fn patient(&self) -> impl Iterator<Item = &Grant> {
        let all = self.slots.iter().flatten();
        all.filter(|grant| grant.kind == BolusKind::Patient)
    }

    fn passes_a_limit(&self, now: PumpTime, of: &Prescription, highest: DoseRate) -> bool {
        of.limits.windows().any(|(window, limit)| {
            let behind = self
                .slots
                .iter()
                .flatten()
                .filter(|grant| grant.reaches(now, window))
                .map(|grant| grant.dose.unwrap_or(of.bolus_dose))
                .fold(Mass::ZERO, Mass::saturating_add);
            let all = behind
                .saturating_add(of.bolus_dose)
                .saturating_add(infused(highest, window));
            all > limit
        })
    }

    /// Whether the next slot is free: a grant of the last 24 hours is never overwritten
    /// (REQ-BOL-015).
    pub(crate) fn has_room(&self, now: PumpTime) -> bool {
        match self.slots.get(slot_of(self.next)) {
            Some(Some(oldest)) => !oldest.reaches(now, Millis::DAY),
            _ => true,
        }
    }

    /// Adds a grant; [`Grants::store`] writes it.
    pub(crate) fn grant(&mut self, now: PumpTime, kind: BolusKind, dose: Mass, duration: Millis) {
        let sequence = self.next;
        self.next = self.next.saturating_add(1);
        self.unwritten |= 1 << slot_of(sequence);
        if let Some(slot) = self.slots.get_mut(slot_of(sequence)) {
            *slot = Some(Grant {
                sequence,
                at: now,
                dose: Some(dose),
                duration,
                kind,
            });
        }
    }

    /// Writes the grants not yet written, the latest first; false if there is no room.
    pub(crate) fn store(&mut self, nvm: &mut Nvm, out: &mut NvmWrites) -> bool {
        if self.is_written() {
            return true;
        }
        let last = self.next.checked_sub(1).map(slot_of);
        for index in last.into_iter().chain(0..GRANTS) {
            if self.unwritten & (1 << index) == 0 {
                continue;
            }
            if let Some(Some(grant)) = self.slots.get(index) {
                if !nvm.write(GRANTS_AT + index * GRANT_LEN, &seal(grant), out) {
                    return false;
                }
                nvm.mark(RecordId::Grants);
            }
            self.unwritten &= !(1 << index);
        }
        true
    }

    /// Whether all grants have been handed to the link for writing.
    pub(crate) const fn is_written(&self) -> bool {
        self.unwritten == 0
    }

    /// The last writes did not become durable: write all grants again.
    pub(crate) fn store_again(&mut self) {
        for (index, slot) in self.slots.iter().enumerate() {
            if slot.is_some() {
                self.unwritten |= 1 << index;
            }
        }
    }
}

fn slot_of(sequence: u32) -> usize {
    sequence as usize % GRANTS
}

fn seal(grant: &Grant) -> [u8; GRANT_LEN] {
    let narrow = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    let mut bytes = [0; GRANT_LEN];
    let mut out = Writer::new(&mut bytes);
    out.u32(grant.sequence);
    out.u64(grant.at.as_millis());
    out.u32(
        grant
            .dose
            .map_or(u32::MAX, |dose| narrow(dose.as_nanograms_round_down())),
    );
    out.u32(narrow(grant.duration.as_millis()));
    out.u8(grant.kind as u8);
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
        dose: match from.u32().ok()? {
            u32::MAX => None,
            nanograms => Some(Mass::from_nanograms(nanograms.into())),
        },
        duration: Millis::from_millis(from.u32().ok()?.into()),
        kind: match from.u8().ok()? {
            1 => BolusKind::Patient,
            2 => BolusKind::Clinician,
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_telemetry::DoseLimits;

    const MINUTE: u64 = 60_000;
    const HOUR: u64 = 60 * MINUTE;

    fn at(millis: u64) -> PumpTime {
        PumpTime::from_millis(millis)
    }

    fn mass(nanograms: u64) -> Mass {
        Mass::from_nanograms(nanograms)
    }

    /// Boluses of 100 ng in 10 min beside 2400 ng/day: 100 ng an hour.
    fn prescription(limits: DoseLimits) -> Prescription {
        Prescription {
            bolus_dose: mass(100),
            bolus_duration: Millis::from_millis(10 * MINUTE),
            lockout: Millis::from_millis(20 * MINUTE),
            daily_maximum: 50,
            limits,
            ..Prescription::NONE
        }
    }

    fn ask(grants: &mut Grants, millis: u64, of: &Prescription) -> Option<Denial> {
        let highest = DoseRate::from_ng_per_day(2_400);
        let denial = grants.denial(at(millis), of, highest);
        if denial.is_none() {
            grants.grant(
                at(millis),
                BolusKind::Patient,
                of.bolus_dose,
                of.bolus_duration,
            );
        }
        denial
    }

    /// Verifies REQ-BOL-014.
    #[test]
    fn a_limit_is_held_against_boluses_in_reach_and_a_whole_window_of_infusion() {
        // 100 ng of infusion and two boluses fit 300 ng; a third does not.
        let of = prescription(DoseLimits {
            hour: mass(300),
            ..DoseLimits::NONE
        });
        let mut grants = Grants::new();
        assert_eq!(ask(&mut grants, 0, &of), None);
        assert_eq!(ask(&mut grants, 20 * MINUTE, &of), None);
        assert_eq!(ask(&mut grants, 40 * MINUTE, &of), Some(Denial::DoseLimit));
        // The first bolus leaves every window one hour after it ends.
        assert_eq!(
            ask(&mut grants, 70 * MINUTE - 1, &of),
            Some(Denial::DoseLimit)
        );
        assert_eq!(ask(&mut grants, 70 * MINUTE, &of), None);
    }

    /// Verifies REQ-BOL-014.
    #[test]
    fn each_of_the_three_windows_counts_and_a_clinicians_bolus_counts_too() {
        for (limits, hours) in [
            (
                DoseLimits {
                    hour: mass(200),
                    ..DoseLimits::NONE
                },
                1,
            ),
            (
                DoseLimits {
                    four_hours: mass(500),
                    ..DoseLimits::NONE
                },
                4,
            ),
            (
                DoseLimits {
                    day: mass(2_500),
                    ..DoseLimits::NONE
                },
                24,
            ),
        ] {
            let of = prescription(limits);
            let mut grants = Grants::new();
            grants.grant(at(0), BolusKind::Clinician, mass(1), Millis::ZERO);
            assert_eq!(
                ask(&mut grants, hours * HOUR - 1, &of),
                Some(Denial::DoseLimit)
            );
            assert_eq!(ask(&mut grants, hours * HOUR, &of), None);
        }
    }

    /// Verifies REQ-BOL-043.
    #[test]
    fn the_higher_infusion_of_yesterday_counts() {
        let of = prescription(DoseLimits {
            hour: mass(200),
            ..DoseLimits::NONE
        });
        let grants = Grants::new();
        let now = at(HOUR);
        assert_eq!(
            grants.denial(now, &of, DoseRate::from_ng_per_day(2_400)),
            None
        );
        let before = DoseRate::from_ng_per_day(2_424);
        assert_eq!(grants.denial(now, &of, before), Some(Denial::DoseLimit));
    }

    /// Verifies REQ-BOL-015.
    #[test]
    fn a_ring_full_of_todays_boluses_denies_rather_than_forgets() {
        let of = prescription(DoseLimits::NONE);
        let mut grants = Grants::new();
        for minute in 0..GRANTS as u64 {
            assert!(grants.has_room(at(minute * MINUTE)));
            let dose = mass(1);
            grants.grant(
                at(minute * MINUTE),
                BolusKind::Clinician,
                dose,
                Millis::MINUTE,
            );
        }
        let day = Millis::DAY.as_millis();
        assert_eq!(ask(&mut grants, day, &of), Some(Denial::DailyMaximum));
        assert_eq!(ask(&mut grants, day + MINUTE, &of), None);
    }

    /// Verifies REQ-BOL-008.
    #[test]
    fn a_sealed_grant_opens_and_a_damaged_one_does_not() {
        let grant = Grant {
            sequence: 3,
            at: at(5),
            dose: Some(mass(9)),
            duration: Millis::MINUTE,
            kind: BolusKind::Clinician,
        };
        let bytes = seal(&grant);
        assert_eq!(open(&bytes), Some(grant));
        for bit in 0..GRANT_LEN * 8 {
            let mut bytes = bytes;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&bytes), None, "bit {bit}");
        }
    }
}
