//! The record of a run as data (`record.json`), with all digits and everything volatile that the
//! report's body omits.
//!
//! Every scenario selected has one, even if the bench lacks what it needs or the rig failed. Every
//! text, page, approval and tool about a run is made from it; no tool parses a report for a
//! verdict. docs/record.md says what each field means; `rig/cli/tests/command_line/record.rs` compares it with the
//! types.

mod attempt;
mod course;
mod entered;
mod facts;
mod harm;
mod profile;
mod run;
mod true_dose;
mod word;

pub use attempt::{Attempt, Firmware};
pub use course::{AboveRecord, CourseRecord};
pub use entered::{EnteredRecord, ProgrammedRecord};
pub use facts::{ClaimFacts, NumberRecord, ParametersRecord, ScenarioFacts};
pub use harm::{Exposed, HarmRecord, Limit, LimitKind, PresetRecord};
pub use profile::{ProfileRecord, UnclaimedRecord};
pub use run::{Delivery, Event, FaultRecord, Hang, Levels, PumpSays, Reset, Run, SecondDrug};
pub use true_dose::{TrueDoseRecord, TrueWindowRecord};
pub use word::Word;

use super::comparison::Approval;
use crate::observed;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::io;
use thecal_engine::run::RunHistory;
use thecal_engine::verdict::{Finding, Judgement, Observed, Verdict};
use thecal_plan::{OF_SPECIFICATION, Scenario};
use thecal_units::Millis;

/// Name and version of the format. Any change of a field, its meaning or its unit is a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// The current version.
    V8,
}

impl Schema {
    /// Its name.
    const fn name(self) -> &'static str {
        match self {
            Self::V8 => "thecal-record/8",
        }
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (found, read) = (Word::deserialize(from)?, Self::V8);
        if found == read.name() {
            return Ok(read);
        }
        Err(D::Error::custom(format!(
            "its format is `{found}`, which another version of thecal wrote; expected `{}`",
            read.name()
        )))
    }
}

/// The format of a record whose other fields may be those of another version.
#[derive(Deserialize)]
struct Versioned {
    #[serde(rename = "schema")]
    _schema: Schema,
}

/// What became of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The format.
    pub schema: Schema,
    /// Name and version of the rig.
    pub tool: Word,
    /// What was to run.
    pub scenario: ScenarioFacts,
    /// The bench or board that it was meant for; where there were attempts, that of the last.
    pub bench: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is anything but a pass, and what else people must know: one line each.
    pub reasons: Vec<String>,
    /// How the report compares with the approved one; `None`: it was not compared.
    pub approval: Option<Approval>,
    /// Attempts, in order: under all but the last, the board failed.
    pub attempts: Vec<Attempt>,
    /// What the run came to; `None`: it did not reach its end.
    pub run: Option<Run>,
}

impl Record {
    /// The record of a scenario that has not run: an error until a result is known.
    #[must_use]
    pub fn new(scenario: &Scenario, bench: &str) -> Self {
        Self {
            schema: Schema::V8,
            tool: Word::Borrowed(concat!("thecal ", env!("CARGO_PKG_VERSION"))),
            scenario: ScenarioFacts::of(scenario),
            bench: bench.to_owned(),
            verdict: Verdict::Error,
            reasons: Vec::new(),
            approval: None,
            attempts: Vec::new(),
            run: None,
        }
    }

    /// Adds a run that reached its end and was judged. Its events are moved from the run to the
    /// record.
    pub fn finish(&mut self, scenario: &Scenario, history: &mut RunHistory, judgement: Judgement) {
        self.verdict = judgement.verdict;
        let refused = judgement.refused_at_implant;
        let run = Run::of(scenario, history, judgement);
        self.reasons.extend(run.doubts.iter().cloned());
        // Of a refused implant session the rules say all there is to say: one reason, not one for each
        // expectation, and each claimed rule, that rests on it.
        let expectations = run.expectations.iter().filter(|_| !refused);
        let findings = expectations.chain(&run.monitors);
        let follows = |finding: &&Finding| {
            let is_of_specification = finding.name.starts_with(OF_SPECIFICATION);
            refused && is_of_specification && finding.verdict == Verdict::Inconclusive
        };
        let findings = findings.filter(|finding| !follows(finding));
        let bad = findings.filter(|finding| finding.verdict != Verdict::Pass);
        self.reasons.extend(bad.map(reason));
        self.run = Some(run);
    }

    /// Makes the verdict `error`, whatever was found before.
    pub fn fail(&mut self, why: String) {
        self.verdict = Verdict::Error;
        self.reasons.push(why);
    }

    /// How far the last attempt got. Simulated time.
    #[must_use]
    pub fn reached(&self) -> Millis {
        let last = self.attempts.last();
        Millis::from_millis(last.map_or(0, |attempt| attempt.reached_ms))
    }

    /// Exchanges of the last attempt.
    #[must_use]
    pub fn exchanges(&self) -> u64 {
        self.attempts.last().map_or(0, |attempt| attempt.exchanges)
    }

    /// Wall time of the last attempt. Unit: second.
    #[must_use]
    pub fn wall_s(&self) -> f64 {
        self.attempts.last().map_or(0.0, |attempt| attempt.wall_s)
    }

    /// Whether a board failed and the scenario was run again on another.
    #[must_use]
    pub const fn is_rerun(&self) -> bool {
        self.attempts.len() > 1
    }

    /// One line for each board that failed before the last attempt: which, how, in which state it
    /// was left, and where the scenario was rerun.
    #[must_use]
    pub fn reruns_in_words(&self) -> Vec<String> {
        let next = self.attempts.iter().skip(1);
        let pairs = self.attempts.iter().zip(next);
        pairs
            .map(|(broke, next)| {
                let (board, next) = (&broke.bench, &next.bench);
                let cause = broke.error.as_deref().unwrap_or("no cause is known");
                let unsafe_now = broke.not_safe_in_words();
                let unsafe_now = unsafe_now.map_or_else(String::new, |words| format!("; {words}"));
                format!("board {board} failed ({cause}); rerun on board {next}{unsafe_now}")
            })
            .collect()
    }

    /// Serializes the record.
    ///
    /// # Errors
    ///
    /// JSON errors; none occur when writing to memory.
    pub fn to_json(&self) -> io::Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Parses a record.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] for text that is not a record of this version, with line and column.
    pub fn from_json(text: &[u8]) -> serde_json::Result<Self> {
        let _version: Versioned = serde_json::from_slice(text)?;
        serde_json::from_slice(text)
    }
}

/// One line for a finding that did not pass.
fn reason(finding: &Finding) -> String {
    let (name, rule) = (&finding.name, &finding.rule);
    if let (Observed::Nothing, Observed::Nothing, Some(note)) =
        (&finding.observed, &finding.limit, &finding.note)
    {
        return format!("{name}: {rule}; {note}");
    }
    let at = finding.at.map_or(String::new(), |at| format!(" at {at}"));
    let note = finding.note.as_ref();
    let note = note.map_or(String::new(), |note| format!(" ({note})"));
    format!(
        "{name}: {rule}; observed {}{at}, limit {}{note}",
        observed(&finding.observed),
        observed(&finding.limit),
    )
}
