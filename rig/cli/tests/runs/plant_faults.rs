//! Faults of the plant, places and refills in whole runs: each takes effect, is reported as what it
//! is, and ends when it should.

use thecal_cli::registry::reference;
use thecal_engine::run::{Progress, RunError, RunFailure, RunHistory, run};
use thecal_engine::verdict::{Verdict, judge};
use thecal_link::ResetCause;
use thecal_plan::{FaultKind, Scenario};
use thecal_reference::Native;
use thecal_reference::programmer::Reference;
use thecal_scenario::parse;
use thecal_sim::{Drive, PlantFault};
use thecal_units::{Millis, SimTime};

const ANY: &str = "[[expect]]\nname = \"any\"\nalways = \"true.reservoir >= 0 mL\"\n";

pub(super) fn scenario(pump: &str, rest: &str) -> Scenario {
    let text = format!(
        "title = \"Faults\"\nseed = 1\nduration = \"6 h\"\n\
         [patient]\ntolerance = \"chronic\"\n\
         [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n{pump}\n\
         [therapy]\ndose = \"2 mg/day\"\n\
         patient-bolus = {{ dose = \"200 µg\", duration = \"7 min\", lockout = \"1 h\", \
         daily-maximum = 3 }}\n{rest}\n{ANY}"
    );
    parse("test/faults", "faults.toml", &text)
        .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
}

pub(super) fn run_native(scenario: &Scenario) -> RunHistory {
    try_native(scenario).expect("a run")
}

pub(super) fn try_native(scenario: &Scenario) -> Result<RunHistory, RunFailure> {
    let (mut bench, programmer) = (Native::new(), Box::new(Reference::new()));
    run(scenario, &mut bench, programmer, None, &Progress::default())
}

pub(super) fn hours(hours: u64) -> SimTime {
    SimTime::ZERO + Millis::HOUR.times(hours)
}

/// Severities and courses beside those of the rows' examples.
const WRITTEN: [(PlantFault, &str); 15] = [
    (PlantFault::MissedSteps, "{ share = \"5 %\" }"),
    (
        PlantFault::GearFriction,
        "{ times = \"2\", over = \"2 h\" }",
    ),
    (
        PlantFault::CoilShunt,
        "{ resistance = \"200 ohm\", from = \"1000 kohm\", over = \"3 h\" }",
    ),
    (PlantFault::RollerLeak, "{ resistance = \"1e16 Pa s/m3\" }"),
    (
        PlantFault::TubeWear,
        "{ share = \"10 %\", from = \"5 %\", over = \"1 h\" }",
    ),
    (PlantFault::PropellantLoss, "{ share = \"50 %\" }"),
    (
        PlantFault::FilterClog,
        "{ times = \"1e4\", over = \"30 min\" }",
    ),
    (PlantFault::BatteryFilm, "{ resistance = \"500 ohm\" }"),
    (
        PlantFault::ConnectorOcclusion,
        "{ resistance-times = \"1e6\", over = \"2 h\" }",
    ),
    (PlantFault::CatheterKink, "{ open-bore = \"1 %\" }"),
    (PlantFault::CatheterLeak, "{ share = \"40 %\" }"),
    (
        PlantFault::SeptumLeak,
        "{ resistance = \"1e15 Pa s/m3\", from = \"1e13 Pa s/m3\", over = \"2 h\" }",
    ),
    (PlantFault::DrugDecay, "{ share = \"30 %\" }"),
    (PlantFault::Granuloma, "{ share = \"50 %\" }"),
    (PlantFault::AirBubble, "{ volume = \"10 µL\" }"),
];

/// For the faults that only a refill meets.
const REFILL: &str = "[[timeline]]\nat = \"2 h\"\n\
    refill = { volume = \"18 mL\", concentration = \"2 mg/mL\" }\n";

#[test]
fn every_fault_of_the_plant_fires_and_is_hidden_where_no_pump_can_sense_it() {
    let examples = PlantFault::ALL.map(|fault| (fault, fault.row().example));
    for (fault, details) in examples.into_iter().chain(WRITTEN) {
        let row = fault.row();
        let written = format!("{} = {details}", row.name);
        let drive = if row.only_drive == Some(Drive::ValveGated) {
            "drive = \"valve-gated\""
        } else {
            ""
        };
        let text = format!("[[fault]]\nstart = \"1 h\"\nduration = \"4 h\"\n{written}\n{REFILL}");
        let scenario = scenario(drive, &text);
        let FaultKind::Plant(plant_fault) = &scenario.faults[0].kind else {
            panic!("{written} is no fault of the plant")
        };
        assert_eq!(plant_fault.fault, fault, "{written}");
        let history = run_native(&scenario);
        assert!(history.faults[0].effect > 0, "{written} changed nothing");
        assert_eq!(history.faults[0].until, Some(hours(5)), "{written}");
        let is_hidden = row.visibility.is_hidden();
        assert_eq!(!history.hidden.is_empty(), is_hidden, "{written}");
        let judgement = judge(&scenario, &history, &reference());
        assert_eq!(judgement.doubts, Vec::<String>::new(), "{written}");
    }
}

