//! Every suggestion, put in place, is accepted and means the same: over every kind of quantity and
//! every name.
//!
//! Two scenarios hold a value of every kind and a name of every list. A value is written as people
//! write it, in a unit of the table of aliases and in one of many notations; what is proposed for it
//! must make the scenario that it was made from.

use super::error::ScenarioError;
use super::parse;
use crate::same_names::correction;
use proptest::prelude::*;
use std::ops::Range;
use thecal_plan::{FaultKind, Form, Predicate, REGISTERS, Scenario, Signal};
use thecal_sim::{Drug, TipLevel};
use thecal_text::mistake::Mistake;
use thecal_text::trial::Corrected as _;
use thecal_text::unit::{Kind, UNITS};
use writings::{SAMPLES, Slot, Writing, in_other_units, notations, slots, together};

mod writings;
fn put(sample: &str, place: Range<usize>, text: &str) -> String {
    format!("{}{text}{}", &sample[..place.start], &sample[place.end..])
}

fn read(text: &str) -> Result<Scenario, Vec<Mistake>> {
    match parse("a/b", "b.toml", text) {
        Ok(scenario) => Ok(without_words(scenario)),
        Err(ScenarioError::Invalid { mistakes, .. }) => Err(mistakes),
        Err(other) => panic!("{other}"),
    }
}

/// What a scenario means, without the words that a report repeats.
fn without_words(mut scenario: Scenario) -> Scenario {
    for fault in &mut scenario.faults {
        if let FaultKind::Plant(plant_fault) = &mut fault.kind {
            plant_fault.words.clear();
        }
    }
    let clear = |predicate: &mut Predicate| predicate.text.clear();
    for expectation in &mut scenario.expectations {
        match &mut expectation.form {
            Form::Always { that, .. }
            | Form::Never { that, .. }
            | Form::Eventually { that, .. } => {
                clear(that);
            }
            Form::Until { hold, goal, .. } => {
                clear(hold);
                clear(goal);
            }
            Form::Response { when, then, .. } => {
                clear(when);
                clear(then);
            }
            Form::Count { .. } => {}
        }
    }
    scenario
}

fn same(one: &Scenario, other: &Scenario) -> bool {
    format!("{one:?}") == format!("{other:?}")
}

/// The text with everything in place that may stand there unasked.
fn corrected(text: &str, mistakes: &[Mistake]) -> Option<String> {
    let mut replacements: Vec<_> = mistakes.iter().filter_map(Mistake::replacement).collect();
    replacements.sort_by_key(|replacement| std::cmp::Reverse(replacement.at.offset()));
    let mut text = text.to_owned();
    for replacement in &replacements {
        let start = replacement.at.offset();
        text.replace_range(start..start + replacement.at.len(), &replacement.text);
    }
    (!replacements.is_empty()).then_some(text)
}

/// Whether what is proposed for `text` means `right`; `None` if nothing is proposed unasked.
fn is_right(text: &str, right: &Scenario) -> Option<bool> {
    match read(text) {
        Ok(scenario) => Some(same(&scenario, right)),
        Err(mistakes) => {
            asked_ones_are_accepted(text, &mistakes, right);
            let corrected = corrected(text, &mistakes)?;
            Some(read(&corrected).is_ok_and(|scenario| same(&scenario, right)))
        }
    }
}

/// Where the writer is asked, every reading is accepted, and one is what was meant.
fn asked_ones_are_accepted(text: &str, mistakes: &[Mistake], right: &Scenario) {
    for mistake in mistakes {
        let readings = mistake.readings();
        let mut is_meant = readings.is_empty();
        for reading in readings {
            let start = reading.at.offset();
            let place = start..start + reading.at.len();
            let end = place.start + reading.text.len();
            match read(&put(text, place.clone(), &reading.text)) {
                Ok(scenario) => is_meant |= same(&scenario, right),
                // Another concentration may make another dose impossible, which is reported there.
                Err(refusals) => {
                    let mut places = refusals.iter().map(Mistake::offset);
                    assert!(places.all(|at| !(place.start..end).contains(&at)), "{text}");
                }
            }
        }
        assert!(
            is_meant,
            "none of the readings is right: {mistake} in\n{text}"
        );
    }
}

#[test]
fn every_kind_of_quantity_has_a_slot() {
    let slots = slots();
    for unit in UNITS.iter().filter(|unit| unit.kind != Kind::FlowRate) {
        let with_kind = slots.iter().any(|slot| slot.unit.kind == unit.kind);
        assert!(with_kind, "{:?}", unit.kind);
    }
    assert!(slots.len() > 60, "{}", slots.len());
    for sample in SAMPLES {
        read(sample).expect("the sample is a scenario");
    }
}

