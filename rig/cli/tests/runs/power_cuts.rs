//! Power is cut at any byte of any memory write, and between any two effects: the pump boots, no
//! monitor fails, and a torn value is the old or the new one.

use std::collections::BTreeMap;
use thecal_cli::registry::reference;
use thecal_engine::run::{Progress, RunHistory, cut_places, effects, run, with_power_cut};
use thecal_engine::verdict::{Verdict, judge};
use thecal_plan::{CutPlace, LogKind, Scenario};
use thecal_reference::Native;
use thecal_reference::programmer::Reference;
use thecal_scenario::parse;
use thecal_units::SimTime;

/// A bolus, a press too many, a new prescription, a stop and a start, in half an hour.
const SHORT_SCENARIO: &str = "title = \"A busy half hour\"\nseed = 1\nduration = \"40 min\"\n\
    [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
    [therapy]\ndose = \"1 mg/day\"\n\
    patient-bolus = { dose = \"50 µg\", duration = \"5 min\", lockout = \"10 min\", \
    daily-maximum = 3 }\n\
    [[timeline]]\nat = \"2 min\"\npress = { remote = 1 }\n\
    [[timeline]]\nat = \"4 min\"\npress = { remote = 1 }\n\
    [[timeline]]\nat = \"10 min\"\nprogram = { dose = \"2 mg/day\", concentration = \
    \"2 mg/mL\", patient-bolus = { dose = \"40 µg\", duration = \"4 min\", \
    lockout = \"10 min\", daily-maximum = 3 } }\n\
    [[timeline]]\nat = \"14 min\"\npress = { remote = 2 }\n\
    [[timeline]]\nat = \"16 min\"\nstop = {}\n\
    [[timeline]]\nat = \"17 min\"\nstart = {}\n\
    [[timeline]]\nat = \"30 min\"\ninterrogate = {}\n\
    [[expect]]\nname = \"any\"\nalways = \"true.reservoir >= 0 mL\"\n";

/// A short catheter is primed at implant, declared as revised and primed again; then a magnet holds the
/// rotor until the motor has stalled.
const CATHETER_SCENARIO: &str = "title = \"A catheter and a magnet\"\nseed = 1\nduration = \"65 min\"\n\
    [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
    catheter = \"10 cm\"\ncatheter-starts = \"empty\"\n\
    [therapy]\ndose = \"1 mg/day\"\n\
    [[timeline]]\nat = \"1 s\"\nstop = {}\n\
    [[timeline]]\nat = \"1 min\"\npriming-bolus = {}\n\
    [[timeline]]\nat = \"14 min\"\ncatheter-work = \"revised\"\n\
    [[timeline]]\nat = \"15 min\"\npriming-bolus = {}\n\
    [[timeline]]\nat = \"18 min\"\npriming-bolus = {}\n\
    [[timeline]]\nat = \"20 min\"\nstart = {}\n\
    [[timeline]]\nat = \"25 min\"\nmagnet = { duration = \"4 min\", stalls = true }\n\
    [[timeline]]\nat = \"60 min\"\ninterrogate = {}\n\
    [[expect]]\nname = \"tubing-and-twice-the-catheter-at-most\"\n\
    always = \"commanded.volume <= 0.2 mL\"\n";

fn short_scenario() -> Scenario {
    parse("test/short", "short.toml", SHORT_SCENARIO).expect("a valid scenario")
}

fn run_native(scenario: &Scenario) -> RunHistory {
    let people = Box::new(Reference::new());
    run(
        scenario,
        &mut Native::new(),
        people,
        None,
        &Progress::default(),
    )
    .expect("a whole run")
}

/// What a sweep has tried, and the findings that did not pass, with the places of the cuts.
struct Swept {
    bytes: usize,
    effects: usize,
    bad: BTreeMap<String, Vec<String>>,
}

/// Runs the scenario once for each place at which power can be cut, and shows each run.
fn sweep(scenario: &Scenario, mut show: impl FnMut(&RunHistory)) -> Swept {
    let quiet = run_native(scenario);
    let reactions = effects(scenario, &mut Native::new(), Box::new(Reference::new()));
    let reactions = reactions.expect("a whole run");
    let writes: usize = reactions.iter().map(|of| of.write_lengths().len()).sum();
    assert_eq!(quiet.writes, writes as u64, "both count alike");
    let mut swept = Swept {
        bytes: 0,
        effects: 0,
        bad: BTreeMap::new(),
    };
    for (start, place) in cut_places(&reactions, SimTime::from_millis(1)) {
        match place {
            CutPlace::Write { .. } => swept.bytes += 1,
            _ => swept.effects += 1,
        }
        let cut = with_power_cut(scenario, start, place);
        let history = run_native(&cut);
        let judgement = judge(&cut, &history, &reference());
        let at = || format!("{place:?} from {start}, at {}", history.faults[0].from);
        assert_eq!(judgement.doubts, Vec::<String>::new(), "{}", at());
        assert_eq!(history.resets.len(), 1, "{}", at());
        assert!(history.status.is_some(), "it boots and answers: {}", at());
        show(&history);
        for finding in judgement
            .findings
            .iter()
            .filter(|of| of.verdict != Verdict::Pass)
        {
            let note = finding.note.clone().unwrap_or_default();
            swept
                .bad
                .entry(format!("{} {:?}: {note}", finding.name, finding.verdict))
                .or_default()
                .push(at());
        }
    }
    swept
}

/// The first place and the number of places of each finding that did not pass.
fn first(bad: &BTreeMap<String, Vec<String>>) -> Vec<(&String, usize, Option<&String>)> {
    let all = bad.iter();
    all.map(|(what, at)| (what, at.len(), at.first())).collect()
}

