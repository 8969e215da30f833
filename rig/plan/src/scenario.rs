//! The checked plan: what a scenario file means once every name, unit and range has been verified.
//!
//! Times are of the simulation, counted from the pump's first power-on. Programmed values are the
//! exact integers that the clinician's programmer sends; true values are what the plant gets.

use crate::parameters::PatientSource;
use crate::{
    Ability, Capability, Claim, Dimension, Fault, Forgery, Request, Signal, Stay, Therapy,
};
use thecal_sim::{Drive, Drug, Mixing, Posture, TipLevel, Tolerance};
use thecal_units::{Concentration, Millis, SimTime, Volume, real};

/// One run: who, what is programmed, what happens, what must be true.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// `family/name`, from the file's path below the scenarios folder.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// The requirements that this run verifies, each with the findings that carry the claim.
    pub verifies: Vec<Claim>,
    /// The hazard or recall that it re-enacts, with its source.
    pub reenacts: Option<String>,
    /// An accepted deviation's identifier; without one a failing report cannot be approved.
    pub known_anomaly: Option<String>,
    /// Seed of every random draw.
    pub seed: u64,
    /// How long the run runs.
    pub duration: Millis,
    /// Time of the week at the first power-on, since Monday 0:00.
    pub starts: Millis,
    /// Bench capabilities without which the scenario cannot run.
    pub needs: Vec<Capability>,
    /// What the pump must be able to do beside what else is here shows.
    pub needs_of_pump: Vec<Ability>,
    /// The patient.
    pub patient: Patient,
    /// Whose numbers the plant has, beside its built-in ones.
    pub source: PatientSource,
    /// The pump as implanted.
    pub pump: Pump,
    /// What the clinician programs right after implant; absent: the pump stays unprogrammed.
    pub therapy: Option<Therapy>,
    /// What people do.
    pub timeline: Vec<Entry>,
    /// What breaks.
    pub faults: Vec<Fault>,
    /// What must be true, in file order.
    pub expectations: Vec<Expectation>,
}

/// The patient's preset.
#[derive(Clone, Copy, Debug)]
pub struct Patient {
    /// How strongly the cerebrospinal fluid mixes.
    pub mixing: Mixing,
    /// Level of the catheter tip.
    pub tip: TipLevel,
    /// Whether the patient is used to the drug.
    pub tolerance: Tolerance,
}

/// The pump as implanted.
#[derive(Clone, Copy, Debug)]
pub struct Pump {
    /// What the pharmacy filled.
    pub drug: Drug,
    /// Concentration on the label, and actually in the reservoir at the start.
    pub concentration: Concentration,
    /// Volume at the start, entered and true.
    pub reservoir: Volume,
    /// Length of the implanted catheter.
    pub catheter: real::Length,
    /// Whether the catheter holds drug at the start (a pump in service) or none (just implanted).
    pub primed: bool,
    /// How it moves its drug.
    pub drive: Drive,
    /// What else is in the reservoir; the pump does not know of it.
    pub second: Option<SecondDrug>,
}

/// A second drug in the same reservoir.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondDrug {
    /// Which.
    pub drug: Drug,
    /// Actual concentration in the reservoir at the start.
    pub concentration: Concentration,
}

/// One line of the timeline.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub schedule: Schedule,
    /// What.
    pub action: Action,
    /// Why the run may pass without it; `None`: something that is expected hangs on it.
    pub control: Option<String>,
    /// Line in the file, for messages and the report.
    pub line: usize,
}

/// When an action happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// Once.
    Once(SimTime),
    /// Again and again: at `from`, `from + every`, … before `until`, each moved by a random jitter.
    Repeated {
        /// First time.
        from: SimTime,
        /// Interval.
        every: Millis,
        /// No repetition starts at or after this.
        until: SimTime,
        /// Random displacement of each repetition.
        jitter: Jitter,
    },
}

/// Random displacement of a repeated action; never before the start of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jitter {
    /// None.
    None,
    /// Uniform in plus or minus this span.
    Uniform(Millis),
    /// Normal with this standard deviation.
    Normal(Millis),
    /// The interval itself is exponential with mean `every` (a Poisson process).
    Exponential,
}

