//! Results of a run that reached its end: findings, faults, delivery, harm and events.

use super::course::{self, CourseRecord};
use super::entered::{EnteredRecord, ProgrammedRecord};
use super::harm::{self, HarmRecord, Limit, PresetRecord};
use super::profile::ProfileRecord;
use super::true_dose::TrueDoseRecord;
use super::word::Word;
use crate::form_words;
use serde::{Deserialize, Serialize};
use thecal_engine::programmer::{Answer, PumpStatus};
use thecal_engine::run;
use thecal_engine::run::{PumpLog, RunHistory, Subject};
use thecal_engine::verdict::{Finding, Judgement, Verdict, true_dose};
use thecal_link::ResetCause;
use thecal_plan::{Basal, LogKind, Scenario};
use thecal_units::{Millis, SimTime, real};

/// Results of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// How long it ran. Unit: millisecond, simulated.
    pub simulated_ms: u64,
    /// What the scenario's expectations found, in the order of its file.
    pub expectations: Vec<Finding>,
    /// What the safety monitors and the whole specification found, always in the same order; then each rule
    /// of the specification that is claimed or that the run differs from.
    pub monitors: Vec<Finding>,
    /// The profile by which the pump was judged.
    pub profile: ProfileRecord,
    /// The true dose beside the commanded one and the prescribed limits.
    pub true_dose: TrueDoseRecord,
    /// Why the rig does not trust the run; none unless the verdict is `ERROR`.
    pub doubts: Vec<String>,
    /// Why the truth can differ from the command without any sign at the pump (class V0).
    pub hidden: Vec<Word>,
    /// What was entered into the pump, beside what was true, in order.
    pub entered: Vec<EnteredRecord>,
    /// What was programmed, or refused to be, beside those figures.
    pub programmed: Vec<ProgrammedRecord>,
    /// Faults, in the order of the scenario.
    pub faults: Vec<FaultRecord>,
    /// Resets, the first power-on apart.
    pub resets: Vec<Reset>,
    /// When the pump hung, in order.
    pub hangs: Vec<Hang>,
    /// What was programmed, commanded and delivered.
    pub delivery: Delivery,
    /// Concentrations at the end.
    pub levels: Levels,
    /// What it meant for the patient.
    pub harm: HarmRecord,
    /// How each index of it went.
    pub course: Vec<CourseRecord>,
    /// What the same infusion would have meant for others.
    pub presets: Vec<PresetRecord>,
    /// Published limits.
    pub limits: Vec<Limit>,
    /// What the pump says of itself at the end; `None`: it did not answer.
    pub pump: Option<PumpSays>,
    /// What people and faults did and what the pump showed, in order.
    pub events: Vec<Event>,
}

/// A fault and the proof that it fired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRecord {
    /// Its kind, as the scenario names it.
    pub kind: Word,
    /// Where and what it is, in words.
    pub details: String,
    /// When it began, the first time if it came again. Unit: millisecond, simulated.
    pub from_ms: u64,
    /// When it ended, the last time, if it did. Unit: millisecond, simulated.
    pub until_ms: Option<u64>,
    /// How often it came.
    pub times: u32,
    /// How much it changed, in `effect_unit`; 0: it never fired.
    pub effect: u64,
    /// What of that went back into the reservoir.
    pub back: u64,
    /// Whether `effect` is the highest value of something, not a sum.
    pub peak: bool,
    /// What `effect` counts.
    pub effect_unit: Word,
    /// Value of the byte or register before a bit flip; it differs between builds and benches.
    pub before: Option<u32>,
    /// Value after it.
    pub after: Option<u32>,
}

/// A reset that the rig saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// When. Unit: millisecond, simulated.
    pub at_ms: u64,
    /// Why: `power-on`, `pin`, `watchdog` or `brown-out`.
    pub cause: Word,
    /// The fault that caused it; `None`: unexpected.
    pub because: Option<Word>,
    /// Whether the power went again before the pump had finished its boot.
    pub cut_short: bool,
}

