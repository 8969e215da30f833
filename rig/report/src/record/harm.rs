//! Harm of a run to the patient and over presets, and the published limits.

use super::word::Word;
use serde::{Deserialize, Serialize};
use thecal_engine::run::{PresetHarm, RunHistory};
use thecal_plan::Scenario;
use thecal_plan::parameters::{Kind, Row, Set, Used};
use thecal_sim::harm::Harm;
use thecal_sim::{HarmClass, Mixing, Sensitivity};
use thecal_units::SimTime;

/// Relative tolerance for rounding: a reservoir filled with a solution at the limit does not exceed
/// it.
const ROUNDING: f64 = 1e-9;

/// The classes by name.
#[derive(Serialize, Deserialize)]
#[serde(remote = "HarmClass")]
enum ClassByName {
    S0,
    S1,
    S2,
    S3,
    S4,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Mixing", rename_all = "kebab-case")]
enum MixingByName {
    Low,
    Typical,
    High,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Sensitivity", rename_all = "kebab-case")]
enum SensitivityByName {
    Low,
    Typical,
    High,
}

/// The harm indices of one patient. Thresholds are assumptions of this rig.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HarmRecord {
    /// How the patient fares, the worst of all.
    #[serde(with = "ClassByName")]
    pub class: HarmClass,
    /// What is added to the harm of the prescription itself.
    #[serde(with = "ClassByName")]
    pub added: HarmClass,
    /// The harm of the prescription itself.
    #[serde(with = "ClassByName")]
    pub prescribed: HarmClass,
    /// The highest toxic effect. Unit: fraction.
    pub max_toxicity: f64,
    /// Hours of full toxicity above 0.2. Unit: hour.
    pub overdose_h: f64,
    /// When the toxic effect first passed 0.2. Unit: millisecond, simulated.
    pub toxicity_above_0_2_at_ms: Option<u64>,
    /// When the toxic effect first passed 0.5. Unit: millisecond, simulated.
    pub toxicity_above_0_5_at_ms: Option<u64>,
    /// How far toxicity exceeded that of the prescription, at most. Unit: fraction.
    pub added_toxicity: f64,
    /// The highest toxic effect of the prescription itself. Unit: fraction.
    pub prescribed_toxicity: f64,
    /// The highest severity of withdrawal that the prescription itself causes. Unit: fraction.
    pub prescribed_withdrawal: f64,
    /// Share of the prescribed effect that was missing. Unit: fraction.
    pub effect_lost: f64,
    /// When the prescribed effect was established. Unit: millisecond, simulated.
    pub established_at_ms: Option<u64>,
    /// The lowest effect since then, if ever. Unit: fraction.
    pub least_effect: Option<f64>,
    /// The prescribed effect at that instant. Unit: fraction.
    pub least_effect_of: Option<f64>,
    /// The highest severity of withdrawal. Unit: fraction.
    pub max_withdrawal: f64,
    /// How far withdrawal exceeded that of the prescription, at most. Unit: fraction.
    pub added_withdrawal: f64,
    /// Hours of full withdrawal above 0.3. Unit: hour.
    pub withdrawal_h: f64,
    /// When withdrawal first passed 0.3. Unit: millisecond, simulated.
    pub withdrawal_above_0_3_at_ms: Option<u64>,
}

/// The harm of the same infusion to another patient.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetRecord {
    /// How the fluid mixes.
    #[serde(with = "MixingByName")]
    pub mixing: Mixing,
    /// How sensitive the patient is to the drug.
    #[serde(with = "SensitivityByName")]
    pub sensitivity: Sensitivity,
    /// The indices.
    pub harm: HarmRecord,
}

/// A published limit and the exposure in the run. It is not a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The drug.
    pub drug: Word,
    /// What is limited.
    pub what: LimitKind,
    /// The most that the run came to.
    pub exposed: Exposed,
    /// The limit, in the unit of `exposed`.
    pub limit: f64,
    /// How it is known.
    pub basis: Word,
    /// Where it is from.
    pub source: String,
    /// Whether the run exceeded it.
    pub exceeded: bool,
}

