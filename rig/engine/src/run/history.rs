//! What happened in a run: everything that checks and reports look at, and nothing volatile.

use super::delivery::Total;
use super::plots::Plots;
use super::presets::{Exposure, PresetHarm};
use super::series::Cumulative;
use crate::programmer::{Answer, LogLine, PumpStatus, Sender};
use crate::verdict::Watches;
use std::borrow::Cow;
use thecal_link::ResetCause;
use thecal_plan::{Changed, FaultKind, PatientBolus, Posture, Request, Stay, StayPlace, Therapy};
use thecal_sim::{Drug, DrugTruth, Harm, Ledger, Truth};
use thecal_units::{Concentration, Mass, Millis, SimTime, Volume};

/// The whole record of one run.
#[derive(Clone, Debug)]
pub struct RunHistory {
    /// How long it ran.
    pub simulated: Millis,
    /// Exchanges with the pump.
    pub exchanges: u64,
    /// What people and faults did and what the pump showed, in order.
    pub events: Vec<Event>,
    /// Commands and answers, in order.
    pub commands: Vec<CommandRecord>,
    /// Resets, the first power-on apart.
    pub resets: Vec<ResetRecord>,
    /// Faults, in the order of the scenario.
    pub faults: Vec<FaultRecord>,
    /// When the pump hung of its own accord, if it did.
    pub hangs: Vec<SimTime>,
    /// When it hung because a fault had flipped its bits, and which.
    pub hangs_by_fault: Vec<(SimTime, &'static str)>,
    /// Memory writes, begun or done, up to the end of the run.
    pub writes: u64,
    /// The scenario's expectations, and what they saw.
    pub watches: Watches,
    /// What plots show, decimated.
    pub plots: Plots,
    /// Steps that moved.
    pub moved: Total,
    /// Commanded dose (steps moved, those of priming boluses apart, times nominal volume, times
    /// programmed concentration). Unit: ug.
    pub commanded: Total,
    /// Steps that moved for priming boluses.
    pub primed: Cumulative,
    /// Dose that entered the spinal fluid. Unit: ug.
    pub infused: Total,
    /// What was prescribed when, as the pump accepted it.
    pub prescribed: Vec<Prescribed>,
    /// Time of the week at the first power-on, since Monday 0:00.
    pub starts: Millis,
    /// How far the pump's calendar may be off without being to blame, from some instant on.
    pub clock_doubts: Vec<(SimTime, Millis)>,
    /// What is in the reservoir at the start, as labeled and truly.
    pub filled: Concentration,
    /// The pump's nominal step volume.
    pub step_volume: Volume,
    /// The status at the end; `None` where the pump did not answer.
    pub status: Option<PumpStatus>,
    /// The event log at the end.
    pub log: PumpLog,
    /// The truth at the end.
    pub truth: Truth,
    /// What is true of the second drug, if there is one.
    pub second: Option<(Drug, DrugTruth)>,
    /// Where every microgram went.
    pub ledger: Ledger,
    /// What it meant for the patient.
    pub harm: Harm,
    /// What it would have meant for others: low, typical and high mixing, naive and used to it.
    pub presets: Vec<PresetHarm>,
    /// What each drug came to: the programmed one, and the one beside it.
    pub exposures: [Exposure; 2],
    /// Where the patient was, in order.
    pub stays: Vec<StayRecord>,
    /// Why the truth can differ from the command without any sign at the pump (class V0), each once.
    pub hidden: Vec<Cow<'static, str>>,
}

/// One line of the timeline as it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: SimTime,
    /// Who or what.
    pub subject: Subject,
    /// What, in words without numbers that differ from one repetition to the next.
    pub what: String,
}

/// Who or what acts in a [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The clinician or a nurse.
    Clinician,
    /// A patient.
    Patient,
    /// Something broke or healed.
    Fault,
    /// The pump showed something.
    Pump,
    /// Where the patient is changed.
    Place,
}

impl Subject {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clinician => "clinician",
            Self::Patient => "patient",
            Self::Fault => "fault",
            Self::Pump => "pump",
            Self::Place => "place",
        }
    }
}