/// A hang: no Reaction although the bench was good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hang {
    /// When. Unit: millisecond, simulated.
    pub at_ms: u64,
    /// The fault that had flipped its bits; `None`: no fault explains it.
    pub because: Option<Word>,
}

/// What was programmed, commanded and delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Continuous dose that the prescription asked for. Unit: ug.
    pub programmed_continuous_ug: f64,
    /// Dose of the boluses that were granted or given. Unit: ug.
    pub programmed_boluses_ug: f64,
    /// Motor pulses.
    pub steps_driven: u64,
    /// Pulses that moved the rotor.
    pub steps_moved: u64,
    /// Pulses that did not.
    pub steps_missed: u64,
    /// Steps that moved, times the nominal step volume. Unit: mL.
    pub commanded_ml: f64,
    /// That, times the programmed concentration, priming boluses apart. Unit: ug.
    pub commanded_ug: f64,
    /// How much of the commanded volume priming boluses moved. Unit: mL.
    pub primed_ml: f64,
    /// That, times the programmed concentration: drug that filled the line, counted as no dose. Unit: ug.
    pub primed_ug: f64,
    /// What left the reservoir. Unit: mL.
    pub drawn_ml: f64,
    /// What was aspirated at the catheter's access port. Unit: mL.
    pub port_aspirated_ml: f64,
    /// What was injected there. Unit: mL.
    pub port_injected_ml: f64,
    /// What left the catheter's tip, less what was drawn back there. Unit: mL.
    pub infused_ml: f64,
    /// Drug that entered the spinal fluid. Unit: ug.
    pub infused_ug: f64,
    /// Drug in pump tubing and catheter at the end. Unit: ug.
    pub in_catheter_ug: f64,
    /// The drug beside the programmed one, if there is one.
    pub second: Option<SecondDrug>,
    /// Actual volume left in the reservoir. Unit: mL.
    pub reservoir_ml: f64,
    /// Relative error of the plant's account of drug; above 1e-9 the run is an error.
    pub mass_error_relative: f64,
}

/// The drug in addition to the programmed one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondDrug {
    /// Its name.
    pub drug: Word,
    /// What of it entered the spinal fluid. Unit: ug.
    pub infused_ug: f64,
    /// What of it is in pump tubing and catheter at the end. Unit: ug.
    pub in_catheter_ug: f64,
    /// Its concentrations at the end.
    pub levels: Levels,
}

/// Concentrations at the end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// At the catheter's tip. Unit: ug/mL.
    pub tip_ug_per_ml: f64,
    /// In the cisterna magna. Unit: ug/mL.
    pub cisterna_ug_per_ml: f64,
    /// In plasma. Unit: ug/mL.
    pub plasma_ug_per_ml: f64,
}

/// The pump's own status at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PumpSays {
    /// What it is doing, in its own words.
    pub mode: Word,
    /// Active alarms, in its own words.
    pub alarms: Vec<Word>,
    /// When, by its log, it was proven that the motor turns again after its last stall; `None`: it never
    /// stalled, or that is not proven. Unit: millisecond, simulated.
    pub recovery_proven_ms: Option<u64>,
    /// Steps that moved, by its count.
    pub steps: u64,
    /// What is left in the reservoir, by its count. Unit: mL.
    pub reservoir_ml: f64,
    /// Patient boluses granted.
    pub granted: u32,
    /// Patient requests denied.
    pub denied: u32,
    /// Packets dropped as not authentic or not fresh.
    pub packets_dropped: u32,
    /// Entries ever written to its event log.
    pub log_entries: u32,
    /// Number of the oldest entry that is still there.
    pub log_first: u32,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When. Unit: millisecond, simulated.
    pub at_ms: u64,
    /// Who or what: `clinician`, `patient`, `fault`, `pump` or `place`.
    pub who: Word,
    /// What, in words.
    pub what: String,
}

impl Event {
    /// When.
    #[must_use]
    pub const fn at(&self) -> SimTime {
        SimTime::from_millis(self.at_ms)
    }

