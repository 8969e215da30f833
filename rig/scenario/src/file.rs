//! A scenario file exactly as TOML writes it: every key optional, every value with its place. Each
//! table is declared once; reader, messages and documentation have its keys from here.
//!
//! Head, patient, pump and therapy are here, the rest is in the files beside.

use super::file_expect::ExpectFile;
use super::file_fault::FaultFile;
use super::file_timeline::EntryFile;
use super::{resolve, resolve_patient, resolve_therapy};
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

pub(super) const DURATION: Value = Value::Quantity(Kind::Duration);
pub(super) const VOLUME: Value = Value::Quantity(Kind::Volume);
pub(super) const MASS: Value = Value::Quantity(Kind::Mass);
pub(super) const DOSE: Value = Value::Quantity(Kind::DoseRate);
pub(super) const CONCENTRATION: Value = Value::Quantity(Kind::Concentration);
pub(super) const LENGTH: Value = Value::Quantity(Kind::Length);

table! {
    /// The whole file.
    ScenarioFile "the head of the file" {
        /// What happens, for people.
        title: Text, "\"A patient hammers the remote for a day\"", required;
        /// Requirements that the story verifies.
        verifies: Vec<Text>, "[\"REQ-BOL-002\"]";
        /// The hazard or recall that it re-enacts, with its source.
        reenacts: Text, "\"pump.md fault 43\"";
        /// An accepted deviation; without one a failing report cannot be approved.
        known_anomaly: Text, "\"ANOM-12\"";
        /// Seed of every random draw.
        seed: Spanned<u64>, "7", required;
        /// How long the story runs, 1 ms to 1827 d (five years).
        duration: Text = DURATION, "\"24 h\"", required;
        /// Time of the week at the first power-on, for schedules.
        starts: Text, "\"Mon 08:00\"";
        /// What the bench must be able to do. Faults add what they need.
        needs: Vec<Text> = Value::List(&Value::Word(|| words_of(&resolve::CAPABILITIES))), "[\"memory\"]";
        /// The patient's preset.
        patient: Spanned<PatientFile>, "{ tolerance = \"chronic\" }";
        /// The pump as implanted.
        pump: Spanned<PumpFile>, "{ drug = \"morphine\", concentration = \"10 mg/mL\", reservoir = \"20 mL\" }", required;
        /// What the clinician programs right after implant.
        therapy: Spanned<TherapyFile>, "{ dose = \"1 mg/day\" }";
        /// What happens.
        timeline: Vec<Spanned<EntryFile>>, "[{ at = \"2 h\", stop = {} }]";
        /// What breaks.
        fault: Vec<Spanned<FaultFile>>, "[{ start = \"6 h\", motor-stall = {} }]";
        /// What must be true.
        expect: Vec<Spanned<ExpectFile>>, "[{ name = \"quiet\", never = \"alarm.critical\" }]";
    }
}

table! {
    /// `[patient]`
    PatientFile "`[patient]`" {
        /// How strongly the cerebrospinal fluid mixes.
        mixing: Text = Value::Word(|| words_of(&resolve_patient::MIXING)), "\"typical\"";
        /// Vertebral level of the catheter tip.
        tip: Text = Value::Word(resolve_patient::tips), "\"T10\"";
        /// Whether the patient is used to the drug.
        tolerance: Text = Value::Word(|| words_of(&resolve_patient::TOLERANCE)), "\"chronic\"", required;
        /// A file of parameters: whose numbers the plant has. Its path is relative to the scenario.
        file: Text, "\"../people/frail-adult.toml\"";
        /// Which one of a population the patient is.
        individual: Spanned<u64>, "17";
        /// Which population.
        population_seed: Spanned<u64>, "1";
    }
}

