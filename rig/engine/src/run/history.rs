//! The record of a run: everything that checks and reports use, and nothing volatile.

use super::course::{Course, DrugNames};
use super::delivery::Total;
use super::entered::{Entered, Programmed};
use super::pin_history::PinHistory;
use super::plots::Plots;
use super::presets::{Exposure, PresetHarm};
use super::series::Cumulative;
use crate::programmer::{Answer, LogLine, PumpStatus, Sender};
use crate::verdict::Watches;
use std::borrow::Cow;
use thecal_link::ResetCause;
use thecal_plan::{
    Changed, Fault, FaultKind, Origin, PatientBolus, Posture, Request, Stay, StayPlace, Therapy,
};
use thecal_sim::{Drug, DrugTruth, Harm, Ledger, Truth};
use thecal_units::{Concentration, Mass, Millis, SimTime, Volume};

/// The complete record of one run.
#[derive(Clone, Debug)]
pub struct RunHistory {
    /// Simulated duration.
    pub simulated: Millis,
    /// Number of exchanges with the pump.
    pub exchanges: u64,
    /// Acts of people, faults, and what the pump showed, in order.
    pub events: Vec<Event>,
    /// Commands and answers, in order.
    pub commands: Vec<CommandRecord>,
    /// Resets, except the first power-on.
    pub resets: Vec<ResetRecord>,
    /// Faults, in the order of the scenario.
    pub faults: Vec<FaultRecord>,
    /// When the pump hung without a fault.
    pub hangs: Vec<SimTime>,
    /// When it hung because a fault had flipped bits, and which fault.
    pub hangs_by_fault: Vec<(SimTime, &'static str)>,
    /// Memory writes begun, up to the end of the scenario.
    pub writes: u64,
    /// The scenario's expectations and their observations.
    pub watches: Watches,
    /// The decimated series for plots.
    pub plots: Plots,
    /// Steps moved.
    pub moved: Total,
    /// Commanded dose (steps moved, except those of priming boluses, times nominal volume, times
    /// programmed concentration). Unit: ug.
    pub commanded: Total,
    /// Steps moved for priming boluses.
    pub primed: Cumulative,
    /// Drug moved by these steps, at the programmed concentration. Unit: ug.
    pub primed_ug: f64,
    /// Dose that entered the spinal fluid. Unit: ug.
    pub infused: Total,
    /// The prescriptions, as the pump accepted them, with their times.
    pub prescribed: Vec<Prescribed>,
    /// What was entered beside what was true, in order.
    pub entered: Vec<Entered>,
    /// What was programmed, or refused to be, in order.
    pub programmed: Vec<Programmed>,
    /// Time of the week at the first power-on, since Monday 0:00.
    pub starts: Millis,
    /// By how much the pump's calendar may be off without being to blame, each from an instant on.
    pub clock_doubts: Vec<(SimTime, Millis)>,
    /// True concentration in the reservoir at the start, equal to its label.
    pub filled: Concentration,
    /// The pump's nominal step volume.
    pub step_volume: Volume,
    /// The status at the end; `None` if the pump did not answer.
    pub status: Option<PumpStatus>,
    /// The event log at the end.
    pub log: PumpLog,
    /// What was asked of the pump at the end beside status and log: prescription, alarms, health.
    pub read_out: Vec<CommandRecord>,
    /// The truth at the end.
    pub truth: Truth,
    /// The truth about the second drug, if there is one.
    pub second: Option<(Drug, DrugTruth)>,
    /// Mass balance of the drug.
    pub ledger: Ledger,
    /// Harm to the patient.
    pub harm: Harm,
    /// How each index of it went, in the order of [`Index::ALL`](super::course::Index::ALL).
    pub courses: [Course; 4],
    /// What the drugs and their effects are called: the programmed drug, and the second.
    pub names: Vec<DrugNames>,
    /// What was aspirated at the catheter's access port. Unit: mL.
    pub port_aspirated_ml: f64,
    /// What was injected there. Unit: mL.
    pub port_injected_ml: f64,
    /// Harm over presets: low, typical and high mixing and sensitivity.
    pub presets: Vec<PresetHarm>,
    /// Exposure to each drug: the programmed one, and the second.
    pub exposures: [Exposure; 2],
    /// The patient's stays and postures, in order.
    pub stays: Vec<StayRecord>,
    /// What the pins showed.
    pub pins: PinHistory,
    /// Why the truth can differ from the command without any sign at the pump (class V0), each once.
    pub hidden: Vec<Cow<'static, str>>,
}

/// One event as it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: SimTime,
    /// Who or what acted.
    pub subject: Subject,
    /// What happened, without numbers that differ between repetitions.
    pub what: String,
}

/// Who or what acted in a [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The clinician or a nurse.
    Clinician,
    /// A patient.
    Patient,
    /// Somebody who sends a recorded packet again.
    Attacker,
    /// A fault began or ended.
    Fault,
    /// The pump showed something.
    Pump,
    /// The patient's place changed.
    Place,
}

impl Subject {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clinician => "clinician",
            Self::Patient => "patient",
            Self::Attacker => "attacker",
            Self::Fault => "fault",
            Self::Pump => "pump",
            Self::Place => "place",
        }
    }
}

