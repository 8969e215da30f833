//! The patient's stays and postures, in order.

use super::history::{StayRecord, Whereabouts};
use super::outcome::RunError;
use thecal_plan::{Posture, Stay};
use thecal_units::SimTime;

/// The patient's stays and postures, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Stays(Vec<StayRecord>);

impl Stays {
    /// Begins a stay or a posture; returns its index.
    pub(super) fn begin(&mut self, now: SimTime, whereabouts: Whereabouts) -> usize {
        self.0.push(StayRecord {
            whereabouts,
            from: now,
            until: None,
        });
        self.0.len() - 1
    }

    /// Ends a stay: the patient is back after the way home.
    pub(super) fn end(&mut self, now: SimTime, index: usize) -> Result<Stay, RunError> {
        let record = self.0.get_mut(index);
        let record = record.ok_or_else(|| RunError::missing("stay", index))?;
        match record.whereabouts {
            Whereabouts::Stay(stay) => {
                record.until = Some(now + stay.way);
                Ok(stay)
            }
            Whereabouts::Posture(_) => Err(RunError::inconsistent("a posture is no stay")),
        }
    }

    /// The posture of the patient now.
    pub(super) fn posture(&self) -> Posture {
        let now = self
            .0
            .iter()
            .rev()
            .find_map(|record| match record.whereabouts {
                Whereabouts::Posture(posture) if record.until.is_none() => Some(posture),
                Whereabouts::Posture(_) | Whereabouts::Stay(_) => None,
            });
        now.unwrap_or(Posture::Lying)
    }

    /// Ends the current posture.
    pub(super) fn end_posture(&mut self, now: SimTime) {
        for record in &mut self.0 {
            match record.whereabouts {
                Whereabouts::Posture(_) if record.until.is_none() => record.until = Some(now),
                Whereabouts::Posture(_) | Whereabouts::Stay(_) => {}
            }
        }
    }

    pub(super) fn into_records(self) -> Vec<StayRecord> {
        self.0
    }
}
