//! Verdicts: what the expectations and the safety monitors say about a story.
//!
//! Five verdicts, never a boolean: the pump misbehaved (`fail`), the story cannot tell
//! (`inconclusive`), the rig broke (`error`), it was not told (`not run`), and `pass`. Only `pass`
//! is green.

mod allowance;
mod bolus_windows;
mod expect;
mod expect_events;
mod expect_interval;
mod figure;
mod monitor;
mod monitor_dose;
mod monitor_limits;
mod monitor_record;
mod monitor_rest;
mod outcome;
mod requirement;

pub use expect::{Watches, judge_expectation};
pub use outcome::{Finding, Judgement, Observed, Verdict};

use crate::run::Story;
use thecal_plan::Scenario;

/// Judges a story.
#[must_use]
pub fn judge(scenario: &Scenario, story: &Story) -> Judgement {
    let mut findings = story.watches.findings(&scenario.expectations);
    let expectations = findings.len();
    findings.extend(monitor::judge(story));
    Judgement::new(findings, expectations, rig_doubts(story))
}

/// Reasons not to trust the story at all: each makes the verdict `error`.
fn rig_doubts(story: &Story) -> Vec<String> {
    let mut doubts = Vec::new();
    for fault in &story.faults {
        if fault.effect == 0 {
            doubts.push(format!(
                "fault {} from {} changed nothing: it never fired (too late, too short, as mild \
                 as none, or at a place that never comes?)",
                fault.kind.name(),
                fault.from
            ));
        }
    }
    if story.exchanges == 0 {
        doubts.push("no exchange was made".into());
    }
    doubts.extend(monitor::plant_disagrees(story));
    doubts
}
