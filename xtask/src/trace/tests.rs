//! Tests of the check on small chains, each with one broken link.

use super::evidence::Evidence;
use super::hazards::Hazard;
use super::ids::{HAZARD, REQUIREMENT, ids, is_id};
use super::requirements::{Requirement, Withdrawn};
use super::rust::Test;
use super::scenarios::{Claim, Scenario};
use super::{check, hazards, page, rust, scenarios};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn requirement(id: &str, hazards: &[&str]) -> Requirement {
    Requirement {
        id: id.to_owned(),
        revision: 1,
        text: "It shall hold.".to_owned(),
        hazards: words(hazards),
        priority: 1,
        unverified: String::new(),
    }
}

fn test(name: &str, verifies: &[&str]) -> Test {
    Test {
        file: "firmware/tests/a.rs".to_owned(),
        name: name.to_owned(),
        verifies: words(verifies),
        ignored: false,
    }
}

fn scenario(id: &str, verifies: &[&str]) -> Scenario {
    let claim = |requirement: &&str| Claim {
        requirement: (*requirement).to_owned(),
        findings: words(&["quiet"]),
    };
    Scenario {
        id: id.to_owned(),
        verifies: verifies.iter().map(claim).collect(),
    }
}

/// One hazard, two requirements, a test and a scenario, without problems.
fn sound() -> Evidence {
    Evidence {
        requirements: vec![
            requirement("REQ-AB-001", &["HAZ-01"]),
            requirement("REQ-AB-002", &["HAZ-01"]),
        ],
        hazards: vec![Hazard {
            id: "HAZ-01".to_owned(),
            name: "it breaks".to_owned(),
            class: "V1".to_owned(),
            requirements: words(&["REQ-AB-001", "REQ-AB-002"]),
            scenarios: Vec::new(),
        }],
        tests: vec![test("it_holds", &["REQ-AB-001"])],
        scenarios: vec![scenario("a/run", &["REQ-AB-002"])],
        ..Evidence::default()
    }
}

/// The one problem of a sound chain after a change.
fn problem_after(change: impl FnOnce(&mut Evidence)) -> String {
    let mut evidence = sound();
    change(&mut evidence);
    check::problems(&evidence).join("; ")
}

#[test]
fn a_sound_chain_has_no_problem() {
    assert_eq!(problem_after(|_| {}), "");
}

#[test]
fn a_requirement_that_nothing_verifies_is_told() {
    let told = problem_after(|evidence| evidence.tests.clear());
    assert_eq!(told, "REQ-AB-001 is verified by no test and no scenario");
}

#[test]
fn a_requirement_that_says_why_nothing_verifies_it_is_let_pass_until_something_does() {
    let why =
        |evidence: &mut Evidence| evidence.requirements[0].unverified = "no test yet".to_owned();
    let told = problem_after(|evidence| {
        why(evidence);
        evidence.tests.clear();
        assert!(evidence.summary().ends_with("; 1 are not verified yet"));
        assert!(page::render(evidence).contains("| **nothing**: no test yet |"));
    });
    assert_eq!(told, "");
    let told = problem_after(why);
    assert_eq!(told, "REQ-AB-001 is verified and says that it is not");
}

#[test]
fn a_withdrawn_identifier_is_used_up() {
    let withdrawn = |id: &str, by: &[&str]| Withdrawn {
        id: id.to_owned(),
        since: "0.1.0".to_owned(),
        replaced_by: words(by),
        why: "it was two".to_owned(),
    };
    let told = problem_after(|evidence| {
        evidence.withdrawn = vec![withdrawn("REQ-AB-003", &["REQ-AB-001"])];
        let row = "| REQ-AB-003 | 0.1.0 | REQ-AB-001 | it was two |";
        assert!(page::render(evidence).contains(row));
    });
    assert_eq!(told, "");
    let told = problem_after(|evidence| {
        evidence.withdrawn = vec![
            withdrawn("REQ-AB-001", &[]),
            withdrawn("REQ-AB-003", &["REQ-AB-009"]),
            withdrawn("REQ-AB-003", &[]),
        ];
    });
    assert_eq!(
        told,
        "REQ-AB-003 is there twice; REQ-AB-001 is withdrawn and used again; \
         REQ-AB-003 is replaced by REQ-AB-009, which is unknown"
    );
    let told = problem_after(|evidence| {
        evidence.withdrawn = vec![withdrawn("REQ-AB-003", &[])];
        evidence.scenarios.push(scenario("b/run", &["REQ-AB-003"]));
    });
    assert_eq!(told, "scenario b/run verifies REQ-AB-003, which is unknown");
}

#[test]
fn a_test_that_is_ignored_verifies_nothing() {
    let told = problem_after(|evidence| {
        for test in &mut evidence.tests {
            test.ignored = true;
        }
    });
    assert_eq!(told, "REQ-AB-001 is verified by no test and no scenario");
}

