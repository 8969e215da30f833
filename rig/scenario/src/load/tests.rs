//! A whole file through all stages, and the finding of files.

use super::*;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use proptest::prelude::*;
use thecal_plan::{
    Action, Comparison, DuringBolus, FaultKind, Form, Infusion, Jitter, PlantFaultPlan, Request,
    Schedule, Therapy, TipLevel,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, SimTime, Volume};

const WHOLE: &str = include_str!("whole.toml");

#[test]
fn a_file_with_every_key_becomes_a_plan() {
    let scenario = parse("bolus/whole", "whole.toml", WHOLE).unwrap();
    assert_eq!(scenario.id, "bolus/whole");
    assert_eq!(scenario.duration, Millis::HOUR.times(24));
    assert_eq!(scenario.patient.tip, TipLevel::T7);
    assert_eq!(
        scenario.pump.concentration,
        Concentration::from_ng_per_ml(10_000_000)
    );
    let therapy = scenario.therapy.unwrap();
    let dose = DoseRate::from_ng_per_day(1_000_000);
    assert_eq!(therapy.infusion, Infusion::Simple(dose));
    assert_eq!(therapy.during_bolus, DuringBolus::Replace);
    assert_eq!(therapy.limits.four_hours, Mass::from_nanograms(250_000));
    // 90 cm of 0.0022 mL, not the 85.5 cm that are implanted.
    assert_eq!(therapy.catheter, Volume::from_nanoliters(198_000));
    assert_eq!(scenario.starts, Millis::HOUR.times(24 + 8));
    let week = scenario
        .timeline
        .iter()
        .find_map(|entry| match entry.action {
            Action::Ask(Request::Program(Therapy {
                infusion: Infusion::Flex(week),
                ..
            })) => Some(week),
            _ => None,
        });
    let week = week.expect("a schedule");
    let steps = week.steps().iter();
    let steps: Vec<(u8, u16)> = steps.map(|step| (step.days, step.minute)).collect();
    assert_eq!(steps, [(0b101_1111, 450), (0b010_0000, 540)]);
    assert_eq!(therapy.patient_bolus.unwrap().lockout, Millis::HOUR);
    assert_eq!(scenario.timeline.len(), 21);
    assert_eq!(scenario.timeline[0].action, Action::Press { remote: 1 });
    let repeated = Schedule::Repeated {
        from: SimTime::from_millis(3_600_000),
        every: Millis::from_secs(20),
        until: SimTime::from_millis(13 * 3_600_000),
        jitter: Jitter::Normal(Millis::from_secs(5)),
    };
    assert_eq!(scenario.timeline[1].schedule, repeated);
    let line = WHOLE
        .lines()
        .position(|line| line == "[[timeline]]")
        .unwrap()
        + 1;
    assert_eq!(scenario.timeline[0].line, line);
    assert_eq!(scenario.faults.len(), 5);
    let stall = PlantFaultPlan::plain(thecal_sim::PlantFault::MotorStall);
    assert_eq!(scenario.faults[1].kind, FaultKind::Plant(stall));
    let jump = FaultKind::ClockJump { by_ms: -7_200_000 };
    assert_eq!(scenario.faults[0].kind, jump);
    assert_eq!(scenario.expectations.len(), 6);
    let Form::Always { that, .. } = &scenario.expectations[0].form else {
        panic!("always first")
    };
    assert_eq!(that.comparison, Comparison::AtMost);
    assert_eq!(that.text, "commanded.dose-24h <= 1.3 mg");
}

#[test]
fn tables_that_are_left_out_have_their_documented_defaults() {
    let text = r#"
title = "a"
seed = 1
duration = "1 h"
pump = { drug = "baclofen", concentration = "500 µg/mL", reservoir = "18 mL" }
expect = [{ name = "quiet", never = "alarm.critical" }]
"#;
    let scenario = parse("a/b", "b.toml", text).unwrap();
    assert!(scenario.therapy.is_none() && scenario.pump.primed);
    assert!((scenario.pump.catheter.as_centimeters() - 90.0).abs() < 1e-12);
    let Form::Never { until, .. } = scenario.expectations[0].form else {
        panic!("never")
    };
    assert_eq!(until, SimTime::from_millis(3_600_000));
}

#[test]
fn folders_are_walked_and_files_named_once_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("scenarios");
    for (family, name) in [
        ("stall", "b.toml"),
        ("bolus", "a.toml"),
        ("bolus", "notes.md"),
    ] {
        fs::create_dir_all(root.join(family)).unwrap();
        fs::write(root.join(family).join(name), WHOLE).unwrap();
    }
    let found = discover(&[root.join("stall/b.toml"), root.clone(), root.join("bolus")]).unwrap();
    let ids: Vec<String> = found.iter().map(|(file, root)| id_of(file, root)).collect();
    assert_eq!(ids, ["bolus/a", "stall/b"]);
    assert_eq!(load(&found[0].0, &found[0].1).unwrap().id, "bolus/a");

    let Err(DiscoverError::Missing { hint, .. }) = discover(&[root.join("bolis/a.toml")]) else {
        panic!("bolis does not exist");
    };
    assert!(
        hint.starts_with("did you mean `") && hint.ends_with("scenarios/bolus`?"),
        "{hint}"
    );
    fs::write(root.join("c.toml"), WHOLE).unwrap();
    assert!(matches!(
        discover(&[root]),
        Err(DiscoverError::NoFamily { .. })
    ));
}

