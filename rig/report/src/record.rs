//! `record.json`: the machine-readable record of a run, with full precision and everything
//! volatile that the report's body leaves out.

use super::parameters::ParametersRecord;
use super::presets::{self, Limit, PresetRecord};
use crate::{Retry, observed};
use serde::Serialize;
use std::io;
use std::path::Path;
use thecal_engine::bench::LinkStatistics;
use thecal_engine::run::{FaultRecord, Story};
use thecal_engine::verdict::{Finding, Judgement};
use thecal_plan::Scenario;

/// What a run was, apart from its story.
#[derive(Clone, Debug)]
pub struct RunOf<'a> {
    /// The bench.
    pub bench: &'a str,
    /// Wall time. Unit: second.
    pub wall_s: f64,
    /// How the link fared.
    pub link: LinkStatistics,
    /// Boards that broke under it before.
    pub retried: &'a [Retry],
}

/// The record, as it is written.
#[derive(Debug, Serialize)]
pub struct Record<'a> {
    format: &'static str,
    tool: &'static str,
    scenario: &'a str,
    title: &'a str,
    verifies: &'a [String],
    seed: u64,
    bench: &'a str,
    #[serde(skip_serializing_if = "<[Retry]>::is_empty")]
    retried: &'a [Retry],
    verdict: &'static str,
    simulated_s: f64,
    wall_s: f64,
    exchanges: u64,
    link: Link,
    findings: Vec<FindingRecord<'a>>,
    doubts: &'a [String],
    faults: Vec<FaultOf>,
    happenings: Vec<HappeningRecord<'a>>,
    totals: Totals,
    harm_over_presets: Vec<PresetRecord>,
    limits: Vec<Limit>,
    parameters: ParametersRecord,
}

#[derive(Debug, Serialize)]
struct Link {
    frames_repeated: u64,
    frames_broken: u64,
    garbage_bytes: u64,
    slowest_exchange_us: u64,
}

#[derive(Debug, Serialize)]
struct FindingRecord<'a> {
    name: &'a str,
    rule: &'a str,
    verdict: &'static str,
    observed: String,
    at_s: Option<f64>,
    limit: String,
    margin: Option<String>,
    note: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct FaultOf {
    kind: &'static str,
    details: String,
    from_s: f64,
    until_s: Option<f64>,
    effect: u64,
    /// What flipped, before and after.
    before: Option<u32>,
    after: Option<u32>,
}

#[derive(Debug, Serialize)]
struct HappeningRecord<'a> {
    at_s: f64,
    subject: &'static str,
    what: &'a str,
}

#[derive(Debug, Serialize)]
struct Totals {
    steps_driven: u64,
    steps_moved: u64,
    steps_missed: u64,
    commanded_ug: f64,
    infused_ug: f64,
    infused_ml: f64,
    reservoir_ml: f64,
    mass_error_relative: f64,
    harm_class: String,
}

impl<'a> Record<'a> {
    /// Gathers the record of a run.
    #[must_use]
    pub fn new(
        scenario: &'a Scenario,
        story: &'a Story,
        judgement: &'a Judgement,
        run: &RunOf<'a>,
    ) -> Self {
        let truth = &story.truth;
        Self {
            format: "thecal-record 1",
            tool: concat!("thecal ", env!("CARGO_PKG_VERSION")),
            scenario: &scenario.id,
            title: &scenario.title,
            verifies: &scenario.verifies,
            seed: scenario.seed,
            bench: run.bench,
            retried: run.retried,
            verdict: judgement.verdict.name(),
            simulated_s: story.simulated.as_secs_f64(),
            wall_s: run.wall_s,
            exchanges: story.exchanges,
            link: Link {
                frames_repeated: run.link.repeated,
                frames_broken: run.link.broken,
                garbage_bytes: run.link.garbage_bytes,
                slowest_exchange_us: run.link.slowest_us,
            },
            findings: judgement.findings.iter().map(finding).collect(),
            doubts: &judgement.doubts,
            faults: story.faults.iter().map(fault).collect(),
            happenings: story
                .happenings
                .iter()
                .map(|happening| HappeningRecord {
                    at_s: happening.at.since_origin().as_secs_f64(),
                    subject: happening.subject.name(),
                    what: &happening.what,
                })
                .collect(),
            totals: Totals {
                steps_driven: truth.steps_driven,
                steps_moved: truth.steps_moved,
                steps_missed: truth.steps_missed,
                commanded_ug: story.commanded.last(),
                infused_ug: truth.dose_infused.as_micrograms(),
                infused_ml: truth.infused_volume.as_milliliters(),
                reservoir_ml: truth.reservoir.as_milliliters(),
                mass_error_relative: story.ledger.relative_error(),
                harm_class: format!("{:?}", story.harm.class),
            },
            harm_over_presets: story.presets.iter().map(PresetRecord::new).collect(),
            limits: presets::limits(scenario, story),
            parameters: ParametersRecord::new(scenario),
        }
    }
}

fn fault(fault: &FaultRecord) -> FaultOf {
    FaultOf {
        kind: fault.kind.name(),
        details: fault.kind.details().trim_start().to_owned(),
        from_s: fault.from.since_origin().as_secs_f64(),
        until_s: fault.until.map(|until| until.since_origin().as_secs_f64()),
        effect: fault.effect,
        before: fault.changed.map(|changed| changed.before),
        after: fault.changed.map(|changed| changed.after),
    }
}

fn finding(finding: &Finding) -> FindingRecord<'_> {
    FindingRecord {
        name: &finding.name,
        rule: &finding.rule,
        verdict: finding.verdict.name(),
        observed: observed(&finding.observed),
        at_s: finding.at.map(|at| at.since_origin().as_secs_f64()),
        limit: observed(&finding.limit),
        margin: finding.margin.as_ref().map(observed),
        note: finding.note.as_deref(),
    }
}

/// Writes the record, whole or not at all.
///
/// # Errors
///
/// What the file system says.
pub fn write(path: &Path, record: &Record<'_>) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(record)?;
    text.push(b'\n');
    super::snapshot::write_whole(path, &text)
}
