//! What was entered, counted and commanded beside what is true: as signals, at dose limits, in boluses.

use super::plant_faults::{run_native, scenario};
use thecal_cli::registry::reference;
use thecal_engine::programmer::Answer;
use thecal_engine::run::RunHistory;
use thecal_engine::verdict::{Verdict, judge, true_dose};
use thecal_units::{Millis, SimTime};

#[test]
fn what_was_entered_is_a_signal_beside_what_is_so() {
    // 8 mL of 2 mg/mL in the bottle, entered as 18 mL of 1 mg/mL, at 3 h.
    let refill = "[[timeline]]\nat = \"3 h\"\nrefill = { volume = \"18 mL\", true-volume = \"8 mL\", \
        concentration = \"1 mg/mL\", true-concentration = \"2 mg/mL\" }\n";
    let expectations = [
        ("always", "entered.reservoir > 17.999 mL"),
        ("eventually", "true.reservoir < 8.1 mL"),
        // 1 mL a day of 2 mg/mL, then 2 mL a day of 1 mg/mL.
        ("always", "counted.reservoir >= 17.7 mL"),
        ("eventually", "counted.reservoir < 17.8 mL"),
        ("eventually", "entered.concentration < 1.001 mg/mL"),
        ("always", "true.concentration >= 1.999 mg/mL"),
        ("always", "entered.catheter >= 0.1 mL"),
        ("always", "entered.dose > 1.999 mg"),
        ("never", "entered.dose > 2.001 mg"),
    ];
    let mut rest = refill.to_owned();
    for (nth, (form, that)) in expectations.iter().enumerate() {
        rest.push_str(&format!(
            "[[expect]]\nname = \"e{nth}\"\n{form} = \"{that}\"\nafter = \"1 min\"\n"
        ));
    }
    let scenario = scenario("", &rest);
    let history = run_native(&scenario);
    let judgement = judge(&scenario, &history, &reference());
    let wrong = judgement.findings.iter().take(expectations.len());
    let wrong: Vec<_> = wrong.filter(|one| one.verdict != Verdict::Pass).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A priming bolus into a full catheter is an overdose that no count of steps shows.
#[test]
fn the_dose_that_reached_the_patient_is_shown_where_it_cannot_be_judged() {
    const LIMITS: &str = "[[timeline]]\nat = \"10 min\"\n\
        program = { dose = \"1 mg/day\", limits = { hour = \"200 µg\", four-hours = \"500 µg\" } }\n";
    const PRIME: &str = "[[timeline]]\nat = \"30 min\"\nstop = {}\n\
        [[timeline]]\nat = \"35 min\"\npriming-bolus = {}\n[[timeline]]\nat = \"2 h\"\nstart = {}\n";
    let primed = ["prime of a catheter that held drug", "priming bolus"].as_slice();
    for (acts, why) in [
        (LIMITS.to_owned(), [].as_slice()),
        (format!("{LIMITS}{PRIME}"), primed),
    ] {
        let scenario = scenario("", &acts);
        let history = run_native(&scenario);
        let judgement = judge(&scenario, &history, &reference());
        let rule = judgement
            .findings
            .iter()
            .find(|one| one.name == "dose-limits");
        let rule = rule.expect("every run has it");
        assert_eq!(rule.verdict, Verdict::Pass, "no step was one too many");
        assert_eq!(rule.rule.contains("delivered"), why.is_empty(), "{rule:?}");
        let primes = history.entered.iter();
        let primes = primes.filter(|figure| figure.what == "drug in tubing and catheter before");
        let pushed: Vec<f64> = primes.map(|figure| figure.truth).collect();
        assert_eq!(pushed.is_empty(), why.is_empty());
        // Tubing and catheter hold 0.338 mL of 2 mg/mL.
        assert!(
            pushed.iter().all(|ug| (660.0..680.0).contains(ug)),
            "{pushed:?}"
        );
        let found = true_dose(&history);
        assert_eq!(found.not_judged, why);
        let hours: Vec<u64> = found
            .largest
            .iter()
            .map(|one| one.window.as_millis() / 3_600_000)
            .collect();
        assert_eq!(hours, [1, 4], "only what was limited");
        for largest in &found.largest {
            let beyond = largest
                .limit_ug
                .is_some_and(|limit_ug| largest.ug > limit_ug);
            assert!(
                largest.commanded_ug < 200.0,
                "a prime is no dose: {largest:?}"
            );
            assert_eq!(beyond, !why.is_empty(), "{largest:?}");
            let from = largest.at.before(largest.window);
            let ug = history.infused.at(largest.at) - history.infused.at(from);
            assert!((ug - largest.ug).abs() < 1e-9, "{largest:?}");
        }
        assert_eq!(history.primed_ug > 600.0, !why.is_empty());
    }
}

/// A jump of the clock while the pump was off excuses no bolus that comes too early, nor one too many.
#[test]
fn boluses_are_counted_in_the_time_that_has_passed() {
    let rest = "[[timeline]]\nat = \"30 min\"\npress = { remote = 1 }\n\
        [[fault]]\nstart = \"40 min\"\nduration = \"1 min\"\npower-cut = {}\n\
        [[fault]]\nstart = \"40 min 30 s\"\nclock-jump = { by = \"24 h\" }\n\
        [[timeline]]\nevery = \"1 min\"\nfrom = \"42 min\"\nuntil = \"5 h\"\npress = { remote = 1 }\n";
    let scenario = scenario("", rest);
    let history = run_native(&scenario);
    let judgement = judge(&scenario, &history, &reference());
    let verdicts = judgement.findings.iter().map(|one| one.verdict);
    assert_eq!(verdicts.max(), Some(Verdict::Pass), "{judgement:?}");
    let times = |rule: &str| {
        let mut judged = judgement.opinion.judged.iter();
        judged
            .find(|line| line.rule.name == rule)
            .map_or(0, |line| line.times)
    };
    assert!(times("lockout") > 0 && times("jump-frees-no-bolus") > 0);
    let granted = history.commands.iter();
    let granted = granted.filter(|record| record.answer == Some(Answer::Granted));
    let granted: Vec<SimTime> = granted.map(|record| record.at).collect();
    assert_eq!(granted.len(), 3, "the daily maximum");
    for (earlier, later) in granted.iter().zip(granted.iter().skip(1)) {
        let gap = later.since(*earlier);
        assert!(
            gap >= Millis::HOUR && gap < Millis::HOUR.times(2),
            "{granted:?}"
        );
    }
}

/// The pump believes what is programmed; the drug in the reservoir is what it is.
#[test]
fn a_concentration_programmed_by_mistake_is_named() {
    let program = |concentration: &str| {
        let act = format!(
            "[[timeline]]\nat = \"1 h\"\nprogram = {{ dose = \"2 mg/day\", concentration = \"{concentration}\" }}\n"
        );
        run_native(&scenario("", &act))
    };
    assert!(program("2 mg/mL").hidden.is_empty());
    let other = program("1 mg/mL");
    assert_eq!(other.hidden, ["concentration differs from the entry"]);
    let says = "programmed for 1 mg/mL, the reservoir holds 2 mg/mL";
    assert!(other.events.iter().any(|event| event.what == says));
}

/// Both as they were asked and beside what was in force.
#[test]
fn programs_are_kept_obeyed_or_refused() {
    let acts = "[[timeline]]\nat = \"1 h\"\nprogram = { dose = \"1 mg/day\" }\n\
        [[timeline]]\nat = \"2 h\"\nprogram = { dose = \"1 mg/day\", limits = { hour = \"1 µg\" } }\n";
    let history = run_native(&scenario("", acts));
    let programs: Vec<_> = history.programmed.iter().map(|one| one.act).collect();
    assert_eq!(programs, ["program", "program", "program (refused)"]);
    let [first, second, refused] = history.programmed.as_slice() else {
        panic!("three of them");
    };
    assert_eq!(first.before, None);
    assert_eq!(second.before, Some(first.therapy));
    assert_eq!(refused.before, Some(second.therapy), "what stays in force");
    let figures = history.entered.iter();
    assert!(figures.clone().any(|figure| figure.act == refused.act));
}

/// What no limit holds back is told apart in the window that it fills.
#[test]
fn the_share_of_a_clinicians_bolus_is_told() {
    let acts =
        "[[timeline]]\nat = \"2 h\"\nclinician-bolus = { dose = \"400 µg\", duration = \"2 h\" }\n";
    let history = run_native(&scenario("", acts));
    let found = true_dose(&history);
    assert!(!found.limited);
    let hour = found.largest.first().expect("a window of an hour");
    assert!((hour.clinician_ug - 200.0).abs() < 2.0, "{hour:?}");
    assert!((hour.commanded_ug - 283.3).abs() < 1.0, "{hour:?}");
    assert_eq!((hour.limit_ug, hour.tolerance_ug), (None, None));
}

/// The old drug is 0.338 mL of 2 mg/mL, which 4 mg a day moves in four hours.
#[test]
fn a_bridge_ends_and_the_same_drug_bridges_nothing() {
    let bridge = |concentration: &str| {
        let acts = format!(
            "[[timeline]]\nat = \"10 min\"\nprogram = {{ dose = \"4 mg/day\" }}\n\
             [[timeline]]\nat = \"20 min\"\nrefill = {{ volume = \"18 mL\", concentration = \"{concentration}\", bridge = true }}\n"
        );
        run_native(&scenario("", &acts))
    };
    let ends = |history: &RunHistory| {
        let events = history.events.iter();
        let mut ends =
            events.filter(|event| event.what.starts_with("bridge bolus of 0.338 mL ends"));
        ends.next().map(|event| event.at)
    };
    let old = |history: &RunHistory| {
        let mut figures = history.entered.iter();
        let found = figures.find(|figure| figure.what == "old drug to bridge");
        found.map(|figure| (figure.entered, figure.truth))
    };
    let other = bridge("10 mg/mL");
    let ended = ends(&other).expect("it ends within the run");
    let expected = SimTime::ZERO + Millis::MINUTE.times(20 + 243);
    assert!(ended.since(expected) < Millis::MINUTE.times(3), "{ended}");
    let (entered, truth) = old(&other).expect("a line of it");
    assert!((entered - 0.338).abs() < 1e-9 && (truth - 0.338).abs() < 1e-9);
    let same = bridge("2 mg/mL");
    assert_eq!((ends(&same), old(&same)), (None, None));
}
