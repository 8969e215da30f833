//! What a trial says about a broken pump, from the record of its run.

use std::collections::BTreeSet;
use thecal_engine::verdict::{Finding, Verdict};
use thecal_report::{Approval, ClaimFacts, Record};

/// What a trial of a broken pump gave. In ascending order of what it says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The bench lacks what it needs.
    NotRun,
    /// Nothing.
    Same,
    /// A finding that names no requirement failed, or the report differs from the approved one.
    Changed,
    /// It is an error, inconclusive, or left no record.
    Undecided,
    /// It did not end in time.
    NoAnswer,
    /// A finding that names requirements failed.
    Failed(Failed),
}

/// A finding that failed and names requirements.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failed {
    /// The run: the scenario's id, with its overlay.
    pub(crate) run: String,
    /// Its name.
    pub(crate) finding: String,
    /// There is at least one.
    pub(crate) requirements: Vec<String>,
    /// When; `None`: what should have come never came. Unit: millisecond, simulated.
    pub(crate) at_ms: Option<u64>,
}

impl Outcome {
    /// The one of two that says more.
    fn or(self, other: Self) -> Self {
        let rank = |outcome: &Self| match outcome {
            Self::NotRun => 0,
            Self::Same => 1,
            Self::Changed => 2,
            Self::Undecided => 3,
            Self::NoAnswer => 4,
            Self::Failed(_) => 5,
        };
        if rank(&other) > rank(&self) {
            other
        } else {
            self
        }
    }
}

/// What the runs of a trial give without any bug.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sound {
    /// Findings that fail: the run, and the finding's name.
    pub(crate) failing: BTreeSet<(String, String)>,
    /// Whether its report is as approved.
    pub(crate) is_approved: bool,
}

impl Sound {
    /// Of these records.
    pub(crate) fn of(records: &[Record]) -> Self {
        let each = records.iter().flat_map(|record| {
            let id = &record.scenario.id;
            failed(record).map(|finding| (id.clone(), finding.name.clone()))
        });
        let mut ran = records
            .iter()
            .filter(|record| record.verdict != Verdict::NotRun);
        Self {
            failing: each.collect(),
            is_approved: ran.all(|record| record.approval == Some(Approval::Approved)),
        }
    }

    /// What the records of one trial say about a broken pump.
    pub(crate) fn outcome(&self, records: &[Record]) -> Outcome {
        let each = records.iter().map(|record| self.outcome_of(record));
        each.reduce(Outcome::or).unwrap_or(Outcome::Undecided)
    }

    /// The findings that fail in these records and not without a bug.
    pub(crate) fn failing(&self, records: &[Record]) -> Vec<String> {
        let is_judged = |record: &&Record| match record.verdict {
            Verdict::Pass | Verdict::Fail => true,
            Verdict::Error | Verdict::Inconclusive | Verdict::NotRun => false,
        };
        let judged = records.iter().filter(is_judged);
        let each = judged.flat_map(|record| {
            let is_new = |finding: &&Finding| self.is_new(&record.scenario.id, finding);
            failed(record).filter(is_new)
        });
        each.map(|finding| finding.name.clone()).collect()
    }

    /// Whether a finding fails that does not without a bug.
    fn is_new(&self, run: &str, finding: &Finding) -> bool {
        let known = (run.to_owned(), finding.name.clone());
        finding.verdict == Verdict::Fail && !self.failing.contains(&known)
    }

    fn outcome_of(&self, record: &Record) -> Outcome {
        let run = record.run.as_ref();
        self.judge(&Seen {
            run: &record.scenario.id,
            verdict: record.verdict,
            approval: record.approval,
            verifies: &record.scenario.verifies,
            expectations: run.map_or(&[], |run| &run.expectations),
            monitors: run.map_or(&[], |run| &run.monitors),
        })
    }