#[test]
fn a_fault_that_changes_nothing_makes_the_run_an_error() {
    let text = "[[fault]]\nstart = \"1 h\"\ncatheter-leak = { share = \"0 %\" }\n";
    let scenario = scenario("", text);
    let judgement = judge(&scenario, &run_native(&scenario), &reference());
    assert_eq!(judgement.verdict, Verdict::Error);
}

const BOLUS: &str = "[[timeline]]\nat = \"2 h\"\npress = { remote = 1 }\n";

#[test]
fn a_film_resets_the_pump_in_a_bolus_and_never_before() {
    // After the pump's first battery check, one hour after it has started.
    let film = "[[fault]]\nstart = \"90 min\"\nbattery-film = { resistance = \"2500 ohm\" }\n";
    let history = run_native(&scenario("", &format!("{film}{BOLUS}")));
    let reset = history.resets.first().expect("the bolus draws too much");
    assert_eq!(
        (reset.cause, reset.because),
        (ResetCause::BrownOut, Some("battery-film"))
    );
    assert!(hours(2) < reset.at && reset.at < hours(2) + Millis::MINUTE);
    // From then on it checks its battery one hour after each reset, which draws as much.
    let apart = history.resets.windows(2);
    let apart = apart.map(|pair| pair[1].at.since(pair[0].at));
    assert!(apart.into_iter().all(|span| span >= Millis::HOUR));

    let history = run_native(&scenario("", film));
    assert!(history.resets.is_empty(), "the basal rate is no load");
    let history = run_native(&scenario("", BOLUS));
    assert!(
        history.resets.is_empty(),
        "nor is a bolus for a sound battery"
    );
}

/// A fault acts to the end of the minute in which it ends, and is counted as long.
#[test]
fn a_leak_is_counted_as_long_as_it_leaks() {
    let leak = "[[fault]]\nstart = \"1 h\"\nduration = \"1 h\"\n\
        septum-leak = { resistance = \"1e14 Pa s/m3\" }\n";
    let (leaking, sound) = (
        run_native(&scenario("", leak)),
        run_native(&scenario("", "")),
    );
    let left = |history: &RunHistory| history.truth.reservoir.as_milliliters() * 1e6;
    let lost_nl = left(&sound) - left(&leaking);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let counted_nl = leaking.faults[0].effect as f64;
    // A minute of the hour is 1.7 %.
    assert!(
        (counted_nl / lost_nl - 1.0).abs() < 0.005,
        "{counted_nl} of {lost_nl}"
    );
}

/// Two atmospheres drive fluid back through a leak: told apart from what went forwards.
#[test]
fn what_leaks_back_is_not_added_to_what_leaks_out() {
    let text = "[[fault]]\nstart = \"0 s\"\nroller-leak = { resistance = \"1e16 Pa s/m3\" }\n\
        [[timeline]]\nat = \"2 h\"\ndive = { pressure = \"2 ATA\", duration = \"1 h\", descent = \"10 min\" }\n";
    let history = run_native(&scenario("", text));
    let fault = &history.faults[0];
    assert!(fault.back > 0 && fault.back < fault.effect, "{fault:?}");
    let ground = run_native(&scenario(
        "",
        &text[..text.find("[[timeline]]").expect("a dive")],
    ));
    assert_eq!(ground.faults[0].back, 0);
}

#[test]
fn a_stay_ends_and_the_flow_is_what_it_was() {
    let flight = "[[timeline]]\nat = \"1 h\"\n\
        flight = { altitude = \"2438 m\", duration = \"3 h\", climb = \"20 min\" }\n\
        [[fault]]\nstart = \"0 s\"\nroller-leak = { resistance = \"1e16 Pa s/m3\" }\n";
    let whole = run_native(&scenario("", flight));
    let stay = whole.stays.first().expect("the flight");
    assert_eq!(stay.from, hours(1));
    assert_eq!(stay.until, Some(hours(4) + Millis::from_secs(1_200)));
    let ambient = whole.truth.ambient_pressure.as_kilopascals();
    assert!((ambient - thecal_sim::SEA_LEVEL_KPA).abs() < 1e-9);
    let leak = "[[fault]]\nstart = \"0 s\"\nroller-leak = { resistance = \"1e16 Pa s/m3\" }\n";
    let ground = run_native(&scenario("", leak));
    let past_the_head = whole.faults[0].effect - ground.faults[0].effect;
    // 3 h of 26 kPa through 1e16 Pa s/m3: 28 uL; ascent and descent cancel out.
    assert!(
        (20_000..=40_000).contains(&past_the_head),
        "{past_the_head}"
    );
}

