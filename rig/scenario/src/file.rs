//! A scenario file exactly as TOML writes it: every key optional, every value with its place. Each
//! table is declared once; reader, messages and documentation have its keys from here.
//!
//! Head, patient, pump and therapy are here, the rest is in the files beside.

use super::file_fault::FaultFile;
use super::file_timeline::EntryFile;
use super::forms::ExpectFile;
use super::{resolve, resolve_patient, resolve_therapy};
use thecal_text::range::{Limits, QuantityRange};
use thecal_text::reader::{FileKind, Record, Value, words_of};
use thecal_text::table;
use toml::Spanned;

pub(super) use thecal_text::reader::Text;
pub(super) use thecal_text::unit::Kind;

/// What a scenario is.
pub(super) const SCENARIO: FileKind = FileKind {
    area: "scenario",
    is: "a scenario",
    head: ScenarioFile::TABLE,
};

pub(super) const DURATION: Value = Value::quantity(Kind::Duration);
pub(super) const VOLUME: Value = Value::quantity(Kind::Volume);
pub(super) const MASS: Value = Value::quantity(Kind::Mass);
pub(super) const CONCENTRATION: Value = Value::quantity(Kind::Concentration);
pub(super) const LENGTH: Value = Value::quantity(Kind::Length);

/// A dose rate that the pump can give. Source: pump.md 1.1 (rate range, minimum rate).
const DOSE: Value = Value::quantity(Kind::DoseRate).limited(Limits::Flow(QuantityRange::new(
    "0.006 mL/day",
    "24 mL/day",
)));
/// Longest run: five years, with two leap days.
const RUN: Value = DURATION.within(QuantityRange::new("1 ms", "1827 d").with_note("(five years)"));
/// A volume that a reservoir can hold.
pub(super) const RESERVOIR: Value = VOLUME.within(QuantityRange::new("0.1 mL", "40 mL"));
const CATHETER: Value = LENGTH.within(QuantityRange::new("10 cm", "140 cm"));

table! {
    /// The whole file.
    ScenarioFile "the head of the file" {
        /// One line that says what happens.
        title: Text, "\"A patient presses the remote for a day\"", required;
        /// Ids of the requirements that the scenario verifies.
        verifies: Vec<Text>, "[\"REQ-BOL-002\"]";
        /// One line: the hazard or recall that the scenario re-enacts, with its source.
        reenacts: Text, "\"pump.md fault 43\"";
        /// Id of an accepted deviation. Without one, a report with the verdict `FAIL` cannot be approved.
        known_anomaly: Text, "\"ANOM-12\"";
        /// Seed of all random numbers of the run.
        seed: Spanned<u64>, "7", required;
        /// How long the run lasts.
        duration: Text = RUN, "\"24 h\"", required;
        /// Day and time at the first power-on. A `schedule` counts from it.
        starts: Text, "\"Mon 08:00\"" or "Mon 00:00";
        /// What the bench must be able to do: change RAM, cut power, halt the core, change flash,
        /// change registers of the core. Each fault adds what it needs.
        needs: Vec<Text> = Value::List(&Value::Word(|| words_of(&resolve::CAPABILITIES))), "[\"memory\"]" else "what its faults need";
        /// The patient.
        patient: Spanned<PatientFile>, "{ tolerance = \"chronic\" }";
        /// The pump as implanted.
        pump: Spanned<PumpFile>, "{ drug = \"morphine\", concentration = \"10 mg/mL\", reservoir = \"20 mL\" }", required;
        /// What the clinician programs right after implant.
        therapy: Spanned<TherapyFile>, "{ dose = \"1 mg/day\" }";
        /// What people do during the run.
        timeline: Vec<Spanned<EntryFile>>, "[{ at = \"2 h\", stop = {} }]";
        /// What breaks during the run.
        fault: Vec<Spanned<FaultFile>>, "[{ start = \"6 h\", motor-stall = {} }]";
        /// What must be true.
        expect: Vec<Spanned<ExpectFile>>, "[{ name = \"quiet\", never = \"alarm.critical\" }]";
    }
}

table! {
    /// `[patient]`
    PatientFile "`[patient]`" {
        /// How strongly the cerebrospinal fluid mixes.
        mixing: Text = Value::Word(|| words_of(&resolve_patient::MIXING)), "\"typical\"" or "typical";
        /// Vertebral level of the catheter tip.
        tip: Text = Value::Word(resolve_patient::tips), "\"T10\"" or "T10";
        /// Whether the patient is naive to the drug or tolerant of it. Without `[patient]` it is `chronic`.
        tolerance: Text = Value::Word(|| words_of(&resolve_patient::TOLERANCE)), "\"chronic\"", required;
        /// A file of parameters for the plant ([docs/parameters.md](parameters.md)). The path is
        /// relative to the scenario.
        file: Text, "\"../people/frail-adult.toml\"";
        /// Number of an individual in a population.
        individual: Spanned<u64>, "17" else "none: the median person";
        /// Seed of the population. Needs `individual`.
        population_seed: Spanned<u64>, "1" or "1";
    }
}

