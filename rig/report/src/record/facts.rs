//! The plan: the scenario's identity, and every number that the run depends on.

use super::word::Word;
use serde::{Deserialize, Serialize};
use thecal_plan::parameters::Used;
use thecal_plan::{Claim, Scenario};

/// The scenario's identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFacts {
    /// `family/name`.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// The hazard or recall that it re-enacts.
    pub reenacts: Option<String>,
    /// Requirements that it verifies.
    pub verifies: Vec<ClaimFacts>,
    /// The accepted deviation without which a fail cannot be approved.
    pub known_anomaly: Option<String>,
    /// Capabilities that the bench must have.
    pub needs: Vec<Word>,
    /// Seed of every random draw.
    pub seed: u64,
    /// Its length. Unit: millisecond, simulated.
    pub duration_ms: u64,
    /// The numbers of pump, catheter, person and drugs.
    pub parameters: ParametersRecord,
}

/// A requirement that it verifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimFacts {
    /// Its identifier.
    pub requirement: String,
    /// Names of the findings that carry the claim.
    pub findings: Vec<String>,
}

/// The numbers of pump, catheter, person and drugs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParametersRecord {
    /// The file that changes built-in numbers.
    pub file: Option<String>,
    /// Whether that file was named on the command line: the report is then not the approved one's.
    pub by_command: bool,
    /// The individual that was drawn, and the seed of its population.
    pub individual: Option<u64>,
    /// See `individual`.
    pub population_seed: Option<u64>,
    /// Each number.
    pub numbers: Vec<NumberRecord>,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberRecord {
    /// Its name in a file of parameters.
    pub path: String,
    /// The set that it is of.
    pub set: Word,
    /// The value, in `unit`.
    pub value: f64,
    /// Its unit; `1`: it has none.
    pub unit: Word,
    /// Least and greatest value that is accepted, in `unit`.
    pub range: [f64; 2],
    /// How it is known.
    pub basis: Word,
    /// Where it is from.
    pub source: String,
    /// The built-in value that it replaces, in `unit`.
    pub built_in: Option<f64>,
    /// The median, where the value was drawn, in `unit`.
    pub median: Option<f64>,
}

impl ScenarioFacts {
    /// The identity of a scenario.
    pub(super) fn of(scenario: &Scenario) -> Self {
        let needs = scenario.needs.iter();
        Self {
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            reenacts: scenario.reenacts.clone(),
            verifies: scenario.verifies.iter().map(ClaimFacts::of).collect(),
            known_anomaly: scenario.known_anomaly.clone(),
            needs: needs.map(|need| need.name().into()).collect(),
            seed: scenario.seed,
            duration_ms: scenario.duration.as_millis(),
            parameters: ParametersRecord::of(scenario),
        }
    }
}

impl ClaimFacts {
    fn of(claim: &Claim) -> Self {
        Self {
            requirement: claim.requirement.clone(),
            findings: claim.findings.clone(),
        }
    }
}

impl ParametersRecord {
    fn of(scenario: &Scenario) -> Self {
        let used = Used::of(scenario);
        let numbers = used.sets.iter().flat_map(|set| {
            set.rows().map(|(path, row)| NumberRecord {
                path,
                set: set.name.into(),
                value: row.value,
                unit: row.field.unit.into(),
                range: [row.field.low, row.field.high],
                basis: row.basis.word().into(),
                source: row.source.clone().into_owned(),
                built_in: row.was,
                median: row.median,
            })
        });
        let source = &scenario.source;
        Self {
            file: source.changes.as_ref().map(|changes| changes.file.clone()),
            by_command: source.by_command,
            individual: source.individual.map(|individual| individual.number),
            population_seed: source.individual.map(|individual| individual.population),
            numbers: numbers.collect(),
        }
    }
}