table! {
    /// `[pump]`
    PumpFile "`[pump]`" {
        /// What the pharmacy filled.
        drug: Text = Value::Word(resolve_patient::drugs), "\"morphine\"", required;
        /// What the label says and the reservoir truly holds.
        concentration: Text = CONCENTRATION, "\"10 mg/mL\"", required;
        /// Volume at the start, entered and true.
        reservoir: Text = VOLUME, "\"20 mL\"", required;
        /// Length of the implanted catheter.
        catheter: Text = LENGTH, "\"90 cm\"";
        /// Whether the catheter holds drug already.
        catheter_starts: Text = Value::Word(|| words_of(&resolve_patient::CATHETER_STARTS)), "\"primed\"";
        /// How it moves its drug.
        drive: Text = Value::Word(|| words_of(&resolve_patient::DRIVES)), "\"peristaltic\"";
        /// A second drug in the same reservoir, of which the pump does not know.
        second_drug: Spanned<SecondDrugFile>, "{ drug = \"bupivacaine\", concentration = \"5 mg/mL\" }";
    }
}

table! {
    /// `second-drug`
    SecondDrugFile "`second-drug`" {
        /// Another drug than the first.
        drug: Text = Value::Word(resolve_patient::drugs), "\"bupivacaine\"", required;
        /// Its concentration in the same reservoir.
        concentration: Text = CONCENTRATION, "\"5 mg/mL\"", required;
    }
}

table! {
    /// `[therapy]`, and `program` and `stage` in the timeline.
    TherapyFile "`[therapy]`" {
        /// Simple continuous dose: zero, or a flow that the pump can give.
        dose: Text = DOSE, "\"1 mg/day\"";
        /// The least that the pump gives, whatever is in the reservoir.
        minimum_rate: Spanned<bool>, "true";
        /// Doses by time of day and day of the week.
        schedule: Spanned<Vec<Spanned<ScheduleStepFile>>>, "[{ days = \"daily\", at = \"07:00\", dose = \"2 mg/day\" }]";
        /// Programmed concentration, which may be wrong on purpose.
        concentration: Text = CONCENTRATION, "\"10 mg/mL\"";
        /// Limits of the patient's remote.
        patient_bolus: Spanned<PatientBolusFile>, "{ dose = \"50 µg\", duration = \"2 min\", lockout = \"1 h\", daily-maximum = 6 }";
        /// Whether a bolus comes on top of the continuous dose or instead of it.
        during_bolus: Text = Value::Word(|| words_of(&resolve_therapy::DURING_BOLUS)), "\"add\"";
        /// The most drug in any hour, 4 hours, 24 hours, boluses and continuous dose together.
        limits: Spanned<LimitsFile>, "{ hour = \"120 µg\", day = \"1.5 mg\" }";
        /// Length of the catheter as the clinician enters it, which may be wrong on purpose.
        programmed_catheter: Text = LENGTH, "\"90 cm\"";
        /// Counted volume at which the low-reservoir alarm sounds.
        low_reservoir: Text = VOLUME, "\"2 mL\"";
        /// Repeat interval of the critical alarm.
        critical_interval: Text = DURATION, "\"10 min\"";
        /// Repeat interval of the non-critical alarm.
        non_critical_interval: Text = DURATION, "\"1 h\"";
    }
}

table! {
    /// One step of `schedule`
    ScheduleStepFile "a step of `schedule`" {
        /// Days on which it begins: `daily`, or days and spans of days with commas between.
        days: Text, "\"mon-fri\"", required;
        /// Time of day when it begins.
        at: Text, "\"07:00\"", required;
        /// Zero, or a flow that the pump can give.
        dose: Text = DOSE, "\"2 mg/day\"", required;
    }
}

table! {
    /// `limits`
    LimitsFile "`limits`" {
        /// The most drug in any hour.
        hour: Text = MASS, "\"120 µg\"";
        /// The most drug in any 4 hours.
        four_hours: Text = MASS, "\"400 µg\"";
        /// The most drug in any 24 hours.
        day: Text = MASS, "\"1.5 mg\"";
    }
}

table! {
    /// `patient-bolus`
    PatientBolusFile "`patient-bolus`" {
        /// Dose per bolus.
        dose: Text = MASS, "\"50 µg\"", required;
        /// Time over which it is given.
        duration: Text = DURATION, "\"2 min\"", required;
        /// Least time from the start of one bolus to the start of the next.
        lockout: Text = DURATION, "\"1 h\"", required;
        /// Most boluses in any 24 hours.
        daily_maximum: Spanned<u8> = Value::integer(0, 50), "6", required;
    }
}
