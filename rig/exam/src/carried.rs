//! What carries each claim, as data: the claims of each scenario, and which of its findings each bug made
//! fail. `claims.json` is its file.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use thecal_report::ClaimFacts;

/// Name and version of the format.
const SCHEMA: &str = "thecal-claims/1";

/// One run of a broken pump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BugRun {
    /// The bug's name.
    pub(crate) bug: String,
    /// The requirement that it violates.
    pub(crate) requirement: String,
    /// The findings that fail with it and not without; none where the run is an error.
    pub(crate) failing: Vec<String>,
}

/// A scenario, with what it claims and what its runs gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Its id.
    pub scenario: String,
    /// What was judged: the copy's `thecal` and the scenario.
    build: String,
    /// Whether the bench has what it needs.
    is_run: bool,
    claims: Vec<ClaimFacts>,
    runs: Vec<BugRun>,
}

/// What carries a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carried<'r> {
    /// A bug of its requirement makes its finding fail.
    ByItsOwn(&'r str),
    /// Only a bug of another requirement does: the bug, and its requirement.
    ByAnother(&'r str, &'r str),
    /// No bug does.
    ByNone,
    /// The bench cannot run the scenario.
    NotRun,
}

/// A finding that a scenario names for a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Carrier<'r> {
    /// The scenario's id.
    pub(crate) scenario: &'r str,
    /// The requirement.
    pub(crate) requirement: &'r str,
    /// The finding.
    pub(crate) finding: &'r str,
    /// What makes it fail.
    pub(crate) carried: Carried<'r>,
}

impl Story {
    pub(crate) fn new(scenario: &str, build: &str, claims: &[ClaimFacts], is_run: bool) -> Self {
        Self {
            scenario: scenario.to_owned(),
            build: build.to_owned(),
            is_run,
            claims: claims.to_vec(),
            runs: Vec::new(),
        }
    }

    /// Whether it claims a requirement and has a finding of it that no bug of it has failed yet.
    pub(crate) fn wants(&self, requirement: &str) -> bool {
        let carriers = self.carriers();
        let mut of = carriers.iter().filter(|it| it.requirement == requirement);
        of.any(|it| !matches!(it.carried, Carried::ByItsOwn(_)))
    }

    /// Whether it claims a requirement and no bug of it has failed any finding of that claim yet.
    pub(crate) fn is_uncarried(&self, requirement: &str) -> bool {
        let carriers = self.carriers();
        let of = carriers.iter().filter(|it| it.requirement == requirement);
        of.map(|it| it.carried)
            .min()
            .is_some_and(|best| !matches!(best, Carried::ByItsOwn(_)))
    }

    /// Whether it has a finding in a claim that nothing has failed yet.
    pub(crate) fn has_unfailed(&self) -> bool {
        let carriers = self.carriers();
        carriers.iter().any(|it| it.carried == Carried::ByNone)
    }

    /// Whether it claims a requirement of this area.
    pub(crate) fn claims_of_area(&self, of: &str) -> bool {
        self.claims
            .iter()
            .any(|claim| area(&claim.requirement) == of)
    }

    pub(crate) fn was_asked(&self, bug: &str) -> bool {
        self.runs.iter().any(|run| run.bug == bug)
    }

    pub(crate) fn note(&mut self, run: BugRun) {
        self.runs.push(run);
    }

    /// Each finding of each claim, with what carries it.
    pub(crate) fn carriers(&self) -> Vec<Carrier<'_>> {
        let each = self.claims.iter().flat_map(|claim| {
            let names = claim.findings.iter();
            names.map(|finding| Carrier {
                scenario: &self.scenario,
                requirement: &claim.requirement,
                finding,
                carried: self.carried(&claim.requirement, finding),
            })
        });
        each.collect()
    }

    /// How many of these are carried by what.
    #[must_use]
    pub fn of_findings(&self) -> Counts {
        let carriers = self.carriers().into_iter();
        carriers.map(|it| it.carried).collect()
    }

    fn carried(&self, requirement: &str, finding: &str) -> Carried<'_> {
        if !self.is_run {
            return Carried::NotRun;
        }
        let fails = |run: &&BugRun| run.failing.iter().any(|name| name == finding);
        let mut failing = self.runs.iter().filter(fails);
        let own = failing.clone().find(|run| run.requirement == requirement);
        match (own, failing.next()) {
            (Some(run), _) => Carried::ByItsOwn(&run.bug),
            (None, Some(run)) => Carried::ByAnother(&run.bug, &run.requirement),
            (None, None) => Carried::ByNone,
        }
    }
}

