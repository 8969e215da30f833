//! What the chain from hazards to tests is made of, as it was found.

use super::hazards::Hazard;
use super::requirements::{Requirement, Withdrawn};
use super::rust::Test;
use super::scenarios::Scenario;
use std::collections::{BTreeMap, BTreeSet};

/// All data of the chain.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) requirements: Vec<Requirement>,
    pub(super) withdrawn: Vec<Withdrawn>,
    pub(super) hazards: Vec<Hazard>,
    /// References of the grid of guide words: tests, scenarios, seeded bugs.
    pub(super) grid: Vec<String>,
    pub(super) tests: Vec<Test>,
    pub(super) scenarios: Vec<Scenario>,
    /// Names of the bugs seeded into the firmware by `thecal self-test`.
    pub(super) seeded: Vec<String>,
    /// Requirements mentioned anywhere in docs/hazards.md.
    pub(super) mentioned: Vec<String>,
    /// Files of the pump's sources, by requirement named in them.
    pub(super) named: BTreeMap<String, BTreeSet<String>>,
    /// Problems found while reading.
    pub(super) problems: Vec<String>,
}

impl Evidence {
    /// The size of the chain, in one line.
    pub(super) fn summary(&self) -> String {
        let tests = self.tests.iter().filter(|test| !test.verifies.is_empty());
        let told = self.scenarios.iter().filter(|one| !one.verifies.is_empty());
        let open = self.requirements.iter();
        let open = open.filter(|one| !one.unverified.is_empty()).count();
        let open = match open {
            0 => String::new(),
            open => format!("; {open} are not verified yet"),
        };
        format!(
            "{} requirements on {} hazards, verified by {} tests and {} scenarios{open}",
            self.requirements.len(),
            self.hazards.len(),
            tests.count(),
            told.count()
        )
    }
}
