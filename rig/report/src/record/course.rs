//! How each index of harm went over a run.

use super::word::Word;
use serde::{Deserialize, Serialize};
use thecal_engine::run::{Above, Course, Index, RunHistory};
use thecal_units::SimTime;

/// The course of one index of harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourseRecord {
    /// Which: `effect`, `toxicity`, `withdrawal` or `loss`.
    pub index: Word,
    /// The drug that contributed most at the peak.
    pub drug: Word,
    /// What the drug's sheet calls it.
    pub what: String,
    /// The highest value. Unit: fraction.
    pub peak: f64,
    /// When that was first reached. Unit: millisecond, simulated.
    pub peak_at_ms: u64,
    /// Time above two thresholds, the lower first.
    pub above: Vec<AboveRecord>,
}

/// Time above a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AboveRecord {
    /// The threshold. Unit: fraction.
    pub threshold: f64,
    /// The first instant above it; `None`: never. Unit: millisecond, simulated.
    pub from_ms: Option<u64>,
    /// The last instant above it. Unit: millisecond, simulated.
    pub until_ms: Option<u64>,
    /// How long in all. Unit: millisecond, simulated.
    pub total_ms: u64,
    /// In how many episodes.
    pub episodes: u32,
}

/// The courses of all indices.
pub(super) fn all(history: &RunHistory) -> Vec<CourseRecord> {
    let courses = Index::ALL.into_iter().zip(&history.courses);
    let of = |(index, course): (Index, &Course)| {
        let names = history.names.get(course.agent)?;
        let what = match index {
            Index::Effect | Index::Loss => names.wanted.to_owned(),
            Index::Toxicity => names.toxic.clone(),
            Index::Withdrawal => "withdrawal".to_owned(),
        };
        let above = course.above.iter().zip(index.thresholds());
        Some(CourseRecord {
            index: index.name().into(),
            drug: names.drug.into(),
            what,
            peak: course.peak,
            peak_at_ms: course.peak_at.as_millis(),
            above: above.map(AboveRecord::of).collect(),
        })
    };
    courses.filter_map(of).collect()
}

impl AboveRecord {
    fn of((above, threshold): (&Above, f64)) -> Self {
        Self {
            threshold,
            from_ms: above.from.map(SimTime::as_millis),
            until_ms: above.until.map(SimTime::as_millis),
            total_ms: above.total.as_millis(),
            episodes: above.episodes,
        }
    }
}