/// What a requirement is about: `STL` of `REQ-STL-001`.
pub(crate) fn area(requirement: &str) -> &str {
    requirement.split('-').nth(1).unwrap_or_default()
}

/// How many claims, or findings of claims, are carried by what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By a bug of the requirement.
    pub by_its_own: usize,
    /// By another requirement's bug only.
    pub by_another: usize,
    /// By none.
    pub by_none: usize,
    /// The bench cannot run the scenario.
    pub not_run: usize,
}

impl<'c> FromIterator<Carried<'c>> for Counts {
    fn from_iter<I: IntoIterator<Item = Carried<'c>>>(all: I) -> Self {
        let mut counts = Self::default();
        for carried in all {
            *match carried {
                Carried::ByItsOwn(_) => &mut counts.by_its_own,
                Carried::ByAnother(..) => &mut counts.by_another,
                Carried::ByNone => &mut counts.by_none,
                Carried::NotRun => &mut counts.not_run,
            } += 1;
        }
        counts
    }
}

/// What carries the claims of the scenarios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimsResult {
    schema: String,
    /// In the order of their ids.
    pub(crate) stories: Vec<Story>,
}

impl Default for ClaimsResult {
    fn default() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            stories: Vec::new(),
        }
    }
}

impl ClaimsResult {
    /// The last result in a file; an empty one if there is none that this version can read: it only
    /// saves time.
    pub(crate) fn read(file: &Path) -> Self {
        let bytes = fs::read(file).unwrap_or_default();
        let read = serde_json::from_slice(&bytes).ok();
        let read = read.filter(|result: &Self| result.schema == SCHEMA);
        read.unwrap_or_default()
    }

    /// Whether it has the scenario of this build.
    pub(crate) fn has(&self, build: &str) -> bool {
        self.stories.iter().any(|story| story.build == build)
    }

    /// Adds a scenario, in the place of what was known of it.
    pub(crate) fn keep(&mut self, story: Story) {
        self.stories.retain(|it| it.scenario != story.scenario);
        self.stories.push(story);
        self.stories
            .sort_by(|one, two| one.scenario.cmp(&two.scenario));
    }

    /// Leaves the scenarios of these builds.
    pub(crate) fn retain(&mut self, builds: &[String]) {
        self.stories.retain(|story| builds.contains(&story.build));
    }

