//! What follows from the runs of a story without its parts: parts on which nothing hangs, and claims
//! that hang on nothing.

use super::part::{Part, Story};
use thecal_engine::verdict::Verdict;

/// A run of a story, as it is or without one part.
#[derive(Clone, Debug)]
pub(super) struct Tried {
    /// What was left out; `None`: nothing.
    pub(super) without: Option<Part>,
    /// The verdict of the run.
    pub(super) verdict: Verdict,
    /// Each finding with whether it held; empty if the bench lacks what the story needs, or the rig
    /// failed.
    pub(super) findings: Vec<(String, bool)>,
}

/// Something wrong with a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// As it is, it does not pass: nothing follows from the other runs.
    DoesNotPass,
    /// It passes without this part all the same.
    PassesWithout(Part),
    /// It says why it may pass without this part, and does not pass.
    NeedlessControl(Part),
    /// A finding of the claim with this index had nothing to judge in the story as it is.
    Idle(usize, String),
    /// The claim with this index: each of its findings passes whatever is left out.
    HangsOnNothing(usize),
}

/// The flaws of a story, in the order of its parts, then of its claims.
pub(super) fn flaws(story: &Story, tried: &[Tried]) -> Vec<Flaw> {
    let scenario = &story.scenario;
    let whole = tried.iter().find(|run| run.without.is_none());
    let whole = whole.filter(|run| !run.findings.is_empty());
    if whole.is_some_and(|run| run.verdict != Verdict::Pass) {
        return vec![Flaw::DoesNotPass];
    }
    let claims = || scenario.verifies.iter().enumerate();
    let fails = |run: &Tried, names: &[String]| names.iter().any(|name| fails_in(run, name));
    let of_parts = tried.iter().filter_map(|run| {
        let part = run.without?;
        let carried = || claims().any(|(_, claim)| fails(run, &claim.findings));
        let passes = run.verdict == Verdict::Pass && !carried();
        match (passes, part.control(scenario)) {
            _ if part == Part::Therapy => None,
            (true, None) if part.only_reads(scenario) => None,
            (true, None) => Some(Flaw::PassesWithout(part)),
            // A run that the bench could not make says nothing.
            (false, Some(_)) if !run.findings.is_empty() => Some(Flaw::NeedlessControl(part)),
            (true, Some(_)) | (false, _) => None,
        }
    });
    let of_claims = claims().filter_map(|(index, claim)| {
        let mut findings = claim.findings.iter();
        if let Some(idle) = findings.find(|name| whole.is_some_and(|run| fails_in(run, name))) {
            return Some(Flaw::Idle(index, idle.clone()));
        }
        // Where a run could not be made, the claim may hang on what it would have left out.
        let mut runs = tried.iter().filter(|run| run.without.is_some());
        let hangs = runs.any(|run| run.findings.is_empty() || fails(run, &claim.findings));
        (!hangs).then_some(Flaw::HangsOnNothing(index))
    });
    of_parts.chain(of_claims).collect()
}

/// Whether this finding does not hold in a run. An expectation goes before a rule of its name.
fn fails_in(run: &Tried, name: &str) -> bool {
    let mut findings = run.findings.iter();
    let finding = findings.find(|(known, _)| known == name);
    finding.is_some_and(|(_, holds)| !holds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use thecal_scenario::parse;

    /// A story with a fault, a press, a read-out and one claim.
    fn story(control: &str) -> Story {
        let text = format!(
            "title = \"T\"\nseed = 1\nduration = \"4 h\"\nverifies = {{ REQ-A-001 = \"quiet\" }}\n\
             [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
             [therapy]\ndose = \"1 mg/day\"\n\
             [[fault]]\nstart = \"1 h\"\nmotor-stall = {{}}\n{control}\n\
             [[timeline]]\nat = \"1 h\"\npress = {{ remote = 1 }}\n\
             [[timeline]]\nat = \"2 h\"\ninterrogate = {{}}\n\
             [[expect]]\nname = \"quiet\"\nnever = \"alarm.critical\"\n"
        );
        Story::new(Arc::new(
            parse("a/b", "b.toml", &text).expect("a valid scenario"),
        ))
    }

    /// Runs of it: as it is, and without each part, in each of which the one finding holds or not.
    fn runs(story: &Story, holds: &[bool]) -> Vec<Tried> {
        let without = story.parts.iter().copied().map(Some);
        let without = [None].into_iter().chain(without).zip(holds);
        let run = |(without, holds): (Option<Part>, &bool)| Tried {
            without,
            verdict: if *holds { Verdict::Pass } else { Verdict::Fail },
            findings: vec![("quiet".to_owned(), *holds)],
        };
        without.map(run).collect()
    }

    #[test]
    fn what_may_be_left_out_proves_nothing_unless_it_only_reads() {
        let story = story("");
        let (fault, press) = (Part::Fault(0), Part::Act(0));
        let told_of = |holds| flaws(&story, &runs(&story, holds));
        assert_eq!(told_of(&[true, false, false, true, true]), []);
        let told = told_of(&[true, false, true, true, true]);
        assert_eq!(told, [Flaw::PassesWithout(press)]);
        let told = told_of(&[true, true, true, true, true]);
        let both = [Flaw::PassesWithout(fault), Flaw::PassesWithout(press)];
        assert_eq!(told, [&both[..], &[Flaw::HangsOnNothing(0)]].concat());
        let told = told_of(&[false, false, false, true, true]);
        assert_eq!(told, [Flaw::DoesNotPass]);
    }

    #[test]
    fn a_control_may_be_left_out_and_must_be_one() {
        let story = story("control = \"a sound pump does not notice it\"");
        let fault = Part::Fault(0);
        let told_of = |holds| flaws(&story, &runs(&story, holds));
        assert_eq!(told_of(&[true, true, false, true, true]), []);
        let told = told_of(&[true, false, false, true, true]);
        assert_eq!(told, [Flaw::NeedlessControl(fault)]);
    }

    #[test]
    fn a_claim_hangs_on_the_therapy_too_but_not_on_a_finding_that_looked_at_nothing() {
        let story = story("");
        let mut all = runs(&story, &[true, true, true, true, false]);
        let told = flaws(&story, &all);
        assert!(!told.contains(&Flaw::HangsOnNothing(0)), "{told:?}");
        all[0].findings[0].1 = false;
        let told = flaws(&story, &all);
        assert!(
            told.contains(&Flaw::Idle(0, "quiet".to_owned())),
            "{told:?}"
        );
    }

    #[test]
    fn a_run_that_could_not_be_made_says_nothing() {
        let story = story("");
        let mut all = runs(&story, &[true, true, false, true, true]);
        for run in &mut all {
            run.verdict = Verdict::NotRun;
            run.findings.clear();
        }
        assert_eq!(flaws(&story, &all), []);
    }
}
