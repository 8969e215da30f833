//! The update session: a clinician stages a prescription and commits it, or walks away.
//!
//! ```text
//!   open ─► stage ─► commit ─► in force
//!     └─ 3 min without a packet, a reset, or closed on purpose ─► staged values dropped,
//!        a held infusion goes on under the prescription that was in force all the while
//! ```
//!
//! Eight patients of pumps that stop for each update were left without therapy for days when the
//! session was abandoned (pump.md F46, S19). Here nothing that a session does outlives it but a
//! Commit (REQ-THE-004, REQ-THE-005).

use thecal_link::frame::checksum;
use thecal_telemetry::Prescription;
use thecal_units::{Millis, PumpTime};

/// Without a packet of the clinician for so long a session is over. Source: Open PCA EC24.
const TIME_OUT: Millis = Millis::from_secs(180);

#[derive(Clone, Debug)]
struct Open {
    until: PumpTime,
    staged: Option<Prescription>,
}

/// The update session, if one is open.
#[derive(Clone, Debug)]
pub(crate) struct Update(Option<Open>);

impl Update {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    pub(crate) const fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Opens a session, or the same anew.
    pub(crate) fn open(&mut self, now: PumpTime) {
        self.0 = Some(Open {
            until: now + TIME_OUT,
            staged: None,
        });
    }

    /// The clinician has been heard of.
    pub(crate) fn keep_open(&mut self, now: PumpTime) {
        if let Some(open) = &mut self.0 {
            open.until = now + TIME_OUT;
        }
    }

    /// Notes what has been staged; false without a session (REQ-THE-013).
    pub(crate) const fn stage(&mut self, prescription: Prescription) -> bool {
        match &mut self.0 {
            Some(open) => {
                open.staged = Some(prescription);
                true
            }
            None => false,
        }
    }

    /// What was staged did not become durable.
    pub(crate) const fn unstage(&mut self) {
        if let Some(open) = &mut self.0 {
            open.staged = None;
        }
    }

    /// What was staged, if it is what the clinician means to commit.
    pub(crate) fn staged(&self, expected: u32) -> Option<Prescription> {
        let staged = self.0.as_ref()?.staged?;
        (checksum(&staged.to_bytes()) == expected).then_some(staged)
    }

    /// Ends it; true where one was open.
    pub(crate) const fn close(&mut self) -> bool {
        self.0.take().is_some()
    }

    /// Ends it where its time is out; true where it was.
    pub(crate) fn time_out(&mut self, now: PumpTime) -> bool {
        self.next() <= now && self.close()
    }

    /// When it needs a look.
    pub(crate) const fn next(&self) -> PumpTime {
        match &self.0 {
            Some(open) => open.until,
            None => PumpTime::NEVER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> PumpTime {
        PumpTime::from_millis(secs * 1_000)
    }

    /// Verifies REQ-THE-005.
    #[test]
    fn three_minutes_without_a_packet_end_a_session_once() {
        let mut update = Update::new();
        update.open(at(0));
        assert!(!update.time_out(at(179)));
        update.keep_open(at(179));
        assert_eq!(update.next(), at(359));
        assert!(!update.time_out(at(358)));
        assert!(update.time_out(at(359)) && !update.is_open());
        assert!(!update.time_out(at(900)));
    }

    /// Verifies REQ-THE-004, REQ-THE-013.
    #[test]
    fn only_what_was_staged_in_this_session_can_be_committed() {
        let staged = Prescription {
            daily_maximum: 3,
            ..Prescription::NONE
        };
        let sum = checksum(&staged.to_bytes());
        let mut update = Update::new();
        assert!(!update.stage(staged), "no session");
        update.open(at(0));
        assert_eq!(update.staged(sum), None, "nothing staged");
        assert!(update.stage(staged));
        assert_eq!(update.staged(sum), Some(staged));
        assert_eq!(update.staged(sum ^ 1), None, "another checksum");
        update.open(at(1));
        assert_eq!(update.staged(sum), None, "opened anew");
    }
}