/// A command and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandRecord {
    /// When it reached the pump.
    pub at: SimTime,
    /// Who sent it.
    pub sender: Sender,
    /// What was asked.
    pub request: Request,
    /// Whether it was a recorded packet sent again.
    pub replayed: bool,
    /// Which step of what people asked for it was; `None`: all of it.
    pub step: Option<Step>,
    /// Whether it reached the pump: its receiver was on and it did not hang.
    pub reached: bool,
    /// Whether a fault of the run took packet or answer: the pump had no power or its core stood.
    pub lost: bool,
    /// The pump's answer; `None`: silence.
    pub answer: Option<Answer>,
    /// How many entries [`RunHistory::prescribed`] had before it: the last of them was in force.
    pub prescribed: usize,
}

/// A step of a request that takes several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What people asked for, as [`Request::name`] has it.
    pub of: &'static str,
    /// Which step, from 0.
    pub nth: usize,
    /// Whether it is the one that decides.
    pub last: bool,
}

impl Step {
    const BACK: usize = usize::MAX;

    /// What takes earlier steps back.
    pub(super) const fn taking_back(of: &'static str) -> Self {
        Self {
            of,
            nth: Self::BACK,
            last: false,
        }
    }

    /// Whether it takes earlier steps back.
    #[must_use]
    pub const fn is_taking_back(self) -> bool {
        self.nth == Self::BACK
    }
}

impl CommandRecord {
    /// What people asked for, in a word or two.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.step
            .map_or_else(|| self.request.name(), |step| step.of)
    }

    /// Whether the pump said that it obeyed.
    #[must_use]
    pub const fn obeyed(&self) -> bool {
        matches!(self.answer, Some(Answer::Done | Answer::Granted))
    }
}

/// A reset that the rig saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetRecord {
    /// When.
    pub at: SimTime,
    /// Why.
    pub cause: ResetCause,
    /// The fault of the run that is behind it; `None`: nobody expects it.
    pub because: Option<&'static str>,
    /// Whether the power went again before the pump had done what it does first.
    pub cut_short: bool,
}

/// A fault and the proof that it fired.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRecord {
    /// What.
    pub kind: FaultKind,
    /// When it began; of a power cut: when the power went.
    pub from: SimTime,
    /// When it ended, if it did.
    pub until: Option<SimTime>,
    /// How often it changed something: pulses missed, presses repeated, resets, late wakes.
    pub effect: u64,
    /// What flipped, read back; it differs between builds and benches.
    pub changed: Option<Changed>,
}

/// Where the patient was, or how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StayRecord {
    /// Where.
    pub whereabouts: Whereabouts,
    /// When the way there began.
    pub from: SimTime,
    /// When the patient was back, or will be; `None`: not within the run.
    pub until: Option<SimTime>,
}

/// Where a patient is, or how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Whereabouts {
    /// Somewhere for a while.
    Stay(Stay),
    /// In this posture, not lying.
    Posture(Posture),
}

impl Whereabouts {
    /// In a word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Stay(stay) => stay.name(),
            Self::Posture(Posture::Lying) => "lying",
            Self::Posture(Posture::Sitting) => "sitting",
            Self::Posture(Posture::Standing) => "standing",
        }
    }

    /// Whether it changes what a step moves.
    #[must_use]
    pub const fn moves_flow(&self) -> bool {
        let Self::Stay(stay) = self else { return true };
        !matches!(stay.place, StayPlace::Scanner { .. } | StayPlace::Magnet)
    }
}

/// What was in force from some instant on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prescribed {
    /// From when.
    pub from: SimTime,
    /// Whether the infusion was running.
    pub running: bool,
    /// Whether nobody knows: the power went while the pump was told to start or to stop.
    pub running_in_doubt: bool,
    /// Programmed therapy.
    pub therapy: Therapy,
    /// Where the last refill was bridged: the concentration of the old drug.
    pub bridged: Option<Concentration>,
    /// Clinician's bolus that began at this instant.
    pub clinician_bolus: Option<(Mass, Millis)>,
}

impl Prescribed {
    /// The remote's limits, where it is enabled.
    #[must_use]
    pub const fn patient_bolus(&self) -> Option<PatientBolus> {
        self.therapy.patient_bolus
    }

    /// The programmed concentration.
    #[must_use]
    pub const fn concentration(&self) -> Concentration {
        self.therapy.concentration
    }
}

/// The event log as it was read out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PumpLog {
    /// Index of the oldest entry that was still there.
    pub first: u32,
    /// The entries with the simulation's time of each.
    pub lines: Vec<(SimTime, LogLine)>,
}
