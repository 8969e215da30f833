//! What a profile changes: what is not run, what is not judged, and what is blamed.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use thecal_cli::registry::{BENCHES, pump_of, pumps};
use thecal_engine::pumps::Pumps;
use thecal_engine::run::Progress;
use thecal_engine::verdict::Verdict;
use thecal_scenario::parse;
use thecal_suite::{BenchKind, CaseResult, Options, run_case};

const HEAD: &str = r#"
title    = "A morning with two presses"
seed     = 3
duration = "6 h"
[patient]
tolerance = "chronic"
[pump]
drug          = "morphine"
concentration = "2 mg/mL"
reservoir     = "18 mL"
"#;
pub(super) const PRESSES: &str = r#"
[therapy]
dose          = "1 mg/day"
patient-bolus = { dose = "50 µg", duration = "20 min", lockout = "1 h", daily-maximum = 6 }
[[timeline]]
at    = "1 h"
press = { remote = 1 }
[[timeline]]
at    = "2 h 10 min"
press = { remote = 1 }
[[expect]]
name     = "both-are-granted"
count    = "bolus.granted"
at-least = 2
"#;

/// A run of the reference pump in this process.
pub(super) fn run(story: &str, pumps: Pumps) -> CaseResult {
    let scenario = parse("test/profile", "profile.toml", &format!("{HEAD}{story}"));
    let scenario = Arc::new(scenario.expect("a valid scenario"));
    let bench = BenchKind::named("native", Path::new(""), BENCHES).expect("every rig has it");
    let progress = Arc::new(Progress::default());
    let options = Options::new(pumps);
    run_case(&scenario, Path::new(""), &bench, &options, None, &progress)
}

/// The profile of the reference pump, with another text in place of one of its own.
pub(super) fn changed(text: &str, to: &str) -> Pumps {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pumps/reference.toml");
    let profile = fs::read_to_string(file).expect("the profile");
    assert!(profile.contains(text), "{text}");
    let folder = tempfile::tempdir().expect("room");
    let file = folder.path().join("profile.toml");
    fs::write(&file, profile.replacen(text, to, 1)).expect("room");
    pump_of(&file).expect("a valid profile")
}

#[test]
fn a_pump_keeps_what_it_promises() {
    let case = run(PRESSES, pumps());
    let reasons = &case.record.reasons;
    assert_eq!(case.record.verdict, Verdict::Pass, "{reasons:?}");
    let profile = case.record.run.expect("it reached its end").profile;
    assert_eq!(profile.name, "reference");
    assert!(profile.rules_judged > 10, "{profile:?}");
    assert!(profile.unclaimed.is_empty(), "{profile:?}");
}

/// The reference pump counts its lockout from the start of a bolus: an hour and ten minutes are enough for it,
/// but not for a pump that promises an hour from the end.
#[test]
fn another_promise_blames_the_pump_that_does_not_keep_it() {
    let case = run(
        PRESSES,
        changed("lockout-from = \"start\"", "lockout-from = \"end\""),
    );
    let reasons = &case.record.reasons;
    assert_eq!(case.record.verdict, Verdict::Fail, "{reasons:?}");
    let is_named = |reason: &String| reason.contains("spec:lockout: ");
    assert!(reasons.iter().any(is_named), "{reasons:?}");
}

#[test]
fn what_a_pump_cannot_do_is_not_run() {
    let case = run(PRESSES, changed("\"patient-bolus\", ", ""));
    assert_eq!(case.record.verdict, Verdict::NotRun);
    let why = "needs \"patient-bolus\" (boluses that a patient asks for), which pump reference does not have \
               by its profile";
    assert_eq!(case.record.reasons, [why]);
    assert!(case.record.attempts.is_empty());
}

#[test]
fn a_rule_that_is_not_claimed_is_named_with_its_reason() {
    let unclaimed = "# docs/alarms.md\n[[unclaimed]]\nrule = \"denial-names-its-reason\"\nwhy = \"it has none\"\n";
    let case = run(PRESSES, changed("# docs/alarms.md", unclaimed));
    let reasons = &case.record.reasons;
    assert_eq!(case.record.verdict, Verdict::Pass, "{reasons:?}");
    let body = case.body.expect("it reached its end");
    let line = "not claimed denial-names-its-reason, by profile reference: it has none";
    assert!(body.lines().any(|found| found == line), "{body}");
}

#[test]
fn a_profile_of_another_pump_judges_nothing() {
    let case = run(PRESSES, changed("\"thecal-pump\"", "\"another\""));
    assert_eq!(case.record.verdict, Verdict::Error);
    let reasons = &case.record.reasons;
    let why = "the pump says it is `thecal-pump`, and profile reference is of `another`";
    assert!(
        reasons.iter().any(|reason| reason.contains(why)),
        "{reasons:?}"
    );
}

/// A limit without room for the infusion is refused rightly: nothing follows from what was expected.
#[test]
fn what_follows_from_a_refused_implant_session_is_inconclusive_with_one_reason() {
    let story = r#"
[therapy]
dose   = "1 mg/day"
limits = { hour = "10 µg" }
[[expect]]
name       = "it-infuses"
eventually = "commanded.dose >= 10 µg"
after      = "2 h"
[[expect]]
name       = "and-goes-on"
eventually = "commanded.dose >= 100 µg"
after      = "4 h"
"#;
    let case = run(story, pumps());
    assert_eq!(case.record.verdict, Verdict::Inconclusive);
    let reasons = &case.record.reasons;
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(
        reasons[0].contains("the limit for 1 h has no room"),
        "{reasons:?}"
    );
}
