//! A scenario file exactly as TOML writes it: every key optional, every value with its place. Each
//! table is declared once; reader, messages and documentation have its keys from here.
//!
//! Head, patient and pump are here, the rest is in the files beside.

use super::choices::{CAPABILITIES, CATHETER_STARTS, DRIVES, DRUGS, MIXING, TOLERANCE, tips};
use super::file_fault::FaultFile;
use super::file_therapy::TherapyFile;
use super::file_timeline::EntryFile;
use super::file_values::{AREA, CATHETER, CONCENTRATION, DURATION, RESERVOIR};
use super::forms::ExpectFile;
use thecal_plan::Ability;
use thecal_text::range::QuantityRange;
use thecal_text::reader::{
    Default, Fields, FileKind, Key, Need, Record, Table, Text, Texts, Value, Written, words_of,
};
use thecal_text::table;
use toml::Spanned;

/// What a scenario is.
pub(super) const SCENARIO: FileKind = FileKind {
    area: AREA,
    is: "a scenario",
    head: ScenarioFile::TABLE,
};

/// Longest run: five years, with two leap days.
const RUN: Value = DURATION.within(QuantityRange::new("1 ms", "1827 d").with_note("(five years)"));
table! {
    /// The whole file.
    ScenarioFile "the head of the file" {
        /// One line that says what happens.
        title: Text, "\"A patient presses the remote for a day\"", required;
        /// The requirements that the scenario verifies, each with what carries the claim.
        verifies: Spanned<VerifiesFile>, "{ REQ-BOL-002 = \"one-bolus\" }";
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
        needs: Vec<Text> = Value::List(&Value::Word(|| words_of(&CAPABILITIES))), "[\"memory\"]" else "what its faults need";
        /// What the pump must be able to do beside what therapy, timeline and expectations show (`can` of a
        /// profile): a pump that cannot is not run.
        needs_of_pump: Vec<Text> = Value::List(&Value::Word(|| words_of(Ability::ALL))), "[\"stall-retry\"]" else "what therapy, timeline and expectations need";
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

/// `[verifies]`: requirements with the names of the findings that carry each claim, in the order of
/// the file.
#[derive(Debug)]
pub(super) struct VerifiesFile(pub(super) Vec<(Text, Texts)>);

impl Record for VerifiesFile {
    const TABLE: &'static Table = &Table {
        name: "`[verifies]`",
        keys: &[],
        others: Some(&Key {
            name: "REQ-BOL-002",
            value: Value::Texts,
            example: "\"one-bolus\"",
            doc: &[
                "The requirement, and the findings that carry the claim: names of expectations of",
                "this file, of rules by which every run is judged, or `spec:` and a rule of the",
                "specification that judges this requirement.",
            ],
            need: Need::Optional,
            default: Default::None,
        }),
        example: "{ REQ-BOL-002 = \"one-bolus\" }",
    };

    fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self(fields.others())
    }

    fn written(&self) -> Vec<Written> {
        Vec::new()
    }
}

table! {
    /// `[patient]`
    PatientFile "`[patient]`" {
        /// How strongly the cerebrospinal fluid mixes.
        mixing: Text = Value::Word(|| words_of(&MIXING)), "\"typical\"" or "typical";
        /// Vertebral level of the catheter tip.
        tip: Text = Value::Word(tips), "\"T10\"" or "T10";
        /// Whether the patient never had the drug, or is used to the programmed dose. Without `[patient]` it is `chronic`.
        tolerance: Text = Value::Word(|| words_of(&TOLERANCE)), "\"chronic\"", required;
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
        drug: Text = Value::Word(|| words_of(&DRUGS)), "\"morphine\"", required;
        /// Concentration on the label, which is also the true one.
        concentration: Text = CONCENTRATION.above_zero(), "\"10 mg/mL\"", required;
        /// Volume in the reservoir at the start, both entered and true.
        reservoir: Text = RESERVOIR, "\"20 mL\"", required;
        /// Length of the implanted catheter.
        catheter: Text = CATHETER, "\"90 cm\"" or "90 cm";
        /// `primed`: a pump in service. The catheter holds drug, and the patient is in the steady
        /// state of the prescribed continuous dose. `empty`: a pump just implanted. There is no drug
        /// in the catheter and none in the patient.
        catheter_starts: Text = Value::Word(|| words_of(&CATHETER_STARTS)), "\"primed\"" or "primed";
        /// How the pump moves its drug: a motor with rollers, or gas pressure and two valves. A
        /// `constant-flow` pump is refused, because it has no firmware to test: see `thecal accuracy`.
        drive: Text = Value::Word(|| words_of(&DRIVES)), "\"peristaltic\"" or "peristaltic";
        /// A second drug in the same reservoir. The pump is programmed for the first drug only.
        second_drug: Spanned<SecondDrugFile>, "{ drug = \"bupivacaine\", concentration = \"5 mg/mL\" }";
    }
}

table! {
    /// `second-drug`
    SecondDrugFile "`second-drug`" {
        /// The second drug. It differs from the first.
        drug: Text = Value::Word(|| words_of(&DRUGS)), "\"bupivacaine\"", required;
        /// Its concentration.
        concentration: Text = CONCENTRATION.above_zero(), "\"5 mg/mL\"", required;
    }
}