    /// Whether it is the beginning or the end of a fault.
    pub(crate) fn is_fault(&self) -> bool {
        self.who == Subject::Fault.name()
    }
}

impl Run {
    /// The results of a judged run. Its events are moved out of the run: a long run has many.
    pub(crate) fn of(scenario: &Scenario, history: &mut RunHistory, judgement: Judgement) -> Self {
        let profile = ProfileRecord::of(&judgement);
        let mut expectations = judgement.findings;
        let monitors = expectations.split_off(judgement.expectations.min(expectations.len()));
        for finding in &mut expectations {
            let form = scenario.form_of(&finding.name);
            finding.rule = form.map(form_words::rule).unwrap_or_default();
        }
        let events = std::mem::take(&mut history.events).into_iter();
        let event = |event: run::Event| Event {
            at_ms: event.at.as_millis(),
            who: event.subject.name().into(),
            what: event.what,
        };
        Self {
            simulated_ms: history.simulated.as_millis(),
            expectations,
            monitors,
            profile,
            true_dose: TrueDoseRecord::of(true_dose(history)),
            doubts: judgement.doubts,
            hidden: history.hidden.clone(),
            entered: history.entered.iter().map(EnteredRecord::of).collect(),
            programmed: history
                .programmed
                .iter()
                .map(|of| ProgrammedRecord::of(scenario, of))
                .collect(),
            faults: history.faults.iter().map(FaultRecord::of).collect(),
            resets: history.resets.iter().map(reset).collect(),
            hangs: hangs(history),
            delivery: Delivery::of(history),
            levels: Levels {
                tip_ug_per_ml: history.truth.tip.as_ug_per_ml(),
                cisterna_ug_per_ml: history.truth.cisterna.as_ug_per_ml(),
                plasma_ug_per_ml: history.truth.plasma.as_ug_per_ml(),
            },
            harm: HarmRecord::of(&history.harm),
            course: course::all(history),
            presets: history.presets.iter().map(PresetRecord::of).collect(),
            limits: harm::limits(scenario, history),
            pump: history
                .status
                .as_ref()
                .map(|status| PumpSays::of(status, &history.log)),
            events: events.map(event).collect(),
        }
    }

    /// All findings: expectations first, then monitors.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.expectations.iter().chain(&self.monitors)
    }

    /// How many findings have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        let found = self.findings();
        found.filter(|finding| finding.verdict == verdict).count()
    }
}

impl FaultRecord {
    fn of(fault: &run::FaultRecord) -> Self {
        Self {
            kind: fault.kind.name().into(),
            details: fault.kind.details().trim_start().to_owned(),
            from_ms: fault.first_from().as_millis(),
            until_ms: fault.until.map(SimTime::as_millis),
            times: u32::try_from(fault.earlier.len()).map_or(u32::MAX, |times| times + 1),
            effect: fault.effect,
            back: fault.back,
            peak: fault.kind.row().peaks,
            effect_unit: fault.kind.row().counts.into(),
            before: fault.changed.map(|changed| changed.before),
            after: fault.changed.map(|changed| changed.after),
        }
    }
}

fn reset(reset: &run::ResetRecord) -> Reset {
    let cause = match reset.cause {
        ResetCause::PowerOn => "power-on",
        ResetCause::Pin => "pin",
        ResetCause::Watchdog => "watchdog",
        ResetCause::BrownOut => "brown-out",
    };
    Reset {
        at_ms: reset.at.as_millis(),
        cause: cause.into(),
        because: reset.because.map(Word::from),
        cut_short: reset.cut_short,
    }
}

fn hangs(history: &RunHistory) -> Vec<Hang> {
    let own = history.hangs.iter().map(|at| (at, None));
    let by_fault = history.hangs_by_fault.iter();
    let by_fault = by_fault.map(|(at, fault)| (at, Some(Word::from(*fault))));
    let hang = |(at, because): (&SimTime, Option<Word>)| Hang {
        at_ms: at.as_millis(),
        because,
    };
    let mut hangs: Vec<Hang> = own.chain(by_fault).map(hang).collect();
    hangs.sort_by_key(|hang| hang.at_ms);
    hangs
}

