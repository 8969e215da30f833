//! What a scenario claims to verify, and the findings that carry each claim: expectations of its own,
//! rules by which every run is judged, and rules of the specification.
//!
//! The rules of every run are the judges' (`engine/src/verdict/rule.rs`), those of the specification are in
//! `rig/spec`; the names of the former are here, so that the reader of scenarios can refuse a name that no
//! finding will have.

/// A requirement that a run verifies, and what carries this claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Identifier of the requirement.
    pub requirement: String,
    /// Names of findings, in the order of the file: expectations of the scenario, or rules.
    pub findings: Vec<String>,
}

impl Claim {
    /// The rules of the specification on which it rests.
    pub fn of_specification(&self) -> impl Iterator<Item = &str> {
        let names = self.findings.iter();
        names.filter_map(|name| name.strip_prefix(OF_SPECIFICATION))
    }
}

/// What stands before the name of a rule of the specification: in a claim, and in the name of its finding.
pub const OF_SPECIFICATION: &str = "spec:";

/// Names of the rules by which every run is judged beside the specification, in the order of the record.
pub const RULES_OF_EVERY_RUN: [&str; 3] =
    ["dose-limits", "commands-answered", "no-unexpected-reset"];