/// A command and its result.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandRecord {
    /// When it reached the pump.
    pub at: SimTime,
    /// Who sent it.
    pub sender: Sender,
    /// The request.
    pub request: Request,
    /// Whether it was the sender's own packet, or somebody else's.
    pub origin: Origin,
    /// Which step of a request it was; `None`: the whole request.
    pub step: Option<Step>,
    /// Whether it reached the pump: its receiver was on and it did not hang.
    pub reached: bool,
    /// Whether a fault of the scenario lost the packet or the answer: the pump had no power or its
    /// core was halted.
    pub lost: bool,
    /// The pump's answer; `None`: no answer.
    pub answer: Option<Answer>,
    /// How many entries [`RunHistory::prescribed`] had before it: the last of them was in force.
    pub prescribed: usize,
}

/// One step of a request that takes several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Name of the whole request, from [`Request::name`].
    pub of: &'static str,
    /// Number of the step, from 0.
    pub nth: usize,
    /// Whether it is the step that decides.
    pub last: bool,
    /// What the whole request programs.
    pub therapy: Option<Therapy>,
}

impl Step {
    const BACK: usize = usize::MAX;

    /// A step that takes back earlier steps.
    pub(super) const fn taking_back(of: &'static str) -> Self {
        Self {
            of,
            nth: Self::BACK,
            last: false,
            therapy: None,
        }
    }

    /// Whether it takes back earlier steps.
    pub(crate) const fn is_taking_back(self) -> bool {
        self.nth == Self::BACK
    }
}

impl CommandRecord {
    /// Name of the whole request.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.step
            .map_or_else(|| self.request.name(), |step| step.of)
    }

    /// Whether the pump answered that it obeyed.
    #[must_use]
    pub const fn obeyed(&self) -> bool {
        matches!(self.answer, Some(Answer::Done | Answer::Granted))
    }
}

/// A reset seen by the rig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetRecord {
    /// When.
    pub at: SimTime,
    /// Cause.
    pub cause: ResetCause,
    /// The fault of the scenario that caused it; `None`: unexpected.
    pub because: Option<&'static str>,
    /// Whether power failed again before the pump had finished its first exchange.
    pub cut_short: bool,
    /// How many entries [`RunHistory::commands`] had before it.
    pub commands: usize,
}

/// A fault and the proof that it fired.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRecord {
    /// Kind of fault.
    pub kind: FaultKind,
    /// When it began; for a power cut: when the power failed.
    pub from: SimTime,
    /// When it ended, if it did.
    pub until: Option<SimTime>,
    /// Its earlier spells, from start to end, if it has come again; `from` and `until` are the last.
    pub earlier: Vec<(SimTime, SimTime)>,
    /// Number of effects: pulses missed, presses repeated, resets, late wakes.
    pub effect: u64,
    /// What of the effect went the other way: past the pump head, back into the reservoir.
    pub back: u64,
    /// The flipped bits, read back; they differ between builds and benches.
    pub changed: Option<Changed>,
}

impl FaultRecord {
    /// When it first began.
    #[must_use]
    pub fn first_from(&self) -> SimTime {
        self.earlier.first().map_or(self.from, |&(from, _)| from)
    }

    /// It begins once more.
    pub(super) fn begin_again(&mut self, now: SimTime) {
        match self.until.take() {
            Some(until) => self.earlier.push((self.from, until)),
            None if self.kind.is_instant() && self.from < now => {
                self.earlier.push((self.from, self.from));
            }
            None => {}
        }
        self.from = now;
    }

    /// The record of a fault that has not begun.
    pub(super) fn new(fault: &Fault) -> Self {
        Self {
            kind: fault.kind.clone(),
            from: fault.start,
            until: None,
            earlier: Vec::new(),
            effect: 0,
            back: 0,
            changed: None,
        }
    }
}

/// A stay or a posture of the patient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StayRecord {
    /// Place or posture.
    pub whereabouts: Whereabouts,
    /// When the way there began.
    pub from: SimTime,
    /// When the patient was back, or will be; `None`: not within the run.
    pub until: Option<SimTime>,
}

/// A place or a posture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Whereabouts {
    /// A place, for a limited time.
    Stay(Stay),
    /// A posture other than lying.
    Posture(Posture),
}

impl Whereabouts {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Stay(stay) => stay.name(),
            Self::Posture(Posture::Lying) => "lying",
            Self::Posture(Posture::Sitting) => "sitting",
            Self::Posture(Posture::Standing) => "standing",
        }
    }

    /// Whether it changes the volume of a step.
    pub(crate) const fn moves_flow(&self) -> bool {
        let Self::Stay(stay) = self else { return true };
        !matches!(
            stay.place,
            StayPlace::Scanner { .. } | StayPlace::Magnet { .. }
        )
    }
}

/// The prescription in force from an instant on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prescribed {
    /// When it began.
    pub from: SimTime,
    /// Whether the infusion was running.
    pub running: bool,
    /// Whether that is unknown: power failed while the pump was told to start or stop.
    pub running_in_doubt: bool,
    /// Programmed therapy.
    pub therapy: Therapy,
    /// Concentration of the old drug, if the last refill was bridged.
    pub bridged: Option<Concentration>,
    /// Clinician's bolus that began at this instant.
    pub clinician_bolus: Option<(Mass, Millis)>,
}

impl Prescribed {
    /// The limits of patient boluses, if enabled.
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
    /// Index of the oldest entry that is left.
    pub first: u32,
    /// The entries, each with its simulation time.
    pub lines: Vec<(SimTime, LogLine)>,
}