#[test]
fn a_file_outside_of_a_scenarios_folder_takes_its_folder_as_family() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("more").join("a.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, WHOLE).unwrap();
    let found = discover(std::slice::from_ref(&file)).unwrap();
    assert_eq!(found, [(file.clone(), folder.path().to_owned())]);
    assert_eq!(load(&file, folder.path()).unwrap().id, "more/a");
}

/// The message, drawn as a terminal would show it; drawing must not panic either.
fn drawn(text: &str) -> Option<String> {
    let error = parse("a/b", "b.toml", text).err()?;
    let mut message = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    handler.render_report(&mut message, &error).unwrap();
    Some(message)
}

fn boundary(offset: usize) -> usize {
    (0..=offset.min(WHOLE.len()))
        .rev()
        .find(|at| WHOLE.is_char_boundary(*at))
        .unwrap_or(0)
}

/// The mistakes of a text, each as its help.
fn helps(text: &str) -> Vec<String> {
    let mistakes = match parse("a/b", "b.toml", text) {
        Err(ScenarioError::Invalid { mistakes, .. }) => mistakes,
        Err(other) => panic!("{other}"),
        Ok(_) => Vec::new(),
    };
    let help = |mistake: &Mistake| mistake.help().map(|help| help.to_string());
    mistakes.iter().filter_map(help).collect()
}

/// The plan of a text, to be compared.
fn plan(text: &str) -> String {
    format!("{:?}", parse("a/b", "b.toml", text).unwrap())
}

/// What a person types for `key`: a letter left out, twice, or in the place of its neighbor.
fn typos(key: &str) -> Vec<String> {
    let letters: Vec<char> = key.chars().collect();
    let mut typos = Vec::new();
    for at in 0..letters.len() {
        let mut without = letters.clone();
        without.remove(at);
        let mut twice = letters.clone();
        twice.insert(at, letters[at]);
        let mut exchanged = letters.clone();
        exchanged.swap(at, (at + 1).min(letters.len() - 1));
        typos.extend([without, twice, exchanged]);
    }
    let typos = typos.into_iter().map(String::from_iter);
    typos
        .filter(|typo| typo != key && !typo.is_empty())
        .collect()
}

#[test]
fn a_key_that_is_suggested_is_accepted_and_is_the_one_that_was_meant() {
    let whole = plan(WHOLE);
    let mut told = BTreeSet::new();
    for line in WHOLE.lines() {
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        if !told.insert(key.trim()) {
            continue;
        }
        for typo in typos(key.trim()) {
            let text = WHOLE.replacen(line, &format!("{typo} ={value}"), 1);
            let guesses = helps(&text);
            let guess = guesses.iter().find_map(|help| {
                let rest = help.strip_prefix("did you mean `")?;
                let (guess, rest) = rest.split_once('`')?;
                rest.starts_with('?').then(|| guess.to_owned())
            });
            if let Some(guess) = guess {
                let text = WHOLE.replacen(line, &format!("{guess} ={value}"), 1);
                let read = parse("a/b", "b.toml", &text).map(|plan| format!("{plan:?}"));
                assert_eq!(read.ok().as_ref(), Some(&whole), "{typo}: {guess}");
            }
        }
    }
}

#[test]
fn a_value_without_quotes_is_told_alone_and_its_suggestion_is_what_it_was() {
    for line in WHOLE.lines() {
        let pair = line
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()));
        let Some((key, value)) = pair.filter(|(_, value)| value.starts_with('"')) else {
            continue;
        };
        let text = WHOLE.replacen(line, &format!("{key} = {}", value.trim_matches('"')), 1);
        let expected = format!("text and quantities are quoted: `{key} = {value}`");
        assert_eq!(helps(&text), [expected], "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_file_with_a_hole_is_a_scenario_or_a_message(
        start in 0..WHOLE.len(),
        length in 0_usize..60,
        filler in "[ -~µ\n]{0,8}",
    ) {
        let (start, end) = (boundary(start), boundary(start + length));
        let text = [&WHOLE[..start], &filler, &WHOLE[end.max(start)..]].concat();
        prop_assert!(drawn(&text).is_none_or(|message| message.contains("scenario::")));
    }

    #[test]
    fn arbitrary_text_is_a_message(text in "\\PC*") {
        prop_assert!(drawn(&text).is_some());
    }

    #[test]
    fn an_arbitrary_expression_is_a_predicate_or_a_message(
        expression in "[a-z.0-9 -]{0,20}[<>=!]{0,3}[0-9a-zA-Z/µ% .,-]{0,12}",
    ) {
        let line = "eventually = \"alarm.critical\"";
        let text = WHOLE.replacen(line, &format!("eventually = '{expression}'"), 1);
        prop_assert!(drawn(&text).is_none_or(|message| message.contains("scenario::")));
    }
}
