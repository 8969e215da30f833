//! Update session: a clinician stages a prescription and commits it, or abandons the session.
//!
//! ```text
//!   open ─► stage ─► commit ─► in force
//!     └─ 3 min without a packet, a reset, or closed on purpose ─► staged values dropped,
//!        a held infusion resumes under the prescription that stayed in force
//! ```
//!
//! Eight patients whose pumps stop for each update were left without therapy for days when the
//! session was abandoned (pump.md F46, S19). Here only a Commit outlasts the session (REQ-THE-004,
//! REQ-THE-005).

use thecal_link::frame::checksum;
use thecal_telemetry::{Prescription, Rejection};
use thecal_units::{Millis, PumpTime};

/// A session ends after this time without a packet of the clinician. Source: Open PCA EC24.
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

    /// Opens a session; restarts one that is open.
    pub(crate) fn open(&mut self, now: PumpTime) {
        self.0 = Some(Open {
            until: now + TIME_OUT,
            staged: None,
        });
    }

    /// A packet of the clinician arrived: restarts the time-out.
    pub(crate) fn keep_open(&mut self, now: PumpTime) {
        if let Some(open) = &mut self.0 {
            open.until = now + TIME_OUT;
        }
    }

    /// Records the staged prescription; false without a session (REQ-THE-013).
    pub(crate) const fn stage(&mut self, prescription: Prescription) -> bool {
        match &mut self.0 {
            Some(open) => {
                open.staged = Some(prescription);
                true
            }
            None => false,
        }
    }

    /// The staged prescription did not become durable: forgets it.
    pub(crate) const fn unstage(&mut self) {
        if let Some(open) = &mut self.0 {
            open.staged = None;
        }
    }

    /// The staged prescription, if its checksum is `expected` (REQ-THE-013).
    pub(crate) fn staged(&self, expected: u32) -> Result<Prescription, Rejection> {
        let open = self.0.as_ref().ok_or(Rejection::NoSession)?;
        let staged = open.staged.ok_or(Rejection::NothingStaged)?;
        if checksum(&staged.to_bytes()) == expected {
            Ok(staged)
        } else {
            Err(Rejection::OtherChecksum)
        }
    }

    /// Closes the session; true if one was open.
    pub(crate) const fn close(&mut self) -> bool {
        self.0.take().is_some()
    }

    /// Closes the session if it timed out; true if so.
    pub(crate) fn time_out(&mut self, now: PumpTime) -> bool {
        self.next() <= now && self.close()
    }

    /// When the session times out.
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

    /// Verifies REQ-THE-004, REQ-THE-013, REQ-THE-022, REQ-THE-027.
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
        let nothing = Err(Rejection::NothingStaged);
        assert_eq!(update.staged(sum), nothing);
        assert!(update.stage(staged));
        assert_eq!(update.staged(sum), Ok(staged));
        assert_eq!(update.staged(sum ^ 1), Err(Rejection::OtherChecksum));
        update.open(at(1));
        assert_eq!(update.staged(sum), nothing, "opened anew");
        update.close();
        assert_eq!(update.staged(sum), Err(Rejection::NoSession));
    }
}