/// What a person does. What it asks of the pump it carries with it ([`Action::asks`]).
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The clinician asks something of the pump, and does no more than that.
    Ask(Request),
    /// A patient presses the remote once.
    Press {
        /// Which remote, from 1.
        remote: u8,
    },
    /// A nurse refills the reservoir and enters what they believe.
    Refill(Refill),
    /// Somebody sends again, byte for byte, what was in the air.
    Replay(Recorded),
    /// Somebody sends a packet that no instrument would send.
    Forge(Box<Forgery>),
    /// The patient goes somewhere for a while.
    Stay(Stay),
    /// The patient lies down, sits up, stands up.
    Posture(Posture),
    /// Somebody resets the flow-activated valve by hand.
    ResetFlowValve,
    /// Somebody aspirates and injects at the catheter's access port.
    AccessPort(SyringeWork),
    /// Somebody draws from the reservoir or fills it, and does not tell the pump.
    AccessReservoir(SyringeWork),
    /// Somebody gives a dose by lumbar puncture.
    LumbarInjection(LumbarInjection),
}

impl Action {
    /// What the clinician's programmer asks of the pump; `None`: nothing. The number of a press is
    /// the remote's to know, and what a refill has drawn out shows in the syringe.
    #[must_use]
    pub const fn asks(&self) -> Option<Request> {
        match self {
            Self::Ask(request) => Some(*request),
            Self::Refill(refill) => Some(Request::Refill {
                volume: refill.volume,
                concentration: refill.concentration,
                bridge: refill.bridge,
                drawn: None,
            }),
            Self::Press { .. }
            | Self::Replay(_)
            | Self::Forge(_)
            | Self::Stay(_)
            | Self::Posture(_)
            | Self::ResetFlowValve
            | Self::AccessPort(_)
            | Self::AccessReservoir(_)
            | Self::LumbarInjection(_) => None,
        }
    }
}

/// What somebody has recorded of the telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The last packet that the pump has accepted.
    LastAccepted,
    /// Every packet that it has accepted so far, in order.
    AllAccepted,
    /// Its own last answer, which is sent back to it.
    LastAnswer,
}

/// What a hand draws out with a syringe, and then puts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyringeWork {
    /// What is drawn out first; `None`: all that is there.
    pub drawn: Option<Volume>,
    /// What is put in.
    pub put_in: Volume,
    /// Its concentration of the drug.
    pub concentration: Concentration,
    /// Its concentration of the second drug.
    pub second: Concentration,
}

/// A dose given by hand through a needle into the spinal fluid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LumbarInjection {
    /// Where.
    pub level: TipLevel,
    /// How much fluid.
    pub volume: Volume,
    /// Its concentration of the drug.
    pub concentration: Concentration,
    /// Its concentration of the second drug.
    pub second: Concentration,
    /// Time that the hand takes.
    pub over: Millis,
    /// How heavy it is.
    pub baricity: Baricity,
}

/// Density of a solution beside that of spinal fluid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baricity {
    /// As heavy: saline.
    Isobaric,
    /// Heavier: with glucose, 1.02.
    Hyperbaric,
    /// Lighter: in water, 0.995 (assume).
    Hypobaric,
}

impl Baricity {
    /// The density over that of spinal fluid.
    #[must_use]
    pub const fn ratio(self) -> f64 {
        match self {
            Self::Isobaric => 1.0,
            Self::Hyperbaric => 1.02,
            Self::Hypobaric => 0.995,
        }
    }
}

/// What a nurse enters at a refill, and what actually happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refill {
    /// Volume entered.
    pub volume: Volume,
    /// Concentration entered.
    pub concentration: Concentration,
    /// Volume actually injected.
    pub true_volume: Volume,
    /// Concentration actually injected.
    pub true_concentration: Concentration,
    /// Concentration of the second drug that is actually injected.
    pub true_second: Concentration,
    /// What is drawn out before; `None`: all.
    pub withdrawn: Option<Volume>,
    /// The drug actually injected, if it is another one.
    pub true_drug: Option<Drug>,
    /// How much of what is injected goes into the tissue around the pump.
    pub pocket: Volume,
    /// How much of what is injected goes through the catheter's access port.
    pub catheter_port: Volume,
    /// Whether the pump is asked to bridge: the old drug behind the reservoir continues at the old rate.
    pub bridge: bool,
}