#[test]
fn an_unknown_requirement_is_told_wherever_it_is_named() {
    let told = problem_after(|evidence| evidence.tests.push(test("more", &["REQ-AB-009"])));
    assert_eq!(
        told,
        "firmware/tests/a.rs::more verifies REQ-AB-009, which is unknown"
    );
    let told = problem_after(|evidence| {
        evidence.scenarios.push(scenario("b/run", &["REQ-AB-009"]));
    });
    assert_eq!(told, "scenario b/run verifies REQ-AB-009, which is unknown");
    let told = problem_after(|evidence| {
        evidence.mentioned = words(&["REQ-AB-001", "REQ-AB-009"]);
    });
    assert_eq!(told, "the hazards speak of REQ-AB-009, which is unknown");
    let told = problem_after(|evidence| {
        let files = evidence.named.entry("REQ-AB-009".to_owned()).or_default();
        files.insert("firmware/src/a.rs".to_owned());
    });
    assert_eq!(
        told,
        "REQ-AB-009 is named in firmware/src/a.rs and is unknown"
    );
}

#[test]
fn a_scenario_verifies_something() {
    let told = problem_after(|evidence| evidence.scenarios.push(scenario("b/run", &[])));
    assert_eq!(told, "scenario b/run verifies nothing");
}

#[test]
fn what_is_there_twice_is_told() {
    let told = problem_after(|evidence| {
        let again = evidence.requirements[0].clone();
        evidence.requirements.push(again);
        let again = evidence.hazards[0].clone();
        evidence.hazards.push(again);
    });
    assert_eq!(told, "REQ-AB-001 is there twice; HAZ-01 is there twice");
}

#[test]
fn hazard_and_requirement_name_each_other() {
    let told = problem_after(|evidence| {
        evidence.hazards[0].requirements.pop();
    });
    assert_eq!(told, "REQ-AB-002 names HAZ-01, which does not name it");
    let told = problem_after(|evidence| {
        evidence.requirements[1].hazards = words(&["HAZ-02"]);
    });
    assert_eq!(
        told,
        "REQ-AB-002 answers HAZ-02, which is unknown; HAZ-01 names REQ-AB-002, which does not name it"
    );
}

#[test]
fn only_a_hazard_that_no_pump_sees_may_be_without_a_measure() {
    let bare = |class: &str| Hazard {
        id: "HAZ-02".to_owned(),
        class: class.to_owned(),
        scenarios: words(&["a/run"]),
        ..Hazard::default()
    };
    assert_eq!(
        problem_after(|evidence| evidence.hazards.push(bare("V0"))),
        ""
    );
    let told = problem_after(|evidence| evidence.hazards.push(bare("V2")));
    assert_eq!(told, "HAZ-02 is V2 and no requirement answers it");
}

#[test]
fn hazards_and_the_grid_point_to_what_there_is() {
    let told = problem_after(|evidence| {
        evidence.seeded = words(&["lockout ignored"]);
        evidence.grid = words(&["it_holds", "a/run", "lockout ignored", "gone"]);
        evidence.hazards[0].scenarios = words(&["a/run", "b/run"]);
    });
    assert_eq!(
        told,
        "HAZ-01 is shown by `b/run`, which is unknown; \
         the grid of guide words names `gone`: no test, scenario or seeded bug"
    );
}

#[test]
fn tests_are_read_out_of_functions_modules_and_macros() {
    let source = r"
        //! A file.
        /// Says more. Verifies nothing here: it does not begin the line.
        fn helper() {}
        /// Verifies REQ-AB-001, REQ-AB-002.
        #[test]
        fn plain() { assert!(true); }
        mod tests {
            #[test]
            /// It goes on.
            /// Verifies REQ-AB-003 and
            /// REQ-AB-004. And more.
            pub(crate) fn wrapped() {}
        }
        proptest! {
            #![proptest_config(Config { cases: 64 })]
            /// Verifies REQ-AB-005.
            #[test]
            fn in_a_macro(acts in vec(act(), 1..9)) { go(acts); }
        }
        /// Verifies REQ-AB-006.
        #[test]
        #[ignore = `slow`]
        fn never() {}
        /// Verifies REQ-AB-007
        ///
        /// A paragraph of its own.
        #[test]
        fn without_a_stop() {}
        #[test]
        fn without() { let a: fn(u8) = f; }
    "
    .replace('`', "\"");
    let (tests, problems) = rust::scan("a.rs", &source);
    assert_eq!(problems, Vec::<String>::new());
    let read: Vec<(&str, String, bool)> = tests
        .iter()
        .map(|test| (test.name.as_str(), test.verifies.join(" "), test.ignored))
        .collect();
    let expected = [
        ("plain", "REQ-AB-001 REQ-AB-002", false),
        ("wrapped", "REQ-AB-003 REQ-AB-004", false),
        ("in_a_macro", "REQ-AB-005", false),
        ("never", "REQ-AB-006", true),
        ("without_a_stop", "REQ-AB-007", false),
        ("without", "", false),
    ];
    let expected: Vec<(&str, String, bool)> = expected
        .into_iter()
        .map(|(name, verifies, ignored)| (name, verifies.to_owned(), ignored))
        .collect();
    assert_eq!(read, expected);
}

