//! What a scenario says once every name, unit and range has been checked: pure data, which the
//! engine carries out and reports describe.
//!
//! Neutral towards the pump under test: nothing here belongs to one pump's protocol.

mod ability;
mod basal;
mod catheter_work;
mod claim;
mod disturbance;
mod fault;
mod forgery;
mod held;
mod log;
mod needed;
pub mod number;
pub mod parameters;
mod place;
mod plant;
pub mod population;
mod profile;
mod profile_record;
mod request;
mod rig_fault;
mod scenario;
pub mod schedule;
mod sender;
mod signal;
mod therapy;
mod word;

pub use ability::Ability;
pub use basal::{Basal, BasalPlace};
pub use catheter_work::CatheterWork;
pub use claim::{Claim, OF_SPECIFICATION, RULES_OF_EVERY_RUN};
pub use disturbance::{Capability, Changed, Disturbance, Place, REGISTERS};
pub use fault::{ANSWERED, CutPlace, Effect, Fault, FaultKind, Repeats};
pub use forgery::{ForgedKey, Forgery, Origin, Spoiled};
pub use held::HeldValue;
pub use log::{LogDetail, LogKind};
pub use place::{Stay, StayPlace};
pub use plant::PlantFaultPlan;
pub use profile::{
    Alarm, Condition, LockoutFrom, Profile, Promises, Protocol, ProtocolProcess, Ranges,
    StallRules, Unclaimed,
};
pub use profile_record::{Kept, Modes};
pub use request::{Change, Request, RequestRow};
pub use rig_fault::{RIG_FAULTS, RigFaultRow};
pub use scenario::{
    Action, Baricity, Comparison, Entry, Expectation, Form, Jitter, LumbarInjection, Patient,
    Predicate, Pump, Recorded, Refill, Scenario, Schedule, SecondDrug, SyringeWork,
};
pub use schedule::{MAX_EVENTS, expand};
pub use sender::Sender;
pub use signal::{Dimension, Signal};
pub use thecal_sim::fault_row::{FaultRow, Lasts, Visibility};
pub use thecal_sim::{Drive, Drug, Mixing, Posture, TipLevel, Tolerance};
pub use therapy::{
    DAYS, DoseLimits, DoseWindow, DuringBolus, Infusion, PatientBolus, ScheduleStep, Therapy, WEEK,
    WeekSchedule, begins_in_words, starts, week_in_words,
};
pub use word::{WORD_LEN_MAX, WORDS_MAX, word};
