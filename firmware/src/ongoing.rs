//! What is under way and outlasts a reset, as one record: how long it has lasted would otherwise be
//! told from the reset on.
//!
//! Nothing here decides on flow by itself: where the record is lost, the pump begins anew.

use crate::stall::StallKept;
use thecal_link::buffer::{Reader, Writer};
use thecal_units::PumpTime;

/// Payload of the record. Unit: byte.
pub(crate) const ONGOING_LEN: usize = 26;

/// What is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ongoing {
    pub(crate) stall: StallKept,
    /// Copies of what only grows, for the case that its own place is lost: the challenges used, and
    /// the entries of the log.
    pub(crate) epoch: u32,
    pub(crate) log_entries: u32,
}

impl Ongoing {
    pub(crate) fn to_bytes(self) -> [u8; ONGOING_LEN] {
        let mut bytes = [0; ONGOING_LEN];
        let mut out = Writer::new(&mut bytes);
        put(&mut out, self.stall.began);
        put(&mut out, self.stall.recovered);
        out.u8(self.stall.tries);
        out.u8(self.stall.relapses);
        out.u32(self.epoch);
        out.u32(self.log_entries);
        debug_assert_eq!(
            out.finish(),
            Ok(ONGOING_LEN),
            "ONGOING_LEN is the sum of the fields"
        );
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; ONGOING_LEN]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        Some(Self {
            stall: StallKept {
                began: take(&mut from)?,
                recovered: take(&mut from)?,
                tries: from.u8().ok()?,
                relapses: from.u8().ok()?,
            },
            epoch: from.u32().ok()?,
            log_entries: from.u32().ok()?,
        })
    }
}

/// An instant, or [`PumpTime::NEVER`] for none.
fn put(out: &mut Writer<'_>, instant: Option<PumpTime>) {
    out.u64(instant.unwrap_or(PumpTime::NEVER).as_millis());
}

fn take(from: &mut Reader<'_>) -> Option<Option<PumpTime>> {
    let instant = PumpTime::from_millis(from.u64().ok()?);
    Some((instant != PumpTime::NEVER).then_some(instant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back() {
        let none = Ongoing::default();
        assert_eq!(Ongoing::from_bytes(&none.to_bytes()), Some(none));
        let stalled = Ongoing {
            stall: StallKept {
                began: Some(PumpTime::from_millis(7)),
                recovered: Some(PumpTime::ZERO),
                tries: 3,
                relapses: 2,
            },
            epoch: 5,
            log_entries: 9,
        };
        assert_eq!(Ongoing::from_bytes(&stalled.to_bytes()), Some(stalled));
    }
}