#[test]
fn a_claim_in_a_wrong_place_or_form_is_told_with_its_line() {
    for (source, told) in [
        (
            "//! Verifies REQ-AB-001.\nfn f() {}",
            "a.rs:1: only a test function verifies something",
        ),
        (
            "/// Verifies REQ-AB-001.\npub fn f() {}",
            "a.rs:2: only a test function verifies something",
        ),
        (
            "/// Verifies REQ-AB-001.\nstruct S;",
            "a.rs:2: only a test function verifies something",
        ),
        (
            "/// Verifies REQ-AB-1.\n#[test]\nfn f() {}",
            "a.rs:3: f: `REQ-AB-1` is no identifier of a requirement",
        ),
        (
            "/// Verifies REQ-AB-001 in part.\n#[test]\nfn f() {}",
            "a.rs:3: f: `in` is no identifier of a requirement",
        ),
    ] {
        let (_, problems) = rust::scan("a.rs", source);
        assert_eq!(problems, [told], "{source}");
    }
}

#[test]
fn a_source_names_requirements_at_its_controls_and_not_in_its_unit_tests() {
    let source = "// REQ-AB-002, REQ-AB-001.\nfn f() {}\n#[cfg(test)]\nmod t { /// REQ-AB-003\n}";
    let named: Vec<String> = rust::named(source).into_iter().collect();
    assert_eq!(named, ["REQ-AB-001", "REQ-AB-002"]);
}

#[test]
fn identifiers_are_told_from_other_words() {
    assert!(is_id("REQ-POST-001", REQUIREMENT) && is_id("HAZ-01", HAZARD));
    for word in [
        "REQ-POST",
        "REQ-001",
        "REQ-post-001",
        "REQ-A-B-001",
        "REQ--001",
        "REQ-A-0x1",
    ] {
        assert!(!is_id(word, REQUIREMENT), "{word}");
    }
    assert!(!is_id("HAZ-A-01", HAZARD) && !is_id("HAZ-", HAZARD));
    let found: Vec<&str> = ids("(REQ-A-001), REQ-A-002; REQ-A", REQUIREMENT).collect();
    assert_eq!(found, ["REQ-A-001", "REQ-A-002"]);
}

#[test]
fn scenarios_and_hazards_are_read() {
    let pairs = "title = \"T\"\n[verifies]\nREQ-AB-001 = \"quiet\"\nREQ-AB-002 = [\"quiet\"]\n";
    let read = scenarios::parse("a/run", pairs);
    assert_eq!(read, Ok(scenario("a/run", &["REQ-AB-001", "REQ-AB-002"])));
    assert!(scenarios::parse("a/run", "title = ").is_err());
    let document = "\
        | hazard | name | cause | harm | S | V | measures | refs |\n\
        | --- | --- | --- | --- | --- | --- | --- | --- |\n\
        | HAZ-01 | it breaks | wear | less | 3 | V1 | REQ-AB-001, REQ-AB-002 | F1 |\n\
        | HAZ-02 | it leaks | wear | more | 4 | V0 | none; shown by `leak/a` | F8 |\n\
        ## Guide words\n\
        `not this`\n\
        | lockout | `bolus/a`, `b_test` | |\n\
        ## Other\n\
        | `nor this` |\n";
    let (read, grid) = hazards::parse(document);
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].requirements, ["REQ-AB-001", "REQ-AB-002"]);
    assert_eq!(
        (read[1].class.as_str(), read[1].name.as_str()),
        ("V0", "it leaks")
    );
    assert_eq!(read[1].scenarios, ["leak/a"]);
    assert_eq!(grid, ["bolus/a", "b_test"]);
}

#[test]
fn the_page_has_a_row_for_each_requirement_with_what_verifies_it() {
    let mut evidence = sound();
    let mut ignored = test("asleep", &["REQ-AB-001"]);
    ignored.ignored = true;
    evidence.tests.push(ignored);
    evidence.requirements[1].text = "word ".repeat(40);
    let page = page::render(&evidence);
    let expected =
        "| REQ-AB-001 | 1 | 1 | HAZ-01 | It shall hold. | `firmware/tests/a.rs::it_holds` | - |";
    assert!(page.contains(expected), "{page}");
    assert!(page.contains("… | scenario `a/run`: `quiet` |"), "{page}");
    assert!(page.lines().all(|line| line.len() < 250), "{page}");
}