#[test]
fn a_sound_pump_in_other_places_stays_within_its_label() {
    for place in [
        "flight = { altitude = \"2438 m\", duration = \"5 h\", climb = \"30 min\" }",
        "dive = { depth = \"10 m\", duration = \"2 h\", descent = \"5 min\" }",
        "fever = { temperature = \"41 C\", duration = \"4 h\", onset = \"1 h\" }",
        "posture = \"standing\"",
        "mri = { duration = \"30 min\", recovery = \"1 h\" }",
    ] {
        let scenario = scenario("", &format!("[[timeline]]\nat = \"1 h\"\n{place}\n"));
        let history = run_native(&scenario);
        let judgement = judge(&scenario, &history, &reference());
        assert_eq!(
            judgement.verdict,
            Verdict::Pass,
            "{place}: {:?}, {:?}",
            judgement.doubts,
            judgement.opinion.differences
        );
        assert!(history.hidden.is_empty(), "{place}");
    }
}

#[test]
fn who_draws_out_more_than_there_is_leaves_nothing_behind() {
    for (withdrawn, left) in [("17 mL", true), ("20 mL", false)] {
        let refill = format!(
            "[[timeline]]\nat = \"1 h\"\nrefill = {{ volume = \"18 mL\", \
             concentration = \"2 mg/mL\", withdrawn = \"{withdrawn}\" }}\n"
        );
        let history = run_native(&scenario("", &refill));
        assert_eq!(!history.hidden.is_empty(), left, "{withdrawn}");
    }
}

#[test]
fn nobody_fills_in_more_than_a_reservoir_holds() {
    let refill = "[[timeline]]\nat = \"1 h\"\nrefill = { volume = \"30 mL\", \
        concentration = \"2 mg/mL\", withdrawn = \"1 mL\" }\n";
    let scenario = scenario("", refill);
    let (mut bench, programmer) = (Native::new(), Box::new(Reference::new()));
    let told = run(
        &scenario,
        &mut bench,
        programmer,
        None,
        &Progress::default(),
    );
    let failure = told.expect_err("no run");
    assert_eq!(failure.at, hours(1));
    assert!(matches!(*failure.error, RunError::Overfilled { .. }));
}

#[test]
fn a_dive_past_every_label_is_told_as_hidden() {
    let dive = "[[timeline]]\nat = \"1 h\"\n\
        dive = { pressure = \"3 ATA\", duration = \"1 h\", descent = \"5 min\" }\n";
    let scenario = scenario("", dive);
    let history = run_native(&scenario);
    assert_eq!(history.hidden, ["a dive deeper than the labeled limit"]);
    assert_eq!(
        judge(&scenario, &history, &reference()).verdict,
        Verdict::Pass
    );
}

/// Verifies REQ-LOG-009.
#[test]
fn the_pump_is_told_what_was_entered_and_the_truth_is_another() {
    let refill = "[[timeline]]\nat = \"1 h\"\n\
        refill = { volume = \"20 mL\", true-volume = \"10 mL\", concentration = \"2 mg/mL\", \
        pocket = \"4 mL\", withdrawn = \"15 mL\" }\n";
    let history = run_native(&scenario("", refill));
    let counted = history.status.as_ref().expect("a status").reservoir;
    let counted_ml = thecal_units::real::Volume::from(counted).as_milliliters();
    assert!(
        (counted_ml - (20.0 - 5.0 / 24.0)).abs() < 0.001,
        "{counted_ml}"
    );
    // 18 mL, 15 withdrawn, 6 of 10 filled in, 1 mL/day delivered.
    let truly_ml = history.truth.reservoir.as_milliliters();
    assert!((truly_ml - (9.0 - 0.25)).abs() < 0.01, "{truly_ml}");
    assert!((history.ledger.injected.as_micrograms() - 8_000.0).abs() < 1e-6);
    assert_eq!(
        history.hidden,
        [
            "wrong volume in the reservoir",
            "old drug left in the reservoir",
            "drug in the pocket around the pump",
        ]
    );
    let log = &history.log;
    let entry = |text| {
        let found = log.lines.iter().rfind(|(_, line)| line.text == text);
        found.map(|(_, line)| line.argument)
    };
    let counted = entry("counted before a refill").expect("an entry");
    assert!(counted.abs_diff(18_000_000 - 41_667) <= 10, "{counted}");
    assert_eq!(entry("drawn before a refill"), Some(15_000_000));
    assert_eq!(entry("refilled"), Some(20_000_000));
    assert_eq!(entry("concentration"), Some(2_000_000));
}

#[test]
fn a_field_opens_valves_until_the_flow_valve_shuts_and_a_hand_opens_it() {
    let session =
        "[[timeline]]\nat = \"1 h\"\nmri = { duration = \"10 min\", recovery = \"0 h\" }\n";
    let shut = run_native(&scenario("drive = \"valve-gated\"", session));
    assert!(shut.truth.valve_shut);
    let reset = format!("{session}[[timeline]]\nat = \"2 h\"\nreset-flow-valve = {{}}\n");
    let open = run_native(&scenario("drive = \"valve-gated\"", &reset));
    assert!(!open.truth.valve_shut);
    let (less, more) = (shut.truth.infused_volume, open.truth.infused_volume);
    assert!(more.as_milliliters() > less.as_milliliters() + 0.1);
}
