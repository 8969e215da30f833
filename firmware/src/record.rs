//! A record in two banks, each with a generation and a CRC.
//!
//! A change writes one bank and then the other. If the first write is torn, the second bank still
//! holds the old record; if the second is torn, the first holds the new one; the two never mix
//! (REQ-MEM-001, REQ-MEM-007). A torn bank is repaired first, so that a further power loss still
//! leaves one intact bank. At rest both banks are equal, so that a bit flip in one is repaired from
//! the other (REQ-MEM-002).

use crate::nvm::Nvm;
use crate::nvm_map::{BANK_MAX, BANK_OVERHEAD, RecordId};
use thecal_link::buffer::{Reader, Writer};
use thecal_link::frame::checksum;
use thecal_link::reaction::NvmWrites;

/// Condition of a record after a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// Both banks are erased.
    Erased,
    /// Both banks are intact and of the same generation.
    Sound,
    /// Both banks are intact, one is older: a change was interrupted between them.
    Behind,
    /// One bank is damaged, the other is used.
    OneBank,
    /// No bank is intact.
    Lost,
}

/// A record of `LEN` bytes.
#[derive(Clone, Debug)]
pub(crate) struct Record<const LEN: usize> {
    id: RecordId,
    at: usize,
    generation: u32,
    /// The second bank is the fallback: the first is written first.
    second_serves: bool,
}

impl<const LEN: usize> Record<LEN> {
    const BANK: usize = LEN + BANK_OVERHEAD;

    pub(crate) const fn new(id: RecordId, at: usize) -> Self {
        Self {
            id,
            at,
            generation: 0,
            second_serves: true,
        }
    }

    /// Finds the younger intact bank.
    pub(crate) fn load(&mut self, nvm: &Nvm) -> (Health, Option<[u8; LEN]>) {
        let first = self.open(nvm.read(self.at, Self::BANK));
        let second = self.open(nvm.read(self.at + Self::BANK, Self::BANK));
        let (health, found) = match (first, second) {
            (Some((age, payload)), Some((other_age, _))) if age == other_age => {
                (Health::Sound, (age, payload))
            }
            (Some(one), Some(other)) => (Health::Behind, if one.0 > other.0 { one } else { other }),
            (Some(one), None) | (None, Some(one)) => (Health::OneBank, one),
            (None, None) if nvm.is_erased(self.at, 2 * Self::BANK) => {
                return (Health::Erased, None);
            }
            (None, None) => return (Health::Lost, None),
        };
        // If a bank is damaged or older, the other must survive the repair: power may be lost
        // again.
        self.second_serves = match (first, second) {
            (Some((one, _)), Some((other, _))) => other >= one,
            (one, _) => one.is_none(),
        };
        self.generation = found.0;
        (health, Some(found.1))
    }

    /// Writes both banks; false, with nothing written, if this Reaction has no room for both.
    pub(crate) fn store(
        &mut self,
        payload: &[u8; LEN],
        nvm: &mut Nvm,
        out: &mut NvmWrites,
    ) -> bool {
        if !nvm.has_room(2, 2 * Self::BANK) {
            return false;
        }
        self.generation = self.generation.saturating_add(1);
        nvm.mark(self.id);
        let mut bank = [0; BANK_MAX];
        let mut writer = Writer::new(&mut bank);
        writer.u8(self.id.first_byte());
        writer.u32(self.generation);
        writer.bytes(payload);
        let sum = checksum(bank.get(..LEN + 5).unwrap_or(&[]));
        if let Some(room) = bank.get_mut(LEN + 5..Self::BANK) {
            room.copy_from_slice(&sum.to_le_bytes());
        }
        let bank = bank.get(..Self::BANK).unwrap_or(&[]);
        let (first, second) = (self.at, self.at + Self::BANK);
        let (sooner, later) = if core::mem::replace(&mut self.second_serves, true) {
            (first, second)
        } else {
            (second, first)
        };
        nvm.write(sooner, bank, out) && nvm.write(later, bank, out)
    }

    fn open(&self, bank: &[u8]) -> Option<(u32, [u8; LEN])> {
        let (body, sum) = bank.split_last_chunk::<4>()?;
        if *body.first()? != self.id.first_byte() || checksum(body) != u32::from_le_bytes(*sum) {
            return None;
        }
        let mut from = Reader::new(body);
        from.u8().ok()?;
        Some((from.u32().ok()?, from.array().ok()?))
    }
}
