//! Every suggestion, put in place, is accepted and means the same: over every kind of quantity and
//! every name.
//!
//! Two scenarios hold a value of every kind and a name of every list. A value is written as people
//! write it, in a unit of the table of aliases and in one of many notations; what is proposed for it
//! must make the scenario that it was made from.

use super::error::{Mistake, ScenarioError};
use super::parse;
use crate::same_names::correction;
use proptest::prelude::*;
use std::fmt;
use std::ops::Range;
use thecal_plan::REGISTERS;
use thecal_plan::Signal;
use thecal_plan::{FaultKind, Form, Predicate, Scenario};
use thecal_sim::{Drug, TipLevel};
use thecal_text::alias::ALIASES;
use thecal_text::ratio::Ratio;
use thecal_text::unit::{Kind, UNITS, Unit};

const STORIES: [&str; 2] = [
    include_str!("load/whole.toml"),
    include_str!("load/plant.toml"),
];

/// A quantity in one of the stories.
#[derive(Clone)]
struct Slot {
    story: &'static str,
    /// The number and its unit, without quotes.
    place: Range<usize>,
    number: &'static str,
    unit: &'static Unit,
}

impl fmt::Debug for Slot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} {} at {:?}",
            self.number, self.unit.name, self.place
        )
    }
}

/// Every quantity of one number, by its unit; plain numbers by the signal that they limit.
fn slots() -> Vec<Slot> {
    let mut slots = Vec::new();
    for story in STORIES {
        let mut at = 0;
        for (nth, piece) in story.split('"').enumerate() {
            if nth % 2 == 1 {
                slots.extend(slot(story, at, piece));
            }
            at += piece.len() + 1;
        }
    }
    slots
}

fn slot(story: &'static str, at: usize, text: &'static str) -> Option<Slot> {
    let operator = text.rfind(['<', '>', '=']).map_or(0, |sign| sign + 1);
    let value = text[operator..].trim_start();
    let start = text.len() - value.len();
    let (number, name) = value.split_once(' ').unwrap_or((value, ""));
    let line = story[..at].rsplit('\n').next().unwrap_or_default();
    let kind = match name {
        "" if operator > 0 && text.starts_with("true.") => Kind::Fraction,
        "" if operator > 0 => Kind::Count,
        "" if line.ends_with("times = \"") => Kind::Factor,
        "" => return None,
        _ => UNITS.iter().find(|unit| unit.name == name)?.kind,
    };
    let unit = UNITS
        .iter()
        .find(|unit| unit.kind == kind && unit.name == name)?;
    let is_number = number.bytes().all(|c| b"0123456789.e".contains(&c)) && number != "e";
    is_number.then_some(Slot {
        story,
        place: at + start..at + text.len(),
        number,
        unit,
    })
}

/// What a text is written as, and whether it means one thing only.
#[derive(Clone, Debug)]
struct Writing {
    text: String,
    is_sure: bool,
}

/// The value in units that people write: `(number, unit)`.
fn in_other_units(slot: &Slot) -> Vec<(String, String)> {
    let value = decimal(slot.number);
    let steps = value.times(whole(slot.unit.steps)).unwrap();
    let mut written = vec![
        (slot.number.to_owned(), slot.unit.name.to_owned()),
        (slot.number.to_owned(), slot.unit.name.replace('µ', "u")),
        (
            slot.number.to_owned(),
            slot.unit.name.replace('µ', "\u{3bc}"),
        ),
    ];
    let simple = |kind: Kind| {
        let rows = ALIASES.iter().filter(move |row| row.kind == kind);
        rows.flat_map(|row| row.written.split(' ').map(move |word| (row, word)))
    };
    for (row, word) in simple(slot.unit.kind).filter(|(_, word)| !word.contains('"')) {
        let unit = UNITS
            .iter()
            .find(|unit| unit.kind == row.kind && unit.name == row.unit);
        let in_unit = steps.per(whole(unit.unwrap().steps)).unwrap();
        let negative = Ratio::whole(-1).times(row.zero()).unwrap();
        let number = in_unit
            .plus(negative)
            .and_then(|shifted| shifted.per(row.size()));
        written.extend(
            number
                .and_then(Ratio::decimal)
                .map(|number| (number, word.to_owned())),
        );
    }
    let (above, below, joints): (Kind, &[Below], &[&str]) = match slot.unit.kind {
        Kind::DoseRate => (Kind::Mass, &TIMES, &["/", " / ", " per ", " a "]),
        Kind::FlowRate => (Kind::Volume, &TIMES, &["/", " per "]),
        Kind::Concentration => (Kind::Mass, &VOLUMES, &["/", " per ", " / "]),
        _ => return written,
    };
    for (nth, (row, word)) in simple(above).enumerate() {
        let unit = UNITS
            .iter()
            .find(|unit| unit.kind == above && unit.name == row.unit);
        let one = row.size().times(whole(unit.unwrap().steps)).unwrap();
        for (name, count, of) in below {
            // Steps of the amount are millionths of those of the rate, of a volume thousandths.
            let parts = if above == Kind::Mass {
                1_000_000
            } else {
                1_000
            };
            let size = one.times(Ratio::new(*count, of * parts)).unwrap();
            let number = steps.per(size).and_then(Ratio::decimal);
            // Each joint once with each unit below is enough.
            for joint in joints.iter().filter(|joint| nth < 2 || **joint == "/") {
                let unit = format!("{word}{joint}{name}");
                written.extend(number.clone().map(|number| (number, unit)));
            }
        }
    }
    written
}