/// Verifies REQ-THE-015, REQ-THE-010, REQ-STL-008, REQ-LOG-007, REQ-MEM-001.
#[test]
fn a_cut_anywhere_fills_a_catheter_once_for_each_declaration_and_tells_of_one_stall() {
    let scenario = parse("test/catheter", "catheter.toml", CATHETER_SCENARIO);
    let scenario = scenario.expect("a valid scenario");
    let stalls = |history: &RunHistory| {
        let lines = history.log.lines.iter();
        let stalls = lines.filter(|(_, line)| line.kind == LogKind::MotorStall);
        stalls.count()
    };
    assert_eq!(stalls(&run_native(&scenario)), 1);
    let swept = sweep(&scenario, |history| assert!(stalls(history) <= 1));
    assert!(swept.bad.is_empty(), "{:#?}", first(&swept.bad));
    let Swept { bytes, effects, .. } = swept;
    assert!(bytes > 3_000 && effects > 20, "{bytes} {effects}");
}

/// Verifies REQ-LOG-007, REQ-MEM-001.
#[test]
fn a_cut_at_any_byte_of_any_write_leaves_a_pump_that_boots_and_no_monitor_fails() {
    let mut paces: BTreeMap<&str, usize> = BTreeMap::new();
    let Swept {
        bytes,
        effects,
        bad,
    } = sweep(&short_scenario(), |history| {
        *paces.entry(pace(history)).or_default() += 1;
    });
    assert!(bad.is_empty(), "{:#?}", first(&bad));
    assert!(bytes > 1_000 && effects > 20, "{bytes} {effects}");
    assert!(
        paces.contains_key("old") && paces.contains_key("new"),
        "{paces:?}"
    );
    assert!(
        !paces.contains_key("neither"),
        "the old or the new, never a mix: {paces:?}"
    );
}

/// The infusion from half an hour on, without a bolus: 1 or 2 mg/day of 2 mg/mL in steps of 5 nL,
/// or nothing if the command to start again was lost.
fn pace(history: &RunHistory) -> &'static str {
    let minute = |number: u64| SimTime::from_millis(number * 60_000);
    let moved = history.moved.at(minute(40)) - history.moved.at(minute(30));
    match moved {
        0.0..=1.0 => "stopped",
        693.0..=696.0 => "old",
        1_387.0..=1_391.0 => "new",
        _ => "neither",
    }
}

#[test]
fn what_a_cut_kept_from_the_log_is_not_missed_there() {
    let reset = "[[fault]]\nstart = \"20 min\"\nreset = {}\n";
    let halt = "[[fault]]\nstart = \"20 min\"\nduration = \"10 min\"\ncore-halt = {}\n";
    let torn = "power-cut = { at-write = 1, after-bytes = 2 }";
    // The pump has stopped, or started, but its answer was lost; repeating the command changes
    // nothing.
    let again = "[[timeline]]\nat = \"16 min 30 s\"\nstop = {}\n";
    let unheard = "power-cut = { before = \"telemetry\" }";
    for (start, cut, more) in [
        ("20 min", torn, reset),
        ("20 min", torn, halt),
        ("16 min", unheard, again),
        (
            "17 min",
            unheard,
            "[[timeline]]\nat = \"18 min\"\nstart = {}\n",
        ),
        (
            "17 min",
            "power-cut = { at-write = 1 }",
            "[[timeline]]\nat = \"18 min\"\nstop = {}\n",
        ),
    ] {
        let fault = format!("[[fault]]\nstart = \"{start}\"\n{cut}\n");
        let text = format!("{}{fault}{more}", SHORT_SCENARIO);
        let scenario = parse("test/short", "short.toml", &text).expect("a valid scenario");
        let judgement = judge(&scenario, &run_native(&scenario), &reference());
        let findings = judgement.findings.iter();
        let bad: Vec<_> = findings.filter(|of| of.verdict != Verdict::Pass).collect();
        assert!(
            bad.is_empty() && judgement.doubts.is_empty(),
            "{start} {cut}: {bad:?}"
        );
    }
}

/// Verifies REQ-MEM-001.
#[test]
fn a_second_cut_while_the_pump_starts_again_is_no_worse() {
    let scenario = short_scenario();
    let people = || Box::new(Reference::new());
    let reactions = effects(&scenario, &mut Native::new(), people()).expect("a whole run");
    let places = cut_places(&reactions, SimTime::from_millis(1));
    let mut bad: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut runs = 0;
    // Every 41st place for the first cut: 41 shares no factor with the lengths of the records.
    for &(start, place) in places.iter().step_by(41) {
        let once = with_power_cut(&scenario, start, place);
        let first_at = run_native(&once).faults[0].from;
        let after = effects(&once, &mut Native::new(), people()).expect("a whole run");
        // The effects that follow at that instant are those of the pump's start.
        let after: Vec<_> = after.into_iter().filter(|of| of.at == first_at).collect();
        for (start, place) in cut_places(&after, first_at) {
            let twice = with_power_cut(&once, start, place);
            let history = run_native(&twice);
            let judgement = judge(&twice, &history, &reference());
            runs += 1;
            for finding in judgement
                .findings
                .iter()
                .filter(|of| of.verdict != Verdict::Pass)
            {
                let note = finding.note.clone().unwrap_or_default();
                bad.entry(format!("{} {:?}: {note}", finding.name, finding.verdict))
                    .or_default()
                    .push(format!(
                        "{:?} then {place:?} at {start}",
                        once.faults[0].kind
                    ));
            }
        }
    }
    assert!(bad.is_empty(), "of {runs}: {:#?}", first(&bad));
    assert!(runs > 1_000, "{runs}");
}
