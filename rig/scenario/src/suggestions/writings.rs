//! What people write for the quantities of two runs: in other units, in other notations.

use std::fmt;
use std::ops::Range;
use thecal_text::alias::ALIASES;
use thecal_text::ratio::Ratio;
use thecal_text::unit::{Kind, UNITS, Unit};

/// The runs: every kind of quantity and a name of every list.
pub(super) const SAMPLES: [&str; 2] = [
    include_str!("../load/whole.toml"),
    include_str!("../load/plant.toml"),
];

/// A quantity in one of the runs.
#[derive(Clone)]
pub(super) struct Slot {
    pub(super) sample: &'static str,
    /// The number and its unit, without quotes.
    pub(super) place: Range<usize>,
    number: &'static str,
    pub(super) unit: &'static Unit,
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
pub(super) fn slots() -> Vec<Slot> {
    let mut slots = Vec::new();
    for sample in SAMPLES {
        let mut at = 0;
        for (nth, piece) in sample.split('"').enumerate() {
            if nth % 2 == 1 {
                slots.extend(slot(sample, at, piece));
            }
            at += piece.len() + 1;
        }
    }
    slots
}

fn slot(sample: &'static str, at: usize, text: &'static str) -> Option<Slot> {
    let operator = text.rfind(['<', '>', '=']).map_or(0, |sign| sign + 1);
    let value = text[operator..].trim_start();
    let start = text.len() - value.len();
    let (number, name) = value.split_once(' ').unwrap_or((value, ""));
    let line = sample[..at].rsplit('\n').next().unwrap_or_default();
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
        sample,
        place: at + start..at + text.len(),
        number,
        unit,
    })
}

/// What a text is written as, and whether it means one thing only.
#[derive(Clone, Debug)]
pub(super) struct Writing {
    pub(super) text: String,
    pub(super) is_sure: bool,
}

/// The value in units that people write: `(number, unit)`.
pub(super) fn in_other_units(slot: &Slot) -> Vec<(String, String)> {
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
pub(super) fn notations(number: &str) -> Vec<Writing> {
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
pub(super) fn together(number: &Writing, unit: &str, nth: usize) -> Writing {
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
