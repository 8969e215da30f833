//! What a scenario claims to verify, and the findings that carry each claim: expectations of its own,
//! rules by which every run is judged, and rules of a specification pump.
//!
//! The rules themselves are the judges' (`engine/src/verdict/rule.rs`); their names are here, so that
//! the reader of scenarios can refuse a name that no finding will have.

/// A requirement that a run verifies, and what carries this claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Identifier of the requirement.
    pub requirement: String,
    /// Names of findings, in the order of the file: expectations of the scenario, or rules.
    pub findings: Vec<String>,
}

/// What stands before the name of a rule of the specification pump.
pub const OF_SPECIFICATION: &str = "spec:";

/// Names of the rules by which every run is judged, in the order of the record.
pub const RULES_OF_EVERY_RUN: [&str; 13] = [
    "dose-1h",
    "dose-4h",
    "dose-24h",
    "dose-limits",
    "lockout",
    "daily-maximum",
    "bolus-dose",
    "no-flow-while-stopped",
    "no-replay-obeyed",
    "commands-answered",
    "counted-steps",
    "log-complete",
    "no-unexpected-reset",
];

/// Names of the rules of the specification pump, which a claim names with [`OF_SPECIFICATION`] before
/// them. None yet: there is no such pump in the rig.
#[must_use]
pub const fn rules_of_specification() -> &'static [&'static str] {
    &[]
}