#[test]
fn every_alias_means_what_its_row_says() {
    let samples = SAMPLES.map(|sample| (sample, read(sample).unwrap()));
    let mut tried = 0;
    let mut slots = slots();
    // One place of each kind in each run: the places differ in their ranges, not in their units.
    slots.sort_by_key(|slot| (slot.unit.kind.to_string(), slot.sample.len()));
    slots.dedup_by_key(|slot| (slot.unit.kind.to_string(), slot.sample.len()));
    for slot in slots {
        let right = &samples
            .iter()
            .find(|(sample, _)| *sample == slot.sample)
            .unwrap()
            .1;
        for (number, unit) in in_other_units(&slot) {
            let written = format!("{number} {unit}");
            let text = put(slot.sample, slot.place.clone(), written.trim_end());
            assert_eq!(is_right(&text, right), Some(true), "{written} for {slot:?}");
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
}

fn a_written_quantity() -> impl Strategy<Value = (Slot, Writing)> {
    (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0..42_usize,
    )
        .prop_map(|(slot, unit, number, nth)| {
            let slots = slots();
            let slot = slot.get(&slots).clone();
            let units = in_other_units(&slot);
            let (value, unit) = unit.get(&units);
            let notations = notations(value);
            let number = number.get(&notations);
            let text = together(number, unit, nth);
            (slot, text)
        })
}

/// Every list of names: what it is of, a line of a run that has one, and the names.
fn lists() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    vec![
        (
            "mixing",
            "mixing    = \"low\"",
            vec!["low", "typical", "high"],
        ),
        (
            "tip level",
            "tip       = \"T7\"",
            TipLevel::ALL.map(TipLevel::name).to_vec(),
        ),
        (
            "tolerance",
            "tolerance = \"naive\"",
            vec!["naive", "chronic"],
        ),
        (
            "drug",
            "drug            = \"morphine\"",
            Drug::ALL.map(Drug::name).to_vec(),
        ),
        (
            "state of the catheter",
            "catheter-starts = \"empty\"",
            vec!["primed", "empty"],
        ),
        (
            "way of giving a bolus",
            "during-bolus          = \"replace\"",
            vec!["add", "replace"],
        ),
        (
            "posture",
            "posture = \"sitting\"",
            vec!["lying", "sitting", "standing"],
        ),
        (
            "effect",
            "before = \"motor\"",
            vec!["motor", "sounder", "telemetry"],
        ),
        ("register", "register = \"pc\"", REGISTERS.to_vec()),
        ("amount", "withdrawn = \"all\"", vec!["all"]),
        ("signal", "always = \"alarm.critical < 2\"", counts()),
    ]
}

fn counts() -> Vec<&'static str> {
    let counts = Signal::ALL.iter().filter(|signal| {
        let dimension = signal.dimension();
        dimension == thecal_plan::Dimension::Count
    });
    counts.map(|signal| signal.name()).collect()
}

/// One or two slips of the hand.
fn slipped(name: &str, slips: &[(prop::sample::Index, u8, char)]) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    for (at, kind, letter) in slips {
        if letters.is_empty() {
            break;
        }
        let nth = at.index(letters.len());
        match kind % 5 {
            0 => letters.insert(nth, *letter),
            1 => letters[nth] = *letter,
            2 => drop(letters.remove(nth)),
            3 if nth > 0 => letters.swap(nth - 1, nth),
            _ => letters[nth] = letters[nth].to_ascii_uppercase(),
        }
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_quantity_in_any_notation_means_the_same((slot, form) in a_written_quantity()) {
        let right = read(slot.sample).unwrap();
        let text = put(slot.sample, slot.place.clone(), &form.text);
        match is_right(&text, &right) {
            Some(right) => prop_assert!(right, "{:?} for {:?}", form, slot),
            None => prop_assert!(!form.is_sure, "nothing for {:?} for {:?}", form, slot),
        }
    }

    #[test]
    fn whatever_is_proposed_is_accepted(
        nth in any::<prop::sample::Index>(),
        written in "[-+~0-9.,:/ ]{0,8}[ ]?[a-zA-Zµ°%/]{0,8}",
    ) {
        let slots = slots();
        let slot = nth.get(&slots);
        let text = put(slot.sample, slot.place.clone(), &written);
        if let Err(mistakes) = read(&text)
            && let Some(corrected) = corrected(&text, &mistakes)
        {
            prop_assert!(read(&corrected).is_ok(), "{written} for {slot:?}");
        }
    }

    #[test]
    fn a_name_with_slips_is_itself_or_asked_for(
        list in any::<prop::sample::Index>(),
        nth in any::<prop::sample::Index>(),
        slips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), proptest::char::range('a', 'z')), 1..3),
    ) {
        let lists = lists();
        let (what, line, names) = list.get(&lists);
        let name = *nth.get(names);
        let written = slipped(name, &slips);
        let another_word = !correction(what, &written, &[]).is_empty();
        let another_name = names.iter().any(|other| other.eq_ignore_ascii_case(&written));
        prop_assume!(!another_word && (!another_name || name.eq_ignore_ascii_case(&written)));
        prop_assume!(!names.contains(&written.as_str()));
        let (key, value) = line.split_once("= \"").unwrap();
        let end = value.find([' ', '"']).unwrap();
        let line_with = |name: &str| format!("{key}= \"{name}{}", &value[end..]);
        let sample = SAMPLES.into_iter().find(|sample| sample.contains(line)).expect(line);
        let right = read(&sample.replacen(line, &line_with(name), 1));
        let text = sample.replacen(line, &line_with(&written), 1);
        if let (Ok(right), Err(mistakes)) = (right, read(&text))
            && let Some(corrected) = corrected(&text, &mistakes)
        {
            let meant = read(&corrected);
            prop_assert!(
                meant.is_ok_and(|meant| same(&meant, &right)),
                "{written} for {name}"
            );
        }
    }
}
