//! The verdicts and what leads to them.

use super::figure::{Figure, at_ms};
use super::requirement;
use serde::{Deserialize, Serialize};
use thecal_plan::Dimension;
use thecal_units::{Millis, SimTime};

/// One of five. The order is from good to bad; a run's verdict is the worst of its findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// What must be true was true.
    #[serde(rename = "PASS")]
    Pass,
    /// The bench lacks what the run needs.
    #[serde(rename = "NOT RUN")]
    NotRun,
    /// The run ended before it could tell.
    #[serde(rename = "INCONCLUSIVE")]
    Inconclusive,
    /// The pump misbehaved.
    #[serde(rename = "FAIL")]
    Fail,
    /// The rig or the bench broke.
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

    /// Its name, in capitals as in reports.
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

/// A number with its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Option<Figure>", from = "Option<Figure>")]
pub enum Observed {
    /// A value of a signal.
    Value(f64, Dimension),
    /// A span of time.
    Span(Millis),
    /// A span of time that is missing.
    Late(Millis),
    /// An instant.
    At(SimTime),
    /// It never came.
    Never,
    /// There was nothing to look at.
    Nothing,
}

/// What one expectation or monitor found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Its name.
    pub name: String,
    /// The requirement that a monitor checks; `None` for an expectation, whose scenario names what
    /// it verifies, and where no single requirement says it.
    pub requirement: Option<String>,
    /// What must be true, in words. Blank for an expectation until the report words its form.
    pub rule: String,
    /// What it found.
    pub verdict: Verdict,
    /// The worst that was observed.
    pub observed: Observed,
    /// When that was.
    #[serde(rename = "at_ms", with = "at_ms")]
    pub at: Option<SimTime>,
    /// The limit.
    pub limit: Observed,
    /// How far the observed is on the good side of the limit; negative: beyond it.
    pub margin: Option<Observed>,
    /// A remark, or nothing.
    pub note: Option<String>,
}

/// All findings of a run and the verdict that follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Expectations first, then monitors.
    pub findings: Vec<Finding>,
    /// How many of the findings are expectations.
    pub expectations: usize,
    /// Why the rig does not trust the run; empty unless the verdict is `error`.
    pub doubts: Vec<String>,
}

impl Judgement {
    pub(super) fn new(
        mut findings: Vec<Finding>,
        expectations: usize,
        doubts: Vec<String>,
    ) -> Self {
        for monitor in findings.iter_mut().skip(expectations) {
            monitor.requirement = requirement::of_monitor(&monitor.name).map(str::to_owned);
        }
        let worst = findings
            .iter()
            .map(|finding| finding.verdict)
            .max()
            .unwrap_or(Verdict::Inconclusive);
        let verdict = if doubts.is_empty() {
            worst
        } else {
            Verdict::Error
        };
        Self {
            verdict,
            findings,
            expectations,
            doubts,
        }
    }

    /// How many findings have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.verdict == verdict)
            .count()
    }
}