/// The quantity that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitKind {
    /// Dose within 24 h.
    DailyDose,
    /// Concentration in the reservoir.
    Concentration,
}

impl LimitKind {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DailyDose => "daily dose",
            Self::Concentration => "concentration",
        }
    }
}

/// The highest exposure in a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Exposed {
    /// A dose within 24 h.
    DailyDose {
        /// Unit: ug.
        dose_ug: f64,
        /// The end of those 24 h. Unit: millisecond, simulated.
        until_ms: u64,
    },
    /// A concentration in the reservoir.
    Concentration {
        /// Unit: ug/mL.
        ug_per_ml: f64,
    },
}

impl HarmRecord {
    /// The class that pump or handling caused: that of how the patient fares where it is worse than that of
    /// the prescription itself, though what was added alone may pass no threshold.
    pub(crate) fn caused(&self) -> HarmClass {
        if self.class > self.prescribed {
            self.class
        } else {
            self.added
        }
    }

    /// Converts the plant's harm indices.
    pub(crate) fn of(harm: &Harm) -> Self {
        Self {
            class: harm.class,
            added: harm.added,
            prescribed: harm.prescribed,
            max_toxicity: harm.max_toxicity,
            overdose_h: harm.h_over_hours,
            toxicity_above_0_2_at_ms: harm.time_to_toxicity_0_2.map(SimTime::as_millis),
            toxicity_above_0_5_at_ms: harm.time_to_toxicity_0_5.map(SimTime::as_millis),
            added_toxicity: harm.added_toxicity,
            prescribed_toxicity: harm.prescribed_toxicity,
            prescribed_withdrawal: harm.prescribed_withdrawal,
            effect_lost: harm.h_under,
            established_at_ms: harm.established.map(SimTime::as_millis),
            least_effect: harm.min_effect,
            least_effect_of: harm.min_effect_of,
            max_withdrawal: harm.max_withdrawal,
            added_withdrawal: harm.added_withdrawal,
            withdrawal_h: harm.h_withdrawal_hours,
            withdrawal_above_0_3_at_ms: harm.time_to_withdrawal_0_3.map(SimTime::as_millis),
        }
    }
}

impl PresetRecord {
    pub(super) fn of(preset: &PresetHarm) -> Self {
        Self {
            mixing: preset.mixing,
            sensitivity: preset.sensitivity,
            harm: HarmRecord::of(&preset.harm),
        }
    }
}

/// Every published limit on dose and concentration of the drugs in a run.
pub(super) fn limits(scenario: &Scenario, history: &RunHistory) -> Vec<Limit> {
    let used = Used::of(scenario);
    let drugs = used.sets.iter().filter(|set| set.kind == Kind::Drug);
    let mut limits = Vec::new();
    for (set, exposure) in drugs.zip(&history.exposures) {
        let dose_ug = exposure.most_in_a_day.as_micrograms();
        if let Some(row) = published(set, "max-dose") {
            let until_ms = exposure.until.as_millis();
            let exposed = Exposed::DailyDose { dose_ug, until_ms };
            let exceeded = dose_ug > row.value;
            limits.push(limit(set, LimitKind::DailyDose, exposed, row, exceeded));
        }
        let ug_per_ml = exposure.strongest.as_ug_per_ml();
        if let Some(row) = published(set, "max-concentration") {
            let exposed = Exposed::Concentration { ug_per_ml };
            let exceeded = ug_per_ml > row.value * (1.0 + ROUNDING);
            limits.push(limit(set, LimitKind::Concentration, exposed, row, exceeded));
        }
    }
    limits
}

fn limit(set: &Set, what: LimitKind, exposed: Exposed, row: &Row, exceeded: bool) -> Limit {
    Limit {
        drug: set.name.into(),
        what,
        exposed,
        limit: row.value,
        basis: row.basis.word().into(),
        source: row.source.clone().into_owned(),
        exceeded,
    }
}

fn published<'a>(set: &'a Set, name: &str) -> Option<&'a Row> {
    let name = format!("{}.limits.{name}", set.header());
    let mut rows = set.rows();
    rows.find(|(path, _)| *path == name).map(|(_, row)| row)
}
