//! What was entered into the pump beside what was true.

use super::word::Word;
use crate::plan_text;
use serde::{Deserialize, Serialize};
use thecal_engine::run;
use thecal_engine::verdict::Observed;
use thecal_plan::Scenario;

/// A figure that was entered into the pump, or counted by it, and the true one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnteredRecord {
    /// When. Unit: millisecond, simulated.
    pub at_ms: u64,
    /// At which act.
    pub act: Word,
    /// What it is.
    pub what: Word,
    /// As entered or counted.
    pub entered: Observed,
    /// As it was.
    pub truth: Observed,
    /// The drug that was truly there, where it is another than the programmed one.
    pub true_drug: Option<Word>,
}

impl EnteredRecord {
    pub(super) fn of(entered: &run::Entered) -> Self {
        Self {
            at_ms: entered.at.as_millis(),
            act: entered.act.into(),
            what: entered.what.into(),
            entered: Observed::Value(entered.entered, entered.dimension),
            truth: Observed::Value(entered.truth, entered.dimension),
            true_drug: entered.true_drug.map(|drug| drug.name().into()),
        }
    }

    /// Whether the truth is another figure, by more than half a percent: rounding, and what a pump
    /// cannot resolve.
    pub(crate) fn differs(&self) -> bool {
        let is_of_another = self.true_drug.is_some();
        is_of_another
            || match (&self.entered, &self.truth) {
                (Observed::Value(entered, _), Observed::Value(truth, _)) => {
                    (entered - truth).abs() > 0.005 * truth.abs().max(1e-9)
                }
                _ => true,
            }
    }
}

/// A program that was put in force, refused or not answered: what it sets beside the figures of its act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammedRecord {
    /// When. Unit: millisecond, simulated.
    pub at_ms: u64,
    /// At which act.
    pub act: Word,
    /// What is other than in the prescription before it, in words; at first all that the scenario's own
    /// therapy does not say.
    pub changed: Vec<String>,
}

impl ProgrammedRecord {
    pub(super) fn of(scenario: &Scenario, programmed: &run::Programmed) -> Self {
        let before = programmed.before.or(scenario.therapy);
        Self {
            at_ms: programmed.at.as_millis(),
            act: programmed.act.into(),
            changed: plan_text::programmed(&programmed.therapy, before.as_ref()),
        }
    }
}