    fn judge(&self, seen: &Seen<'_>) -> Outcome {
        match seen.verdict {
            Verdict::Error | Verdict::Inconclusive => return Outcome::Undecided,
            Verdict::NotRun => return Outcome::NotRun,
            Verdict::Pass | Verdict::Fail => {}
        }
        let is_new = |finding: &&Finding| self.is_new(seen.run, finding);
        let expectations = seen.expectations.iter().filter(is_new);
        let expectations = expectations.map(|finding| (finding, seen.claimed(&finding.name)));
        let monitors = seen.monitors.iter().filter(is_new);
        let monitors = monitors.map(|finding| {
            let own = finding.requirement.clone().into_iter();
            let claimed = seen.claimed(&finding.name).into_iter();
            let claimed = claimed.filter(|id| finding.requirement.as_ref() != Some(id));
            (finding, own.chain(claimed).collect())
        });
        let failed: Vec<(&Finding, Vec<String>)> = expectations.chain(monitors).collect();
        let named = failed.iter().filter(|(_, names)| !names.is_empty());
        // What never happened has no instant, and comes last.
        let first = named.min_by_key(|(one, _)| one.at.map_or(u64::MAX, |at| at.as_millis()));
        if let Some((finding, names)) = first {
            return Outcome::Failed(Failed {
                run: seen.run.to_owned(),
                finding: finding.name.clone(),
                requirements: names.clone(),
                at_ms: finding.at.map(|at| at.as_millis()),
            });
        }
        let differs = seen.approval != Some(Approval::Approved) && self.is_approved;
        if differs || !failed.is_empty() {
            Outcome::Changed
        } else {
            Outcome::Same
        }
    }
}

/// The part of a record that judges a broken pump.
struct Seen<'r> {
    run: &'r str,
    verdict: Verdict,
    approval: Option<Approval>,
    verifies: &'r [ClaimFacts],
    expectations: &'r [Finding],
    monitors: &'r [Finding],
}

impl Seen<'_> {
    /// The requirements whose claim the finding of this name carries.
    fn claimed(&self, finding: &str) -> Vec<String> {
        let carries = |claim: &&ClaimFacts| claim.findings.iter().any(|name| name == finding);
        let claims = self.verifies.iter().filter(carries);
        claims.map(|claim| claim.requirement.clone()).collect()
    }
}

