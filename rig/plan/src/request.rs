//! What people ask of a pump, whatever its protocol.
//!
//! A request is its variant and its row ([`Request::row`]): the key in a scenario, the words of a
//! report, what it changes of the prescription and what a pump's log says of it. Who carries out a
//! run, judges it or reports it reads the row; only a pump's programmer turns requests into bytes.

use crate::{CatheterWork, Therapy};
use thecal_units::{Concentration, Mass, Millis, Volume};

/// What people ask of a pump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Pair programmer and remotes with a new pump, in as many steps as the pump's protocol takes.
    Provision,
    /// Ask a pump without keys what whoever provisions it has to prove.
    AskChallenge,
    /// Answer that, and have the pump take its keys.
    TakeKeys,
    /// Read the status.
    Interrogate,
    /// Program a therapy, in as many steps as the pump's protocol takes.
    Program(Therapy),
    /// Open an update session.
    OpenUpdate {
        /// The infusion pauses until it ends.
        hold: bool,
    },
    /// Within a session: send a therapy, which is not in force yet.
    Stage(Therapy),
    /// Put in force what was sent last, and end the session.
    Commit,
    /// Give the session up.
    CloseUpdate,
    /// Have tubing and catheter of a stopped pump filled.
    PrimingBolus,
    /// Tell the pump that somebody has worked on the catheter: it may be filled once more.
    DeclareWork(CatheterWork),
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
        /// The old drug behind the reservoir continues at the old rate.
        bridge: bool,
        /// What was drawn out before, as it was measured; `None`: not measured.
        drawn: Option<Volume>,
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

/// What is known of a request beside its bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestRow {
    /// Its key in the timeline of a scenario; some the rig or a programmer asks for itself.
    pub key: &'static str,
    /// Its name in reports.
    pub name: &'static str,
    /// What a pump that obeys it changes.
    pub change: Change,
}

/// What changes of the prescription once a pump has obeyed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// Nothing: it reads, or prepares.
    Nothing,
    /// This therapy is in force.
    Therapy(Therapy),
    /// The therapy that was staged last is in force.
    Staged,
    /// What the reservoir holds.
    Fill {
        /// By what is entered.
        concentration: Concentration,
        /// The old drug behind the reservoir continues at the old rate.
        bridge: bool,
    },
    /// Whether the infusion runs.
    Running(bool),
    /// A clinician's bolus is given on top.
    ClinicianBolus {
        /// Dose.
        dose: Mass,
        /// Time over which it is given.
        duration: Millis,
    },
    /// No prescription; but what tubing and catheter take up is no dose.
    Priming,
    /// No prescription; but the catheter may be filled once more.
    CatheterOpen,
}

impl Change {
    /// The therapy that it puts in force by itself.
    #[must_use]
    pub const fn therapy(&self) -> Option<Therapy> {
        match *self {
            Self::Therapy(therapy) => Some(therapy),
            _ => None,
        }
    }
}

impl Request {
    /// Those of the clinician that need no details: `{}` in a scenario.
    pub(crate) const PLAIN: [Self; 12] = [
        Self::Provision,
        Self::AskChallenge,
        Self::Commit,
        Self::CloseUpdate,
        Self::PrimingBolus,
        Self::Start,
        Self::Stop,
        Self::Interrogate,
        Self::ReadPrescription,
        Self::ReadAlarms,
        Self::ReadHealth,
        Self::Silence,
    ];

    /// All that is known of it.
    #[must_use]
    pub const fn row(&self) -> RequestRow {
        use Change::{ClinicianBolus, Fill, Nothing, Priming, Running, Staged, Therapy};
        let (key, name, change) = match *self {
            Self::Provision => ("provision", "provision", Nothing),
            Self::AskChallenge => ("ask-challenge", "ask challenge", Nothing),
            Self::TakeKeys => ("take-keys", "take keys", Nothing),
            Self::Interrogate => ("interrogate", "interrogate", Nothing),
            Self::Program(therapy) => ("program", "program", Therapy(therapy)),
            Self::OpenUpdate { hold: false } => ("open-update", "open update", Nothing),
            Self::OpenUpdate { hold: true } => {
                ("open-update", "open update, infusion held", Nothing)
            }
            Self::Stage(_) => ("stage", "stage", Nothing),
            Self::Commit => ("commit", "commit", Staged),
            Self::CloseUpdate => ("close-update", "close update", Nothing),
            Self::PrimingBolus => ("priming-bolus", "priming bolus", Priming),
            Self::DeclareWork(work) => ("catheter-work", work.declared(), Change::CatheterOpen),
            Self::Start => ("start", "start", Running(true)),
            Self::Stop => ("stop", "stop", Running(false)),
            Self::ClinicianBolus { dose, duration } => (
                "clinician-bolus",
                "clinician bolus",
                ClinicianBolus { dose, duration },
            ),
            Self::PatientBolus { .. } => ("press", "patient bolus", Nothing),
            Self::ReadLog { .. } => ("read-log", "read log", Nothing),
            Self::Refill {
                concentration,
                bridge,
                ..
            } => {
                let change = Fill {
                    concentration,
                    bridge,
                };
                ("refill", refill(bridge), change)
            }
            Self::Silence => ("silence", "silence", Nothing),
            Self::ReadPrescription => ("read-prescription", "read prescription", Nothing),
            Self::ReadAlarms => ("read-alarms", "read alarms", Nothing),
            Self::ReadHealth => ("read-health", "read health", Nothing),
        };
        RequestRow { key, name, change }
    }

    /// Whether it is asked with this key of the timeline. A pump that takes a therapy as one command
    /// puts it in force with that command.
    #[must_use]
    pub fn is_asked_as(&self, key: &str) -> bool {
        self.row().key == key || key == "commit" && matches!(self, Self::Program(_))
    }

    /// Its name in reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.row().name
    }

    /// The keys of those, in the order of the documentation.
    #[must_use]
    pub fn plain_keys() -> [&'static str; Self::PLAIN.len()] {
        Self::PLAIN.map(|request| request.row().key)
    }

    /// The plain one with this key of a scenario.
    #[must_use]
    pub fn plain(key: &str) -> Option<Self> {
        Self::PLAIN
            .into_iter()
            .find(|request| request.row().key == key)
    }
}

/// The name of a refill in reports.
const fn refill(bridge: bool) -> &'static str {
    if bridge {
        "refill with a bridge bolus"
    } else {
        "refill"
    }
}