/// What stands below a line: its name, how many of it are how many of the usual.
type Below = (&'static str, i128, i128);

/// Times below a dose: how many of them are so many days.
const TIMES: [Below; 9] = [
    ("d", 1, 1),
    ("24h", 1, 1),
    ("24 hrs", 1, 1),
    ("12 h", 2, 1),
    ("h", 24, 1),
    ("hr", 24, 1),
    ("hour", 24, 1),
    ("min", 1_440, 1),
    ("week", 1, 7),
];
/// Volumes below a mass: how many of them are so many milliliters.
const VOLUMES: [Below; 6] = [
    ("cc", 1, 1),
    ("ml", 1, 1),
    ("L", 1, 1_000),
    ("uL", 1_000, 1),
    ("20 mL", 1, 20),
    ("100mL", 1, 100),
];

fn whole(steps: u128) -> Ratio {
    Ratio::whole(i128::try_from(steps).unwrap())
}

fn decimal(number: &str) -> Ratio {
    let (digits, power) = number.split_once('e').unwrap_or((number, "0"));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let digits: i128 = format!("{whole}{part}").parse().unwrap();
    let places = i32::try_from(part.len()).unwrap();
    let power: i32 = power.parse().unwrap();
    let tens = Ratio::power_of_ten(power - places).unwrap();
    Ratio::whole(digits).times(tens).unwrap()
}

/// The number as people write it; the last ones can be read in two ways.
fn notations(number: &str) -> Vec<Writing> {
    let sure = |text: String| Writing {
        text,
        is_sure: true,
    };
    if let Some((digits, power)) = number.split_once('e') {
        return vec![
            sure(number.to_owned()),
            sure(format!("{digits}E+{power}")),
            sure(format!("{digits}x10^{power}")),
        ];
    }
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let wide = number.chars().map(|c| match c {
        '0'..='9' => char::from_u32(u32::from(c) - 0x30 + 0xff10).unwrap(),
        other => other,
    });
    let mut all = vec![
        sure(number.to_owned()),
        sure(format!("+{number}")),
        sure(format!("0{number}")),
        sure(format!("{number}e0")),
        sure(format!("{number} × 10⁰")),
        sure(wide.collect()),
    ];
    if part.is_empty() {
        all.push(sure(format!("{number}.")));
        all.push(sure(format!("{number}.0")));
    } else {
        let two_ways = part.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
        all.push(Writing {
            text: format!("{whole},{part}"),
            is_sure: !two_ways,
        });
        all.push(sure(format!("{whole}·{part}")));
    }
    if number == "0.5" {
        all.extend([
            sure("½".to_owned()),
            sure("1/2".to_owned()),
            sure(".5".to_owned()),
        ]);
    }
    if (4..=6).contains(&whole.len()) && !whole.starts_with('0') {
        let (thousands, rest) = whole.split_at(whole.len() - 3);
        let point = if part.is_empty() {
            String::new()
        } else {
            format!(".{part}")
        };
        all.push(sure(format!("{thousands}'{rest}{point}")));
        all.push(sure(format!("{thousands}\u{202f}{rest}{point}")));
        for mark in [",", " "] {
            all.push(Writing {
                text: format!("{thousands}{mark}{rest}{point}"),
                is_sure: mark == "," && !part.is_empty(),
            });
        }
    }
    all
}

/// Number and unit together.
fn together(number: &Writing, unit: &str, nth: usize) -> Writing {
    let letters = unit.starts_with(char::is_alphabetic);
    // Two of them could be read as a longer power or as minutes and meters.
    let plain = !number.text.ends_with('⁰') && !number.text.ends_with("e0");
    let glue = match nth % 6 {
        0 if plain => "",
        1 => "\u{a0}",
        2 => "  ",
        3 if letters && !number.text.ends_with('.') => "-",
        _ => " ",
    };
    let end = if nth % 7 == 6 { "." } else { "" };
    // `5'000''` may be inches, or feet and inches.
    let two_ways = number.text.contains('\'') && unit.starts_with('\'');
    Writing {
        text: format!("{}{glue}{unit}{end}", number.text)
            .trim_end()
            .to_owned(),
        is_sure: number.is_sure && !two_ways,
    }
}

fn put(story: &str, place: Range<usize>, text: &str) -> String {
    format!("{}{text}{}", &story[..place.start], &story[place.end..])
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
        if let FaultKind::Plant(trouble) = &mut fault.kind {
            trouble.words.clear();
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
                // Another concentration may make another dose impossible, which is told there.
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
    for story in STORIES {
        read(story).expect("the story is a scenario");
    }
}

#[test]
fn every_alias_means_what_its_row_says() {
    let stories = STORIES.map(|story| (story, read(story).unwrap()));
    let mut tried = 0;
    let mut slots = slots();
    // One place of each kind in each story: the places differ in their ranges, not in their units.
    slots.sort_by_key(|slot| (slot.unit.kind.to_string(), slot.story.len()));
    slots.dedup_by_key(|slot| (slot.unit.kind.to_string(), slot.story.len()));
    for slot in slots {
        let right = &stories
            .iter()
            .find(|(story, _)| *story == slot.story)
            .unwrap()
            .1;
        for (number, unit) in in_other_units(&slot) {
            let written = format!("{number} {unit}");
            let text = put(slot.story, slot.place.clone(), written.trim_end());
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

/// Every list of names: what it is of, a line of a story that has one, and the names.
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
        let right = read(slot.story).unwrap();
        let text = put(slot.story, slot.place.clone(), &form.text);
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
        let text = put(slot.story, slot.place.clone(), &written);
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
        let story = STORIES.into_iter().find(|story| story.contains(line)).expect(line);
        let right = read(&story.replacen(line, &line_with(name), 1));
        let text = story.replacen(line, &line_with(&written), 1);
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
