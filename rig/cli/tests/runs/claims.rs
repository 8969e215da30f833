//! Claims on rules of the specification: kept, not judged, not claimed by the pump, and not kept.

use super::profiles::{PRESSES, changed, run};
use thecal_cli::registry::pumps;
use thecal_engine::verdict::{Finding, Observed, Verdict};
use thecal_plan::Dimension;
use thecal_suite::CaseResult;

const CLAIM: &str = "[verifies]\nREQ-BOL-004 = \"spec:lockout\"\n";

/// A press in the lockout of the first.
const TOO_EARLY: &str = "[[timeline]]\nat = \"1 h 40 min\"\npress = { remote = 1 }\n";

/// The finding of this name.
fn finding<'c>(case: &'c CaseResult, name: &str) -> &'c Finding {
    let run = case.record.run.as_ref().expect("it reached its end");
    let mut findings = run.monitors.iter().filter(|one| one.name == name);
    let finding = findings.next().expect(name);
    assert!(findings.next().is_none(), "{name} is there twice");
    finding
}

fn has_line(case: &CaseResult, line: &str) {
    let body = case.body.as_ref().expect("it reached its end");
    assert!(
        body.lines().any(|found| found == line),
        "`{line}` in\n{body}"
    );
}

#[test]
fn a_claimed_rule_says_how_often_it_judged() {
    let case = run(&format!("{CLAIM}{PRESSES}{TOO_EARLY}"), pumps());
    let reasons = &case.record.reasons;
    assert_eq!(case.record.verdict, Verdict::Pass, "{reasons:?}");
    let lockout = finding(&case, "spec:lockout");
    assert_eq!(lockout.requirement.as_deref(), Some("REQ-BOL-004"));
    assert_eq!(lockout.note.as_deref(), Some("judged once"));
    has_line(
        &case,
        "rule        PASS  spec:lockout (REQ-BOL-004): no patient bolus starts before the lockout since the last \
         one has passed (judged once)",
    );
    let standing = run(PRESSES, pumps()).record.run.expect("its end").monitors;
    let named = standing.iter().filter(|one| one.name.starts_with("spec:"));
    assert_eq!(named.count(), 0, "nobody claims a rule, and none differs");
}

#[test]
fn a_claim_on_a_rule_that_judged_nothing_is_inconclusive() {
    let claim = "[verifies]\nREQ-STL-012 = \"spec:stall-is-logged\"\n";
    let case = run(&format!("{claim}{PRESSES}"), pumps());
    assert_eq!(case.record.verdict, Verdict::Inconclusive);
    let reasons = &case.record.reasons;
    let why = "spec:stall-is-logged: a stall is logged once, with the missed pulses; it had nothing to judge";
    assert_eq!(*reasons, [why]);
}

#[test]
fn a_claim_on_a_rule_that_the_pump_does_not_claim_is_not_carried_and_blames_nobody() {
    let unclaimed = "# docs/alarms.md\n[[unclaimed]]\nrule = \"granted-by-count\"\nwhy = \"it does not count\"\n";
    let claim = "[verifies]\nREQ-BOL-037 = \"spec:granted-by-count\"\n";
    let case = run(
        &format!("{claim}{PRESSES}"),
        changed("# docs/alarms.md", unclaimed),
    );
    let reasons = &case.record.reasons;
    assert_eq!(case.record.verdict, Verdict::Pass, "{reasons:?}");
    has_line(&case, "not carried REQ-BOL-037");
    has_line(
        &case,
        "rule        -     spec:granted-by-count (REQ-BOL-037): not exercised, pump reference does not claim it: \
         it does not count",
    );
}

/// The reference pump counts its lockout from the start of a bolus.
#[test]
fn each_rule_that_a_run_differs_from_is_a_finding_with_its_first_difference() {
    let text = "lockout-from = \"start\"";
    let case = run(PRESSES, changed(text, "lockout-from = \"end\""));
    assert_eq!(case.record.verdict, Verdict::Fail);
    let lockout = finding(&case, "spec:lockout");
    assert_eq!(lockout.verdict, Verdict::Fail);
    assert_eq!(lockout.requirement.as_deref(), Some("REQ-BOL-004"));
    assert_eq!(lockout.observed, Observed::Value(1.0, Dimension::Count));
    let note = lockout.note.as_deref().expect("what was observed");
    assert!(
        note.starts_with("observed ") && note.contains(", allowed "),
        "{note}"
    );
    let whole = finding(&case, "specification");
    assert_eq!((whole.verdict, &whole.requirement), (Verdict::Fail, &None));
    assert_eq!(whole.at, lockout.at);
}

#[test]
fn of_a_refused_implant_session_no_claim_on_a_rule_says_more() {
    let story = "[verifies]\nREQ-BOL-004 = \"spec:lockout\"\n[therapy]\ndose = \"1 mg/day\"\n\
                 limits = { hour = \"10 µg\" }\n[[expect]]\nname = \"it-infuses\"\n\
                 eventually = \"commanded.dose >= 10 µg\"\nafter = \"2 h\"\n";
    let case = run(story, pumps());
    assert_eq!(case.record.verdict, Verdict::Inconclusive);
    assert_eq!(case.record.reasons.len(), 1, "{:?}", case.record.reasons);
}
