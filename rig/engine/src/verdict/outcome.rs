//! Verdicts, findings and the judgement of a run.

use super::figure::{Observed, at_ms};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use thecal_plan::Profile;
use thecal_spec::Opinion;
use thecal_units::SimTime;

/// One of five, ordered from good to bad; a run's verdict is the worst of its findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// The requirement held.
    #[serde(rename = "PASS")]
    Pass,
    /// The bench lacks a capability the scenario needs.
    #[serde(rename = "NOT RUN")]
    NotRun,
    /// The run ended before it could decide.
    #[serde(rename = "INCONCLUSIVE")]
    Inconclusive,
    /// The pump misbehaved.
    #[serde(rename = "FAIL")]
    Fail,
    /// The rig or the bench failed.
    #[serde(rename = "ERROR")]
    Error,
}

impl Verdict {
    /// All, from good to bad.
    pub const ALL: [Self; 5] = [
        Self::Pass,
        Self::NotRun,
        Self::Inconclusive,
        Self::Fail,
        Self::Error,
    ];

    /// Its name in capitals, as in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::NotRun => "NOT RUN",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::Fail => "FAIL",
            Self::Error => "ERROR",
        }
    }
}

/// What one expectation, monitor or rule of the specification found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Its name.
    pub name: String,
    /// The requirement that a monitor or a rule checks; `None` for an expectation, whose scenario names
    /// what it verifies, and for what has no single requirement.
    pub requirement: Option<String>,
    /// What must be true, in words. Blank for an expectation until the report words its form.
    pub rule: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// The worst value observed.
    pub observed: Observed,
    /// When that was.
    #[serde(rename = "at_ms", with = "at_ms")]
    pub at: Option<SimTime>,
    /// The limit.
    pub limit: Observed,
    /// Distance of the observed value from the limit; negative: beyond it.
    pub margin: Option<Observed>,
    /// A remark, if any.
    pub note: Option<String>,
    /// Why the limit is what it is, in the words of the scenario.
    pub why: Option<String>,
}

/// All findings of a run and its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Expectations first, then monitors, then the specification: the whole, and each rule of it that is
    /// claimed or that the run differs from.
    pub findings: Vec<Finding>,
    /// How many of the findings are expectations.
    pub expectations: usize,
    /// Why the rig does not trust the run, or a part of it. The verdict is then `error`, or `fail`
    /// by findings that do not rest on what is doubted.
    pub doubts: Vec<String>,
    /// What the pump promises.
    pub profile: Arc<Profile>,
    /// How many rules of the specification had something to judge.
    pub rules_judged: usize,
    /// Whether the pump refused a command of the implant session: then no expectation is judged.
    pub refused_at_implant: bool,
    /// All that the specification says of the run.
    pub opinion: Opinion,
}

/// A reason not to trust a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    /// The reason.
    pub(super) text: String,
    /// What rests on it.
    pub(super) of: Doubted,
}

/// What a doubt is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubted {
    /// Anything that the run shows.
    Everything,
    /// What the patient truly got: the plant may be wrong.
    Truth,
    /// That the pump passed: the story did not happen as told. What failed has failed.
    Passing,
}

impl Doubted {
    /// Whether a failure stands although this is in doubt.
    const fn spares(self, rests_on_truth: bool) -> bool {
        match self {
            Self::Everything => false,
            Self::Truth => !rests_on_truth,
            Self::Passing => true,
        }
    }
}

/// The verdict of all findings; `rests_on_truth` says so of each finding, in their order.
pub(super) fn verdict_of(
    findings: &[Finding],
    doubts: &[Doubt],
    rests_on_truth: &[bool],
) -> Verdict {
    let worst = findings.iter().map(|finding| finding.verdict).max();
    let stands = |(finding, rests): (&Finding, &bool)| {
        finding.verdict == Verdict::Fail && doubts.iter().all(|doubt| doubt.of.spares(*rests))
    };
    if doubts.is_empty() {
        worst.unwrap_or(Verdict::Inconclusive)
    } else if findings.iter().zip(rests_on_truth).any(stands) {
        Verdict::Fail
    } else {
        Verdict::Error
    }
}

impl Judgement {
    /// How many findings have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.verdict == verdict)
            .count()
    }
}
