//! Verdicts: the result of the expectations and the safety monitors for a run.
//!
//! Five verdicts, never a boolean: the pump misbehaved (`fail`), the run cannot decide
//! (`inconclusive`), the rig failed (`error`), the scenario was not run (`not run`), and `pass`.
//! Only `pass` is green.

mod allowance;
mod bolus_windows;
mod expect;
mod expect_events;
mod expect_interval;
mod figure;
mod judged;
mod monitor;
mod monitor_dose;
mod monitor_finding;
mod monitor_limits;
mod monitor_record;
mod monitor_rest;
mod outcome;
mod rule;

pub use expect::{Watches, judge_expectation};
pub use figure::Observed;
pub use outcome::{Finding, Judgement, Verdict};

use crate::run::RunHistory;
use thecal_plan::Scenario;

/// Judges a run.
#[must_use]
pub fn judge(scenario: &Scenario, history: &RunHistory) -> Judgement {
    let mut findings = history.watches.findings();
    let expectations = findings.len();
    let mut doubts = rig_doubts(history);
    doubts.extend(other_expectations(scenario, &findings));
    findings.extend(monitor::judge(history));
    Judgement::new(findings, expectations, doubts)
}

/// The findings are of another scenario than the one that is judged: a bug in the rig.
fn other_expectations(scenario: &Scenario, findings: &[Finding]) -> Option<String> {
    let planned = scenario.expectations.iter().map(|planned| &planned.name);
    let found = findings.iter().map(|finding| &finding.name);
    (!planned.eq(found)).then(|| "the run watched other expectations than the scenario has".into())
}

/// Reasons not to trust the run at all: each makes the verdict `error`.
fn rig_doubts(history: &RunHistory) -> Vec<String> {
    let mut doubts = Vec::new();
    for fault in &history.faults {
        if fault.effect == 0 {
            doubts.push(format!(
                "fault {} from {} changed nothing: it never fired (too late, too short, as mild \
                 as none, or at a place that never comes?)",
                fault.kind.name(),
                fault.from
            ));
        }
    }
    if history.exchanges == 0 {
        doubts.push("no exchange was made".into());
    }
    doubts.extend(monitor::plant_disagrees(history));
    doubts
}