impl Scenario {
    /// Identifiers of the requirements that it verifies, in the order of the file.
    pub fn requirements(&self) -> impl Iterator<Item = &str> {
        self.verifies.iter().map(|claim| claim.requirement.as_str())
    }

    /// What the expectation of this name requires; `None`: it has no such expectation.
    #[must_use]
    pub fn form_of(&self, expectation: &str) -> Option<&Form> {
        let named = |one: &&Expectation| one.name == expectation;
        self.expectations.iter().find(named).map(|one| &one.form)
    }
}

/// One thing that must be true.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// Short name, unique in the file.
    pub name: String,
    /// Why the limit is what it is.
    pub why: Option<String>,
    /// The temporal form.
    pub form: Form,
}

/// Temporal forms. All intervals include both ends.
#[derive(Clone, Debug)]
pub enum Form {
    /// True at every instant from `from` to `until`.
    Always {
        /// What.
        that: Predicate,
        /// Start of the interval.
        from: SimTime,
        /// End of the interval.
        until: SimTime,
    },
    /// False at every instant from `from` to `until`.
    Never {
        /// What.
        that: Predicate,
        /// Start of the interval.
        from: SimTime,
        /// End of the interval.
        until: SimTime,
    },
    /// True at some instant from `from` to `until`.
    Eventually {
        /// What.
        that: Predicate,
        /// Start of the interval.
        from: SimTime,
        /// Deadline.
        until: SimTime,
    },
    /// `hold` is true from `from` until `goal` becomes true, and that is not later than `until`.
    Until {
        /// What must hold before the goal.
        hold: Predicate,
        /// What must come.
        goal: Predicate,
        /// Start of the interval.
        from: SimTime,
        /// Deadline.
        until: SimTime,
    },
    /// Each time that `when` becomes true, `then` is true at some instant within `within`.
    Response {
        /// The trigger: its rising edges count.
        when: Predicate,
        /// The reaction.
        then: Predicate,
        /// Longest time to the reaction.
        within: Millis,
        /// Least number of triggers; fewer make the expectation inconclusive.
        at_least: u32,
    },
    /// How much a counting signal grows within any window of this length.
    Count {
        /// A counting signal.
        of: Signal,
        /// Length of the sliding window, both ends included; `None`: the whole run.
        window: Option<Millis>,
        /// Least growth over the run (only without a window).
        at_least: Option<u32>,
        /// Most growth in any window.
        at_most: Option<u32>,
    },
}

/// A comparison of one signal with one limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicate {
    /// Left side.
    pub signal: Signal,
    /// Comparison.
    pub comparison: Comparison,
    /// Right side, in the base unit of the signal's dimension.
    pub limit: f64,
    /// As written in the file, for the report.
    pub text: String,
}

impl Predicate {
    /// How far `value` is on the good side of the limit; negative: on the bad side.
    #[must_use]
    pub fn margin(&self, value: f64) -> f64 {
        match self.comparison {
            Comparison::AtMost | Comparison::Below => self.limit - value,
            Comparison::AtLeast | Comparison::Above => value - self.limit,
            Comparison::Equal => -(value - self.limit).abs(),
        }
    }

    /// Whether the comparison is true of `value`.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        let margin = self.margin(value);
        match self.comparison {
            Comparison::AtMost | Comparison::AtLeast | Comparison::Equal => margin >= 0.0,
            Comparison::Below | Comparison::Above => margin > 0.0,
        }
    }

    /// Whether it bounds the signal from above.
    #[must_use]
    pub const fn is_upper(&self) -> bool {
        matches!(self.comparison, Comparison::AtMost | Comparison::Below)
    }

    /// What both sides measure.
    #[must_use]
    pub const fn dimension(&self) -> Dimension {
        self.signal.dimension()
    }
}

/// How a signal is compared with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<=`
    AtMost,
    /// `<`
    Below,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
    /// `==`, for counts and states
    Equal,
}