table! {
    /// `[pump]`
    PumpFile "`[pump]`" {
        /// Drug in the reservoir.
        drug: Text = Value::Word(resolve_patient::drugs), "\"morphine\"", required;
        /// Concentration on the label, which is also the true one.
        concentration: Text = CONCENTRATION.above_zero(), "\"10 mg/mL\"", required;
        /// Volume in the reservoir at the start, both entered and true.
        reservoir: Text = RESERVOIR, "\"20 mL\"", required;
        /// Length of the implanted catheter.
        catheter: Text = CATHETER, "\"90 cm\"" or "90 cm";
        /// `primed`: a pump in service. The catheter holds drug, and the patient is in the steady
        /// state of the prescribed continuous dose. `empty`: a pump just implanted. There is no drug
        /// in the catheter and none in the patient.
        catheter_starts: Text = Value::Word(|| words_of(&resolve_patient::CATHETER_STARTS)), "\"primed\"" or "primed";
        /// How the pump moves its drug: a motor with rollers, or gas pressure and two valves. A
        /// `constant-flow` pump is refused, because it has no firmware to test: see `thecal accuracy`.
        drive: Text = Value::Word(|| words_of(&resolve_patient::DRIVES)), "\"peristaltic\"" or "peristaltic";
        /// A second drug in the same reservoir. The pump is programmed for the first drug only.
        second_drug: Spanned<SecondDrugFile>, "{ drug = \"bupivacaine\", concentration = \"5 mg/mL\" }";
    }
}

table! {
    /// `second-drug`
    SecondDrugFile "`second-drug`" {
        /// The second drug. It differs from the first.
        drug: Text = Value::Word(resolve_patient::drugs), "\"bupivacaine\"", required;
        /// Its concentration.
        concentration: Text = CONCENTRATION.above_zero(), "\"5 mg/mL\"", required;
    }
}

table! {
    /// `[therapy]`, and `program` and `stage` in the timeline.
    TherapyFile "`[therapy]`" {
        /// Simple continuous dose.
        dose: Text = DOSE, "\"1 mg/day\"" else "one of `dose`, `minimum-rate` and `schedule` is required";
        /// The smallest flow of the pump, whatever the reservoir holds.
        minimum_rate: Spanned<bool>, "true" or "false";
        /// Doses by time of day and day of the week, see below.
        schedule: Spanned<Vec<Spanned<ScheduleStepFile>>>, "[{ days = \"daily\", at = \"07:00\", dose = \"2 mg/day\" }]";
        /// Programmed concentration. It may be wrong on purpose.
        concentration: Text = CONCENTRATION.above_zero(), "\"10 mg/mL\"" else "`concentration` of `[pump]`";
        /// Limits of the patient's remote, see below.
        patient_bolus: Spanned<PatientBolusFile>, "{ dose = \"50 µg\", duration = \"2 min\", lockout = \"1 h\", daily-maximum = 6 }" else "none: the remote is disabled";
        /// Whether a bolus is given in addition to the continuous dose or instead of it.
        during_bolus: Text = Value::Word(|| words_of(&resolve_therapy::DURING_BOLUS)), "\"add\"" or "add";
        /// Maximum dose per window, boluses and continuous dose together. At least one limit.
        limits: Spanned<LimitsFile>, "{ hour = \"120 µg\", day = \"1.5 mg\" }";
        /// Length of the catheter as the clinician enters it. It may be wrong on purpose. One
        /// centimeter holds 0.0022 mL.
        programmed_catheter: Text = CATHETER, "\"90 cm\"" else "`catheter` of `[pump]`";
        /// Counted volume at which the low-reservoir alarm sounds.
        low_reservoir: Text = RESERVOIR, "\"2 mL\"" or "2 mL";
        /// Repeat interval of the critical alarm. The reference pump accepts 1 min to 24 h.
        critical_interval: Text = DURATION.above_zero(), "\"10 min\"" or "10 min";
        /// Repeat interval of the non-critical alarm. The reference pump accepts 1 min to 24 h.
        non_critical_interval: Text = DURATION.above_zero(), "\"1 h\"" or "1 h";
    }
}

table! {
    /// One step of `schedule`
    ScheduleStepFile "a step of `schedule`" {
        /// Days on which the step begins: `daily`, or days from `mon` to `sun` and spans of days, with
        /// commas between.
        days: Text, "\"mon-fri\"", required;
        /// Time of day at which the step begins, from `00:00` to `23:59`.
        at: Text, "\"07:00\"", required;
        /// Continuous dose from then on.
        dose: Text = DOSE, "\"2 mg/day\"", required;
    }
}

table! {
    /// `limits`
    LimitsFile "`limits`" {
        /// Maximum dose in any hour.
        hour: Text = MASS.above_zero(), "\"120 µg\"";
        /// Maximum dose in any 4 hours.
        four_hours: Text = MASS.above_zero(), "\"400 µg\"";
        /// Maximum dose in any 24 hours.
        day: Text = MASS.above_zero(), "\"1.5 mg\"";
    }
}

table! {
    /// `patient-bolus`
    PatientBolusFile "`patient-bolus`" {
        /// Dose of one bolus.
        dose: Text = MASS.above_zero(), "\"50 µg\"", required;
        /// Time over which a bolus is given. At most `lockout`.
        duration: Text = DURATION.above_zero(), "\"2 min\"", required;
        /// Shortest time from the start of one bolus to the start of the next.
        lockout: Text = DURATION, "\"1 h\"", required;
        /// Maximum number of boluses in any 24 hours.
        daily_maximum: Spanned<u8> = Value::integer(0, 50), "6", required;
    }
}