/// The findings that failed.
fn failed(record: &Record) -> impl Iterator<Item = &Finding> {
    let run = record.run.iter();
    let findings = run.flat_map(|run| run.expectations.iter().chain(&run.monitors));
    findings.filter(|finding| finding.verdict == Verdict::Fail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_engine::verdict::Observed;
    use thecal_units::SimTime;

    fn finding(
        name: &str,
        requirement: Option<&str>,
        verdict: Verdict,
        at: Option<u64>,
    ) -> Finding {
        Finding {
            name: name.to_owned(),
            requirement: requirement.map(str::to_owned),
            rule: String::new(),
            verdict,
            observed: Observed::Nothing,
            at: at.map(SimTime::from_millis),
            limit: Observed::Nothing,
            margin: None,
            note: None,
            why: None,
        }
    }

    fn claim(requirement: &str, findings: &[&str]) -> ClaimFacts {
        ClaimFacts {
            requirement: requirement.to_owned(),
            findings: findings.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn judged(
        verdict: Verdict,
        verifies: &[ClaimFacts],
        all: &[Finding],
        monitors: usize,
    ) -> Outcome {
        let (expectations, monitors) = all.split_at(all.len() - monitors);
        let sound = Sound {
            failing: BTreeSet::from([("a/b".to_owned(), "known".to_owned())]),
            is_approved: true,
        };
        sound.judge(&Seen {
            run: "a/b",
            verdict,
            approval: Some(Approval::Differs),
            verifies,
            expectations,
            monitors,
        })
    }

    fn by(name: &str, names: &[&str], at_ms: Option<u64>) -> Outcome {
        Outcome::Failed(Failed {
            run: "a/b".to_owned(),
            finding: name.to_owned(),
            requirements: names.iter().map(|id| (*id).to_owned()).collect(),
            at_ms,
        })
    }

    #[test]
    fn the_first_finding_that_names_a_requirement_kills() {
        let all = [
            finding("late", None, Verdict::Fail, Some(9)),
            finding("never", None, Verdict::Fail, None),
            finding("good", None, Verdict::Pass, Some(1)),
            finding("limit", Some("REQ-BOL-012"), Verdict::Fail, Some(7)),
        ];
        let claims = [
            claim("REQ-A", &["late", "good"]),
            claim("REQ-B", &["late", "never"]),
        ];
        let killed = judged(Verdict::Fail, &claims, &all, 1);
        assert_eq!(killed, by("limit", &["REQ-BOL-012"], Some(7)));
        let killed = judged(Verdict::Fail, &claims, &all[..2], 0);
        assert_eq!(killed, by("late", &["REQ-A", "REQ-B"], Some(9)));
        let killed = judged(Verdict::Fail, &claims, &all[1..2], 0);
        assert_eq!(killed, by("never", &["REQ-B"], None));
    }

    #[test]
    fn a_rule_kills_by_its_own_requirement_and_by_those_whose_claim_it_carries() {
        let all = [
            finding("specification", None, Verdict::Fail, Some(3)),
            finding("spec:one", Some("REQ-A"), Verdict::Fail, Some(3)),
            finding("spec:two", Some("REQ-B"), Verdict::Fail, Some(4)),
        ];
        let claims = [claim("REQ-A", &["spec:one"]), claim("REQ-C", &["spec:one"])];
        let killed = judged(Verdict::Fail, &claims, &all, 3);
        assert_eq!(killed, by("spec:one", &["REQ-A", "REQ-C"], Some(3)));
        let killed = judged(Verdict::Fail, &[], &all, 3);
        assert_eq!(killed, by("spec:one", &["REQ-A"], Some(3)));
        let claims = [claim("REQ-D", &["specification"])];
        let killed = judged(Verdict::Fail, &claims, &all[..1], 1);
        assert_eq!(killed, by("specification", &["REQ-D"], Some(3)));
    }

    #[test]
    fn an_expectation_that_carries_no_claim_kills_nothing() {
        let all = [finding("late", None, Verdict::Fail, Some(9))];
        let claims = [claim("REQ-A", &["good"])];
        assert_eq!(judged(Verdict::Fail, &claims, &all, 0), Outcome::Changed);
    }

    #[test]
    fn without_a_requirement_or_with_a_known_anomaly_only_the_report_changed() {
        let nameless = [finding("late", None, Verdict::Fail, Some(9))];
        let claims = [claim("REQ-A", &["late", "known"])];
        assert_eq!(judged(Verdict::Fail, &[], &nameless, 0), Outcome::Changed);
        assert_eq!(judged(Verdict::Fail, &[], &nameless, 1), Outcome::Changed);
        let known = [finding("known", None, Verdict::Fail, Some(9))];
        assert_eq!(judged(Verdict::Fail, &claims, &known, 0), Outcome::Changed);
        assert_eq!(judged(Verdict::Pass, &claims, &[], 0), Outcome::Changed);
    }

    #[test]
    fn an_error_is_no_kill_whatever_failed() {
        let all = [finding("late", None, Verdict::Fail, Some(9))];
        let claims = [claim("REQ-A", &["late"])];
        for verdict in [Verdict::Error, Verdict::Inconclusive] {
            assert_eq!(judged(verdict, &claims, &all, 0), Outcome::Undecided);
        }
        assert_eq!(judged(Verdict::NotRun, &claims, &[], 0), Outcome::NotRun);
    }

    #[test]
    fn of_several_runs_one_that_failed_decides() {
        let failed = by("late", &["REQ-A"], None);
        let order = [
            Outcome::NotRun,
            Outcome::Same,
            Outcome::Changed,
            Outcome::Undecided,
            Outcome::NoAnswer,
            failed,
        ];
        for (nth, one) in order.iter().enumerate() {
            for other in &order[nth..] {
                assert_eq!(&one.clone().or(other.clone()), other);
                assert_eq!(&other.clone().or(one.clone()), other);
            }
        }
        assert_eq!(Sound::default().outcome(&[]), Outcome::Undecided);
    }
}
