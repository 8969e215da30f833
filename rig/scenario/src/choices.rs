//! The words that a value may be, and what each stands for. The tables of keys list them, and who reads
//! a table looks them up.

use thecal_plan::{
    Baricity, Capability, Drive, Drug, DuringBolus, Effect, Mixing, Posture, TipLevel, Tolerance,
};

/// What a bench may be able to do.
pub(super) const CAPABILITIES: [(&str, Capability); 6] = [
    ("memory", Capability::Memory),
    ("fields", Capability::Fields),
    ("power", Capability::Power),
    ("halt", Capability::Halt),
    ("flash", Capability::Flash),
    ("registers", Capability::Registers),
];

/// How strongly the cerebrospinal fluid mixes.
pub(super) const MIXING: [(&str, Mixing); 3] = [
    ("low", Mixing::Low),
    ("typical", Mixing::Typical),
    ("high", Mixing::High),
];

/// Whether the patient is tolerant of the drug.
pub(super) const TOLERANCE: [(&str, Tolerance); 2] =
    [("naive", Tolerance::Naive), ("chronic", Tolerance::Chronic)];

/// How a pump moves its drug.
pub(super) const DRIVES: [(&str, Drive); 3] = [
    ("peristaltic", Drive::Peristaltic),
    ("valve-gated", Drive::ValveGated),
    ("constant-flow", Drive::ConstantFlow),
];

/// Whether the catheter holds drug at the start.
pub(super) const CATHETER_STARTS: [(&str, bool); 2] = [("primed", true), ("empty", false)];

/// How a bolus and the continuous dose go together.
pub(super) const DURING_BOLUS: [(&str, DuringBolus); 2] =
    [("add", DuringBolus::Add), ("replace", DuringBolus::Replace)];

/// Postures of the patient.
pub(super) const POSTURES: [(&str, Posture); 3] = [
    ("lying", Posture::Lying),
    ("sitting", Posture::Sitting),
    ("standing", Posture::Standing),
];

/// How heavy a solution is beside spinal fluid.
pub(super) const BARICITIES: [(&str, Baricity); 3] = [
    ("isobaric", Baricity::Isobaric),
    ("hyperbaric", Baricity::Hyperbaric),
    ("hypobaric", Baricity::Hypobaric),
];

/// Where a needle reaches the spinal fluid without the cord in its way.
pub(super) const PUNCTURES: [(&str, TipLevel); 3] = [
    (TipLevel::L4.name(), TipLevel::L4),
    (TipLevel::L3.name(), TipLevel::L3),
    (TipLevel::L2.name(), TipLevel::L2),
];

/// Effects of a Reaction before which power may fail.
pub(super) const EFFECTS: [(&str, Effect); 3] = [
    (Effect::Motor.name(), Effect::Motor),
    (Effect::Sounder.name(), Effect::Sounder),
    (Effect::Telemetry.name(), Effect::Telemetry),
];

/// The drugs.
pub(super) const DRUGS: [(&str, Drug); Drug::ALL.len()] = {
    let mut drugs = [("", Drug::ALL[0]); _];
    let mut nth = 0;
    while nth < drugs.len() {
        drugs[nth] = (Drug::ALL[nth].name(), Drug::ALL[nth]);
        nth += 1;
    }
    drugs
};

/// The levels of the tip, by name.
pub(super) fn tips() -> Vec<&'static str> {
    TipLevel::ALL.map(TipLevel::name).to_vec()
}
