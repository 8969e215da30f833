//! What a clinician reads in a report: what happened to the patient, from what, and of which drug.

use super::plant_faults::{run_native, scenario};
use std::path::Path;
use thecal_cli::registry::reference;
use thecal_engine::verdict::judge;
use thecal_plan::Scenario;
use thecal_report::{Record, render};
use thecal_scenario::load;

fn body_of(scenario: &Scenario) -> String {
    let mut history = run_native(scenario);
    let judgement = judge(scenario, &history, &reference());
    let mut record = Record::new(scenario, "native");
    record.finish(scenario, &mut history, judgement);
    render(scenario, &record).expect("the run reached its end")
}

fn body(id: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let file = folder.join(format!("{id}.toml"));
    let loaded = load(&file, &folder);
    body_of(&loaded.unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error))))
}

fn assert_lines(id: &str, lines: &[&str]) {
    let body = body(id);
    for line in lines {
        assert!(body.contains(line), "{id} has no `{line}`:\n{body}");
    }
}

#[test]
fn the_first_ten_lines_say_what_happened_to_the_patient() {
    for (id, words) in [
        (
            "therapy/tenfold-fentanyl",
            &[
                "verdict     PASS (the pump)",
                "all of it from what was programmed and entered",
                "S0 to S4 over possible patients",
                "outcome     toxic effect of fentanyl (respiratory depression): above 0.2 from ",
                "; untreated",
            ][..],
        ),
        (
            "therapy/baclofen-after-a-drug-holiday",
            &[
                "outcome     withdrawal of baclofen: above 0.1 from ",
                "outcome     toxic effect of baclofen (overdose): above 0.2 from ",
                "still at the end of the run",
            ],
        ),
        ("reservoir/forty-entered-twenty-filled", &["S0 as ordered"]),
        (
            "therapy/quiet-day-of-ziconotide",
            &["outcome     no toxic effect above 0.2"],
        ),
    ] {
        let body = body(id);
        let head: Vec<&str> = body.lines().take(10).collect();
        let head = head.join("\n");
        for words in words {
            assert!(head.contains(words), "{id} has no `{words}`:\n{head}");
        }
        assert!(!body.contains("prescribed therapy"), "{body}");
    }
}

#[test]
fn a_bolus_that_worked_is_not_called_without_effect() {
    assert_lines(
        "bolus/first-bolus-of-sufentanil",
        &[
            "effect      peak 0.99",
            "loss not judged: no steady effect was established",
            "commanded   53.12 µg in 0.106 mL; and 169 µg in 0.338 mL as prime, not counted as dose",
        ],
    );
}

#[test]
fn every_drug_has_its_lines_and_a_mixed_up_bottle_both_names() {
    assert_lines(
        "reservoir/hydromorphone-for-morphine",
        &[
            "concentration: entered morphine 10 mg/mL, actual hydromorphone 10 mg/mL",
            "in line     0 µg of morphine and 3.38 mg of hydromorphone in pump tubing",
            "at the end  morphine: spinal fluid",
            "            hydromorphone: spinal fluid",
            "outcome     toxic effect of hydromorphone (respiratory depression): ",
        ],
    );
}

#[test]
fn what_goes_through_the_access_port_is_not_delivered_by_the_pump() {
    let rest =
        "[[timeline]]\nat = \"2 h\"\naccess-port = { aspirate = \"1 mL\", inject = \"3 mL\" }\n";
    let body = body_of(&scenario("", rest));
    let port = "; by the port 1 mL aspirated, 3 mL injected";
    assert!(body.contains(port), "{body}");
}

#[test]
fn a_window_that_opens_on_the_truth_is_no_instant_of_it() {
    let rest =
        "[[expect]]\nname = \"low\"\neventually = \"true.reservoir < 19 mL\"\nafter = \"3 h\"\n";
    let body = body_of(&scenario("", rest));
    let already = "already true when the window opens at 3 h, limit 6 h";
    assert!(body.contains(already), "{body}");
    // True at once where the window opens, but not before: that is an instant.
    let rest = "[[timeline]]\nat = \"2 h\"\nstop = {}\n\
        [[timeline]]\nat = \"3 h\"\nrefill = { volume = \"8 mL\", concentration = \"2 mg/mL\" }\n\
        [[expect]]\nname = \"low\"\neventually = \"true.reservoir < 9 mL\"\nafter = \"3 h\"\n";
    let body = body_of(&scenario("", rest));
    assert!(body.contains("first true at 3 h"), "{body}");
}

#[test]
fn a_recovery_is_told_as_proven_with_when_the_motor_turned_and_its_alarm_outlasts_it() {
    assert_lines(
        "places/stopped-for-the-scanner",
        &[
            "pump       recovery from the stall proven, by the pump's log; the motor has kept turning since ",
            "alarms: motor stall (recovery proven at ",
        ],
    );
}

#[test]
fn the_patient_who_was_simulated_is_named() {
    assert_lines("motor/stall-without-warning", &["; simulated: adult"]);
    let report = body("therapy/baclofen-after-a-drug-holiday");
    assert!(
        report.contains("patient     used to the dose; "),
        "{report}"
    );
}