impl Delivery {
    fn of(history: &RunHistory) -> Self {
        let truth = &history.truth;
        let (continuous, boluses) = programmed_ug(history);
        let commanded = real::Volume::from(history.step_volume.times(truth.steps_moved));
        Self {
            programmed_continuous_ug: continuous,
            programmed_boluses_ug: boluses,
            steps_driven: truth.steps_driven,
            steps_moved: truth.steps_moved,
            steps_missed: truth.steps_missed,
            commanded_ml: commanded.as_milliliters(),
            commanded_ug: history.commanded.last(),
            primed_ml: history.primed.last()
                * real::Volume::from(history.step_volume).as_milliliters(),
            primed_ug: history.primed_ug,
            drawn_ml: history.ledger.drawn_volume.as_milliliters(),
            port_aspirated_ml: history.port_aspirated_ml,
            port_injected_ml: history.port_injected_ml,
            infused_ml: truth.infused_volume.as_milliliters(),
            infused_ug: truth.dose_infused.as_micrograms(),
            in_catheter_ug: truth.dose_in_catheter.as_micrograms(),
            second: history.second.as_ref().map(|(drug, truth)| SecondDrug {
                drug: drug.name().into(),
                infused_ug: truth.dose_infused.as_micrograms(),
                in_catheter_ug: truth.dose_in_catheter.as_micrograms(),
                levels: Levels {
                    tip_ug_per_ml: truth.tip.as_ug_per_ml(),
                    cisterna_ug_per_ml: truth.cisterna.as_ug_per_ml(),
                    plasma_ug_per_ml: truth.plasma.as_ug_per_ml(),
                },
            }),
            reservoir_ml: truth.reservoir.as_milliliters(),
            mass_error_relative: history.ledger.relative_error(),
        }
    }
}

/// The prescribed dose: continuous, and in boluses. Unit: ug.
fn programmed_ug(history: &RunHistory) -> (f64, f64) {
    let ug = |mass| real::Mass::from(mass).as_micrograms();
    let end = SimTime::ZERO + history.simulated;
    let (mut basal, mut boluses) = (0.0, 0.0);
    let next = history.prescribed.iter().skip(1).map(|next| next.from);
    for (prescribed, until) in history.prescribed.iter().zip(next.chain([end])) {
        if prescribed.running {
            let asked = Basal::of(&prescribed.therapy, history.starts, Millis::ZERO);
            basal += asked.dose_ug(prescribed.from, until);
        }
        if let Some((dose, _)) = prescribed.clinician_bolus {
            boluses += ug(dose);
        }
        let granted = history.commands.iter().filter(|record| {
            record.answer == Some(Answer::Granted)
                && prescribed.from <= record.at
                && record.at < until
        });
        if let Some(bolus) = prescribed.patient_bolus() {
            boluses += granted.map(|_| ug(bolus.dose)).sum::<f64>();
        }
    }
    (basal, boluses)
}

impl PumpSays {
    fn of(status: &PumpStatus, log: &PumpLog) -> Self {
        let is_of_motor = |kind| matches!(kind, LogKind::MotorStall | LogKind::StallRecovery);
        let last = log.lines.iter().rfind(|(_, line)| is_of_motor(line.kind));
        let turning = last.filter(|(_, line)| line.kind == LogKind::StallRecovery);
        Self {
            mode: status.mode.into(),
            alarms: status.alarms.iter().map(|&alarm| alarm.into()).collect(),
            recovery_proven_ms: turning.map(|(at, _)| at.as_millis()),
            steps: status.steps,
            reservoir_ml: real::Volume::from(status.reservoir).as_milliliters(),
            granted: status.granted,
            denied: status.denied,
            packets_dropped: status.unauthentic,
            log_entries: status.log_entries,
            log_first: log.first,
        }
    }
}
