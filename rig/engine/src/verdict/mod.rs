//! Verdicts: the result of the expectations, the safety monitors and the specification for a run.
//!
//! Five verdicts, never a boolean: the pump misbehaved (`fail`), the run cannot decide
//! (`inconclusive`), the rig failed (`error`), the scenario was not run (`not run`), and `pass`.
//! Only `pass` is green.

mod beyond_limits;
mod expect;
mod expect_events;
mod expect_interval;
mod figure;
mod judged;
mod monitor;
mod monitor_finding;
mod monitor_limits;
mod monitor_record;
mod opening;
mod outcome;
mod rule;
mod sliding;
mod specification;
mod specification_findings;
mod true_dose;

pub use expect::{Watches, judge_expectation};
pub use expect_interval::ALREADY_TRUE;
pub use figure::Observed;
pub use outcome::{Finding, Judgement, Verdict};
pub use specification_findings::SPECIFICATION;
pub use true_dose::{TrueDose, TrueWindow, true_dose};

use crate::programmer::Answer;
use crate::run::{CommandRecord, RunHistory};
use outcome::{Doubt, Doubted, verdict_of};
use std::sync::Arc;
use thecal_plan::{Profile, Scenario};
use thecal_units::SimTime;

/// Judges a run with a pump of this profile.
#[must_use]
pub fn judge(scenario: &Scenario, history: &RunHistory, profile: &Arc<Profile>) -> Judgement {
    let mut doubts = unfired(history);
    doubts.extend(rig_doubts(history));
    judge_with(scenario, history, profile, (Vec::new(), doubts))
}

/// Judges a run of a story that was disturbed, with what the comparison with the undisturbed run found. A
/// fault of the story need not fire: the disturbance may have taken away what it acts on.
#[must_use]
pub fn judge_disturbed(
    scenario: &Scenario,
    history: &RunHistory,
    profile: &Arc<Profile>,
    compared: Vec<Finding>,
) -> Judgement {
    judge_with(scenario, history, profile, (compared, rig_doubts(history)))
}

/// Judges a run, with findings of others beside those of its expectations and the monitors, and reasons not
/// to trust it.
fn judge_with(
    scenario: &Scenario,
    history: &RunHistory,
    profile: &Arc<Profile>,
    (others, mut doubts): (Vec<Finding>, Vec<Doubt>),
) -> Judgement {
    let mut findings = history.watches.findings();
    let expectations = findings.len();
    let refused = refused_at_implant(history).is_some();
    if refused {
        findings.iter_mut().for_each(not_judged_without_implant);
    }
    let mut rest_on_truth = history.watches.rest_on_truth();
    doubts.extend(other_expectations(scenario, &findings));
    let opinion = specification::opinion(history, profile);
    for finding in monitor::judge(history) {
        rest_on_truth.push(monitor::rests_on_truth(&finding, history));
        findings.push(finding);
    }
    findings.extend(specification_findings::specification(
        scenario, profile, &opinion,
    ));
    findings.extend(others);
    rest_on_truth.resize(findings.len(), false);
    let verdict = verdict_of(&findings, &doubts, &rest_on_truth);
    Judgement {
        verdict,
        findings,
        expectations,
        doubts: doubts.into_iter().map(|doubt| doubt.text).collect(),
        profile: Arc::clone(profile),
        rules_judged: opinion.judged.len(),
        opinion,
        refused_at_implant: refused,
    }
}

/// The command of the implant session that the pump refused: what the scenario expects rests on it.
fn refused_at_implant(history: &RunHistory) -> Option<&CommandRecord> {
    let is_refused = |record: &&CommandRecord| {
        record.at == SimTime::ZERO
            && record.origin.is_genuine()
            && matches!(record.answer, Some(Answer::Rejected(_)))
    };
    history.commands.iter().find(is_refused)
}

/// What a scenario expects of a pump that did not take its therapy says nothing of the pump. Whether it was
/// right to refuse is for the rules.
fn not_judged_without_implant(finding: &mut Finding) {
    finding.verdict = Verdict::Inconclusive;
    finding.note = Some("not judged: the pump refused the implant session".to_owned());
}

/// The findings are of another scenario than the one that is judged: a bug in the rig.
fn other_expectations(scenario: &Scenario, findings: &[Finding]) -> Option<Doubt> {
    let planned = scenario.expectations.iter().map(|planned| &planned.name);
    let found = findings.iter().map(|finding| &finding.name);
    (!planned.eq(found)).then(|| Doubt {
        text: "the run watched other expectations than the scenario has".into(),
        of: Doubted::Everything,
    })
}

/// The faults that changed nothing.
fn unfired(history: &RunHistory) -> Vec<Doubt> {
    let unfired = history.faults.iter().filter(|fault| fault.effect == 0);
    let doubts = unfired.map(|fault| Doubt {
        text: format!(
            "fault {} from {} changed nothing: it never fired (too late, too short, as mild \
             as none, or at a place that never comes?)",
            fault.kind.name(),
            fault.from
        ),
        of: Doubted::Passing,
    });
    doubts.collect()
}

/// Reasons not to trust the run or a part of it.
fn rig_doubts(history: &RunHistory) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    if history.exchanges == 0 {
        doubts.push(Doubt {
            text: "no exchange was made".into(),
            of: Doubted::Everything,
        });
    }
    let disagreement = monitor::plant_disagrees(history);
    doubts.extend(disagreement.map(|text| Doubt {
        text,
        of: Doubted::Truth,
    }));
    doubts
}
