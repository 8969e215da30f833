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
use thecal_plan::Therapy;
use thecal_units::{Concentration, Mass, Millis, PumpTime, Volume};

/// A telemetry packet.
pub type Packet = Bytes<TELEMETRY_MAX>;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    /// The clinician's programmer.
    Clinician,
    /// A patient's remote, from 1.
    Remote(u8),
}

/// What people ask of a pump, whatever its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Pair programmer and remotes with a new pump.
    Provision,
    /// Read the status.
    Interrogate,
    /// Program a therapy, in as many steps as it takes ([`Programmer::steps`]).
    Program(Therapy),
    /// Open an update session.
    OpenUpdate {
        /// The infusion pauses until it ends.
        hold: bool,
    },
    /// Within a session: send a therapy, which is not in force yet.
    Stage(Therapy),
    /// Put in force what was sent last, and end the session.
    Commit {
        /// Time of the week, since Monday 0:00.
        time_of_week: Millis,
    },
    /// Give the session up.
    CloseUpdate,
    /// Have tubing and catheter of a stopped pump filled.
    PrimingBolus,
    /// Start the infusion.
    Start,
    /// Stop the infusion.
    Stop,
    /// Give a single bolus.
    ClinicianBolus {
        /// Dose.
        dose: Mass,
        /// Time over which it is given.
        duration: Millis,
    },
    /// Ask for a patient bolus.
    PatientBolus {
        /// Number of the physical press.
        press: u16,
    },
    /// Read the event log from this entry on.
    ReadLog {
        /// Index of the first entry.
        first: u32,
    },
    /// Enter a refill.
    Refill {
        /// Volume.
        volume: Volume,
        /// Concentration.
        concentration: Concentration,
        /// Old drug behind the reservoir goes on at the old rate.
        bridge: bool,
    },
    /// Silence the alarms.
    Silence,
    /// Read the prescription in force.
    ReadPrescription,
    /// Read the alarms one by one.
    ReadAlarms,
    /// Read the pump's own state of health.
    ReadHealth,
}

impl Request {
    /// Its name in reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Provision => "provision",
            Self::Interrogate => "interrogate",
            Self::Program(_) => "program",
            Self::OpenUpdate { hold: false } => "open update",
            Self::OpenUpdate { hold: true } => "open update, infusion held",
            Self::Stage(_) => "stage",
            Self::Commit { .. } => "commit",
            Self::CloseUpdate => "close update",
            Self::PrimingBolus => "priming bolus",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::ClinicianBolus { .. } => "clinician bolus",
            Self::PatientBolus { .. } => "patient bolus",
            Self::ReadLog { .. } => "read log",
            Self::Refill { bridge: false, .. } => "refill",
            Self::Refill { bridge: true, .. } => "refill with a bridge bolus",
            Self::Silence => "silence",
            Self::ReadPrescription => "read prescription",
            Self::ReadAlarms => "read alarms",
            Self::ReadHealth => "read health",
        }
    }
}

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
    /// What was read beside, in its programmer's words.
    Told(String),
    /// Something that its programmer cannot read, and why. The link has checksums of its own, so
    /// the pump said it.
    Unreadable(String),
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

/// What the rig understands of a log entry, whatever the pump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// The first power-on.
    PowerOn,
    /// Any other reset.
    Reset,
    /// A prescription was programmed.
    Programmed,
    /// The infusion was started.
    Started,
    /// The infusion was stopped.
    Stopped,
    /// A clinician's bolus began.
    ClinicianBolus,
    /// A patient bolus was granted.
    BolusGranted,
    /// A patient bolus was denied.
    BolusDenied,
    /// The motor stalled.
    MotorStall,
    /// The motor moves again.
    StallRecovery,
    /// Low reservoir.
    LowReservoir,
    /// Empty reservoir.
    EmptyReservoir,
    /// A refill was entered.
    Refilled,
    /// The clock jumped.
    ClockJump,
    /// An update session was given up half-way.
    UpdateAbandoned,
    /// A priming bolus began.
    PrimingBolus,
    /// Elective replacement of the battery became due.
    ElectiveReplacement,
    /// The battery is at its end.
    EndOfService,
    /// The infusion was stopped because the battery is at its end.
    ServiceEnded,
    /// Something else.
    Other,
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
}

/// An answer that the programmer could not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
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
    /// The requests that carry out `request`, in order; the last one decides. `time_of_week` is
    /// that of the programmer's own clock, since Monday 0:00.
    ///
    /// A pump that obeys a therapy as one command needs no more than the request itself.
    fn steps(&self, request: &Request, time_of_week: Millis) -> Vec<Request> {
        let _needed_by_sessions_only = time_of_week;
        vec![*request]
    }

    /// What takes back the steps that were obeyed before one was not; `None`: nothing has to be.
    fn take_back(&self) -> Option<Request> {
        None
    }

    /// Builds the packet for a request; each call is a fresh packet.
    ///
    /// # Errors
    ///
    /// [`thecal_link::DecodeError`] if the packet passes the contract's length.
    fn packet(
        &mut self,
        sender: Sender,
        request: &Request,
    ) -> Result<Packet, thecal_link::DecodeError>;

    /// Reads the answer to `sent`, which this programmer built now or, where somebody sends a
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