    /// Each finding of each claim, with what carries it.
    pub(crate) fn carriers(&self) -> impl Iterator<Item = Carrier<'_>> {
        self.stories.iter().flat_map(Story::carriers)
    }

    /// By findings: how many are carried by what.
    #[must_use]
    pub fn of_findings(&self) -> Counts {
        self.carriers().map(|it| it.carried).collect()
    }

    /// By scenario and requirement: what carries the claim, which is what carries the best of its
    /// findings.
    #[must_use]
    pub fn claims(&self) -> BTreeMap<(&str, &str), Carried<'_>> {
        let mut claims: BTreeMap<(&str, &str), Carried<'_>> = BTreeMap::new();
        for it in self.carriers() {
            let best = claims.entry((it.scenario, it.requirement));
            let best = best.or_insert(it.carried);
            *best = (*best).min(it.carried);
        }
        claims
    }

    /// By claims: how many are carried by what.
    #[must_use]
    pub fn of_claims(&self) -> Counts {
        self.claims().into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::write_json;

    fn claim(requirement: &str, findings: &[&str]) -> ClaimFacts {
        ClaimFacts {
            requirement: requirement.to_owned(),
            findings: findings.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn run(bug: &str, requirement: &str, failing: &[&str]) -> BugRun {
        BugRun {
            bug: bug.to_owned(),
            requirement: requirement.to_owned(),
            failing: failing.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn story(id: &str, claims: &[ClaimFacts], runs: Vec<BugRun>) -> Story {
        let mut story = Story::new(id, id, claims, true);
        story.runs = runs;
        story
    }

    #[test]
    fn a_claim_is_carried_by_a_bug_of_its_requirement_before_any_other() {
        let claims = [claim("REQ-STL-001", &["found", "logged", "heard"])];
        let runs = vec![
            run("stall ignored", "REQ-STL-016", &["found", "logged"]),
            run("nine pulses", "REQ-STL-001", &["found", "unclaimed"]),
        ];
        let story = story("motor/stall", &claims, runs);
        let carried: Vec<_> = story.carriers().iter().map(|it| it.carried).collect();
        assert_eq!(
            carried,
            [
                Carried::ByItsOwn("nine pulses"),
                Carried::ByAnother("stall ignored", "REQ-STL-016"),
                Carried::ByNone,
            ]
        );
        assert!(story.wants("REQ-STL-001") && story.has_unfailed());
        assert!(!story.is_uncarried("REQ-STL-001"));
        // It claims nothing of that requirement, so that no bug of it is asked for.
        assert!(!story.wants("REQ-STL-016") && !story.is_uncarried("REQ-STL-016"));
        assert!(story.claims_of_area("STL") && !story.claims_of_area("BOL"));
    }

    #[test]
    fn nothing_more_is_asked_once_each_finding_is_carried() {
        let claims = [claim("REQ-A-1", &["one"]), claim("REQ-B-1", &["one"])];
        let of_a = story("a/b", &claims, vec![run("bug of a", "REQ-A-1", &["one"])]);
        assert!(!of_a.wants("REQ-A-1") && of_a.wants("REQ-B-1"));
        assert!(of_a.is_uncarried("REQ-B-1"));
        // What the bug of A fails is carried weakly for B.
        assert!(!of_a.has_unfailed());
    }

    #[test]
    fn claims_count_by_their_best_finding_and_findings_one_by_one() {
        let claims = [
            claim("REQ-A-1", &["one", "two", "three"]),
            claim("REQ-B-1", &["four"]),
        ];
        let runs = vec![
            run("bug of a", "REQ-A-1", &["one"]),
            run("bug of c", "REQ-C-1", &["two"]),
        ];
        let mut result = ClaimsResult::default();
        result.keep(story("a/b", &claims, runs));
        result.keep(Story::new("a/c", "c", &[claim("REQ-A-1", &["one"])], false));
        let counts = |by_its_own, by_another, by_none, not_run| Counts {
            by_its_own,
            by_another,
            by_none,
            not_run,
        };
        assert_eq!(result.of_claims(), counts(1, 0, 1, 1));
        assert_eq!(result.of_findings(), counts(1, 1, 2, 1));
        let claims = result.claims();
        assert_eq!(claims[&("a/b", "REQ-A-1")], Carried::ByItsOwn("bug of a"));
        assert_eq!(claims[&("a/b", "REQ-B-1")], Carried::ByNone);
    }

    #[test]
    fn a_scenario_is_taken_over_as_long_as_nothing_that_it_depends_on_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("claims.json");
        let mut result = ClaimsResult::read(&file);
        assert!(result.stories.is_empty());
        result.keep(Story::new("a/c", "old", &[], true));
        result.keep(Story::new("a/b", "other", &[], true));
        result.keep(Story::new(
            "a/c",
            "new",
            &[claim("REQ-A-1", &["one"])],
            true,
        ));
        write_json(&file, &result).unwrap();
        let mut read = ClaimsResult::read(&file);
        assert_eq!(read, result);
        assert!(read.has("new") && !read.has("old"));
        let ids: Vec<_> = read.stories.iter().map(|it| it.scenario.as_str()).collect();
        assert_eq!(ids, ["a/b", "a/c"]);
        read.retain(&["new".to_owned()]);
        assert_eq!(read.stories.len(), 1);
    }
}
