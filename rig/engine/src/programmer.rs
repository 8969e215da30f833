//! The people's instruments: the clinician's programmer and the patients' remotes.
//!
//! The contract carries opaque telemetry bytes; what they mean belongs to the pump under test.
//! [`Programmer`] is the seam: each pump brings its own implementation, and nothing else changes.
//!
//! What people want may take several steps: the reference pump takes a therapy in a session, which
//! it opens, fills and closes. People ask for the whole; [`Programmer::steps`] knows the steps.

use crate::bench::NotForkable;
use thecal_link::Bytes;
use thecal_link::limits::TELEMETRY_MAX;
pub use thecal_plan::Sender;
use thecal_plan::{Forgery, LogDetail, LogKind, Request, Spoiled, Therapy};
pub use thecal_spec::{AlarmAge, Health};
use thecal_units::{Millis, PumpTime, Volume};

/// A telemetry packet.
pub type Packet = Bytes<TELEMETRY_MAX>;

/// What a pump answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Obeyed.
    Done,
    /// Not obeyed, with the pump's reason.
    Rejected(&'static str),
    /// Bolus granted.
    Granted,
    /// Bolus denied, with the pump's reason.
    Denied(&'static str),
    /// Status.
    Status(PumpStatus),
    /// A page of the event log, in order; empty at its end.
    Log(LogPage),
    /// What was read beside, and its programmer's words for it.
    Read(Shown, String),
    /// Something that was read, in its programmer's words: the rig shows it and judges nothing by it.
    Text(String),
    /// Something that its programmer cannot read, and why. The link has checksums of its own, so
    /// the pump said it.
    Unreadable(String),
}

/// What was read of a pump beside its status and its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The prescription in force.
    Prescription(Box<Therapy>),
    /// Its alarms.
    Alarms(Vec<AlarmAge>),
    /// Its state of health.
    Health(Health),
}

/// What an interrogation shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PumpStatus {
    /// The pump's clock.
    pub clock: PumpTime,
    /// What it is doing, in its own words.
    pub mode: &'static str,
    /// Active alarms, in its own words.
    pub alarms: Vec<&'static str>,
    /// Reservoir volume by count.
    pub reservoir: Volume,
    /// Steps moved, by count.
    pub steps: u64,
    /// Patient boluses granted.
    pub granted: u32,
    /// Patient requests denied.
    pub denied: u32,
    /// Packets dropped as not authentic or not fresh.
    pub unauthentic: u32,
    /// Entries ever written to the event log.
    pub log_entries: u32,
}

/// A page of the event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPage {
    /// Index of the first entry.
    pub first: u32,
    /// The entries.
    pub entries: Vec<LogLine>,
}

/// One entry of the event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its index.
    pub index: u32,
    /// The pump's clock.
    pub at: PumpTime,
    /// What the rig understands of it.
    pub kind: LogKind,
    /// The pump's own number of what happened.
    pub code: u8,
    /// The pump's own words.
    pub text: &'static str,
    /// Its argument.
    pub argument: u32,
    /// What it says beside its kind.
    pub says: LogDetail,
    /// Entries that the pump has left out and that this one counts: their kind, and how many.
    pub left_out: Option<(LogKind, u32)>,
    /// Of a recovery: how long after the stall began the motor had turned again. The entry itself may
    /// come later, when that is proven.
    pub turned_after: Option<Millis>,
}

/// Why the people's instruments failed. It is the rig's failure, never the pump's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgrammerError {
    /// A packet is longer than the contract allows.
    #[error("a telemetry packet passed the contract's limits: {0}")]
    Packet(#[from] thecal_link::DecodeError),
    /// The protocol does not work: what is wrong, in a sentence.
    #[error("{0}")]
    Broken(String),
    /// The pump that answered cannot do what the scenario needs: why, in a sentence.
    #[error("{0}")]
    Unable(String),
}

/// An answer that the programmer could not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The programmer itself failed.
    #[error(transparent)]
    Programmer(#[from] ProgrammerError),
    /// Not authentic or not of the protocol.
    #[error("the pump's answer cannot be read: {0}")]
    Unreadable(#[from] thecal_link::DecodeError),
    /// Not the answer to this packet.
    #[error("the pump answered packet number {found}, not number {expected}")]
    OutOfStep {
        /// Counter sent.
        expected: u32,
        /// Counter in the answer.
        found: u32,
    },
}

/// The clinical protocol of a pump.
///
/// It is deterministic: the same calls in the same order give the same packets and the same answers.
/// It reads no clock and draws no random number of its own.
pub trait Programmer: Send {
    /// The requests that carry out `request`, in order; the last one decides.
    ///
    /// A pump that obeys a therapy as one command needs no more than the request itself; none at all
    /// means that the pump has no such command, and nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ProgrammerError`]
    fn steps(&mut self, request: &Request) -> Result<Vec<Request>, ProgrammerError> {
        Ok(vec![*request])
    }

    /// What takes back the steps that were obeyed before this one was not; `None`: nothing has to be.
    ///
    /// # Errors
    ///
    /// [`ProgrammerError`]
    fn take_back(&mut self, _refused: &Request) -> Result<Option<Request>, ProgrammerError> {
        Ok(None)
    }

    /// Builds the packet for a request; each call is a fresh packet. `time_of_week` is that of the
    /// programmer's own clock, since Monday 0:00.
    ///
    /// # Errors
    ///
    /// [`ProgrammerError`] if the packet passes the contract's length.
    fn packet(
        &mut self,
        sender: Sender,
        request: &Request,
        time_of_week: Millis,
    ) -> Result<Packet, ProgrammerError>;

    /// Builds a packet as somebody else would who knows the protocol, up to its seal; what spoils its bytes
    /// after that is not the protocol's to do.
    ///
    /// # Errors
    ///
    /// [`ProgrammerError::Unable`] where the protocol cannot build it, [`ProgrammerError::Packet`] if it passes
    /// the contract's length.
    fn forge(
        &mut self,
        forgery: &Forgery,
        time_of_week: Millis,
    ) -> Result<Packet, ProgrammerError> {
        let needs_no_more = Forgery {
            spoiled: Spoiled::default(),
            ..forgery.clone()
        };
        if !needs_no_more.is_authentic() {
            return Err(ProgrammerError::Unable(
                "its protocol forges no packets: it only spoils the bytes of its own".to_owned(),
            ));
        }
        self.packet(forgery.from, &forgery.request, time_of_week)
    }

    /// Reads the answer to `sent`, which this programmer built now or, where a person sends a
    /// recorded packet again, long ago.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if it is not authentic, not readable or not to that packet.
    fn answer(&mut self, sent: &Packet, answer: &[u8]) -> Result<Answer, AnswerError>;

    /// A second programmer in the same state: keys, counters, what it has staged. From here on the
    /// two share nothing.
    ///
    /// # Errors
    ///
    /// [`NotForkable`] where its state is outside this process.
    fn fork(&self) -> Result<Box<dyn Programmer>, NotForkable>;
}
